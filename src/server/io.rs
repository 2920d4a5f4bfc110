//! What crosses the queues between the node's task and the server's thread.

use super::addressees::Addressee;
use super::broadcasts::InboundBroadcast;
use super::operator::{OperatorAnswer, OperatorCommand};
use super::queries::InboundQuery;
use crate::group::GroupId;
use crate::lxmf::propagation::storage::{StoreNews, StoreTask};
use crate::lxmf::{
    DeliveryToken, MessageHash, OutboundMessage, Road, SendFailure, SignedMessage, StampState,
};
use crate::rns::event::InboundRequest;
use crate::rns::hash::{DestinationHash, IdentityHash, LinkId, RequestId};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::interface::InterfaceId;
use crate::rns::node::{Audience, Came, Compression, Recipient};
use crate::rns::ratchet::{Ratchet, RatchetId};

/// Something for the server to decide on.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "few wait at a time, and each lives shortly")]
pub enum Input {
    /// A request on a link.
    Request(InboundRequest),
    /// A question in one packet, without a link.
    Query(InboundQuery),
    /// A question of a member in the hearing of all who are near.
    Broadcast(InboundBroadcast),
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
    /// A command of whoever sits at the machine.
    Command(OperatorCommand),
    /// Whoever sits at the machine asks who wants to be told of news.
    NameAddressees {
        /// To tell the answers apart.
        ticket: u64,
    },
    /// Our propagation node wants something of the entries that are kept here.
    Propagation(StoreTask),
    /// What became of messages that were handed out.
    Sent(Vec<Sent>),
    /// People whose `lxmf.delivery` was announced.
    Heard(Vec<IdentityHash>),
    /// Groups whose `meshchat.group` was announced.
    GroupsHeard(Vec<HeardAnnounce>),
}

/// The announce of a `meshchat.group`, with nothing read of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardAnnounce {
    /// The destination that it names.
    pub destination: DestinationHash,
    /// Whose that is.
    pub identity: IdentityHash,
    /// What it says.
    pub app_data: Vec<u8>,
    /// How far away it is.
    pub hops: u8,
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
    /// Answer a question that came without a link: one packet, if their key and the way to them are known.
    Reply {
        /// How the question has come.
        came: Came,
        /// Whom it is for.
        to: Recipient,
        /// What the packet holds.
        data: Vec<u8>,
    },
    /// Somebody has proved who they are, in a packet: their messages need no announce to be read.
    Met(PublicIdentity),
    /// Say something to all who are near a radio.
    Broadcast {
        /// The radio.
        interface: InterfaceId,
        /// Who is to read it.
        audience: Audience,
        /// A GROUP or PLAIN destination.
        destination: DestinationHash,
        /// What the packet carries; encrypted, if it is for a GROUP destination.
        payload: Vec<u8>,
    },
    /// Tell a program of somebody that there is something new: one packet to a destination, if that is theirs.
    Ping {
        /// Of which group the news are.
        group: GroupId,
        /// Whose it must be.
        person: IdentityHash,
        /// The destination.
        destination: DestinationHash,
        /// What the packet holds.
        data: Vec<u8>,
    },
    /// Answer the operator.
    Answer(OperatorAnswer),
    /// Tell the operator what notices cost these.
    Addressees {
        /// Of which question.
        ticket: u64,
        /// All who want to be told of news.
        addressees: Vec<Addressee>,
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
    /// There is one more group: put it on the network and announce it.
    Host {
        /// The group.
        group: Box<HostedGroup>,
        /// The ratchets of its `lxmf.delivery`, newest first.
        ratchets: Vec<Ratchet>,
    },
    /// What a group announces has changed, or is to be announced once more. Not at once: others share the radio.
    Reannounce {
        /// Which.
        addresses: Addresses,
        /// Its public name.
        name: String,
        /// App data of its `meshchat.group` announce.
        app_data: Vec<u8>,
        /// The stamp that pays for joining, where it has a price.
        stamp_cost: Option<u8>,
        /// Is it announced at all?
        schedule: Schedule,
    },
}

/// Where a group is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// Its `meshchat.group`.
    pub group: DestinationHash,
    /// Its `lxmf.delivery`.
    pub delivery: DestinationHash,
}

/// Is a group announced from time to time?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// It is, and soon after a change.
    Announced,
    /// It never is; who knows its address can still ask for the path to it.
    Silent,
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
    /// The stamp that pays for joining, where it has a price.
    pub stamp_cost: Option<u8>,
    /// Its announces must be dated later than this, in seconds since 1970.
    pub last_emission: u64,
    /// Is it announced?
    pub schedule: Schedule,
}

/// Two that look alike on the network are one.
impl PartialEq for HostedGroup {
    fn eq(&self, other: &Self) -> bool {
        let seen = |one: &Self| (one.group, one.delivery, one.schedule, one.stamp_cost);
        seen(self) == seen(other) && self.name == other.name && self.app_data == other.app_data
    }
}
