//! Entries of propagation nodes that are remembered.

use crate::store::Store;

fn id(n: u32) -> [u8; 32] {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&n.to_be_bytes());
    id
}

#[test]
fn the_latest_entries_are_remembered_each_once_and_the_table_stays_small() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    for n in 0..17_000 {
        tx.remember_entry(&id(n)).unwrap();
        tx.remember_entry(&id(n)).unwrap();
    }
    let kept = tx.collected_entries().unwrap();
    let expected: Vec<_> = (17_000 - 16_384..17_000).map(id).collect();
    assert_eq!(kept, expected);
}
