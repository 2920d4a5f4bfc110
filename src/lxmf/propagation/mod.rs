//! Propagation: nodes that keep messages for those who are offline, as their clients, as one of them, and between them.
//! Not how a message is written; what stands in an entry only its recipient can read.

pub mod announce;
pub(super) mod client;
pub mod entry;
pub mod get;
pub mod node;
pub mod offer;
mod peer;
pub mod peers;
mod refusal;
pub mod storage;
mod uploads;
mod visitors;

pub use announce::NodeAnnounce;
pub use client::{FetchFailure, FetchReport, MAX_KNOWN as MAX_KNOWN_ENTRIES, NodeChoice};
pub use entry::{StampedEntry, TransientId};
pub use get::GetRequest;
pub use node::{NodeTerms, PropagationNode};
pub use offer::{Offer, OfferAnswer};
pub use refusal::NodeRefusal;

use crate::rns::destination::{destination_hash, name_hash};
use crate::rns::hash::{DestinationHash, IdentityHash};

/// Aspect of the destination that clients and peers of a propagation node use.
pub const PROPAGATION_NAME: &str = "lxmf.propagation";

/// The `lxmf.propagation` of an identity.
pub fn propagation_destination(identity: IdentityHash) -> DestinationHash {
    destination_hash(name_hash(PROPAGATION_NAME), identity)
}
/// `MESSAGE_GET_PATH`: what is there for me, give me these, forget those.
pub const GET_PATH: &str = "/get";
/// `OFFER_REQUEST_PATH`: a peer says what it has.
pub const OFFER_PATH: &str = "/offer";
/// What a kB is in all limits here.
pub const KILOBYTE: u64 = 1000;
