//! A walk over packed MessagePack, one header or scalar at a time, that keeps nothing in memory.
//! Not a decoder: what stands in a scalar, it doesn't say.

/// What stands at one place of packed MessagePack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Something without parts.
    Scalar,
    /// An array of so many.
    Array(usize),
    /// A map of so many keys and values.
    Map(usize),
}

/// Where a walk is.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    rest: &'a [u8],
}

impl<'a> Walker<'a> {
    pub(super) const fn new(packed: &'a [u8]) -> Self {
        Self { rest: packed }
    }

    /// The next token and its bytes; of an array or a map, the bytes of the header. `None` at the end, and where bytes
    /// are missing.
    pub(super) fn token(&mut self) -> Option<(Token, &'a [u8])> {
        let marker = *self.rest.first()?;
        let small = |mask: u8| usize::from(marker & mask);
        let (token, length) = match marker {
            0x80..=0x8f => (Token::Map(small(0x0f)), 1),
            0x90..=0x9f => (Token::Array(small(0x0f)), 1),
            0xa0..=0xbf => (Token::Scalar, 1 + small(0x1f)),
            0xc4 | 0xd9 => (Token::Scalar, 2 + self.length(1)?),
            0xc5 | 0xda => (Token::Scalar, 3 + self.length(2)?),
            0xc6 | 0xdb => (Token::Scalar, 5 + self.length(4)?),
            0xc7 => (Token::Scalar, 3 + self.length(1)?),
            0xc8 => (Token::Scalar, 4 + self.length(2)?),
            0xc9 => (Token::Scalar, 6 + self.length(4)?),
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

    /// The big-endian number in the `width` bytes after the marker.
    fn length(&self, width: usize) -> Option<usize> {
        let bytes = self.rest.get(1..1 + width)?;
        Some(bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }
}

/// Has `packed` more than `most` tokens? A decoder needs many times their bytes for them.
pub(super) fn has_more_tokens_than(packed: &[u8], most: usize) -> bool {
    let mut walker = Walker::new(packed);
    std::iter::from_fn(|| walker.token()).nth(most).is_some()
}

/// Is `packed` one map and nothing behind it, nested no deeper than `deepest`?
pub(super) fn is_map(packed: &[u8], deepest: usize) -> bool {
    let mut walker = Walker::new(packed);
    let is_map = packed.first().is_some_and(|marker| matches!(marker, 0x80..=0x8f | 0xde | 0xdf));
    is_map && skip(&mut walker, deepest).is_some() && walker.rest.is_empty()
}

fn skip(walker: &mut Walker<'_>, depth: usize) -> Option<()> {
    let parts = match walker.token()?.0 {
        Token::Scalar => return Some(()),
        Token::Array(length) => length,
        Token::Map(length) => length.checked_mul(2)?,
    };
    let depth = depth.checked_sub(1)?;
    for _ in 0..parts {
        skip(walker, depth)?;
    }
    Some(())
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
            let walked = skip(&mut walker, 60).is_some();
            prop_assert!(walked || !decoded);
            if decoded {
                prop_assert_eq!(walker.rest, rest);
            }
        }

        #[test]
        fn tokens_are_counted(count in 0usize..300, most in 0usize..300) {
            let packed = [&[0xdc, 0, 0][..], &vec![0xc0; count]].concat();
            prop_assert_eq!(has_more_tokens_than(&packed, most), count + 1 > most);
        }
    }
}
