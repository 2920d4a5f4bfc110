//! A store that fails: nothing leaves the house that is not on the disk.

use super::{Effect, House, MDU, get, named, person, start};
use crate::rns::msgpack;
use crate::server::{OpenError, Server};
use crate::store::Store;

/// From now on every commit that has stored an event fails, at the commit.
const FAIL_COMMITS: &str = "CREATE TABLE nobody (id INTEGER PRIMARY KEY);
    CREATE TABLE fault (id REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER fault_at_commit AFTER INSERT ON group_events BEGIN INSERT INTO fault VALUES (1); END;";
/// From now on the event with this text cannot be stored.
const FAIL_POISON: &str = "CREATE TRIGGER fault_at_write AFTER INSERT ON group_events
    WHEN instr(NEW.private, CAST('poison' AS BLOB)) BEGIN SELECT RAISE(ABORT, 'bad sector'); END;";
const REPAIR: &str = "DROP TRIGGER IF EXISTS fault_at_commit; DROP TRIGGER IF EXISTS fault_at_write;";

/// A house on a disk that can be damaged from outside.
fn house() -> (House, impl Fn(&str), tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let house = House::with_store(Store::open(&path).unwrap());
    let damage = move |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (house, damage, directory)
}

#[test]
fn a_commit_that_fails_lets_no_proof_out_and_refuses_requests() {
    let (mut house, damage, _directory) = house();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let head = house.head();
    damage(FAIL_COMMITS);

    let message = house.signed(&anna, "hello");
    let (message_input, _) = house.delivery(&anna, &message);
    let data = msgpack::encode(&named(&[("text", "hi".into())]));
    let request = house.request(Some(&anna), "/api/v1/messages/post", data, MDU);
    let effects = house.handle(vec![message_input, request]);
    assert_eq!(effects.len(), 1, "{effects:?}");
    let Effect::Respond { data, .. } = &effects[0] else { panic!("{effects:?}") };
    assert_eq!(get(&msgpack::decode(data).unwrap(), "error").as_str(), Some("unavailable"));
    assert_eq!(house.head(), head);

    damage(REPAIR);
    assert_eq!(house.deliver(&anna, &message), (true, vec![]));
    assert_eq!(house.texts(&anna), ["hello"]);
}

#[test]
fn a_command_whose_commit_failed_is_carried_out_when_it_comes_again() {
    let (mut house, damage, _directory) = house();
    let anna = person("anna");
    damage(FAIL_COMMITS);
    let command = house.signed(&anna, "/join Anna");
    let input = house.delivery(&anna, &command).0;
    assert_eq!(house.handle(vec![input]), vec![]);
    damage(REPAIR);
    let (proved, sent) = house.deliver(&anna, &command);
    assert!(proved && sent.len() == 1);
    let info = house.ask(Some(&anna), "/api/v1/info", &[]);
    assert_eq!(get(&info, "member").as_bool(), Some(true));
}

#[test]
fn one_input_that_cannot_be_stored_does_not_take_the_others_down() {
    let (mut house, damage, _directory) = house();
    let anna = person("anna");
    house.join(&anna, "Anna");
    damage(FAIL_POISON);
    let deliveries: Vec<_> = ["one", "poison", "two"]
        .into_iter()
        .map(|text| {
            let message = house.signed(&anna, text);
            house.delivery(&anna, &message)
        })
        .collect();
    let proofs = [deliveries[0].1.clone(), deliveries[2].1.clone()].map(Effect::Accept);
    let inputs = deliveries.into_iter().map(|(input, _)| input).collect();
    assert_eq!(house.handle(inputs), proofs);
    assert_eq!(house.texts(&anna), ["one", "two"]);
}

#[test]
fn everything_is_there_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let anna = person("anna");
    let mut house = House::with_store(Store::open(&path).unwrap());
    house.join(&anna, "Anna");
    house.write(&anna, "hello");
    let (group, delivery, before) = (house.group.group, house.group.delivery, house.latest(&anna));
    drop(house);
    let mut house = House::with_store(Store::open(&path).unwrap());
    assert_eq!((house.group.group, house.group.delivery), (group, delivery));
    assert_eq!(house.latest(&anna), before);
}

#[test]
fn another_hosts_keys_are_not_opened_and_no_new_group_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    drop(Server::open(&path, &person("host"), None, start(), [1; 32]).unwrap());
    let outcome = Server::open(&path, &person("another host"), None, start(), [2; 32]);
    assert!(matches!(outcome, Err(OpenError::SealedForAnotherHost(_))));
    assert_eq!(
        Server::open(&path, &person("host"), None, start(), [3; 32]).unwrap().hosted_groups().len(),
        1
    );
}
