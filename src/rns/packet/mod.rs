//! Packets: the header, its parsing and packing, and the hash that no hop changes.
//! Not what is inside: announces, links and Resources have their own modules.

mod context;
pub mod proof;
pub(crate) mod receipt;

pub use context::Context;

use super::crypto::Token;
use super::error::DropReason;
use super::hash::{Address, IdentityHash, PacketHash, sha256};

/// `Reticulum.MTU`: the largest packet on any network path whose MTU was not negotiated.
pub const MTU: usize = 500;
/// `Reticulum.HEADER_MINSIZE`: flags, hops, address and context.
pub const HEADER_MIN: usize = 19;
/// `Reticulum.HEADER_MAXSIZE`: the same with a transport id.
pub const HEADER_MAX: usize = 35;
/// `Reticulum.MDU`: most payload of an unencrypted packet.
pub const MDU: usize = 464;
/// `Packet.ENCRYPTED_MDU`: most plaintext in one packet to a SINGLE destination.
pub const ENCRYPTED_MDU: usize = 383;

/// The ephemeral X25519 key before a token for a SINGLE destination.
const EPHEMERAL_KEY: usize = 32;

/// `Link.MDU` of a link whose packets have at most `mtu` bytes: most plaintext in one of them.
pub fn link_mdu(mtu: usize) -> usize {
    // One byte is for the least access code, and one of the last block is always padding.
    let room = mtu.saturating_sub(HEADER_MIN.saturating_add(Token::OVERHEAD).saturating_add(1));
    room.checked_div(Token::BLOCK).unwrap_or(0).saturating_mul(Token::BLOCK).saturating_sub(1)
}

/// Bytes of the payload of a packet that carries `data` bytes to a SINGLE destination: an ephemeral key, and the token with its
/// padding (page 02 §5).
pub fn encrypted_len(data: usize) -> usize {
    let blocks = data.checked_div(Token::BLOCK).unwrap_or(0).saturating_add(1);
    blocks.saturating_mul(Token::BLOCK).saturating_add(EPHEMERAL_KEY).saturating_add(Token::OVERHEAD)
}

/// `Transport.PATHFINDER_M`: a packet with so many hops is malformed.
pub const MAX_HOPS: u8 = 128;

/// `Packet.DATA` and its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketType {
    /// Payload for a destination or a link.
    Data = 0,
    /// A destination makes itself known.
    Announce = 1,
    /// Opens a link.
    LinkRequest = 2,
    /// Proves a packet, a link request or a Resource.
    Proof = 3,
}

/// `Destination.SINGLE` and its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationType {
    /// One identity's destination; payload is encrypted for it.
    Single = 0,
    /// A shared key.
    Group = 1,
    /// No encryption.
    Plain = 2,
    /// The address is a link id.
    Link = 3,
}

/// `Transport.BROADCAST` or `Transport.TRANSPORT`: one bit on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// Straight to whoever hears it.
    Broadcast = 0,
    /// By way of the transport node named in the header.
    Transport = 1,
}

/// One packet, parsed or about to be packed; the payload is borrowed from the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// On announces: the payload carries a ratchet.
    pub context_flag: bool,
    /// How it travels.
    pub propagation: Propagation,
    /// What the address names.
    pub destination_type: DestinationType,
    /// What it is for.
    pub packet_type: PacketType,
    /// As on the wire: the originator writes 0; the node that receives it works with one more.
    pub hops: u8,
    /// Type 2 header: the next transport node, or the one that last rebroadcast an announce.
    pub transport_id: Option<IdentityHash>,
    /// Destination hash, link id, or truncated hash of the packet that is proved.
    pub address: Address,
    /// What kind of payload it is.
    pub context: Context,
    /// The payload, encrypted where the context says so.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// A packet as its originator sends it: type 1 header, broadcast, hops 0, no context flag.
    pub fn new(
        packet_type: PacketType,
        destination_type: DestinationType,
        address: impl Into<Address>,
        context: Context,
        payload: &'a [u8],
    ) -> Self {
        Self {
            context_flag: false,
            propagation: Propagation::Broadcast,
            destination_type,
            packet_type,
            hops: 0,
            transport_id: None,
            address: address.into(),
            context,
            payload,
        }
    }

    /// Parses a frame after access code removal (page 01 §3).
    pub fn parse(frame: &'a [u8]) -> Result<Self, DropReason> {
        let (&[flags, hops], rest) = frame.split_first_chunk::<2>().ok_or(DropReason::Truncated)?;
        if flags & 0x80 != 0 {
            return Err(DropReason::AccessCode);
        }
        if hops >= MAX_HOPS {
            return Err(DropReason::TooManyHops);
        }
        let (transport_id, rest) = if flags & 0x40 == 0 {
            (None, rest)
        } else {
            let (id, rest) = rest.split_first_chunk::<16>().ok_or(DropReason::Truncated)?;
            (Some(IdentityHash::from_bytes(*id)), rest)
        };
        let (address, rest) = rest.split_first_chunk::<16>().ok_or(DropReason::Truncated)?;
        let (&context, payload) = rest.split_first().ok_or(DropReason::Truncated)?;
        if payload.is_empty() {
            return Err(DropReason::EmptyPayload);
        }
        Ok(Self {
            context_flag: flags & 0x20 != 0,
            propagation: if flags & 0x10 == 0 { Propagation::Broadcast } else { Propagation::Transport },
            destination_type: match (flags >> 2) & 3 {
                0 => DestinationType::Single,
                1 => DestinationType::Group,
                2 => DestinationType::Plain,
                _ => DestinationType::Link,
            },
            packet_type: match flags & 3 {
                0 => PacketType::Data,
                1 => PacketType::Announce,
                2 => PacketType::LinkRequest,
                _ => PacketType::Proof,
            },
            hops,
            transport_id,
            address: Address::from_bytes(*address),
            context: Context::from_byte(context),
            payload,
        })
    }

    /// The frame, without access code.
    pub fn pack(&self) -> Vec<u8> {
        let mut frame = Vec::with_capacity(self.payload.len().saturating_add(HEADER_MAX));
        frame.push(self.flags());
        frame.push(self.hops);
        if let Some(id) = &self.transport_id {
            frame.extend_from_slice(id.as_bytes());
        }
        frame.extend_from_slice(self.address.as_bytes());
        frame.push(self.context.to_byte());
        frame.extend_from_slice(self.payload);
        frame
    }

    /// The flags byte; bit 7 (access code) is the interface's business.
    pub fn flags(&self) -> u8 {
        (u8::from(self.transport_id.is_some()) << 6)
            | (u8::from(self.context_flag) << 5)
            | ((self.propagation as u8) << 4)
            | self.low_flags()
    }

    /// SHA-256 over what no hop changes: low flags, address, context and payload (page 01 §4).
    pub fn hash(&self) -> PacketHash {
        let low = [self.low_flags()];
        PacketHash::from_bytes(sha256(&[
            &low,
            self.address.as_bytes(),
            &[self.context.to_byte()],
            self.payload,
        ]))
    }

    fn low_flags(&self) -> u8 {
        ((self.destination_type as u8) << 2) | self.packet_type as u8
    }
}
