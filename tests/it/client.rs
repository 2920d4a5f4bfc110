//! A member's program and a server, each a process of its own, over TCP: joining, saying, fetching, and being killed.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cli::{Ended, PATIENCE, Running, roost, text};

/// A server, and a directory in which members keep what is theirs.
struct House {
    dir: tempfile::TempDir,
    server: Running,
    group: String,
    at: String,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Running::server(&dir.path().join("server"));
        let ready = server.ready();
        let [group, at] = [&ready["group"], &ready["listen"][0]]
            .map(|value| value.as_str().expect("the line has it").to_owned());
        Self { dir, server, group, at }
    }

    fn data(&self, member: &str) -> PathBuf {
        self.dir.path().join(member)
    }

    /// What a command of a member leaves behind.
    fn ended(&self, member: &str, words: &[&str]) -> Ended {
        Running::start(self.command(member, words)).end()
    }

    fn command(&self, member: &str, words: &[&str]) -> std::process::Command {
        let data = self.data(member);
        let mut command = roost(words);
        command.args(["--data", text(&data), "--connect", &self.at]).env_remove("LC_ALL").env("LANG", "C");
        command
    }

    /// What a command of a member prints that ends well.
    fn said(&self, member: &str, words: &[&str]) -> String {
        let ended = self.ended(member, words);
        assert!(ended.status.success(), "{member} {words:?}: {}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    fn lines(&self, member: &str, words: &[&str]) -> Vec<Value> {
        let printed = self.said(member, &[words, &["--json"]].concat());
        printed.lines().map(|line| serde_json::from_str(line).expect("lines of JSON")).collect()
    }

    fn join(&self, member: &str) {
        let printed = self.said(member, &["join", &self.group, "--nick", member]);
        assert!(
            printed.contains("Before you write here") && printed.contains("You are a member"),
            "{printed}"
        );
    }

    /// What the operator's machine does with the same word.
    fn operator(&self, words: &[&str]) {
        let mut command = roost(words);
        command.args(["--data", text(&self.dir.path().join("server"))]);
        let ended = Running::start(command).end();
        assert!(ended.status.success(), "{words:?}: {}", ended.stderr);
    }
}

/// The texts of lines of JSON, with their numbers.
fn texts(lines: &[Value]) -> Vec<(u64, String)> {
    let message = |line: &Value| Some((line["seq"].as_u64()?, line["text"].as_str()?.to_owned()));
    lines.iter().filter_map(message).collect()
}

fn read(data: &Path) -> Ended {
    Running::start(roost(&["read", "--data", text(data)])).end()
}

#[test]
fn a_member_joins_says_something_and_another_reads_it_with_and_without_a_network() {
    let house = House::new();
    house.join("Anna");
    house.join("Ben");
    let sent = house.said("Anna", &["send", "hello", "from the hill"]);
    assert!(sent.starts_with("Sent as #"), "{sent}");
    house.said("Anna", &["send", "a second one"]);

    let fetched = house.said("Ben", &["fetch", "-n", "1"]);
    assert!(fetched.contains("Anna: a second one") && fetched.lines().count() == 1, "{fetched}");
    let new = house.said("Ben", &["sync"]);
    assert!(new.contains("Anna: hello from the hill"), "{new}");
    assert_eq!(house.said("Ben", &["sync"]), "Nothing new.\n");
    let json = house.lines("Ben", &["fetch"]);
    let done = json.last().unwrap();
    assert_eq!((done["done"].as_bool(), done["messages"].as_u64()), (Some(true), Some(2)));
    assert!(done["bytes_sent"].as_u64().unwrap() > 300, "{done}");
    assert_eq!(json[0]["name"], "Anna");

    let House { dir, server, .. } = house;
    drop(server);
    let offline = read(&dir.path().join("Ben"));
    assert!(
        offline.stdout.contains("Anna: hello") && offline.stdout.lines().count() == 2,
        "{}",
        offline.stdout
    );
}

#[test]
fn what_was_deleted_goes_away_and_a_second_sync_brings_only_what_is_new() {
    let house = House::new();
    house.join("Anna");
    house.join("Ben");
    let numbers: Vec<u64> = (0..3)
        .map(|n| house.lines("Anna", &["send", &format!("message {n}")])[0]["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(texts(&house.lines("Ben", &["sync"])).len(), 3);
    house.operator(&["delete", &numbers[1].to_string()]);
    house.said("Anna", &["send", "message 3"]);
    let new = texts(&house.lines("Ben", &["sync"]));
    assert_eq!(new.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["message 3"]);
    let kept = read(&house.data("Ben")).stdout;
    assert!(!kept.contains("message 1") && kept.lines().count() == 3, "{kept}");
}

/// Posts that a member's cache holds as unconfirmed.
fn unconfirmed(data: &Path) -> usize {
    let cache = rusqlite::Connection::open(data.join("cache.db")).expect("the cache can be read");
    cache.busy_timeout(PATIENCE).expect("the cache can be read");
    let count: i64 =
        cache.query_row("SELECT count(*) FROM posts", [], |row| row.get(0)).expect("the cache can be read");
    usize::try_from(count).expect("the cache can be read")
}

#[test]
fn who_was_killed_while_sending_says_nothing_twice() {
    let house = House::new();
    house.join("Anna");
    house.join("Ben");
    let data = house.data("Anna");
    let mut confirmed = 0;
    // Killed at no particular moment after it has begun to send: some find it stored, some do not.
    for pause in [0, 5, 20, 40, 60] {
        let sending = Running::start(house.command("Anna", &["send", "once only"]));
        while unconfirmed(&data) == 0 && sending.pause(1) {}
        sending.pause(pause);
        sending.signal("-KILL");
        drop(sending);
        confirmed += 1 - unconfirmed(&data);
    }
    house.said("Anna", &["send", "once only"]);
    let there = house.said("Ben", &["sync"]);
    assert_eq!(there.lines().count(), confirmed + 1, "{there}");
}

#[test]
fn who_was_killed_while_fetching_goes_on_where_they_were() {
    let house = House::new();
    house.join("Anna");
    house.join("Ben");
    house.said("Anna", &["send", "one"]);
    let identity = || std::fs::read(house.data("Ben").join("identity")).unwrap();
    let before = identity();
    for pause in [0, 20, 60] {
        let syncing = Running::start(house.command("Ben", &["sync"]));
        syncing.pause(pause);
        syncing.signal("-KILL");
    }
    house.said("Ben", &["sync"]);
    assert_eq!(read(&house.data("Ben")).stdout.lines().count(), 1);
    assert_eq!(house.said("Ben", &["sync"]), "Nothing new.\n");
    assert_eq!(identity(), before);
}

#[test]
fn who_listens_sees_what_is_new_and_ends_with_one_signal() {
    let house = House::new();
    house.join("Anna");
    house.join("Ben");
    house.said("Anna", &["send", "is anybody there?"]);
    let listening = Running::start(house.command("Ben", &["listen", "--json"]));
    assert_eq!(listening.ready()["listening"], true);
    let heard = listening.ready();
    assert_eq!(heard["text"], "is anybody there?", "{heard}");
    listening.signal("-INT");
    let ended = listening.end();
    assert!(ended.status.success(), "{}", ended.stderr);
}

#[test]
fn what_goes_wrong_is_said_in_a_sentence_with_what_to_do() {
    let house = House::new();
    let ended = house.ended("Anna", &["send", "hi"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("roost join"), "{}", ended.stderr);
    let ended = house.ended("Anna", &["join", "perch"]);
    assert!(ended.stderr.contains("32 hexadecimal digits"), "{}", ended.stderr);
    house.join("Anna");
    house.operator(&["ban", "Anna"]);
    let ended = house.ended("Anna", &["send", "hi"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("banned"), "{}", ended.stderr);
    assert!(!house.data("nobody").exists());
    let ended = read(&house.data("nobody"));
    assert!(ended.stderr.contains("roost join") && !house.data("nobody").exists(), "{}", ended.stderr);
}
