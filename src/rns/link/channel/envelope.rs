//! The envelope of a channel message: type, sequence, length, body.
//! Not when it is sent or delivered.

use super::super::super::error::DropReason;

/// Bytes in front of the body.
pub(super) const HEADER: usize = 6;
/// The length field has two bytes.
pub(super) const MAX_BODY: usize = 0xffff;

/// What kind of message it is; both ends of a channel must agree on what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType(pub u16);

impl MessageType {
    /// `SystemMessageTypes.SMT_STREAM_DATA`.
    pub const STREAM_DATA: Self = Self(0xff00);
    /// From here on the protocol gives them their meaning.
    const FIRST_RESERVED: u16 = 0xf000;

    /// Does the protocol keep it for itself?
    pub const fn is_reserved(self) -> bool {
        self.0 >= Self::FIRST_RESERVED
    }
}

/// The place of a message among those of its direction; after 65 535 comes 0 (`Channel.SEQ_MODULUS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub u16);

impl Sequence {
    /// The one behind it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// How far it is behind `earlier`.
    pub(super) const fn since(self, earlier: Self) -> u16 {
        self.0.wrapping_sub(earlier.0)
    }
}

/// One envelope; the body is borrowed from what came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    pub(super) message_type: MessageType,
    pub(super) sequence: Sequence,
    pub(super) body: &'a [u8],
}

impl<'a> Envelope<'a> {
    pub(super) fn pack(&self) -> Vec<u8> {
        let length = u16::try_from(self.body.len()).unwrap_or(u16::MAX);
        let mut out = Vec::with_capacity(self.body.len().saturating_add(HEADER));
        for field in [self.message_type.0, self.sequence.0, length] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(self.body);
        out
    }

    /// The length that it claims means nothing: the reference doesn't look at it either.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, DropReason> {
        let (header, body) = bytes.split_first_chunk::<HEADER>().ok_or(DropReason::Truncated)?;
        let [type_high, type_low, sequence_high, sequence_low, ..] = *header;
        Ok(Self {
            message_type: MessageType(u16::from_be_bytes([type_high, type_low])),
            sequence: Sequence(u16::from_be_bytes([sequence_high, sequence_low])),
            body,
        })
    }
}
