//! The shared instance by ports of loopback: one server of ours uses the interfaces of another.
//! Names are for the interop tests; only Linux has them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use super::cli::{PATIENCE, Running, roost, text};

/// Ports that nobody has just now.
fn ports() -> [u16; 2] {
    let listeners = [0, 0].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("it is bound").port())
}

/// A configuration about the instance on these ports.
fn config(dir: &Path, name: &str, [data, control]: [u16; 2], share: bool) -> PathBuf {
    let file = dir.join(name);
    let contents = format!(
        "[reticulum]\nshare_instance = {share}\nshared_instance_type = \"tcp\"\nshared_instance_port = {data}\n\
         instance_control_port = {control}\n"
    );
    std::fs::write(&file, contents).expect("it can be written");
    file
}

/// A server with that configuration; what it says until it is ready.
fn start(dir: &Path, name: &str, config: &Path, more: &[&str]) -> (Running, String) {
    let data = dir.join(name);
    let mut args = vec!["run", "--config", text(config), "--data", text(&data)];
    args.extend(more);
    let running = Running::start(roost(&args));
    let mut said = String::new();
    while !said.contains("Ctrl-C") {
        said += &(running.stdout.recv_timeout(PATIENCE).expect("it becomes ready") + "\n");
    }
    (running, said)
}

#[test]
fn one_server_is_reached_through_another_and_no_third_can_take_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let ports = ports();
    let sharing = config(dir.path(), "sharing.toml", ports, true);
    let using = config(dir.path(), "using.toml", ports, false);
    let listen = ["--listen", "127.0.0.1:0"];
    let (first, said) = start(dir.path(), "first", &sharing, &listen);
    assert!(said.contains(&format!("127.0.0.1:{}: other programs", ports[0])), "{said}");

    let through = format!("through the shared instance 127.0.0.1:{}", ports[0]);
    let (second, said) = start(dir.path(), "second", &using, &["--transport"]);
    assert!(said.contains(&through) && !said.contains("Listening") && !said.contains("Transport"), "{said}");
    // Who wants to share, but has nothing to share and comes late, uses what there is.
    let (late, said) = start(dir.path(), "late", &sharing, &[]);
    assert!(said.contains(&through) && !said.contains("can use these"), "{said}");

    let data = dir.path().join("third");
    let third = Running::start(roost(&[
        "run",
        "--config",
        text(&sharing),
        "--data",
        text(&data),
        "--listen",
        "127.0.0.1:0",
    ]))
    .end();
    assert_eq!(third.status.code(), Some(1));
    assert!(third.stderr.contains("is the shared instance") && !data.exists(), "{}", third.stderr);

    for running in [first, second, late] {
        running.signal("-TERM");
        let ended = running.end();
        assert!(ended.status.success(), "{}", ended.stderr);
    }
}
