//! What goes wrong at a start, and what the user is told: one sentence of what happened, one of what to do.
//! Not a wrong command line; see `cli`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use super::cli::{Ended, Running, roost, text};

/// The directory of a server that has run.
fn used_directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = Running::server(dir.path());
    server.ready();
    server.signal("-TERM");
    assert!(server.end().status.success());
    dir
}

fn start_in(data: &Path) -> Ended {
    Running::start(roost(&["run", "--data", text(data), "--listen", "127.0.0.1:0"])).end()
}

/// It ended at once, with one line that holds `parts` and two sentences.
fn refused(ended: &Ended, parts: &[&str]) {
    let Ended { status, stdout, stderr } = ended;
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert_eq!(stdout, "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("roost: ") && stderr.contains(". ") && stderr.ends_with(".\n"), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part} is missing in: {stderr}");
    }
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("notes.txt");
    fs::write(&data, "mine").unwrap();
    refused(&start_in(&data), &["notes.txt", "not a directory", "--data"]);
    assert_eq!(fs::read(&data).unwrap(), b"mine");
}

#[test]
fn a_lost_identity_is_asked_for_and_not_replaced() {
    let dir = used_directory();
    let identity = dir.path().join("identity");
    let kept = fs::read(&identity).unwrap();
    fs::remove_file(&identity).unwrap();
    refused(&start_in(dir.path()), &["identity is missing", "Put back"]);
    assert!(!identity.exists());

    fs::write(&identity, [7; 64]).unwrap();
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o600)).unwrap();
    refused(&start_in(dir.path()), &["another identity", "Put back"]);

    fs::write(&identity, kept).unwrap();
    Running::server(dir.path()).ready();
}

#[test]
fn a_damaged_database_is_named_and_not_changed() {
    for (damage, says) in [(0, "no database of Roost"), (4096, "is damaged")] {
        let dir = used_directory();
        let path = dir.path().join("roost.db");
        let mut bytes = fs::read(&path).unwrap();
        bytes.iter_mut().skip(damage).for_each(|byte| *byte ^= 0xa5);
        fs::write(&path, &bytes).unwrap();
        refused(&start_in(dir.path()), &["roost.db", says, "Put back"]);
        assert!(fs::read(&path).unwrap() == bytes);
    }
}

#[test]
fn a_database_that_can_only_be_read_stops_the_start() {
    /// The user `nobody`, on every system that has one.
    const NOBODY: u32 = 65_534;
    let dir = used_directory();
    let path = dir.path().join("roost.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let mut command = roost(&["run", "--data", text(dir.path()), "--listen", "127.0.0.1:0"]);
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        // The system administrator may write all files, so somebody else has to try.
        let copy = dir.path().join("program");
        // Another process makes the copy: a program that this one had open for writing, a test beside this one may
        // still hold in a child that it is just starting, and then it can't be run.
        let copied = std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_roost")).arg(&copy).status();
        assert!(copied.unwrap().success());
        for path in fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()) {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        std::os::unix::fs::chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        let mut other = std::process::Command::new(copy);
        other.args(command.get_args()).env_remove("RUST_LOG").uid(NOBODY).gid(NOBODY);
        other.stdin(std::process::Stdio::null());
        other.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command = other;
    }
    refused(&Running::start(command).end(), &["roost.db", "can only be read", "--data"]);
}
