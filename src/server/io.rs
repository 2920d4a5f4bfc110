//! What crosses the queues between the node's task and the server's thread.

use crate::lxmf::propagation::storage::{StoreNews, StoreTask};
use crate::lxmf::{
    DeliveryToken, MessageHash, OutboundMessage, Road, SendFailure, SignedMessage, StampState,
};
use crate::rns::event::InboundRequest;
use crate::rns::hash::{DestinationHash, IdentityHash, LinkId, RequestId};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::node::Compression;
use crate::rns::ratchet::{Ratchet, RatchetId};

/// Something for the server to decide on.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "few wait at a time, and each lives shortly")]
pub enum Input {
    /// A request on a link.
    Request(InboundRequest),
    /// A message whose signature is good.
    Message {
        /// The message; its destination is one of our groups' `lxmf.delivery`.
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
    /// The next ratchet of a group, to be stored before it is announced.
    Ratchet {
        /// The group's `lxmf.delivery`.
        destination: DestinationHash,
        /// The ratchet.
        ratchet: Ratchet,
    },
    /// A group's announces have been dated, or will be: whoever starts again dates them later.
    Emissions {
        /// One of the group's destinations.
        destination: DestinationHash,
        /// Up to here, in seconds since 1970.
        until: u64,
    },
    /// Our propagation node wants something of the entries that are kept here.
    Propagation(StoreTask),
    /// What became of messages that were handed out.
    Sent(Vec<Sent>),
    /// People whose `lxmf.delivery` was announced.
    Heard(Vec<IdentityHash>),
}

/// How a message that was handed out has ended, for this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub hash: MessageHash,
    /// How.
    pub outcome: SendOutcome,
}

/// How sending a message can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// Its recipient has proved it.
    Delivered,
    /// A propagation node keeps it for its recipient.
    Stored,
    /// Neither, for this reason.
    Failed(SendFailure),
}

/// Something for the node's task to do. All of a batch's effects come after its commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Accept a delivery: what it delivered is stored.
    Accept(DeliveryToken),
    /// A delivery is refused: tell the sender where the protocol has a way, and never prove it.
    Refuse(DeliveryToken),
    /// Answer a request.
    Respond {
        /// On this link.
        link: LinkId,
        /// This request.
        request_id: RequestId,
        /// With this: one packed MessagePack object.
        data: Vec<u8>,
        /// Whether a large answer may be compressed.
        compress: Compression,
    },
    /// Send a message. How that ends comes back as [`Input::Sent`].
    Send(OutboundMessage),
    /// A ratchet is stored and may be announced.
    RatchetStored {
        /// The destination that has it.
        destination: DestinationHash,
        /// Which.
        ratchet: RatchetId,
    },
    /// Somebody is kept out: close the links to these destinations that they have proved to be theirs.
    CloseLinks {
        /// Who.
        person: IdentityHash,
        /// The destinations of the group.
        destinations: [DestinationHash; 2],
    },
    /// News for our propagation node.
    Propagation(StoreNews),
}

/// A group as the network sees it.
#[derive(Debug, Clone)]
pub struct HostedGroup {
    /// The group's identity.
    pub identity: Identity,
    /// Its public name.
    pub name: String,
    /// App data of its `meshchat.group` announce.
    pub app_data: Vec<u8>,
    /// Its `meshchat.group`.
    pub group: DestinationHash,
    /// Its `lxmf.delivery`.
    pub delivery: DestinationHash,
    /// Request paths it serves.
    pub request_paths: Vec<crate::rns::hash::PathHash>,
    /// Largest request or message in bytes.
    pub max_resource: usize,
    /// Its announces must be dated later than this, in seconds since 1970.
    pub last_emission: u64,
}
