//! Tier W: nodes that really run, each on a thread of its own with one TCP interface on loopback.
//! Not the protocol: every command asks the node, and the node's events fill the queues that commands empty.

mod access;
mod buffers;
mod channels;
mod groups;
mod lifecycle;
mod line;
mod links;
mod listen;
mod outgoing;
mod owned;
mod packets;
mod paths;
mod queue;
mod requests;
mod resources;
mod tap;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use roost::rns::destination::{self, destination_hash, name_hash};
use roost::rns::hash::DestinationHash;
use roost::rns::identity::PublicIdentity;

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Param, Params};
use crate::running::Running;
use world::World;

pub(crate) const FAMILIES: &[Family] = &[
    lifecycle::COMMANDS,
    paths::COMMANDS,
    listen::COMMANDS,
    links::COMMANDS,
    requests::COMMANDS,
    resources::COMMANDS,
    channels::COMMANDS,
    buffers::COMMANDS,
    packets::COMMANDS,
    groups::COMMANDS,
    access::COMMANDS,
];

/// The running nodes, by handle.
pub(crate) type Nodes = BTreeMap<String, Running<World>>;

/// The node that the parameters name.
fn node<'a>(bridge: &'a Bridge, params: &Params) -> Result<&'a Running<World>, Failure> {
    let handle: String = params.get("handle")?;
    bridge.nodes.get(&handle).ok_or_else(|| Failure::new("unknown handle"))
}

/// A 16-byte hash of any kind.
fn hash<T: From16>(params: &Params, name: &str) -> Result<T, Failure> {
    params.get(name).map(T::from16)
}

/// A type that wraps 16 bytes.
trait From16 {
    fn from16(bytes: [u8; 16]) -> Self;
}

macro_rules! from16 {
    ($($name:ident),*) => {
        $(impl From16 for roost::rns::hash::$name {
            fn from16(bytes: [u8; 16]) -> Self {
                Self::from_bytes(bytes)
            }
        })*
    };
}
from16!(DestinationHash, LinkId, IdentityHash);

/// A parameter that has a value where none is given.
fn or<T: Param>(params: &Params, name: &str, default: T) -> Result<T, Failure> {
    Ok(params.optional(name)?.unwrap_or(default))
}

/// How long the command may take.
fn patience(params: &Params, default: u64) -> Result<Duration, Failure> {
    or(params, "timeout_ms", default).map(Duration::from_millis)
}

/// The full name that `app_name` and `aspects` make.
fn full_name(params: &Params) -> Result<String, Failure> {
    let app_name: String = params.get("app_name")?;
    let List(aspects) = or(params, "aspects", List(Vec::<String>::new()))?;
    destination::full_name(&app_name, &aspects)
        .ok_or_else(|| Failure::new("app_name and aspects must not contain dots"))
}

/// Does this name belong to this destination?
fn check_name(name: &str, identity: &PublicIdentity, destination: DestinationHash) -> Result<(), Failure> {
    if destination_hash(name_hash(name), identity.hash()) == destination {
        Ok(())
    } else {
        Err(Failure::new("the name does not lead to this destination"))
    }
}
