//! What a propagation node keeps, and what its peers were not given.

use super::*;
use crate::store::{EntryId, EntryRow, PeerTerms, Usage};

const ANY: PeerTerms = PeerTerms { least_value: 0, entry_size: u64::MAX, all: u64::MAX };

fn somebody(number: u8) -> DestinationHash {
    DestinationHash::from_bytes([number; 16])
}

fn id(number: u8) -> EntryId {
    [number; 32]
}

fn keep(tx: &Transaction<'_>, number: u8, len: usize, at: i64) {
    let body = vec![number; len];
    let row =
        EntryRow { id: &id(number), recipient: somebody(1), value: 10 + u16::from(number), body: &body };
    tx.keep_entry(&row, time(at)).unwrap();
    tx.mark_unhandled(&id(number), None).unwrap();
}

#[test]
fn entries_are_listed_smallest_first_and_only_for_whom_they_are() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    for (number, len) in [(1, 300), (2, 200), (3, 250)] {
        keep(&tx, number, len, 0);
    }
    assert_eq!(tx.entries_for(somebody(1), 10).unwrap(), [id(2), id(3), id(1)]);
    assert_eq!(tx.entries_for(somebody(1), 2).unwrap(), [id(2), id(3)]);
    assert_eq!(tx.entries_for(somebody(2), 10).unwrap(), [] as [EntryId; 0]);
    assert_eq!(tx.entry_size(&id(1), somebody(1)).unwrap(), Some(300));
    assert_eq!(tx.entry_size(&id(1), somebody(2)).unwrap(), None);
    assert_eq!(tx.entry_body(&id(2)).unwrap(), Some(vec![2; 200]));
    assert_eq!(tx.propagation_usage().unwrap(), Usage { entries: 3, bytes: 750 });
}

#[test]
fn what_is_gone_is_remembered_and_its_room_is_free() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    keep(&tx, 1, 300, 0);
    tx.drop_entry(&id(1), time(5)).unwrap();
    tx.drop_entry(&id(1), time(6)).unwrap();
    assert!(tx.entry_was_here(&id(1)).unwrap() && !tx.entry_was_here(&id(2)).unwrap());
    assert_eq!(tx.entry_body(&id(1)).unwrap(), None);
    assert_eq!(tx.propagation_usage().unwrap(), Usage { entries: 0, bytes: 0 });
    tx.expire_entries(time(7), time(100)).unwrap();
    assert!(!tx.entry_was_here(&id(1)).unwrap(), "and forgotten in the end");
}

#[test]
fn what_is_too_old_goes_and_nothing_else() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    for (number, at) in [(1, 0), (2, 10), (3, 20)] {
        keep(&tx, number, 200, at);
    }
    assert_eq!(tx.expire_entries(time(15), time(100)).unwrap(), 2);
    assert_eq!(tx.entries_for(somebody(1), 10).unwrap(), [id(3)]);
}

#[test]
fn the_largest_and_oldest_entries_make_room_and_no_more_than_needed() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let day = 24 * 60 * 60;
    // Twelve days make an entry of 200 bytes weigh as much as a young one of 600.
    keep(&tx, 1, 200, -12 * day);
    keep(&tx, 2, 500, 0);
    keep(&tx, 3, 300, 0);
    let most = |bytes| Usage { entries: 100, bytes };
    assert_eq!(tx.make_room_for_entry(100, most(1_100), time(0)).unwrap(), 0);
    assert_eq!(tx.make_room_for_entry(101, most(1_100), time(0)).unwrap(), 1);
    assert_eq!(tx.entries_for(somebody(1), 10).unwrap(), [id(3), id(2)]);
    assert_eq!(tx.make_room_for_entry(300, most(650), time(0)).unwrap(), 1);
    assert_eq!(tx.entries_for(somebody(1), 10).unwrap(), [id(3)]);
    assert_eq!(tx.make_room_for_entry(1, Usage { entries: 1, bytes: 10_000 }, time(0)).unwrap(), 1);
    assert_eq!(tx.make_room_for_entry(20_000, Usage { entries: 1, bytes: 10_000 }, time(0)).unwrap(), 0);
}

#[test]
fn each_peer_is_given_everything_once_and_not_what_it_brought() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    tx.set_propagation_peers(&[somebody(7)]).unwrap();
    keep(&tx, 1, 200, 0);
    let offer = |peer| tx.unhandled_entries(somebody(peer), ANY, time(1)).unwrap();
    assert_eq!((offer(7), offer(8)), (vec![id(1)], vec![]));
    tx.set_propagation_peers(&[somebody(7), somebody(8)]).unwrap();
    assert_eq!(offer(8), [id(1)], "a new peer is given what was there");
    let body = [2; 300];
    let row = EntryRow { id: &id(2), recipient: somebody(1), value: 12, body: &body };
    tx.keep_entry(&row, time(0)).unwrap();
    tx.mark_unhandled(&id(2), Some(somebody(8))).unwrap();
    assert_eq!((offer(7), offer(8)), (vec![id(1), id(2)], vec![id(1)]));
    tx.mark_handled(somebody(7), &id(1)).unwrap();
    assert_eq!((offer(7), offer(8)), (vec![id(2)], vec![id(1)]));
    tx.drop_entry(&id(1), time(3)).unwrap();
    assert_eq!(offer(8), [] as [EntryId; 0]);
    tx.set_propagation_peers(&[somebody(8)]).unwrap();
    assert_eq!(offer(7), [] as [EntryId; 0]);
}

#[test]
fn what_a_peer_never_takes_is_dropped_from_its_list_and_what_is_too_much_waits() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    tx.set_propagation_peers(&[somebody(7)]).unwrap();
    for (number, len) in [(1, 200), (2, 300), (3, 400), (4, 900)] {
        keep(&tx, number, len, 0);
    }
    let terms = PeerTerms { least_value: 12, entry_size: 800, all: 24 + 316 + 416 };
    let offer = |terms| tx.unhandled_entries(somebody(7), terms, time(1)).unwrap();
    assert_eq!(
        offer(terms),
        [id(2)],
        "the first is worth too little, the fourth too large, the third too much"
    );
    assert_eq!(offer(ANY), [id(2), id(3)], "the first and the fourth were given up");
}
