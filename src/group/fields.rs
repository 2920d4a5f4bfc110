//! The LXMF fields of a post: which there are, and how they name another message.
//! Not what is made of them when a post is relayed; the server decides that.

use rmpv::Value;

use crate::rns::msgpack::{self, Token, Walker};

/// Most fields that are read; some fifty ids are assigned.
const MAX_FIELDS: usize = 256;
/// Deepest nesting that is walked over in a field.
const MAX_DEPTH: usize = 32;
/// Most objects in the fields together, nested ones included.
const MAX_OBJECTS: usize = 65_536;
/// Longest reaction in bytes: an emoji of many parts has some forty.
const MAX_REACTION: usize = 64;

/// The ids of fields that something here knows (page 10 §7).
pub mod id {
    /// `FIELD_TELEMETRY`: where the author is, and more.
    pub const TELEMETRY: u64 = 0x02;
    /// `FIELD_TELEMETRY_STREAM`: the same of others.
    pub const TELEMETRY_STREAM: u64 = 0x03;
    /// `FIELD_ICON_APPEARANCE`: the author's icon.
    pub const ICON: u64 = 0x04;
    /// `FIELD_FILE_ATTACHMENTS`.
    pub const FILES: u64 = 0x05;
    /// `FIELD_IMAGE`.
    pub const IMAGE: u64 = 0x06;
    /// `FIELD_AUDIO`.
    pub const AUDIO: u64 = 0x07;
    /// `FIELD_THREAD`.
    pub const THREAD: u64 = 0x08;
    /// `FIELD_COMMANDS`: for programs.
    pub const COMMANDS: u64 = 0x09;
    /// `FIELD_RESULTS`: their answers.
    pub const RESULTS: u64 = 0x0a;
    /// `FIELD_TICKET`: a credential between two.
    pub const TICKET: u64 = 0x0c;
    /// `FIELD_RENDERER`: how the text is marked up.
    pub const RENDERER: u64 = 0x0f;
    /// Replies and reactions before lxmf 1.0: a map with text as keys. Read, never sent.
    pub const LEGACY: u64 = 0x10;
    /// `FIELD_REPLY_TO`.
    pub const REPLY_TO: u64 = 0x30;
    /// `FIELD_REPLY_QUOTE`.
    pub const REPLY_QUOTE: u64 = 0x31;
    /// `FIELD_REACTION`.
    pub const REACTION: u64 = 0x40;
    /// `FIELD_COMMENT`.
    pub const COMMENT: u64 = 0x41;
    /// `FIELD_CONTINUATION`.
    pub const CONTINUATION: u64 = 0x42;
    /// `FIELD_CUSTOM_TYPE`.
    pub const CUSTOM_TYPE: u64 = 0xfb;
    /// `FIELD_CUSTOM_DATA`.
    pub const CUSTOM_DATA: u64 = 0xfc;
    /// `FIELD_CUSTOM_META`.
    pub const CUSTOM_META: u64 = 0xfd;
}

/// Fields that say nothing to other members: between the author's program and this host, or about the author alone.
const NOT_FOR_OTHERS: &[u64] =
    &[id::TELEMETRY, id::TELEMETRY_STREAM, id::ICON, id::COMMANDS, id::RESULTS, id::TICKET];

/// How a post is about another message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It reacts to it, with an emoji.
    Reaction,
    /// It answers it.
    Reply,
    /// It comments on it.
    Comment,
    /// It goes on with it.
    Continuation,
}

impl Relation {
    /// All of them. Where a post has several, the first one says what it is about.
    pub const ALL: &[Self] = &[Self::Reaction, Self::Reply, Self::Comment, Self::Continuation];

    /// The field that says so.
    pub const fn field(self) -> u64 {
        match self {
            Self::Reaction => id::REACTION,
            Self::Reply => id::REPLY_TO,
            Self::Comment => id::COMMENT,
            Self::Continuation => id::CONTINUATION,
        }
    }
}

/// The fields of a post that have a number, as they were packed.
#[derive(Debug, Clone, Default)]
pub struct Fields<'a> {
    pairs: Vec<(u64, &'a [u8])>,
}

impl<'a> Fields<'a> {
    /// Reads a packed map. What is no such map, or is too large for one, has no fields.
    pub fn read(packed: &'a [u8]) -> Self {
        Self { pairs: pairs(packed).unwrap_or_default() }
    }

    /// The packed value of a field.
    pub fn get(&self, id: u64) -> Option<&'a [u8]> {
        self.pairs.iter().find(|(found, _)| *found == id).map(|(_, raw)| *raw)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &'a [u8])> {
        self.pairs.iter().copied()
    }

    /// Is there something for other members?
    pub fn say_something(&self) -> bool {
        self.pairs.iter().any(|(id, _)| !NOT_FOR_OTHERS.contains(id))
    }

    /// Are there files, pictures or sound?
    pub fn has_attachments(&self) -> bool {
        self.pairs.iter().any(|(id, _)| [id::FILES, id::IMAGE, id::AUDIO].contains(id))
    }

    /// The hash of the LXMF message that the post is about, as its author knows it.
    pub fn about(&self) -> Option<[u8; 32]> {
        Relation::ALL.iter().find_map(|relation| self.named_by(*relation))
    }

    /// The message that one relation names.
    pub fn named_by(&self, relation: Relation) -> Option<[u8; 32]> {
        let field = || self.get(relation.field()).and_then(|raw| msgpack::decode(raw).ok());
        match relation {
            Relation::Reaction => {
                field().as_ref().and_then(|map| hash(part(map, 0)?)).or_else(|| self.legacy("reaction_to"))
            }
            Relation::Reply => field().as_ref().and_then(hash).or_else(|| self.legacy("reply_to")),
            Relation::Comment | Relation::Continuation => {
                field().as_ref().and_then(|map| hash(part(map, 0)?))
            }
        }
    }

    /// What a reaction says: most often one emoji.
    pub fn reaction(&self) -> Option<String> {
        let value = self.get(id::REACTION).and_then(|raw| msgpack::decode(raw).ok());
        let text = match value {
            Some(map) => text(part(&map, 1)?),
            None => text(&legacy_part(self.get(id::LEGACY)?, "emoji")?),
        };
        text.filter(|text| {
            (1..=MAX_REACTION).contains(&text.trim().len()) && !text.chars().any(char::is_control)
        })
    }

    /// What the author has quoted of the message that the post answers.
    pub fn quote(&self) -> Option<String> {
        text(&msgpack::decode(self.get(id::REPLY_QUOTE)?).ok()?)
    }

    fn legacy(&self, key: &str) -> Option<[u8; 32]> {
        let named = text(&legacy_part(self.get(id::LEGACY)?, key)?)?;
        hex::decode(named.trim()).ok()?.try_into().ok()
    }
}

fn pairs(packed: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut walker = Walker::new(packed);
    let (Token::Map(count), _) = walker.token()? else { return None };
    if count > MAX_FIELDS {
        return None;
    }
    let mut left = MAX_OBJECTS;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let key = walker.object(MAX_DEPTH, &mut left).ok()?;
        let value = walker.object(MAX_DEPTH, &mut left).ok()?;
        // A number is at most nine bytes; anything longer need not be decoded to be passed over.
        let id = (key.len() <= 9).then(|| msgpack::decode(key).ok()).flatten().and_then(|key| key.as_u64());
        pairs.extend(id.map(|id| (id, value)));
    }
    Some(pairs)
}

/// The value under a small number, in whatever width that is written.
fn part(map: &Value, key: u64) -> Option<&Value> {
    map.as_map()?.iter().find(|(found, _)| found.as_u64() == Some(key)).map(|(_, value)| value)
}

fn legacy_part(raw: &[u8], key: &str) -> Option<Value> {
    let map = msgpack::decode(raw).ok()?;
    let found = map.as_map()?.iter().find(|(found, _)| text(found).as_deref() == Some(key));
    found.map(|(_, value)| value.clone())
}

fn hash(value: &Value) -> Option<[u8; 32]> {
    value.as_slice()?.try_into().ok()
}

/// Text, from bin or str.
fn text(value: &Value) -> Option<String> {
    String::from_utf8(value.as_slice()?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(pairs: Vec<(Value, Value)>) -> Vec<u8> {
        msgpack::encode(&Value::Map(pairs))
    }

    fn bin(bytes: &[u8]) -> Value {
        Value::Binary(bytes.to_vec())
    }

    #[test]
    fn a_reply_names_its_message_in_any_of_the_ways_that_clients_use() {
        let target = [7; 32];
        let legacy = Value::Map(vec![("reply_to".into(), hex::encode(target).into())]);
        for fields in [
            packed(vec![(0x30.into(), bin(&target)), (0x31.into(), bin(b"hello"))]),
            packed(vec![(0x41.into(), Value::Map(vec![(0.into(), bin(&target))]))]),
            packed(vec![(0x42.into(), Value::Map(vec![(0.into(), bin(&target))]))]),
            packed(vec![(0x10.into(), legacy)]),
            // The id in four bytes, and the key of the map, too.
            [&[0x81, 0xce, 0, 0, 0, 0x41, 0x81, 0xd2, 0, 0, 0, 0, 0xc4, 32][..], &target].concat(),
        ] {
            let fields = Fields::read(&fields);
            assert_eq!(fields.about(), Some(target), "{fields:?}");
            assert_eq!(fields.reaction(), None);
        }
    }

    #[test]
    fn a_reaction_says_what_it_is_about_and_what_it_says() {
        let target = [9; 32];
        let of = |text: Value| Value::Map(vec![(0.into(), bin(&target)), (1.into(), text)]);
        let legacy = Value::Map(vec![
            ("reaction_to".into(), hex::encode(target).into()),
            ("emoji".into(), "👍".into()),
            ("sender".into(), "0011".into()),
        ]);
        for fields in [
            packed(vec![(0x40.into(), of(bin("👍".as_bytes())))]),
            packed(vec![(0x40.into(), of("👍".into()))]),
            packed(vec![(0x10.into(), legacy)]),
        ] {
            let fields = Fields::read(&fields);
            assert_eq!((fields.about(), fields.reaction().as_deref()), (Some(target), Some("👍")));
        }
        for odd in [bin(b""), bin(b" "), bin(b"\xff"), bin(b"a\nb"), bin(&[b'x'; 65]), 5.into(), Value::Nil] {
            assert_eq!(Fields::read(&packed(vec![(0x40.into(), of(odd))])).reaction(), None);
        }
    }

    #[test]
    fn what_is_of_another_shape_names_nothing() {
        let short = Value::Map(vec![(0.into(), bin(&[1; 31]))]);
        let hex = Value::Map(vec![("reply_to".into(), "xyz".into())]);
        for fields in [
            packed(vec![(0x30.into(), bin(&[1; 16]))]),
            packed(vec![(0x30.into(), Value::Nil)]),
            packed(vec![(0x40.into(), short)]),
            packed(vec![(0x41.into(), bin(&[1; 32]))]),
            packed(vec![(0x10.into(), hex)]),
            packed(vec![("0x30".into(), bin(&[1; 32]))]),
            vec![0x81, 0x30],
            vec![0xdf, 0xff, 0xff, 0xff, 0xff],
            vec![],
        ] {
            assert_eq!(Fields::read(&fields).about(), None, "{fields:02x?}");
        }
        let many = packed((0..300).map(|n| (Value::from(n), bin(&[1; 32]))).collect());
        assert_eq!(Fields::read(&many).about(), None);
    }

    #[test]
    fn a_place_and_an_icon_say_nothing_to_others() {
        let says = |ids: &[u64]| {
            let packed = packed(ids.iter().map(|id| ((*id).into(), bin(b"x"))).collect());
            Fields::read(&packed).say_something()
        };
        assert!(!says(&[]) && !says(&[0x02, 0x04, 0x0c]) && !says(&[0x09]));
        assert!(says(&[0x06]) && says(&[0x04, 0x05]) && says(&[0xfb]));
    }
}
