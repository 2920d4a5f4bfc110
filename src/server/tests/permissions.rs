//! The permission matrix: every endpoint and every command, called by everybody there can be. What comes of it is kept
//! in `snapshots` and read by a person: whoever adds an endpoint, a command or a role sees here who may.

use rmpv::Value;

use super::{House, bytes, get, named, person};
use crate::api::{self, Call, ENDPOINTS, Failure, Who};
use crate::command::{self, COMMANDS, ONE_PACKET};
use crate::group::event::{PermissionGranted, SettingsChanged};
use crate::group::{Caller, Founders, FoundingTerms, GroupAccess, Permission, Role};
use crate::rns::identity::Identity;
use crate::rns::msgpack;
use crate::server::Server;
use crate::server::lender::Lender;

/// What the one who has been given something has: one each of what is done to people, to the group, and read.
const GIVEN: &[Permission] = &[Permission::Ban, Permission::ChangeSettings, Permission::ReadAudit];

/// The number of what the victim has said.
const SAID: u64 = 3;

/// The least that makes sense of an endpoint; nothing for those that need nothing.
fn request(path: &str) -> Vec<(&'static str, Value)> {
    let victim = || ("person", bytes(person("victim").hash().as_bytes()));
    match path {
        "/api/v1/messages/post" => vec![("text", "hi".into())],
        "/api/v1/display-name/update" => vec![("name", "Altona".into())],
        "/api/v1/settings" => vec![("set", named(&[("description", "about".into())]))],
        "/api/v1/notify" => vec![("notify", "all".into())],
        "/api/v1/groups/create" => vec![("name", "Perch".into())],
        "/api/v1/me" => vec![("nick", "Another".into())],
        "/api/v1/members/approve" | "/api/v1/members/deny" | "/api/v1/members/add" => {
            vec![("person", bytes(&[7; 16]))]
        }
        "/api/v1/messages/edit" => vec![("id", SAID.into()), ("text", "hi!".into())],
        "/api/v1/messages/react" => vec![("id", SAID.into()), ("reaction", "+".into())],
        "/api/v1/messages/attachment" | "/api/v1/messages/delete" | "/api/v1/messages/pin" => {
            vec![("id", SAID.into())]
        }
        "/api/v1/members/kick"
        | "/api/v1/members/ban"
        | "/api/v1/members/unban"
        | "/api/v1/members/mute"
        | "/api/v1/members/unmute" => vec![victim()],
        "/api/v1/messages/review" => vec![("seq", 1.into()), ("verdict", "drop".into())],
        "/api/v1/messages/status" => vec![("seq", SAID.into())],
        "/api/v1/invites/revoke" => vec![("invite", 1.into())],
        "/api/v1/members/role" => vec![victim(), ("role", "reader".into())],
        _ => Vec::new(),
    }
}

/// The same for a command.
fn arguments(word: &str) -> &'static str {
    match word {
        "approve" | "deny" | "add" => "07070707070707070707070707070707",
        "uninvite" => "1",
        "delete" | "pin" | "unpin" | "status" => "3",
        "create" => "Perch",
        "edit" => "3 hi!",
        "react" => "3 +",
        "search" => "hi",
        "msg" => "Victim hi",
        "role" => "Victim reader",
        "grant" => "Victim members.kick",
        "revoke" => "Victim members.kick",
        "rename" => "Victim Vic",
        "kick" | "ban" | "unban" | "mute" | "unmute" => "Victim",
        "slow" => "30s",
        "nick" => "Another",
        "notify" => "all",
        "set" => "description about",
        _ => "",
    }
}

/// A column of the matrix.
type Column = (&'static str, Caller, Option<Identity>);

fn people(house: &mut House) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![("anonymous", Caller::Anonymous, None)];
    let mut add = |name: &'static str| {
        let identity = person(name);
        columns.push((name, Caller::Identified(identity.hash()), Some(identity.clone())));
        identity
    };
    add("stranger");
    let banned = add("banned");
    house.join(&banned, "Banned");
    house.ban(&banned);
    for role in [Role::Reader, Role::Newcomer, Role::Member, Role::Moderator, Role::Admin, Role::Owner] {
        let identity = add(role.name());
        house.join(&identity, role.name());
        house.appoint(&identity, role);
    }
    // Two owners: one alone could not leave.
    let other = person("other owner");
    house.join(&other, "Other");
    house.appoint(&other, Role::Owner);
    let grantee = add("grantee");
    house.join(&grantee, "Grantee");
    for permission in GIVEN {
        let (identity, permission) = (grantee.hash(), *permission);
        house.apply(&PermissionGranted { identity, permission, until: None, by: None }.into());
    }
    columns.push(("operator", Caller::Operator, None));
    columns
}

/// Does something in a call of somebody, in a transaction that is thrown away.
fn try_out<T>(house: &mut House, column: &Column, work: impl FnOnce(&mut Call<'_, '_>) -> T) -> T {
    let now = house.now;
    let Server { store, groups, random, fetches, directory, knocks, paces, keyring, .. } = &mut house.server;
    let transaction = store.begin().unwrap();
    let group = transaction.group(groups[0].gid).unwrap().unwrap();
    let key = column.2.as_ref().map(|identity| identity.public());
    let who = Who { caller: column.1, key: key.map(|key| *key.as_bytes()), asked_at: now.unix };
    let (groups, hosted) = (&groups[..], &groups[0]);
    let mut lender = Lender {
        random,
        fetches,
        paces,
        knocks,
        stamps: None,
        stamp: None,
        directory,
        groups,
        now,
        keyring,
        founding: FoundingTerms { founders: Founders::Members, ..FoundingTerms::default() },
        founded: &mut Vec::new(),
        effects: &mut Vec::new(),
        hosted,
        caller: key,
    };
    work(&mut Call::new(&transaction, &mut lender, group, who, now.unix, ONE_PACKET))
}

/// What comes of one thing for each column.
type Row = (String, Vec<String>);

fn matrix(house: &mut House, columns: &[Column]) -> Vec<Row> {
    let mut rows = Vec::new();
    for endpoint in ENDPOINTS {
        let data = msgpack::encode(&named(&request(endpoint.path)));
        let cells = columns.iter().map(|column| {
            let answer = try_out(house, column, |call| api::answer(endpoint, call, &data)).unwrap();
            let answer = msgpack::decode(&answer).unwrap();
            get(&answer, "error").as_str().unwrap_or("ok").to_owned()
        });
        rows.push((endpoint.path.to_owned(), cells.collect()));
    }
    for entry in COMMANDS {
        let arguments = arguments(entry.word);
        let cells = columns.iter().map(|column| {
            match try_out(house, column, |call| command::attempt(entry, call, arguments)) {
                Ok(_) => "ok".to_owned(),
                Err(Failure::Refused(refusal)) => refusal.code.name().to_owned(),
                Err(Failure::Store(error)) => panic!("/{}: {error}", entry.word),
            }
        });
        rows.push((format!("/{} {arguments:.20}", entry.word), cells.collect()));
    }
    rows
}

/// A group in which somebody has said something, and all the people.
fn full_house() -> (House, Vec<Column>) {
    let mut house = House::new();
    let victim = person("victim");
    house.join(&victim, "Victim");
    let said = house.ask(Some(&victim), "/api/v1/messages/post", &[("text", "hi".into())]);
    assert_eq!(get(&said, "seq").as_u64(), Some(SAID));
    let columns = people(&mut house);
    (house, columns)
}

#[test]
fn who_may_call_what_is_reviewed() {
    let (mut house, columns) = full_house();
    let line = |first: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:<12}")).collect();
        format!("{first:<29}{cells}").trim_end().to_owned()
    };
    let names: Vec<_> = columns.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let rows = matrix(&mut house, &columns);
    let rows = rows.iter().map(|(first, cells)| line(first, cells));
    let lines: Vec<_> = std::iter::once(line("", &names)).chain(rows).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_private_group_has_every_function_of_a_public_one() {
    let (mut house, columns) = full_house();
    let members: Vec<_> = columns
        .into_iter()
        .filter(|(name, ..)| !["anonymous", "stranger", "banned"].contains(name))
        .collect();
    let public = matrix(&mut house, &members);
    let settings = house.with(|store, gid| store.group(gid).unwrap().unwrap().facts.settings);
    let settings = settings.with_access(GroupAccess::Private);
    house.apply(&SettingsChanged { settings, by: None }.into());
    assert_eq!(matrix(&mut house, &members), public);
}
