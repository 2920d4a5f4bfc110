//! The configuration file as an operator meets it: checked, imported, and started from.

use std::net::TcpStream;
use std::path::{Path, PathBuf};

use super::cli::{Ended, Running, roost, text};

/// A directory with a `server.toml`.
fn with_file(contents: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("server.toml");
    std::fs::write(&file, contents).expect("it can be written");
    (dir, file)
}

fn ended(args: &[&str]) -> Ended {
    Running::start(roost(args)).end()
}

fn two_listeners() -> String {
    let listener = |name: &str| {
        format!(
            "[interfaces.\"{name}\"]\ntype = \"TCPServerInterface\"\nlisten_ip = \"127.0.0.1\"\nport = 0\n"
        )
    };
    format!("[group]\nname = \"Perch\"\n{}{}", listener("One"), listener("Two"))
}

#[test]
fn a_good_file_is_described_and_nothing_is_started() {
    let (dir, file) = with_file(&two_listeners());
    let data = dir.path().join("data");
    let ended = ended(&["config", "check", "--config", text(&file), "--data", text(&data)]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for part in ["is right", "\"One\" takes TCP connections on 127.0.0.1:0", "\"Two\"", "Perch", text(&data)]
    {
        assert!(ended.stdout.contains(part), "{part} is missing in:\n{}", ended.stdout);
    }
    assert!(!data.exists());
}

#[test]
fn a_bad_file_is_reported_with_all_lines_by_check_and_by_run_and_starts_nothing() {
    let (dir, file) =
        with_file("[server]\nlogg = \"info\"\n\n[interfaces.Hub]\ntype = \"RNodeMultiInterface\"\n");
    let data = dir.path().join("data");
    for command in [&["config", "check"][..], &["run"]] {
        let mut args = command.to_vec();
        args.extend(["--config", text(&file), "--data", text(&data)]);
        let ended = ended(&args);
        assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(1), ""));
        let lines = [format!("{}:2: server.logg: ", text(&file)), format!("{}:5: ", text(&file))];
        for part in lines.iter().map(String::as_str).chain(["Did you mean log?", "rnsd"]) {
            assert!(ended.stderr.contains(part), "{part} is missing in:\n{}", ended.stderr);
        }
        assert!(!data.exists());
    }
}

#[test]
fn a_question_at_the_end_of_an_error_has_one_mark() {
    let (_dir, file) = with_file("[server]\nlogg = \"info\"\n");
    let ended = ended(&["config", "check", "--config", text(&file)]);
    assert!(ended.stderr.ends_with("Did you mean log?\n"), "{}", ended.stderr);
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let ended = ended(&["run", "--config", "/nowhere/server.toml", "--data", "/nowhere/data"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("cannot read the configuration /nowhere/server.toml"), "{}", ended.stderr);
}

#[test]
fn a_server_starts_from_the_file_in_its_data_directory_and_flags_add_to_it() {
    let (dir, file) = with_file(&two_listeners());
    let server = |extra: &[&str]| {
        let mut args = vec!["run", "--data", text(dir.path()), "--ready-json"];
        args.extend(extra);
        let server = Running::start(roost(&args));
        let ready = server.ready();
        let listen: Vec<_> =
            ready["listen"].as_array().unwrap().iter().map(|at| at.as_str().unwrap().to_owned()).collect();
        for at in &listen {
            TcpStream::connect(at).unwrap();
        }
        server.signal("-TERM");
        let ended = server.end();
        assert!(ended.status.success(), "{}", ended.stderr);
        (listen.len(), ended.stderr)
    };
    let (listening, log) = server(&[]);
    assert_eq!(listening, 2);
    assert!(log.contains("interface=One"), "the log names the interface:\n{log}");
    assert_eq!(server(&["--listen", "127.0.0.1:0"]).0, 3);
    std::fs::write(&file, "[server]\nlog = \"error\"\n").unwrap();
    let (listening, log) = server(&["--listen", "127.0.0.1:0"]);
    assert_eq!((listening, log.as_str()), (1, ""), "nothing went wrong, so nothing is logged");
}

#[test]
fn the_file_names_the_group_and_the_data_directory_at_the_first_start() {
    let (dir, file) = with_file(&("[server]\ndata = \"here\"\n".to_owned() + &two_listeners()));
    let greeting = || {
        let server = Running::start(roost(&["run", "--config", text(&file)]));
        let mut shown = Vec::new();
        while shown.last().is_none_or(|line: &String| !line.contains("Ctrl-C")) {
            shown.push(server.stdout.recv_timeout(super::cli::PATIENCE).expect("it greets"));
        }
        server.signal("-TERM");
        (shown.join("\n"), server.end().stderr)
    };
    let (shown, _) = greeting();
    assert!(shown.contains("\"Perch\"") && shown.contains(text(&file)), "{shown}");
    assert!(dir.path().join("here/roost.db").exists());
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("Perch", "Branch")).unwrap();
    let (shown, log) = greeting();
    assert!(shown.contains("\"Perch\""), "{shown}");
    assert!(log.contains("Branch") && log.contains("first start"), "{log}");
}

#[test]
fn a_busy_address_of_the_file_is_named_with_its_interface() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let (dir, file) = with_file(&two_listeners().replace("port = 0", &format!("port = {port}")));
    let data = dir.path().join("data");
    let ended = ended(&["run", "--config", text(&file), "--data", text(&data)]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("for the interface \"One\""), "{}", ended.stderr);
    assert!(!data.exists());
}

#[test]
fn an_import_prints_a_file_that_a_check_accepts_and_says_by_its_code_what_is_missing() {
    let (dir, reference) = with_file(
        "[interfaces]\n[[Hub]]\ntype = TCPServerInterface\nenabled = yes\nlisten_ip = 127.0.0.1\nport = 4242\n",
    );
    let whole = ended(&["config", "import", text(&reference)]);
    assert_eq!((whole.status.code(), whole.stderr.as_str()), (Some(0), ""));
    let ours = dir.path().join("ours.toml");
    std::fs::write(&ours, whole.stdout).unwrap();
    let checked = ended(&["config", "check", "--config", text(&ours), "--data", text(dir.path())]);
    assert!(checked.status.success() && checked.stdout.contains("127.0.0.1:4242"), "{}", checked.stderr);

    std::fs::write(&reference, "[interfaces]\n[[Radio]]\ntype = RNodeMultiInterface\nenabled = yes\n")
        .unwrap();
    let partial = ended(&["config", "import", text(&reference)]);
    assert_eq!(partial.status.code(), Some(2));
    assert!(partial.stdout.contains("# [[Radio]]   # left out: "), "{}", partial.stdout);
    assert!(partial.stderr.contains("left out: 1"), "{}", partial.stderr);
    assert_eq!(ended(&["config", "import", "/nowhere/config"]).status.code(), Some(1));
}

#[test]
fn the_example_of_the_house_passes_its_own_check() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/server.toml");
    let ended = ended(&["config", "check", "--config", text(&example)]);
    assert!(ended.status.success(), "{}", ended.stderr);
}
