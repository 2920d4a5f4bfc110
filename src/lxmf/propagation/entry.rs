//! An entry: a message encrypted to its recipient, with the stamp that pays for its place; and the container for some.
//! Not the message: only its recipient can read that.

use std::ops::Range;

use rmpv::Value;

use crate::hash_type;
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, sha256};
use crate::rns::msgpack::{self, Token, Walker};
use crate::rns::time::UnixTime;

/// `STAMP_SIZE`: bytes of a propagation stamp.
pub const STAMP_LEN: usize = 32;
/// `LXMF_OVERHEAD`: an entry without its stamp has at least so many bytes.
pub const MIN_ENTRY: usize = 112;

hash_type! {
    /// SHA-256 of an entry without its stamp: what nodes and clients call it.
    TransientId, 32
}

impl TransientId {
    /// The id of an entry without its stamp.
    pub fn of(entry: &[u8]) -> Self {
        Self::from_bytes(sha256(&[entry]))
    }
}

/// The recipient's `lxmf.delivery` that stands at the front of an entry.
pub fn recipient(entry: &[u8]) -> Option<DestinationHash> {
    entry.split_first_chunk::<16>().map(|(destination, _)| DestinationHash::from_bytes(*destination))
}

/// An entry with its propagation stamp, as nodes hand it on: recipient ‖ ciphertext ‖ stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedEntry {
    id: TransientId,
    recipient: DestinationHash,
    stamp: [u8; STAMP_LEN],
    bytes: Vec<u8>,
}

impl StampedEntry {
    /// Takes what a container holds apart. What is too short to be one (`validate_pn_stamp`) has no stamp to check.
    pub fn parse(bytes: &[u8]) -> Result<Self, DropReason> {
        let (entry, stamp) = bytes.split_last_chunk::<STAMP_LEN>().ok_or(DropReason::Truncated)?;
        if entry.len() <= MIN_ENTRY {
            return Err(DropReason::Truncated);
        }
        Ok(Self {
            id: TransientId::of(entry),
            recipient: recipient(entry).ok_or(DropReason::Truncated)?,
            stamp: *stamp,
            bytes: bytes.to_vec(),
        })
    }

    /// Puts an entry and its stamp together.
    pub fn new(entry: &[u8], stamp: &[u8; STAMP_LEN]) -> Result<Self, DropReason> {
        Self::parse(&[entry, stamp].concat())
    }

    /// What it is called.
    pub const fn id(&self) -> TransientId {
        self.id
    }

    /// For whose `lxmf.delivery`.
    pub const fn recipient(&self) -> DestinationHash {
        self.recipient
    }

    /// Its propagation stamp.
    pub const fn stamp(&self) -> &[u8; STAMP_LEN] {
        &self.stamp
    }

    /// Without its stamp: what its recipient gets.
    pub fn entry(&self) -> &[u8] {
        self.bytes.split_last_chunk::<STAMP_LEN>().map_or(&[], |(entry, _)| entry)
    }

    /// With its stamp.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// With its stamp.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Entries with the clock of whoever sends them, as one upload or one sync carries them: `[time, [entry, …]]`.
pub fn pack_container<'a>(time: UnixTime, entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let entries = entries.into_iter().map(|entry| Value::Binary(entry.to_vec())).collect();
    msgpack::encode(&Value::Array(vec![Value::F64(time.as_secs_f64()), Value::Array(entries)]))
}

/// Where the entries stand in a container of at most `most` of them. Nothing is copied.
pub fn unpack_container(packed: &[u8], most: usize) -> Result<Vec<&[u8]>, DropReason> {
    let mut walker = Walker::new(packed);
    expect_array(&mut walker, 2..3)?;
    match walker.token() {
        Some((Token::Scalar, _)) => {}
        Some(_) | None => return Err(DropReason::MalformedMsgpack),
    }
    let entries = bytes_in_array(&mut walker, most)?;
    if walker.rest().is_empty() { Ok(entries) } else { Err(DropReason::MalformedMsgpack) }
}

/// An array of at most `most` byte strings.
pub(super) fn bytes_in_array<'a>(walker: &mut Walker<'a>, most: usize) -> Result<Vec<&'a [u8]>, DropReason> {
    let count = expect_array(walker, 0..usize::MAX)?;
    if count > most {
        return Err(DropReason::TooLarge);
    }
    let mut found = Vec::new();
    for _ in 0..count {
        let (_, raw) = walker.token().ok_or(DropReason::MalformedMsgpack)?;
        found.push(bytes_of(raw).ok_or(DropReason::MalformedMsgpack)?);
    }
    Ok(found)
}

/// What is in a bin; a str is none.
pub(super) fn bytes_of(raw: &[u8]) -> Option<&[u8]> {
    matches!(raw.first(), Some(0xc4..=0xc6)).then(|| msgpack::content(raw)).flatten()
}

/// The claimed length of the array that comes next, if it is within `lengths`.
pub(super) fn expect_array(walker: &mut Walker<'_>, lengths: Range<usize>) -> Result<usize, DropReason> {
    match walker.token() {
        Some((Token::Array(count), _)) if lengths.contains(&count) => Ok(count),
        Some(_) | None => Err(DropReason::MalformedMsgpack),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_leaves_no_room_for_a_message_is_none() {
        assert_eq!(StampedEntry::parse(&[7; 144]), Err(DropReason::Truncated));
        let entry = StampedEntry::parse(&[[7; 113].as_slice(), &[9; 32]].concat()).unwrap();
        assert_eq!(entry.recipient(), DestinationHash::from_bytes([7; 16]));
        assert_eq!((entry.entry(), entry.stamp()), (&[7; 113][..], &[9; 32]));
        assert_eq!(entry.id(), TransientId::of(&[7; 113]));
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let entries = [&[1; 150][..], &[2; 70_000], &[]];
        let packed = pack_container(UnixTime::from_micros(1), entries);
        assert_eq!(unpack_container(&packed, 3).unwrap(), entries);
        assert_eq!(unpack_container(&packed, 2), Err(DropReason::TooLarge));
        for end in 0..packed.len().min(200) {
            assert!(unpack_container(&packed[..end], 3).is_err());
        }
        assert!(unpack_container(&[&packed[..], &[0]].concat(), 3).is_err());
    }

    #[test]
    fn a_claimed_length_costs_nothing() {
        let claimed = [&[0x92, 0xc0, 0xdd, 0xff, 0xff, 0xff, 0xff][..]].concat();
        assert_eq!(unpack_container(&claimed, 10), Err(DropReason::TooLarge));
        assert_eq!(unpack_container(&claimed, usize::MAX), Err(DropReason::MalformedMsgpack));
        assert!(unpack_container(&[0x92, 0xc0, 0x91, 0xa1, b'x'], 10).is_err(), "text is no entry");
    }
}
