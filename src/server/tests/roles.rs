//! Roles, settings and the audit log, through requests and commands.

use rmpv::Value;

use super::{Effect, House, bytes, get, named, person};
use crate::group::{Permission, Role, Settings};
use crate::rns::identity::Identity;

fn list(values: &[&str]) -> Value {
    Value::Array(values.iter().map(|value| Value::from(*value)).collect())
}

fn error(answer: &Value) -> Option<&str> {
    get(answer, "error").as_str()
}

/// A house with an owner, an admin and a member.
fn staffed() -> (House, [Identity; 3]) {
    let mut house = House::new();
    let people = ["owner", "admin", "member"].map(person);
    for (who, nick) in people.iter().zip(["Owner", "Admin", "Member"]) {
        house.join(who, nick);
    }
    house.appoint(&people[0], Role::Owner);
    house.appoint(&people[1], Role::Admin);
    (house, people)
}

fn set(house: &mut House, who: &Identity, name: &str, value: Value, expected: Option<u64>) -> Value {
    let mut fields = vec![("set", named(&[(name, value)]))];
    fields.extend(expected.map(|expected| ("expected", expected.into())));
    house.ask(Some(who), "/api/v1/settings", &fields)
}

fn give(house: &mut House, by: &Identity, to: &Identity, role: &str) -> Value {
    let fields = [("person", bytes(to.hash().as_bytes())), ("role", role.into())];
    house.ask(Some(by), "/api/v1/members/role", &fields)
}

#[test]
fn a_role_is_given_and_shown_and_what_it_may_follows_at_once() {
    let (mut house, [owner, _, member]) = staffed();
    let refused = house.ask(Some(&member), "/api/v1/audit", &[]);
    assert_eq!(error(&refused), Some("not_allowed"));
    let given = give(&mut house, &owner, &member, "moderator");
    assert_eq!(get(&given, "role").as_str(), Some("moderator"));
    assert_eq!(get(&given, "changed").as_u64(), Some(house.head().seq.0));
    assert!(get(&give(&mut house, &owner, &member, "moderator"), "changed").is_nil());
    assert_eq!(error(&house.ask(Some(&member), "/api/v1/audit", &[])), None);
    let people = house.ask(Some(&member), "/api/v1/members", &[]);
    let roles: Vec<_> =
        get(&people, "people").as_array().unwrap().iter().map(|one| get(one, "role").as_str()).collect();
    assert_eq!(roles, [Some("owner"), Some("admin"), Some("moderator")]);
}

#[test]
fn single_permissions_are_given_for_a_time_and_taken_back() {
    let (mut house, [owner, _, member]) = staffed();
    let until = house.now.unix.as_secs() + 60;
    let whom = || ("person", bytes(member.hash().as_bytes()));
    let given = house.ask(
        Some(&owner),
        "/api/v1/members/role",
        &[whom(), ("grant", "audit.read".into()), ("until", until.into())],
    );
    assert_eq!(get(&given, "grants"), &list(&["audit.read"]));
    assert_eq!(error(&house.ask(Some(&member), "/api/v1/audit", &[])), None);
    house.wait(61);
    assert_eq!(error(&house.ask(Some(&member), "/api/v1/audit", &[])), Some("not_allowed"));
    house.ask(Some(&owner), "/api/v1/members/role", &[whom(), ("grant", "settings".into())]);
    assert_eq!(error(&set(&mut house, &member, "rules", "Be kind.".into(), None)), None);
    let taken =
        house.ask(Some(&owner), "/api/v1/members/role", &[whom(), ("revoke", "group.settings".into())]);
    assert!(get(&taken, "grants").is_nil());
    assert_eq!(error(&set(&mut house, &member, "rules", "None.".into(), None)), Some("not_allowed"));
}

#[test]
fn a_group_says_what_its_roles_may() {
    let (mut house, [owner, admin, member]) = staffed();
    let members = || ("role", Value::from("member"));
    let now = house.ask(Some(&admin), "/api/v1/members/role", &[members()]);
    let may = get(&now, "permissions").as_array().unwrap().clone();
    assert!(may.contains(&"messages.post".into()));
    let quiet: Vec<_> = may.into_iter().filter(|one| one.as_str() != Some("messages.post")).collect();
    let changed =
        house.ask(Some(&owner), "/api/v1/members/role", &[members(), ("permissions", quiet.into())]);
    assert_eq!(error(&changed), None, "{changed}");
    let post = [("text", "hi".into())];
    assert_eq!(error(&house.ask(Some(&member), "/api/v1/messages/post", &post)), Some("not_allowed"));
    assert_eq!(error(&house.ask(Some(&admin), "/api/v1/messages/post", &post)), None);
    let lock_out = [("role", "owner".into()), ("permissions", list(&["messages.post"]))];
    assert_eq!(error(&house.ask(Some(&owner), "/api/v1/members/role", &lock_out)), Some("lock_out"));
}

#[test]
fn settings_are_changed_all_at_once_or_not_at_all() {
    let (mut house, [_, admin, member]) = staffed();
    let both = |name: Value| vec![("set", named(&[("description", "About".into()), ("max_members", name)]))];
    let bad = house.ask(Some(&admin), "/api/v1/settings", &both("many".into()));
    assert_eq!((error(&bad), get(&bad, "field").as_str()), (Some("bad_request"), Some("max_members")));
    assert_eq!(house.with(|store, gid| store.group(gid).unwrap().unwrap().facts.settings.description), "");
    let good = house.ask(Some(&admin), "/api/v1/settings", &both(500.into()));
    assert_eq!(get(get(&good, "settings"), "max_members").as_u64(), Some(500));
    let info = house.ask(Some(&member), "/api/v1/info", &[("details", true.into())]);
    assert_eq!(get(&info, "description").as_str(), Some("About"));
    assert!(get(&house.ask(Some(&member), "/api/v1/info", &[]), "description").is_nil());
    let unknown = set(&mut house, &admin, "colour", "red".into(), None);
    assert_eq!(error(&unknown), Some("not_found"));
}

#[test]
fn the_second_of_two_admins_is_told_who_was_faster() {
    let (mut house, [owner, admin, member]) = staffed();
    let seen = house.ask(Some(&owner), "/api/v1/settings", &[]);
    let seen = get(&seen, "changed").as_u64();
    assert_eq!(error(&set(&mut house, &admin, "rules", "Be kind.".into(), seen)), None);
    let late = set(&mut house, &owner, "rules", "Be quick.".into(), seen);
    assert_eq!(error(&late), Some("conflict"));
    assert!(get(&late, "what").as_str().unwrap().contains("Admin changed the settings."), "{late}");
    let rules = house.with(|store, gid| store.group(gid).unwrap().unwrap().facts.settings.rules);
    assert_eq!(rules, "Be kind.");

    let head = house.head().seq.0;
    give(&mut house, &admin, &member, "moderator");
    let fields =
        [("person", bytes(member.hash().as_bytes())), ("role", "reader".into()), ("expected", head.into())];
    let late = house.ask(Some(&owner), "/api/v1/members/role", &fields);
    assert_eq!(error(&late), Some("conflict"));
    assert!(get(&late, "what").as_str().unwrap().contains("Admin made Member moderator."), "{late}");
}

#[test]
fn a_name_is_changed_by_who_may_and_announced() {
    let (mut house, [_, admin, member]) = staffed();
    let fields = [("name", "Altona".into())];
    let refused = house.ask(Some(&member), "/api/v1/display-name/update", &fields);
    assert_eq!(error(&refused), Some("not_allowed"));
    let request = super::msgpack::encode(&named(&fields));
    let request = house.request(Some(&admin), "/api/v1/display-name/update", request, super::MDU);
    let effects = house.handle(vec![request]);
    assert!(effects.iter().any(|effect| match effect {
        Effect::Reannounce { name, .. } => name == "Altona",
        _ => false,
    }));
    assert_eq!(get(&house.ask(None, "/api/v1/info", &[]), "name").as_str(), Some("Altona"));
}

#[test]
fn the_name_inside_a_private_group_is_for_members() {
    let (mut house, [owner, _, member]) = staffed();
    let closed = set(&mut house, &owner, "access", "private".into(), None);
    assert_eq!(error(&closed), None, "{closed}");
    let outside = house.ask(Some(&person("stranger")), "/api/v1/info", &[]);
    assert_eq!(get(&outside, "name").as_str(), Some(Settings::HIDDEN_NAME));
    assert_eq!(get(&outside, "access").as_str(), Some("private"));
    assert!(get(&outside, "private_name").is_nil());
    let inside = house.ask(Some(&member), "/api/v1/info", &[]);
    assert_eq!(get(&inside, "private_name").as_str(), Some("Roost"));
    set(&mut house, &owner, "access", "public".into(), None);
    assert_eq!(get(&house.ask(None, "/api/v1/info", &[]), "name").as_str(), Some("Roost"));
}

#[test]
fn everybody_can_ask_who_they_are_and_what_they_may() {
    let (mut house, [_, admin, member]) = staffed();
    let me = house.ask(Some(&admin), "/api/v1/me", &[]);
    assert_eq!((get(&me, "role").as_str(), get(&me, "number").as_u64()), (Some("admin"), Some(2)));
    let may = get(&me, "permissions").as_array().unwrap();
    assert!(may.contains(&Permission::ChangeSettings.name().into()));
    let renamed = house.ask(Some(&member), "/api/v1/me", &[("nick", "Änna".into())]);
    assert_eq!(get(&renamed, "nick").as_str(), Some("Änna"));
    let stranger = house.ask(Some(&person("stranger")), "/api/v1/me", &[]);
    assert_eq!(get(&stranger, "member").as_bool(), Some(false));
    assert_eq!(error(&house.ask(None, "/api/v1/me", &[])), Some("identify"));
}

#[test]
fn members_are_found_by_a_part_of_their_nick_or_hash() {
    let (mut house, [owner, _, member]) = staffed();
    let mut find = |q: &str| {
        let found = house.ask(Some(&owner), "/api/v1/members", &[("q", q.into())]);
        let people = get(&found, "people").as_array().unwrap();
        people.iter().map(|one| get(one, "nick").as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(find("MEM"), ["Member"]);
    assert_eq!(find(&member.hash().to_string()[..8]), ["Member"]);
    assert!(find("nobody").is_empty());
}

#[test]
fn the_audit_log_says_who_did_what_to_whom_and_never_what_was_said() {
    let (mut house, [owner, admin, member]) = staffed();
    house.write(&member, "nobody should find this text here");
    give(&mut house, &owner, &member, "reader");
    set(&mut house, &admin, "rules", "Be kind.".into(), None);
    let log = house.ask(Some(&admin), "/api/v1/audit", &[("limit", 2.into()), ("max_bytes", 4_096.into())]);
    let entries = get(&log, "entries").as_array().unwrap();
    let texts: Vec<_> = entries.iter().map(|entry| get(entry, "text").as_str().unwrap()).collect();
    assert_eq!(texts, ["Admin changed the settings.", "Owner made Member reader."]);
    assert_eq!(get(&entries[1], "by").as_slice(), Some(&owner.hash().as_bytes()[..]));
    assert_eq!(get(&entries[1], "whom").as_slice(), Some(&member.hash().as_bytes()[..]));
    assert_eq!(get(&entries[1], "kind").as_str(), Some("RoleAssigned"));
    assert_eq!(get(&log, "more").as_bool(), Some(true));

    let mut seen = Vec::new();
    let mut before = house.head().seq.0 + 1;
    loop {
        let page = house.ask(Some(&admin), "/api/v1/audit", &[("before", before.into())]);
        assert!(!page.to_string().contains("nobody should find"));
        let entries = get(&page, "entries").as_array().unwrap();
        seen.extend(entries.iter().map(|entry| get(entry, "seq").as_u64().unwrap()));
        before = get(&page, "next").as_u64().unwrap();
        if get(&page, "more").as_bool() == Some(false) {
            break;
        }
    }
    // All but the message.
    let post = house.with(|store, gid| store.latest_by(gid, member.hash()).unwrap().unwrap().0);
    let all: Vec<_> = (1..=house.head().seq.0).rev().filter(|seq| *seq != post).collect();
    assert_eq!(seen, all);
    let since = house.ask(Some(&admin), "/api/v1/audit", &[("since", 1.into()), ("limit", 1.into())]);
    assert_eq!(get(&get(&since, "entries").as_array().unwrap()[0], "seq").as_u64(), Some(2));
}

#[test]
fn keys_of_people_are_handed_out_to_readers() {
    let (mut house, [owner, admin, member]) = staffed();
    let hashes = [&owner, &person("nobody"), &member].map(|who| bytes(who.hash().as_bytes()));
    let fields = [("people", Value::Array(hashes.to_vec()))];
    let found = house.ask(Some(&admin), "/api/v1/identities", &fields);
    let keys: Vec<_> =
        get(&found, "keys").as_array().unwrap().iter().map(|key| key.as_slice().unwrap()).collect();
    assert_eq!(keys, [&owner.public().as_bytes()[..], &member.public().as_bytes()[..]]);
    let refused = house.ask(Some(&person("stranger")), "/api/v1/identities", &fields);
    assert_eq!(error(&refused), Some("not_member"));
}

#[test]
fn staff_runs_a_group_by_commands() {
    let (mut house, [owner, admin, member]) = staffed();
    assert_eq!(house.answer(&owner, "/role Member moderator"), "Member is moderator now.");
    assert_eq!(house.answer(&owner, "/usermode Member Moderator"), "Member is moderator already.");
    assert_eq!(
        house.answer(&owner, "/grant Member group.settings 7d").split(" until").next(),
        Some("Member has group.settings now")
    );
    assert_eq!(house.answer(&owner, "/role @Member"), "Member: moderator, with group.settings.");
    assert_eq!(house.answer(&member, "/set rules \u{201c}Be kind.\u{201d}"), "rules: Be kind.");
    assert_eq!(house.answer(&member, "/rules"), "Be kind.");
    assert_eq!(house.answer(&owner, "/revoke Member settings"), "group.settings is taken back from Member.");
    assert!(house.answer(&member, "/set rules off").starts_with("Your role here is moderator"));
    assert!(house.answer(&owner, "/role member -messages.post").starts_with("member may: info.read"));
    assert_eq!(house.answer(&admin, "/rename Member Anna"), "Member is called Anna now.");
    assert_eq!(house.answer(&member, "/nick Änna"), "You are called Änna now.");
    assert!(
        house.answer(&member, "/whoami").starts_with("You are Änna, member 3, role moderator, identity ")
    );
    assert!(house.answer(&admin, "/role Owner member").contains("stands as high here as you, or higher"));
    assert!(house.answer(&owner, "/leave").contains("no owner left"));
    let log = house.answer(&admin, "/audit 3");
    assert!(log.contains("Änna is called Änna now."), "{log}");
    assert!(log.len() <= crate::command::ONE_PACKET);
}
