//! The payload of a message: one MessagePack array of time, title, content, fields and perhaps a stamp.
//! Not its addresses and its signature; those are the message's.

use std::collections::BTreeSet;

use rmpv::Value;

use super::message::Message;
use crate::rns::error::DropReason;
use crate::rns::msgpack;
use crate::rns::time::UnixTime;

/// An empty map.
pub(super) const NO_FIELDS: u8 = 0x80;
/// The header of an array of four elements.
const FOUR: u8 = 0x94;
/// The header of an array of five elements: the fifth is the stamp.
const FIVE: u8 = 0x95;
/// Most fields in a message; some fifty ids are assigned.
const MAX_FIELDS: usize = 256;
/// Most objects in a payload, nested ones included. It bounds the memory that a small, well compressed message
/// can claim when it is read: a decoded object takes about forty bytes.
const MAX_OBJECTS: usize = 65_536;
/// Deepest nesting inside an element; the reference's own messages need four. Lower than what
/// [`msgpack::decode`] reads, so that what passes here is read there.
const MAX_DEPTH: usize = 12;

/// A payload that has been checked, and the bytes that its author may have signed.
#[derive(Debug)]
pub(super) struct Payload {
    /// What it says.
    pub(super) message: Message,
    /// Time, title, content and fields as they should be hashed.
    pub(super) four: Vec<u8>,
    /// Another reading of the same, where the bytes as received are not in the shortest form. Hash and signature
    /// leave the stamp out, so beside a stamp the reference encodes the four elements afresh (page 10 §2).
    pub(super) canonical: Option<Vec<u8>>,
    /// The fifth element, if it is one that can be a stamp.
    pub(super) stamp: Option<Vec<u8>>,
}

impl Payload {
    /// Reads what follows the signature.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DropReason> {
        let (count, elements) = msgpack::array_header(bytes).ok_or(DropReason::MalformedMsgpack)?;
        let extra = count.checked_sub(4).ok_or(DropReason::MalformedMsgpack)?;
        let mut scanner = Scanner { rest: elements, objects: 0 };
        let time = scanner.element()?;
        let title = scanner.element()?;
        let content = scanner.element()?;
        let fields = scanner.element()?;
        let signed_length = elements.len().saturating_sub(scanner.rest.len());
        let stamp = if extra == 0 { None } else { Some(scanner.element()?) };
        for _ in 1..extra {
            scanner.element()?;
        }

        let values = [decode(time)?, decode(title)?, decode(content)?, decode(fields)?];
        let message = message(&values, fields)?;
        let Some(stamp) = stamp else {
            // Trailing bytes included: the reference hashes all that came.
            return Ok(Self { message, four: bytes.to_vec(), canonical: None, stamp: None });
        };
        let four = with_header(FOUR, elements.get(..signed_length).unwrap_or_default());
        let canonical = msgpack::encode(&widen(Value::Array(values.into())));
        let stamp = match decode(stamp)? {
            Value::Binary(stamp) => Some(stamp),
            _ => None,
        };
        Ok(Self { message, canonical: (canonical != four).then_some(canonical), four, stamp })
    }

    /// As [`Self::parse`], for the four elements without anything that hash and signature leave out.
    pub(super) fn parse_four(bytes: &[u8]) -> Result<Self, DropReason> {
        match msgpack::array_header(bytes) {
            Some((4, _)) => Self::parse(bytes),
            _ => Err(DropReason::MalformedMsgpack),
        }
    }
}

/// The four elements of `message` as the reference writes them.
pub(super) fn encode(message: &Message) -> Vec<u8> {
    let head = [
        Value::F64(message.time.as_secs_f64()),
        Value::Binary(message.title.clone()),
        Value::Binary(message.content.clone()),
    ];
    let mut out = vec![FOUR];
    for element in &head {
        out.extend_from_slice(&msgpack::encode(element));
    }
    let fields = if message.fields.is_empty() { &[NO_FIELDS][..] } else { &message.fields };
    out.extend_from_slice(fields);
    out
}

/// The array of five that `four` and `stamp` make. A stamp that is there already is left out.
pub(super) fn with_stamp(four: &[u8], stamp: &[u8]) -> Vec<u8> {
    let elements = msgpack::array_header(four).map_or(four, |(_, elements)| elements);
    let mut scanner = Scanner { rest: elements, objects: 0 };
    let found = (0..4).try_for_each(|_| scanner.element().map(drop));
    let length = elements.len().saturating_sub(if found.is_ok() { scanner.rest.len() } else { 0 });
    let mut out = with_header(FIVE, elements.get(..length).unwrap_or(elements));
    out.extend_from_slice(&msgpack::encode(&Value::Binary(stamp.to_vec())));
    out
}

fn with_header(header: u8, elements: &[u8]) -> Vec<u8> {
    let mut out = vec![header];
    out.extend_from_slice(elements);
    out
}

fn decode(element: &[u8]) -> Result<Value, DropReason> {
    msgpack::decode(element)
}

fn message(values: &[Value; 4], fields_as_received: &[u8]) -> Result<Message, DropReason> {
    let [time, title, content, fields] = values;
    let fields = match fields {
        Value::Nil => vec![NO_FIELDS],
        Value::Map(pairs) if pairs.len() > MAX_FIELDS => return Err(DropReason::TooLarge),
        Value::Map(_) if repeats_a_key(fields) => return Err(DropReason::MalformedMsgpack),
        Value::Map(_) => fields_as_received.to_vec(),
        _ => return Err(DropReason::MalformedMsgpack),
    };
    Ok(Message {
        time: time.as_f64().map(UnixTime::from_secs_f64).ok_or(DropReason::MalformedMsgpack)?,
        title: text(title)?,
        content: text(content)?,
        fields,
    })
}

/// Title or content: bin from every known client; str is read too, and nil as nothing.
fn text(value: &Value) -> Result<Vec<u8>, DropReason> {
    match value {
        Value::Binary(bytes) => Ok(bytes.clone()),
        Value::String(text) => Ok(text.as_bytes().to_vec()),
        Value::Nil => Ok(Vec::new()),
        _ => Err(DropReason::MalformedMsgpack),
    }
}

/// Does any map in `value` have a key twice, however it is encoded?
fn repeats_a_key(value: &Value) -> bool {
    match value {
        Value::Map(pairs) => {
            let mut seen = BTreeSet::new();
            pairs.iter().any(|(key, value)| {
                !seen.insert(msgpack::encode(&widen(key.clone())))
                    || repeats_a_key(key)
                    || repeats_a_key(value)
            })
        }
        Value::Array(values) => values.iter().any(repeats_a_key),
        _ => false,
    }
}

/// The reference knows one kind of float, and writes it in 64 bits.
fn widen(value: Value) -> Value {
    match value {
        Value::F32(float) => Value::F64(f64::from(float)),
        Value::Array(values) => Value::Array(values.into_iter().map(widen).collect()),
        Value::Map(pairs) => Value::Map(pairs.into_iter().map(|(k, v)| (widen(k), widen(v))).collect()),
        other => other,
    }
}

/// Walks over MessagePack without building anything, so that claims are checked before memory is given.
struct Scanner<'a> {
    rest: &'a [u8],
    objects: usize,
}

impl<'a> Scanner<'a> {
    /// The bytes of the next object.
    fn element(&mut self) -> Result<&'a [u8], DropReason> {
        let before = self.rest;
        self.skip(MAX_DEPTH)?;
        let length = before.len().saturating_sub(self.rest.len());
        before.get(..length).ok_or(DropReason::MalformedMsgpack)
    }

    fn skip(&mut self, depth: usize) -> Result<(), DropReason> {
        self.objects = self.objects.saturating_add(1);
        if self.objects > MAX_OBJECTS {
            return Err(DropReason::TooLarge);
        }
        let marker = self.number(1)?;
        match marker {
            0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => Ok(()),
            0x80..=0x8f => self.skip_many((marker & 0x0f).saturating_mul(2), depth),
            0x90..=0x9f => self.skip_many(marker & 0x0f, depth),
            0xa0..=0xbf => self.text(marker & 0x1f),
            0xc4..=0xc6 => self.sized(marker.saturating_sub(0xc4), 0),
            0xc7..=0xc9 => self.sized(marker.saturating_sub(0xc7), 1),
            0xca => self.bytes(4).map(drop),
            0xcb => self.bytes(8).map(drop),
            0xcc..=0xd3 => self.bytes(1 << (marker & 3)).map(drop),
            // Extensions of 1, 2, 4, 8 or 16 bytes, and a byte for their type.
            0xd4..=0xd8 => self.bytes(1 << marker.saturating_sub(0xd4)).and_then(|_| self.bytes(1)).map(drop),
            0xd9..=0xdb => {
                let length = self.length(marker.saturating_sub(0xd9))?;
                self.text(length)
            }
            0xdc | 0xdd => {
                let count = self.length(marker.saturating_sub(0xdb))?;
                self.skip_many(count, depth)
            }
            0xde | 0xdf => {
                let count = self.length(marker.saturating_sub(0xdd))?;
                self.skip_many(count.saturating_mul(2), depth)
            }
            _ => Err(DropReason::MalformedMsgpack),
        }
    }

    fn skip_many(&mut self, count: usize, depth: usize) -> Result<(), DropReason> {
        let depth = depth.checked_sub(1).ok_or(DropReason::MalformedMsgpack)?;
        for _ in 0..count {
            self.skip(depth)?;
        }
        Ok(())
    }

    /// Bytes with their length in front, and `extra` more.
    fn sized(&mut self, width: usize, extra: usize) -> Result<(), DropReason> {
        let length = self.length(width)?;
        self.bytes(length.saturating_add(extra)).map(drop)
    }

    fn text(&mut self, length: usize) -> Result<(), DropReason> {
        let bytes = self.bytes(length)?;
        std::str::from_utf8(bytes).map(drop).map_err(|_| DropReason::MalformedMsgpack)
    }

    /// A length of 1, 2 or 4 bytes, for a `width` of 0, 1 or 2.
    fn length(&mut self, width: usize) -> Result<usize, DropReason> {
        self.number(match width {
            0 => 1,
            1 => 2,
            _ => 4,
        })
    }

    fn number(&mut self, length: usize) -> Result<usize, DropReason> {
        Ok(self.bytes(length)?.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], DropReason> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DropReason::MalformedMsgpack)?;
        self.rest = rest;
        Ok(taken)
    }
}
