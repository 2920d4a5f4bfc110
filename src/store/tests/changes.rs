//! Promises about what changes a group, and what does not.

use super::*;
use crate::group::encoding::{Header, encode_private};
use crate::group::event::Weight;
use crate::group::event::{IdentityBanned, IdentityUnbanned, MemberJoined, MemberLeft, MessagePosted};
use crate::group::{Application, MemberNumber, Relay};
use crate::store::EventRow;
use crate::store::keys::{KeyPurpose, KeyRow};

#[test]
fn banned_identity_cannot_join_or_post() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    say(&tx, gid(1), link_post(gid(1), person(1), 1, "before"));
    let ban = Act::Ban { identity: person(1), reason: "spam".into(), until: None, remove: Remove::Nothing };
    act(&tx, gid(1), Caller::Operator, ban, time(3)).unwrap();
    assert_eq!(tx.member(gid(1), person(1)).unwrap(), None);
    assert_eq!(tx.member_count(gid(1)).unwrap(), 0);
    let after = dump(&tx);
    for wanted in [
        Act::Join(Application::default()),
        Act::Post(link_post(gid(1), person(1), 2, "after")),
        Act::Post(lxmf_post(gid(1), person(1), "signed with another destination of the same person")),
        Act::SwitchRelay(Relay::Everything),
    ] {
        let refused = act(&tx, gid(1), Caller::Identified(person(1)), wanted, time(4)).unwrap_err();
        assert_eq!(refused.code, crate::group::RefusalCode::Banned);
    }
    assert_eq!(dump(&tx), after);
    act(&tx, gid(1), Caller::Operator, Act::Unban { identity: person(1) }, time(5)).unwrap();
    join(&tx, gid(1), person(1));
}

#[test]
fn member_numbers_are_never_reused() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for number in 1..=5 {
        join(&tx, gid(1), person(7));
        assert_eq!(tx.member(gid(1), person(7)).unwrap().unwrap().number, MemberNumber(number));
        act(&tx, gid(1), Caller::Identified(person(7)), Act::Leave, time(2)).unwrap();
    }
    assert_eq!(tx.next_member_number(gid(1)).unwrap(), MemberNumber(6));
    let head = tx.head(gid(1)).unwrap();
    let old = GroupEvent::MemberJoined(MemberJoined::new(person(8), MemberNumber(5), None));
    assert!(is_constraint(&tx.apply(gid(1), head.as_ref(), &old, time(3), SALT)));
}

#[test]
fn event_time_never_runs_backwards() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    let post = |id| Act::Post(link_post(gid(1), person(1), id, "hi"));
    let late = act(&tx, gid(1), Caller::Identified(person(1)), post(1), time(100)).unwrap().unwrap();
    let back = act(&tx, gid(1), Caller::Identified(person(1)), post(2), time(50)).unwrap().unwrap();
    assert_eq!((late.time, back.time), (time(100), time(100)));
    let head = tx.head(gid(1)).unwrap().unwrap();
    let event = GroupEvent::MemberLeft(MemberLeft::new(person(1)));
    let header = Header::of(&event, head.seq.next(), time(99));
    let row = EventRow::new(
        gid(1),
        (head.term, head.seq.next()),
        Some(&head),
        header.encode(),
        SALT,
        encode_private(&event),
    );
    assert!(matches!(tx.append(Some(&head), &row), Err(StoreError::Damaged { .. })));
}

#[test]
fn applying_on_a_stale_head_changes_nothing() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let stale = new_group(&tx, gid(1));
    let current = join(&tx, gid(1), person(1));
    let before = dump(&tx);
    let event = GroupEvent::MessagePosted(MessagePosted::from(link_post(gid(1), person(1), 1, "hi")));
    let wrong = [
        None,
        Some(stale),
        Some(Head { term: 2, ..current }),
        Some(Head { seq: Seq(9), ..current }),
        Some(Head { hash: [0; 32], ..current }),
    ];
    for head in wrong {
        let result = tx.apply(gid(1), head.as_ref(), &event, time(9), SALT);
        assert!(
            matches!(result, Err(StoreError::Conflict { found: Some(found) }) if found == current),
            "{head:?}"
        );
        assert_eq!(dump(&tx), before);
    }
    let nowhere = tx.apply(gid(2), Some(&current), &event, time(9), SALT);
    assert!(matches!(nowhere, Err(StoreError::Conflict { found: None })));
    let nowhere = tx.apply(gid(2), None, &event, time(9), SALT);
    assert!(matches!(nowhere, Err(StoreError::Conflict { found: None })));
    assert_eq!(dump(&tx), before);
}

#[test]
fn a_change_that_fails_halfway_leaves_nothing_of_its_transaction() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    let head = say(&tx, gid(1), link_post(gid(1), person(1), 1, "once"));
    tx.commit().unwrap();
    let before = dump(&store.begin().unwrap());
    let again = GroupEvent::MessagePosted(MessagePosted::from(link_post(gid(1), person(1), 1, "once")));
    let joins_again = GroupEvent::MemberJoined(MemberJoined::new(person(1), MemberNumber(2), None));
    for event in [again, joins_again, created(gid(1))] {
        let tx = store.begin().unwrap();
        let head = say(&tx, gid(1), link_post(gid(1), person(1), 2, "with it"));
        assert!(is_constraint(&tx.apply(gid(1), Some(&head), &event, time(9), SALT)));
        say(&tx, gid(1), link_post(gid(1), person(1), 3, "nor does what comes after"));
        assert!(is_constraint(&tx.commit()));
        assert_eq!(dump(&store.begin().unwrap()), before);
    }
    let tx = store.begin().unwrap();
    assert_eq!(tx.head(gid(1)).unwrap(), Some(head));
    say(&tx, gid(1), link_post(gid(1), person(1), 2, "and the group goes on"));
    assert!(tx.verify_chain(gid(1)).is_ok());
}

#[test]
fn a_post_whose_id_is_made_up_is_not_stored() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let head = new_group(&tx, gid(1));
    let mut post = link_post(gid(1), person(1), 1, "hi");
    post.id = crate::group::PostId::from_bytes([0; 16]);
    let event = GroupEvent::MessagePosted(MessagePosted::from(post));
    assert!(is_constraint(&tx.apply(gid(1), Some(&head), &event, time(9), SALT)));
}

#[test]
fn bans_applied_twice_leave_what_one_leaves() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let mut head = new_group(&tx, gid(1));
    let ban =
        GroupEvent::IdentityBanned(IdentityBanned::new((person(1), None, None), "x".into(), None, None, &[]));
    let unban = GroupEvent::IdentityUnbanned(IdentityUnbanned { identity: person(1), by: None });
    let mut seen = Vec::new();
    for event in [&ban, &ban, &unban, &unban] {
        head = tx.apply(gid(1), Some(&head), event, time(1), SALT).unwrap();
        seen.push(tx.ban(gid(1), person(1)).unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[2..], [None, None]);
    assert_eq!(tx.bans_page(gid(1), None, 10, time(9)).unwrap(), []);
}

#[test]
fn an_unknown_event_is_kept_hashed_and_skipped() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    let head = join(&tx, gid(1), person(1));
    let before = tables_without_log(&tx);
    let row = unknown_event(&head, Weight::Skippable);
    let head = tx.append(Some(&head), &row).unwrap();
    assert_eq!(tx.event(gid(1), head.seq).unwrap(), Some(row));
    assert_eq!(tables_without_log(&tx), before);
    assert_eq!(tx.verify_chain(gid(1)).unwrap(), Some(head));
    say(&tx, gid(1), link_post(gid(1), person(1), 1, "the group goes on"));
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn an_unknown_critical_event_makes_the_group_read_only() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    let head = join(&tx, gid(1), person(1));
    let head = tx.append(Some(&head), &unknown_event(&head, Weight::Critical)).unwrap();
    let sentence = tx.group(gid(1)).unwrap().unwrap().facts.read_only.unwrap();
    assert!(sentence.contains("Upgrade"), "{sentence}");
    let before = dump(&tx);
    let event = GroupEvent::MemberLeft(MemberLeft::new(person(1)));
    let refused = tx.apply(gid(1), Some(&head), &event, time(9), SALT);
    assert!(matches!(refused, Err(StoreError::ReadOnly(why)) if why == sentence));
    let refused = act(&tx, gid(1), Caller::Identified(person(1)), Act::Leave, time(9)).unwrap_err();
    assert_eq!(refused.code, crate::group::RefusalCode::ReadOnly);
    assert_eq!(dump(&tx), before);
    assert_replay_gives_the_same(&tx, gid(1));
}

#[test]
fn two_groups_with_the_same_members_do_not_touch_each_other() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    for group in [gid(1), gid(2)] {
        new_group(&tx, group);
        join(&tx, group, person(1));
        join(&tx, group, person(2));
        say(&tx, group, link_post(group, person(1), 1, "same words"));
        tx.put_key(group, &key(0)).unwrap();
    }
    let of_two = |tx: &Transaction<'_>| -> Vec<_> {
        dump(tx).into_iter().filter(|line| line.contains(&gid(2).to_string())).collect()
    };
    let before = of_two(&tx);
    assert!(before.len() >= 8, "{before:?}");
    let all = Act::SwitchRelay(Relay::Everything);
    act(&tx, gid(1), Caller::Identified(person(1)), all, time(3)).unwrap();
    let post = link_post(gid(1), person(1), 2, "more");
    say(&tx, gid(1), post.clone());
    assert!(delete(&tx, post.id));
    act(&tx, gid(1), Caller::Identified(person(1)), Act::Leave, time(4)).unwrap();
    let ban = Act::Ban { identity: person(2), reason: String::new(), until: None, remove: Remove::Nothing };
    act(&tx, gid(1), Caller::Operator, ban, time(5)).unwrap();
    tx.put_key(gid(1), &key(1)).unwrap();
    assert_eq!(of_two(&tx), before);
    assert_eq!(tx.member_count(gid(1)).unwrap(), 0);
    assert!(tx.group(gid(2)).unwrap().is_some_and(|group| group.facts.member_count == 2));
    assert_eq!(tx.groups().unwrap().len(), 2);
}

#[test]
fn only_who_asked_is_relayed_to() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for number in 1..=4 {
        join(&tx, gid(1), person(number));
    }
    assert_eq!(tx.relaying_members(gid(1)).unwrap(), []);
    for number in [4, 2, 3] {
        let on = Act::SwitchRelay(Relay::Everything);
        act(&tx, gid(1), Caller::Identified(person(number)), on, time(2)).unwrap();
    }
    act(&tx, gid(1), Caller::Identified(person(3)), Act::SwitchRelay(Relay::Off), time(3)).unwrap();
    act(&tx, gid(1), Caller::Identified(person(4)), Act::Leave, time(3)).unwrap();
    assert_eq!(tx.relaying_members(gid(1)).unwrap(), [(person(2), Relay::Everything)]);
    join(&tx, gid(1), person(4));
    assert_eq!(tx.relaying_members(gid(1)).unwrap(), [(person(2), Relay::Everything)]);
}

#[test]
fn members_come_in_pages_in_the_order_of_joining() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for number in [5, 3, 9, 1] {
        join(&tx, gid(1), person(number));
    }
    let page = |after, limit| -> Vec<_> {
        let members = tx.members_page(gid(1), after, limit).unwrap();
        members.into_iter().map(|member| member.identity).collect()
    };
    assert_eq!(page(None, 2), [person(5), person(3)]);
    assert_eq!(page(Some(MemberNumber(2)), 9), [person(9), person(1)]);
    assert_eq!(page(Some(MemberNumber(4)), 9), []);
}

#[test]
fn a_group_may_have_no_key_or_several_and_they_are_kept_by_purpose_and_epoch() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    tx.put_key(gid(1), &key(7)).unwrap();
    new_group(&tx, gid(1));
    assert_eq!(tx.keys(gid(1)).unwrap(), [key(7)]);
    let public_only = KeyRow { purpose: KeyPurpose::Ratchet, sealed: None, ..key(0) };
    for row in [key(9), public_only.clone(), KeyRow { public: vec![8], ..key(7) }] {
        tx.put_key(gid(1), &row).unwrap();
    }
    let rows = tx.keys(gid(1)).unwrap();
    assert_eq!(rows, [KeyRow { public: vec![8], ..key(7) }, key(9), public_only]);
    tx.commit().unwrap();
    let tx = store.begin().unwrap();
    tx.put_key(gid(2), &key(1)).unwrap();
    assert!(is_constraint(&tx.commit()), "a key of no group");
}

#[test]
fn keys_of_one_purpose_are_forgotten_up_to_an_epoch() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let ratchet = |epoch| KeyRow { purpose: KeyPurpose::Ratchet, ..key(epoch) };
    for group in [gid(1), gid(2)] {
        new_group(&tx, group);
        (1..=4).for_each(|epoch| tx.put_key(group, &ratchet(epoch)).unwrap());
        tx.put_key(group, &key(1)).unwrap();
    }
    tx.forget_keys_before(gid(1), KeyPurpose::Ratchet, 3).unwrap();
    assert_eq!(tx.keys(gid(1)).unwrap(), [key(1), ratchet(3), ratchet(4)]);
    assert_eq!(tx.keys(gid(2)).unwrap().len(), 5);
    assert_eq!(tx.newest_key(gid(1), KeyPurpose::Ratchet).unwrap(), Some(ratchet(4)));
    assert_eq!(tx.newest_key(gid(1), KeyPurpose::RadioGroup).unwrap(), None);
}

#[test]
fn a_public_key_is_kept_only_under_its_own_hash() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let public = [4; 64];
    let hash = IdentityHash::from_bytes(crate::rns::hash::truncated_sha256(&[&public]));
    tx.remember_identity(hash, &public).unwrap();
    tx.remember_identity(hash, &public).unwrap();
    assert_eq!(tx.identity_key(hash).unwrap(), Some(public));
    assert!(is_constraint(&tx.remember_identity(person(1), &public)));
    assert_eq!(tx.identity_key(person(1)).unwrap(), None);
}

fn key(epoch: u64) -> KeyRow {
    KeyRow { purpose: KeyPurpose::Identity, epoch, public: vec![1; 64], sealed: Some(vec![2; 80]) }
}

fn unknown_event(head: &Head, weight: Weight) -> EventRow {
    let seq = head.seq.next();
    let header = Header { version: 1, kind: 9_999, weight, seq, time: time(50), post_ids: Vec::new() };
    EventRow::new(
        gid(1),
        (head.term, seq),
        Some(head),
        header.encode(),
        SALT,
        b"\x01from the future".to_vec(),
    )
}

fn tables_without_log(tx: &Transaction<'_>) -> Vec<String> {
    let is_table = |line: &String| !line.starts_with("group_events:") && !line.starts_with("groups:");
    dump(tx).into_iter().filter(is_table).collect()
}
