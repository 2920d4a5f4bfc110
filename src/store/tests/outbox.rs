//! Promises about what waits to be sent: in order, bounded, and gone with its reason.

use super::*;
use crate::group::Relay;
use crate::store::columns::integer;
use crate::store::outbox::{MAX_BYTES, MAX_COPIES, MAX_PER_RECIPIENT};
use crate::store::{CopyKey, CopyState, OutboxSize, Outgoing, Priority, Reach};

fn queue(tx: &Transaction<'_>, priority: Priority, text: &str, people: &[IdentityHash], secs: i64) -> u64 {
    let message = Outgoing { priority, seq: None, payload: text.as_bytes() };
    tx.queue(gid(1), message, people, time(secs)).unwrap()
}

/// What is due first, in words.
fn first(tx: &Transaction<'_>, who: IdentityHash) -> Option<(CopyKey, String)> {
    let key = tx.next_copy(gid(1), who, None).unwrap()?;
    let payload = tx.payload(gid(1), key.number).unwrap().expect("a copy has a body");
    Some((key, String::from_utf8(payload).unwrap()))
}

/// Everything that waits for somebody, in the order of sending. Ends it.
fn drain(tx: &Transaction<'_>, who: IdentityHash) -> Vec<String> {
    std::iter::from_fn(|| {
        let (key, text) = first(tx, who)?;
        assert!(tx.end_copy(&key, CopyState::Delivered).unwrap());
        Some(text)
    })
    .collect()
}

fn due(tx: &Transaction<'_>, secs: i64) -> Vec<IdentityHash> {
    tx.due_recipients(time(secs), 100).unwrap().iter().map(|recipient| recipient.identity).collect()
}

fn outbox_rows(tx: &Transaction<'_>) -> Vec<String> {
    let is_left = |line: &String| line.starts_with("outbox_") && !line.starts_with("outbox_totals");
    dump(tx).into_iter().filter(is_left).collect()
}

#[test]
fn answers_leave_before_notices_before_relays_and_each_in_order() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    // All in one microsecond, as in one batch, and then with a clock that was set back.
    for (priority, text, secs) in [
        (Priority::Relay, "r1", 5),
        (Priority::Notice, "n1", 5),
        (Priority::Relay, "r2", 5),
        (Priority::Answer, "a1", 5),
        (Priority::Answer, "a2", 5),
        (Priority::Relay, "r3", -100),
    ] {
        queue(&tx, priority, text, &[person(1)], secs);
    }
    assert_eq!(drain(&tx, person(1)), ["a1", "a2", "n1", "r1", "r2", "r3"]);
    assert_eq!(tx.outbox_size().unwrap(), OutboxSize::default());
    assert_eq!(outbox_rows(&tx), [""; 0]);
}

#[test]
fn a_body_stands_once_however_many_get_it_and_goes_with_its_last_copy() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    queue(&tx, Priority::Relay, "hello", &[person(1), person(2), person(3)], 1);
    assert_eq!(tx.outbox_size().unwrap(), OutboxSize { copies: 3, bytes: 5 });
    assert_eq!(outbox_rows(&tx).iter().filter(|row| row.starts_with("outbox_bodies")).count(), 1);
    for number in [2, 1, 3] {
        let (key, text) = first(&tx, person(number)).unwrap();
        assert_eq!(text, "hello");
        assert!(tx.end_copy(&key, CopyState::Delivered).unwrap());
        assert!(!tx.end_copy(&key, CopyState::Delivered).unwrap(), "it has ended");
    }
    assert_eq!(outbox_rows(&tx), [""; 0]);
    assert_eq!(tx.outbox_size().unwrap(), OutboxSize::default());
}

#[test]
fn what_a_member_waits_for_goes_when_they_leave_or_are_banned_and_relays_go_when_they_pause() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let group = gid(1);
    new_group(&tx, group);
    let by = Caller::Operator;
    for number in 1..=4 {
        join(&tx, group, person(number));
        let relay = Act::SwitchRelay(Relay::Everything);
        act(&tx, group, Caller::Identified(person(number)), relay, time(3)).unwrap();
    }
    let everybody = [person(1), person(2), person(3), person(4)];
    queue(&tx, Priority::Relay, "relay", &everybody, 4);
    queue(&tx, Priority::Answer, "answer", &everybody, 4);
    act(&tx, group, Caller::Identified(person(1)), Act::Leave, time(5)).unwrap();
    let ban = Act::Ban { identity: person(2), reason: String::new(), until: None, remove: Remove::Nothing };
    act(&tx, group, by, ban, time(5)).unwrap();
    let pause = Act::SwitchRelay(Relay::Off);
    act(&tx, group, Caller::Identified(person(3)), pause, time(5)).unwrap();
    let left = everybody.map(|who| drain(&tx, who));
    assert_eq!(left, [vec![], vec![], vec!["answer".to_owned()], vec!["answer".into(), "relay".into()]]);
}

#[test]
fn copies_of_a_wiped_message_are_not_sent_any_more() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    let post = link_post(gid(1), person(1), 1, "regretted");
    let head = say(&tx, gid(1), post.clone());
    for (seq, text) in [(head.seq, "Anna: regretted"), (Seq(head.seq.0 + 1), "Anna: sorry")] {
        let copy = Outgoing { priority: Priority::Relay, seq: Some(seq), payload: text.as_bytes() };
        tx.queue(gid(1), copy, &[person(2), person(3)], time(3)).unwrap();
    }
    assert!(delete(&tx, post.id));
    assert_eq!([2, 3].map(|number| drain(&tx, person(number))), [["Anna: sorry"], ["Anna: sorry"]]);
}

#[test]
fn too_much_for_one_person_costs_them_the_oldest_of_what_matters_least() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    queue(&tx, Priority::Answer, "answer", &[person(1)], 1);
    let most = i64::try_from(MAX_PER_RECIPIENT).unwrap();
    let given_up: u64 =
        (0..most + 9).map(|number| queue(&tx, Priority::Relay, &number.to_string(), &[person(1)], 2)).sum();
    assert_eq!(given_up, 10);
    let left = drain(&tx, person(1));
    assert_eq!(left.len() as u64, MAX_PER_RECIPIENT);
    assert_eq!(left[..2], ["answer", "10"]);
}

#[test]
fn too_much_in_all_costs_the_oldest_of_what_matters_least() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    queue(&tx, Priority::Answer, "answer", &[person(1)], 1);
    queue(&tx, Priority::Relay, "old", &[person(1), person(2)], 2);
    tx.sql.execute("UPDATE outbox_totals SET copies = ?1", [integer(MAX_COPIES - 1)]).unwrap();
    assert_eq!(queue(&tx, Priority::Relay, "new", &[person(3), person(4)], 3), 1);
    let left = [1, 2, 3, 4].map(|number| drain(&tx, person(number)));
    assert_eq!(left, [["answer"], ["old"], ["new"], ["new"]]);

    tx.sql.execute("UPDATE outbox_totals SET copies = 0, bytes = 0", []).unwrap();
    queue(&tx, Priority::Relay, "body", &[person(1), person(2)], 4);
    tx.sql.execute("UPDATE outbox_totals SET bytes = ?1", [integer(MAX_BYTES)]).unwrap();
    assert_eq!(queue(&tx, Priority::Notice, "x", &[person(5)], 4), 2, "a body is freed with its last copy");
    assert_eq!(drain(&tx, person(5)), ["x"]);
}

#[test]
fn what_is_too_old_is_given_up_kind_by_kind() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    queue(&tx, Priority::Answer, "answer", &[person(1)], 1);
    queue(&tx, Priority::Relay, "old", &[person(1), person(2)], 1);
    queue(&tx, Priority::Relay, "new", &[person(1)], 3);
    assert_eq!(tx.give_up_older(Priority::Relay, time(2)).unwrap(), 2);
    assert_eq!(tx.give_up_older(Priority::Relay, time(2)).unwrap(), 0);
    assert_eq!(drain(&tx, person(1)), ["answer", "new"]);
    assert_eq!(outbox_rows(&tx), [""; 0]);
}

#[test]
fn people_are_due_by_what_they_wait_for_and_then_by_time_and_not_while_something_is_on_its_way() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    queue(&tx, Priority::Relay, "r", &[person(1)], 1);
    queue(&tx, Priority::Relay, "r", &[person(2)], 2);
    queue(&tx, Priority::Answer, "a", &[person(3)], 3);
    assert_eq!(due(&tx, 3), [person(3), person(1), person(2)]);
    assert_eq!(due(&tx, 1), [person(1)]);
    assert_eq!(tx.next_due().unwrap(), Some(time(1)));
    for number in 1..=3 {
        tx.occupy_recipient(gid(1), person(number)).unwrap();
    }
    assert_eq!((due(&tx, 100), tx.next_due().unwrap()), (vec![], None));
    // A relay waits its turn; who asks for something is there.
    queue(&tx, Priority::Relay, "r", &[person(1)], 4);
    queue(&tx, Priority::Answer, "a", &[person(2)], 4);
    assert_eq!(due(&tx, 100), [person(2)]);
    tx.reached(gid(1), person(1), time(5)).unwrap();
    assert_eq!(due(&tx, 100), [person(2), person(1)]);
}

#[test]
fn who_is_out_of_reach_is_tried_later_or_when_heard_and_remembered_for_a_while() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    let fails = |failures, secs| {
        let reach = Reach { failures, remembered: time(50) };
        tx.set_due(gid(1), person(1), time(secs), reach).unwrap();
    };
    queue(&tx, Priority::Relay, "one", &[person(1)], 1);
    assert!(!tx.heard(gid(1), person(1), time(1)).unwrap(), "was never out of reach");
    fails(3, 900);
    assert_eq!(due(&tx, 899), []);
    assert_eq!(tx.due_recipients(time(900), 9).unwrap()[0].failures, 3);
    assert!(tx.heard(gid(1), person(1), time(10)).unwrap());
    assert_eq!(tx.due_recipients(time(10), 9).unwrap()[0].failures, 0);
    // A clock that was set back does not make people wait for years.
    fails(3, 900);
    tx.wake_after(time(899), time(20)).unwrap();
    assert_eq!(due(&tx, 20), [person(1)]);
    // The last copy went to a propagation node.
    assert_eq!(drain(&tx, person(1)), ["one"]);
    fails(3, 30);
    assert_eq!((due(&tx, 49), due(&tx, 50)), (vec![], vec![person(1)]));
    queue(&tx, Priority::Relay, "two", &[person(1)], 40);
    let known = tx.due_recipients(time(40), 9).unwrap();
    assert_eq!((known.len(), known[0].failures), (1, 3), "due now, and known to be away");
    assert_eq!(drain(&tx, person(1)), ["two"]);
    tx.occupy_recipient(gid(1), person(1)).unwrap();
    assert_eq!(outbox_rows(&tx), [""; 0]);
}

#[test]
fn after_a_start_everybody_is_due_each_in_their_own_time() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    queue(&tx, Priority::Relay, "r", &[person(1), person(2)], 1);
    tx.occupy_recipient(gid(1), person(1)).unwrap();
    let reach = Reach { failures: 1, remembered: time(9_000) };
    tx.set_due(gid(1), person(2), time(9_000), reach).unwrap();
    let mut delay = 0;
    tx.wake_recipients(time(10), |people| {
        assert_eq!(people, 2);
        delay += 5;
        std::time::Duration::from_secs(delay)
    })
    .unwrap();
    assert_eq!(
        (due(&tx, 14), due(&tx, 15), due(&tx, 20)),
        (vec![], vec![person(1)], vec![person(1), person(2)])
    );
}
