//! Joining in one packet, and what has come of it in one.

use super::*;
use crate::api::linkless::{CLIENT_NAME, Knock, KnockReply, QueryId};
use crate::group::event::SettingsChanged;
use crate::group::{JoinMode, JoinTerms, Settings};
use crate::rns::destination::name_hash;
use crate::rns::interface::InterfaceId;
use crate::rns::node::{Came, Recipient};
use crate::server::InboundQuery;

const CAME: Came = Came { interface: InterfaceId(3), hops: 1 };

/// What a client of ours asks for, under numbers.
fn request(nick: &str) -> Vec<u8> {
    msgpack::encode(&Value::Map(vec![(36.into(), nick.into()), (62.into(), true.into())]))
}

impl House {
    fn knock(&mut self, who: &Identity, request: Vec<u8>) -> Knock {
        self.counter += 1;
        let id = QueryId::from_bytes(u32::try_from(self.counter).unwrap().to_be_bytes());
        let key = *who.public().as_bytes();
        let signature = who.sign(&Knock::signed_part(self.group.group, id, &key, &request));
        Knock { id, key, signature, request }
    }

    /// The answer to it, if there is one; it goes to who has asked, and nobody else can read it.
    fn told(&mut self, knock: &Knock) -> Option<Value> {
        let (destination, data) = (self.group.group, knock.encode());
        let effects = self.handle(vec![Input::Query(InboundQuery { destination, came: CAME, data })]);
        let replies: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Reply { came: CAME, to, data } => Some((to, data)),
                _ => None,
            })
            .collect();
        let [(to, data)] = &replies[..] else {
            assert!(replies.is_empty());
            return None;
        };
        let key = crate::rns::identity::PublicIdentity::from_bytes(knock.key);
        let name = name_hash(CLIENT_NAME);
        assert_eq!(**to, Recipient { person: key.hash(), key: Some(key), name });
        let reply = KnockReply::parse(data).unwrap();
        assert_eq!(reply.id, knock.id);
        Some(msgpack::decode(&reply.answer).unwrap())
    }

    fn lets_in(&mut self, name: &str, joining: JoinTerms) {
        let settings = Settings { joining, ..Settings::public(name) };
        self.apply(&SettingsChanged { settings, by: None }.into());
    }

    fn is_member(&mut self, who: &Identity) -> bool {
        let identity = who.hash();
        self.with(|store, gid| store.member(gid, identity).unwrap().is_some())
    }
}

/// The value of a field in a numbered answer.
fn numbered(answer: &Value, number: u64) -> Value {
    let found = answer.as_map().unwrap().iter().find(|(key, _)| key.as_u64() == Some(number));
    found.map_or(Value::Nil, |(_, value)| value.clone())
}

fn error(answer: &Value) -> Option<String> {
    numbered(answer, u64::from(crate::api::fields::number("error").unwrap())).as_str().map(str::to_owned)
}

#[test]
fn who_signs_one_packet_is_a_member_and_told_so_in_one() {
    let (mut house, anna) = (House::new(), person("anna"));
    let knock = house.knock(&anna, request("Anna"));
    assert!(knock.encode().len() < 144, "243 bytes on the air");
    let answer = house.told(&knock).unwrap();
    assert_eq!([61, 39].map(|field| numbered(&answer, field)), [true.into(), 1.into()]);
    assert_eq!(numbered(&answer, 44), bytes(house.gid().as_bytes()));
    assert_eq!(
        [58, 59].map(|field| numbered(&answer, field)),
        [Value::Nil, Value::Nil],
        "it was asked to be short"
    );
    assert!(house.is_member(&anna));
    assert!(house.write(&anna, "I am in").0);
    // The answer was lost: who asks again is told the same, and nothing happens twice.
    let before = house.head().seq;
    let knock = house.knock(&anna, request("Anna"));
    assert_eq!(numbered(&house.told(&knock).unwrap(), 39), 1.into());
    assert_eq!(house.head().seq, before);
}

#[test]
fn what_is_not_signed_by_the_one_who_is_to_come_in_lets_nobody_in_and_gets_no_word() {
    let (mut house, anna, eve) = (House::new(), person("anna"), person("eve"));
    let good = house.knock(&anna, request("Anna"));
    let by_eve = house.knock(&eve, request("Anna"));
    let id = QueryId::from_bytes([9; 4]);
    for forged in [
        Knock { signature: by_eve.signature, ..good.clone() },
        Knock { signature: [0; 64], ..good.clone() },
        Knock { request: request("Eve"), ..good.clone() },
        Knock { id, ..good.clone() },
    ] {
        assert_eq!(house.told(&forged), None);
    }
    assert!(!house.is_member(&anna) && !house.is_member(&eve));
    // Signed for another group.
    let signature = anna.sign(&Knock::signed_part(house.group.delivery, id, &good.key, &good.request));
    assert_eq!(house.told(&Knock { id, signature, ..good.clone() }), None);
    let last = house.knock(&anna, request("Anna"));
    assert!(house.told(&last).is_some());
}

#[test]
fn what_somebody_has_recorded_brings_back_nobody_who_has_left() {
    let (mut house, anna) = (House::new(), person("anna"));
    let first = house.knock(&anna, request("Anna"));
    assert!(house.told(&first).is_some());
    house.ask(Some(&anna), "/api/v1/leave", &[]);
    house.wait(3_600);
    // As many as it takes for the server to forget its id.
    for _ in 0..9 {
        house.wait(60);
        // `nick` is no number.
        let query = house.knock(&anna, vec![0x81, 36, 7]);
        assert_eq!(house.told(&query).and_then(|answer| error(&answer)).as_deref(), Some("bad_request"));
    }
    assert_eq!(house.told(&first), None);
    assert!(!house.is_member(&anna));
    let again = house.knock(&anna, request("Anna"));
    assert!(house.told(&again).is_some() && house.is_member(&anna), "who means it signs anew");
}

#[test]
fn who_is_not_let_in_is_told_why_in_one_packet_and_an_approver_is_asked_all_the_same() {
    let (mut house, anna, bert) = (House::new(), person("anna"), person("bert"));
    house.lets_in("Hamburg", JoinTerms { mode: JoinMode::Closed, ..JoinTerms::default() });
    let knock = house.knock(&anna, request("Anna"));
    assert_eq!(error(&house.told(&knock).unwrap()).as_deref(), Some("closed"));
    house.lets_in("Hamburg", JoinTerms { price: 20, ..JoinTerms::default() });
    let knock = house.knock(&anna, request("Anna"));
    assert_eq!(error(&house.told(&knock).unwrap()).as_deref(), Some("price"));
    house.lets_in("Hamburg", JoinTerms { mode: JoinMode::Approval, ..JoinTerms::default() });
    let knock = house.knock(&bert, request("Bert"));
    let answer = house.told(&knock).unwrap();
    assert_eq!((error(&answer), numbered(&answer, 61)), (None, false.into()));
    let bert = bert.hash();
    assert!(house.with(|store, gid| store.applicant(gid, bert).unwrap().is_some()));
}

#[test]
fn who_knocks_all_the_time_is_not_answered_all_the_time() {
    let (mut house, anna) = (House::new(), person("anna"));
    let answered = (0..100).filter(|_| {
        let knock = house.knock(&anna, request("Anna"));
        house.told(&knock).is_some()
    });
    assert_eq!(answered.count(), 8);
}

#[test]
fn as_much_of_a_long_greeting_comes_as_fits_the_packet() {
    let (mut house, anna) = (House::new(), person("anna"));
    let greeting = "Grüße! ".repeat(43);
    house.lets_in(&"x".repeat(100), JoinTerms { greeting: greeting.clone(), ..JoinTerms::default() });
    let knock = house.knock(&anna, request("Anna"));
    let answer = house.told(&knock).unwrap();
    let said = numbered(&answer, 227).as_str().unwrap().to_owned();
    let beginning = said.strip_suffix('…').expect("it says that there is more");
    assert!(greeting.starts_with(beginning) && beginning.len() > 150, "{said}");
    let whole = house.ask(Some(&anna), "/api/v1/join", &[]);
    assert_eq!(get(&whole, "greeting").as_str(), Some(greeting.as_str()));
}
