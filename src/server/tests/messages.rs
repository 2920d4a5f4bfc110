//! LXMF messages to the group: posted and proved, refused with one hint, relayed to who asked.

use super::{Effect, House, Input, get, person, said};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::propagation::TransientId;
use crate::lxmf::{DeliveryToken, Message, Road, SignedMessage, StampState};

#[test]
fn a_members_message_is_posted_and_proved_and_a_repeat_is_proved_and_not_stored_again() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let message = house.signed(&anna, "hello");
    assert_eq!(house.deliver(&anna, &message), (true, vec![]));
    let head = house.head();
    house.wait(100);
    assert_eq!(house.deliver(&anna, &message), (true, vec![]));
    assert_eq!(house.head(), head);
    assert_eq!(house.texts(&anna), ["hello"]);
}

#[test]
fn a_stranger_gets_one_hint_and_no_proof_and_nothing_is_stored() {
    let mut house = House::new();
    let stranger = person("stranger");
    let head = house.head();
    let (proved, sent) = house.write(&stranger, "hello?");
    assert!(!proved);
    assert_eq!(sent.len(), 1);
    let hint = String::from_utf8_lossy(&said(&sent[0]).content).into_owned();
    assert!(hint.contains("/join") && hint.len() <= crate::command::ONE_PACKET, "{hint}");
    for _ in 0..5 {
        assert_eq!(house.write(&stranger, "hello??"), (false, vec![]));
    }
    assert_eq!(house.head(), head);
    house.wait(4_000);
    assert_eq!(house.write(&stranger, "hello???").1.len(), 1);
}

#[test]
fn many_strangers_get_few_hints() {
    let mut house = House::new();
    let hints = (0..100).map(|n| {
        let stranger = person(&format!("stranger {n}"));
        let message = house.signed(&stranger, "hello?");
        house.deliver(&stranger, &message).1.len()
    });
    assert_eq!(hints.sum::<usize>(), 20);
}

#[test]
fn a_banned_person_is_told_once_and_then_never_answered_whatever_they_send() {
    let mut house = House::new();
    let (anna, mallory) = (person("anna"), person("mallory"));
    house.join(&anna, "Anna");
    house.join(&mallory, "M");
    house.write(&mallory, "buy!");
    house.ban(&mallory);
    let (proved, sent) = house.write(&mallory, "buy more!");
    assert!(!proved);
    assert!(String::from_utf8_lossy(&said(&sent[0]).content).contains("banned"));
    for text in ["buy!!", "/join", "/help", "/info", "/hlep", "/leave", "/history"] {
        house.wait(10_000);
        assert_eq!(house.write(&mallory, text), (false, vec![]), "{text}");
    }
    assert_eq!(house.texts(&anna), ["buy!"]);
}

#[test]
fn a_banned_members_repeat_is_not_proved() {
    let mut house = House::new();
    let mallory = person("mallory");
    house.join(&mallory, "M");
    let message = house.signed(&mallory, "buy!");
    assert!(house.deliver(&mallory, &message).0);
    house.ban(&mallory);
    assert!(!house.deliver(&mallory, &message).0);
}

#[test]
fn nothing_is_relayed_to_who_did_not_ask() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    assert_eq!(house.write(&anna, "hello"), (true, vec![]));
}

#[test]
fn relaying_goes_to_who_asked_never_to_the_author_with_names_and_without_fields() {
    let mut house = House::new();
    let (anna, bob, eve) = (person("anna"), person("bob"), person("eve"));
    for (who, nick) in [(&anna, "Anna"), (&bob, "Bob"), (&eve, "Eve")] {
        house.join(who, nick);
        house.answer(who, "/resume");
    }
    house.answer(&eve, "/pause");
    let message = Message {
        time: house.now.unix,
        title: vec![],
        content: b"hello".to_vec(),
        // An icon and a ticket.
        fields: vec![0x82, 0x04, 0x90, 0x0c, 0x90],
    };
    let message = SignedMessage::sign(message, house.group.delivery, &anna);
    let (proved, sent) = house.deliver(&anna, &message);
    assert!(proved);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].destination, delivery_destination(bob.hash()));
    assert_eq!(said(&sent[0]).content, b"Anna: hello");
    assert_eq!(said(&sent[0]).fields, [0x80]);
    // A repeat is not sent again.
    assert_eq!(house.deliver(&anna, &message), (true, vec![]));
    // Who leaves or is banned gets nothing more.
    house.ban(&bob);
    assert_eq!(house.write(&anna, "anybody?"), (true, vec![]));
}

#[test]
fn it_is_known_which_message_every_copy_carries_and_what_the_author_sent() {
    let mut house = House::new();
    let (anna, bob, eve) = (person("anna"), person("bob"), person("eve"));
    for (who, nick) in [(&anna, "Anna"), (&bob, "Bob"), (&eve, "Eve")] {
        house.join(who, nick);
        house.answer(who, "/resume");
    }
    let said = house.signed(&anna, "hello");
    let sent = house.deliver(&anna, &said).1;
    // The same words in the same instant are another message, and so are their copies.
    let mut again = house.signed(&anna, "hello").message;
    again.time = crate::rns::time::UnixTime::from_micros(1);
    let again = SignedMessage::sign(again, house.group.delivery, &anna);
    let sent_again = house.deliver(&anna, &again).1;
    let seq = house.head().seq;
    for (seq, original, sent) in [(crate::group::Seq(seq.0 - 1), said, sent), (seq, again, sent_again)] {
        let mut expected: Vec<_> = sent.iter().map(|sent| *sent.hash().as_bytes()).collect();
        assert_eq!(expected.len(), 2);
        expected.push(*original.hash.as_bytes());
        expected.sort();
        let mut found = house.with(|store, gid| store.copies(gid, seq).unwrap());
        found.sort_by_key(|copy| copy.message_hash);
        assert_eq!(found.iter().map(|copy| copy.message_hash).collect::<Vec<_>>(), expected);
        assert!(
            found.iter().any(|copy| {
                copy.recipient == anna.hash() && copy.message_hash == *original.hash.as_bytes()
            })
        );
    }
}

#[test]
fn a_posted_request_is_relayed_like_a_message() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    house.answer(&bob, "/resume");
    let data = crate::rns::msgpack::encode(&super::named(&[("text", "hi".into())]));
    let request = house.request(Some(&anna), "/api/v1/messages/post", data, super::MDU);
    let effects = house.handle(vec![request]);
    assert!(matches!(&effects[0], Effect::Respond { .. }));
    assert!(matches!(&effects[1], Effect::Send(sent) if said(sent).content == b"Anna: hi"));
    assert_eq!(effects.len(), 2);
}

#[test]
fn an_empty_or_oversized_message_is_refused_with_a_reason() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let (proved, sent) = house.write(&anna, "");
    assert!(!proved && sent.len() == 1);
    let (proved, sent) = house.write(&anna, &"x".repeat(2 * 1024 * 1024));
    assert!(!proved && String::from_utf8_lossy(&said(&sent[0]).content).contains("the most here"));
    assert!(house.texts(&anna).is_empty());
}

#[test]
fn messages_to_no_group_and_from_a_group_are_refused_in_silence() {
    let mut house = House::new();
    let anna = person("anna");
    let mut message = house.signed(&anna, "hello");
    message.destination = delivery_destination(anna.hash());
    assert_eq!(house.deliver(&anna, &message), (false, vec![]));
    let group = house.group.identity.clone();
    assert_eq!(house.write(&group, "/help"), (false, vec![]));
}

#[test]
fn a_message_in_no_known_encoding_is_stored_as_signed_and_shown_replaced() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let message = Message {
        time: house.now.unix,
        title: b"\xff".to_vec(),
        content: b"gr\xfcn".to_vec(),
        fields: vec![0x81, 0xcc, 0xfb, 0xc4, 1, 7],
    };
    let message = SignedMessage::sign(message, house.group.delivery, &anna);
    assert!(house.deliver(&anna, &message).0);
    let item = house.latest(&anna).remove(0);
    assert_eq!(get(&item, "text").as_str(), Some("gr\u{fffd}n"));
    assert_eq!(get(&item, "title").as_str(), Some("\u{fffd}"));
    assert_eq!(get(&item, "fields").as_slice(), Some(&[0x81, 0xcc, 0xfb, 0xc4, 1, 7][..]));
}

#[test]
fn two_members_with_one_nick_can_be_told_apart_and_others_are_not_lengthened() {
    let mut house = House::new();
    let (anna, other, bob) = (person("anna"), person("another anna"), person("bob"));
    let short = |who: &crate::rns::identity::Identity| who.hash().to_string()[..8].to_owned();
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    house.write(&anna, "one");
    assert_eq!(house.answer(&bob, "/history"), "Anna: one");
    house.join(&other, "Anna");
    house.write(&other, "two");
    house.write(&bob, "three");
    let told_apart = format!("Anna ({}): one\nAnna ({}): two\nBob: three", short(&anna), short(&other));
    assert_eq!(house.answer(&bob, "/history"), told_apart);
    house.answer(&bob, "/resume");
    let (_, sent) = house.write(&other, "four");
    assert_eq!(said(&sent[0]).content, format!("Anna ({}): four", short(&other)).as_bytes());
    house.answer(&other, "/leave");
    assert_eq!(said(&house.write(&anna, "five").1[0]).content, b"Anna: five");
}

#[test]
fn an_entry_of_a_propagation_node_is_remembered_once_its_message_is_stored_and_not_when_it_is_refused() {
    let mut house = House::new();
    let (anna, stranger) = (person("anna"), person("stranger"));
    house.join(&anna, "Anna");
    let message = house.signed(&anna, "hello");
    let refused = house.signed(&stranger, "hello?");
    let fetched = |author: &crate::rns::identity::Identity, message: &SignedMessage, id: u8| Input::Message {
        message: message.clone(),
        author: author.public().clone(),
        road: Road::Propagation,
        stamp: StampState::NotAsked,
        proof: DeliveryToken::Entry(TransientId::from_bytes([id; 32])),
    };
    // The same message lies on two nodes, encrypted once for each.
    let effects = house.handle(vec![
        fetched(&anna, &message, 1),
        fetched(&anna, &message, 2),
        fetched(&stranger, &refused, 3),
    ]);
    let of = |id: u8| DeliveryToken::Entry(TransientId::from_bytes([id; 32]));
    for effect in [Effect::Accept(of(1)), Effect::Accept(of(2)), Effect::Refuse(of(3))] {
        assert!(effects.contains(&effect), "{effect:?}");
    }
    assert_eq!(house.texts(&anna), ["hello"]);
    assert_eq!(house.server.collected_entries().unwrap(), [[1; 32], [2; 32]]);
}
