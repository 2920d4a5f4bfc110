//! Promises about what was said later: edited, deleted, pinned, said to one, found by words, or let go of.

use super::*;
use crate::group::{Body, PostId};
use crate::store::{Content, words};

fn plain(text: &str) -> Body {
    Body::Plain { title: Vec::new(), text: text.into(), fields: vec![0x80] }
}

fn edited(author: IdentityHash, id: u8, text: &str) -> Post {
    Post::new(gid(1), author, time(-1), plain(text), Authorship::Link { client_id: [id; 8] })
}

fn by(number: u8) -> Caller {
    Caller::Identified(person(number))
}

/// Does it, as the one who may.
fn must(tx: &Transaction<'_>, caller: Caller, wanted: Act) -> Seq {
    act(tx, gid(1), caller, wanted, time(20)).unwrap().expect("was not so before").seq
}

fn texts(tx: &Transaction<'_>, viewer: Option<IdentityHash>) -> Vec<String> {
    let mut texts = Vec::new();
    let reader = Reader { viewer, author: None };
    tx.messages_before(gid(1), reader, (Seq(0), Seq(u64::MAX)), 99, &mut |message| {
        let Content::Post(post) = message.content else { panic!("what is wiped is left out") };
        texts.insert(0, String::from_utf8(post.body.text().unwrap().to_vec()).unwrap());
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    texts
}

fn found(tx: &Transaction<'_>, viewer: Option<IdentityHash>, wanted: &str) -> Vec<u64> {
    let mut seqs = Vec::new();
    let reader = Reader { viewer, author: None };
    tx.messages_with(gid(1), reader, &words(wanted), Seq(u64::MAX), 99, &mut |message| {
        seqs.push(message.seq.0);
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    seqs
}

fn react(tx: &Transaction<'_>, who: u8, id: u8, target: PostId, emoji: &str) -> Seq {
    let map = rmp_serde::to_vec(&std::collections::BTreeMap::from([(1, emoji)])).unwrap();
    let fields = [&[0x81, 0x40][..], &map].concat();
    let body = Body::Plain { title: Vec::new(), text: Vec::new(), fields };
    let post = Post::new(gid(1), person(who), time(0), body, Authorship::Link { client_id: [id; 8] });
    must(tx, by(who), Act::Post(Post { about: Some(target), ..post }))
}

/// Three members; 1 has said "one", "two", "three" as 5, 6, 7.
fn talk(tx: &Transaction<'_>) -> [PostId; 3] {
    new_group(tx, gid(1));
    for number in 1..=3 {
        join(tx, gid(1), person(number));
    }
    [(1, "one apple"), (2, "two apples"), (3, "three pears")].map(|(id, text)| {
        let post = link_post(gid(1), person(1), id, text);
        say(tx, gid(1), post.clone());
        post.id
    })
}

#[test]
fn an_edit_keeps_number_and_first_time_and_nothing_of_the_older_text() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let [one, ..] = talk(&tx);
    let first = must(&tx, by(1), Act::Edit { target: one, post: edited(person(1), 9, "uno") });
    let event = must(&tx, by(1), Act::Edit { target: one, post: edited(person(1), 10, "un") });
    let message = tx.message(gid(1), None, one).unwrap().unwrap();
    assert_eq!((message.seq, message.id, message.body, message.changed), (Seq(5), one, event, event));
    assert_eq!((message.host_time, message.first, message.edited), (time(2), Some(time(-5)), Some(time(20))));
    assert_eq!(texts(&tx, None), ["un", "two apples", "three pears"]);
    for wiped in [Seq(5), first] {
        assert_eq!(tx.event(gid(1), wiped).unwrap().unwrap().private, None);
    }
    assert_eq!(
        (found(&tx, None, "uno"), found(&tx, None, "apple"), found(&tx, None, "un")),
        (vec![], vec![], vec![5])
    );
    assert_replay_gives_the_same(&tx, gid(1));
    let refused =
        act(&tx, gid(1), by(2), Act::Edit { target: one, post: edited(person(2), 1, "eins") }, time(20));
    assert_eq!(refused.unwrap_err().code, crate::group::RefusalCode::NotAllowed);
}

#[test]
fn the_log_replays_to_the_same_tables_whatever_was_changed_and_wiped() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let [one, two, three] = talk(&tx);
    react(&tx, 2, 1, one, "+");
    let regretted = react(&tx, 3, 2, one, "-");
    react(&tx, 3, 3, two, "+");
    must(&tx, by(1), Act::Edit { target: one, post: edited(person(1), 9, "uno") });
    must(&tx, Caller::Operator, Act::Pin(one));
    let (_, minus) = tx.reaction_of(gid(1), one, "-", person(3)).unwrap().unwrap();
    must(&tx, by(3), Act::Delete { target: minus, reason: String::new() });
    assert_eq!(tx.reaction(gid(1), minus).unwrap().unwrap().seq, regretted);
    assert_eq!(tx.reaction_counts(gid(1), one, 9).unwrap(), [("+".to_owned(), 1)]);
    must(&tx, by(1), Act::Delete { target: two, reason: "wrong".into() });
    assert_replay_gives_the_same(&tx, gid(1));
    let direct = Act::Direct { to: person(2), post: edited(person(3), 20, "for you") };
    must(&tx, by(3), direct);
    let again = Post { about: Some(three), ..edited(person(3), 20, "for you") };
    let target = again.id;
    must(&tx, by(3), Act::Edit { target, post: edited(person(3), 21, "for thee") });
    assert_replay_gives_the_same(&tx, gid(1));
    let purge = Act::Purge { of: Some(person(3)), since: None, before: None, reason: "spam".into() };
    must(&tx, Caller::Operator, purge);
    assert_eq!(texts(&tx, Some(person(2))), ["uno", "three pears"]);
    assert_replay_gives_the_same(&tx, gid(1));
    must(&tx, Caller::Host, Act::Prune(Seq(12)));
    assert_eq!(tx.kept(gid(1)).unwrap().messages, 1, "what is pinned stays");
    must(&tx, Caller::Operator, Act::Unpin(one));
    let kept = tx.kept(gid(1)).unwrap();
    assert_eq!((kept.messages, kept.bytes, kept.pruned_to), (0, 0, Seq(12)));
    assert_replay_gives_the_same(&tx, gid(1));
    tx.verify_chain(gid(1)).unwrap();
}

#[test]
fn what_is_said_to_one_is_shown_to_two_and_found_by_two() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let direct = Act::Direct { to: person(2), post: edited(person(3), 20, "secret plums") };
    let seq = must(&tx, by(3), direct);
    for (viewer, sees) in [(None, false), (Some(1), false), (Some(2), true), (Some(3), true)] {
        let viewer = viewer.map(person);
        assert_eq!(texts(&tx, viewer).contains(&"secret plums".to_owned()), sees);
        assert_eq!(found(&tx, viewer, "plums").len(), usize::from(sees));
        assert_eq!(tx.message_at(gid(1), viewer, seq).unwrap().is_some(), sees);
        let mut changes = 0;
        let reader = Reader { viewer, author: None };
        let counted = tx.messages_changed(gid(1), reader, Place::after(Seq(7)), 99, &mut |_| {
            changes += 1;
            Ok(ControlFlow::Continue(()))
        });
        counted.unwrap();
        assert_eq!(changes, usize::from(sees));
    }
    let id = edited(person(3), 20, "").id;
    for caller in [Caller::Operator, by(1)] {
        let deletion = Act::Delete { target: id, reason: String::new() };
        assert!(act(&tx, gid(1), caller, deletion, time(9)).is_err(), "what one can't see one can't delete");
    }
    let stranger = Act::Direct { to: person(9), post: edited(person(3), 30, "hello?") };
    let refused = act(&tx, gid(1), by(3), stranger, time(9)).unwrap_err();
    assert_eq!(refused.code, crate::group::RefusalCode::NotFound);
}

#[test]
fn words_are_found_in_any_case_and_in_the_order_of_numbers_with_a_limit() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    say(&tx, gid(1), link_post(gid(1), person(2), 8, "ONE Äpfel, \"pears\" — and OR near*"));
    assert_eq!(found(&tx, None, "ONE"), [8, 5]);
    assert_eq!(found(&tx, None, "äpfel pears"), [8]);
    assert_eq!(found(&tx, None, "or"), [8]);
    assert_eq!(found(&tx, None, "near"), [8]);
    assert_eq!(found(&tx, None, "pea"), Vec::<u64>::new());
    assert_eq!(found(&tx, None, ""), Vec::<u64>::new());
    let reader = Reader { viewer: None, author: Some(person(1)) };
    let mut seqs = Vec::new();
    let scanned = tx.messages_with(gid(1), reader, &words("one"), Seq(u64::MAX), 99, &mut |message| {
        seqs.push(message.seq.0);
        Ok(ControlFlow::Continue(()))
    });
    assert_eq!((scanned.unwrap(), seqs), (Scanned { last: Some(Seq(5)), more: false }, vec![5]));
    let one = tx.messages_with(gid(1), Reader::default(), &words("one"), Seq(8), 1, &mut |message| {
        assert_eq!(message.seq, Seq(5));
        Ok(ControlFlow::Continue(()))
    });
    assert!(!one.unwrap().more);
}

#[test]
fn another_groups_words_are_not_found() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    new_group(&tx, gid(2));
    join(&tx, gid(2), person(1));
    say(&tx, gid(2), link_post(gid(2), person(1), 1, "apple elsewhere"));
    assert_eq!((found(&tx, None, "apple"), found(&tx, None, "elsewhere")), (vec![5], vec![]));
}

#[test]
fn one_who_follows_gets_each_message_once_as_it_is_now() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let [one, two, three] = talk(&tx);
    let known = tx.head(gid(1)).unwrap().unwrap().seq;
    must(&tx, by(1), Act::Edit { target: one, post: edited(person(1), 9, "uno") });
    say(&tx, gid(1), link_post(gid(1), person(2), 8, "new"));
    say(&tx, gid(1), link_post(gid(1), person(2), 9, "came and went"));
    assert!(delete(&tx, two));
    assert!(delete(&tx, link_post(gid(1), person(2), 9, "").id));
    react(&tx, 2, 1, three, "+");
    must(&tx, by(1), Act::Edit { target: one, post: edited(person(1), 10, "un") });
    let mut got = Vec::new();
    walk_changed(&tx, known, 99, &mut |message| {
        got.push((message.seq.0, matches!(message.content, Content::Wiped), message.body > known));
        ControlFlow::Continue(())
    });
    assert_eq!(got, [(9, false, true), (6, true, false), (7, false, false), (5, false, true)]);
}

#[test]
fn a_walk_goes_on_in_the_middle_of_what_one_event_has_changed() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    talk(&tx);
    let known = tx.head(gid(1)).unwrap().unwrap().seq;
    let purge = Act::Purge { of: Some(person(1)), since: None, before: None, reason: String::new() };
    must(&tx, Caller::Operator, purge);
    let (mut place, mut got) = (Place::after(known), Vec::new());
    loop {
        let scanned = tx.messages_changed(gid(1), Reader::default(), place, 1, &mut |message| {
            place = Place { known, changed: message.changed, seq: message.seq };
            got.push(message.seq.0);
            Ok(ControlFlow::Continue(()))
        });
        if !scanned.unwrap().more {
            break;
        }
    }
    assert_eq!(got, [5, 6, 7]);
}

#[test]
fn a_database_of_an_older_version_gets_words_and_reactions_once() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let [one, ..] = talk(&tx);
    react(&tx, 2, 1, one, "+");
    let now = dump(&tx);
    for sql in [
        "DELETE FROM group_text_ordinals",
        "INSERT INTO group_text (group_text) VALUES ('delete-all')",
        "UPDATE group_reactions SET emoji = NULL",
        "UPDATE group_messages SET reactions = 0",
    ] {
        tx.sql.execute(sql, []).unwrap();
    }
    assert_eq!(found(&tx, None, "apple"), Vec::<u64>::new());
    tx.commit().unwrap();
    store.refill().unwrap();
    store.refill().unwrap();
    let tx = store.begin().unwrap();
    assert_eq!(found(&tx, None, "apple"), [5]);
    assert_eq!(dump(&tx), now);
    assert_eq!(tx.reaction_counts(gid(1), one, 9).unwrap(), [("+".to_owned(), 1)]);
}

#[test]
fn only_so_many_messages_are_pinned_and_reactions_and_whispers_never() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let [one, ..] = talk(&tx);
    for id in 0..16 {
        let post = link_post(gid(1), person(1), 100 + id, "pin me");
        say(&tx, gid(1), post.clone());
        must(&tx, Caller::Operator, Act::Pin(post.id));
    }
    let refused = act(&tx, gid(1), Caller::Operator, Act::Pin(one), time(9)).unwrap_err();
    assert_eq!(refused.code, crate::group::RefusalCode::TooMany);
    let again = link_post(gid(1), person(1), 100, "pin me").id;
    assert_eq!(act(&tx, gid(1), Caller::Operator, Act::Pin(again), time(9)).unwrap(), None);
    must(&tx, Caller::Operator, Act::Unpin(again));
    react(&tx, 2, 1, one, "+");
    let (_, reaction) = tx.reaction_of(gid(1), one, "+", person(2)).unwrap().unwrap();
    must(&tx, by(3), Act::Direct { to: person(2), post: edited(person(3), 20, "plums") });
    for target in [reaction, edited(person(3), 20, "plums").id] {
        assert!(act(&tx, gid(1), Caller::Operator, Act::Pin(target), time(9)).is_err());
    }
    must(&tx, Caller::Operator, Act::Pin(one));
}

#[test]
fn retention_takes_the_oldest_and_leaves_what_is_pinned() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let [one, two, _] = talk(&tx);
    must(&tx, Caller::Operator, Act::Pin(one));
    react(&tx, 2, 1, two, "+");
    must(&tx, Caller::Host, Act::Prune(Seq(6)));
    assert_eq!(texts(&tx, None), ["one apple", "three pears"]);
    let kept = tx.kept(gid(1)).unwrap();
    assert_eq!((kept.messages, kept.pruned_to, kept.pruned_at), (2, Seq(6), Seq(10)));
    assert_eq!(found(&tx, None, "apples"), Vec::<u64>::new());
    let mut got = Vec::new();
    walk_changed(&tx, Seq(7), 99, &mut |message| {
        got.push(message.seq.0);
        ControlFlow::Continue(())
    });
    assert_eq!(got, [5], "what retention took is not told one by one");
    let again = act(&tx, gid(1), by(1), Act::Post(link_post(gid(1), person(1), 2, "two apples")), time(30));
    assert_eq!(again.unwrap(), None, "it does not come back");
    assert_replay_gives_the_same(&tx, gid(1));
}
