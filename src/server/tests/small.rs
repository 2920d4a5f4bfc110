//! Answers for people to whom each byte is dear: what fits one packet, and what is read out of it.

use proptest::prelude::*;
use rmpv::Value;

use super::budgets::{any_body, fill, plain};
use super::{Effect, House, Input, MDU, bytes, get, named, person};
use crate::api::compact::{self, News, Person, decode};
use crate::api::messages::Cursor;
use crate::api::{ENVELOPE, deflate::inflated};
use crate::group::Body;
use crate::rns::air::Channel;
use crate::rns::airtime::Modulation;
use crate::rns::hash::IdentityHash;
use crate::rns::identity::Identity;
use crate::rns::msgpack;

const MESSAGES: &str = "/api/v1/messages";
const CORPUS: &str = include_str!("../../../tests/corpus/chat.txt");

fn packed(request: &Value) -> Vec<u8> {
    msgpack::encode(request)
}

fn list(values: &[Value]) -> Vec<u8> {
    packed(&Value::Array(values.to_vec()))
}

/// What an answer that is a bin holds.
fn body(answer: &[u8]) -> Vec<u8> {
    match msgpack::decode(answer).unwrap() {
        Value::Binary(body) => body,
        other => panic!("no bin but {other}"),
    }
}

/// An answer that came as deflate, with its map.
fn undone(answer: &[u8]) -> Value {
    msgpack::decode(&inflated(&body(answer), b"", 1 << 20).expect("raw deflate")).unwrap()
}

/// A chat of members of the corpus, one message a minute, and who reads it.
fn chat() -> (House, Identity) {
    let mut house = House::new();
    let people: Vec<_> = ["Anna", "Bob", "Carol", "Dave", "Eve"].map(|nick| (person(nick), nick)).into();
    for (who, nick) in &people {
        house.join(who, nick);
    }
    for (index, text) in CORPUS.lines().enumerate() {
        let (who, _) = &people[index * 7 % 5];
        house.wait(20 + u32::try_from(index * 37 % 200).unwrap());
        house.ask(Some(who), "/api/v1/messages/post", &[("text", text.into())]);
    }
    (house, person("Anna"))
}

fn texts(page: &compact::Page) -> Vec<&str> {
    let said = page.messages.iter().filter_map(|message| match &message.news {
        News::Said(said) => Some(said.text.as_str()),
        News::Unchanged(_) | News::Deleted => None,
    });
    said.collect()
}

fn compact_page(house: &mut House, who: &Identity, request: &[(&str, Value)]) -> compact::Page {
    let request: Vec<_> = request.iter().cloned().chain([("format", "compact".into())]).collect();
    let answer = house.ask_packed(Some(who), MESSAGES, packed(&named(&request)));
    decode(&body(&answer)).unwrap()
}

#[test]
fn deflate_is_the_ordinary_answer_and_fits_more_into_a_packet() {
    let (mut house, anna) = chat();
    let ordinary = house.ask_packed(Some(&anna), MESSAGES, packed(&named(&[("short", true.into())])));
    let deflated = house.ask_packed(Some(&anna), MESSAGES, packed(&named(&[("format", "deflate".into())])));
    assert!(deflated.len() + ENVELOPE <= MDU);
    let (ordinary, deflated) = (msgpack::decode(&ordinary).unwrap(), undone(&deflated));
    let messages = |answer: &Value| get(answer, "messages").as_array().unwrap().clone();
    let (few, many) = (messages(&ordinary), messages(&deflated));
    assert!(many.ends_with(&few), "{many:#?}");
    assert!(many.len() > few.len(), "{} and {}", few.len(), many.len());
    assert_eq!(get(&deflated, "more").as_bool(), Some(true));
}

#[test]
fn a_short_answer_has_numbers_for_authors_and_one_time() {
    let (mut house, anna) = chat();
    let bob = person("Bob");
    let members = house.ask(Some(&anna), "/api/v1/members", &[("q", "Bob".into())]);
    let number = get(&get(&members, "people").as_array().unwrap()[0], "number").clone();
    house.ask(Some(&bob), "/api/v1/messages/post", &[("text", "in time".into())]);
    let mut late = house.signed(&bob, "written before the hills");
    late.message.time = crate::rns::time::UnixTime::from_micros(house.now.unix.as_micros() - 600_000_000);
    let late = crate::lxmf::SignedMessage::sign(late.message, house.group.delivery, &bob);
    assert!(house.deliver(&bob, &late).0);
    let answer = house.ask(Some(&anna), MESSAGES, &[("short", true.into()), ("limit", 2.into())]);
    let items = get(&answer, "messages").as_array().unwrap().clone();
    for item in &items {
        assert_eq!((get(item, "number"), get(item, "author")), (&number, &Value::Nil));
        assert_eq!(get(item, "received").as_i64(), Some(house.now.unix.as_micros() / 1_000_000));
    }
    let times: Vec<_> = items.iter().map(|item| get(item, "time").as_i64()).collect();
    assert_eq!(times, [None, Some(house.now.unix.as_micros() / 1_000_000 - 600)]);
    // Who has left has no number any more, and is named in full.
    house.ask(Some(&bob), "/api/v1/leave", &[]);
    let answer = house.ask(Some(&anna), MESSAGES, &[("short", true.into()), ("limit", 1.into())]);
    let item = get(&answer, "messages").as_array().unwrap()[0].clone();
    assert_eq!(get(&item, "author"), &bytes(bob.hash().as_bytes()));
    let page = compact_page(&mut house, &anna, &[("limit", 1.into())]);
    let News::Said(said) = &page.messages[0].news else { panic!("{page:?}") };
    assert_eq!(said.author, Person::Identity(bob.hash()));
}

#[test]
fn as_many_of_the_latest_as_fit_come_compact_in_one_packet() {
    let (mut house, anna) = chat();
    let answer = house.ask_packed(Some(&anna), MESSAGES, list(&[3.into()]));
    assert!(answer.len() + ENVELOPE <= MDU, "{}", answer.len());
    let page = decode(&body(&answer)).unwrap();
    let all: Vec<_> = CORPUS.lines().collect();
    let got = texts(&page);
    assert!(all.ends_with(&got), "{got:#?}");
    assert!(got.len() >= 7, "{}", got.len());
    assert!(page.more);
    // One more would not have fitted.
    let more = house.ask_packed(
        Some(&anna),
        MESSAGES,
        packed(&named(&[
            ("format", 3.into()),
            ("limit", (got.len() + 1).into()),
            ("max_bytes", 4_096.into()),
        ])),
    );
    assert!(more.len() + ENVELOPE > MDU);
    assert_eq!(texts(&decode(&body(&more)).unwrap()).len(), got.len() + 1);
}

/// Every page until there is no more.
fn follow(house: &mut House, who: &Identity, max_bytes: usize) -> Vec<compact::Page> {
    let mut pages = Vec::new();
    let mut since = Value::from(0);
    loop {
        let request = named(&[
            ("format", 3.into()),
            ("since", since.clone()),
            ("limit", 1_000.into()),
            ("max_bytes", max_bytes.into()),
        ]);
        let answer = house.ask_packed(Some(who), MESSAGES, packed(&request));
        assert!(answer.len() <= max_bytes, "{} of {max_bytes}", answer.len());
        let page = decode(&body(&answer)).unwrap();
        since = match &page.next {
            Cursor::Seq(seq) => (*seq).into(),
            Cursor::Within(place) => bytes(&place.0),
        };
        let more = page.more;
        pages.push(page);
        assert!(pages.len() < 1_000, "stuck at {since}");
        if !more {
            return pages;
        }
    }
}

#[test]
fn following_a_compact_cursor_brings_every_message_once() {
    let (mut house, anna) = chat();
    for max_bytes in [200, 412, 2_000, 100_000] {
        let pages = follow(&mut house, &anna, max_bytes);
        let got: Vec<_> = pages.iter().flat_map(texts).collect();
        assert_eq!(got, CORPUS.lines().collect::<Vec<_>>(), "{max_bytes}");
    }
    let end = house.head().seq.0;
    let none = compact_page(&mut house, &anna, &[("since", end.into())]);
    assert_eq!((none.messages.len(), none.more, none.next), (0, false, Cursor::Seq(end)));
}

#[test]
fn what_has_happened_to_a_message_is_told_compactly() {
    let (mut house, anna) = chat();
    let (bob, carol) = (person("Bob"), person("Carol"));
    let post = |house: &mut House, who: &Identity, fields: &[(&str, Value)]| {
        get(&house.ask(Some(who), "/api/v1/messages/post", fields), "seq").as_u64().unwrap()
    };
    let first = post(&mut house, &bob, &[("text", "the bridge is cloesd".into()), ("title", "Road".into())]);
    let reply = post(&mut house, &carol, &[("text", "since when?".into()), ("reply_to", first.into())]);
    let direct = post(&mut house, &bob, &[("text", "for you alone".into()), ("to", "Anna".into())]);
    let gone = post(&mut house, &bob, &[("text", "a slip".into())]);
    let cursor = house.head().seq.0;
    house.wait(30);
    house.ask(
        Some(&bob),
        "/api/v1/messages/edit",
        &[("id", first.into()), ("text", "the bridge is closed".into())],
    );
    house.ask(Some(&bob), "/api/v1/messages/delete", &[("id", gone.into())]);
    house.ask(Some(&anna), "/api/v1/messages/react", &[("id", reply.into()), ("reaction", "👍".into())]);

    let latest = compact_page(&mut house, &anna, &[("limit", 3.into())]);
    let [one, two, three] = &latest.messages[..] else { panic!("{latest:#?}") };
    let (News::Said(edited), News::Said(answered), News::Said(whispered)) =
        (&one.news, &two.news, &three.news)
    else {
        panic!("{latest:#?}")
    };
    assert_eq!([one.seq, two.seq, three.seq], [first, reply, direct]);
    assert_eq!(edited.edited, Some(edited.received + 30));
    assert_eq!((edited.title.as_deref(), edited.text.as_str()), (None, "the bridge is closed"));
    assert_eq!(answered.reply_to, Some(first));
    assert_eq!(answered.beside.reactions, [("👍".to_owned(), 1)]);
    assert_eq!(whispered.to, Some(Person::Number(1)));

    let changes = compact_page(&mut house, &anna, &[("since", cursor.into())]);
    let news = |seq: u64| &changes.messages.iter().find(|message| message.seq == seq).unwrap().news;
    assert!(matches!(news(first), News::Said(_)));
    assert_eq!(news(gone), &News::Deleted);
    let News::Unchanged(beside) = news(reply) else { panic!("{changes:#?}") };
    assert_eq!(beside.reactions, [("👍".to_owned(), 1)]);
}

#[test]
fn a_refusal_is_a_map_in_every_format_and_says_what_has_no_place() {
    let (mut house, anna) = chat();
    for format in ["compact", "deflate"] {
        let request = named(&[("format", format.into()), ("since", 1.into()), ("q", "word".into())]);
        let answer = msgpack::decode(&house.ask_packed(Some(&anna), MESSAGES, packed(&request))).unwrap();
        assert_eq!(get(&answer, "error").as_str(), Some("bad_request"), "{answer}");
    }
    for field in ["signed", "whole", "who"] {
        let request = named(&[("format", "compact".into()), (field, true.into())]);
        let answer = msgpack::decode(&house.ask_packed(Some(&anna), MESSAGES, packed(&request))).unwrap();
        assert_eq!(get(&answer, "field").as_str(), Some(field), "{answer}");
    }
    let few = named(&[("format", 3.into()), ("max_bytes", 20.into())]);
    let answer = msgpack::decode(&house.ask_packed(Some(&anna), MESSAGES, packed(&few))).unwrap();
    assert_eq!(get(&answer, "field").as_str(), Some("max_bytes"));
    let stranger = house.ask_packed(None, MESSAGES, list(&[3.into(), 5.into()]));
    assert!(msgpack::decode(&stranger).unwrap().is_map());
}

/// The answer over a radio of the server, whose caller allows it so many milliseconds.
fn within(house: &mut House, who: &Identity, channel: Option<Channel>, fields: &[(&str, Value)]) -> Vec<u8> {
    let mut input = house.request(Some(who), MESSAGES, packed(&named(fields)), MDU);
    if let Input::Request(request) = &mut input {
        request.air = channel;
    }
    match house.handle(vec![input]).into_iter().next() {
        Some(Effect::Respond { data, .. }) => data,
        other => panic!("no answer but {other:?}"),
    }
}

#[test]
fn an_answer_is_on_the_air_no_longer_than_its_caller_allows() {
    let (mut house, anna) = chat();
    for modulation in [Modulation::SF8, Modulation::new(11, 125_000, 5).unwrap()] {
        let channel = Channel::Lora(modulation);
        let mut most = 0;
        for bytes in (250..=500).step_by(50) {
            let millis = channel.time_on_air(bytes).as_millis();
            let fields = [("format", 3.into()), ("max_ms", u64::try_from(millis).unwrap().into())];
            let answer = within(&mut house, &anna, Some(channel), &fields);
            // Header, IV and HMAC; and what is carried fills whole blocks.
            let sent = 67 + 16 * ((answer.len() + ENVELOPE) / 16 + 1);
            assert!(channel.time_on_air(sent).as_millis() <= millis, "{sent} bytes for {millis} ms");
            let count = texts(&decode(&body(&answer)).unwrap()).len();
            assert!(count >= most, "{count} messages in {millis} ms");
            most = count;
        }
        assert!(most >= 7, "{most}");
        let refused = within(&mut house, &anna, Some(channel), &[("max_ms", 5.into())]);
        assert_eq!(get(&msgpack::decode(&refused).unwrap(), "field").as_str(), Some("max_ms"));
    }
    let refused = within(&mut house, &anna, None, &[("max_ms", 5_000.into())]);
    assert_eq!(get(&msgpack::decode(&refused).unwrap(), "field").as_str(), Some("max_ms"));
}

#[test]
fn other_answers_come_as_deflate_where_that_is_smaller() {
    let (mut house, anna) = chat();
    for format in [2, 3] {
        let request = list(&[format.into()]);
        let members = house.ask_packed(Some(&anna), "/api/v1/members", request.clone());
        assert!(undone(&members).is_map());
        let language = house.ask_packed(Some(&anna), "/api/v1/me/language", request);
        assert!(msgpack::decode(&language).unwrap().is_map(), "too short to get smaller");
    }
}

#[test]
fn a_message_that_fits_no_packet_comes_with_its_beginning_and_the_size_it_needs() {
    let (mut house, anna) = chat();
    let long: String = (0..900_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
    house.ask(Some(&anna), "/api/v1/messages/post", &[("text", long.as_str().into())]);
    let answer = house.ask_packed(Some(&anna), MESSAGES, list(&[3.into(), 5.into()]));
    assert!(answer.len() + ENVELOPE <= MDU && answer.len() + ENVELOPE > MDU - 16, "{}", answer.len());
    let page = decode(&body(&answer)).unwrap();
    let [message] = &page.messages[..] else { panic!("{page:?}") };
    let News::Said(said) = &message.news else { panic!("{page:?}") };
    assert!(long.starts_with(&said.text) && said.text.len() > 400, "{}", said.text.len());
    let size = said.cut.unwrap();
    let whole = compact_page(
        &mut house,
        &anna,
        &[("ids", Value::Array(vec![message.seq.into()])), ("max_bytes", size.into())],
    );
    assert_eq!(texts(&whole), [long.as_str()]);
    let deflated = undone(&house.ask_packed(Some(&anna), MESSAGES, list(&[2.into(), 5.into()])));
    let pairs = deflated.as_map().unwrap();
    assert!(
        pairs.iter().any(|(key, value)| key.as_u64() == Some(12) && value.as_array().unwrap().len() == 1)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn small_answers_keep_to_their_budget_whatever_people_write(
        bodies in proptest::collection::vec((0usize..4, any_body()), 1..30),
        max_bytes in prop_oneof![128usize..700, 700usize..9_000],
    ) {
        let mut house = House::new();
        let authors: Vec<_> = (0..4).map(|n| person(&format!("author {n}"))).collect();
        house.join(&authors[0], "Reader");
        let count = bodies.len();
        let shown: Vec<_> = bodies.iter().map(|(_, body)| matches!(body, Body::Plain { .. })).collect();
        fill(&mut house, &authors, bodies);
        let pages = follow(&mut house, &authors[0], max_bytes);
        let messages: Vec<_> = pages.iter().flat_map(|page| &page.messages).collect();
        prop_assert_eq!(messages.len(), count);
        for (message, is_shown) in messages.iter().zip(shown) {
            let News::Said(said) = &message.news else { panic!("{message:?}") };
            prop_assert!(is_shown || said.other && said.text.is_empty());
        }
    }
}

/// Not far from the dearest that can come together.
#[test]
fn a_hundred_and_twenty_eight_bytes_always_suffice() {
    let (mut house, anna) = chat();
    let left: Vec<Identity> = (0..2).map(|n| person(&format!("gone {n}"))).collect();
    let hash: IdentityHash = left[0].hash();
    fill(&mut house, &left, vec![(0, plain("x"))]);
    let post = [
        ("title", "T".repeat(200).into()),
        ("text", "é".repeat(3_000).into()),
        ("reply_to", house.head().seq.0.into()),
    ];
    let seq = get(&house.ask(Some(&anna), "/api/v1/messages/post", &post), "seq").clone();
    for (index, who) in ["Anna", "Bob", "Carol", "Dave", "Eve"].iter().enumerate() {
        let word = format!("{index}{}", "🙂".repeat(12));
        let react = [("id", seq.clone()), ("reaction", word.into())];
        house.ask(Some(&person(who)), "/api/v1/messages/react", &react);
    }
    let pages = follow(&mut house, &anna, 128);
    let authors = pages.iter().flat_map(|page| &page.messages).filter_map(|message| match &message.news {
        News::Said(said) => Some(said.author),
        News::Unchanged(_) | News::Deleted => None,
    });
    assert!(authors.into_iter().any(|author| author == Person::Identity(hash)));
}
