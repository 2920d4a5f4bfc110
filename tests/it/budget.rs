//! The budget of a radio over a restart of the program: what was sent of the hour is there again.
//! Not what that means for what may be sent; the simulated budgets show that.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;

use super::cli::{PATIENCE, Running, roost, text};

/// A modem behind TCP that takes everything, from everybody who comes.
fn modem() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut taken = [0; 4096];
            while stream.read(&mut taken).is_ok_and(|count| count > 0) {}
        }
    });
    port
}

/// Runs the server until both addresses of its group were announced on the radio. How many seconds of the hour were used then.
fn announce_once(data: &Path) -> f64 {
    let server = Running::start(roost(&["run", "--data", text(data), "--ready-json"]));
    server.ready();
    let mut said = String::new();
    for _ in 0..PATIENCE.as_millis() / 200 {
        said = Running::start(roost(&["air", "--data", text(data)])).end().stdout;
        let count = said.split("  announces").nth(1).and_then(|rest| rest.split_whitespace().next());
        if count == Some("2") {
            server.signal("-TERM");
            assert!(server.end().status.success());
            let used = said.split("used ").nth(1).and_then(|rest| rest.split_whitespace().next());
            return used.unwrap().parse().unwrap();
        }
        assert!(server.pause(200), "{said}");
    }
    panic!("not announced: {said}");
}

#[test]
fn a_server_that_starts_again_knows_what_its_radio_has_sent_of_the_hour() {
    let dir = tempfile::tempdir().unwrap();
    let lines = [
        "[interfaces.Modem]",
        "type = \"TCPClientInterface\"",
        "target_host = \"127.0.0.1\"",
        &format!("target_port = {}", modem()),
        "kiss_framing = true",
        "bitrate = 2400",
        "airtime_limit_long = 10",
    ];
    std::fs::write(dir.path().join("server.toml"), lines.join("\n")).unwrap();
    let first = announce_once(dir.path());
    assert!(first > 1.0, "{first}");
    let second = announce_once(dir.path());
    assert!(second > 1.8 * first, "{first} s, then {second} s");
}
