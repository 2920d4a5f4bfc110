//! What the announce of a `meshchat.group` says: a MessagePack map with small integer keys.
//! Not the announce itself, which the node makes and checks, and not that of an `lxmf.delivery`.

use rmpv::Value;

use super::joining::JoinMode;
use super::permission::VisibilityClass;
use super::settings::Settings;
use crate::rns::msgpack;

/// Longest name in bytes; the rest of the map fits beside it.
const MAX_NAME: usize = 200;
/// Longest name of somebody else's group that is kept.
const MAX_HEARD_NAME: usize = 64;
/// Longest kind that is kept.
const MAX_KIND: usize = 16;
/// Most bytes that are looked at: more than an announce can carry.
const MAX_APP_DATA: usize = 512;

/// The group's public name.
const NAME: u8 = 1;
/// A sum of [`Flags`].
const FLAGS: u8 = 2;
/// The protocol that answers are written in.
const PROTOCOL: u8 = 3;
/// What the group is, where it is not a group of people and messages.
const KIND: u8 = 5;
/// Bits of work that joining costs, where it does.
const PRICE: u8 = 9;
/// Keys that are kept free for what an announce will say: where the log stands, who can read what is stored, which other
/// hosts have it, and where it has moved to.
#[cfg(test)]
const RESERVED: [(u8, &str); 4] = [(4, "head"), (6, "mode"), (7, "hosts"), (8, "moved")];

/// What is true of a group, as a sum of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// Anybody may join, without approval.
    pub const JOINABLE: u32 = 1;
    /// Anybody may read messages.
    pub const READABLE: u32 = 2;
    /// Anybody may ask to join, and somebody decides.
    pub const APPROVAL: u32 = 4;
    /// Who is invited may join.
    pub const INVITE: u32 = 8;
    /// It is not meant for lists.
    pub const UNLISTED: u32 = 16;

    /// Is that bit set?
    pub const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

/// What an announce says about a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What everybody may call it.
    pub name: String,
    /// What is true of it.
    pub flags: Flags,
    /// The protocol that its answers are written in, if it says so.
    pub protocol: Option<u32>,
    /// Bits of work that joining costs.
    pub price: u8,
    /// What it is, if it is no group of people and messages.
    pub kind: Option<String>,
}

impl Announcement {
    /// What a group with these settings says.
    pub fn of(settings: &Settings, protocol: u32) -> Self {
        let readable = settings.visibility.messages == VisibilityClass::World;
        let hidden = settings.unlisted || settings.visibility.info != VisibilityClass::World;
        let way_in = match settings.joining.mode {
            JoinMode::Open => Flags::JOINABLE,
            JoinMode::Approval => Flags::APPROVAL,
            JoinMode::Invite => Flags::INVITE,
            JoinMode::Closed => 0,
        };
        let true_ones = [(true, way_in), (readable, Flags::READABLE), (hidden, Flags::UNLISTED)];
        let flags = true_ones.iter().filter(|(holds, _)| *holds).map(|(_, bit)| bit).sum();
        Self {
            name: cut(settings.public_name(), MAX_NAME).to_owned(),
            flags: Flags(flags),
            protocol: Some(protocol),
            price: settings.joining.price,
            kind: None,
        }
    }

    /// As app data.
    pub fn encode(&self) -> Vec<u8> {
        let mut pairs: Vec<(Value, Value)> =
            vec![(NAME.into(), self.name.as_str().into()), (FLAGS.into(), self.flags.0.into())];
        pairs.extend(self.protocol.map(|protocol| (PROTOCOL.into(), protocol.into())));
        pairs.extend(self.kind.as_ref().map(|kind| (KIND.into(), kind.as_str().into())));
        pairs.extend((self.price > 0).then(|| (PRICE.into(), self.price.into())));
        msgpack::encode(&Value::Map(pairs))
    }

    /// Reads somebody else's app data; `None` if it is no map, so of no group that we could talk to. What can't be read of
    /// it counts as not said. The name is without anything invisible, and short.
    pub fn read(app_data: &[u8]) -> Option<Self> {
        if app_data.len() > MAX_APP_DATA {
            return None;
        }
        let Ok(Value::Map(pairs)) = msgpack::decode(app_data) else { return None };
        let get = |wanted: u8| {
            let found = pairs.iter().find(|(key, _)| key.as_u64() == Some(u64::from(wanted)));
            found.map(|(_, value)| value)
        };
        let number = |key| get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let kind = get(KIND).and_then(Value::as_str);
        let is_a_word = |kind: &&str| {
            (1..=MAX_KIND).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        Some(Self {
            name: get(NAME).and_then(Value::as_str).map(shown).unwrap_or_default(),
            flags: Flags(number(FLAGS).unwrap_or(0)),
            protocol: number(PROTOCOL),
            price: number(PRICE).and_then(|price| u8::try_from(price).ok()).unwrap_or(0),
            kind: kind.filter(is_a_word).map(str::to_owned),
        })
    }
}

/// A name on one line, with nothing in it that hides or turns what stands beside it.
fn shown(name: &str) -> String {
    let is_bracket = |c| matches!(c, '[' | ']' | ':' | '>');
    let visible = |c: &char| c.is_whitespace() || is_bracket(*c) || super::rules::may_be_in_a_nick(*c);
    let visible: String = name.chars().take(MAX_APP_DATA).filter(visible).collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&words, MAX_HEARD_NAME).trim_end().to_owned()
}

/// The beginning of `text` that has at most `max` bytes.
fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Most bytes of app data in an announce that carries a ratchet, or a transport node cannot pass it on.
    const ROOM: usize = 285;

    #[test]
    fn an_announce_fits_and_uses_no_reserved_key() {
        let mut longest = Announcement::of(&Settings::public("ä".repeat(500)), u32::MAX);
        longest.flags = Flags(u32::MAX);
        longest.price = u8::MAX;
        longest.kind = Some("k".repeat(MAX_KIND));
        let data = longest.encode();
        assert!(data.len() <= ROOM, "{} bytes", data.len());
        let Ok(Value::Map(pairs)) = msgpack::decode(&data) else { panic!("no map") };
        for (key, _) in pairs {
            let key = key.as_u64().unwrap();
            assert!(key < 128 && RESERVED.iter().all(|(reserved, _)| u64::from(*reserved) != key));
        }
    }

    #[test]
    fn an_ordinary_announce_is_as_short_as_it_was() {
        let data = Announcement::of(&Settings::public("Perch"), 1).encode();
        assert_eq!(hex::encode(data), "8301a55065726368020103".to_owned() + "01");
    }

    #[test]
    fn a_hidden_group_does_not_announce_its_name() {
        let mut settings = Settings::public("Secret");
        settings.visibility.info = VisibilityClass::Members;
        let data = Announcement::of(&settings, 1).encode();
        assert!(!data.windows(6).any(|window| window == b"Secret"));
        assert!(data.windows(13).any(|window| window == b"Private Group"));
    }

    #[test]
    fn an_announce_says_what_joining_takes() {
        let mut settings = Settings::public("Perch");
        settings.joining.price = 12;
        settings.visibility.messages = VisibilityClass::World;
        for (mode, way_in) in [
            (JoinMode::Open, Flags::JOINABLE),
            (JoinMode::Approval, Flags::APPROVAL),
            (JoinMode::Invite, Flags::INVITE),
            (JoinMode::Closed, 0),
        ] {
            settings.joining.mode = mode;
            let said = Announcement::read(&Announcement::of(&settings, 1).encode()).unwrap();
            assert_eq!((said.flags.0, said.price), (way_in | Flags::READABLE, 12), "{mode}");
        }
    }

    #[test]
    fn what_is_announced_is_read_again() {
        let said = Announcement {
            name: "Perch".into(),
            flags: Flags(Flags::APPROVAL | Flags::UNLISTED),
            protocol: Some(1),
            price: 12,
            kind: Some("space".into()),
        };
        assert_eq!(Announcement::read(&said.encode()), Some(said));
    }

    #[test]
    fn a_heard_name_is_short_and_hides_nothing() {
        let read = |name: &str| {
            let map = Value::Map(vec![(NAME.into(), name.into()), (99.into(), "more".into())]);
            Announcement::read(&msgpack::encode(&map)).unwrap().name
        };
        assert_eq!(read(" [A]: b\n\n> c\u{202e}d\u{0}e "), "[A]: b > cde");
        assert_eq!(read(&"ä".repeat(100)).len(), MAX_HEARD_NAME);
        assert_eq!(read("\u{200b}\u{1b}"), "");
    }

    #[test]
    fn what_is_no_map_is_no_group_and_what_is_odd_counts_as_not_said() {
        for odd in [&b""[..], b"a name", b"\x93\xa1a\xc0\xc0", &[0x80; 600]] {
            assert_eq!(Announcement::read(odd), None, "{odd:?}");
        }
        let odd = Value::Map(vec![
            (NAME.into(), 7.into()),
            (FLAGS.into(), (-1).into()),
            (PROTOCOL.into(), u64::MAX.into()),
            (PRICE.into(), 300.into()),
            (KIND.into(), "a/b".into()),
        ]);
        let read = Announcement::read(&msgpack::encode(&odd)).unwrap();
        let nothing =
            Announcement { name: String::new(), flags: Flags(0), protocol: None, price: 0, kind: None };
        assert_eq!(read, nothing);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_not_and_stay_short(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(read) = Announcement::read(&bytes) {
                prop_assert!(read.name.len() <= MAX_HEARD_NAME && read.encode().len() <= ROOM);
            }
        }
    }
}
