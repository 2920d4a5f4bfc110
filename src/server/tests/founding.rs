//! Promises about making groups while the server runs, about several groups beside each other, and about what changes on
//! the network.

use super::*;
use crate::group::event::SettingsChanged;
use crate::group::fields::id;
use crate::group::{Announcement, Founders, FoundingTerms, Settings, VisibilityClass};
use crate::server::Schedule;

impl House {
    /// A house where these may make groups.
    fn open_to(founders: Founders) -> Self {
        let mut house = Self::new();
        let terms = FoundingTerms { founders, max_groups: 4, max_each: 2 };
        house.server.set_founding_terms(terms);
        house
    }

    /// A group that `who` makes, as the network gets it. From then on calls go to that one.
    fn create(&mut self, who: &Identity, fields: &[(&str, Value)]) -> HostedGroup {
        let data = msgpack::encode(&named(fields));
        let request = self.request(Some(who), "/api/v1/groups/create", data, MDU);
        let effects = self.handle(vec![request]);
        let [Effect::Respond { data, .. }, Effect::Host { group, ratchets }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        let answer = msgpack::decode(data).unwrap();
        assert_eq!(get(&answer, "destination"), &bytes(group.group.as_bytes()));
        assert_eq!(get(&answer, "lxmf"), &bytes(group.delivery.as_bytes()));
        assert_eq!(get(&answer, "number"), &Value::from(1));
        assert_eq!(ratchets.len(), 1);
        (**group).clone()
    }

    fn error(&mut self, who: &Identity, path: &str, fields: &[(&str, Value)]) -> String {
        let answer = self.ask(Some(who), path, fields);
        get(&answer, "error").as_str().unwrap_or("none").to_owned()
    }

    /// Changes settings of the first group; what the network is told then.
    fn set(&mut self, change: impl FnOnce(&mut Settings)) -> Vec<Effect> {
        let gid = self.gid();
        let mut settings = self.with(|store, _| store.group(gid).unwrap().unwrap().facts.settings);
        change(&mut settings);
        self.apply(&SettingsChanged { settings, by: None }.into());
        let request = self.request(None, "/api/v1/info", vec![0x80], MDU);
        let mut effects = self.handle(vec![request]);
        assert!(matches!(effects.remove(0), Effect::Respond { .. }));
        effects
    }
}

#[test]
fn who_makes_a_group_is_its_owner_and_the_network_hears_of_it() {
    let mut house = House::open_to(Founders::Anyone);
    let anna = person("anna");
    let group = house.create(&anna, &[("name", "Perch".into()), ("nick", "Anna".into())]);
    assert_eq!((group.name.as_str(), group.schedule), ("Perch", Schedule::Announced));
    assert_eq!(Announcement::read(&group.app_data).unwrap().name, "Perch");
    let first = std::mem::replace(&mut house.group, group.clone());
    assert!(first.group != group.group && first.delivery != group.delivery);
    let info = house.ask(Some(&anna), "/api/v1/info", &[]);
    assert_eq!((get(&info, "name"), get(&info, "members")), (&"Perch".into(), &1.into()));
    // She may what owners may, here and only here.
    let gid = house.server.groups[1].gid;
    let role = house.with(|store, _| store.member(gid, anna.hash()).unwrap().unwrap().role);
    assert_eq!(role, crate::group::Role::Owner);
    house.group = first;
    assert_eq!(house.error(&anna, "/api/v1/messages", &[]), "not_member");
}

#[test]
fn only_the_operator_makes_groups_unless_the_operator_lets_others() {
    let anna = person("anna");
    let create = |house: &mut House| house.error(&anna, "/api/v1/groups/create", &[("name", "Perch".into())]);
    let mut house = House::new();
    assert_eq!(create(&mut house), "not_allowed");
    let mut house = House::open_to(Founders::Members);
    assert_eq!(create(&mut house), "not_allowed");
    house.join(&anna, "Anna");
    assert_eq!(create(&mut house), "none");
    // A member of any group of this server is one, wherever they ask.
    house.ask(Some(&anna), "/api/v1/leave", &[]);
    assert_eq!(create(&mut house), "none");
    assert_eq!(create(&mut house), "too_many", "two each");
    let mut house = House::open_to(Founders::Anyone);
    house.ban(&anna);
    assert_eq!(create(&mut house), "banned");
    for number in 0..3 {
        assert_eq!(
            house.error(&person(&format!("p{number}")), "/api/v1/groups/create", &[("name", "Perch".into())]),
            "none"
        );
    }
    assert_eq!(house.error(&person("p3"), "/api/v1/groups/create", &[("name", "Perch".into())]), "too_many");
}

#[test]
fn a_group_needs_a_name_and_a_way_to_be_set_up_that_there_is() {
    let mut house = House::open_to(Founders::Anyone);
    let anna = person("anna");
    for fields in [
        vec![],
        vec![("name", " ".into())],
        vec![("name", "a\nb".into())],
        vec![("name", "Perch".into()), ("preset", "xyz".into())],
        vec![("name", "Perch".into()), ("nick", "a:b".into())],
    ] {
        assert_eq!(house.error(&anna, "/api/v1/groups/create", &fields), "bad_request", "{fields:?}");
    }
    assert_eq!(house.server.groups.len(), 1);
    let group = house.create(&anna, &[("name", "The Perches".into()), ("preset", "Family".into())]);
    assert_eq!(group.name, "Private Group");
    let answer = house.answer(&anna, "/create News preset=announcements");
    assert!(answer.starts_with("The group is there. You are its owner. Write to "), "{answer}");
    assert!(answer.len() <= crate::command::ONE_PACKET);
}

#[test]
fn groups_beside_each_other_do_not_leak() {
    let mut house = House::open_to(Founders::Anyone);
    let (anna, bob) = (person("anna"), person("bob"));
    let second = house.create(&anna, &[("name", "Second".into())]);
    house.join(&bob, "Bob");
    house.join(&anna, "Anna");
    house.write(&anna, "in the first");
    // A ban holds where it was made, a link leads to one group, and a message is for one.
    house.ban(&bob);
    assert_eq!(house.error(&bob, "/api/v1/messages", &[]), "banned");
    let first = std::mem::replace(&mut house.group, second);
    assert_eq!(house.error(&bob, "/api/v1/messages", &[]), "not_member");
    house.join(&bob, "Bob");
    assert!(house.write(&bob, "in the second").0);
    assert_eq!(house.texts(&bob), ["in the second"]);
    // Who left here is still there.
    house.ask(Some(&anna), "/api/v1/leave", &[]);
    let second = std::mem::replace(&mut house.group, first);
    assert_eq!(house.texts(&anna), ["in the first"]);
    // A message for one group, signed for it, is none for the other.
    let message = house.signed(&anna, "for the first only");
    let fields = [("payload", bytes(&message.payload)), ("signature", bytes(&message.signature))];
    house.group = second;
    house.join(&anna, "Anna");
    assert_ne!(house.error(&anna, "/api/v1/messages/post", &fields), "none");
}

#[test]
fn groups_that_were_made_while_it_ran_are_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    house.server.set_founding_terms(FoundingTerms { founders: Founders::Anyone, ..FoundingTerms::default() });
    let anna = person("anna");
    let made = house.create(&anna, &[("name", "Perch".into())]);
    house.group = made.clone();
    house.write(&anna, "hello");
    drop(house);
    let mut house = House::with_store(Store::open(&path).unwrap());
    let groups = house.server.hosted_groups();
    assert_eq!(groups.len(), 2);
    let again = groups.into_iter().find(|group| group.group == made.group).unwrap();
    assert_eq!(again, made);
    assert_eq!(house.server.take_ratchets(made.delivery).len(), 1);
    house.group = made;
    assert_eq!(house.texts(&anna), ["hello"]);
}

#[test]
fn a_group_that_could_not_be_stored_is_on_no_network() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let mut house = House::with_store(Store::open(&path).unwrap());
    house.server.set_founding_terms(FoundingTerms { founders: Founders::Anyone, ..FoundingTerms::default() });
    let sql = "CREATE TRIGGER full BEFORE INSERT ON group_keys BEGIN SELECT raise(FAIL, 'full'); END";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    assert_eq!(
        house.error(&person("anna"), "/api/v1/groups/create", &[("name", "Perch".into())]),
        "unavailable"
    );
    assert_eq!(house.server.groups.len(), 1);
    assert_eq!(house.with(|store, _| store.groups().unwrap().len()), 1);
}

#[test]
fn what_others_see_is_announced_again_when_it_changes_and_only_then() {
    let mut house = House::new();
    let addresses = house.server.groups[0].addresses();
    assert_eq!(house.set(|settings| settings.description = "About fish".into()), []);
    let effects = house.set(|settings| settings.name = "Perch".into());
    let [Effect::Reannounce { addresses: told, name, app_data, schedule: Schedule::Announced, .. }] =
        effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!((*told, name.as_str()), (addresses, "Perch"));
    assert_eq!(Announcement::read(app_data).unwrap().name, "Perch");
    assert_eq!(house.set(|_| {}), [], "it is said once");
    let effects = house.set(|settings| settings.joining.price = 12);
    let [Effect::Reannounce { app_data, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(Announcement::read(app_data).unwrap().price, 12);
    let effects = house.set(|settings| settings.visibility.info = VisibilityClass::Members);
    let [Effect::Reannounce { name, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(name, "Private Group");
}

#[test]
fn a_silent_group_is_not_announced() {
    let mut house = House::new();
    let effects = house.set(|settings| settings.showing.silent = true);
    assert!(
        matches!(effects.as_slice(), [Effect::Reannounce { schedule: Schedule::Silent, .. }]),
        "{effects:?}"
    );
    assert_eq!(house.server.hosted_groups()[0].schedule, Schedule::Silent);
}

#[test]
fn an_unlisted_group_is_in_nobodys_list_but_its_members() {
    let mut house = House::open_to(Founders::Anyone);
    let (anna, bob) = (person("anna"), person("bob"));
    house.create(&anna, &[("name", "The Perches".into()), ("preset", "family".into())]);
    let names = |house: &mut House, who: &Identity| {
        let answer = house.ask(Some(who), "/api/v1/groups", &[]);
        let groups = get(&answer, "groups").as_array().unwrap().clone();
        let mut names: Vec<_> = groups.iter().map(|g| get(g, "name").as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&mut house, &anna), ["Roost", "The Perches"]);
    assert_eq!(names(&mut house, &bob), ["Roost"]);
}

#[test]
fn what_a_group_sends_bears_its_icon_and_nobody_elses() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    for (who, nick) in [(&anna, "Anna"), (&bob, "Bob")] {
        house.join(who, nick);
    }
    house.answer(&bob, "/resume");
    let icons = |sent: &[OutboundMessage]| {
        let of = |sent: &OutboundMessage| {
            let fields = msgpack::decode(&said(sent).fields).unwrap();
            let found = fields.as_map().unwrap().iter().find(|(key, _)| key.as_u64() == Some(id::ICON));
            found.map(|(_, value)| value.as_array().unwrap()[0].as_str().unwrap().to_owned())
        };
        sent.iter().map(of).collect::<Vec<_>>()
    };
    let (_, sent) = house.write(&anna, "hello");
    assert_eq!(icons(&sent), [None]);
    house.set(|settings| settings.showing.icon = Some("fish ffffff 0000ff".parse().unwrap()));
    let (_, sent) = house.write(&anna, "hello again");
    assert_eq!(icons(&sent), [Some("fish".to_owned())]);
    let (_, sent) = house.write(&anna, "/info");
    assert_eq!(sent.len(), 1);
    let (_, sent) = house.write(&anna, &"long ".repeat(60));
    assert_eq!(icons(&sent), [None], "not where it would need a link");
}

#[test]
fn an_owner_has_the_group_announced_and_others_do_not() {
    let mut house = House::open_to(Founders::Anyone);
    let (anna, bob) = (person("anna"), person("bob"));
    house.group = house.create(&anna, &[("name", "Perch".into())]);
    house.join(&bob, "Bob");
    let mut announces = |who: &Identity| {
        house.wait(1);
        let message = house.signed(who, "/announce");
        let (input, _) = house.delivery(who, &message);
        let effects = house.handle(vec![input]);
        effects.iter().filter(|effect| matches!(effect, Effect::Reannounce { .. })).count()
    };
    assert_eq!((announces(&anna), announces(&bob)), (1, 0));
}
