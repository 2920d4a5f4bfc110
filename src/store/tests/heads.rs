//! Promises about signed heads: after the commit, and one hash for each (term, seq).

use super::*;
use crate::store::SignedHead;

fn signed(head: Head, by: u8) -> SignedHead {
    SignedHead { head, signature: [by; 64] }
}

#[test]
fn a_head_is_signed_after_its_commit_and_not_before() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let first = new_group(&tx, gid(1));
    assert!(is_constraint(&tx.put_signed_head(gid(1), &signed(first, 1))));
    tx.commit().unwrap();

    let tx = store.begin().unwrap();
    let second = join(&tx, gid(1), person(1));
    assert!(is_constraint(&tx.put_signed_head(gid(1), &signed(second, 1))));
    tx.put_signed_head(gid(1), &signed(first, 1)).unwrap();
    assert_eq!(tx.signed_head(gid(1), 1, first.seq).unwrap(), Some(signed(first, 1)));
    assert_eq!(tx.signed_head(gid(1), 1, second.seq).unwrap(), None);
}

#[test]
fn one_term_and_number_is_never_signed_with_two_hashes() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let first = new_group(&tx, gid(1));
    let second = join(&tx, gid(1), person(1));
    tx.commit().unwrap();
    let tx = store.begin().unwrap();
    tx.put_signed_head(gid(1), &signed(second, 1)).unwrap();
    tx.put_signed_head(gid(1), &signed(second, 1)).unwrap();
    // What a restore from a backup would do, if it forgot to raise the term.
    tx.sql.execute("DELETE FROM group_members", []).unwrap();
    tx.sql.execute("DELETE FROM group_events WHERE seq = 2", []).unwrap();
    let sql = "UPDATE groups SET head_seq = 1, head_hash = ?1, member_count = 0, next_member_number = 1";
    tx.sql.execute(sql, [first.hash]).unwrap();
    tx.commit().unwrap();
    let tx = store.begin().unwrap();
    let other = join(&tx, gid(1), person(2));
    tx.commit().unwrap();
    assert_eq!((other.term, other.seq), (second.term, second.seq));
    assert_ne!(other.hash, second.hash);
    let tx = store.begin().unwrap();
    assert!(is_constraint(&tx.put_signed_head(gid(1), &signed(other, 2))));
    assert_eq!(tx.signed_head(gid(1), 1, second.seq).unwrap(), Some(signed(second, 1)));
}

#[test]
fn only_heads_of_stored_events_are_signed() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let head = new_group(&tx, gid(1));
    tx.commit().unwrap();
    let tx = store.begin().unwrap();
    let others = [
        Head { term: 2, ..head },
        Head { seq: head.seq.next(), ..head },
        Head { time: time(77), ..head },
        Head { hash: [0; 32], ..head },
    ];
    for other in others {
        assert!(is_constraint(&tx.put_signed_head(gid(1), &signed(other, 1))), "{other:?}");
    }
    assert!(is_constraint(&tx.put_signed_head(gid(2), &signed(head, 1))));
}
