//! Broadcasts: one member asks, all who are near and have the key are answered, and nobody else.

use super::*;
use crate::api::compact::{self, News};
use crate::api::linkless::{BROADCAST_NAME, Broadcast, BroadcastQuery, GroupTag, group_name};
use crate::rns::broadcast::GroupKey;
use crate::rns::destination::{destination_hash, name_hash, plain_destination_hash};
use crate::rns::interface::InterfaceId;
use crate::rns::node::Audience;
use crate::server::InboundBroadcast;

const RADIO: InterfaceId = InterfaceId(4);

type Key = (u64, [u8; 64]);

impl House {
    fn set_by_name(&mut self, name: &str, value: &str) {
        let answer =
            self.ask(Some(&person("anna")), "/api/v1/settings", &[("set", named(&[(name, value.into())]))]);
        assert_eq!(get(&answer, "error"), &Value::Nil, "{answer}");
    }

    fn broadcast_key(&mut self, who: &Identity) -> Result<Key, Value> {
        let answer = self.ask(Some(who), "/api/v1/broadcast", &[]);
        let Some(epoch) = get(&answer, "epoch").as_u64() else { return Err(get(&answer, "error").clone()) };
        let address = destination_hash(name_hash(&group_name(epoch)), self.server.groups[0].identity.hash());
        assert_eq!(get(&answer, "destination").as_slice(), Some(&address.as_bytes()[..]));
        Ok((epoch, get(&answer, "key").as_slice().unwrap().try_into().unwrap()))
    }

    /// What the server says to all who are near when somebody asks who has this key.
    fn ask_aloud(&mut self, (epoch, key): Key) -> Vec<Effect> {
        self.wait(60);
        self.ask_aloud_at_once((epoch, key))
    }

    fn ask_aloud_at_once(&mut self, (epoch, key): Key) -> Vec<Effect> {
        let tag = GroupTag::of(self.group.group);
        let data = BroadcastQuery::new(tag, (epoch, &key), 5, None).encode();
        self.handle(vec![Input::Broadcast(InboundBroadcast { interface: RADIO, data })])
    }
}

/// What somebody with a key reads of what was said; `None` if it is for another key.
fn read(effects: &[Effect], (epoch, key): Key) -> Option<Vec<u8>> {
    let [Effect::Broadcast { interface: RADIO, audience: Audience::Group, destination, payload }] = effects
    else {
        panic!("{effects:?}")
    };
    assert!(payload.len() <= 304, "323 bytes on the air");
    let plain = GroupKey::from_bytes(&key).unwrap().decrypt(payload).ok()?;
    let house = House::new();
    let address = destination_hash(name_hash(&group_name(epoch)), house.server.groups[0].identity.hash());
    assert_eq!(*destination, address);
    match Broadcast::parse(&plain) {
        Some(Broadcast::Messages(body)) => Some(body),
        other => panic!("{other:?}"),
    }
}

/// A group that broadcasts, with an owner and two members.
fn house() -> (House, [Identity; 3]) {
    let mut house = House::new();
    let people = ["anna", "bert", "cora"].map(person);
    for who in &people {
        house.join(who, "Somebody");
    }
    house.appoint(&people[0], Role::Owner);
    house.set_by_name("broadcast", "on");
    assert!(house.write(&people[0], "good morning").0);
    (house, people)
}

#[test]
fn one_question_is_answered_for_all_members_who_have_the_key() {
    let (mut house, [_, bert, cora]) = house();
    let (of_bert, of_cora) = (house.broadcast_key(&bert).unwrap(), house.broadcast_key(&cora).unwrap());
    assert_eq!(of_bert, of_cora);
    let said = house.ask_aloud(of_bert);
    assert_eq!(texts(&read(&said, of_cora).unwrap()), ["good morning"]);
    assert_eq!(house.ask_aloud_at_once(of_cora), [], "she has just heard it");
}

#[test]
fn who_was_kicked_banned_or_has_left_cannot_read_the_next_broadcast() {
    for way in ["/kick", "/ban", "/leave"] {
        let (mut house, [anna, bert, cora]) = house();
        let old = house.broadcast_key(&bert).unwrap();
        house.broadcast_key(&cora).unwrap();
        let (who, text) =
            if way == "/leave" { (&bert, way.to_owned()) } else { (&anna, format!("{way} {}", bert.hash())) };
        assert!(house.write(who, &text).0, "{way}");
        let new = house.broadcast_key(&cora).unwrap();
        assert_eq!(new.0, old.0 + 1, "{way}");
        assert_ne!(new.1, old.1);
        let said = house.ask_aloud(new);
        assert_eq!(read(&said, old), None, "{way}");
        assert_eq!(texts(&read(&said, new).unwrap()), ["good morning"]);
        let refused = house.broadcast_key(&bert).unwrap_err();
        assert!(["not_member", "banned"].contains(&refused.as_str().unwrap()), "{refused}");
    }
}

#[test]
fn who_asks_with_an_old_key_is_told_which_one_is_new_and_no_more() {
    let (mut house, [anna, bert, _]) = house();
    let old = house.broadcast_key(&anna).unwrap();
    house.write(&bert, "/leave");
    let destination = plain_destination_hash(name_hash(BROADCAST_NAME));
    let payload = Broadcast::OldKey { tag: GroupTag::of(house.group.group), epoch: 2 }.encode();
    let (interface, audience) = (RADIO, Audience::Everybody);
    let told = Effect::Broadcast { interface, audience, destination, payload };
    assert_eq!(house.ask_aloud(old), std::slice::from_ref(&told));
    assert_eq!(house.ask_aloud(old), [told]);
    assert_eq!(house.ask_aloud(old), [], "not as often as somebody likes");
}

#[test]
fn a_key_that_nobody_has_is_not_changed() {
    let (mut house, [anna, bert, cora]) = house();
    house.write(&bert, "/leave");
    let first = house.broadcast_key(&anna).unwrap();
    house.write(&cora, "/leave");
    house.join(&bert, "Bert");
    house.write(&bert, "/leave");
    assert_eq!((first.0, house.broadcast_key(&anna).unwrap().0), (1, 2));
}

#[test]
fn only_members_of_a_group_that_broadcasts_get_its_key_and_an_answer() {
    let (mut house, [anna, bert, _]) = house();
    let key = house.broadcast_key(&bert).unwrap();
    assert_eq!(house.broadcast_key(&person("stranger")).unwrap_err(), "not_member".into());
    house.set_by_name("see_messages", "world");
    assert_eq!(house.broadcast_key(&person("stranger")).unwrap_err(), "not_member".into());
    let nobody = house.ask(None, "/api/v1/broadcast", &[]);
    assert_eq!(get(&nobody, "error"), &"identify".into());
    assert_eq!(house.ask_aloud((key.0, [9; 64])), [], "that is not the key");
    house.set_by_name("see_messages", "staff");
    assert_eq!(house.broadcast_key(&anna).unwrap_err(), "not_allowed".into());
    assert_eq!(house.ask_aloud(key), []);
    house.set_by_name("see_messages", "members");
    house.set_by_name("broadcast", "off");
    assert_eq!(house.broadcast_key(&bert).unwrap_err(), "not_allowed".into());
    assert_eq!(house.ask_aloud(key), []);
    assert_eq!(house.server.unanswered(), 3);
}

#[test]
fn what_is_for_one_member_alone_is_not_broadcast() {
    let (mut house, [anna, bert, cora]) = house();
    let direct = [("text", "only for Cora".into()), ("to", bytes(cora.hash().as_bytes()))];
    let answer = house.ask(Some(&anna), "/api/v1/messages/post", &direct);
    assert_eq!(get(&answer, "error"), &Value::Nil, "{answer}");
    let key = house.broadcast_key(&bert).unwrap();
    let said = house.ask_aloud(key);
    assert_eq!(texts(&read(&said, key).unwrap()), ["good morning"]);
}

#[test]
fn a_key_outlives_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    let anna = person("anna");
    house.join(&anna, "Anna");
    house.appoint(&anna, Role::Owner);
    house.set_by_name("broadcast", "on");
    let key = house.broadcast_key(&anna).unwrap();
    drop(house);
    let mut house = House::with_store(Store::open(&path).unwrap());
    assert_eq!(house.broadcast_key(&anna).unwrap(), key);
}

/// The texts of an answer.
fn texts(body: &[u8]) -> Vec<String> {
    let page = compact::decode(body).unwrap();
    let said = page.messages.into_iter().filter_map(|message| match message.news {
        News::Said(said) => Some(said.text),
        News::Unchanged(_) | News::Deleted => None,
    });
    said.collect()
}
