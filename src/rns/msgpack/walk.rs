//! A walk over packed MessagePack, one header or scalar at a time, that keeps nothing in memory.
//! Not a decoder: what stands in a scalar, it doesn't say.

use crate::rns::error::DropReason;

/// What stands at one place of packed MessagePack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// Something without parts.
    Scalar,
    /// An array of so many.
    Array(usize),
    /// A map of so many keys and values.
    Map(usize),
}

/// Where a walk is.
#[derive(Debug, Clone)]
pub struct Walker<'a> {
    rest: &'a [u8],
}

impl<'a> Walker<'a> {
    /// A walk from the beginning of `packed`.
    pub const fn new(packed: &'a [u8]) -> Self {
        Self { rest: packed }
    }

    /// The next token and its bytes; of an array or a map, the bytes of the header. `None` at the end, and where bytes
    /// are missing.
    pub fn token(&mut self) -> Option<(Token, &'a [u8])> {
        let marker = *self.rest.first()?;
        let small = |mask: u8| usize::from(marker & mask);
        let (token, length) = match marker {
            0x80..=0x8f => (Token::Map(small(0x0f)), 1),
            0x90..=0x9f => (Token::Array(small(0x0f)), 1),
            0xa0..=0xbf => (Token::Scalar, small(0x1f).saturating_add(1)),
            0xc4 | 0xd9 => (Token::Scalar, self.length(1)?.saturating_add(2)),
            0xc5 | 0xda => (Token::Scalar, self.length(2)?.saturating_add(3)),
            0xc6 | 0xdb => (Token::Scalar, self.length(4)?.saturating_add(5)),
            0xc7 => (Token::Scalar, self.length(1)?.saturating_add(3)),
            0xc8 => (Token::Scalar, self.length(2)?.saturating_add(4)),
            0xc9 => (Token::Scalar, self.length(4)?.saturating_add(6)),
            0xcc | 0xd0 => (Token::Scalar, 2),
            0xcd | 0xd1 | 0xd4 => (Token::Scalar, 3),
            0xd5 => (Token::Scalar, 4),
            0xca | 0xce | 0xd2 => (Token::Scalar, 5),
            0xd6 => (Token::Scalar, 6),
            0xcb | 0xcf | 0xd3 => (Token::Scalar, 9),
            0xd7 => (Token::Scalar, 10),
            0xd8 => (Token::Scalar, 18),
            0xdc => (Token::Array(self.length(2)?), 3),
            0xdd => (Token::Array(self.length(4)?), 5),
            0xde => (Token::Map(self.length(2)?), 3),
            0xdf => (Token::Map(self.length(4)?), 5),
            // Small integers, nil and booleans; 0xc1 is never used.
            0x00..=0x7f | 0xc0..=0xc3 | 0xe0..=0xff => (Token::Scalar, 1),
        };
        let (raw, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some((token, raw))
    }

    /// The bytes of the next object with all its parts, at most `left` tokens nested no deeper than `deepest`; `left`
    /// is lowered by what was there. What fails is [`DropReason::TooLarge`] for too many tokens.
    pub fn object(&mut self, deepest: usize, left: &mut usize) -> Result<&'a [u8], DropReason> {
        let before = self.rest;
        self.skip(deepest, left)?;
        let length = before.len().saturating_sub(self.rest.len());
        before.get(..length).ok_or(DropReason::MalformedMsgpack)
    }

    /// What was not walked over yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn skip(&mut self, depth: usize, left: &mut usize) -> Result<(), DropReason> {
        *left = left.checked_sub(1).ok_or(DropReason::TooLarge)?;
        let (token, _) = self.token().ok_or(DropReason::MalformedMsgpack)?;
        let parts = match token {
            Token::Scalar => return Ok(()),
            Token::Array(length) => length,
            Token::Map(length) => length.saturating_mul(2),
        };
        let depth = depth.checked_sub(1).ok_or(DropReason::MalformedMsgpack)?;
        for _ in 0..parts {
            self.skip(depth, left)?;
        }
        Ok(())
    }

    /// The big-endian number in the `width` bytes after the marker.
    fn length(&self, width: usize) -> Option<usize> {
        let bytes = self.rest.get(1..width.saturating_add(1))?;
        Some(bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)))
    }
}

/// What is in the bytes of a str or bin, without its header.
pub fn content(raw: &[u8]) -> Option<&[u8]> {
    let header = match raw.first()? {
        0xa0..=0xbf => 1,
        0xc4 | 0xd9 => 2,
        0xc5 | 0xda => 3,
        0xc6 | 0xdb => 5,
        _ => return None,
    };
    raw.get(header..)
}

/// Has `packed` more than `most` tokens? A decoder needs many times their bytes for them.
pub fn has_more_tokens_than(packed: &[u8], most: usize) -> bool {
    let mut walker = Walker::new(packed);
    std::iter::from_fn(|| walker.token()).nth(most).is_some()
}

/// Is `packed` one map and nothing behind it, nested no deeper than `deepest`?
pub fn is_map(packed: &[u8], deepest: usize) -> bool {
    let mut walker = Walker::new(packed);
    let is_map = packed.first().is_some_and(|marker| matches!(marker, 0x80..=0x8f | 0xde | 0xdf));
    is_map && walker.object(deepest, &mut { usize::MAX }).is_ok() && walker.rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_map_that_fills_its_bytes_is_one_and_nothing_else_is() {
        let map = [0x82, 0x01, 0x91, 0xc0, 0xa1, b'x', 0xc4, 2, 7, 7];
        assert!(is_map(&map, 3) && is_map(&[0x80], 1));
        for end in 0..map.len() {
            assert!(!is_map(&map[..end], 3));
        }
        assert!(!is_map(&[&map[..], &[0]].concat(), 3));
        assert!(!is_map(&map, 1));
        assert!(!is_map(&[0x91, 0x80], 3));
        assert!(!is_map(&[0xdf, 0xff, 0xff, 0xff, 0xff], 3));
    }

    proptest! {
        #[test]
        fn the_walk_ends_where_the_decoder_ends(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut rest = &bytes[..];
            let decoded = rmpv::decode::value_ref::read_value_ref_with_max_depth(&mut rest, 64).is_ok();
            let mut walker = Walker::new(&bytes);
            let walked = walker.object(60, &mut { usize::MAX }).is_ok();
            prop_assert!(walked || !decoded);
            if decoded {
                prop_assert_eq!(walker.rest, rest);
            }
        }

        #[test]
        fn the_content_of_text_and_bytes_is_what_the_decoder_gives(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = "x".repeat(bytes.len());
            for (value, expected) in [
                (rmpv::Value::from(text.as_str()), Some(text.as_bytes())),
                (rmpv::Value::Binary(bytes.clone()), Some(&bytes[..])),
                (rmpv::Value::from(bytes.len()), None),
            ] {
                let packed = crate::rns::msgpack::encode(&value);
                prop_assert_eq!(content(&packed), expected);
            }
        }

        #[test]
        fn tokens_are_counted(count in 0usize..300, most in 0usize..300) {
            let packed = [&[0xdc, 0, 0][..], &vec![0xc0; count]].concat();
            prop_assert_eq!(has_more_tokens_than(&packed, most), count + 1 > most);
        }
    }
}
