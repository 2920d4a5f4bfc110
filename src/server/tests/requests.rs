//! Requests on a link: who may what, what wrong requests are told, and what right ones get.

use rmpv::Value;

use super::{Effect, House, MDU, bytes, get, named, person, said};
use crate::api::{ENDPOINTS, ENVELOPE, PROTOCOL_MAX, fields};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::{Message, SignedMessage};
use crate::rns::hash::{sha256, truncated_sha256};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::msgpack;

/// `ok`, or the code of the refusal.
fn outcome(answer: &Value) -> String {
    get(answer, "error").as_str().unwrap_or("ok").to_owned()
}

fn refusal_field(answer: &Value) -> Option<&str> {
    assert!(get(answer, "what").is_str() && get(answer, "do").is_str(), "{answer}");
    get(answer, "field").as_str()
}

#[test]
fn info_fits_one_packet_at_the_smallest_mtu_in_numbers() {
    let mut house = House::new();
    let member = person("member");
    house.join(&member, "Member");
    for who in [None, Some(&member)] {
        let answer =
            house.ask_packed(who, "/api/v1/info", msgpack::encode(&Value::Map(vec![(1.into(), 1.into())])));
        assert!(answer.len() + ENVELOPE <= MDU, "{} bytes", answer.len());
    }
}

#[test]
fn info_tells_everybody_what_the_group_is() {
    let mut house = House::new();
    let member = person("member");
    let info = house.ask(None, "/api/v1/info", &[]);
    assert_eq!(get(&info, "gid").as_slice(), Some(&house.gid().as_bytes()[..]));
    assert_eq!(get(&info, "name").as_str(), Some("Roost"));
    assert_eq!(get(&info, "members").as_u64(), Some(0));
    assert_eq!(get(&info, "lxmf").as_slice(), Some(&house.group.delivery.as_bytes()[..]));
    assert_eq!(get(get(&info, "proto"), "max").as_u64(), Some(u64::from(PROTOCOL_MAX)));
    assert_eq!(get(&info, "disclosures").as_array().unwrap().len(), 3);
    assert!(get(&info, "member").is_nil(), "nobody has said who they are");
    let head = house.head();
    assert_eq!(*get(&info, "head"), Value::Array(vec![head.seq.0.into(), bytes(&head.short_hash())]));
    assert_eq!(get(&house.ask(Some(&member), "/api/v1/info", &[]), "member").as_bool(), Some(false));
    house.join(&member, "Member");
    let info = house.ask(Some(&member), "/api/v1/info", &[]);
    assert_eq!((get(&info, "member").as_bool(), get(&info, "members").as_u64()), (Some(true), Some(1)));
}

#[test]
fn a_wrong_field_is_named_in_every_request() {
    let mut house = House::new();
    let member = person("member");
    house.join(&member, "Member");
    let wrong: &[(&str, &str, Value)] = &[
        ("/api/v1/info", "v", "one".into()),
        ("/api/v1/info", "format", "xml".into()),
        ("/api/v1/info", "v", 0.into()),
        ("/api/v1/members", "limit", "all".into()),
        ("/api/v1/members", "after", Value::from(-1)),
        ("/api/v1/members", "max_bytes", 10.into()),
        ("/api/v1/messages", "limit", Value::F64(0.5)),
        ("/api/v1/messages", "since", Value::Map(vec![])),
        ("/api/v1/messages", "before", "yesterday".into()),
        ("/api/v1/messages", "max_bytes", 1.into()),
        ("/api/v1/messages", "signed", 2.into()),
        ("/api/v1/messages/post", "text", 1.into()),
        ("/api/v1/messages/post", "text", "".into()),
        ("/api/v1/messages/post", "title", Value::Array(vec![])),
        ("/api/v1/messages/post", "fields", bytes(b"\x90")),
        ("/api/v1/messages/post", "fields", bytes(b"\x80\x80")),
        ("/api/v1/messages/post", "id", bytes(b"short")),
        ("/api/v1/messages/post", "payload", "text".into()),
        ("/api/v1/messages/post", "signature", bytes(&[1; 63])),
    ];
    for (path, field, value) in wrong {
        let answer = house.ask(Some(&member), path, &[(field, value.clone())]);
        assert_eq!(refusal_field(&answer), Some(*field), "{path} {field} {value}: {answer}");
        // The same by number: the refusal is numbered, and still names the field.
        let number = Value::from(fields::number(field).unwrap());
        let data = msgpack::encode(&Value::Map(vec![(number, value.clone())]));
        let answer = msgpack::decode(&house.ask_packed(Some(&member), path, data)).unwrap();
        let named_field = answer.as_map().unwrap().iter().find(|(key, _)| key.as_u64() == Some(6));
        assert_eq!(named_field.unwrap().1.as_str(), Some(*field), "{answer}");
    }
    let long = house.ask(Some(&person("newcomer")), "/api/v1/join", &[("nick", "x".repeat(65).into())]);
    assert_eq!(refusal_field(&long), Some("nick"));
    let two = house.ask(Some(&member), "/api/v1/messages", &[("since", 1.into()), ("before", 1.into())]);
    assert_eq!(refusal_field(&two), Some("before"));
}

#[test]
fn half_a_signed_post_and_a_mixed_one_are_told_which_field() {
    let mut house = House::new();
    let member = person("member");
    house.join(&member, "Member");
    let payload = || ("payload", bytes(b"\x94\x01\xc4\x00\xc4\x02hi\x80"));
    let signature = || ("signature", bytes(&[1; 64]));
    let mut ask = |fields: &[(&str, Value)]| {
        let answer = house.ask(Some(&member), "/api/v1/messages/post", fields);
        refusal_field(&answer).unwrap().to_owned()
    };
    assert_eq!(ask(&[payload()]), "signature");
    assert_eq!(ask(&[signature()]), "payload");
    assert_eq!(ask(&[payload(), signature()]), "signature");
    assert_eq!(ask(&[payload(), signature(), ("text", "hi".into())]), "text");
    assert_eq!(ask(&[payload(), signature(), ("id", bytes(&[1; 8]))]), "id");
    assert_eq!(ask(&[("payload", bytes(b"\x01")), signature()]), "payload");
    let opaque = || ("opaque", bytes(b"sealed"));
    assert_eq!(ask(&[opaque()]), "scheme");
    assert_eq!(ask(&[("scheme", 1.into())]), "opaque");
    assert_eq!(ask(&[opaque(), ("scheme", 1.into()), ("text", "hi".into())]), "text");
    assert_eq!(ask(&[opaque(), ("scheme", 1.into()), payload(), signature()]), "opaque");
}

#[test]
fn garbage_and_oversized_requests_are_refused() {
    let mut house = House::new();
    for data in [&b""[..], b"\x94\x01\x02\x03\x04", b"\xa2hi", b"\xdf\xff\xff\xff\xff", b"\x80\x00"] {
        for endpoint in ENDPOINTS {
            let answer = msgpack::decode(&house.ask_packed(None, endpoint.path, data.to_vec())).unwrap();
            assert_eq!(outcome(&answer), "bad_request", "{} {data:02x?}", endpoint.path);
        }
    }
    for endpoint in ENDPOINTS {
        let mut data = msgpack::encode(&named(&[("nick", "x".repeat(endpoint.max_request).into())]));
        let answer = msgpack::decode(&house.ask_packed(None, endpoint.path, data.clone())).unwrap();
        assert_eq!(outcome(&answer), "too_large");
        data.truncate(endpoint.max_request);
        let answer = msgpack::decode(&house.ask_packed(None, endpoint.path, data)).unwrap();
        assert_eq!(outcome(&answer), "bad_request");
    }
}

#[test]
fn nil_an_empty_map_and_unknown_fields_are_a_plain_request() {
    let mut house = House::new();
    let plain = house.ask_packed(None, "/api/v1/info", vec![0xc0]);
    assert_eq!(house.ask_packed(None, "/api/v1/info", vec![0x80]), plain);
    let later = msgpack::encode(&named(&[("what comes later", 1.into()), ("v", 99.into())]));
    assert_eq!(house.ask_packed(None, "/api/v1/info", later), plain);
}

#[test]
fn a_path_that_nobody_serves_gets_silence() {
    let mut house = House::new();
    let request = house.request(None, "/api/v9/info", vec![0xc0], MDU);
    assert_eq!(house.handle(vec![request]), vec![]);
}

#[test]
fn joining_twice_gives_the_same_number_and_leaving_twice_is_fine() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    let joined = house.join(&anna, "Anna");
    assert_eq!(get(&joined, "number").as_u64(), Some(1));
    assert_eq!(get(&joined, "cursor").as_u64(), Some(house.head().seq.0));
    assert_eq!(get(&joined, "disclosures").as_array().unwrap().len(), 3);
    assert_eq!(get(&house.join(&bob, "Bob"), "number").as_u64(), Some(2));
    assert_eq!(get(&house.join(&anna, "Other"), "number").as_u64(), Some(1));
    for _ in 0..2 {
        let left = house.ask(Some(&anna), "/api/v1/leave", &[]);
        assert_eq!(get(&left, "member").as_bool(), Some(false));
    }
    // A number is never given twice.
    assert_eq!(get(&house.join(&anna, "Anna"), "number").as_u64(), Some(3));
}

#[test]
fn members_come_page_by_page_each_once() {
    let mut house = House::new();
    for n in 0..30 {
        house.join(&person(&format!("member {n}")), &format!("Member {n}"));
    }
    let reader = person("member 0");
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page =
            house.ask(Some(&reader), "/api/v1/members", &[("after", after.into()), ("limit", 7.into())]);
        let people = get(&page, "people").as_array().unwrap();
        seen.extend(people.iter().map(|one| get(one, "number").as_u64().unwrap()));
        after = get(&page, "next").as_u64().unwrap();
        if !get(&page, "more").as_bool().unwrap() {
            break;
        }
        assert!(!people.is_empty() && people.len() <= 7);
    }
    assert_eq!(seen, (1..=30).collect::<Vec<_>>());
}

#[test]
fn the_same_post_twice_is_one_post_with_one_number() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let post = [("text", "hi".into()), ("id", bytes(&[5; 8]))];
    let first = house.ask(Some(&anna), "/api/v1/messages/post", &post);
    let head = house.head();
    assert_eq!(get(&first, "seq").as_u64(), Some(head.seq.0));
    assert_eq!(house.ask(Some(&anna), "/api/v1/messages/post", &post), first);
    assert_eq!(house.head(), head);
    // Without an id each is a post of its own.
    for _ in 0..2 {
        house.ask(Some(&anna), "/api/v1/messages/post", &[("text", "again".into())]);
    }
    assert_eq!(house.texts(&anna), ["hi", "again", "again"]);
}

#[test]
fn title_and_fields_survive_storage_and_fetch() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let map = [0x82, 0xcc, 0xfb, 0xc4, 1, 7, 0xcc, 0xfc, 0x81, 1, 2];
    let post = [("text", "hi".into()), ("title", "News".into()), ("fields", bytes(&map))];
    house.ask(Some(&anna), "/api/v1/messages/post", &post);
    let item = house.latest(&anna).remove(0);
    assert_eq!(get(&item, "title").as_str(), Some("News"));
    assert_eq!(get(&item, "fields").as_slice(), Some(&map[..]));
    assert_eq!(get(&item, "author").as_slice(), Some(&anna.hash().as_bytes()[..]));
    assert_eq!(get(&item, "received").as_u64(), Some(house.now.unix.as_secs()));
}

#[test]
fn what_is_sealed_is_kept_and_handed_out_unchanged_and_sent_as_no_text() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    house.answer(&bob, "/resume");
    let sealed = [0xff, 0, 0x80, b'h', b'i'];
    let post = [("opaque", bytes(&sealed)), ("scheme", 7.into()), ("id", bytes(&[1; 8]))];
    let packed = msgpack::encode(&named(&post));
    let mut effects = Vec::new();
    for _ in 0..2 {
        let request = house.request(Some(&anna), "/api/v1/messages/post", packed.clone(), MDU);
        effects.extend(house.handle(vec![request]));
    }
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(message) => Some(String::from_utf8(said(message).content).unwrap()),
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), ["Anna: (sealed; a group client shows it)"]);
    assert_eq!(house.latest(&bob).len(), 1);
    let item = house.latest(&bob).remove(0);
    assert_eq!(get(&item, "opaque").as_slice(), Some(&sealed[..]));
    assert_eq!(get(&item, "scheme").as_u64(), Some(7));
    assert!(item.as_map().unwrap().iter().all(|(name, _)| name.as_str() != Some("text")));
}

fn sign(house: &House, author: &Identity, text: &str) -> SignedMessage {
    let message = Message {
        time: crate::rns::time::UnixTime::from_secs_f64(1_700_000_000.25),
        title: b"News".to_vec(),
        content: text.as_bytes().to_vec(),
        fields: vec![0x81, 0xcc, 0xfb, 0xc4, 1, 7],
    };
    SignedMessage::sign(message, house.group.delivery, author)
}

#[test]
fn a_signed_post_and_the_same_message_by_lxmf_are_one_post_that_readers_can_verify() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let message = sign(&house, &anna, "by both roads");
    let post = [("payload", bytes(&message.payload)), ("signature", bytes(&message.signature))];
    let posted = house.ask(Some(&anna), "/api/v1/messages/post", &post);
    assert_eq!(outcome(&posted), "ok", "{posted}");
    assert!(house.deliver(&anna, &message).0);
    assert_eq!(house.ask(Some(&anna), "/api/v1/messages/post", &post), posted);

    let answer =
        house.ask(Some(&anna), "/api/v1/messages", &[("signed", true.into()), ("max_bytes", 2000.into())]);
    let items = get(&answer, "messages").as_array().unwrap();
    assert_eq!(items.len(), 1);
    let part = |name: &str| get(&items[0], name).as_slice().unwrap().to_vec();
    assert_eq!(part("post_id"), get(&posted, "post_id").as_slice().unwrap());
    // As a reader with nothing but the answer does it.
    let keys = get(&answer, "keys").as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let key = keys[0].as_slice().unwrap();
    assert_eq!(truncated_sha256::<16>(&[key]).to_vec(), part("author"));
    let signed = [part("destination"), part("source"), part("payload")].concat();
    let signed = [signed.clone(), sha256(&[&signed]).to_vec()].concat();
    assert!(PublicIdentity::from_slice(key).unwrap().verify(&signed, &part("signature")));
    assert!(get(&items[0], "text").is_nil() && get(&items[0], "fields").is_nil());
    // Unsigned, the same words stand open.
    assert_eq!(house.texts(&anna), ["by both roads"]);
}

#[test]
fn nobody_posts_what_another_has_signed() {
    let mut house = House::new();
    let (anna, mallory) = (person("anna"), person("mallory"));
    house.join(&anna, "Anna");
    house.join(&mallory, "M");
    let message = sign(&house, &anna, "mine");
    let post = [("payload", bytes(&message.payload)), ("signature", bytes(&message.signature))];
    let answer = house.ask(Some(&mallory), "/api/v1/messages/post", &post);
    assert_eq!(refusal_field(&answer), Some("signature"));
    // A signature for another group is none for this one.
    let other_group = delivery_destination(person("other group").hash());
    let elsewhere = SignedMessage::sign(message.message, other_group, &anna);
    let post = [("payload", bytes(&elsewhere.payload)), ("signature", bytes(&elsewhere.signature))];
    assert_eq!(refusal_field(&house.ask(Some(&anna), "/api/v1/messages/post", &post)), Some("signature"));
    assert!(house.texts(&anna).is_empty());
}

#[test]
fn a_burst_of_requests_for_everything_is_answered_in_portions() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    for n in 0..4 {
        house.write(&anna, &format!("{n}{}", "x".repeat(1_500_000)));
    }
    let data = msgpack::encode(&named(&[("max_bytes", (8u32 << 20).into())]));
    let mut inputs: Vec<_> =
        (0..12).map(|_| house.request(Some(&anna), "/api/v1/messages", data.clone(), MDU)).collect();
    let mut answered = 0;
    while !inputs.is_empty() {
        inputs = house.server.handle_inputs(house.now, inputs);
        let sizes: Vec<_> = std::iter::from_fn(|| house.server.poll_effect())
            .map(|effect| match effect {
                Effect::Respond { data, .. } => data.len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(sizes.iter().all(|size| *size > 6_000_000) && sizes.len() <= 3, "{sizes:?}");
        answered += sizes.len();
    }
    assert_eq!(answered, 12);
}
