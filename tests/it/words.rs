//! The words of the chat on the command line: with a server that runs, and without one.

use std::path::Path;

use super::cli::{Ended, Running, roost, text};

/// What `roost WORD… --data DIR` leaves behind.
fn word(data: &Path, words: &[&str]) -> Ended {
    let mut command = roost(words);
    command.args(["--data", text(data)]).env_remove("LC_ALL").env("LANG", "C");
    Running::start(command).end()
}

fn said(data: &Path, words: &[&str]) -> String {
    let ended = word(data, words);
    assert!(ended.status.success(), "{words:?}: {}", ended.stderr);
    ended.stdout
}

#[test]
fn the_same_words_work_with_a_server_that_runs_and_without_one() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::server(dir.path());
    let ready = server.ready();
    let group = ready["group"].as_str().unwrap();
    let with = said(dir.path(), &["info"]);
    assert!(with.starts_with("Roost: 0 members."), "{with}");
    assert!(said(dir.path(), &["info", "--lang", "de"]).starts_with("Roost: 0 Mitglieder."));
    assert!(said(dir.path(), &["info", "--group", "roost"]).starts_with("Roost: 0 members."));
    assert!(said(dir.path(), &["info", "--group", &group[..8]]).starts_with("Roost: 0 members."));
    let json = said(dir.path(), &["info", "--json"]);
    assert!(json.starts_with("{\"ok\":true,\"text\":\"Roost: 0 members."), "{json}");
    server.signal("-TERM");
    assert!(server.end().status.success());
    assert_eq!(said(dir.path(), &["info"]), with);
}

#[test]
fn what_is_refused_says_why_and_what_to_do_and_fails() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::server(dir.path());
    server.ready();
    for (words, part) in [
        (&["members", "nobody"][..], "Nobody here is called"),
        (&["info", "--group", "elsewhere"][..], "--group"),
        (&["leave"][..], "Only a person can do that"),
    ] {
        let ended = word(dir.path(), words);
        assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(1), ""), "{words:?}");
        assert!(ended.stderr.starts_with("roost: ") && ended.stderr.contains(part), "{}", ended.stderr);
    }
}

#[test]
fn where_there_was_never_a_server_there_is_none_made() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("nowhere");
    let ended = word(&data, &["members"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.contains("there is no Roost in") && ended.stderr.contains("--data"),
        "{}",
        ended.stderr
    );
    assert!(!data.exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_use_the_socket() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let server = Running::server(dir.path());
    server.ready();
    assert_eq!(std::fs::metadata(dir.path().join("desk")).unwrap().mode() & 0o777, 0o600);
    // What a server that was killed leaves behind is in nobody's way.
    drop(server);
    let server = Running::server(dir.path());
    server.ready();
    assert!(said(dir.path(), &["members"]).starts_with("0 members"));
}

#[test]
fn airtime_is_shown_by_a_server_that_runs_and_without_one_there_is_nothing_to_show() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::server(dir.path());
    server.ready();
    assert_eq!(said(dir.path(), &["air"]), "No interface here is a radio whose airtime is counted.\n");
    server.signal("-TERM");
    assert!(server.end().status.success());
    let ended = word(dir.path(), &["air"]);
    assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("airtime is counted while it runs. Start it"), "{}", ended.stderr);
}

#[test]
fn help_lists_the_words_and_says_how_they_are_used() {
    let overview = Running::start(roost(&["--help"])).end().stdout;
    for word in ["members", "history", "info", "run", "config"] {
        assert!(overview.lines().any(|line| line.trim_start().starts_with(word)), "{word} in {overview}");
    }
    let help = Running::start(roost(&["members", "--help"])).end().stdout;
    assert!(help.contains("/members NAME") && help.contains("--group"), "{help}");
}
