//! Replies and reactions: from one member's copy to everybody else's, also after a restart.

use std::collections::BTreeMap;

use rmpv::Value;

use super::{House, person};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::{Message, MessageHash, OutboundMessage, SignedMessage};
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::msgpack;
use crate::store::Store;

/// What each of the others got: the hash of their copy, the text and the fields.
type Got = BTreeMap<DestinationHash, (MessageHash, String, Value)>;

fn got(sent: &[OutboundMessage]) -> Got {
    let read = |message: &OutboundMessage| {
        let Ok(Value::Array(four)) = msgpack::decode(&message.payload) else { panic!() };
        let text = String::from_utf8(four[2].as_slice().unwrap().to_vec()).unwrap();
        (message.destination, (message.hash(), text, four[3].clone()))
    };
    sent.iter().map(read).collect()
}

fn name_of(who: &Identity) -> DestinationHash {
    delivery_destination(who.hash())
}

fn hash(hash: &MessageHash) -> Value {
    Value::Binary(hash.as_bytes().to_vec())
}

fn map(pairs: Vec<(u64, Value)>) -> Value {
    Value::Map(pairs.into_iter().map(|(id, value)| (id.into(), value)).collect())
}

/// Anna, Bob and Eve, who get everything, in a house whose store is this file.
struct Trio {
    house: House,
    file: tempfile::TempDir,
    people: [Identity; 3],
}

impl Trio {
    fn new() -> Self {
        let file = tempfile::tempdir().unwrap();
        let house = House::with_store(Store::open(&file.path().join("roost.db")).unwrap());
        let mut trio = Self { house, file, people: ["anna", "bob", "eve"].map(person) };
        for (who, nick) in trio.people.iter().zip(["Anna", "Bob", "Eve"]) {
            trio.house.join(who, nick);
            trio.house.answer(who, "/resume");
        }
        trio
    }

    fn restart(&mut self) {
        // The file has one owner at a time.
        self.house.server = House::new().server;
        let store = Store::open(&self.file.path().join("roost.db")).unwrap();
        self.house = House { now: self.house.now, ..House::with_store(store) };
    }

    /// One says something: the hash of it, and what the others got.
    fn say(&mut self, who: usize, text: &str, fields: &Value) -> (MessageHash, Got) {
        self.house.wait(1);
        let content = text.as_bytes().to_vec();
        let fields = msgpack::encode(fields);
        let message = Message { time: self.house.now.unix, title: Vec::new(), content, fields };
        let message = SignedMessage::sign(message, self.house.group.delivery, &self.people[who]);
        let (proved, sent) = self.house.deliver(&self.people[who], &message);
        assert!(proved);
        (message.hash, got(&sent))
    }

    fn name(&self, who: usize) -> DestinationHash {
        name_of(&self.people[who])
    }
}

#[test]
fn a_reply_reaches_everybody_attached_to_their_own_copy_also_after_a_restart() {
    let mut trio = Trio::new();
    let [anna, bob, eve] = [0, 1, 2].map(|who| trio.name(who));
    let (original, first) = trio.say(0, "Who comes?", &map(vec![]));
    trio.restart();
    let fields = map(vec![(0x30, hash(&first[&bob].0)), (0x31, "Anna: Who comes?".into())]);
    let (bobs, second) = trio.say(1, "I do", &fields);
    let reply_to = |target: &MessageHash| {
        map(vec![(0x30, hash(target)), (0x31, Value::Binary(b"Anna: Who comes?".to_vec()))])
    };
    assert_eq!(second.len(), 2);
    assert_eq!((&second[&anna].1[..], &second[&anna].2), ("Bob: I do", &reply_to(&original)));
    assert_eq!((&second[&eve].1[..], &second[&eve].2), ("Bob: I do", &reply_to(&first[&eve].0)));
    trio.restart();
    // A reply to the reply, and one of the author to what they wrote themselves.
    let (_, third) = trio.say(2, "Me too", &map(vec![(0x30, hash(&second[&eve].0))]));
    assert_eq!(third[&anna].2, map(vec![(0x30, hash(&second[&anna].0))]));
    assert_eq!(third[&bob].2, map(vec![(0x30, hash(&bobs))]));
    let (_, fourth) = trio.say(0, "At eight", &map(vec![(0x30, hash(&original))]));
    assert_eq!(fourth[&bob].2, map(vec![(0x30, hash(&first[&bob].0))]));
    assert_eq!(fourth[&eve].2, map(vec![(0x30, hash(&first[&eve].0))]));
}

#[test]
fn a_reaction_reaches_everybody_attached_to_their_own_copy_and_is_no_message() {
    let mut trio = Trio::new();
    let [anna, bob, eve] = [0, 1, 2].map(|who| trio.name(who));
    let (original, first) = trio.say(0, "Who comes?", &map(vec![]));
    trio.restart();
    let reaction = |target: &MessageHash, text: Value| map(vec![(0, hash(target)), (1, text)]);
    let (_, second) = trio.say(1, "", &map(vec![(0x40, reaction(&first[&bob].0, "👍".into()))]));
    let expected = |target: &MessageHash| {
        map(vec![
            (0x40, reaction(target, Value::Binary("👍".as_bytes().to_vec()))),
            (0xfb, "originator-identity".into()),
            (0xfc, Value::Binary(bob.as_bytes().to_vec())),
        ])
    };
    assert_eq!((&second[&anna].1[..], &second[&anna].2), ("", &expected(&original)));
    assert_eq!((&second[&eve].1[..], &second[&eve].2), ("", &expected(&first[&eve].0)));
    let anna = trio.people[0].clone();
    assert_eq!(trio.house.texts(&anna), ["Who comes?"]);
}

#[test]
fn a_repeated_reaction_is_proved_and_not_relayed_again() {
    let mut trio = Trio::new();
    let (original, _) = trio.say(0, "Who comes?", &map(vec![]));
    let fields = map(vec![(0x40, map(vec![(0, hash(&original)), (1, "👍".into())]))]);
    let message = Message {
        time: trio.house.now.unix,
        title: Vec::new(),
        content: Vec::new(),
        fields: msgpack::encode(&fields),
    };
    let anna = trio.people[0].clone();
    let message = SignedMessage::sign(message, trio.house.group.delivery, &anna);
    assert_eq!(trio.house.deliver(&anna, &message).1.len(), 2);
    let head = trio.house.head();
    trio.restart();
    assert_eq!(trio.house.deliver(&anna, &message), (true, vec![]));
    assert_eq!(trio.house.head(), head);
}

#[test]
fn a_reaction_to_what_is_not_known_is_refused_with_a_reason() {
    let mut trio = Trio::new();
    let fields = map(vec![(0x40, map(vec![(0, Value::Binary(vec![9; 32])), (1, "👍".into())]))]);
    let content = Vec::new();
    let message =
        Message { time: trio.house.now.unix, title: Vec::new(), content, fields: msgpack::encode(&fields) };
    let anna = trio.people[0].clone();
    let message = SignedMessage::sign(message, trio.house.group.delivery, &anna);
    let (proved, sent) = trio.house.deliver(&anna, &message);
    assert!(!proved);
    assert!(got(&sent)[&name_of(&anna)].1.contains("not known here"));
}

#[test]
fn who_came_later_is_told_in_words_what_a_reply_is_about() {
    let mut trio = Trio::new();
    let (original, first) = trio.say(0, "Who comes?", &map(vec![]));
    let late = person("late");
    trio.house.join(&late, "Late");
    trio.house.answer(&late, "/resume");
    let (_, second) = trio.say(1, "I do", &map(vec![(0x30, hash(&first[&trio.name(1)].0))]));
    assert_eq!(second[&trio.name(0)].2, map(vec![(0x30, hash(&original))]));
    let (_, text, fields) = &second[&name_of(&late)];
    assert!(text.starts_with("Bob: (re ") && text.ends_with(": Who comes?) I do"), "{text}");
    assert_eq!(fields, &map(vec![]));
}
