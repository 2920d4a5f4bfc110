//! The bytes of an event: a header that stays for ever, and a private part that can be wiped.
//! Not the chain of hashes over them; the store keeps that, over the bytes as stored.

use std::borrow::Cow;

use rmpv::Value;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::event::{EventKind, GroupEvent, Weight};
use super::id::{GroupId, MemberNumber, PostId, Seq};
use super::member::Relay;
use super::post::{Authorship, Post};
use super::settings::{GroupKind, GroupMode, GroupRole, Settings};
use crate::rns::hash::{DestinationHash, IdentityHash};
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
    let mut out = vec![PRIVATE_VERSION];
    let done = match event {
        GroupEvent::GroupCreated { gid, kind, mode, role, settings } => {
            let settings = Cow::Borrowed(settings);
            write(&mut out, &CreatedRecord { gid: *gid, kind: *kind, mode: *mode, role: *role, settings })
        }
        GroupEvent::MemberJoined { member, number, nick } => {
            let nick = nick.as_deref().map(Cow::Borrowed);
            write(&mut out, &JoinedRecord { member: *member, number: *number, nick })
        }
        GroupEvent::MemberLeft { member } => write(&mut out, &LeftRecord { member: *member }),
        GroupEvent::RelaySwitched { member, relay } => {
            write(&mut out, &RelayRecord { member: *member, relay: *relay })
        }
        // What a reaction is about stands in the header.
        GroupEvent::MessagePosted { post } | GroupEvent::Reacted { target: _, post } => {
            write(&mut out, &PostRecord::of(post))
        }
        GroupEvent::IdentityBanned { identity, reason, by, until } => {
            let until = until.map(UnixTime::as_micros);
            let reason = Cow::Borrowed(reason.as_str());
            write(&mut out, &BanRecord { identity: *identity, reason, by: *by, until })
        }
        GroupEvent::IdentityUnbanned { identity, by } => {
            write(&mut out, &UnbanRecord { identity: *identity, by: *by })
        }
    };
    done.expect("plain values always encode, and a vector takes all of them");
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
        Some((&PRIVATE_VERSION, map)) => decode_map(kind, header, map).map_or(unknown, Decoded::Event),
        _ => unknown,
    }
}

/// Reads the private part of an event that is known to be [`GroupEvent::MessagePosted`]: the short way to a message.
pub fn decode_post(id: PostId, private: &[u8]) -> Option<Post> {
    match private.split_first() {
        Some((&PRIVATE_VERSION, map)) => read::<PostRecord<'_>>(map)?.into_post(id),
        _ => None,
    }
}

fn decode_map(kind: EventKind, header: &Header, map: &[u8]) -> Option<GroupEvent> {
    Some(match kind {
        EventKind::GroupCreated => {
            let CreatedRecord { gid, kind, mode, role, settings } = read(map)?;
            GroupEvent::GroupCreated { gid, kind, mode, role, settings: settings.into_owned() }
        }
        EventKind::MemberJoined => {
            let JoinedRecord { member, number, nick } = read(map)?;
            GroupEvent::MemberJoined { member, number, nick: nick.map(Cow::into_owned) }
        }
        EventKind::MemberLeft => {
            let LeftRecord { member } = read(map)?;
            GroupEvent::MemberLeft { member }
        }
        EventKind::RelaySwitched => {
            let RelayRecord { member, relay } = read(map)?;
            GroupEvent::RelaySwitched { member, relay }
        }
        EventKind::MessagePosted => {
            let id = *header.post_ids.first()?;
            GroupEvent::MessagePosted { post: read::<PostRecord<'_>>(map)?.into_post(id)? }
        }
        EventKind::Reacted => {
            let [id, target, ..] = *header.post_ids.as_slice() else { return None };
            GroupEvent::Reacted { target, post: read::<PostRecord<'_>>(map)?.into_post(id)? }
        }
        EventKind::IdentityBanned => {
            let BanRecord { identity, reason, by, until } = read(map)?;
            let until = until.map(UnixTime::from_micros);
            GroupEvent::IdentityBanned { identity, reason: reason.into_owned(), by, until }
        }
        EventKind::IdentityUnbanned => {
            let UnbanRecord { identity, by } = read(map)?;
            GroupEvent::IdentityUnbanned { identity, by }
        }
    })
}

fn write<T: Serialize>(out: &mut Vec<u8>, record: &T) -> Result<(), rmp_serde::encode::Error> {
    rmp_serde::encode::write_named(out, record)
}

fn read<'a, T: Deserialize<'a>>(map: &'a [u8]) -> Option<T> {
    rmp_serde::from_slice(map).ok()
}

// One record for each kind. The keys are one letter because every message pays for them on disk.

#[derive(Serialize, Deserialize)]
struct CreatedRecord<'a> {
    #[serde(rename = "g")]
    gid: GroupId,
    #[serde(rename = "k")]
    kind: GroupKind,
    #[serde(rename = "m")]
    mode: GroupMode,
    #[serde(rename = "r")]
    role: GroupRole,
    #[serde(rename = "s")]
    settings: Cow<'a, Settings>,
}

#[derive(Serialize, Deserialize)]
struct JoinedRecord<'a> {
    #[serde(rename = "m")]
    member: IdentityHash,
    #[serde(rename = "n")]
    number: MemberNumber,
    #[serde(rename = "k", borrow, default, skip_serializing_if = "Option::is_none")]
    nick: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct LeftRecord {
    #[serde(rename = "m")]
    member: IdentityHash,
}

#[derive(Serialize, Deserialize)]
struct RelayRecord {
    #[serde(rename = "m")]
    member: IdentityHash,
    #[serde(rename = "r")]
    relay: Relay,
}

#[derive(Serialize, Deserialize)]
struct BanRecord<'a> {
    #[serde(rename = "i")]
    identity: IdentityHash,
    #[serde(rename = "r", borrow)]
    reason: Cow<'a, str>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    by: Option<IdentityHash>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct UnbanRecord {
    #[serde(rename = "i")]
    identity: IdentityHash,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    by: Option<IdentityHash>,
}

/// A post. Its id stands in the header; its body stands here only where the signed payload does not say it already.
#[derive(Serialize, Deserialize)]
struct PostRecord<'a> {
    #[serde(rename = "a")]
    author: IdentityHash,
    #[serde(rename = "t")]
    author_time: i64,
    #[serde(rename = "p", borrow, default, skip_serializing_if = "Option::is_none")]
    plain: Option<PlainRecord<'a>>,
    #[serde(rename = "o", borrow, default, skip_serializing_if = "Option::is_none")]
    opaque: Option<OpaqueRecord<'a>>,
    #[serde(rename = "x", borrow, default, skip_serializing_if = "Option::is_none")]
    lxmf: Option<LxmfRecord<'a>>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none", with = "serde_bytes")]
    link: Option<[u8; 8]>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    about: Option<PostId>,
}

#[derive(Serialize, Deserialize)]
struct PlainRecord<'a> {
    #[serde(rename = "h", borrow, with = "serde_bytes")]
    title: Cow<'a, [u8]>,
    #[serde(rename = "t", borrow, with = "serde_bytes")]
    text: Cow<'a, [u8]>,
    #[serde(rename = "f", borrow, with = "serde_bytes")]
    fields: Cow<'a, [u8]>,
}

#[derive(Serialize, Deserialize)]
struct OpaqueRecord<'a> {
    #[serde(rename = "s")]
    scheme: u8,
    #[serde(rename = "b", borrow, with = "serde_bytes")]
    bytes: Cow<'a, [u8]>,
}

#[derive(Serialize, Deserialize)]
struct LxmfRecord<'a> {
    #[serde(rename = "d")]
    destination: DestinationHash,
    #[serde(rename = "s")]
    source: DestinationHash,
    #[serde(rename = "p", borrow, with = "serde_bytes")]
    payload: Cow<'a, [u8]>,
    #[serde(rename = "g", with = "serde_bytes")]
    signature: [u8; 64],
    #[serde(rename = "h", with = "serde_bytes")]
    message_hash: [u8; 32],
}

impl<'a> PostRecord<'a> {
    fn of(post: &'a Post) -> Self {
        let mut record = Self {
            author: post.author,
            author_time: post.author_time.as_micros(),
            plain: None,
            opaque: None,
            lxmf: None,
            link: None,
            about: post.about,
        };
        let mut signed_body = None;
        match &post.authorship {
            Authorship::Lxmf { destination, source, payload, signature, message_hash } => {
                signed_body = Body::from_payload(payload);
                record.lxmf = Some(LxmfRecord {
                    destination: *destination,
                    source: *source,
                    payload: Cow::Borrowed(payload),
                    signature: *signature,
                    message_hash: *message_hash,
                });
            }
            Authorship::Link { client_id } => record.link = Some(*client_id),
        }
        if signed_body.as_ref() == Some(&post.body) {
            return record;
        }
        match &post.body {
            Body::Plain { title, text, fields } => {
                let (title, text) = (Cow::Borrowed(title.as_slice()), Cow::Borrowed(text.as_slice()));
                record.plain = Some(PlainRecord { title, text, fields: Cow::Borrowed(fields) });
            }
            Body::Opaque { scheme, bytes } => {
                record.opaque = Some(OpaqueRecord { scheme: *scheme, bytes: Cow::Borrowed(bytes) });
            }
        }
        record
    }

    fn into_post(self, id: PostId) -> Option<Post> {
        let body = match (self.plain, self.opaque, &self.lxmf) {
            (Some(plain), _, _) => Body::Plain {
                title: plain.title.into_owned(),
                text: plain.text.into_owned(),
                fields: plain.fields.into_owned(),
            },
            (None, Some(opaque), _) => {
                Body::Opaque { scheme: opaque.scheme, bytes: opaque.bytes.into_owned() }
            }
            (None, None, Some(lxmf)) => Body::from_payload(&lxmf.payload)?,
            (None, None, None) => return None,
        };
        let authorship = match (self.lxmf, self.link) {
            (Some(lxmf), _) => Authorship::Lxmf {
                destination: lxmf.destination,
                source: lxmf.source,
                payload: lxmf.payload.into_owned(),
                signature: lxmf.signature,
                message_hash: lxmf.message_hash,
            },
            (None, Some(client_id)) => Authorship::Link { client_id },
            (None, None) => return None,
        };
        let author_time = UnixTime::from_micros(self.author_time);
        Some(Post { id, author: self.author, author_time, body, authorship, about: self.about })
    }
}

#[cfg(test)]
mod tests;
