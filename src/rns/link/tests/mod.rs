//! Tests of links: golden vectors, and two ends joined by a pipe with a clock of its own.
//! Not of the node around them.

mod behaviour;
mod channels;
mod hostile;
mod pair;
mod requests;
mod status;
mod streams;
mod vectors;

pub(crate) use pair::{PATH, Pair, Pipe, Side};
pub(crate) use vectors::{bytes, vector};

use super::super::hash::LinkId;
use super::super::identity::Identity;
use super::Session;

/// A session with the given key; both sides sign with keys of their own.
pub(crate) fn session(id: LinkId, key: &[u8], mtu: usize, side: Side) -> Session {
    let initiator = Identity::from_private_bytes(&[1; 64]);
    let responder = Identity::from_private_bytes(&[2; 64]);
    let (own, peer) = match side {
        Side::Initiator => (initiator, responder),
        Side::Responder => (responder, initiator),
    };
    Session::for_tests(id, key, mtu, own, peer.public().ed25519())
}
