//! What is attached to a message: files, a picture, sound, and whatever else is large. Named in lists, fetched one by one.
//! Not what is made of it for plain clients; the relay does that.

use rmpv::Value;

use crate::api::bytes::Bytes;
use crate::group::Fields;
use crate::group::body::NO_FIELDS;
use crate::group::fields::id;
use crate::rns::msgpack::{self, Token, Walker};

/// A field that is not larger goes along in a list.
const SMALL: usize = 200;
/// Deepest nesting that is walked over.
const MAX_DEPTH: usize = 32;
/// Most objects that are walked over.
const MAX_OBJECTS: usize = 65_536;
/// Longest name that is told.
const MAX_NAME: usize = 100;

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// In which field.
    field: u64,
    /// What it is called.
    pub(super) name: String,
    /// It itself.
    pub(super) data: &'a [u8],
}

/// All that is attached, in the order of the fields. The number of a part follows from the message alone.
pub(super) fn parts<'a>(fields: &Fields<'a>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for (field, raw) in fields.iter() {
        match field {
            id::FILES => parts.extend(files(raw).unwrap_or_default().into_iter().map(|(name, data)| {
                let name = beginning(&String::from_utf8_lossy(name));
                Part { field, name, data }
            })),
            id::IMAGE => parts.extend(typed(raw).map(|(kind, data)| {
                let kind = String::from_utf8_lossy(kind);
                Part { field, name: beginning(&format!("image.{kind}")), data }
            })),
            id::AUDIO => {
                parts.extend(typed(raw).map(|(_, data)| Part { field, name: "audio".to_owned(), data }));
            }
            _ if raw.len() > SMALL => parts.push(Part { field, name: format!("field {field}"), data: raw }),
            _ => {}
        }
    }
    parts
}

/// One line of a list: number, name and size of a part.
pub(super) type Named = (u32, String, u64);

/// What goes along in a list, and the names of the parts that do not.
pub(super) fn without_large(packed: &[u8], text_only: bool) -> (Option<Bytes>, Option<Vec<Named>>) {
    let nothing_there = packed.is_empty() || packed == NO_FIELDS;
    if nothing_there {
        return (None, None);
    }
    if packed.len() <= SMALL && !text_only {
        return (Some(Bytes(packed.to_vec())), None);
    }
    let fields = Fields::read(packed);
    let is_attachment = |field| matches!(field, id::FILES | id::IMAGE | id::AUDIO);
    let stays_behind = |field: u64, raw: &[u8]| raw.len() > SMALL || text_only && is_attachment(field);
    let named: Vec<Named> = (0..)
        .zip(parts(&fields))
        .filter(|(_, part)| fields.get(part.field).is_some_and(|raw| stays_behind(part.field, raw)))
        .map(|(number, part)| (number, part.name, u64::try_from(part.data.len()).unwrap_or(u64::MAX)))
        .collect();
    if named.is_empty() {
        return (Some(Bytes(packed.to_vec())), None);
    }
    let kept: Vec<_> = fields.iter().filter(|(field, raw)| !stays_behind(*field, raw)).collect();
    (pack(&kept), Some(named))
}

fn pack(fields: &[(u64, &[u8])]) -> Option<Bytes> {
    if fields.is_empty() {
        return None;
    }
    let mut out = match u8::try_from(fields.len()) {
        Ok(few @ 0..=15) => vec![0x80 | few],
        Ok(_) | Err(_) => {
            let count = u16::try_from(fields.len()).unwrap_or(u16::MAX);
            [&[0xde][..], &count.to_be_bytes()].concat()
        }
    };
    for (field, raw) in fields {
        out.extend_from_slice(&msgpack::encode(&Value::from(*field)));
        out.extend_from_slice(raw);
    }
    Some(Bytes(out))
}

/// The entries of a list of pairs of a name and bytes. What is no such pair is passed over.
fn files(raw: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (mut walker, mut left) = (Walker::new(raw), MAX_OBJECTS);
    let (Token::Array(count), _) = walker.token()? else { return None };
    let mut found = Vec::new();
    for _ in 0..count {
        found.extend(typed(walker.object(MAX_DEPTH, &mut left).ok()?));
    }
    Some(found)
}

/// An array of a name or kind, and bytes.
fn typed(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut walker, mut left) = (Walker::new(raw), MAX_OBJECTS);
    let (Token::Array(2..), _) = walker.token()? else { return None };
    let kind = walker.object(MAX_DEPTH, &mut left).ok()?;
    let data = msgpack::content(walker.object(MAX_DEPTH, &mut left).ok()?)?;
    Some((msgpack::content(kind).unwrap_or_default(), data))
}

fn beginning(name: &str) -> String {
    let end = (0..=MAX_NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(pairs: Vec<(u64, Value)>) -> Vec<u8> {
        msgpack::encode(&Value::Map(pairs.into_iter().map(|(field, value)| (field.into(), value)).collect()))
    }

    fn file(name: &str, len: usize) -> Value {
        Value::Array(vec![name.into(), Value::Binary(vec![7; len])])
    }

    #[test]
    fn what_is_large_is_named_and_what_is_small_goes_along() {
        let fields = packed(vec![
            (5, Value::Array(vec![file("a.txt", 3), 7.into(), file("b.bin", 500)])),
            (6, Value::Array(vec!["webp".into(), Value::Binary(vec![1; 20])])),
            (0xfb, "x".into()),
            (0x31, Value::Binary(vec![1; 300])),
        ]);
        let (kept, named) = without_large(&fields, false);
        let picture = (6, Value::Array(vec!["webp".into(), Value::Binary(vec![1; 20])]));
        assert_eq!(kept, Some(Bytes(packed(vec![picture, (0xfb, "x".into())]))));
        let (a, b) = ((0, "a.txt".to_owned(), 3), (1, "b.bin".to_owned(), 500));
        assert_eq!(named, Some(vec![a.clone(), b.clone(), (3, "field 49".to_owned(), 303)]));
        let (kept, named) = without_large(&fields, true);
        assert_eq!(kept, Some(Bytes(packed(vec![(0xfb, "x".into())]))));
        assert_eq!(named.unwrap()[2], (2, "image.webp".to_owned(), 20));
        assert_eq!(parts(&Fields::read(&fields))[1].data.len(), 500);
    }

    #[test]
    fn small_and_strange_fields_stay_as_they_are() {
        assert_eq!(without_large(NO_FIELDS, false), (None, None));
        for strange in [vec![], packed(vec![(5, 1.into()), (6, Value::Array(vec![]))]), vec![0x81, 5]] {
            let (kept, named) = without_large(&strange, true);
            assert_eq!((kept.unwrap_or_default().0, named), (strange, None));
        }
    }
}
