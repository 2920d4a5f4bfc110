//! Questions without a link: one packet there, one packet back.

use super::*;
use crate::api::compact::{self, News};
use crate::api::linkless::{CLIENT_NAME, Query, QueryId, Reply, Who};
use crate::api::messages::Cursor;
use crate::rns::destination::name_hash;
use crate::rns::interface::InterfaceId;
use crate::rns::node::{Came, Recipient};
use crate::server::InboundQuery;

const CAME: Came = Came { interface: InterfaceId(3), hops: 1 };

impl House {
    fn query(&mut self, who: Who, since: Option<Cursor>) -> Query {
        self.counter += 1;
        let id = QueryId::from_bytes(u32::try_from(self.counter).unwrap().to_be_bytes());
        Query { id, who, limit: 5, blocks: 0, since }
    }

    fn send_query(&mut self, query: &Query) -> Vec<Effect> {
        let (destination, data) = (self.group.group, query.encode());
        self.handle(vec![Input::Query(InboundQuery { destination, came: CAME, data })])
    }

    /// Whom the answer to the latest messages is for, and its packet.
    fn ask_without_link(&mut self, who: Who) -> Option<(Recipient, Vec<u8>)> {
        let query = self.query(who, None);
        match &self.send_query(&query)[..] {
            [] => None,
            [Effect::Reply { came: CAME, to, data }] => {
                assert_eq!(Reply::parse(data).unwrap().id, query.id);
                Some((to.clone(), data.clone()))
            }
            other => panic!("{other:?}"),
        }
    }

    fn opens_to_the_world(&mut self) {
        let operator = [("set", named(&[("see_messages", "world".into())]))];
        let answer = self.ask(Some(&person("anna")), "/api/v1/settings", &operator);
        assert_eq!(get(&answer, "error"), &Value::Nil, "{answer}");
    }
}

fn known(who: &Identity) -> Who {
    Who::Known(who.hash())
}

/// A group with one owner, and seven messages of theirs.
fn house() -> (House, Identity) {
    let (mut house, anna) = (House::new(), person("anna"));
    house.join(&anna, "Anna");
    house.appoint(&anna, Role::Owner);
    for number in 1..=7 {
        assert!(house.write(&anna, &format!("message {number}")).0);
    }
    (house, anna)
}

#[test]
fn a_member_gets_the_latest_messages_in_one_packet_for_one_packet() {
    let (mut house, anna) = house();
    let (to, data) = house.ask_without_link(known(&anna)).unwrap();
    let key = Some(anna.public().clone());
    assert_eq!(to, Recipient { person: anna.hash(), key, name: name_hash(CLIENT_NAME) });
    assert!(data.len() <= 255, "{}", data.len());
    assert_eq!(texts(&data), ["message 3", "message 4", "message 5", "message 6", "message 7"]);
}

#[test]
fn who_asks_since_a_number_gets_what_is_new() {
    let (mut house, anna) = house();
    let head = house.head().seq.0;
    house.write(&anna, "something new");
    let query = house.query(known(&anna), Some(Cursor::Seq(head)));
    let [Effect::Reply { data, .. }] = &house.send_query(&query)[..] else { panic!() };
    assert_eq!(texts(data), ["something new"]);
}

#[test]
fn who_may_not_read_gets_no_word() {
    let (mut house, _) = house();
    let (stranger, banned) = (person("stranger"), person("banned"));
    house.join(&banned, "Bert");
    assert!(house.ask_without_link(known(&banned)).is_some());
    house.ban(&banned);
    for who in [&stranger, &banned] {
        assert_eq!(house.ask_without_link(known(who)), None);
        assert_eq!(house.ask_without_link(Who::Key(*who.public().as_bytes())), None);
    }
    let (destination, came) = (house.group.group, CAME);
    for data in [Vec::new(), vec![0x10; 3], b"hello, is anybody there?".to_vec()] {
        assert_eq!(house.handle(vec![Input::Query(InboundQuery { destination, came, data })]), []);
    }
    let elsewhere = InboundQuery {
        destination: crate::rns::hash::DestinationHash::from_bytes([9; 16]),
        came: CAME,
        data: Vec::new(),
    };
    assert_eq!(house.handle(vec![Input::Query(elsewhere)]), []);
    assert_eq!(house.server.unanswered(), 8);
}

#[test]
fn anybody_may_ask_a_group_that_the_world_may_read_and_brings_their_key() {
    let (mut house, _) = house();
    house.opens_to_the_world();
    let visitor = person("visitor");
    let (to, data) = house.ask_without_link(Who::Key(*visitor.public().as_bytes())).unwrap();
    assert_eq!((to.person, to.key.as_ref()), (visitor.hash(), Some(visitor.public())));
    assert_eq!(texts(&data).len(), 5);
    let (to, _) = house.ask_without_link(known(&visitor)).unwrap();
    assert_eq!(to.key, None, "the node may know it");
}

#[test]
fn a_question_that_is_played_again_is_not_answered_again() {
    let (mut house, anna) = house();
    let query = house.query(known(&anna), None);
    assert_eq!(house.send_query(&query).len(), 1);
    house.wait(3_600);
    assert_eq!(house.send_query(&query), []);
    assert_eq!((0..100).filter(|_| house.ask_without_link(known(&anna)).is_some()).count(), 8);
}

#[test]
fn asking_in_somebody_elses_name_changes_nothing_of_theirs() {
    let (mut house, anna) = house();
    let bert = person("bert");
    house.join(&bert, "Bert");
    assert!(house.ask_without_link(known(&bert)).is_some());
    let fetched = |house: &mut House| {
        let status = house.ask(Some(&anna), "/api/v1/messages/status", &[]);
        get(&status, "fetched").as_u64()
    };
    assert_eq!(fetched(&mut house), Some(0));
    assert_eq!(house.latest(&bert).len(), 7);
    assert_eq!(fetched(&mut house), Some(1), "on a link it is proved who has asked");
}

/// The texts of an answer.
fn texts(data: &[u8]) -> Vec<String> {
    let page = compact::decode(&Reply::parse(data).unwrap().body).unwrap();
    let said = page.messages.into_iter().filter_map(|message| match message.news {
        News::Said(said) => Some(said.text),
        News::Unchanged(_) | News::Deleted => None,
    });
    said.collect()
}
