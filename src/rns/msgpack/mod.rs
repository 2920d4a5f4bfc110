//! MessagePack as the reference writes and reads it: shortest integers, float64, bin for bytes.
//! Not the typed forms of the group API; those are serde types.

mod walk;

pub use walk::{Token, Walker, content, has_more_tokens_than, is_map};

use rmpv::Value;

use super::error::DropReason;

/// Deepest nesting that is read: the reference's own messages need four.
const MAX_DEPTH: usize = 32;
/// Most objects that are decoded at once, nested ones included: each takes about forty bytes of memory, and one byte may
/// have been enough to send it.
const MAX_OBJECTS: usize = 65_536;

/// Reads one object that fills `bytes` exactly.
pub fn decode(bytes: &[u8]) -> Result<Value, DropReason> {
    match decode_prefix(bytes)? {
        (value, []) => Ok(value),
        _ => Err(DropReason::MalformedMsgpack),
    }
}

/// Reads one object from the start of `bytes`; what follows it is returned.
pub fn decode_prefix(bytes: &[u8]) -> Result<(Value, &[u8]), DropReason> {
    Walker::new(bytes).object(MAX_DEPTH, &mut { MAX_OBJECTS })?;
    let mut rest = bytes;
    rmpv::decode::read_value_with_max_depth(&mut rest, MAX_DEPTH)
        .map(|value| (value, rest))
        .map_err(|_| DropReason::MalformedMsgpack)
}

/// The bytes of the one object that `bytes` starts with, of any number of parts, and what follows it. Nothing is decoded.
pub fn split_object(bytes: &[u8]) -> Result<(&[u8], &[u8]), DropReason> {
    let mut walker = Walker::new(bytes);
    let object = walker.object(MAX_DEPTH, &mut { usize::MAX })?;
    Ok((object, walker.rest()))
}

/// The shortest form of `value`.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to a vector has no way to fail.
    let _ = rmpv::encode::write_value(&mut out, value);
    out
}

/// The claimed length of the array that `bytes` starts with, and its elements, for callers that need the
/// bytes as received. `None` if `bytes` is no array.
pub fn array_header(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&marker, rest) = bytes.split_first()?;
    match marker {
        0x90..=0x9f => Some((usize::from(marker & 0x0f), rest)),
        0xdc => rest.split_first_chunk::<2>().map(|(n, rest)| (usize::from(u16::from_be_bytes(*n)), rest)),
        0xdd => rest
            .split_first_chunk::<4>()
            .and_then(|(n, rest)| Some((usize::try_from(u32::from_be_bytes(*n)).ok()?, rest))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_message_with_very_many_parts_is_not_decoded() {
        let many = [&[0xdd, 0, 0x40, 0, 0][..], &[0xc0; 0x40_0000]].concat();
        assert_eq!(decode(&many), Err(DropReason::TooLarge));
        assert_eq!(split_object(&many), Ok((&many[..], &[][..])));
        let claimed = [0xdd, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(decode(&claimed), Err(DropReason::MalformedMsgpack));
        let deep = [vec![0x91; 1_000_000], vec![0xc0]].concat();
        assert_eq!(split_object(&deep), Err(DropReason::MalformedMsgpack));
    }
}
