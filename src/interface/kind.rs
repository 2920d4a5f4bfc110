//! What a kind of interface is to whoever starts it: a section that can be opened, and what then runs.
//! Not any kind; each has a file of its own.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use super::{Attachment, HostPort, Medium, SharedEndpoint, Template};
use crate::rns::ifac::CodeSize;
use crate::rns::random::Random;
use crate::rns::time::Instant;

/// The options of one kind of interface.
pub trait Section {
    /// The length of its access codes where nothing is said.
    const CODE_SIZE: CodeSize;

    /// How its packets are.
    fn medium(&self) -> Medium;

    /// Does everything that can fail for reasons of this machine; what is left is to run it.
    fn open(
        &self,
        template: Template,
        means: Means,
    ) -> impl Future<Output = Result<Box<dyn Interface>, OpenError>> + Send;
}

/// Time and randomness: they are given to an interface, which never asks for them.
pub struct Means {
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    /// For this interface alone.
    pub random: Random,
}

impl Means {
    /// Of a clock and of randomness that nobody else gets.
    pub fn new(clock: impl Fn() -> Instant + Send + Sync + 'static, random: Random) -> Self {
        Self { clock: Arc::new(clock), random }
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }
}

impl std::fmt::Debug for Means {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Means").finish_non_exhaustive()
    }
}

/// What is left to do, until it is released.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An interface that is ready to run.
pub trait Interface: std::fmt::Debug + Send {
    /// How people are told of it.
    fn place(&self) -> Place;

    /// Runs it until it is released.
    fn run(self: Box<Self>, attachment: Attachment) -> Running;
}

/// Where an interface leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It waits for others here, on the port that the system chose if 0 was asked for.
    Listening(SocketAddr),
    /// It connects to this peer.
    Connecting(HostPort),
    /// To the shared instance that we use, or to the programs whose shared instance we are.
    Shared(SharedEndpoint),
    /// None of these: its name for people.
    Other(String),
}

/// An interface that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its address can't.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Its options don't make one.
    #[error("{0}")]
    Section(String),
}

/// An address that can't be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {at}")]
pub struct BindError {
    /// Where.
    pub at: HostPort,
    /// What the system says.
    pub source: std::io::Error,
}
