//! The server: group rules, requests and messages over one store, as verbs.
//! Not threads or queues; `daemon` runs it.

mod io;

pub use io::{Effect, HostedGroup, Input};

use crate::rns::identity::Identity;
use crate::rns::time::{Instant, Now};
use std::path::Path;

/// Owns the store and everything that is decided about groups.
#[derive(Debug)]
pub struct Server {}

impl Server {
    /// Opens (or makes) the database at `path`. `host` is the identity of this server, which seals the groups' keys.
    /// Makes one public group when there is none.
    pub fn open(
        path: &Path,
        host: &Identity,
        now: Now,
        seed: [u8; 32],
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        unimplemented!()
    }
    /// The groups to put on the network.
    pub fn hosted_groups(&self) -> Vec<HostedGroup> {
        unimplemented!()
    }
    /// Applies inputs in one transaction, commits, and only then lets their effects out.
    pub fn handle_inputs(&mut self, now: Now, inputs: Vec<Input>) {
        unimplemented!()
    }
    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        unimplemented!()
    }
    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        unimplemented!()
    }
    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        unimplemented!()
    }
}
