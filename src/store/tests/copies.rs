//! Promises about copies: found both ways, wiped with their message, and never too many.

use super::*;
use crate::group::PostId;
use crate::store::{CopyRow, CopyState};

fn hash(number: u64) -> [u8; 32] {
    sha256(&[&number.to_be_bytes()])
}

fn copies(numbers: std::ops::Range<u64>) -> Vec<CopyRow> {
    let copy = |number: u64| {
        let recipient =
            IdentityHash::from_bytes(sha256(&[b"who", &number.to_be_bytes()])[..16].try_into().unwrap());
        CopyRow { recipient, message_hash: hash(number), state: CopyState::Queued }
    };
    numbers.map(copy).collect()
}

fn a_post(tx: &Transaction<'_>) -> (Seq, PostId) {
    new_group(tx, gid(1));
    join(tx, gid(1), person(1));
    let post = lxmf_post(gid(1), person(1), "hello");
    (say(tx, gid(1), post.clone()).seq, post.id)
}

#[test]
fn a_copy_is_found_by_its_hash_and_the_copies_by_their_message() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let (seq, id) = a_post(&tx);
    let other = lxmf_post(gid(1), person(1), "another");
    let other_seq = say(&tx, gid(1), other.clone()).seq;
    tx.put_copies(gid(1), seq, &copies(0..3)).unwrap();
    tx.put_copies(gid(1), other_seq, &copies(3..4)).unwrap();
    assert_eq!(tx.post_of_copy(gid(1), &hash(2)).unwrap(), Some(id));
    assert_eq!(tx.post_of_copy(gid(1), &hash(3)).unwrap(), Some(other.id));
    assert_eq!(tx.post_of_copy(gid(1), &hash(4)).unwrap(), None);
    assert_eq!(tx.post_of_copy(gid(2), &hash(2)).unwrap(), None, "another group's copies are not ours");
    let mut found = tx.copies(gid(1), seq).unwrap();
    found.sort_by_key(|copy| copies(0..3).iter().position(|one| one.recipient == copy.recipient));
    assert_eq!(found, copies(0..3));
}

#[test]
fn what_became_of_a_copy_is_noted_for_it_alone() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let (seq, _) = a_post(&tx);
    tx.put_copies(gid(1), seq, &copies(0..2)).unwrap();
    let delivered = |number: usize| {
        tx.set_copy_state(gid(1), seq, copies(0..8)[number].recipient, CopyState::Delivered).unwrap()
    };
    assert!(delivered(1));
    assert!(!delivered(7));
    let states = tx.copies(gid(1), seq).unwrap().into_iter().map(|copy| (copy.message_hash, copy.state));
    let states: std::collections::BTreeMap<_, _> = states.collect();
    assert_eq!((states[&hash(0)], states[&hash(1)]), (CopyState::Queued, CopyState::Delivered));
}

#[test]
fn wiping_a_message_wipes_what_is_known_of_its_copies() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let (seq, id) = a_post(&tx);
    tx.put_copies(gid(1), seq, &copies(0..3)).unwrap();
    assert!(delete(&tx, id));
    assert_eq!((tx.copies(gid(1), seq).unwrap(), tx.post_of_copy(gid(1), &hash(1)).unwrap()), (vec![], None));
}

#[test]
fn the_copies_of_the_oldest_messages_make_room() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    a_post(&tx);
    let count =
        || tx.sql.query_row("SELECT count(*) FROM group_copies", [], |row| row.get::<_, i64>(0)).unwrap();
    for number in 0..5_000 {
        tx.put_copies(gid(1), Seq(10 + number), &copies(number..number + 1)).unwrap();
    }
    assert_eq!(count(), 4_096);
    tx.put_copies(gid(1), Seq(6_000), &copies(10_000..12_000)).unwrap();
    assert_eq!(count(), 2_000, "messages with many copies reach back less far");
}
