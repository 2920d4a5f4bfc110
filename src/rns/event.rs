//! What the node tells the layer above: things that have already happened.

use super::air::Channel;
use super::error::DropReason;
use super::hash::{DestinationHash, LinkId, NameHash, PacketHash, PathHash, RequestId, ResourceHash};
use super::identity::PublicIdentity;
use super::interface::InterfaceId;
use super::link::{MessageType, Sequence, StreamEnd, StreamId};
use super::ratchet::Ratchet;
use super::time::{Instant, UnixTime};
use std::time::Duration;

/// Permission to prove one delivery. Handed back to [`crate::rns::Node::prove`] when, and only when, what was
/// delivered is stored; never handed back, the sender tries again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProofToken {
    /// A single packet to one of our destinations.
    Packet {
        /// Who proves.
        destination: DestinationHash,
        /// What is proved.
        packet: PacketHash,
        /// Where it came in, and where the proof goes out.
        interface: InterfaceId,
    },
    /// A packet on a link.
    LinkPacket {
        /// The link.
        link: LinkId,
        /// What is proved.
        packet: PacketHash,
    },
    /// The last segment of a Resource.
    Resource {
        /// The link.
        link: LinkId,
        /// Hash of that segment.
        resource: ResourceHash,
    },
}

/// Why a link is gone (`Link.TIMEOUT` and its siblings).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Nothing heard for too long, never established, or a channel message was never proved.
    Timeout,
    /// The initiator closed it.
    Initiator,
    /// The destination's side closed it.
    Destination,
    /// Its interface went away.
    InterfaceGone,
    /// The peer broke the protocol.
    Protocol,
}

/// Why a request of ours got no answer, or a Resource of ours did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailReason {
    /// No answer in time.
    Timeout,
    /// The peer refused it.
    Rejected,
    /// The peer gave it up halfway.
    Cancelled,
    /// It arrived damaged.
    Corrupt,
    /// The link closed meanwhile.
    LinkClosed,
}

/// A request that arrived on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundRequest {
    /// The link it came on; the answer goes back there.
    pub link: LinkId,
    /// Our destination that the link leads to.
    pub destination: DestinationHash,
    /// Names it in the answer.
    pub request_id: RequestId,
    /// Which path is asked for.
    pub path_hash: PathHash,
    /// The request's data: one MessagePack object as received (nil is `c0`).
    pub data: Vec<u8>,
    /// The caller's clock when it asked.
    pub requested_at: UnixTime,
    /// Who the link has proved to be its initiator, if anyone.
    pub caller: Option<PublicIdentity>,
    /// Bytes of packed answer (`[request id, value]`) that still fit one packet on this link.
    pub link_mdu: usize,
    /// What the link's interface goes through the air with, if it is a radio.
    pub air: Option<Channel>,
}

/// Something that has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A valid announce was heard and is newer than what was known.
    Announce {
        /// The destination it names.
        destination: DestinationHash,
        /// Its name hash: compare with [`crate::rns::destination::name_hash`].
        name_hash: NameHash,
        /// Its identity.
        identity: PublicIdentity,
        /// What it says, if anything.
        app_data: Option<Vec<u8>>,
        /// How far away it is.
        hops: u8,
        /// It answers a path request.
        path_response: bool,
    },
    /// A packet to one of our destinations was decrypted.
    Packet {
        /// Which destination.
        destination: DestinationHash,
        /// The plaintext.
        data: Vec<u8>,
        /// How far it has come: 1 from a neighbour.
        hops: u8,
        /// To prove it.
        proof: ProofToken,
    },
    /// A packet to a GROUP destination that we take part in was decrypted. Whoever has the key can have sent it.
    GroupPacket {
        /// Which destination.
        destination: DestinationHash,
        /// The plaintext.
        data: Vec<u8>,
    },
    /// A packet to a PLAIN destination that we listen to. Anybody can have sent it, and it may be told twice.
    PlainPacket {
        /// Which destination.
        destination: DestinationHash,
        /// Where it came in.
        interface: InterfaceId,
        /// What it says.
        data: Vec<u8>,
    },
    /// A destination of ours has drawn the ratchet after the one that it announces. To be stored, and then named to
    /// [`crate::rns::Node::ratchet_stored`]: before that it is not announced.
    RatchetDrawn {
        /// Which destination.
        destination: DestinationHash,
        /// The ratchet.
        ratchet: Ratchet,
    },
    /// Announces of a destination of ours have been dated, or will be: what [`crate::rns::Node::date_announces_after`] is
    /// to be told after a restart, since nobody listens to an announce that is older than the last.
    EmissionsTaken {
        /// Which destination.
        destination: DestinationHash,
        /// Up to here, in seconds since 1970.
        until: u64,
    },
    /// A packet of ours, see [`crate::rns::Node::send_packet`] and [`crate::rns::Node::send_link_packet`], was proved.
    PacketDelivered {
        /// Which.
        packet: PacketHash,
        /// From sending to proof.
        round_trip: Duration,
    },
    /// A packet of ours was not proved in time.
    PacketTimedOut {
        /// Which.
        packet: PacketHash,
    },
    /// A link is active: one of ours was accepted, or somebody opened one to us.
    LinkEstablished {
        /// Which.
        link: LinkId,
        /// The destination it leads to, ours or theirs.
        destination: DestinationHash,
        /// We opened it.
        initiator: bool,
        /// Measured round trip.
        round_trip: Duration,
    },
    /// The initiator of a link to us proved who it is.
    LinkIdentified {
        /// Which link.
        link: LinkId,
        /// Our destination.
        destination: DestinationHash,
        /// Who.
        identity: PublicIdentity,
    },
    /// A link is closed; everything open on it has failed.
    LinkClosed {
        /// Which.
        link: LinkId,
        /// The destination it led to.
        destination: DestinationHash,
        /// Why.
        reason: CloseReason,
    },
    /// Application data on a link.
    LinkPacket {
        /// Which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// The plaintext.
        data: Vec<u8>,
        /// To prove it.
        proof: ProofToken,
    },
    /// A message on an open channel, in its turn.
    ChannelMessage {
        /// On which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// Its type.
        message_type: MessageType,
        /// What it says.
        body: Vec<u8>,
    },
    /// The other end of a channel has a message of ours. If the link closes first, that is all that is told.
    ChannelDelivered {
        /// On which link.
        link: LinkId,
        /// Which message.
        sequence: Sequence,
    },
    /// Data of a stream that is read here, in its turn.
    StreamData {
        /// On which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// Which stream.
        stream: StreamId,
        /// The data, decompressed.
        data: Vec<u8>,
        /// Whether more follows.
        end: StreamEnd,
    },
    /// A stream message can't be read, or became too large when it was decompressed. Nothing behind it on this channel
    /// is ever delivered: best close the link.
    ChannelBroken {
        /// On which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// What was wrong with it.
        reason: DropReason,
    },
    /// A request for a registered path.
    Request(InboundRequest),
    /// The answer to a request of ours.
    Response {
        /// On which link.
        link: LinkId,
        /// Which request.
        request_id: RequestId,
        /// One MessagePack object as received; the bytes of a file are wrapped in one.
        data: Vec<u8>,
        /// Of a file, and only there: one MessagePack object as received.
        metadata: Option<Vec<u8>>,
    },
    /// The budget of an hour of a radio is used up: something has to wait.
    AirUsedUp {
        /// Which.
        interface: InterfaceId,
        /// When what waits fits in again.
        until: Instant,
    },
    /// Half of a budget that was used up is there again.
    AirFree {
        /// Which.
        interface: InterfaceId,
    },
    /// A request of ours got no answer.
    RequestFailed {
        /// On which link.
        link: LinkId,
        /// Which request.
        request_id: RequestId,
        /// Why.
        reason: FailReason,
    },
    /// A Resource that is no request or response is on its way here. Ends in [`Self::ResourceReceived`],
    /// [`Self::ResourceLost`] or the end of the link.
    ResourceStarted {
        /// On which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// Which: the hash of its first segment.
        resource: ResourceHash,
        /// Uncompressed bytes, as its sender says.
        size: usize,
    },
    /// A Resource that is no request or response did not arrive, or was not taken.
    ResourceLost {
        /// On which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// Which.
        resource: ResourceHash,
        /// Why.
        reason: FailReason,
    },
    /// A Resource that is no request or response arrived whole, all segments.
    ResourceReceived {
        /// On which link.
        link: LinkId,
        /// The destination the link leads to, ours or theirs.
        destination: DestinationHash,
        /// The data, decompressed, metadata removed.
        data: Vec<u8>,
        /// The metadata: one MessagePack object as received.
        metadata: Option<Vec<u8>>,
        /// To prove its last segment.
        proof: ProofToken,
    },
    /// A Resource of ours was proved, all segments. Named by the hash of its first segment.
    ResourceDelivered {
        /// On which link.
        link: LinkId,
        /// Which.
        resource: ResourceHash,
    },
    /// A Resource of ours did not arrive.
    ResourceFailed {
        /// On which link.
        link: LinkId,
        /// Which.
        resource: ResourceHash,
        /// Why.
        reason: FailReason,
    },
}
