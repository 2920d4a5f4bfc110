//! Promises of the cache.

use super::*;
use crate::group::GroupId;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

const GROUP: DestinationHash = DestinationHash::from_bytes([1; 16]);

fn known(destination: DestinationHash, name: &str) -> KnownGroup {
    KnownGroup {
        destination,
        gid: GroupId::from_bytes([2; 16]),
        delivery: DestinationHash::from_bytes([3; 16]),
        name: name.to_owned(),
        cursor: None,
    }
}

fn cache() -> Cache {
    let mut cache = Cache::open_in_memory().unwrap();
    cache.remember_group(&known(GROUP, "Perch"), UnixTime::from_micros(1)).unwrap();
    cache
}

fn message(seq: u64, text: &str) -> CachedMessage {
    CachedMessage { seq, text: text.to_owned(), ..CachedMessage::default() }
}

fn said(messages: &[(u64, &str)]) -> Vec<Change> {
    messages.iter().map(|(seq, text)| Change::Said(message(*seq, text))).collect()
}

fn up_to(cursor: u8, changes: Vec<Change>) -> Page {
    Page { changes, reach: Reach::UpTo(vec![cursor]), kept: None }
}

fn texts(cache: &Cache) -> Vec<(u64, String)> {
    cache.latest(GROUP, 100).unwrap().into_iter().map(|message| (message.seq, message.text)).collect()
}

#[test]
fn what_has_changed_is_applied_and_only_what_says_something_new_is_told() {
    let mut cache = cache();
    let new = cache.take_in(GROUP, up_to(1, said(&[(1, "one"), (2, "two"), (3, "three")]))).unwrap();
    assert_eq!(new.len(), 3);
    let reactions = vec![("👍".to_owned(), 2)];
    let marked = Change::Marked { seq: 3, pinned: true, reactions: reactions.clone() };
    let changes = vec![Change::Said(message(1, "ONE")), Change::Gone(2), marked];
    let new = cache.take_in(GROUP, up_to(2, changes)).unwrap();
    assert_eq!(new, [message(1, "ONE")]);
    assert_eq!(texts(&cache), [(1, "ONE".into()), (3, "three".into())]);
    let last = cache.latest(GROUP, 1).unwrap().remove(0);
    assert_eq!((last.pinned, last.reactions), (true, reactions));
    assert_eq!(cache.group(GROUP).unwrap().unwrap().cursor, Some(vec![2]));
    assert_eq!(cache.take_in(GROUP, up_to(2, said(&[(1, "ONE")]))).unwrap(), []);
}

#[test]
fn what_is_not_among_the_latest_is_gone_and_what_is_older_stays() {
    let mut cache = cache();
    cache.take_in(GROUP, up_to(1, said(&[(1, "one"), (2, "two"), (3, "three"), (4, "four")]))).unwrap();
    let latest = Page { changes: said(&[(2, "two"), (4, "four")]), reach: Reach::Latest, kept: None };
    assert_eq!(cache.take_in(GROUP, latest).unwrap(), []);
    assert_eq!(texts(&cache), [(1, "one".into()), (2, "two".into()), (4, "four".into())]);
    assert_eq!(
        cache.group(GROUP).unwrap().unwrap().cursor,
        Some(vec![1]),
        "the next sync goes on from there"
    );
    let nothing = Page { changes: Vec::new(), reach: Reach::Latest, kept: None };
    cache.take_in(GROUP, nothing).unwrap();
    assert_eq!(texts(&cache).len(), 3);
}

#[test]
fn what_the_group_keeps_no_more_is_forgotten_but_for_what_is_pinned() {
    let mut cache = cache();
    let pinned = CachedMessage { pinned: true, ..message(1, "pinned") };
    let changes = [vec![Change::Said(pinned)], said(&[(2, "two"), (3, "three")])].concat();
    cache.take_in(GROUP, up_to(1, changes)).unwrap();
    cache.take_in(GROUP, Page { kept: Some(3), ..up_to(2, Vec::new()) }).unwrap();
    assert_eq!(texts(&cache), [(1, "pinned".into()), (3, "three".into())]);
    let afresh = Page { changes: said(&[(9, "nine")]), reach: Reach::Afresh(vec![7]), kept: None };
    cache.take_in(GROUP, afresh).unwrap();
    assert_eq!(texts(&cache), [(9, "nine".into())]);
}

#[test]
fn every_part_of_a_message_comes_back() {
    let mut cache = cache();
    let identity = IdentityHash::from_bytes([7; 16]);
    let whole = CachedMessage {
        seq: 1 << 40,
        author: Author { identity: Some(identity), number: Some(4) },
        time: Some(1_700_000_000),
        edited: Some(1_700_000_001),
        recipient: Some(Author { identity: None, number: Some(5) }),
        reply_to: Some(3),
        title: Some("title".into()),
        text: "täxt".into(),
        attached: 2,
        cut: true,
        pinned: true,
        reactions: vec![("👍".into(), 1)],
    };
    cache.take_in(GROUP, up_to(1, vec![Change::Said(whole.clone())])).unwrap();
    assert_eq!(cache.latest(GROUP, 5).unwrap(), [whole]);
}

#[test]
fn people_are_called_by_their_nicks_and_told_apart() {
    let mut cache = cache();
    let person = |number: u32, nick: Option<&str>| KnownPerson {
        number,
        identity: IdentityHash::from_bytes([u8::try_from(number).unwrap(); 16]),
        nick: nick.map(str::to_owned),
    };
    let people = [person(1, Some("Anna")), person(2, Some("Ben")), person(3, Some("Anna")), person(4, None)];
    cache.learn_people(GROUP, &people).unwrap();
    let names = cache.names(GROUP).unwrap();
    let by_number = |number| names.of(Author { identity: None, number: Some(number) });
    let called = [1, 2, 3, 4, 5].map(by_number);
    assert_eq!(called, ["Anna (1)", "Ben", "Anna (3)", "04040404", "member 5"]);
    let by_hash = |byte| Author { identity: Some(IdentityHash::from_bytes([byte; 16])), number: None };
    assert_eq!((names.of(by_hash(2)), names.of(by_hash(9))), ("Ben".into(), "09090909".into()));
    assert!(names.knows(by_hash(2)) && !names.knows(by_hash(9)));
}

#[test]
fn an_unconfirmed_post_is_said_again_with_the_same_bytes_until_it_is_settled() {
    let mut cache = cache();
    assert_eq!(cache.unconfirmed(GROUP, "hi", vec![1]).unwrap(), [1]);
    assert_eq!(cache.unconfirmed(GROUP, "hi", vec![2]).unwrap(), [1]);
    assert_eq!(cache.unconfirmed(GROUP, "ho", vec![3]).unwrap(), [3]);
    cache.settle_post(GROUP, "hi").unwrap();
    assert_eq!(cache.unconfirmed(GROUP, "hi", vec![4]).unwrap(), [4]);
}

#[test]
fn the_group_that_was_used_last_comes_first_and_joining_again_keeps_the_cursor() {
    let mut cache = cache();
    let other = DestinationHash::from_bytes([9; 16]);
    cache.remember_group(&known(other, "Other"), UnixTime::from_micros(2)).unwrap();
    let first = |cache: &Cache| cache.groups().unwrap().remove(0).name;
    assert_eq!(first(&cache), "Other");
    cache.note_used(GROUP, UnixTime::from_micros(3)).unwrap();
    assert_eq!(first(&cache), "Perch");
    cache.take_in(GROUP, up_to(5, Vec::new())).unwrap();
    cache.remember_group(&known(GROUP, "Renamed"), UnixTime::from_micros(4)).unwrap();
    let group = cache.group(GROUP).unwrap().unwrap();
    assert_eq!((group.name.as_str(), group.cursor), ("Renamed", Some(vec![5])));
}

#[test]
fn a_cache_is_opened_by_two_at_once_is_for_its_owner_alone_and_never_taken_for_a_servers() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cache.db");
    let mut one = Cache::open(&path).unwrap();
    let two = Cache::open(&path).unwrap();
    one.remember_group(&known(GROUP, "Perch"), UnixTime::from_micros(1)).unwrap();
    assert_eq!(two.groups().unwrap().len(), 1);
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    drop((one, two));
    assert!(matches!(crate::store::Store::open(&path), Err(StoreError::NotOurs)));
    let server = dir.path().join("roost.db");
    drop(crate::store::Store::open(&server).unwrap());
    assert!(matches!(Cache::open(&server), Err(StoreError::NotOurs)));
}
