//! What the tests of the store share: people, posts, a group to act in, and all tables as text.

mod chain;
mod changes;
mod collected;
mod copies;
mod files;
mod heads;
mod heard_groups;
mod history;
mod joining;
mod messages;
mod moderation;
mod outbox;
mod propagation;
mod random_acts;
mod random_history;
mod random_moderation;
mod ten_thousand;
mod tickets;
mod upgrade;

use crate::group::event::GroupCreated;
use rusqlite::types::ValueRef;

use std::ops::ControlFlow;

use super::{Place, Reader, Scanned, Store, StoreError, StoredMessage, Transaction};
use crate::group::{
    Act, Application, Authorship, Body, Caller, Decision, GroupEvent, GroupId, GroupKind, GroupMode,
    GroupRole, Head, Post, Refusal, Remove, RoleTable, Seq, Settings, rules,
};
use crate::rns::hash::{DestinationHash, IdentityHash, sha256};
use crate::rns::time::UnixTime;

const SALT: [u8; 16] = [0x5a; 16];

fn gid(number: u8) -> GroupId {
    GroupId::from_bytes([0xc0 | number; 16])
}

fn person(number: u8) -> IdentityHash {
    IdentityHash::from_bytes([number; 16])
}

fn time(secs: i64) -> UnixTime {
    UnixTime::from_micros(1_700_000_000_000_000 + secs * 1_000_000)
}

fn created(gid: GroupId) -> GroupEvent {
    GroupEvent::GroupCreated(GroupCreated {
        gid,
        kind: GroupKind::Group,
        mode: GroupMode::Plain,
        role: GroupRole::Origin,
        settings: Settings::public("Hamburg"),
        roles: RoleTable::default(),
    })
}

/// A post without signature; `id` is what its client chose.
fn link_post(gid: GroupId, author: IdentityHash, id: u8, text: &str) -> Post {
    let body = Body::Plain { title: Vec::new(), text: text.into(), fields: vec![0x80] };
    Post::new(gid, author, time(-5), body, Authorship::Link { client_id: [id; 8] })
}

/// A post with something where the signature stands: the store keeps it and does not check it.
fn lxmf_post(gid: GroupId, author: IdentityHash, text: &str) -> Post {
    let bin = serde_bytes::Bytes::new;
    let payload =
        rmp_serde::to_vec(&(1.5_f64, bin(b"a title"), bin(text.as_bytes()), [(); 0])).map(|mut bytes| {
            // An empty map, where serde writes an empty array.
            *bytes.last_mut().unwrap() = 0x80;
            bytes
        });
    let payload = payload.unwrap();
    let (destination, source) = (DestinationHash::from_bytes([1; 16]), DestinationHash::from_bytes([2; 16]));
    let message_hash = sha256(&[destination.as_bytes(), source.as_bytes(), &payload]);
    let body = Body::from_payload(&payload).unwrap();
    let authorship = Authorship::Lxmf { destination, source, payload, signature: [3; 64], message_hash };
    Post::new(gid, author, time(-7), body, authorship)
}

/// A reaction to what `target` was sent as.
fn reaction(gid: GroupId, author: IdentityHash, target: &Post) -> Post {
    let Authorship::Lxmf { message_hash, .. } = target.authorship else { panic!("no LXMF message") };
    let fields = [&[0x81, 0x40, 0x82, 0, 0xc4, 32][..], &message_hash, &[1, 0xa1, b'!']].concat();
    let body = Body::Plain { title: Vec::new(), text: Vec::new(), fields };
    let client_id = *message_hash.first_chunk().unwrap();
    Post::new(gid, author, time(-3), body, Authorship::Link { client_id })
}

fn new_group(tx: &Transaction<'_>, gid: GroupId) -> Head {
    tx.apply(gid, None, &created(gid), time(0), SALT).unwrap()
}

/// Asks the rules, and applies what they say: `None` if nothing has to happen.
fn act(
    tx: &Transaction<'_>,
    gid: GroupId,
    caller: Caller,
    act: Act,
    now: UnixTime,
) -> Result<Option<Head>, Refusal> {
    let group = tx.group(gid).unwrap().unwrap();
    let standing = tx.standing(&group.facts, caller, Some(&act)).unwrap();
    match rules::decide(&group.facts, caller, &standing, act, now)? {
        Decision::Event(event) => Ok(Some(tx.apply(gid, Some(&group.head), &event, now, SALT).unwrap())),
        Decision::Already(_) => Ok(None),
    }
}

/// The latest messages of group 1, as the operator sees them.
fn walk_latest(
    tx: &Transaction<'_>,
    limit: u32,
    visit: &mut dyn FnMut(StoredMessage) -> ControlFlow<()>,
) -> Scanned {
    let all = (Seq(0), Seq(u64::MAX));
    tx.messages_before(gid(1), Reader::default(), all, limit, &mut |message| Ok(visit(message))).unwrap()
}

/// What has changed in group 1 after `since`, as the operator sees it.
fn walk_changed(
    tx: &Transaction<'_>,
    since: Seq,
    limit: u32,
    visit: &mut dyn FnMut(StoredMessage) -> ControlFlow<()>,
) -> Scanned {
    let place = Place::after(since);
    tx.messages_changed(gid(1), Reader::default(), place, limit, &mut |message| Ok(visit(message))).unwrap()
}

/// Deletes a message or a reaction of group 1 as the operator does. `false` if it is not there.
fn delete(tx: &Transaction<'_>, id: crate::group::PostId) -> bool {
    let deletion = Act::Delete { target: id, reason: "because".into() };
    act(tx, gid(1), Caller::Operator, deletion, time(4)).is_ok()
}

fn join(tx: &Transaction<'_>, gid: GroupId, who: IdentityHash) -> Head {
    let joined = act(tx, gid, Caller::Identified(who), Act::Join(Application::default()), time(1));
    joined.unwrap().expect("was no member before")
}

fn say(tx: &Transaction<'_>, gid: GroupId, post: Post) -> Head {
    let said = act(tx, gid, Caller::Identified(post.author), Act::Post(post), time(2));
    said.unwrap().expect("was not said before")
}

/// Every row of every table, as text, in an order that does not depend on how it came about.
fn dump(tx: &Transaction<'_>) -> Vec<String> {
    let mut tables = tx
        .sql
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'group_text%'")
        .unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut lines = Vec::new();
    for table in tables {
        let mut statement = tx.sql.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|index| shown(row.get_ref(index).unwrap())).collect();
            lines.push(format!("{table}: {}", values.join(" | ")));
        }
    }
    lines.extend(words_kept(tx));
    lines.sort();
    lines
}

/// The words that messages are found by. How SQLite keeps them is its own affair.
fn words_kept(tx: &Transaction<'_>) -> Vec<String> {
    tx.write_words().unwrap();
    let vocabulary = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.group_vocabulary \
                      USING fts5vocab('main', 'group_text', 'instance')";
    tx.sql.execute_batch(vocabulary).unwrap();
    let mut statement = tx.sql.prepare("SELECT term, doc & 0xffffffff FROM temp.group_vocabulary").unwrap();
    let words = statement
        .query_map([], |row| Ok(format!("word: {} | {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
    words.unwrap().collect::<Result<_, _>>().unwrap()
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Blob(bytes) => hex::encode(bytes),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => format!("{value:?}"),
    }
}

/// Tables that are this host's own: they do not follow from the log.
const LOCAL_TABLES: &[&str] = &["group_copies", "destinations", "group_notices"];

/// Replays group `gid` into an empty store and compares all tables that follow from the log.
fn assert_replay_gives_the_same(tx: &Transaction<'_>, gid: GroupId) {
    let mut empty = Store::open_in_memory().unwrap();
    let again = empty.begin().unwrap();
    assert_eq!(super::replay(tx, &again, gid).unwrap(), tx.head(gid).unwrap());
    let follow = |tx: &Transaction<'_>| {
        let is_local = |line: &str| LOCAL_TABLES.iter().any(|table| line.starts_with(&format!("{table}: ")));
        dump(tx).into_iter().filter(|line| !is_local(line)).collect::<Vec<_>>()
    };
    assert_eq!(follow(&again), follow(tx));
}

fn is_constraint<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Constraint(_)))
}

#[test]
fn the_readme_names_tests_that_exist() {
    let readme = include_str!("../migrations/README.md");
    let source = source_of(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let rows: Vec<_> = readme.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert_eq!(rows.len(), 15);
    for (row, number) in rows.iter().zip(1..) {
        assert!(row.starts_with(&format!("| {number} |")), "{row}");
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap();
        // Every other piece between backticks is a name; the ones that are tests are lower case throughout.
        let is_test = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let tests: Vec<_> = last.split('`').skip(1).step_by(2).filter(is_test).collect();
        assert!(!tests.is_empty(), "{row}");
        for test in tests {
            assert!(source.contains(&format!("fn {test}(")), "{test}");
        }
    }
}

fn source_of(directory: &std::path::Path) -> String {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match (path.is_dir(), path.extension().is_some_and(|extension| extension == "rs")) {
            (true, _) => source_of(&path),
            (false, true) => std::fs::read_to_string(&path).unwrap(),
            (false, false) => String::new(),
        })
        .collect()
}
