//! Promises about what others get of a message.

use std::collections::BTreeMap;

use super::*;
use crate::group::{Authorship, GroupId};

fn person(number: u8) -> IdentityHash {
    IdentityHash::from_bytes([number; 16])
}

/// These people, who want everything.
fn all(numbers: impl IntoIterator<Item = u8>) -> Vec<(IdentityHash, Wanted)> {
    numbers.into_iter().map(|number| (person(number), Wanted::Everything)).collect()
}

fn post(title: &[u8], text: &[u8], fields: Vec<u8>) -> Post {
    let body = Body::Plain { title: title.into(), text: text.into(), fields };
    let authorship = Authorship::Link { client_id: [1; 8] };
    Post::new(GroupId::from_bytes([1; 16]), person(1), UnixTime::from_micros(5), body, authorship)
}

fn fields(pairs: Vec<(u64, Value)>) -> Vec<u8> {
    msgpack::encode(&Value::Map(pairs.into_iter().map(|(id, value)| (id.into(), value)).collect()))
}

fn reply(quote: Option<&str>) -> Vec<u8> {
    let mut pairs = vec![(0x30, Value::Binary(vec![9; 32]))];
    pairs.extend(quote.map(|quote| (0x31, quote.into())));
    fields(pairs)
}

fn reaction() -> Vec<u8> {
    let value = vec![(0.into(), Value::Binary(vec![9; 32])), (1.into(), "+1".into())];
    fields(vec![(0x40, Value::Map(value))])
}

/// What bob (2) gets, who has the target as 22…, and what eve (3) gets, who has not: text and fields.
fn sent(post: &Post, target: bool) -> [Option<(String, Value)>; 2] {
    let copies = BTreeMap::from([(person(2), [22; 32])]);
    let target = target.then(|| Target {
        seq: Seq(12),
        text: "what is the plan for tonight and tomorrow?\n?".into(),
        copies,
    });
    let relay = Relay {
        post,
        name: "Anna",
        time: UnixTime::from_micros(7_000_000),
        target,
        icon: None,
        language: Language::English,
    };
    let versions = relay.versions(&all([1, 2, 3]));
    assert!(versions.iter().all(|version| !version.recipients.contains(&person(1))), "never to its author");
    [2, 3].map(|number| {
        let version = versions.iter().find(|version| version.recipients.contains(&person(number)))?;
        let Ok(Value::Array(four)) = msgpack::decode(&version.payload) else { panic!() };
        assert_eq!((&four[0], &four[1]), (&Value::F64(7.0), &Value::Binary(vec![])));
        Some((String::from_utf8(four[2].as_slice().unwrap().to_vec()).unwrap(), four[3].clone()))
    })
}

fn text_of(title: &[u8], text: &[u8]) -> String {
    sent(&post(title, text, vec![0x81, 4, 1]), false)[0].clone().unwrap().0
}

#[test]
fn a_relayed_text_names_its_author_without_brackets() {
    assert_eq!(text_of(b"", b"hello"), "Anna: hello");
    assert_eq!(text_of(b"News", b"hello"), "Anna: News\nhello");
    assert_eq!(text_of(b"", b"a\xffb"), "Anna: a\u{fffd}b");
    let sealed = Post { body: Body::Opaque { scheme: 1, bytes: vec![1] }, ..post(b"", b"", vec![]) };
    assert!(sent(&sealed, false)[0].as_ref().unwrap().0.starts_with("Anna: (sealed"));
}

#[test]
fn a_relayed_text_is_never_long() {
    assert!(text_of(b"", &[b'x'; 1_000_000]).len() <= MAX_TEXT);
    let picture = Value::Array(vec!["png".into(), Value::Binary(vec![7; 900_000])]);
    let large = post(b"", &[b'x'; 10_000], fields(vec![(0x06, picture)]));
    let (text, fields) = sent(&large, false)[0].clone().unwrap();
    assert!(
        text.len() <= MAX_TEXT
            && text.ends_with("(900 kB of attachments left out; a group client shows them)")
    );
    assert_eq!(fields, Value::Map(vec![]));
}

#[test]
fn all_get_one_version_of_what_names_no_message() {
    let post = post(b"", b"hello", vec![0x80]);
    let relay = Relay {
        post: &post,
        name: "Anna",
        time: UnixTime::from_micros(0),
        target: None,
        icon: None,
        language: Language::English,
    };
    let versions = relay.versions(&all(1..=200));
    assert_eq!((versions.len(), versions[0].recipients.len()), (1, 199));
    assert_eq!(relay.versions(&all([1])), []);
}

#[test]
fn a_picture_alone_has_no_text_and_what_has_nothing_for_others_goes_to_nobody() {
    let picture = Value::Array(vec!["png".into(), Value::Binary(vec![7])]);
    let [bob, eve] = sent(&post(b"", b"", fields(vec![(0x06, picture.clone()), (0x04, 1.into())])), false);
    assert_eq!(bob, Some((String::new(), Value::Map(vec![(0x06.into(), picture)]))));
    assert_eq!(bob, eve);
    assert_eq!(sent(&post(b"", b"", fields(vec![(0xfb, "x".into())])), false), [None, None]);
}

#[test]
fn a_reply_names_the_copy_of_who_has_it_and_tells_others_in_words() {
    let [bob, eve] = sent(&post(b"", b"yes", reply(Some("plan?"))), true);
    let named =
        vec![(0x30.into(), Value::Binary(vec![22; 32])), (0x31.into(), Value::Binary(b"plan?".to_vec()))];
    assert_eq!(bob, Some(("Anna: yes".into(), Value::Map(named))));
    assert_eq!(
        eve,
        Some(("Anna: (re 12: what is the plan for tonight and tomo…) yes".into(), Value::Map(vec![])))
    );
}

#[test]
fn a_reply_to_what_is_forgotten_keeps_the_authors_quote_in_words() {
    let [bob, _] = sent(&post(b"", b"yes", reply(Some("the plan?\nreally"))), false);
    assert_eq!(bob, Some(("Anna: (re: the plan?) yes".into(), Value::Map(vec![]))));
    let [bob, _] = sent(&post(b"", b"yes", reply(None)), false);
    assert_eq!(bob, Some(("Anna: yes".into(), Value::Map(vec![]))));
}

#[test]
fn a_large_picture_for_many_is_not_made_once_for_each() {
    let picture = Value::Array(vec!["png".into(), Value::Binary(vec![7; 400_000])]);
    let said = post(b"", b"yes", fields(vec![(0x30, Value::Binary(vec![9; 32])), (0x06, picture)]));
    let recipients = all(2..=200);
    let copies = recipients.iter().map(|(recipient, _)| (*recipient, [22; 32])).collect();
    let target = Some(Target { seq: Seq(12), text: "well".into(), copies });
    let relay = Relay {
        post: &said,
        name: "Anna",
        time: UnixTime::from_micros(0),
        target,
        icon: None,
        language: Language::English,
    };
    assert_eq!(relay.versions(&recipients[..10]).len(), 10);
    assert_eq!(relay.versions(&recipients).len(), 1);
}

#[test]
fn a_reaction_goes_to_who_has_its_message_and_says_whose_it_is() {
    let [bob, eve] = sent(&post(b"", b"", reaction()), true);
    let reaction = vec![(0.into(), Value::Binary(vec![22; 32])), (1.into(), Value::Binary(b"+1".to_vec()))];
    let author = delivery_destination(person(1)).as_bytes().to_vec();
    let fields = vec![
        (0x40.into(), Value::Map(reaction)),
        (0xfb.into(), "originator-identity".into()),
        (0xfc.into(), Value::Binary(author)),
    ];
    assert_eq!(bob, Some((String::new(), Value::Map(fields))));
    assert_eq!(eve, None);
}

#[test]
fn messages_of_one_instant_have_copies_of_different_times() {
    let now = UnixTime::from_micros(1_795_000_000_123_456);
    let times = (900..1_100).map(|seq| copy_time(now, Seq(seq)).as_secs_f64().to_bits());
    assert_eq!(times.collect::<std::collections::BTreeSet<_>>().len(), 200);
    assert_eq!(copy_time(now, Seq(1_007)).as_micros(), 1_795_000_000_123_007);
}

#[test]
fn who_wants_text_gets_no_attachments_and_no_reactions_but_the_reference() {
    let picture = Value::Array(vec!["png".into(), Value::Binary(vec![7; 30_000])]);
    let said = fields(vec![(0x0f, 2.into()), (0x06, picture), (0x30, Value::Binary(vec![9; 32]))]);
    let copies = BTreeMap::from([(person(2), [22; 32]), (person(3), [33; 32])]);
    let wants = [(person(2), Wanted::Text), (person(3), Wanted::Everything)];
    let get = |post: &Post| {
        let target = Some(Target { seq: Seq(12), text: String::new(), copies: copies.clone() });
        let relay = Relay {
            post,
            name: "Anna",
            time: UnixTime::from_micros(0),
            target,
            icon: None,
            language: Language::English,
        };
        let versions = relay.versions(&wants);
        [2, 3].map(|number| {
            let version = versions.iter().find(|version| version.recipients == [person(number)])?;
            let Ok(Value::Array(four)) = msgpack::decode(&version.payload) else { panic!() };
            Some((String::from_utf8(four[2].as_slice().unwrap().to_vec()).unwrap(), four[3].clone()))
        })
    };
    let [text, everything] = get(&post(b"", b"Look", said)).map(Option::unwrap);
    assert_eq!(text.0, "Anna: Look\n(30 kB of attachments left out; a group client shows them)");
    let kept = vec![(0x0f.into(), 2.into()), (0x30.into(), Value::Binary(vec![22; 32]))];
    assert_eq!(text.1, Value::Map(kept));
    assert_eq!((&everything.0[..], everything.1.as_map().unwrap().len()), ("Anna: Look", 3));
    let [text, everything] = get(&post(b"", b"", reaction()));
    assert!(text.is_none() && everything.is_some());
}
