//! The bytes of an event: a header that stays for ever, and a private part that can be wiped.
//! Not the chain of hashes over them; the store keeps that, over the bytes as stored.

use rmpv::Value;

use super::event::{self, EventKind, GroupEvent, Weight};
use super::id::{PostId, Seq};
use super::post::Post;
use crate::rns::time::UnixTime;

/// Version of the header that is written.
const HEADER_VERSION: u8 = 1;
/// Version of the private part that is written: its first byte.
const PRIVATE_VERSION: u8 = 1;
/// Flag of an event that a program must know to go on.
const FLAG_CRITICAL: u8 = 1;
/// Deepest nesting that is read in a header: more than any will have.
const MAX_HEADER_DEPTH: usize = 16;

/// What everybody may know of an event, for ever: no people, no text, no reasons.
/// On disk: the MessagePack array version, kind, flags, seq, time in microseconds, post ids; more may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Layout of the header.
    pub version: u8,
    /// Number of the kind, known or not.
    pub kind: u16,
    /// May a program that does not know the kind go on?
    pub weight: Weight,
    /// Number of the event in its group.
    pub seq: Seq,
    /// Time of the event by its host; never before the one before.
    pub time: UnixTime,
    /// The posts that it is about.
    pub post_ids: Vec<PostId>,
}

/// An event as far as this program can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one lives for one call and is never kept in a table")]
pub enum Decoded {
    /// All of it.
    Event(GroupEvent),
    /// Its private part is wiped; only the header tells what it was.
    Wiped(EventKind),
    /// Made by a program that knows more than this one.
    Unknown(Weight),
}

impl Header {
    /// The header of `event` in its place.
    pub fn of(event: &GroupEvent, seq: Seq, time: UnixTime) -> Self {
        Self {
            version: HEADER_VERSION,
            kind: event.kind().number(),
            weight: event.kind().weight(),
            seq,
            time,
            post_ids: event.post_ids(),
        }
    }

    /// Its bytes, to be hashed and stored.
    pub fn encode(&self) -> Vec<u8> {
        let flags = match self.weight {
            Weight::Critical => FLAG_CRITICAL,
            Weight::Skippable => 0,
        };
        let array = (self.version, self.kind, flags, self.seq, self.time.as_micros(), &self.post_ids);
        rmp_serde::to_vec(&array)
            .expect("numbers and byte strings always encode, and a vector takes all of them")
    }

    /// Reads stored bytes. A later version may add elements at the end, and flags.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let value = rmpv::decode::read_value_with_max_depth(&mut bytes, MAX_HEADER_DEPTH).ok()?;
        let Value::Array(elements) = value else { return None };
        let [version, kind, flags, seq, time, post_ids, ..] = elements.as_slice() else { return None };
        let weight = match flags.as_u64()? & u64::from(FLAG_CRITICAL) {
            0 => Weight::Skippable,
            _ => Weight::Critical,
        };
        let post_id = |id: &Value| id.as_slice().and_then(PostId::from_slice);
        Some(Self {
            version: version.as_u64()?.try_into().ok()?,
            kind: kind.as_u64()?.try_into().ok()?,
            weight,
            seq: Seq(seq.as_u64()?),
            time: UnixTime::from_micros(time.as_i64()?),
            post_ids: post_ids.as_array()?.iter().map(post_id).collect::<Option<_>>()?,
        })
    }
}

/// The private part of `event`: a version byte and a MessagePack map, to which later versions may add.
pub fn encode_private(event: &GroupEvent) -> Vec<u8> {
    let map = event.private();
    let mut out = Vec::with_capacity(1 + map.len());
    out.push(PRIVATE_VERSION);
    out.extend_from_slice(&map);
    out
}

/// Reads an event. What a newer program has added to a known kind is passed over; what cannot be read is unknown.
pub fn decode(header: &Header, private: Option<&[u8]>) -> Decoded {
    let unknown = Decoded::Unknown(header.weight);
    if header.version != HEADER_VERSION {
        return unknown;
    }
    let Some(kind) = EventKind::from_number(header.kind) else { return unknown };
    let Some(private) = private else { return Decoded::Wiped(kind) };
    match private.split_first() {
        Some((&PRIVATE_VERSION, map)) => kind.read(&header.post_ids, map).map_or(unknown, Decoded::Event),
        _ => unknown,
    }
}

/// Reads the private part of an event that brings a post: the short way to a message.
pub fn decode_post(id: PostId, private: &[u8]) -> Option<Post> {
    match private.split_first() {
        Some((&PRIVATE_VERSION, map)) => event::read_post(id, map),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
