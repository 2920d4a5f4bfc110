//! `schemas/`: what other people's clients are written from is what this program does. With `ROOST_BLESS=1` in the
//! environment these tests write the files anew; the difference is for a person to read.

use std::path::{Path, PathBuf};

use rmpv::Value;
use serde_json::json;

use super::budgets::as_json;
use super::{House, Input, bytes, get, named, person};
use crate::api::{fields, schema};
use crate::group::{Founders, FoundingTerms, Role};
use crate::lxmf::{Message, SignedMessage};
use crate::rns::msgpack;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn compare(path: &Path, content: &serde_json::Value) {
    let mut text = serde_json::to_string_pretty(content).unwrap();
    text.push('\n');
    if std::env::var_os("ROOST_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(stored, text, "{}: run the tests with ROOST_BLESS=1 and read what changes", path.display());
}

/// The files in `folder` are these and no others.
fn assert_no_leftovers(folder: &Path, names: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(names.contains(&name.as_str()), "{} describes nothing", path.display());
    }
}

#[test]
fn schemas_say_what_the_types_say() {
    let files = schema::files();
    for (name, content) in &files {
        compare(&schemas().join("v1").join(format!("{name}.json")), content);
    }
    assert_no_leftovers(&schemas().join("v1"), &files.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

/// A group with a member, one message by each road, and a second member who asks.
fn golden_house() -> House {
    let mut house = House::new();
    house
        .server
        .set_founding_terms(FoundingTerms { founders: Founders::Members, ..FoundingTerms::default() });
    let anna = person("anna");
    house.join(&anna, "Anna");
    house.join(&person("bob"), "Bob");
    let message = signed_message(&house, "signed by Anna");
    house.wait(60);
    assert!(house.deliver(&anna, &message).0);
    let post = [("text", "vouched for by the link".into()), ("id", bytes(&[8; 8]))];
    house.ask(Some(&person("bob")), "/api/v1/messages/post", &post);
    house.handle(vec![Input::GroupsHeard(vec![super::groups::announce(1, "Perch", 2)])]);
    house
}

fn signed_message(house: &House, text: &str) -> SignedMessage {
    let message = Message {
        time: house.now.unix,
        title: b"A title".to_vec(),
        content: text.as_bytes().to_vec(),
        fields: vec![0x80],
    };
    SignedMessage::sign(message, house.group.delivery, &person("anna"))
}

type Case = (&'static str, &'static str, Option<&'static str>, Vec<(&'static str, Value)>);

fn cases() -> Vec<Case> {
    let another = signed_message(&golden_house(), "signed and sent as a request");
    let large = ("max_bytes", Value::from(4_096));
    vec![
        ("groups", "/api/v1/groups", Some("bob"), vec![("q", "er".into()), ("limit", 5.into())]),
        (
            "groups-create",
            "/api/v1/groups/create",
            Some("bob"),
            vec![("name", "Fish".into()), ("preset", "public".into()), ("nick", "Bob".into())],
        ),
        ("info", "/api/v1/info", None, vec![]),
        ("join", "/api/v1/join", Some("carol"), vec![("nick", "Carol".into())]),
        ("join-short", "/api/v1/join", Some("carol"), vec![("nick", "Carol".into()), ("short", true.into())]),
        ("leave", "/api/v1/leave", Some("bob"), vec![]),
        ("members", "/api/v1/members", Some("bob"), vec![("limit", 10.into()), ("after", 0.into())]),
        ("messages", "/api/v1/messages", Some("bob"), vec![("limit", 5.into()), large.clone()]),
        (
            "messages-since",
            "/api/v1/messages",
            Some("bob"),
            vec![("since", 4.into()), ("signed", false.into()), large.clone()],
        ),
        ("messages-signed", "/api/v1/messages", Some("bob"), vec![("signed", true.into()), large]),
        (
            "post",
            "/api/v1/messages/post",
            Some("bob"),
            vec![
                ("text", "hello".into()),
                ("title", "A title".into()),
                ("fields", bytes(&[0x81, 0xcc, 0xfb, 0xc4, 1, 7])),
                ("id", bytes(&[9; 8])),
            ],
        ),
        (
            "post-signed",
            "/api/v1/messages/post",
            Some("anna"),
            vec![("payload", bytes(&another.payload)), ("signature", bytes(&another.signature))],
        ),
        (
            "post-sealed",
            "/api/v1/messages/post",
            Some("bob"),
            vec![("scheme", 1.into()), ("opaque", bytes(b"sealed for each")), ("id", bytes(&[9; 8]))],
        ),
        (
            "edit",
            "/api/v1/messages/edit",
            Some("bob"),
            vec![("id", 5.into()), ("text", "said better".into())],
        ),
        (
            "delete",
            "/api/v1/messages/delete",
            Some("bob"),
            vec![("id", 5.into()), ("reason", "a mistake".into())],
        ),
        ("react", "/api/v1/messages/react", Some("bob"), vec![("id", 4.into()), ("reaction", "👍".into())]),
        ("status", "/api/v1/messages/status", Some("anna"), vec![]),
        ("refusal", "/api/v1/messages", None, vec![]),
        ("refusal-field", "/api/v1/messages", Some("bob"), vec![("limit", "all".into())]),
    ]
}

/// Cases in which Bob is the owner.
fn cases_of_staff() -> Vec<Case> {
    vec![
        ("info-details", "/api/v1/info", Some("bob"), vec![("details", true.into())]),
        (
            "add",
            "/api/v1/members/add",
            Some("bob"),
            vec![("person", bytes(person("carol").hash().as_bytes())), ("nick", "Carol".into())],
        ),
        (
            "approve",
            "/api/v1/members/approve",
            Some("bob"),
            vec![("person", bytes(person("carol").hash().as_bytes()))],
        ),
        ("invite", "/api/v1/invites/create", Some("bob"), vec![("uses", 3.into())]),
        ("invites", "/api/v1/invites", Some("bob"), vec![("limit", 5.into())]),
        ("pending", "/api/v1/pending", Some("bob"), vec![("limit", 5.into())]),
        ("me", "/api/v1/me", Some("bob"), vec![("nick", "Robert".into())]),
        (
            "role",
            "/api/v1/members/role",
            Some("bob"),
            vec![("person", "Anna".into()), ("role", "moderator".into()), ("expected", 6.into())],
        ),
        (
            "role-grant",
            "/api/v1/members/role",
            Some("bob"),
            vec![
                ("person", bytes(person("anna").hash().as_bytes())),
                ("grant", "members.kick".into()),
                ("until", 2_000_000_000_u64.into()),
            ],
        ),
        ("pin", "/api/v1/messages/pin", Some("bob"), vec![("id", 4.into())]),
        ("role-may", "/api/v1/members/role", Some("bob"), vec![("role", "newcomer".into())]),
        (
            "settings",
            "/api/v1/settings",
            Some("bob"),
            vec![("set", named(&[("see_members", "world".into()), ("max_members", 500.into())]))],
        ),
        ("display-name", "/api/v1/display-name/update", Some("bob"), vec![("name", "Altona".into())]),
        ("audit", "/api/v1/audit", Some("bob"), vec![("limit", 2.into())]),
        (
            "identities",
            "/api/v1/identities",
            Some("bob"),
            vec![("people", Value::Array(vec![bytes(person("anna").hash().as_bytes())]))],
        ),
    ]
}

/// A group in which Bob is the owner, Dave is banned, Carol is muted, a message of Anna's waits, and one of Bob's has a
/// file; the numbers of these two.
fn moderated_house() -> (House, [Value; 2]) {
    let mut house = golden_house();
    let (anna, bob) = (person("anna"), person("bob"));
    house.appoint(&bob, Role::Owner);
    let file = Value::Array(vec!["a.txt".into(), bytes(b"what is in the file")]);
    let fields = msgpack::encode(&Value::Map(vec![(5.into(), Value::Array(vec![file]))]));
    let post = [("text", "see the file".into()), ("fields", bytes(&fields)), ("id", bytes(&[7; 8]))];
    let with_file = house.ask(Some(&bob), "/api/v1/messages/post", &post);
    let named_by_hash = |name: &str| ("person", bytes(person(name).hash().as_bytes()));
    let ban = [named_by_hash("dave"), ("reason", "spam".into()), ("seconds", 86_400.into())];
    house.ask(Some(&bob), "/api/v1/members/ban", &ban);
    house.ask(Some(&bob), "/api/v1/members/mute", &[named_by_hash("carol"), ("seconds", 3_600.into())]);
    let hold = named(&[("hold", "everything".into())]);
    house.ask(Some(&bob), "/api/v1/settings", &[("set", hold)]);
    let post = [("text", "look at this".into()), ("id", bytes(&[6; 8]))];
    let held = house.ask(Some(&anna), "/api/v1/messages/post", &post);
    let number = |answer: &Value| get(answer, "seq").clone();
    (house, [number(&with_file), number(&held)])
}

/// Cases in such a group.
fn cases_of_moderation() -> Vec<Case> {
    let (_, [with_file, held]) = moderated_house();
    let anna = || ("person", "Anna".into());
    let reason = || ("reason", "too loud".into());
    vec![
        ("kick", "/api/v1/members/kick", Some("bob"), vec![anna(), reason()]),
        (
            "ban",
            "/api/v1/members/ban",
            Some("bob"),
            vec![anna(), reason(), ("seconds", 86_400.into()), ("remove", 0.into())],
        ),
        (
            "unban",
            "/api/v1/members/unban",
            Some("bob"),
            vec![("person", bytes(person("dave").hash().as_bytes()))],
        ),
        ("mute", "/api/v1/members/mute", Some("bob"), vec![anna(), reason(), ("seconds", 3_600.into())]),
        (
            "unmute",
            "/api/v1/members/unmute",
            Some("bob"),
            vec![("person", bytes(person("carol").hash().as_bytes()))],
        ),
        ("bans", "/api/v1/bans", Some("bob"), vec![("limit", 5.into())]),
        ("mutes", "/api/v1/mutes", Some("bob"), vec![("limit", 5.into())]),
        ("hold", "/api/v1/messages/hold", Some("bob"), vec![("limit", 5.into())]),
        (
            "review",
            "/api/v1/messages/review",
            Some("bob"),
            vec![("seq", held), ("verdict", "publish".into())],
        ),
        (
            "attachment",
            "/api/v1/messages/attachment",
            Some("bob"),
            vec![("id", with_file), ("index", 0.into())],
        ),
    ]
}

/// The group that a case is asked in.
fn house_of(case: &str) -> House {
    let is_among = |cases: &[Case]| cases.iter().any(|(name, ..)| *name == case);
    if is_among(&cases_of_moderation()) {
        return moderated_house().0;
    }
    let mut house = golden_house();
    if is_among(&cases_of_staff()) {
        house.appoint(&person("bob"), Role::Owner);
    }
    house
}

/// A request in each of the three forms.
fn requests(fields: &[(&'static str, Value)]) -> [(&'static str, Value); 3] {
    let mut numbered: Vec<_> = fields
        .iter()
        .map(|(name, value)| (Value::from(fields::number(name).unwrap()), value.clone()))
        .collect();
    if numbered.is_empty() {
        numbered.push((fields::number("v").unwrap().into(), 1.into()));
    }
    let json: Vec<_> = fields.iter().cloned().chain([("format", "json".into())]).collect();
    [("named", named(fields)), ("numbered", Value::Map(numbered)), ("json", named(&json))]
}

#[test]
fn golden_bytes_are_what_is_answered_and_all_three_forms_say_the_same() {
    let cases: Vec<_> = cases().into_iter().chain(cases_of_staff()).chain(cases_of_moderation()).collect();
    for (name, path, who, fields) in &cases {
        let mut content = json!({ "path": path, "caller": who });
        let mut said = Vec::new();
        for (form, request) in requests(fields) {
            let request = msgpack::encode(&request);
            let caller = who.map(person);
            let answer = house_of(name).ask_packed(caller.as_ref(), path, request.clone());
            said.push(as_json(msgpack::decode(&answer).unwrap()));
            content[form] = json!({ "request": hex::encode(request), "answer": hex::encode(&answer) });
        }
        assert!(said.iter().all(|one| *one == said[0]), "{name}: {said:#?}");
        content["says"] = said.remove(0);
        compare(&schemas().join("golden").join(format!("{name}.json")), &content);
    }
    assert_no_leftovers(&schemas().join("golden"), &cases.iter().map(|case| case.0).collect::<Vec<_>>());
}
