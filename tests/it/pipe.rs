//! The pipe interface with real programs: frames through them, their end, and ours.
#![cfg(unix)]

use std::path::Path;
use std::time::Duration;

use roost::interface::{Bus, Direction, PIPE_HW_MTU, Pipe, PipeError, PipeSection, Section as _, Template};
use roost::rns::ifac::{AccessCode, CodeSize};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::owner::{Owner, Up, run};

fn section(command: &str) -> PipeSection {
    serde_json::from_value(json!({"command": command, "respawn_delay": 0.1})).expect("options of a pipe")
}

fn template(section: &PipeSection) -> Template {
    Template::new("pipe", section.medium())
}

fn pipe(command: &str, access: Option<AccessCode>) -> (Owner, JoinHandle<()>, Bus) {
    let (bus, events) = Bus::new();
    let section = section(command);
    let template = template(&section).with_access(access);
    let mut owner = Owner::new(events);
    let pipe = Pipe::new(&section, template).expect("a command");
    let task = tokio::spawn(pipe.run(owner.attach(&bus)));
    (owner, task, bus)
}

/// What a shell has written to a file as soon as it ran.
async fn pid(file: &Path) -> u32 {
    loop {
        if let Ok(text) = std::fs::read_to_string(file)
            && let Some(line) = text.strip_suffix('\n')
        {
            return line.parse().expect("a process id");
        }
        sleep(Duration::from_millis(5)).await;
    }
}

fn is_running(pid: u32) -> bool {
    let status = std::process::Command::new("kill").args(["-0", &pid.to_string()]).output();
    status.expect("kill is there").status.success()
}

#[test]
fn frames_pass_through_a_program_whole_and_in_order() {
    run(async {
        let code = AccessCode::new(Some("perch"), None, CodeSize::SERIAL);
        let (mut owner, _task, _bus) = pipe("cat", code);
        let Up { id, spec, direction } = owner.up().await;
        assert_eq!((spec.hw_mtu, spec.mtu_discovery, direction), (1064, false, Direction::Outgoing));
        assert_eq!((spec.name.as_str(), spec.max_frame()), ("pipe cat", PIPE_HW_MTU + 8));
        let frames: Vec<Vec<u8>> = (0..200).map(|n| vec![n; 20 + usize::from(n) * 5]).collect();
        for frame in &frames {
            owner.offer(id, frame);
        }
        for frame in frames {
            assert_eq!(owner.frame().await, (id, frame));
        }
    });
}

#[test]
fn a_program_that_ends_is_started_again_and_again_but_not_in_a_rush() {
    run(async {
        let (mut owner, _task, _bus) = pipe("sh -c 'exit 3'", None);
        let mut starts = 0;
        let _ = timeout(Duration::from_secs(1), async {
            loop {
                let id = owner.up().await.id;
                starts += 1;
                assert_eq!(owner.down().await, id);
            }
        })
        .await;
        // Waits of 0.1, 0.2, 0.4 s.
        assert!((2..=4).contains(&starts), "{starts} starts in a second");
    });
}

#[test]
fn a_program_that_is_killed_is_replaced_and_carries_frames_again() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let command = format!("sh -c 'echo $$ > {}; exec cat'", file.display());
        let (mut owner, _task, _bus) = pipe(&command, None);
        let first = owner.up().await.id;
        let victim = pid(&file).await;
        std::process::Command::new("kill").arg(victim.to_string()).status().unwrap();
        assert_eq!(owner.down().await, first);
        let second = owner.up().await.id;
        owner.offer(second, &[7; 30]);
        assert_eq!(owner.frame().await, (second, vec![7; 30]));
    });
}

#[test]
fn no_program_outlives_the_bus_not_even_one_that_does_not_listen() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        for (name, rest) in [("polite", "exec cat"), ("stubborn", "trap \"\" TERM HUP INT; exec sleep 60")] {
            let file = dir.path().join(name);
            let command = format!("sh -c 'echo $$ > {}; {rest}'", file.display());
            let (mut owner, task, bus) = pipe(&command, None);
            owner.up().await;
            let child = pid(&file).await;
            assert!(is_running(child));
            owner.queues.clear();
            drop(bus);
            let ended = timeout(Duration::from_secs(1), owner.events.finish()).await;
            assert!(ended.is_ok(), "a stop takes no longer");
            task.await.unwrap();
            assert!(!is_running(child), "{name}");
        }
    });
}

#[test]
fn the_last_frames_reach_the_program_before_its_end() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("received");
        let (mut owner, _task, bus) = pipe(&format!("tee {}", file.display()), None);
        let id = owner.up().await.id;
        for _ in 0..50 {
            owner.offer(id, &[1; 100]);
        }
        owner.queues.clear();
        drop(bus);
        owner.events.finish().await;
        assert_eq!(std::fs::metadata(file).unwrap().len(), 50 * 102);
    });
}

#[test]
fn a_program_that_is_not_there_stops_nothing() {
    run(async {
        let (owner, task, bus) = pipe("/nonexistent/modem --fast", None);
        drop(bus);
        assert!(timeout(Duration::from_millis(300), task).await.is_err(), "it tries again");
        let ended = timeout(Duration::from_secs(1), owner.events.finish()).await;
        assert!(ended.is_ok(), "and ends when it is told to");
    });
}

#[test]
fn options_that_make_no_sense_are_named() {
    let with_delay = |delay: f64| {
        let section = PipeSection { respawn_delay: delay, ..section("modem") };
        Pipe::new(&section, template(&section)).map(|_| ())
    };
    assert_eq!(with_delay(5.0), Ok(()));
    for wrong in [0.0, -1.0, 1e9, f64::NAN, f64::INFINITY] {
        assert_eq!(with_delay(wrong), Err(PipeError::RespawnDelay), "{wrong}");
    }
    let default: PipeSection = serde_json::from_value(json!({"command": "modem"})).unwrap();
    assert_eq!(Ok(default), "modem".parse());
    assert!("modem 'x".parse::<PipeSection>().is_err());
    assert!(serde_json::from_value::<PipeSection>(json!({"command": "modem", "delay": 1})).is_err());
}
