//! What comes back, what it costs, and what is refused.

use std::path::Path;

use serde_json::{Value, json};

use super::dictionary::DICTIONARY;
use super::*;
use crate::api::bytes::Bytes;

fn said(author: u32, received: u64, text: &str) -> Said {
    Said {
        author: Person::Number(author),
        received,
        time: None,
        edited: None,
        to: None,
        reply_to: None,
        title: None,
        text: text.to_owned(),
        files: 0,
        other: false,
        cut: None,
        beside: Beside::default(),
    }
}

fn message(seq: u64, said: Said) -> Message {
    Message { seq, news: News::Said(Box::new(said)) }
}

fn page(messages: Vec<Message>) -> Page {
    Page { head: 1_042, next: Cursor::Seq(1_042), more: true, reset: false, kept: None, messages }
}

/// One of everything.
fn full() -> Page {
    let beside = Beside { pinned: true, reactions: vec![("👍".into(), 3), ("so true".into(), 1)] };
    let everything = Said {
        time: Some(1_790_000_000),
        edited: Some(1_795_000_999),
        to: Some(Person::Identity(IdentityHash::from_bytes([7; 16]))),
        reply_to: Some(1_000),
        title: Some("Wetter".into()),
        files: 2,
        other: true,
        cut: Some(4_711),
        beside: beside.clone(),
        ..said(300, 1_795_000_500, "Böen bis Stärke 9")
    };
    let left =
        Said { author: Person::Identity(IdentityHash::from_bytes([9; 16])), ..said(0, 1_794_999_000, "") };
    Page {
        next: Cursor::Within(Bytes(vec![0x77, 1, 2, 3])),
        reset: true,
        kept: Some(17),
        ..page(vec![
            message(1_040, everything),
            Message { seq: 12, news: News::Unchanged(beside) },
            Message { seq: 13, news: News::Unchanged(Beside::default()) },
            Message { seq: 1_041, news: News::Deleted },
            message(5, left),
        ])
    }
}

#[test]
fn what_is_encoded_comes_back() {
    let long = "a text that is as long as it gets, and says the same again. ".repeat(600);
    for page in [
        page(vec![]),
        page(vec![message(1_042, said(1, 1_795_000_000, "hello"))]),
        Page { more: false, next: Cursor::Seq(7), ..page(vec![message(7, said(1, 0, &long))]) },
        page((1..200).map(|seq| message(seq, said(2, u64::MAX >> 2, "the same every time"))).collect()),
        full(),
    ] {
        assert_eq!(decode(&encode(&page)), Ok(page));
    }
}

/// The page as `examples/compact_decoder.py` shows it.
fn as_json(page: &Page) -> Value {
    let next = match &page.next {
        Cursor::Seq(seq) => json!(seq),
        Cursor::Within(place) => json!(hex::encode(&place.0)),
    };
    let messages: Vec<_> = page.messages.iter().map(message_as_json).collect();
    let mut shown = json!({ "head": page.head, "next": next, "more": page.more, "messages": messages });
    if page.reset {
        shown["reset"] = json!(true);
    }
    if let Some(kept) = page.kept {
        shown["kept"] = json!(kept);
    }
    shown
}

fn message_as_json(message: &Message) -> Value {
    let person = |person: Person| match person {
        Person::Number(number) => json!(number),
        Person::Identity(identity) => json!(identity.to_string()),
    };
    let (beside, said) = match &message.news {
        News::Said(said) => (Some(&said.beside), Some(said)),
        News::Unchanged(beside) => (Some(beside), None),
        News::Deleted => (None, None),
    };
    let is = |is_so: bool| is_so.then_some(Value::Bool(true));
    let of = |what: &dyn Fn(&Said) -> Option<Value>| said.and_then(|said| what(said));
    let fields = [
        ("seq", Some(json!(message.seq))),
        ("deleted", is(message.news == News::Deleted)),
        ("pinned", is(beside.is_some_and(|beside| beside.pinned))),
        (
            "reactions",
            beside.filter(|beside| !beside.reactions.is_empty()).map(|beside| json!(beside.reactions)),
        ),
        ("author", of(&|said| Some(person(said.author)))),
        ("received", of(&|said| Some(json!(said.received)))),
        ("time", of(&|said| said.time.map(|time| json!(time)))),
        ("edited", of(&|said| said.edited.map(|edited| json!(edited)))),
        ("to", of(&|said| said.to.map(person))),
        ("reply_to", of(&|said| said.reply_to.map(|seq| json!(seq)))),
        ("title", of(&|said| said.title.as_ref().map(|title| json!(title)))),
        ("text", of(&|said| Some(json!(said.text)))),
        ("files", of(&|said| (said.files > 0).then(|| json!(said.files)))),
        ("other", of(&|said| is(said.other))),
        ("cut", of(&|said| is(said.cut.is_some()))),
        ("size", of(&|said| said.cut.map(|size| json!(size)))),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[test]
fn golden_bodies_are_what_is_written_and_say_what_they_said() {
    let words = "the water in the river is high, does anybody know how the road to the bridge is?";
    let cases = [
        ("nothing", Page { more: false, ..page(vec![]) }),
        ("plain", Page { more: false, ..page(vec![message(1_042, said(1, 1_795_000_000, "qxj"))]) }),
        (
            "dictionary",
            page(vec![
                message(1_040, said(17, 1_795_000_000, words)),
                message(1_042, said(200, 1_795_000_090, "yes, open again")),
            ]),
        ),
        ("everything", full()),
    ];
    let shown = cases.iter().map(
        |(name, page)| json!({ "name": name, "body": hex::encode(encode(page)), "says": as_json(page) }),
    );
    let mut text = serde_json::to_string_pretty(&shown.collect::<Vec<_>>()).unwrap();
    text.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/compact/golden.json");
    if std::env::var_os("ROOST_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stored, text, "run the tests with ROOST_BLESS=1 and read what changes");
    for (golden, (_, page)) in serde_json::from_str::<Vec<Value>>(&stored).unwrap().iter().zip(&cases) {
        let body = hex::decode(golden["body"].as_str().unwrap()).unwrap();
        assert_eq!(decode(&body).as_ref(), Ok(page));
    }
}

/// The texts by which we measure must not be what the dictionary was made from.
#[test]
fn the_dictionary_was_not_made_from_the_texts_of_the_tests() {
    let dictionary = std::str::from_utf8(&DICTIONARY).unwrap();
    assert!((1_024..=4_096).contains(&dictionary.len()), "{}", dictionary.len());
    let corpus = include_str!("../../../tests/corpus/chat.txt");
    for line in corpus.lines() {
        let letters: Vec<char> = line.chars().collect();
        for run in letters.windows(16) {
            let run: String = run.iter().collect();
            assert!(!dictionary.contains(&run), "{run}");
        }
    }
}

#[test]
fn four_bytes_stand_beside_the_text_of_a_usual_message() {
    let texts = ["the water is high", "is it?", "yes, over the road at the bridge"];
    let (mut seq, mut received) = (1_040, 1_795_000_000);
    let mut messages = Vec::new();
    for text in texts {
        messages.push(message(seq, said(17, received, text)));
        (seq, received) = (seq + 1, received + 55);
    }
    let all = encode(&page(messages));
    let together = super::super::deflate::deflated(texts.concat().as_bytes(), &DICTIONARY);
    // Version, head, how many; the first time takes three bytes more than a difference.
    let frame = 1 + 2 + 1 + 3;
    assert_eq!(all.len(), frame + 3 * 4 + together.len());
}

#[test]
fn no_bytes_do_harm_and_none_are_left_over() {
    let whole = encode(&full());
    for length in 0..whole.len() {
        assert!(decode(&whole[..length]).is_err(), "the first {length} bytes");
    }
    assert_eq!(decode(&[&whole[..], &[0]].concat()), Err(NotCompact::Malformed));
    assert_eq!(decode(&[0x2f, 1, 2, 3]), Err(NotCompact::Version(2)));
    // As many messages as can be said, and texts as long, with nothing there.
    let claims = [&[0x12, 1][..], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    assert_eq!(decode(&claims), Err(NotCompact::Malformed));
    let unknown_flag = [0x10, 1, 1, 1, 0x80, 0x20, 1, 0, 0];
    assert_eq!(decode(&unknown_flag), Err(NotCompact::Malformed));
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << bit;
            let _ = decode(&damaged);
        }
    }
}
