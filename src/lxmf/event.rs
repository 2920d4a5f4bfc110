//! What has happened with messages, as the router tells it.
//! Not what happens on the network; those are the node's events.

use super::inbound_stamps::StampState;
use super::message::{MessageHash, SignedMessage};
use super::outbound_message::SendFailure;
use super::propagation::FetchReport;
use super::propagation::storage::StoreTask;
use super::road::{DeliveryToken, Road};
use crate::rns::hash::DestinationHash;
use crate::rns::identity::PublicIdentity;

/// Something that has happened with a message.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all events are the large one, and few wait at a time")]
pub enum Event {
    /// A message arrived whose signature is good. The same message may arrive again, with another proof token:
    /// senders repeat themselves until they see a proof.
    Received {
        /// The message.
        message: SignedMessage,
        /// Its author.
        author: PublicIdentity,
        /// How it came in.
        road: Road,
        /// What it has brought, if stamps are asked for.
        stamp: StampState,
        /// To accept or refuse it.
        proof: DeliveryToken,
    },
    /// A message of ours was proved by its recipient.
    Delivered {
        /// Which.
        hash: MessageHash,
    },
    /// A propagation node has a message of ours.
    Stored {
        /// Which message.
        hash: MessageHash,
        /// The node's `lxmf.propagation`.
        node: DestinationHash,
    },
    /// A propagation node was asked for the mail of one of our destinations.
    Fetched(FetchReport),
    /// A message of ours was given up, for this round.
    Failed {
        /// Which.
        hash: MessageHash,
        /// Why.
        reason: SendFailure,
    },
    /// Our propagation node wants something of whoever keeps its entries.
    Store(StoreTask),
}
