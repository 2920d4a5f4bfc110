//! What comes back, what it costs, and what is refused.

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
    let left = Said {
        author: Person::Identity(IdentityHash::from_bytes([9; 16])),
        ..said(0, 1_794_999_000, "")
    };
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
    let together = super::super::deflate::deflated(texts.concat().as_bytes(), &dictionary());
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
