//! Promises about the log: what was changed by hand is found, what was wiped is not missed.

use super::*;
use rusqlite::types::Value;

/// A group with one event of each kind that has tables, and a wiped post.
fn lively_group(tx: &Transaction<'_>) {
    new_group(tx, gid(1));
    join(tx, gid(1), person(1));
    say(tx, gid(1), lxmf_post(gid(1), person(1), "signed"));
    let wiped = link_post(gid(1), person(1), 1, "gone");
    say(tx, gid(1), wiped.clone());
    assert!(delete(tx, wiped.id));
    let ban = Act::Ban { identity: person(2), reason: "spam".into(), until: None, remove: Remove::Nothing };
    act(tx, gid(1), Caller::Operator, ban, time(5)).unwrap();
}

#[test]
fn one_changed_byte_anywhere_in_the_log_is_found() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    lively_group(&tx);
    assert_eq!(tx.verify_chain(gid(1)).unwrap(), tx.head(gid(1)).unwrap());
    let mut tried = 0;
    for seq in 1..=6_u32 {
        for column in ["header", "salt", "private", "private_digest", "hash"] {
            let select = format!("SELECT {column} FROM group_events WHERE seq = {seq}");
            let Some(bytes) = tx.sql.query_row(&select, [], |row| row.get::<_, Option<Vec<u8>>>(0)).unwrap()
            else {
                continue;
            };
            let update = format!("UPDATE group_events SET {column} = ?1 WHERE seq = {seq}");
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                tx.sql.execute(&update, [changed]).unwrap();
                let found = tx.verify_chain(gid(1));
                assert!(
                    matches!(found, Err(StoreError::Damaged { .. })),
                    "event {seq}, {column}, byte {at}: {found:?}"
                );
                tried += 1;
            }
            tx.sql.execute(&update, [bytes]).unwrap();
        }
    }
    assert!(tried > 800, "{tried}");
    assert!(tx.verify_chain(gid(1)).is_ok());
}

#[test]
fn a_changed_head_term_or_number_is_found() {
    for change in [
        "UPDATE groups SET head_hash = zeroblob(32)",
        "UPDATE groups SET head_time = head_time + 1",
        "UPDATE groups SET head_seq = 5",
        "UPDATE groups SET term = 2",
        "UPDATE group_events SET term = 2 WHERE seq = 2",
        "UPDATE group_events SET term = 2 WHERE seq = 6",
        "UPDATE group_events SET seq = 7 WHERE seq = 6",
        "DELETE FROM group_events WHERE seq = 6",
        "DELETE FROM group_events WHERE seq = 1",
        "DELETE FROM group_events",
    ] {
        let mut store = Store::open_in_memory().unwrap();
        let tx = store.begin().unwrap();
        lively_group(&tx);
        // The last event is a ban: no message hangs on it. For the others, the messages have to go first.
        if change.contains("DELETE") {
            tx.sql.execute("DELETE FROM group_messages", []).unwrap();
        }
        assert_eq!(tx.sql.execute(change, []).map(|rows| rows > 0), Ok(true));
        assert!(matches!(tx.verify_chain(gid(1)), Err(StoreError::Damaged { .. })), "{change}");
    }
}

#[test]
fn a_chain_does_not_pass_for_another_groups() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    lively_group(&tx);
    let mut rows = Vec::new();
    tx.events_since(gid(1), Seq(0), &mut |row| {
        rows.push(row);
        Ok(std::ops::ControlFlow::Continue(()))
    })
    .unwrap();
    rows[0].gid = gid(2);
    assert!(matches!(tx.append(None, &rows[0]), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_wiped_post_leaves_its_place_and_a_chain_that_verifies() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    lively_group(&tx);
    let row = tx.event(gid(1), Seq(4)).unwrap().unwrap();
    assert_eq!((row.salt, row.private), (None, None));
    assert!(!row.header.is_empty());
    assert!(tx.verify_chain(gid(1)).is_ok());
    assert_replay_gives_the_same(&tx, gid(1));
    let id = link_post(gid(1), person(1), 1, "gone").id;
    assert_eq!(tx.post_seq(gid(1), id).unwrap(), Some(Seq(4)), "it cannot be posted again");
    assert!(!delete(&tx, id), "nothing is left to wipe");
    assert!(!delete(&tx, crate::group::PostId::from_bytes([0; 16])));
}

#[test]
fn membership_that_is_over_can_be_wiped_from_the_log_and_numbers_still_rise() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    for who in [person(1), person(2)] {
        join(&tx, gid(1), who);
        act(&tx, gid(1), Caller::Identified(who), Act::Leave, time(2)).unwrap();
    }
    let ban = Act::Ban { identity: person(3), reason: "spam".into(), until: None, remove: Remove::Nothing };
    act(&tx, gid(1), Caller::Operator, ban, time(3)).unwrap();
    act(&tx, gid(1), Caller::Operator, Act::Unban { identity: person(3) }, time(4)).unwrap();
    let before = dump(&tx).into_iter().filter(|line| !line.starts_with("group_events")).collect::<Vec<_>>();
    for seq in 2..=7 {
        tx.wipe_event(gid(1), Seq(seq)).unwrap();
    }
    let after = dump(&tx).into_iter().filter(|line| !line.starts_with("group_events")).collect::<Vec<_>>();
    assert_eq!(before, after);
    assert!(tx.verify_chain(gid(1)).is_ok());
    assert_replay_gives_the_same(&tx, gid(1));
    let people = [person(1), person(2), person(3)].map(|who| who.to_string());
    assert!(dump(&tx).iter().all(|line| people.iter().all(|who| !line.contains(who))));
}

#[test]
fn replay_gives_the_same_tables() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    lively_group(&tx);
    assert_replay_gives_the_same(&tx, gid(1));
    assert_eq!(super::super::replay(&tx, &tx, gid(9)).unwrap(), None);
}

#[test]
fn no_table_is_ordered_or_filled_by_the_database() {
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    // The words to search by are made by SQLite as it likes, and of this host only.
    let sql: Vec<Value> = tx
        .sql
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'group_text%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(sql.len() >= 8);
    for sql in sql {
        let Value::Text(sql) = sql else { panic!() };
        for word in ["AUTOINCREMENT", "CURRENT_TIME", "COLLATE", "TRIGGER", "_rowid_"] {
            assert!(!sql.to_uppercase().contains(&word.to_uppercase()), "{word} in {sql}");
        }
        let has_own_key = sql.contains("PRIMARY KEY") || sql.starts_with("CREATE INDEX");
        assert!(has_own_key && !sql.contains("INTEGER PRIMARY KEY"), "{sql}");
    }
}
