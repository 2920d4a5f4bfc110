//! Promises about the file: whose it is, who may read it, and what a crash or another version does to it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::*;

fn in_directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    (directory, path)
}

/// Names, bytes and modes of all files beside the database but the shared-memory index, which holds nothing.
fn everything(path: &Path) -> Vec<(String, Vec<u8>, u32)> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = entries
        .map(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap(), mode)
        })
        .filter(|(name, ..)| !name.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

#[test]
fn what_was_committed_is_there_again_and_what_was_not_is_not() {
    let (_directory, path) = in_directory();
    let mut store = Store::open(&path).unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    say(&tx, gid(1), lxmf_post(gid(1), person(1), "kept"));
    let before = dump(&tx);
    tx.commit().unwrap();
    let tx = store.begin().unwrap();
    say(&tx, gid(1), lxmf_post(gid(1), person(1), "dropped"));
    drop(tx);
    drop(store);
    let mut store = Store::open(&path).unwrap();
    assert_eq!(dump(&store.begin().unwrap()), before);
}

#[test]
fn the_database_and_what_lies_beside_it_are_for_its_owner_only() {
    let (_directory, path) = in_directory();
    let mut store = Store::open(&path).unwrap();
    new_group(&store.begin().unwrap(), gid(1));
    let files = everything(&path);
    assert!(files.iter().any(|(name, ..)| name == "roost.db-wal"), "{files:?}");
    for (name, _, mode) in files {
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_power_cut_takes_no_commit_back() {
    let (_directory, path) = in_directory();
    let mut store = Store::open(&path).unwrap();
    let tx = store.begin().unwrap();
    let pragma =
        |name: &str| tx.sql.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
    let full = 2;
    assert_eq!(pragma("synchronous"), full);
    assert_eq!(pragma("foreign_keys"), 1);
    assert_eq!(pragma("secure_delete"), 1);
    let mode: String = tx.sql.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_newer_database_is_refused_and_left_untouched() {
    let (_directory, path) = in_directory();
    drop(Store::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    other.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(other);
    let before = everything(&path);
    let refused = Store::open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("99"));
    assert_eq!(everything(&path), before);
}

#[test]
fn a_newer_database_whose_program_was_killed_is_refused_and_left_untouched() {
    let (_directory, path) = in_directory();
    drop(Store::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let before = everything(&path);
    assert!(before.iter().any(|(name, bytes, _)| name.ends_with("-wal") && !bytes.is_empty()));
    assert!(matches!(Store::open(&path), Err(StoreError::Newer { found: 99, .. })));
    assert_eq!(everything(&path), before);
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_untouched() {
    let (_directory, path) = in_directory();
    let text = b"These are the notes of somebody who chose an unlucky name for the file. ".repeat(9);
    for content in [text.as_slice(), b"short"] {
        fs::write(&path, content).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::NotOurs)));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    for sql in ["CREATE TABLE notes (text)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"] {
        fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = everything(&path);
        assert!(matches!(Store::open(&path), Err(StoreError::NotOurs)), "{sql}");
        assert_eq!(everything(&path), before, "{sql}");
    }
}

#[test]
fn a_file_that_a_crash_left_empty_is_begun_again() {
    let (_directory, path) = in_directory();
    fs::write(&path, b"").unwrap();
    let mut store = Store::open(&path).unwrap();
    new_group(&store.begin().unwrap(), gid(1));
}

#[test]
fn a_directory_that_is_not_there_is_an_error_of_the_file() {
    let (directory, _) = in_directory();
    let result = Store::open(&directory.path().join("missing").join("roost.db"));
    assert!(matches!(result, Err(StoreError::File(_))));
}

/// Is this anywhere in the files? Words to search by stand there in lower case.
fn stands_in_files(path: &Path, text: &str) -> Vec<String> {
    let holds =
        |bytes: &[u8]| bytes.to_ascii_lowercase().windows(text.len()).any(|part| part == text.as_bytes());
    everything(path).into_iter().filter(|(_, bytes, _)| holds(bytes)).map(|(name, ..)| name).collect()
}

#[test]
fn what_is_wiped_is_gone_from_the_files_while_the_store_is_open() {
    let (_directory, path) = in_directory();
    let mut store = Store::open(&path).unwrap();
    let tx = store.begin().unwrap();
    new_group(&tx, gid(1));
    join(&tx, gid(1), person(1));
    // Many others, so that the words stand in large pages among theirs.
    for number in 0..150_u64 {
        let body =
            Body::Plain { title: vec![], text: format!("word{number} xylophon").into(), fields: vec![0x80] };
        let authorship = Authorship::Link { client_id: number.to_be_bytes() };
        say(&tx, gid(1), Post::new(gid(1), person(1), time(1), body, authorship));
    }
    tx.commit().unwrap();
    let secrets = ["zanzibar", "yellowstone", "quagmire", "wobbly"];
    let [by_delete, by_edit, by_purge, by_prune] = secrets.map(|secret| {
        let post = lxmf_post(gid(1), person(1), &format!("{secret} ").repeat(500));
        let tx = store.begin().unwrap();
        say(&tx, gid(1), post.clone());
        let seq = tx.post_seq(gid(1), post.id).unwrap();
        let copy = crate::store::Outgoing {
            priority: crate::store::Priority::Relay,
            seq,
            payload: secret.as_bytes(),
        };
        tx.queue(gid(1), copy, &[person(2)], time(3)).unwrap();
        tx.commit().unwrap();
        post
    });
    for secret in secrets {
        assert!(!stands_in_files(&path, secret).is_empty(), "{secret} is written");
    }
    let new = lxmf_post(gid(1), person(1), "something else");
    let to = store.begin().unwrap().post_seq(gid(1), by_prune.id).unwrap().unwrap();
    for (caller, wanted) in [
        (Caller::Operator, Act::Delete { target: by_delete.id, reason: "because".into() }),
        (Caller::Identified(person(1)), Act::Edit { target: by_edit.id, post: new }),
        (Caller::Host, Act::Prune(to)),
        (
            Caller::Operator,
            Act::Purge { of: Some(person(1)), since: None, before: None, reason: String::new() },
        ),
    ] {
        let tx = store.begin().unwrap();
        act(&tx, gid(1), caller, wanted, time(9)).unwrap();
        tx.commit().unwrap();
    }
    assert!(store.begin().unwrap().message(gid(1), None, by_purge.id).unwrap().is_some());
    for secret in secrets.iter().chain(&["xylophon", "word7"]) {
        assert_eq!(stands_in_files(&path, secret), Vec::<String>::new(), "{secret}");
    }
    drop(store);
    for secret in secrets {
        assert_eq!(stands_in_files(&path, secret), Vec::<String>::new(), "{secret}");
    }
}
