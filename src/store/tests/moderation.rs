//! Kicks, mutes, held posts, and what a ban removes: what they do to tables, and that the log tells it all again.

use super::*;
use crate::group::event::{HeldDropped, MessageHeld, MessagePosted};
use crate::group::moderation::HeldState;
use crate::group::{Already, RefusalCode, Seq};

fn operator(tx: &Transaction<'_>, wanted: Act, secs: i64) -> Option<Head> {
    act(tx, gid(1), Caller::Operator, wanted, time(secs)).unwrap()
}

fn held(tx: &Transaction<'_>, post: &Post) -> Seq {
    let group = tx.group(gid(1)).unwrap().unwrap();
    let event = MessageHeld { post: post.clone(), why: "links".into() }.into();
    tx.apply(gid(1), Some(&group.head), &event, time(2), SALT).unwrap().seq
}

fn apply(tx: &Transaction<'_>, event: impl Into<GroupEvent>) {
    let group = tx.group(gid(1)).unwrap().unwrap();
    tx.apply(gid(1), Some(&group.head), &event.into(), time(3), SALT).unwrap();
}

fn with_group(work: impl FnOnce(&Transaction<'_>)) {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for who in 1..=3 {
        join(&tx, gid(1), person(who));
    }
    work(&tx);
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn who_is_kicked_is_no_member_and_may_come_again() {
    with_group(|tx| {
        let kick = || Act::Kick { member: person(1), reason: "noise".into() };
        assert!(operator(tx, kick(), 3).is_some());
        assert_eq!(tx.member(gid(1), person(1)).unwrap(), None);
        assert_eq!(operator(tx, kick(), 3), None, "and is not kicked twice");
        join(tx, gid(1), person(1));
    });
}

#[test]
fn who_is_muted_reads_and_does_not_write_until_it_ends_also_after_leaving() {
    with_group(|tx| {
        let me = Caller::Identified(person(1));
        let post = |id| Act::Post(link_post(gid(1), person(1), id, "hi"));
        let mute = Act::Mute { identity: person(1), reason: "calm down".into(), until: Some(time(100)) };
        operator(tx, mute, 3).unwrap();
        let refused = act(tx, gid(1), me, post(1), time(4)).unwrap_err();
        assert_eq!(refused.code, RefusalCode::Muted);
        assert_eq!(refused.what.to_string(), "You can read here, but not write: calm down.");
        act(tx, gid(1), me, Act::Leave, time(5)).unwrap();
        join(tx, gid(1), person(1));
        assert_eq!(act(tx, gid(1), me, post(1), time(99)).unwrap_err().code, RefusalCode::Muted);
        act(tx, gid(1), me, post(1), time(100)).unwrap().expect("it has ended");
        let mute = Act::Mute { identity: person(2), reason: String::new(), until: None };
        operator(tx, mute, 200).unwrap();
        assert_eq!(tx.mutes_page(gid(1), None, 9, time(200)).unwrap().len(), 1, "one has run out");
        operator(tx, Act::Unmute { identity: person(2) }, 201).unwrap();
        assert_eq!(operator(tx, Act::Unmute { identity: person(2) }, 202), None);
        act(
            tx,
            gid(1),
            Caller::Identified(person(2)),
            Act::Post(link_post(gid(1), person(2), 1, "hi")),
            time(203),
        )
        .unwrap();
    });
}

#[test]
fn a_held_post_is_published_with_its_authors_proof_and_waits_no_more() {
    with_group(|tx| {
        let post = lxmf_post(gid(1), person(1), "look: http://x");
        let seq = held(tx, &post);
        assert_eq!(tx.post_seq(gid(1), post.id).unwrap(), None, "nobody sees it");
        assert_eq!(tx.held_counts(gid(1), person(1)).unwrap(), (1, 1));
        assert_eq!(tx.held_counts(gid(1), person(2)).unwrap(), (1, 0));
        let waits = tx.held_page(gid(1), Seq(0), 9).unwrap();
        assert_eq!((waits[0].seq, &waits[0].post, waits[0].why.as_str()), (seq, &post, "links"));
        let published = operator(tx, Act::Publish(post.id), 5).unwrap();
        let message = tx.message_at(gid(1), None, published.seq).unwrap().unwrap();
        assert!(matches!(message.content, crate::store::Content::Post(found) if *found == post));
        assert_eq!(tx.held_page(gid(1), Seq(0), 9).unwrap(), []);
        assert!(tx.event(gid(1), seq).unwrap().unwrap().private.is_none(), "it stands in one place");
        assert_eq!(operator(tx, Act::Publish(post.id), 6), None);
        // Deleted then, it does not wait again.
        assert!(delete(tx, post.id));
        assert_eq!(tx.held_post(gid(1), post.id).unwrap(), None);
    });
}

#[test]
fn a_dropped_post_is_gone_and_nobody_brings_it_again() {
    with_group(|tx| {
        let post = lxmf_post(gid(1), person(1), "look: http://x");
        let seq = held(tx, &post);
        operator(tx, Act::Drop { post: post.id, reason: "spam".into() }, 5).unwrap();
        assert_eq!(tx.held_post(gid(1), post.id).unwrap(), Some(HeldState::Dropped));
        assert!(tx.event(gid(1), seq).unwrap().unwrap().private.is_none());
        assert_eq!(operator(tx, Act::Drop { post: post.id, reason: String::new() }, 6), None);
        let again = act(tx, gid(1), Caller::Identified(person(1)), Act::Post(post.clone()), time(7));
        assert_eq!(again.unwrap_err().code, RefusalCode::NotAllowed);
        let unknown = Act::Publish(lxmf_post(gid(1), person(1), "another").id);
        let refused = act(tx, gid(1), Caller::Operator, unknown, time(8)).unwrap_err();
        assert_eq!(refused.code, RefusalCode::NotFound);
    });
}

#[test]
fn a_post_that_waits_is_not_held_twice() {
    with_group(|tx| {
        let post = lxmf_post(gid(1), person(1), "look");
        let seq = held(tx, &post);
        let group = tx.group(gid(1)).unwrap().unwrap();
        let again = Act::Post(post);
        let standing = tx.standing(&group.facts, Caller::Identified(person(1)), Some(&again)).unwrap();
        let decided = rules::decide(&group.facts, Caller::Identified(person(1)), &standing, again, time(4));
        assert_eq!(decided, Ok(Decision::Already(Already::Held(seq))));
    });
}

#[test]
fn a_ban_removes_what_it_says_in_one_event_and_drops_what_waits() {
    with_group(|tx| {
        say(tx, gid(1), link_post(gid(1), person(1), 1, "first secret"));
        say(tx, gid(1), link_post(gid(1), person(2), 1, "somebody else"));
        say(tx, gid(1), lxmf_post(gid(1), person(1), "second secret"));
        let waits = link_post(gid(1), person(1), 9, "third secret");
        let seq = held(tx, &waits);
        let before = tx.head(gid(1)).unwrap().unwrap().seq;
        let ban = |remove| Act::Ban { identity: person(1), reason: "spam".into(), until: None, remove };
        let head = operator(tx, ban(Remove::All), 5).unwrap();
        assert_eq!(head.seq, before.next(), "one event");
        assert_eq!(tx.to_purge(gid(1), Some(person(1)), (None, None)).unwrap(), []);
        assert_eq!(tx.to_purge(gid(1), Some(person(2)), (None, None)).unwrap().len(), 1);
        assert_eq!(tx.held_post(gid(1), waits.id).unwrap(), Some(HeldState::Dropped));
        assert!(tx.event(gid(1), seq).unwrap().unwrap().private.is_none());
        let secret = hex::encode("secret");
        assert!(dump(tx).iter().all(|line| !line.contains(&secret) && !line.contains("secret")));
        let row = tx.ban(gid(1), person(1)).unwrap().unwrap();
        assert_eq!((row.number.map(|number| number.0), row.nick), (Some(1), None));
        assert_eq!(operator(tx, ban(Remove::All), 6), None, "there is nothing left to remove");
    });
}

#[test]
fn a_ban_may_remove_what_was_said_lately_only() {
    with_group(|tx| {
        for (id, secs) in [(1, 10), (2, 20), (3, 30)] {
            let post = Act::Post(link_post(gid(1), person(1), id, "hi"));
            act(tx, gid(1), Caller::Identified(person(1)), post, time(secs)).unwrap();
        }
        let remove = Remove::Since(time(19));
        operator(tx, Act::Ban { identity: person(1), reason: String::new(), until: None, remove }, 40)
            .unwrap();
        assert_eq!(tx.to_purge(gid(1), Some(person(1)), (None, None)).unwrap().len(), 1);
    });
}

#[test]
fn events_about_posts_that_are_not_there_change_nothing_else() {
    with_group(|tx| {
        let post = link_post(gid(1), person(1), 1, "hi");
        let author = person(1);
        apply(tx, HeldDropped { target: post.id, author, reason: String::new(), by: None });
        apply(tx, MessagePosted::from(post));
        assert_eq!(tx.held_page(gid(1), Seq(0), 9).unwrap(), []);
    });
}
