//! Promises about groups of others.

use crate::group::announcement::{Announcement, Flags};
use crate::group::heard::HeardGroup;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;
use crate::store::{HeardPlace, Store, Transaction};

const HOUR: i64 = 3_600 * 1_000_000;

fn group(number: u32, hops: u8, heard: i64) -> HeardGroup {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    HeardGroup {
        destination: DestinationHash::from_bytes(bytes),
        identity: IdentityHash::from_bytes([1; 16]),
        announcement: Announcement {
            name: format!("group {number}"),
            flags: Flags(Flags::JOINABLE),
            protocol: Some(1),
            price: 3,
            kind: None,
        },
        hops,
        first: UnixTime::from_micros(heard),
        heard: UnixTime::from_micros(heard),
    }
}

fn all(store: &Transaction<'_>, after: Option<HeardPlace>) -> Vec<HeardGroup> {
    let mut rows = Vec::new();
    store
        .heard_groups(after, &mut |group| {
            rows.push(group);
            true
        })
        .unwrap();
    rows
}

#[test]
fn groups_are_listed_from_the_nearest_on_and_a_page_goes_on_where_the_last_one_ended() {
    let mut store = Store::open_in_memory().unwrap();
    let store = store.begin().unwrap();
    for (number, hops) in [(1, 3), (2, 1), (3, 1), (4, 200)] {
        store.note_heard_group(&group(number, hops, 7)).unwrap();
    }
    let names =
        |groups: &[HeardGroup]| groups.iter().map(|g| g.announcement.name.clone()).collect::<Vec<_>>();
    let whole = all(&store, None);
    assert_eq!(names(&whole), ["group 2", "group 3", "group 1", "group 4"]);
    assert_eq!(whole[0], group(2, 1, 7));
    let after = HeardPlace { hops: 1, destination: whole[1].destination };
    assert_eq!(names(&all(&store, Some(after))), ["group 1", "group 4"]);
}

#[test]
fn a_group_that_is_heard_again_has_one_row_and_its_newest_word() {
    let mut store = Store::open_in_memory().unwrap();
    let store = store.begin().unwrap();
    store.note_heard_group(&group(1, 3, 5)).unwrap();
    let mut renamed = group(1, 2, 9);
    renamed.announcement.name = "Perch".into();
    renamed.announcement.price = 0;
    store.note_heard_group(&renamed).unwrap();
    assert_eq!(all(&store, None), [HeardGroup { first: UnixTime::from_micros(5), ..renamed }]);
    store.trim_heard_groups(UnixTime::from_micros(9)).unwrap();
    assert_eq!(all(&store, None).len(), 1);
    store.trim_heard_groups(UnixTime::from_micros(10)).unwrap();
    assert_eq!(all(&store, None), []);
}

#[test]
fn made_up_groups_push_out_none_that_was_heard_before_and_the_table_stays_small() {
    let mut store = Store::open_in_memory().unwrap();
    let store = store.begin().unwrap();
    for number in 0..100 {
        store.note_heard_group(&group(number, 9, 0)).unwrap();
        store.note_heard_group(&group(number, 9, 2 * HOUR)).unwrap();
    }
    for number in 1_000..4_000 {
        store.note_heard_group(&group(number, 1, 3 * HOUR + i64::from(number))).unwrap();
    }
    store.trim_heard_groups(UnixTime::from_micros(0)).unwrap();
    let rows = all(&store, None);
    let settled = rows.iter().filter(|row| row.first < row.heard).count();
    assert_eq!((rows.len(), settled), (350, 100));
    // Of the newcomers the latest stay.
    assert!(rows.iter().any(|row| row.announcement.name == "group 3999"));
    for number in 5_000..7_000 {
        store.note_heard_group(&group(number, 1, 0)).unwrap();
        store.note_heard_group(&group(number, 1, 2 * HOUR)).unwrap();
    }
    store.trim_heard_groups(UnixTime::from_micros(0)).unwrap();
    assert_eq!(all(&store, None).len(), 1_000);
}
