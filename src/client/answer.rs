//! What a group's server answers, as far as a member wants to know it. It may be anybody's server: what makes no sense
//! is said and not taken.
//! Not what is asked.

use rmpv::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ClientError;
use crate::api::body::renamed;
use crate::api::bytes::Bytes;
use crate::api::compact;
use crate::api::messages::Cursor;
use crate::group::{GroupId, Retention};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::msgpack;
use crate::store::cache::{Author, CachedMessage, Change, KnownPerson, Page, Reach};

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
    pub(super) lxmf: DestinationHash,
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
    pub(super) gid: Option<GroupId>,
    pub(super) disclosures: Option<Vec<String>>,
    pub(super) retention: Option<String>,
    keep: Option<Keep>,
}

/// How long messages are kept, in numbers.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Keep {
    days: Option<u32>,
    count: Option<u64>,
    bytes: Option<u64>,
}

impl Joined {
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        read(answer)
    }

    /// How long messages are kept.
    pub(super) fn kept(&self) -> Retention {
        let Keep { days, count, bytes } = self.keep.unwrap_or_default();
        Retention { days, messages: count, bytes }
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
#[derive(Debug, Clone)]
pub(super) struct Messages(compact::Page);

impl Messages {
    /// From an answer on a link: the compact body is one packed bin.
    pub(super) fn read(answer: &[u8]) -> Result<Self, ClientError> {
        match msgpack::decode(answer) {
            Ok(Value::Binary(body)) => Self::of_body(&body),
            // A refusal comes in another form.
            _ => Err(read::<Posted>(answer).err().unwrap_or(ClientError::Strange("no compact body"))),
        }
    }

    /// From a compact body.
    pub(super) fn of_body(body: &[u8]) -> Result<Self, ClientError> {
        compact::decode(body).map(Self).map_err(|_| ClientError::Strange("no compact body"))
    }

    /// Are there more: changes, or older ones?
    pub(super) const fn more(&self) -> bool {
        self.0.more
    }

    /// How many came.
    pub(super) fn len(&self) -> usize {
        self.0.messages.len()
    }

    /// For the cache: what has changed after a cursor.
    pub(super) fn into_changes(self) -> Page {
        let cursor = kept_cursor(&self.0.next);
        let reach = if self.0.reset { Reach::Afresh(cursor) } else { Reach::UpTo(cursor) };
        self.into_page(reach)
    }

    /// For the cache: the latest.
    pub(super) fn into_latest(self) -> Page {
        self.into_page(Reach::Latest)
    }

    fn into_page(self, reach: Reach) -> Page {
        let kept = self.0.kept;
        Page { changes: self.0.messages.into_iter().map(change).collect(), reach, kept }
    }
}

fn change(message: compact::Message) -> Change {
    let seq = message.seq;
    match message.news {
        compact::News::Deleted => Change::Gone(seq),
        compact::News::Unchanged(compact::Beside { pinned, reactions }) => {
            Change::Marked { seq, pinned, reactions: harmless(reactions) }
        }
        compact::News::Said(said) => Change::Said(CachedMessage {
            seq,
            author: person(said.author),
            time: Some(said.time.unwrap_or(said.received)),
            edited: said.edited,
            recipient: said.to.map(person),
            reply_to: said.reply_to,
            title: said.title.map(|title| plain(&title)),
            text: plain(&said.text),
            attached: said.files,
            cut: said.cut.is_some(),
            pinned: said.beside.pinned,
            reactions: harmless(said.beside.reactions),
        }),
    }
}

fn harmless(reactions: Vec<(String, u32)>) -> Vec<(String, u32)> {
    reactions.into_iter().map(|(what, count)| (plain(&what), count)).collect()
}

const fn person(person: compact::Person) -> Author {
    match person {
        compact::Person::Number(number) => Author { identity: None, number: Some(number) },
        compact::Person::Identity(identity) => Author { identity: Some(identity), number: None },
    }
}

/// A cursor as it is kept, and as it is handed back on a link.
fn kept_cursor(cursor: &Cursor) -> Vec<u8> {
    match cursor {
        Cursor::Seq(seq) => packed_cursor(*seq),
        Cursor::Within(bytes) => msgpack::encode(&Value::Binary(bytes.0.clone())),
    }
}

/// A kept cursor as one, where it can be one.
pub(super) fn cursor_of(kept: &[u8]) -> Option<Cursor> {
    match msgpack::decode(kept).ok()? {
        Value::Binary(bytes) => Some(Cursor::Within(Bytes(bytes))),
        number => Some(Cursor::Seq(number.as_u64()?)),
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
    let named = renamed(value);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;

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
    fn three_kinds_of_messages_are_told_apart_and_a_cursor_comes_back() {
        let said = compact::Said {
            author: compact::Person::Number(4),
            received: 1_800_000_000,
            time: None,
            edited: None,
            to: Some(compact::Person::Identity(IdentityHash::from_bytes([7; 16]))),
            reply_to: None,
            title: None,
            text: "hi\u{1b}[2J".to_owned(),
            files: 0,
            other: false,
            cut: None,
            beside: compact::Beside::default(),
        };
        let marked = compact::Beside { pinned: true, reactions: Vec::new() };
        let news =
            [compact::News::Said(Box::new(said)), compact::News::Deleted, compact::News::Unchanged(marked)];
        let messages = (1..).zip(news).map(|(seq, news)| compact::Message { seq, news }).collect();
        let next = Cursor::Within(Bytes(vec![0x77, 1, 2, 3]));
        let page =
            compact::Page { head: 9, next: next.clone(), more: false, reset: false, kept: None, messages };
        let answer = msgpack::encode(&Value::Binary(compact::encode(&page)));
        let page = Messages::read(&answer).unwrap().into_changes();
        assert!(matches!(&page.changes[0], Change::Said(said) if said.text == "hi[2J"
            && said.author.number == Some(4) && said.time == Some(1_800_000_000)));
        assert_eq!(page.changes[1], Change::Gone(2));
        assert_eq!(page.changes[2], Change::Marked { seq: 3, pinned: true, reactions: Vec::new() });
        let Reach::UpTo(kept) = page.reach else { panic!("{:?}", page.reach) };
        assert_eq!((kept[0], cursor_of(&kept)), (0xc4, Some(next)));
        let refusal = packed(vec![("error", "banned".into()), ("what", "No.".into()), ("do", "Go.".into())]);
        assert!(matches!(Messages::read(&refusal), Err(ClientError::Refused { .. })));
    }
}
