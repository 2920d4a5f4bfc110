//! Raw deflate, with or without words that both sides know beforehand: what `zlib` of every language undoes.
//! Not what is compressed.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Up to so many bytes, fewer bytes are worth the time.
const SMALL: usize = 64 * 1_024;
/// What more than that is compressed with.
const QUICK: u32 = 4;
/// 2¹⁵ bytes back is as far as deflate can point.
const WINDOW_BITS: u8 = 15;
/// The same for short texts behind a dictionary: who compresses sets up tables of this size each time.
const SHORT_WINDOW_BITS: u8 = 13;

/// `plain` as raw deflate, which may point back into `dictionary`.
pub(super) fn deflated(plain: &[u8], dictionary: &[u8]) -> Vec<u8> {
    let level = if plain.len() <= SMALL { Compression::best() } else { Compression::new(QUICK) };
    let is_short = plain.len().saturating_add(dictionary.len()) < 1 << SHORT_WINDOW_BITS;
    let window = if is_short { SHORT_WINDOW_BITS } else { WINDOW_BITS };
    let mut compress = Compress::new_with_window_bits(level, false, window);
    if !dictionary.is_empty() {
        compress.set_dictionary(dictionary).expect("a new stream takes a dictionary");
    }
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    let mut rest = plain;
    loop {
        let before = compress.total_in();
        let status = compress.compress_vec(rest, &mut out, FlushCompress::Finish);
        let taken = usize::try_from(compress.total_in().saturating_sub(before)).unwrap_or(usize::MAX);
        rest = rest.get(taken..).unwrap_or_default();
        match status.expect("a new stream is in no wrong state") {
            Status::StreamEnd => return out,
            Status::Ok | Status::BufError => out.reserve(out.len() + 64),
        }
    }
}

/// What `bytes` were, if that is raw deflate of at most `most` bytes and nothing behind it.
pub(crate) fn inflated(bytes: &[u8], dictionary: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut decompress = Decompress::new_with_window_bits(false, WINDOW_BITS);
    if !dictionary.is_empty() {
        decompress.set_dictionary(dictionary).ok()?;
    }
    // Deflate makes no more than a thousand bytes of one.
    let mut out = Vec::with_capacity(bytes.len().saturating_mul(4).min(most).saturating_add(1));
    let mut rest = bytes;
    loop {
        let (before, made) = (decompress.total_in(), out.len());
        let status = decompress.decompress_vec(rest, &mut out, FlushDecompress::Finish);
        let taken = usize::try_from(decompress.total_in().checked_sub(before)?).ok()?;
        rest = rest.get(taken..)?;
        match status.ok()? {
            Status::StreamEnd => return (rest.is_empty() && out.len() <= most).then_some(out),
            Status::Ok | Status::BufError => {
                let is_full = out.len() == out.capacity();
                if out.len() > most || !is_full && taken == 0 && out.len() == made {
                    return None;
                }
                out.reserve(out.len().min(most).saturating_add(64));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deflated_comes_back_with_a_dictionary_and_without() {
        let words = b"the water in the river is high";
        let noise: Vec<u8> =
            (0..100_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        for plain in [&b""[..], b"x", b"the water in the river is low", &[7; 5_000], &noise] {
            for dictionary in [&b""[..], words] {
                let small = deflated(plain, dictionary);
                assert_eq!(inflated(&small, dictionary, plain.len()).as_deref(), Some(plain));
            }
        }
        assert!(deflated(b"the water in the river", words).len() < 8);
    }

    #[test]
    fn nothing_larger_than_allowed_and_nothing_damaged_is_inflated() {
        let bomb = deflated(&[0; 1_000_000], b"");
        assert!(bomb.len() < 10_000);
        assert_eq!(inflated(&bomb, b"", 999_999), None);
        assert!(inflated(&bomb, b"", 1_000_000).is_some());
        assert_eq!(inflated(&bomb[..bomb.len() - 1], b"", 2_000_000), None);
        assert_eq!(inflated(&[&bomb[..], &[0]].concat(), b"", 2_000_000), None, "something behind it");
        for bytes in [&b""[..], b"\x07", b"\xff\xff\xff", b"hello"] {
            assert_eq!(inflated(bytes, b"", 1_000), None, "{bytes:?}");
        }
    }
}
