//! Promises about tickets: kept for each pair, few for each, and gone with their person.

use super::*;
use crate::store::{Giver, TicketRow};

fn ticket(number: u8, expires: i64) -> TicketRow {
    TicketRow { ticket: [number; 16], expires: time(expires), given: None }
}

fn given(tx: &Transaction<'_>, group: u8, who: u8) -> Vec<u8> {
    tx.tickets_given(gid(group), person(who)).unwrap().iter().map(|row| row.ticket[0]).collect()
}

fn granted(tx: &Transaction<'_>, group: u8, who: u8) -> Option<u8> {
    tx.ticket_granted(gid(group), person(who)).unwrap().map(|row| row.ticket[0])
}

#[test]
fn tickets_of_either_giver_are_kept_for_each_pair() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    new_group(&tx, gid(2));
    tx.put_ticket(gid(1), person(1), Giver::Group, &ticket(1, 100)).unwrap();
    tx.put_ticket(gid(1), person(1), Giver::Person, &ticket(2, 100)).unwrap();
    tx.put_ticket(gid(1), person(2), Giver::Group, &ticket(3, 100)).unwrap();
    tx.put_ticket(gid(2), person(1), Giver::Person, &ticket(4, 100)).unwrap();
    assert_eq!((given(&tx, 1, 1), granted(&tx, 1, 1)), (vec![1], Some(2)));
    assert_eq!((given(&tx, 1, 2), granted(&tx, 1, 2)), (vec![3], None));
    assert_eq!((given(&tx, 2, 1), granted(&tx, 2, 1)), (vec![], Some(4)));
}

#[test]
fn the_group_keeps_its_latest_four_and_of_a_person_the_last() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for number in 1..=9 {
        tx.put_ticket(gid(1), person(1), Giver::Group, &ticket(number, i64::from(number))).unwrap();
        tx.put_ticket(gid(1), person(1), Giver::Person, &ticket(number, -i64::from(number))).unwrap();
    }
    assert_eq!((given(&tx, 1, 1), granted(&tx, 1, 1)), (vec![9, 8, 7, 6], Some(9)));
    let again = TicketRow { given: Some(time(50)), ..ticket(9, 9) };
    tx.put_ticket(gid(1), person(1), Giver::Group, &again).unwrap();
    assert_eq!(given(&tx, 1, 1), [9, 8, 7, 6], "the same one again takes no second place");
    assert_eq!(tx.tickets_given(gid(1), person(1)).unwrap()[0], again);
}

#[test]
fn tickets_are_forgotten_after_their_end_and_with_their_person() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for who in [1, 2, 3] {
        join(&tx, gid(1), person(who));
        tx.put_ticket(gid(1), person(who), Giver::Group, &ticket(1, i64::from(who))).unwrap();
        tx.put_ticket(gid(1), person(who), Giver::Person, &ticket(2, i64::from(who))).unwrap();
    }
    tx.forget_tickets_before(time(2)).unwrap();
    assert_eq!([1, 2, 3].map(|who| granted(&tx, 1, who)), [None, Some(2), Some(2)]);
    act(&tx, gid(1), Caller::Identified(person(2)), Act::Leave, time(3)).unwrap();
    assert_eq!((given(&tx, 1, 2), granted(&tx, 1, 2)), (vec![], None));
    assert_eq!((given(&tx, 1, 3), granted(&tx, 1, 3)), (vec![1], Some(2)));
}
