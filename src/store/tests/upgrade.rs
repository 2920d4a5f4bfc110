//! Promises about databases that an older version has written.

use super::*;
use crate::group::Role;
use crate::store::migrate::SERVER;

/// How many migrations there were before settings stood in one column.
const BEFORE_ROLES: u32 = 9;

#[test]
fn a_group_from_before_roles_keeps_its_settings_and_its_members() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    for sql in SERVER.migrations.iter().take(BEFORE_ROLES as usize) {
        connection.execute_batch(sql).unwrap();
    }
    connection.pragma_update(None, "application_id", SERVER.mark).unwrap();
    connection.pragma_update(None, "user_version", BEFORE_ROLES).unwrap();
    let settings = Settings {
        private_name: Some("\"Böll\"".into()),
        description: "a \\ b\nc".into(),
        max_text: 1_000,
        ..Settings::public("Hamburg")
    };
    let group = "INSERT INTO groups (gid, kind, mode, role, term, head_seq, head_time, head_hash, created, name, \
        private_name, description, visibility_info, visibility_children, visibility_members, visibility_messages, \
        max_text, max_members, member_count, next_member_number) VALUES (?1, 'group', 'plain', 'origin', 1, 2, 5, \
        zeroblob(32), 5, ?2, ?3, ?4, 'world', 'world', 'members', 'members', ?5, ?6, 1, 2)";
    let gid_bytes = *gid(1).as_bytes();
    let values = (
        gid_bytes,
        &settings.name,
        &settings.private_name,
        &settings.description,
        settings.max_text,
        settings.max_members,
    );
    connection.execute(group, values).unwrap();
    let member = "INSERT INTO group_members (gid, identity_hash, number, nick, relay, joined) \
        VALUES (?1, ?2, 1, 'Anna', 'off', 7)";
    connection.execute(member, (gid(1).as_bytes(), person(1).as_bytes())).unwrap();

    SERVER.migrate(&mut connection).unwrap();
    let mut store = Store { connection, set_ups: Default::default() };
    let tx = store.begin().unwrap();
    let facts = tx.group(gid(1)).unwrap().unwrap().facts;
    assert_eq!(facts.settings, settings);
    assert!(facts.roles.is_default());
    assert_eq!((facts.set_at, facts.grant_count, facts.member_count), (Seq(1), 0, 1));
    let anna = tx.member(gid(1), person(1)).unwrap().unwrap();
    assert_eq!((anna.nick.as_deref(), anna.role), (Some("Anna"), Role::Member));
}
