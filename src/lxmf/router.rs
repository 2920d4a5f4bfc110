//! The router: takes LXMF messages off the node and puts ours onto it.
//! Not a store: what must survive a crash is the server's to keep.

use super::message::{Message, MessageHash, SignedMessage};
use crate::rns::Node;
use crate::rns::error::MisuseError;
use crate::rns::event::{self, ProofToken};
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::time::{Instant, Now};

/// A message of ours to send.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundMessage {
    /// From which of our registered delivery destinations.
    pub source: DestinationHash,
    /// To whose `lxmf.delivery`.
    pub destination: DestinationHash,
    /// What it says.
    pub message: Message,
}

/// Something that has happened with a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message arrived whose signature is good.
    Received {
        /// The message.
        message: SignedMessage,
        /// Its author.
        author: PublicIdentity,
        /// To prove the delivery, when it is stored.
        proof: ProofToken,
    },
    /// A message of ours was proved by its recipient.
    Delivered {
        /// Which.
        hash: MessageHash,
    },
    /// A message of ours was given up.
    Failed {
        /// Which.
        hash: MessageHash,
    },
}

/// Delivery destinations, inbound messages, and outbound ones until they are delivered or given up.
#[derive(Debug)]
pub struct Router {}

impl Router {
    /// A router without destinations.
    pub fn new() -> Self {
        unimplemented!()
    }
    /// Registers `lxmf.delivery` of `identity` at the node, announced as `display_name`.
    pub fn register(&mut self, node: &mut Node, identity: Identity, display_name: &str) -> DestinationHash {
        unimplemented!()
    }
    /// Takes the events that are about messages; hands all others back.
    pub fn handle_event(&mut self, now: Now, node: &mut Node, event: event::Event) -> Option<event::Event> {
        unimplemented!()
    }
    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        unimplemented!()
    }
    /// Sends a message: opportunistic if it fits one packet, on a link otherwise; asks for a path where none is known.
    /// Ends in [`Event::Delivered`] or [`Event::Failed`].
    pub fn send(
        &mut self,
        now: Now,
        node: &mut Node,
        message: OutboundMessage,
    ) -> Result<MessageHash, MisuseError> {
        unimplemented!()
    }
    /// The next thing that has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        unimplemented!()
    }
    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        unimplemented!()
    }
}
