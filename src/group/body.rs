//! What a post says: plain for this host to read, or opaque.
//! Not who says it, and not how it is proved.

use super::fields::Fields;
use crate::rns::msgpack::{self, Walker};

/// Deepest nesting that is read in a signed payload.
const MAX_DEPTH: usize = 32;
/// Most objects in it, nested ones included.
const MAX_OBJECTS: usize = 1 << 20;

/// A MessagePack map without entries: a post without fields.
pub const NO_FIELDS: &[u8] = &[0x80];

/// What a post says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// As LXMF has it. Title and text are UTF-8 by convention only.
    Plain {
        /// Title, often empty.
        title: Vec<u8>,
        /// Text.
        text: Vec<u8>,
        /// One MessagePack map with integer keys, as received; `80` when empty.
        fields: Vec<u8>,
    },
    /// Sealed by the author for others than this host: no text here.
    Opaque {
        /// How it is sealed.
        scheme: u8,
        /// What is handed out unchanged.
        bytes: Vec<u8>,
    },
}

impl Body {
    /// Bytes that count against a group's longest post.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain { title, text, fields } => {
                title.len().saturating_add(text.len()).saturating_add(fields.len())
            }
            Self::Opaque { bytes, .. } => bytes.len(),
        }
    }

    /// Does it say nothing to others?
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Plain { title, text, fields } => {
                title.is_empty() && text.is_empty() && !Fields::read(fields).say_something()
            }
            Self::Opaque { bytes, .. } => bytes.is_empty(),
        }
    }

    /// The text, where there is one that this host can read.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Plain { text, .. } => Some(text),
            Self::Opaque { .. } => None,
        }
    }

    /// Its fields, where this host can read them.
    pub fn fields(&self) -> Fields<'_> {
        match self {
            Self::Plain { fields, .. } => Fields::read(fields),
            Self::Opaque { .. } => Fields::default(),
        }
    }

    /// Is it a reaction and nothing else?
    pub fn is_reaction(&self) -> bool {
        match self {
            Self::Plain { title, text, fields } => {
                title.is_empty() && text.is_empty() && Fields::read(fields).reaction().is_some()
            }
            Self::Opaque { .. } => false,
        }
    }

    /// What a signed LXMF payload says: time, title, content and fields in one array. Trailing bytes are signed too,
    /// but say nothing. `None` if it is no such array.
    pub fn from_payload(payload: &[u8]) -> Option<Self> {
        let (&marker, elements) = payload.split_first()?;
        // A payload without its stamp has four elements; the reference writes no other marker for that.
        if marker != 0x94 {
            return None;
        }
        let (mut walker, mut left) = (Walker::new(elements), MAX_OBJECTS);
        let mut element = || walker.object(MAX_DEPTH, &mut left).ok();
        let _time = element()?;
        let title = msgpack::content(element()?)?.to_vec();
        let text = msgpack::content(element()?)?.to_vec();
        let fields = element()?;
        let fields = match fields.first()? {
            0x80..=0x8f | 0xde | 0xdf => fields.to_vec(),
            0xc0 => NO_FIELDS.to_vec(),
            _ => return None,
        };
        Some(Self::Plain { title, text, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_payload_says_what_its_array_says() {
        let payload = b"\x94\xcb\x41\xd9\x55\x55\x55\x40\x00\x00\xc4\x02hi\xc4\x03you\x81\x01\x02";
        let body = Body::Plain { title: b"hi".into(), text: b"you".into(), fields: vec![0x81, 1, 2] };
        assert_eq!(Body::from_payload(payload), Some(body.clone()));
        assert_eq!(Body::from_payload(&[payload.as_slice(), b"trailing"].concat()), Some(body));
    }

    #[test]
    fn a_payload_that_is_cut_off_or_of_another_shape_says_nothing() {
        let payload = b"\x94\x01\xc4\x02hi\xc4\x03you\x80";
        for end in 0..payload.len() {
            assert_eq!(Body::from_payload(&payload[..end]), None);
        }
        assert_eq!(Body::from_payload(b"\x94\x01\xc4\x00\xc4\x00\x01"), None);
        let many =
            [&b"\x94\x01\xc4\x00\xc4\x00\x81\x01\xdd\x00\x20\x00\x00"[..], &[0xc0; 0x20_0000]].concat();
        assert_eq!(Body::from_payload(&many), None);
        assert_eq!(Body::from_payload(b"\x94\x01\xc4\x00\xc6\xff\xff\xff\xff"), None);
    }

    #[test]
    fn an_opaque_body_has_no_text_to_search_or_show() {
        let body = Body::Opaque { scheme: 1, bytes: b"sealed".into() };
        assert_eq!(body.text(), None);
        assert!(!body.is_empty());
        assert_eq!(body.len(), 6);
    }
}
