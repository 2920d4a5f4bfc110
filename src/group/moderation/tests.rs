use super::*;
use crate::group::body::{Body, NO_FIELDS};
use crate::group::id::GroupId;
use crate::group::post::Authorship;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

fn of(body: Body) -> Post {
    let (gid, author) = (GroupId::from_bytes([1; 16]), IdentityHash::from_bytes([2; 16]));
    Post::new(gid, author, UnixTime::from_micros(0), body, Authorship::Link { client_id: [3; 8] })
}

fn post(text: &str) -> Post {
    of(Body::Plain { title: Vec::new(), text: text.into(), fields: NO_FIELDS.to_vec() })
}

fn with_fields(fields: &[u8]) -> Post {
    of(Body::Plain { title: Vec::new(), text: b"look".to_vec(), fields: fields.to_vec() })
}

fn terms(filters: &[&str]) -> ModerationTerms {
    let filters = filters.iter().map(|written| written.parse().unwrap()).collect();
    let terms = ModerationTerms { filters, ..ModerationTerms::default() };
    terms.check().unwrap();
    terms
}

/// Does this filter refuse such a post?
fn refuses(filter: &str, post: &Post) -> bool {
    match terms(&[&format!("refuse {filter}")]).look_at(post, Author::default()) {
        Ok(None) => false,
        Ok(Some(why)) => panic!("held for {why}"),
        Err(refusal) => refusal.code == RefusalCode::Filtered,
    }
}

#[test]
fn words_are_found_whole_in_whatever_case_and_with_nothing_hidden_in_them() {
    for text in
        ["casino", "the CASINO!", "Casino-Royal", "ca\u{200b}si\u{ad}no", "go:casino", "x casinos casino"]
    {
        assert!(refuses("word casino", &post(text)), "{text}");
    }
    for text in ["casinos", "no", "mycasino", "casin o", ""] {
        assert!(!refuses("word casino", &post(text)), "{text}");
    }
    assert!(refuses("word Straße", &post("in der STRASSE")));
    assert!(refuses("word ΟΔΟΣ", &post("οδός οδος")));
    assert!(refuses("word buy now", &post("Buy now!")));
    let titled = Body::Plain { title: b"Casino".to_vec(), text: b"x".to_vec(), fields: NO_FIELDS.to_vec() };
    assert!(refuses("word casino", &of(titled)), "a title is read, too");
}

#[test]
fn patterns_are_regular_expressions_that_do_not_mind_case() {
    assert!(refuses(r"pattern \bwin \d+ EUR", &post("You WIN 500 eur")));
    assert!(refuses(r"pattern ^\S+$", &post("Ü")));
    assert!(refuses(r"pattern [A-Z]{3}\W", &post("abc!")));
    assert!(!refuses(r"pattern \bwin \d+ EUR", &post("win some EUR")));
    // A way that takes others for ever.
    let slow = "a".repeat(10_000);
    assert!(!refuses(r"pattern (a+)+b", &post(&slow)));
}

#[test]
fn links_are_what_programs_make_links_of() {
    for text in [
        "see http://example.org",
        "HTTPS://EXAMPLE.ORG",
        "www.example.org",
        "lxm://abc",
        "mailto:a@example.org",
        "9ce92808be498e9e05590ff27cbfdfe4:/page/index.mu",
    ] {
        assert!(refuses("links", &post(text)), "{text}");
    }
    for text in ["and/or", "12:30", "9ce92808be498e9e05590ff27cbfdfe4", "a :// b", "ok :/", "deadbeef:/x"] {
        assert!(!refuses("links", &post(text)), "{text}");
    }
}

#[test]
fn lengths_fields_and_attachments_are_told_apart() {
    assert!(refuses("longer 5", &post("äöüäöü")) && !refuses("longer 6", &post("äöüäöü")));
    let image = with_fields(&[0x81, 0x06, 0x92, 0xa3, b'p', b'n', b'g', 0xc4, 3, 1, 2, 3]);
    assert!(refuses("images", &image) && !refuses("files", &image) && !refuses("audio", &image));
    assert!(refuses("attachments", &image) && !refuses("attachments 100", &image));
    assert!(refuses("field 6", &image) && refuses("field 0x06", &image) && !refuses("field 7", &image));
    assert!(!refuses("attachments", &post("text")));
}

#[test]
fn a_sealed_post_has_no_text_to_filter_but_can_be_told_apart() {
    let sealed = of(Body::Opaque { scheme: 1, bytes: b"casino".to_vec() });
    for filter in ["word casino", "pattern casino", "links", "longer 1", "files"] {
        assert!(!refuses(filter, &sealed), "{filter}");
    }
    assert!(refuses("sealed", &sealed) && !refuses("sealed", &post("open")));
}

#[test]
fn a_refusal_says_what_is_not_taken() {
    let what = |filter: &str, text: &str| {
        terms(&[filter]).look_at(&post(text), Author::default()).unwrap_err().what.to_string()
    };
    assert_eq!(what("refuse links", "http://x"), "This group doesn't take links.");
    assert_eq!(what("refuse word spam", "spam"), "This group doesn't take the word \u{201c}spam\u{201d}.");
    assert_eq!(what("refuse pattern b[au]y as advertising", "buy"), "This group doesn't take advertising.");
}

/// The event of a held message keeps the words of English, and everybody is told in their own.
#[test]
fn what_a_message_is_held_for_is_read_back_from_its_event() {
    for filter in [
        "hold word casino",
        "hold pattern b[au]y",
        "hold longer 5",
        "hold links",
        "hold files",
        "hold images",
        "hold audio",
        "hold attachments",
        "hold attachments 7",
        "hold field 6",
        "hold sealed",
        "hold links as advertising",
    ] {
        let why = filter.parse::<Filter>().unwrap().shown();
        assert_eq!(held_for(&why.to_string()), why, "{filter}");
    }
    for why in [Sentence::AFirstMessage, Sentence::ANewcomersMessage, Sentence::EveryMessage] {
        assert_eq!(held_for(&why.to_string()), why);
    }
}

#[test]
fn what_one_filter_holds_another_may_refuse() {
    let both = terms(&["hold links", "refuse word casino"]);
    assert_eq!(both.look_at(&post("http://x"), Author::default()), Ok(Some(Sentence::Links)));
    assert!(both.look_at(&post("http://casino"), Author::default()).is_err());
    assert_eq!(both.look_at(&post("hello"), Author::default()), Ok(None));
}

#[test]
fn what_is_held_follows_from_the_author_and_the_post() {
    let new = Author { is_newcomer: true, has_posted: false };
    let old = Author { is_newcomer: false, has_posted: true };
    let holds = |hold, author, text: &str| {
        let terms = ModerationTerms { hold, ..ModerationTerms::default() };
        terms.look_at(&post(text), author).unwrap().is_some()
    };
    assert!(!holds(Hold::Nothing, new, "http://x"));
    assert!(holds(Hold::First, new, "hi") && !holds(Hold::First, old, "hi"));
    assert!(holds(Hold::Newcomers, new, "hi") && !holds(Hold::Newcomers, old, "hi"));
    assert!(holds(Hold::Links, old, "http://x") && !holds(Hold::Links, new, "hi"));
    assert!(holds(Hold::Everything, old, "hi"));
}

#[test]
fn a_text_that_is_too_long_to_look_through_does_not_slip_through() {
    let long = post(&"lorem ipsum ".repeat(4_000));
    assert!(refuses("word casino", &long));
    assert!(!refuses("images", &long), "which does not depend on the text");
}

#[test]
fn filters_are_written_as_they_are_read() {
    for written in [
        "refuse word casino",
        "hold pattern \\d{5} as numbers",
        "refuse longer 500",
        "hold links",
        "refuse files",
        "refuse images as pictures, they are too large",
        "refuse audio",
        "refuse attachments 20000",
        "hold field 251",
        "refuse sealed",
    ] {
        let filter: Filter = written.parse().unwrap();
        assert_eq!(filter.to_string(), written);
        let packed = rmp_serde::to_vec_named(&filter).unwrap();
        assert_eq!(rmp_serde::from_slice::<Filter>(&packed).unwrap(), filter);
    }
    assert_eq!(" Refuse  LINKS ".parse::<Filter>(), "refuse links".parse());
}

#[test]
fn filters_that_cannot_be_used_are_refused_with_a_sentence() {
    let long = format!("refuse word {}", "x".repeat(200));
    let large = "refuse pattern (a{100}){100}";
    for written in [
        "",
        "refuse",
        "allow links",
        "refuse word",
        "refuse word ",
        "refuse pattern (",
        "refuse pattern a*",
        "refuse longer many",
        "refuse links now",
        "refuse field",
        "refuse links as ",
        large,
        &long,
    ] {
        let refusal = written.parse::<Filter>().unwrap_err();
        assert_eq!(refusal.code, RefusalCode::BadRequest, "{written}");
        assert!(refusal.what.to_string().len() < 220);
    }
    let too_many = ModerationTerms { filters: vec!["refuse links".parse().unwrap(); 65], ..terms(&[]) };
    assert!(too_many.check().is_err());
    let too_many = ModerationTerms { filters: vec!["refuse pattern a".parse().unwrap(); 17], ..terms(&[]) };
    assert!(too_many.check().is_err());
    assert!(ModerationTerms { slow: MAX_SLOW + 1, ..terms(&[]) }.check().is_err());
    assert!(ModerationTerms { gap: 0, ..terms(&[]) }.check().is_err());
}

#[test]
fn terms_that_leave_something_out_read_as_the_default() {
    let empty: ModerationTerms = rmp_serde::from_slice(&[0x80]).unwrap();
    assert_eq!(empty, ModerationTerms::default());
    let terms = ModerationTerms { slow: 5, ..terms(&["hold links"]) };
    let packed = rmp_serde::to_vec_named(&terms).unwrap();
    assert_eq!(rmp_serde::from_slice::<ModerationTerms>(&packed).unwrap(), terms);
}
