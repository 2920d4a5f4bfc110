//! Tier L: one router on one node, as a messenger would have it.
//! Not a messenger: a harness sends, and asks what has come.

mod fields;
mod lifecycle;
mod messages;
mod papers;
mod paths;
mod propagation;
mod world;

use roost::rns::hash::DestinationHash;

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;
use crate::running::Running;
use world::World;

pub(crate) const FAMILIES: &[Family] =
    &[lifecycle::COMMANDS, paths::COMMANDS, messages::COMMANDS, papers::COMMANDS, propagation::COMMANDS];

/// The running router, if it was started.
#[derive(Default)]
pub(crate) struct Post(Option<Running<World>>);

/// The running router.
fn running(bridge: &Bridge) -> Result<&Running<World>, Failure> {
    bridge.post.0.as_ref().ok_or_else(|| Failure::new("lxmf_init comes first"))
}

/// The destination that the parameters name.
fn destination(params: &Params) -> Result<DestinationHash, Failure> {
    params.get("destination_hash").map(DestinationHash::from_bytes)
}
