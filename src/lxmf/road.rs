//! How a message came in, and the token that stands for its delivery until somebody has stored it.
//! Not the proof; the router gives it, or has the node give it.

use super::propagation::TransientId;
use crate::rns::event::ProofToken;

/// How a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// In a packet of its own.
    Opportunistic,
    /// On a link, as a packet or as a Resource.
    Link,
    /// On paper.
    Paper,
    /// By way of a propagation node: its sender is told nothing by the network.
    Propagation,
}

/// Stands for one delivery. Handed back to [`super::Router::accept`] when, and only when, the message is stored, or to
/// [`super::Router::refuse`]; never handed back, it is delivered again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeliveryToken {
    /// Its sender waits for a proof.
    Proof(ProofToken),
    /// Our own propagation node keeps it. Whoever stores the message forgets that entry in the same step.
    Kept(TransientId),
    /// It stands on a paper, which whoever read it may keep until now.
    Paper(TransientId),
    /// A propagation node keeps it, until it is told to forget it.
    Entry(TransientId),
}

impl From<ProofToken> for DeliveryToken {
    fn from(token: ProofToken) -> Self {
        Self::Proof(token)
    }
}

impl From<&DeliveryToken> for Road {
    fn from(token: &DeliveryToken) -> Self {
        match token {
            DeliveryToken::Proof(ProofToken::Packet { .. }) => Self::Opportunistic,
            DeliveryToken::Paper(_) => Self::Paper,
            DeliveryToken::Proof(ProofToken::LinkPacket { .. } | ProofToken::Resource { .. }) => Self::Link,
            DeliveryToken::Kept(_) => Self::Propagation,
            DeliveryToken::Entry(_) => Self::Propagation,
        }
    }
}
