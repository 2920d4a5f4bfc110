//! Promises about messages: stored once, found again, handed out in order and within bounds.

use crate::group::event::{MessagePosted, Reacted};
use std::ops::ControlFlow;

use super::*;
use crate::group::encoding::{self, Header};
use crate::store::walks::{BEFORE, BEFORE_BY, CHANGED, PINNED, select};
use crate::store::{Content, CopyRow, CopyState};

/// Messages 3, 4, 6, 7, 8 of a group; 1, 2 and 5 are other events.
fn talk(tx: &Transaction<'_>) {
    new_group(tx, gid(1));
    join(tx, gid(1), person(1));
    say(tx, gid(1), link_post(gid(1), person(1), 3, "three"));
    say(tx, gid(1), lxmf_post(gid(1), person(1), "four"));
    join(tx, gid(1), person(2));
    for number in [6, 7, 8] {
        say(tx, gid(1), link_post(gid(1), person(2), number, "more"));
    }
}

fn take(
    into: &mut Vec<StoredMessage>,
    most: usize,
) -> impl FnMut(StoredMessage) -> ControlFlow<()> + use<'_> {
    move |message| {
        if into.len() == most {
            return ControlFlow::Break(());
        }
        into.push(message);
        ControlFlow::Continue(())
    }
}

fn seqs(messages: &[StoredMessage]) -> Vec<u64> {
    messages.iter().map(|message| message.seq.0).collect()
}

#[test]
fn a_post_is_stored_once() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    tx.commit().unwrap();
    let before = dump(&store.begin().unwrap());
    for post in [link_post(gid(1), person(1), 3, "three"), lxmf_post(gid(1), person(1), "four")] {
        let tx = store.begin().unwrap();
        let seq = tx.post_seq(gid(1), post.id).unwrap();
        assert!(seq.is_some());
        let again = act(&tx, gid(1), Caller::Identified(person(1)), Act::Post(post.clone()), time(9));
        assert_eq!(again.unwrap(), None);
        let head = tx.head(gid(1)).unwrap();
        let event = GroupEvent::MessagePosted(MessagePosted::from(post));
        assert!(is_constraint(&tx.apply(gid(1), head.as_ref(), &event, time(9), SALT)));
    }
    assert_eq!(dump(&store.begin().unwrap()), before);
}

#[test]
fn a_signed_post_comes_back_with_every_byte_that_was_signed() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let post = lxmf_post(gid(1), person(1), "four");
    let stored = tx.message(gid(1), None, post.id).unwrap().unwrap();
    assert_eq!((stored.seq, stored.host_time), (Seq(4), time(2)));
    assert_ne!(post.author_time, stored.host_time);
    assert_eq!(stored.content, Content::Post(Box::new(post)));
    let missing = link_post(gid(1), person(1), 99, "").id;
    assert_eq!(tx.message(gid(1), None, missing).unwrap(), None);
}

#[test]
fn a_text_stands_once_on_the_disk() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    let text = "a text that is easy to find";
    say(&tx, gid(1), lxmf_post(gid(1), person(1), text));
    let all = dump(&tx).join("\n");
    assert_eq!(all.matches(&hex::encode(text)).count() + all.matches(text).count(), 1);
}

#[test]
fn latest_and_earlier_messages_come_newest_first() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let mut got = Vec::new();
    let scanned = walk_latest(&tx, 2, &mut take(&mut got, 99));
    assert_eq!((seqs(&got), scanned), (vec![8, 7], Scanned { last: Some(Seq(7)), more: true }));
    got.clear();
    let scanned = tx
        .messages_before(gid(1), Reader::default(), (Seq(0), Seq(7)), 9, &mut |message| {
            Ok(take(&mut got, 99)(message))
        })
        .unwrap();
    assert_eq!((seqs(&got), scanned), (vec![6, 4, 3], Scanned { last: Some(Seq(3)), more: false }));
}

#[test]
fn a_second_sync_brings_only_what_is_new() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let mut got = Vec::new();
    let scanned = walk_changed(&tx, Seq(0), 3, &mut take(&mut got, 99));
    assert_eq!((seqs(&got), scanned), (vec![3, 4, 6], Scanned { last: Some(Seq(6)), more: true }));
    got.clear();
    let scanned = walk_changed(&tx, Seq(6), 3, &mut take(&mut got, 99));
    assert_eq!((seqs(&got), scanned), (vec![7, 8], Scanned { last: Some(Seq(8)), more: false }));
    got.clear();
    let scanned = walk_changed(&tx, Seq(8), 3, &mut take(&mut got, 99));
    assert_eq!((seqs(&got), scanned), (vec![], Scanned { last: None, more: false }));
}

#[test]
fn what_does_not_fit_the_budget_is_handed_out_next_time() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let mut got = Vec::new();
    let scanned = walk_changed(&tx, Seq(0), 9, &mut take(&mut got, 2));
    assert_eq!((seqs(&got), scanned), (vec![3, 4], Scanned { last: Some(Seq(4)), more: true }));
    got.clear();
    let scanned = walk_changed(&tx, Seq(4), 9, &mut take(&mut got, 3));
    assert_eq!((seqs(&got), scanned), (vec![6, 7, 8], Scanned { last: Some(Seq(8)), more: false }));
    got.clear();
    let scanned = walk_latest(&tx, 9, &mut take(&mut got, 0));
    assert_eq!((seqs(&got), scanned), (vec![], Scanned { last: None, more: true }));
    let scanned = walk_latest(&tx, 0, &mut take(&mut got, 9));
    assert_eq!(scanned, Scanned { last: None, more: true });
}

#[test]
fn a_wiped_message_is_handed_out_as_a_place_without_text() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let post = lxmf_post(gid(1), person(1), "four");
    assert!(delete(&tx, post.id));
    let mut got = Vec::new();
    walk_changed(&tx, Seq(8), 1, &mut take(&mut got, 9));
    assert_eq!(got.len(), 1);
    let place = &got[0];
    assert_eq!((place.seq, place.id, place.host_time), (Seq(4), post.id, time(2)));
    assert_eq!((&place.content, place.recipient, place.first), (&Content::Wiped, None, None));
    assert_eq!(place.changed, tx.head(gid(1)).unwrap().unwrap().seq);
    let again = act(&tx, gid(1), Caller::Identified(person(1)), Act::Post(post), time(9));
    assert_eq!(again.unwrap(), None, "what was wiped does not come back");
}

#[test]
fn an_opaque_post_comes_back_as_it_went_in() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    let body = Body::Opaque { scheme: 200, bytes: (0..=255).collect() };
    let post = Post::new(gid(1), person(1), time(1), body, Authorship::Link { client_id: [1; 8] });
    say(&tx, gid(1), post.clone());
    let stored = tx.message(gid(1), None, post.id).unwrap().unwrap();
    assert_eq!(stored.content, Content::Post(Box::new(post)));
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn no_question_that_a_peer_may_ask_scans_or_sorts_a_table() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    for sql in [
        select(BEFORE),
        select(BEFORE_BY),
        select(CHANGED),
        select(PINNED),
        crate::store::messages::PURGE_OF.into(),
        crate::store::messages::PURGE_ALL.into(),
        "SELECT seq FROM group_reactions WHERE gid = ?1 AND target = ?2 AND emoji = ?3 AND author = ?4"
            .into(),
        "SELECT seq FROM group_messages WHERE gid = ?1 AND author = ?2 ORDER BY seq DESC LIMIT 1".into(),
        crate::store::copies::POST_OF_COPY.into(),
        "SELECT identity_hash FROM group_copies WHERE gid = ?1 AND seq = ?2".into(),
        "SELECT seq FROM group_reactions WHERE gid = ?1 AND post_id = ?2".into(),
        "SELECT identity_hash FROM group_members WHERE gid = ?1 AND relay <> 'off' ORDER BY number".into(),
        "SELECT nick FROM group_members WHERE gid = ?1 AND number > ?2 ORDER BY number LIMIT ?3".into(),
    ] {
        let mut statement = tx.sql.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let params = (1..=statement.parameter_count()).map(|_| 1);
        let plan = statement.query_map(rusqlite::params_from_iter(params), |row| row.get::<_, String>(3));
        let plan = plan.unwrap().collect::<Result<Vec<_>, _>>().unwrap().join("; ");
        assert!(plan.contains("SEARCH") && !plan.contains("SCAN") && !plan.contains("TEMP"), "{sql}: {plan}");
    }
}

#[test]
fn a_reaction_is_stored_once_and_stands_among_no_messages() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let target = lxmf_post(gid(1), person(1), "four");
    let Authorship::Lxmf { message_hash, .. } = target.authorship else { panic!() };
    let original = CopyRow { recipient: person(1), message_hash, state: CopyState::Original };
    tx.put_copies(gid(1), Seq(4), &[original]).unwrap();
    let post = reaction(gid(1), person(2), &target);
    let head = say(&tx, gid(1), post.clone());
    let event = tx.event(gid(1), head.seq).unwrap().unwrap();
    let header = Header::decode(&event.header).unwrap();
    let reacted = GroupEvent::Reacted(Reacted { target: target.id, post: post.clone() });
    assert_eq!(encoding::decode(&header, event.private.as_deref()), encoding::Decoded::Event(reacted));
    assert_eq!(tx.reaction_seq(gid(1), post.id).unwrap(), Some(head.seq));
    let again = act(&tx, gid(1), Caller::Identified(person(2)), Act::Post(post), time(9));
    assert_eq!(again.unwrap(), None);
    let mut got = Vec::new();
    walk_latest(&tx, 1, &mut take(&mut got, 99));
    assert_eq!(seqs(&got), [8]);
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn a_wiped_reaction_keeps_its_place_and_does_not_come_back() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let target = lxmf_post(gid(1), person(1), "four");
    let post = reaction(gid(1), person(2), &target);
    let event = GroupEvent::Reacted(Reacted { target: target.id, post: post.clone() });
    let head = tx.head(gid(1)).unwrap();
    let head = tx.apply(gid(1), head.as_ref(), &event, time(3), SALT).unwrap();
    tx.wipe_event(gid(1), head.seq).unwrap();
    let mut copy = Store::open_in_memory().unwrap();
    let copy = copy.begin().unwrap();
    crate::store::replay(&tx, &copy, gid(1)).unwrap();
    assert_eq!(copy.reaction_seq(gid(1), post.id).unwrap(), Some(head.seq));
    let again = act(&copy, gid(1), Caller::Identified(person(2)), Act::Post(post), time(9));
    assert_eq!(again.unwrap(), None);
}
