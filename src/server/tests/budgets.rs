//! How much an answer weighs: never more than asked for, never stuck, and in one packet unless more is asked for.

use crate::group::event::{MessageDeleted, MessagePosted};
use proptest::prelude::*;
use rmpv::Value;

use super::{Effect, House, MDU, get, named, person};
use crate::api::{ENVELOPE, fields};
use crate::group::{Authorship, Body, GroupEvent, Post};
use crate::rns::hash::IdentityHash;
use crate::rns::identity::Identity;
use crate::rns::msgpack;

/// Reads the whole group by `since`, checking every answer against its budget.
fn read_all(house: &mut House, reader: &Identity, style: &str, signed: bool, max_bytes: usize) -> Vec<u64> {
    let (mut since, mut seqs) = (Value::from(0), Vec::new());
    for _ in 0..10_000 {
        let request = named(&[
            ("since", since.clone()),
            ("limit", 10_000.into()),
            ("max_bytes", max_bytes.into()),
            ("signed", signed.into()),
        ]);
        let answer = ask(house, reader, style, &request, max_bytes);
        assert!(answer["error"].is_null(), "{answer}");
        for item in answer["messages"].as_array().unwrap() {
            seqs.push(item["seq"].as_u64().unwrap());
        }
        let next = &answer["next"];
        if !answer["more"].as_bool().unwrap() {
            assert_eq!(next.as_u64(), Some(house.head().seq.0));
            return seqs;
        }
        let next = Value::from(next.as_str().unwrap());
        assert!(next != since, "stuck at {since}");
        since = next;
    }
    panic!("it never ends");
}

/// An answer in some style, checked against `max_bytes`, as JSON.
fn ask(house: &mut House, who: &Identity, style: &str, request: &Value, max: usize) -> serde_json::Value {
    let mut pairs = request.as_map().unwrap().clone();
    match style {
        "json" => pairs.push(("format".into(), "json".into())),
        "numbered" => pairs.push((1.into(), 1.into())),
        _ => {}
    }
    let packed = house.ask_packed(Some(who), "/api/v1/messages", msgpack::encode(&Value::Map(pairs)));
    assert!(packed.len() <= max, "{style}: {} bytes of {max}", packed.len());
    as_json(msgpack::decode(&packed).unwrap())
}

/// An answer of any style as JSON with names and hex.
pub(super) fn as_json(answer: Value) -> serde_json::Value {
    match answer.as_str() {
        Some(text) => serde_json::from_str(text).unwrap(),
        None => map_as_json(answer),
    }
}

fn map_as_json(value: Value) -> serde_json::Value {
    match value {
        Value::Map(pairs) => pairs
            .into_iter()
            .map(|(key, value)| {
                let name = key.as_u64().and_then(fields::name).map(str::to_owned);
                (name.unwrap_or_else(|| key.as_str().unwrap().to_owned()), map_as_json(value))
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(map_as_json).collect(),
        Value::Binary(bytes) => hex::encode(bytes).into(),
        Value::String(text) => text.as_str().unwrap().into(),
        Value::Integer(number) => number.as_u64().unwrap().into(),
        Value::Boolean(is) => is.into(),
        other => panic!("no answer has {other}"),
    }
}

/// Puts messages into the group by a shorter road than the air.
pub(super) fn fill(house: &mut House, authors: &[Identity], bodies: Vec<(usize, Body)>) {
    let (gid, now) = (house.gid(), house.now.unix);
    for author in authors {
        house.with(|store, _| store.remember_identity(author.hash(), author.public().as_bytes()).unwrap());
    }
    house.with(|store, _| {
        for (n, (author, body)) in bodies.into_iter().enumerate() {
            let author = &authors[author % authors.len()];
            let client_id = u64::try_from(n).unwrap().to_be_bytes();
            let post = Post::new(gid, author.hash(), now, body, Authorship::Link { client_id });
            let head = store.head(gid).unwrap();
            store
                .apply(
                    gid,
                    head.as_ref(),
                    &GroupEvent::MessagePosted(MessagePosted::from(post)),
                    now,
                    [9; 16],
                )
                .unwrap();
        }
    });
}

pub(super) fn plain(text: &str) -> Body {
    Body::Plain { title: vec![], text: text.as_bytes().to_vec(), fields: vec![0x80] }
}

pub(super) fn any_body() -> impl Strategy<Value = Body> {
    let text = prop_oneof![
        4 => "\\PC{0,120}".prop_map(String::into_bytes),
        2 => proptest::collection::vec(any::<u8>(), 0..400),
        1 => proptest::collection::vec(0u8..0x20, 0..2000),
        1 => "[\"\\\\ä€]{0,900}".prop_map(String::into_bytes),
    ];
    let title = prop_oneof![3 => Just(vec![]), 1 => proptest::collection::vec(any::<u8>(), 0..300)];
    let fields = prop_oneof![
        3 => Just(vec![0x80]),
        1 => (0u16..3000).prop_map(|n| [&[0x81, 1, 0xc5][..], &n.to_be_bytes(), &vec![7; n.into()]].concat()),
    ];
    prop_oneof![
        8 => (title, text, fields).prop_map(|(title, text, fields)| Body::Plain { title, text, fields }),
        1 => (any::<u8>(), proptest::collection::vec(any::<u8>(), 1..2000))
            .prop_map(|(scheme, bytes)| Body::Opaque { scheme, bytes }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_answer_is_larger_than_asked_for_and_every_message_is_reached(
        bodies in proptest::collection::vec((0usize..4, any_body()), 1..40),
        max_bytes in prop_oneof![320usize..700, 700usize..20_000],
        style in prop_oneof![Just("named"), Just("numbered"), Just("json")],
        signed in any::<bool>(),
    ) {
        let mut house = House::new();
        let authors: Vec<_> = (0..4).map(|n| person(&format!("author {n}"))).collect();
        house.join(&authors[0], "Reader");
        let count = bodies.len() as u64;
        fill(&mut house, &authors, bodies);
        let first = house.head().seq.0 - count + 1;
        let seqs = read_all(&mut house, &authors[0], style, signed, max_bytes);
        prop_assert_eq!(seqs, (first..first + count).collect::<Vec<_>>());
    }
}

#[test]
fn a_plain_request_is_answered_in_one_packet_with_the_newest_messages() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    fill(
        &mut house,
        std::slice::from_ref(&anna),
        (0..50).map(|n| (0, plain(&format!("message {n}")))).collect(),
    );
    for link_mdu in [431, 1_000, 8_000] {
        let request = house.request(Some(&anna), "/api/v1/messages", vec![0xc0], link_mdu);
        let effects = house.handle(vec![request]);
        let Effect::Respond { data, .. } = &effects[0] else { panic!("{effects:?}") };
        assert!(data.len() + ENVELOPE <= link_mdu);
        let answer = msgpack::decode(data).unwrap();
        let items = get(&answer, "messages").as_array().unwrap();
        assert_eq!(get(items.last().unwrap(), "text").as_str(), Some("message 49"));
        let seqs: Vec<_> = items.iter().map(|item| get(item, "seq").as_u64().unwrap()).collect();
        assert!(seqs.is_sorted() && items.len() <= 20);
        assert_eq!(get(&answer, "more").as_bool(), Some(true));
        assert_eq!(get(&answer, "next").as_u64(), Some(house.head().seq.0));
    }
}

#[test]
fn older_pages_go_back_to_the_first_message() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    fill(&mut house, std::slice::from_ref(&anna), (0..50).map(|n| (0, plain(&format!("{n}")))).collect());
    let mut before = house.head().seq.0 + 100;
    let mut texts = Vec::new();
    loop {
        let request = named(&[("before", before.into()), ("limit", 7.into())]);
        let answer = ask(&mut house, &anna, "named", &request, MDU - ENVELOPE);
        let page: Vec<_> =
            answer["messages"].as_array().unwrap().iter().map(|item| item["text"].clone()).collect();
        texts.splice(0..0, page);
        before = answer["next"].as_u64().unwrap();
        if !answer["more"].as_bool().unwrap() {
            break;
        }
    }
    assert_eq!(texts, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_message_that_does_not_fit_comes_cut_and_says_what_it_needs() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let body = Body::Plain {
        title: b"a picture".to_vec(),
        text: "ä".repeat(5_000).into_bytes(),
        fields: [&[0x81, 6, 0xc5, 0x27, 0x10][..], &[7; 10_000]].concat(),
    };
    fill(&mut house, std::slice::from_ref(&anna), vec![(0, body), (0, plain("after"))]);
    for style in ["named", "numbered", "json"] {
        for signed in [false, true] {
            let mut fetch = |max_bytes: u64| {
                let since = house.head().seq.0 - 2;
                let request = named(&[
                    ("since", since.into()),
                    ("limit", 1.into()),
                    ("max_bytes", max_bytes.into()),
                    ("signed", signed.into()),
                ]);
                ask(&mut house, &anna, style, &request, usize::try_from(max_bytes).unwrap())["messages"][0]
                    .clone()
            };
            let cut = fetch(400);
            assert_eq!(cut["cut"], true);
            assert_eq!(cut["title"], "a picture");
            let text = cut["text"].as_str().unwrap();
            assert!(text.chars().all(|c| c == 'ä') && text.len() > 50, "{text}");
            assert!(cut["fields"].is_null());
            let size = cut["size"].as_u64().unwrap();
            let whole = fetch(size);
            assert!(whole["cut"].is_null(), "{style} {signed} {size}");
            assert_eq!(whole["text"].as_str().unwrap().len(), 10_000);
            assert!(size < 45_000);
        }
    }
}

#[test]
fn a_signed_message_that_does_not_fit_comes_cut_without_its_signature() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    house.write(&anna, &"long ".repeat(200));
    let request = named(&[("signed", true.into())]);
    let answer = ask(&mut house, &anna, "numbered", &request, MDU - ENVELOPE);
    let item = &answer["messages"][0];
    assert_eq!(item["cut"], true);
    assert!(item["text"].as_str().unwrap().starts_with("long long"));
    assert!(item["payload"].is_null() && item["signature"].is_null());
    let size = item["size"].as_u64().unwrap();
    let request = named(&[("signed", true.into()), ("max_bytes", size.into()), ("limit", 1.into())]);
    let answer = ask(&mut house, &anna, "numbered", &request, usize::try_from(size).unwrap());
    assert!(answer["messages"][0]["payload"].is_string());
    assert_eq!(answer["keys"], serde_json::json!([hex::encode(anna.public().as_bytes())]));
}

#[test]
fn a_removed_message_is_told_to_who_follows_and_to_nobody_else() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    fill(&mut house, std::slice::from_ref(&anna), vec![(0, plain("one")), (0, plain("two"))]);
    let before = house.head().seq.0;
    let target = Authorship::Link { client_id: 1u64.to_be_bytes() }.post_id(house.gid(), anna.hash());
    house.apply(&MessageDeleted { target, of: None, reason: String::new(), by: None }.into());
    assert_eq!(house.texts(&anna), ["one"]);
    let answer = house.ask(Some(&anna), "/api/v1/messages", &[("since", before.into())]);
    let expected = named(&[("seq", before.into()), ("deleted", true.into())]);
    assert_eq!(*get(&answer, "messages"), Value::Array(vec![expected]));
    // The same words again are not taken back in.
    assert_eq!(get(&answer, "more").as_bool(), Some(false));
}

#[test]
fn a_cursor_from_elsewhere_resets_and_the_latest_one_gets_nothing() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    fill(&mut house, std::slice::from_ref(&anna), vec![(0, plain("one"))]);
    let head = house.head().seq.0;
    for strange in [Value::from(head + 1), Value::from(u64::MAX), Value::Binary(vec![1, 2, 3])] {
        let answer = house.ask(Some(&anna), "/api/v1/messages", &[("since", strange)]);
        assert_eq!(get(&answer, "reset").as_bool(), Some(true));
        assert_eq!(get(&answer, "messages").as_array().unwrap().len(), 1);
        assert_eq!(get(&answer, "next").as_u64(), Some(head));
    }
    let answer = house.ask(Some(&anna), "/api/v1/messages", &[("since", head.into())]);
    assert!(get(&answer, "messages").as_array().unwrap().is_empty() && get(&answer, "reset").is_nil());
}

#[test]
fn a_cursor_moves_over_events_that_are_no_messages() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let answer = house.ask(Some(&anna), "/api/v1/messages", &[("since", 0.into())]);
    assert_eq!(get(&answer, "next").as_u64(), Some(house.head().seq.0));
}

#[test]
fn a_large_answer_has_every_message_and_limits_are_capped() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let bodies = (0..1_500).map(|n| (0, plain(&format!("{n} {}", "x".repeat(1_000))))).collect();
    fill(&mut house, std::slice::from_ref(&anna), bodies);
    let request = named(&[("limit", u32::MAX.into()), ("max_bytes", u32::MAX.into())]);
    let answer = ask(&mut house, &anna, "named", &request, 8 * 1024 * 1024);
    assert_eq!(answer["messages"].as_array().unwrap().len(), 1_500);
}

#[test]
fn numbers_are_smaller_than_names_and_names_than_json() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    fill(&mut house, std::slice::from_ref(&anna), (0..5).map(|_| (0, plain(&"x".repeat(80)))).collect());
    let mut size = |extra: (Value, Value)| {
        let pairs = vec![("limit".into(), 5.into()), ("max_bytes".into(), 5_000.into()), extra];
        house.ask_packed(Some(&anna), "/api/v1/messages", msgpack::encode(&Value::Map(pairs))).len()
    };
    let (numbered, named) = (size((1.into(), 1.into())), size(("v".into(), 1.into())));
    let json = size(("format".into(), "json".into()));
    assert!(numbered < named && named < json, "{numbered} {named} {json}");
    // Bytes on the air are a cost: latest five messages of 80 characters.
    insta::assert_snapshot!(format!("{numbered} {named} {json}"), @"603 748 985");
}

#[test]
fn an_author_who_is_unknown_here_has_no_key_in_a_signed_answer() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let now = house.now.unix;
    let gid = house.gid();
    let stranger = IdentityHash::from_bytes([3; 16]);
    let post = Post::new(gid, stranger, now, plain("from a copy"), Authorship::Link { client_id: [1; 8] });
    house.apply(&GroupEvent::MessagePosted(MessagePosted::from(post)));
    let answer = house.ask(Some(&anna), "/api/v1/messages", &[("signed", true.into())]);
    assert!(get(&answer, "keys").as_array().unwrap().is_empty());
    assert_eq!(get(&answer, "messages").as_array().unwrap().len(), 1);
}
