//! The program as its user meets it: help, the first start, the second, and the end.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// Long enough for a start and an end on a machine that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn roost(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roost"));
    command.args(args).env_remove("RUST_LOG").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a program that ended by itself left behind.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running program; killed when the test is over.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let stdout = lines(child.stdout.take().expect("piped"));
        let stderr = lines(child.stderr.take().expect("piped"));
        Self { child, stdout, stderr }
    }

    /// A server on any free port.
    pub(super) fn server(data: &Path) -> Self {
        Self::start(roost(&["run", "--data", text(data), "--listen", "127.0.0.1:0", "--ready-json"]))
    }

    /// The line that says that it is ready.
    pub(crate) fn ready(&self) -> Value {
        let line = self.stdout.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            panic!("not ready; it said:\n{}", self.stderr.try_iter().collect::<Vec<_>>().join("\n"))
        });
        serde_json::from_str(&line).expect("the line is JSON")
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([name, &pid]).status().expect("kill is there");
        assert!(status.success());
    }

    /// Leaves it alone for so many milliseconds, or until it complains or ends; `false` if it has ended.
    pub(crate) fn pause(&self, millis: u64) -> bool {
        let said = self.stderr.recv_timeout(Duration::from_millis(millis));
        said != Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
    }

    /// Waits for its end: both outputs are closed by then.
    pub(crate) fn end(mut self) -> Ended {
        let collect = |lines: &Receiver<String>| {
            let mut all = String::new();
            loop {
                match lines.recv_timeout(PATIENCE) {
                    Ok(line) => all += &(line + "\n"),
                    Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return all,
                    Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
                }
            }
        };
        let (stdout, stderr) = (collect(&self.stdout), collect(&self.stderr));
        Ended { status: self.child.wait().expect("it has ended"), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

#[test]
fn help_says_what_a_newcomer_must_know() {
    let help = Running::start(roost(&["run", "--help"])).end();
    assert!(help.status.success());
    for part in [
        "--data",
        "--config",
        "--listen",
        "--connect",
        "--udp",
        "--pipe",
        "--network-name",
        "--passphrase-file",
        "--ready-json",
        "127.0.0.1:4242",
        "0.0.0.0:4242",
        ".local/share",
    ] {
        assert!(help.stdout.contains(part), "{part} is missing in:\n{}", help.stdout);
    }
    let overview = Running::start(roost(&["--help"])).end();
    assert!(overview.stdout.contains("run"), "{}", overview.stdout);
}

#[test]
fn an_address_without_a_port_is_refused_with_an_example() {
    let ended = Running::start(roost(&["run", "--listen", "localhost"])).end();
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr.contains("--listen") && ended.stderr.contains("127.0.0.1:4242"), "{}", ended.stderr);
}

#[test]
fn a_passphrase_file_that_is_not_there_starts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let file = dir.path().join("passphrase");
    let ended = Running::start(roost(&[
        "run",
        "--data",
        text(&data),
        "--listen",
        "127.0.0.1:0",
        "--network-name",
        "perch",
        "--passphrase-file",
        text(&file),
    ]))
    .end();
    assert!(!ended.status.success());
    assert!(ended.stderr.contains(text(&file)), "{}", ended.stderr);
    assert!(!data.exists());
}

#[test]
fn the_ready_line_names_pid_addresses_and_bound_ports() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "run",
        "--data",
        text(dir.path()),
        "--ready-json",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        "127.0.0.1:0",
    ];
    let server = Running::start(roost(&args));
    let ready = server.ready();
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["pid"], server.child.id());
    for address in ["group", "lxmf"] {
        assert_eq!(hex::decode(ready[address].as_str().unwrap()).unwrap().len(), 16, "{ready}");
    }
    let listen: Vec<_> = ready["listen"].as_array().unwrap().iter().map(|at| at.as_str().unwrap()).collect();
    assert_eq!(listen.len(), 2);
    for at in listen {
        TcpStream::connect(at).unwrap();
    }
}

#[test]
fn both_signals_end_it_with_code_zero() {
    for signal in ["-TERM", "-INT"] {
        let dir = tempfile::tempdir().unwrap();
        let server = Running::server(dir.path());
        let ready = server.ready();
        let mut client = TcpStream::connect(ready["listen"][0].as_str().unwrap()).unwrap();
        server.signal(signal);
        let ended = server.end();
        assert_eq!(ended.status.code(), Some(0), "{signal}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "nothing but the ready line on standard output");
        assert_eq!(client.read(&mut [0; 1]).unwrap_or(0), 0, "the client's connection is closed");
    }
}

#[test]
fn a_second_start_finds_the_same_addresses() {
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        let server = Running::server(dir.path());
        let ready = server.ready();
        server.signal("-TERM");
        assert!(server.end().status.success());
        (ready["group"].clone(), ready["lxmf"].clone())
    };
    assert_eq!(start(), start());
}

#[cfg(unix)]
#[test]
fn the_first_start_keeps_its_keys_to_itself() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("roost");
    let server = Running::server(&data);
    server.ready();
    let mode = |name: &str| std::fs::metadata(data.join(name)).unwrap().mode() & 0o777;
    assert_eq!((mode(""), mode("identity"), mode("roost.db")), (0o700, 0o600, 0o600));
    assert_eq!(std::fs::metadata(data.join("identity")).unwrap().len(), 64);
}

#[test]
fn a_second_instance_is_refused_and_told_which_process_holds_the_data() {
    let dir = tempfile::tempdir().unwrap();
    let first = Running::server(dir.path());
    let ready = first.ready();
    // Also when it asks for the same port: that is how somebody starts it twice.
    let at = ready["listen"][0].as_str().unwrap();
    let second = Running::start(roost(&["run", "--data", text(dir.path()), "--listen", at])).end();
    assert_eq!(second.status.code(), Some(1));
    assert!(second.stderr.contains(&format!("process {}", first.child.id())), "{}", second.stderr);
    assert!(second.stderr.contains("--data"), "{}", second.stderr);
    TcpStream::connect(at).expect("the first one runs on");
}

#[test]
fn a_busy_address_is_named_and_nothing_is_left_behind() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("roost");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = other.local_addr().unwrap().to_string();
    let ended = Running::start(roost(&["run", "--data", text(&data), "--listen", &at])).end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains(&at) && ended.stderr.contains("--listen"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(!data.exists());
}

#[test]
fn a_damaged_identity_stops_the_start_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("identity"), [1; 63]).unwrap();
    let args = ["run", "--data", text(dir.path()), "--listen", "127.0.0.1:0"];
    let ended = Running::start(roost(&args)).end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("identity") && ended.stderr.contains("63"), "{}", ended.stderr);
    assert_eq!(std::fs::read(dir.path().join("identity")).unwrap(), [1; 63]);
}

#[test]
fn without_a_command_it_runs_and_tells_a_newcomer_what_to_try() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = roost(&["--listen", "127.0.0.1:0"]);
    command.env("XDG_DATA_HOME", dir.path());
    let server = Running::start(command);
    let mut shown = Vec::new();
    while shown.last().is_none_or(|line: &String| !line.contains("Ctrl-C")) {
        shown.push(server.stdout.recv_timeout(PATIENCE).expect("it greets the newcomer"));
    }
    let shown = shown.join("\n");
    for part in ["Group address", "Message address", "127.0.0.1:", "/help"] {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
    assert!(dir.path().join("roost/identity").exists());
}

#[test]
fn it_starts_although_nobody_answers_where_it_connects_to() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server =
        Running::start(roost(&["run", "--data", text(dir.path()), "--connect", &nobody, "--ready-json"]));
    let ready = server.ready();
    assert_eq!(ready["listen"], Value::Array(Vec::new()), "with --connect alone it does not listen");
    server.signal("-TERM");
    assert!(server.end().status.success());
}

/// A timer that polls would wake it a hundred times a second.
#[cfg(target_os = "linux")]
#[test]
fn an_idle_server_sleeps() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::server(dir.path());
    server.ready();
    // Receiving nothing is a wait that ends early if the program does.
    let settle = |time| assert!(server.stdout.recv_timeout(time).is_err());
    settle(Duration::from_secs(1));
    let before = wake_ups(server.child.id());
    settle(Duration::from_secs(3));
    let woken = wake_ups(server.child.id()) - before;
    assert!(woken <= 10, "woken {woken} times in three idle seconds");
}

/// How often any of its threads went to sleep of its own accord.
#[cfg(target_os = "linux")]
fn wake_ups(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    tasks
        .map(|task| std::fs::read_to_string(task.expect("it runs").path().join("status")).expect("it runs"))
        .flat_map(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:").map(str::to_owned));
            line.and_then(|count| count.trim().parse::<u64>().ok())
        })
        .sum()
}
