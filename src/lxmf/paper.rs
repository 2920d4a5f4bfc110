//! Messages on paper: a message encrypted to its recipient as text, `lxm://…`, that fits a QR code.
//! Not a picture of one, and not who carries it.

use super::propagation::TransientId;
use crate::rns::hash::DestinationHash;

/// `URI_SCHEMA`.
const SCHEMA: &str = "lxm://";
/// `PAPER_MDU`: most bytes on one paper.
const MAX_PAPER: usize = 2210;
/// The alphabet of base64 in URLs.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Why there is no message on a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// The text is no `lxm://` URI, or what stands in it is too short for a message.
    #[error("this is no lxm:// message; copy the text once more, from \"lxm://\" to its last character")]
    Unreadable,
    /// The message is for somebody else, or one letter is wrong.
    #[error("this message is for somebody else, or its text is not complete")]
    NotForUs,
    /// The message is too long for paper.
    #[error("{size} bytes do not fit on paper: {MAX_PAPER} at most")]
    TooLarge {
        /// What it would take.
        size: usize,
    },
    /// The recipient's key is not known.
    #[error("the recipient's key is not known; wait for its announce")]
    UnknownRecipient,
    /// The source is none of our destinations.
    #[error("its source is not a destination of ours")]
    NotOurs,
}

/// The hash that names the message on a paper, as it would on a propagation node; nobody needs a key for that.
pub fn id(text: &str) -> Result<TransientId, PaperError> {
    let (destination, sealed) = read(text)?;
    Ok(TransientId::of(&[&destination.as_bytes()[..], &sealed].concat()))
}

/// The text for what is encrypted to `destination`.
pub(super) fn write(destination: DestinationHash, sealed: &[u8]) -> Result<String, PaperError> {
    let bytes = [&destination.as_bytes()[..], sealed].concat();
    if bytes.len() > MAX_PAPER {
        return Err(PaperError::TooLarge { size: bytes.len() });
    }
    let mut text = SCHEMA.to_owned();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits: u32, byte| bits << 8 | u32::from(*byte));
        let missing = 3_usize.saturating_sub(group.len());
        let bits = bits.checked_shl(u32::try_from(missing).unwrap_or(0).saturating_mul(8)).unwrap_or(0);
        let letters = [18, 12, 6, 0].map(|shift| usize::try_from(bits >> shift & 0x3f).unwrap_or(0));
        let wanted = 4_usize.saturating_sub(missing);
        text.extend(
            letters.iter().take(wanted).filter_map(|at| ALPHABET.get(*at)).map(|byte| char::from(*byte)),
        );
    }
    Ok(text)
}

/// The recipient and what is encrypted to it. The schema may stand in any case, and slashes mean nothing (page 10 §4).
pub(super) fn read(text: &str) -> Result<(DestinationHash, Vec<u8>), PaperError> {
    let text = text.trim();
    let schema = text.get(..SCHEMA.len()).ok_or(PaperError::Unreadable)?;
    if !schema.eq_ignore_ascii_case(SCHEMA) {
        return Err(PaperError::Unreadable);
    }
    let letters = text.bytes().skip(SCHEMA.len()).filter(|byte| *byte != b'/');
    let bytes = decode(letters).ok_or(PaperError::Unreadable)?;
    let (destination, sealed) = bytes.split_first_chunk::<16>().ok_or(PaperError::Unreadable)?;
    if sealed.is_empty() {
        return Err(PaperError::Unreadable);
    }
    Ok((DestinationHash::from_bytes(*destination), sealed.to_vec()))
}

/// Base64; `None` with a letter that is none, or more letters than a paper has. What pads it may stand there.
fn decode(letters: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held): (Vec<u8>, u32, u32) = (Vec::new(), 0, 0);
    for letter in letters.filter(|letter| *letter != b'=') {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held = held.saturating_add(6);
        if held >= 8 {
            held = held.saturating_sub(8);
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
            bits &= 0xff;
        }
        if bytes.len() > MAX_PAPER {
            return None;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TO: DestinationHash = DestinationHash::from_bytes([0xc7; 16]);

    #[test]
    fn schema_in_any_case_slashes_and_padding_are_read() {
        let text = write(TO, b"sealed").unwrap();
        let expected = (TO, b"sealed".to_vec());
        let upper = text.replacen("lxm", "LxM", 1);
        let padded = format!("  {text}==\n");
        let slashed = text.replacen("lxm://", "lxm:////", 1).replace("x8f", "x8/f");
        for form in [text, upper, padded, slashed] {
            assert_eq!(read(&form), Ok(expected.clone()), "{form}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let short = write(TO, b"").unwrap();
        for text in
            ["", "lxm://", "lxm", "http://x_pCU7cJDWK6i39", "lxm://ü", "lxm://x_pC!7cJ", short.as_str()]
        {
            assert_eq!(read(text), Err(PaperError::Unreadable), "{text}");
        }
        assert_eq!(read(&format!("lxm://{}", "A".repeat(100_000))), Err(PaperError::Unreadable));
    }

    #[test]
    fn a_paper_holds_2210_bytes_and_no_more() {
        let text = write(TO, &[7; 2194]).unwrap();
        assert_eq!(text.len(), 2953, "what a QR code holds");
        assert_eq!(read(&text).unwrap().1.len(), 2194);
        assert_eq!(write(TO, &[7; 2195]), Err(PaperError::TooLarge { size: 2211 }));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(sealed in proptest::collection::vec(any::<u8>(), 1..400)) {
            prop_assert_eq!(read(&write(TO, &sealed).unwrap()), Ok((TO, sealed)));
        }
    }
}
