//! The context byte: what kind of payload a packet carries.

/// `Packet.NONE` and its siblings (page 01 §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Application data, a live announce, a link request or the proof of a packet.
    None,
    /// A part of a Resource.
    Resource,
    /// A Resource is offered.
    ResourceAdvertisement,
    /// Parts of a Resource are asked for.
    ResourceRequest,
    /// More of a Resource's hashmap.
    ResourceHashmapUpdate,
    /// A Resource arrived whole.
    ResourceProof,
    /// The sender gives a Resource up.
    ResourceInitiatorCancel,
    /// The receiver refuses a Resource or gives it up.
    ResourceReceiverCancel,
    /// Asks for a packet again.
    CacheRequest,
    /// A request on a link.
    Request,
    /// Its answer.
    Response,
    /// An announce that answers a path request.
    PathResponse,
    /// `Packet.COMMAND`: reserved.
    Command,
    /// `Packet.COMMAND_STATUS`: reserved.
    CommandStatus,
    /// A channel message.
    Channel,
    /// Keeps a link alive.
    KeepAlive,
    /// The initiator of a link proves who it is.
    LinkIdentify,
    /// Closes a link.
    LinkClose,
    /// `Packet.LINKPROOF`: reserved.
    LinkProof,
    /// The initiator's round trip time, which makes a link active.
    LinkRtt,
    /// Proves a link request.
    LinkRequestProof,
    /// A value without a meaning here.
    Other(u8),
}

impl Context {
    /// From the byte on the wire.
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0x00 => Self::None,
            0x01 => Self::Resource,
            0x02 => Self::ResourceAdvertisement,
            0x03 => Self::ResourceRequest,
            0x04 => Self::ResourceHashmapUpdate,
            0x05 => Self::ResourceProof,
            0x06 => Self::ResourceInitiatorCancel,
            0x07 => Self::ResourceReceiverCancel,
            0x08 => Self::CacheRequest,
            0x09 => Self::Request,
            0x0A => Self::Response,
            0x0B => Self::PathResponse,
            0x0C => Self::Command,
            0x0D => Self::CommandStatus,
            0x0E => Self::Channel,
            0xFA => Self::KeepAlive,
            0xFB => Self::LinkIdentify,
            0xFC => Self::LinkClose,
            0xFD => Self::LinkProof,
            0xFE => Self::LinkRtt,
            0xFF => Self::LinkRequestProof,
            other => Self::Other(other),
        }
    }

    /// The byte on the wire.
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::None => 0x00,
            Self::Resource => 0x01,
            Self::ResourceAdvertisement => 0x02,
            Self::ResourceRequest => 0x03,
            Self::ResourceHashmapUpdate => 0x04,
            Self::ResourceProof => 0x05,
            Self::ResourceInitiatorCancel => 0x06,
            Self::ResourceReceiverCancel => 0x07,
            Self::CacheRequest => 0x08,
            Self::Request => 0x09,
            Self::Response => 0x0A,
            Self::PathResponse => 0x0B,
            Self::Command => 0x0C,
            Self::CommandStatus => 0x0D,
            Self::Channel => 0x0E,
            Self::KeepAlive => 0xFA,
            Self::LinkIdentify => 0xFB,
            Self::LinkClose => 0xFC,
            Self::LinkProof => 0xFD,
            Self::LinkRtt => 0xFE,
            Self::LinkRequestProof => 0xFF,
            Self::Other(byte) => byte,
        }
    }

    /// Is the payload of a DATA packet encrypted by itself? Parts of a Resource belong to a stream that is encrypted
    /// as a whole.
    pub const fn is_encrypted(self) -> bool {
        !matches!(self, Self::Resource | Self::CacheRequest | Self::KeepAlive)
    }
}
