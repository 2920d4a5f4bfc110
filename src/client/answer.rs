//! What a group's server answers, as far as a member wants to know it. It may be anybody's server: what makes no sense
//! is said and not taken.
//! Not what is asked.

use rmpv::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ClientError;
use crate::api::fields;
use crate::group::GroupId;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::msgpack;
use crate::store::cache::{Author, CachedMessage, Change, KnownGroup, KnownPerson, Page, Reach};

/// What a group is.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Info {
    pub(super) gid: GroupId,
    pub(super) name: String,
    #[serde(default)]
    pub(super) members: u32,
    #[serde(default)]
    pub(super) disclosures: Vec<String>,
    #[serde(default)]
    pub(super) retention: String,
    pub(super) joining: Joining,
    lxmf: DestinationHash,
    pub(super) member: Option<bool>,
}

/// What it takes to become a member.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Joining {
    pub(super) price: Option<u8>,
    pub(super) day: Option<u32>,
}

impl Info {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }

    /// As it is kept, called so.
    pub(super) fn as_known(&self, destination: DestinationHash, name: &str) -> KnownGroup {
        let (gid, delivery, name) = (self.gid, self.lxmf, name.to_owned());
        KnownGroup { destination, gid, delivery, name, cursor: None, kept: 0 }
    }
}

/// What came of joining.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Joined {
    pub(super) name: String,
    pub(super) number: Option<u32>,
    #[serde(default)]
    pub(super) pending: bool,
    pub(super) cursor: Option<u64>,
    pub(super) greeting: Option<String>,
}

impl Joined {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }
}

/// What came of a post.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Posted {
    pub(super) seq: u64,
    pub(super) why: Option<String>,
}

impl Posted {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }
}

/// What a member is told of from now on.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Notified {
    #[expect(dead_code, reason = "an answer without it is none")]
    notify: String,
}

impl Notified {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }
}

/// Some of the members.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Members {
    people: Vec<Person>,
    pub(super) more: bool,
    pub(super) next: u32,
}

#[derive(Debug, Clone, Deserialize)]
struct Person {
    number: u32,
    identity: IdentityHash,
    nick: Option<String>,
}

impl Members {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }

    pub(super) fn people(&self) -> Vec<KnownPerson> {
        let known = |person: &Person| {
            let Person { number, identity, nick } = person.clone();
            KnownPerson { number, identity, nick: nick.map(|nick| plain(&nick)) }
        };
        self.people.iter().map(known).collect()
    }
}

/// Some messages, or what has changed of them.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Messages {
    messages: Vec<Item>,
    pub(super) more: bool,
    next: Value,
    kept: Option<u64>,
    #[serde(default)]
    reset: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct Item {
    seq: u64,
    author: Option<IdentityHash>,
    time: Option<u64>,
    edited: Option<u64>,
    to: Option<IdentityHash>,
    reply_to: Option<u64>,
    title: Option<String>,
    text: Option<String>,
    #[serde(default)]
    files: Vec<Value>,
    #[serde(default)]
    reactions: Vec<(String, u32)>,
    #[serde(default)]
    pinned: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    cut: bool,
}

impl Messages {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }

    /// For the cache: what has changed after a cursor.
    pub(super) fn into_changes(self) -> Page {
        let cursor = msgpack::encode(&self.next);
        let reach = if self.reset { Reach::Afresh(cursor) } else { Reach::UpTo(cursor) };
        Page { changes: self.messages.into_iter().map(Item::into_change).collect(), reach, kept: self.kept }
    }

    /// For the cache: the latest.
    pub(super) fn into_latest(self) -> Page {
        let changes = self.messages.into_iter().map(Item::into_change).collect();
        Page { changes, reach: Reach::Latest, kept: self.kept }
    }
}

impl Item {
    fn into_change(self) -> Change {
        let Self { seq, pinned, reactions, .. } = self;
        let by = |identity| Author { identity: Some(identity), number: None };
        match self.author {
            _ if self.deleted => Change::Gone(seq),
            None => Change::Marked { seq, pinned, reactions },
            Some(author) => Change::Said(CachedMessage {
                seq,
                author: by(author),
                time: self.time,
                edited: self.edited,
                recipient: self.to.map(by),
                reply_to: self.reply_to,
                title: self.title.map(|title| plain(&title)),
                text: plain(&self.text.unwrap_or_default()),
                attached: u32::try_from(self.files.len()).unwrap_or(u32::MAX),
                cut: self.cut,
                pinned,
                reactions,
            }),
        }
    }
}

/// A cursor that is a number, as it is kept.
pub(super) fn packed_cursor(seq: u64) -> Vec<u8> {
    msgpack::encode(&seq.into())
}

/// Text of others for a terminal: without what moves its cursor or turns its text around.
fn plain(text: &str) -> String {
    let harmless = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(harmless).collect()
}

/// An answer as its type, or the refusal that it is.
fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, ClientError> {
    let value = msgpack::decode(answer).map_err(|_| ClientError::Strange("no MessagePack"))?;
    let Value::Map(_) = value else { return Err(ClientError::Strange("no map")) };
    let named = named(value);
    let get = |name: &str| named.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name));
    if let Some((_, code)) = get("error") {
        let sentence = |name| get(name).and_then(|(_, value)| value.as_str()).map(plain).unwrap_or_default();
        let code = code.as_str().map(plain).unwrap_or_default();
        return Err(ClientError::Refused { code, what: sentence("what"), then: sentence("do") });
    }
    // By way of bytes: only there are hashes bytes, too.
    rmp_serde::from_slice(&msgpack::encode(&named))
        .map_err(|_| ClientError::Strange("a field is missing or is something else"))
}

/// Numbers become names, in maps inside of fields, too.
fn named(value: Value) -> Value {
    match value {
        Value::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| {
                let name = key.as_u64().and_then(fields::name);
                (name.map_or(key, Value::from), named(value))
            });
            Value::Map(pairs.collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(named).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(pairs: Vec<(&str, Value)>) -> Vec<u8> {
        let number = |name: &str| Value::from(fields::number(name).unwrap());
        msgpack::encode(&Value::Map(pairs.into_iter().map(|(name, value)| (number(name), value)).collect()))
    }

    #[test]
    fn a_refusal_is_told_as_it_is() {
        let answer = packed(vec![("error", "banned".into()), ("what", "No.".into()), ("do", "Go.".into())]);
        let error = Joined::read(&answer).unwrap_err();
        assert_eq!(error.to_string(), "No. Go.");
        assert!(matches!(error, ClientError::Refused { code, .. } if code == "banned"));
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_not_taken() {
        let short = packed(vec![("seq", "x".into())]);
        for answer in [&b""[..], b"\xc0", b"\x93\x01\x02\x03", b"\x80", &short, b"\xdf\xff\xff\xff\xff"] {
            assert!(matches!(Posted::read(answer), Err(ClientError::Strange(_))), "{answer:02x?}");
        }
    }

    #[test]
    fn what_comes_for_a_terminal_moves_nothing_on_it() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\nd\te\u{7}"), "a[2Jbc\nd\te");
    }

    #[test]
    fn three_kinds_of_items_are_told_apart() {
        let item = |pairs: Vec<(&str, Value)>| msgpack::decode(&packed(pairs)).unwrap();
        let author = Value::Binary(vec![7; 16]);
        let answer = packed(vec![
            (
                "messages",
                Value::Array(vec![
                    item(vec![("seq", 1.into()), ("author", author), ("text", "hi".into())]),
                    item(vec![("seq", 2.into()), ("deleted", true.into())]),
                    item(vec![("seq", 3.into()), ("pinned", true.into())]),
                ]),
            ),
            ("more", false.into()),
            ("next", Value::Binary(vec![0x77, 1, 2, 3])),
            ("head", Value::Array(vec![9.into(), Value::Binary(vec![0; 6])])),
        ]);
        let page = Messages::read(&answer).unwrap().into_changes();
        assert!(matches!(&page.changes[0], Change::Said(said) if said.text == "hi"));
        assert_eq!(page.changes[1], Change::Gone(2));
        assert_eq!(page.changes[2], Change::Marked { seq: 3, pinned: true, reactions: Vec::new() });
        assert_eq!(page.reach, Reach::UpTo(vec![0xc4, 4, 0x77, 1, 2, 3]));
    }
}
