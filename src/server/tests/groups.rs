//! Promises about the list of groups, ours and others', and about what is announced of ours.

use super::*;
use crate::group::{Announcement, Settings};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::server::HeardAnnounce;

/// The announce of somebody's group.
pub(super) fn announce(number: u8, name: &str, hops: u8) -> HeardAnnounce {
    HeardAnnounce {
        destination: DestinationHash::from_bytes([number; 16]),
        identity: IdentityHash::from_bytes([number; 16]),
        app_data: Announcement::of(&Settings::public(name), 1).encode(),
        hops,
    }
}

impl House {
    fn hear(&mut self, announces: Vec<HeardAnnounce>) {
        assert_eq!(self.handle(vec![Input::GroupsHeard(announces)]), []);
    }

    /// Names and distances of the groups that are listed.
    fn listed(&mut self, caller: Option<&Identity>, fields: &[(&str, Value)]) -> Vec<(String, Option<u64>)> {
        let answer = self.ask(caller, "/api/v1/groups", fields);
        let groups = get(&answer, "groups").as_array().unwrap_or_else(|| panic!("{answer}")).clone();
        let of =
            |group: &Value| (get(group, "name").as_str().unwrap().to_owned(), get(group, "hops").as_u64());
        groups.iter().map(of).collect()
    }
}

#[test]
fn groups_that_are_heard_are_listed_behind_our_own_from_the_nearest_on() {
    let mut house = House::new();
    house.hear(vec![announce(1, "Far", 4), announce(2, "Near", 1)]);
    let all = [("Roost".to_owned(), None), ("Near".to_owned(), Some(1)), ("Far".to_owned(), Some(4))];
    assert_eq!(house.listed(None, &[]), all);
    let ours = house.ask(None, "/api/v1/groups", &[("limit", 1.into())]);
    assert_eq!(get(&ours, "more"), &Value::from(true));
    let group = &get(&ours, "groups").as_array().unwrap()[0];
    assert_eq!(get(group, "destination"), &bytes(house.group.group.as_bytes()));
    assert_eq!(get(group, "lxmf"), &bytes(house.group.delivery.as_bytes()));
    assert_eq!((get(group, "members"), get(group, "flags")), (&Value::from(0), &Value::from(1)));
    // A page goes on where the last one ended.
    let next = get(&ours, "next").clone();
    assert_eq!(house.listed(None, &[("place", next), ("limit", 1.into())]), all[1..2]);
    house.join(&person("anna"), "Anna");
    let theirs = house.ask(Some(&person("anna")), "/api/v1/groups", &[]);
    assert_eq!(get(&get(&theirs, "groups").as_array().unwrap()[0], "member"), &Value::from(true));
}

#[test]
fn groups_are_found_by_a_word_or_the_beginning_of_an_address() {
    let mut house = House::new();
    house.hear(vec![announce(0x1a, "Österreich", 1), announce(0x2b, "Perch", 1)]);
    assert_eq!(house.listed(None, &[("q", "öst".into())])[0].0, "Österreich");
    assert_eq!(house.listed(None, &[("q", "2b2b".into())])[0].0, "Perch");
    assert_eq!(house.listed(None, &[("q", "xyz".into())]), []);
    let answer = house.ask(None, "/api/v1/groups", &[("q", "x".repeat(65).into())]);
    assert_eq!(get(&answer, "error"), &Value::from("bad_request"));
}

#[test]
fn a_list_keeps_its_budget_and_brings_every_group_once() {
    let mut house = House::new();
    house.hear((1..=60).map(|number| announce(number, &format!("group {number}"), number % 7)).collect());
    let mut place = Vec::new();
    let mut names = Vec::new();
    loop {
        let mut fields = vec![("limit", 1_000.into())];
        fields.extend(place.iter().map(|place: &Value| ("place", place.clone())));
        let packed = house.ask_packed(None, "/api/v1/groups", msgpack::encode(&named(&fields)));
        assert!(packed.len() <= MDU - crate::api::ENVELOPE, "{} bytes", packed.len());
        let answer = msgpack::decode(&packed).unwrap();
        for group in get(&answer, "groups").as_array().unwrap() {
            names.push(get(group, "name").as_str().unwrap().to_owned());
        }
        if get(&answer, "more") == &Value::from(false) {
            break;
        }
        place = vec![get(&answer, "next").clone()];
    }
    assert_eq!(names.len(), 61);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 61);
}

#[test]
fn the_directory_is_there_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let open = || Server::open(&path, &person("host"), None, start(), [7; 32]).unwrap();
    let mut server = open();
    assert!(
        server.handle_inputs(start(), vec![Input::GroupsHeard(vec![announce(1, "Perch", 2)])]).is_empty()
    );
    let due = server.poll_timeout().unwrap();
    server.handle_timeout(Now { instant: due, ..start() });
    assert!(server.poll_timeout().is_none_or(|next| next > due));
    drop(server);
    let mut server = open();
    let transaction = server.store.begin().unwrap();
    let mut names = Vec::new();
    transaction
        .heard_groups(None, &mut |group| {
            names.push(group.announcement.name);
            true
        })
        .unwrap();
    assert_eq!(names, ["Perch"]);
}

#[test]
fn what_nobody_wants_to_know_is_not_kept_and_our_own_announces_are_no_news() {
    let mut house = House::new();
    let own = HeardAnnounce { destination: house.group.group, ..announce(1, "Roost", 1) };
    let odd = HeardAnnounce { app_data: b"no map".to_vec(), ..announce(2, "", 1) };
    house.hear(vec![own, odd]);
    assert_eq!(house.listed(None, &[]), [("Roost".to_owned(), None)]);
    house.server.keep_directory(false);
    house.hear(vec![announce(3, "Perch", 1)]);
    assert_eq!(house.listed(None, &[]).len(), 1);
}

#[test]
fn in_chat_groups_are_listed_with_the_address_to_write_to_in_one_packet() {
    let mut house = House::new();
    let anna = person("anna");
    let ours = format!("Roost (0 members) {}", house.group.delivery);
    assert_eq!(house.answer(&anna, "/groups"), ours);
    house.hear((1..=20).map(|number| announce(number, &format!("group {number}"), 2)).collect());
    let answer = house.answer(&anna, "/groups");
    assert!(answer.len() <= crate::command::ONE_PACKET && answer.starts_with(&ours));
    assert!(answer.ends_with("\nMore: /groups WORD searches."), "{answer}");
    let one = house.answer(&anna, "/groups Group 13");
    let delivery = crate::lxmf::message::delivery_destination(IdentityHash::from_bytes([13; 16]));
    assert_eq!(one, format!("group 13 (2 hops) {delivery}"));
    assert_eq!(house.answer(&anna, "/groups xyz"), "No such group is known here.");
}
