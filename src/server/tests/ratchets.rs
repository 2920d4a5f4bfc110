//! Ratchets of a group: kept before they are announced, handed back after a restart.

use super::{Effect, House, Input, person, start};
use crate::rns::hash::DestinationHash;
use crate::rns::random::Random;
use crate::rns::ratchet::{RATCHET_COUNT, Ratchet};
use crate::rns::time::{Now, UnixTime};
use crate::server::Server;
use crate::store::{KeyPurpose, Store};

fn ratchet(number: u32) -> Ratchet {
    let drawn = UnixTime::from_micros(start().unix.as_micros() + i64::from(number) * 1_000_000);
    let mut seed = [3; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    Ratchet::draw(drawn, &mut Random::from_seed(seed))
}

fn tell(house: &House, ratchet: &Ratchet) -> Input {
    Input::Ratchet { destination: house.group.delivery, ratchet: ratchet.clone() }
}

fn stored(house: &House, ratchet: &Ratchet) -> Effect {
    Effect::RatchetStored { destination: house.group.delivery, ratchet: ratchet.id() }
}

/// Another run over the same file.
fn reopened(path: &std::path::Path, now: Now) -> (Server, DestinationHash) {
    let server = Server::open(path, &person("host"), None, now, [8; 32]).unwrap();
    let delivery = server.hosted_groups()[0].delivery;
    (server, delivery)
}

#[test]
fn a_new_group_has_a_ratchet_to_announce_at_once_and_keeps_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let (mut server, delivery) = reopened(&path, start());
    let first = server.take_ratchets(delivery);
    assert_eq!(first.len(), 1);
    assert_eq!(server.take_ratchets(delivery), [], "they are handed out once");
    drop(server);
    let (mut server, _) = reopened(&path, Now::default());
    assert_eq!(server.take_ratchets(delivery), first);
}

#[test]
fn a_ratchet_is_kept_once_and_said_to_be_stored_each_time_it_is_told() {
    let mut house = House::new();
    let before = house.with(|store, gid| store.keys(gid).unwrap().len());
    let next = ratchet(1);
    for _ in 0..3 {
        let inputs = vec![tell(&house, &next)];
        assert_eq!(house.handle(inputs), [stored(&house, &next)]);
    }
    assert_eq!(house.with(|store, gid| store.keys(gid).unwrap().len()), before + 1);
    let stranger = Input::Ratchet { destination: house.group.group, ratchet: next };
    assert_eq!(house.handle(vec![stranger]), []);
}

#[test]
fn all_ratchets_that_still_decrypt_and_the_next_come_back_newest_first_and_no_others_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    let told: Vec<_> = (1..=600).map(ratchet).collect();
    house.handle(told.iter().map(|ratchet| tell(&house, ratchet)).collect());
    let rows = house.with(|store, gid| store.keys(gid).unwrap());
    let rows: Vec<_> = rows.into_iter().filter(|row| row.purpose == KeyPurpose::Ratchet).collect();
    assert_eq!(rows.len(), RATCHET_COUNT + 1);
    let secret = *told[599].private_bytes().clone();
    let sealed = rows.last().unwrap().sealed.clone().unwrap();
    assert!(!sealed.windows(32).any(|window| window == secret));
    drop(house);
    let (mut server, delivery) = reopened(&path, start());
    let expected: Vec<_> = told.into_iter().rev().take(RATCHET_COUNT + 1).collect();
    assert_eq!(server.take_ratchets(delivery), expected);
}

#[test]
fn a_ratchet_that_cannot_be_stored_is_not_said_to_be() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    let damage = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    damage("CREATE TRIGGER fault BEFORE INSERT ON group_keys BEGIN SELECT RAISE(ABORT, 'bad sector'); END;");
    let next = ratchet(1);
    let inputs = vec![tell(&house, &next)];
    assert_eq!(house.handle(inputs.clone()), []);
    damage("DROP TRIGGER fault;");
    assert_eq!(house.handle(inputs), [stored(&house, &next)]);
}

#[test]
fn a_damaged_ratchet_is_left_out_and_the_others_still_serve() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    let told = [ratchet(1), ratchet(2)];
    house.handle(told.iter().map(|ratchet| tell(&house, ratchet)).collect());
    house.with(|store, gid| {
        let mut row = store.newest_key(gid, KeyPurpose::Ratchet).unwrap().unwrap();
        row.sealed.as_mut().unwrap()[20] ^= 1;
        store.put_key(gid, &row).unwrap();
    });
    drop(house);
    let (mut server, delivery) = reopened(&path, start());
    let ratchets = server.take_ratchets(delivery);
    assert_eq!(ratchets.len(), 2);
    assert_eq!(ratchets[0], told[0]);
}
