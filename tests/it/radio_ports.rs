//! The RNode driver over real ports, with emulated radios behind them: what only shows where a port can come and go.
//! Not the faults that a byte stream can show; those are in `rnode`, without a port.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::path::PathBuf;
use std::time::Duration;

use roost::interface::rnode::{RNode, RNodeSection, RadioPort, Timing, ask_within};
use roost::interface::{
    Bus, Condition, InterfaceEvent, Line, Means, PortError, Section as _, SerialPort, Template,
};
use roost::rns::random::Random;
use roost::rns::time::Instant;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::emulator::ether::Station;
use crate::emulator::fault::Faults;
use crate::emulator::rnode::Output;
use crate::emulator::world::World;
use crate::owner::{Owner, Up, run};
use crate::rnode::orders;

#[path = "../emulator/port.rs"]
mod port;

use port::{Happening, Port};

/// Waits that fit emulated radios, which need no time to start.
const QUICK: Timing = Timing {
    settle: Duration::from_millis(20),
    extras: Duration::from_millis(20),
    reconnect: Duration::from_millis(300),
    linger: Duration::from_millis(20),
    ..Timing::SERIAL
};

/// Emulated radios behind ports, in real time.
struct Radios {
    ports: Vec<RadioPort>,
    directory: tempfile::TempDir,
    _task: JoinHandle<()>,
}

impl Radios {
    /// One with each of these faults, and one without any. The first can be reached over the network instead.
    fn new(faults: &[&str], first_on_network: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut world = World::new(3);
        let (tell, happenings) = unbounded_channel();
        let (mut ports, mut places) = (Vec::new(), Vec::new());
        for (index, fault) in faults.iter().chain(&[""]).enumerate() {
            let healthy = Faults::default();
            let station =
                world.add_rnode(if fault.is_empty() { healthy } else { healthy.with_named(fault).unwrap() });
            let tell = tell.clone();
            let tell = move |happening| drop(tell.send((station, happening)));
            let (port, place) = if first_on_network && index == 0 {
                let port = Port::tcp("127.0.0.1:0".parse().unwrap(), tell).unwrap();
                let place = format!("tcp://{}", port.name()).parse().unwrap();
                (port, place)
            } else {
                let link = directory.path().join(index.to_string());
                (Port::serial(Some(link.clone()), tell).unwrap(), RadioPort::Serial(link))
            };
            ports.push(port);
            places.push(place);
        }
        let task = tokio::spawn(live(world, ports, happenings));
        Self { ports: places, directory, _task: task }
    }
}

#[expect(clippy::disallowed_methods, reason = "these tests are about real ports, whose time is the real one")]
fn now() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// Lets time pass in the world as it passes outside.
async fn live(
    mut world: World,
    mut ports: Vec<Port>,
    mut happenings: UnboundedReceiver<(Station, Happening)>,
) {
    let started = now();
    loop {
        let now = u64::try_from(started.elapsed().as_micros()).unwrap();
        world.run_until(now);
        for station in world.stations() {
            while let Some(output) = world.read(now, station) {
                match output {
                    Output::Bytes(bytes) => ports[station.0].write(&bytes),
                    Output::HangUp => ports[station.0].unplug(),
                    Output::Return => ports[station.0].plug_in().unwrap(),
                }
            }
        }
        let wait = world.next_due().map_or(100_000, |due| due.saturating_sub(now));
        tokio::select! {
            happening = happenings.recv() => match happening {
                Some((station, Happening::Bytes(bytes))) => world.write(now, station, &bytes),
                Some((station, Happening::Connected(writer))) => ports[station.0].connect(writer),
                Some((station, Happening::Disconnected)) => world.disconnect(now, station),
                None => return,
            },
            () = sleep(Duration::from_micros(wait)) => {}
        }
    }
}

/// A driver for the radio at `port`, and who stands for the node.
fn driver(port: &RadioPort, timing: Timing) -> (Owner, JoinHandle<()>, Bus) {
    let orders = orders();
    let section =
        RNodeSection { port: port.clone(), parameters: orders.parameters, flow_control: false, beacon: None };
    let started = now();
    let clock = move || Instant::from_micros(u64::try_from(started.elapsed().as_micros()).unwrap());
    let template = Template::new("Mast", section.medium());
    let radio = RNode::new(section, template, Means::new(clock, Random::from_seed([1; 32])));
    let (bus, events) = Bus::new();
    let mut owner = Owner::new(events);
    let task = tokio::spawn(radio.with_timing(timing).run(owner.attach(&bus)));
    (owner, task, bus)
}

async fn retrying(owner: &mut Owner) -> String {
    match owner.condition().await {
        Condition::Retrying(why) => why,
        other => panic!("expected a reason, got {other:?}"),
    }
}

/// The next frame, whatever the radio tells of itself meanwhile.
async fn frame(owner: &mut Owner) -> Vec<u8> {
    loop {
        match owner.event().await {
            InterfaceEvent::Frame { frame, .. } => return frame,
            InterfaceEvent::Radio { .. } => {}
            other => panic!("expected a frame, got {other:?}"),
        }
    }
}

async fn down(owner: &mut Owner) {
    while !matches!(owner.event().await, InterfaceEvent::Down { .. }) {}
}

#[test]
fn radios_at_serial_ports_carry_packets_both_ways_and_are_switched_off_at_the_end() {
    run(async {
        let radios = Radios::new(&[""], false);
        let (mut one, task, _bus) = driver(&radios.ports[0], QUICK);
        let (mut other, _other_task, _other_bus) = driver(&radios.ports[1], QUICK);
        let Up { id, spec, .. } = one.up().await;
        assert_eq!(
            (spec.name.as_str(), spec.hw_mtu, spec.mtu_discovery, spec.bitrate),
            ("Mast", 508, false, 3125)
        );
        assert!(spec.air.is_some());
        let other_id = other.up().await.id;
        one.offer(id, &[0xc0; 300]);
        assert_eq!(frame(&mut other).await, [0xc0; 300]);
        other.offer(other_id, &[0xdb; 19]);
        assert_eq!(frame(&mut one).await, [0xdb; 19]);
        // What it was given last is still sent, and then nothing is heard.
        one.offer(id, &[3; 40]);
        one.release();
        assert_eq!(frame(&mut other).await, [3; 40]);
        task.await.unwrap();
    });
}

#[test]
fn a_radio_that_is_unplugged_is_said_to_be_gone_and_used_again_when_it_is_back() {
    run(async {
        let radios = Radios::new(&["hang-up"], false);
        let (mut owner, _task, _bus) = driver(&radios.ports[0], QUICK);
        owner.up().await;
        assert_eq!(owner.condition().await, Condition::Up);
        down(&mut owner).await;
        assert!(retrying(&mut owner).await.starts_with("the port is gone: the radio was unplugged"));
        // Until it is plugged in again there is no such port.
        assert!(retrying(&mut owner).await.starts_with("there is no port "));
        let id = owner.up().await.id;
        let (mut other, _other_task, _other_bus) = driver(&radios.ports[1], QUICK);
        other.up().await;
        owner.offer(id, &[7; 30]);
        assert_eq!(frame(&mut other).await, [7; 30]);
    });
}

#[test]
fn a_radio_that_restarts_goes_on_without_its_port_being_opened_again() {
    run(async {
        let radios = Radios::new(&["reset"], false);
        let settled =
            Timing { settle: Duration::from_millis(800), reconnect: Duration::from_secs(100), ..QUICK };
        let (mut owner, _task, _bus) = driver(&radios.ports[0], settled);
        owner.up().await;
        down(&mut owner).await;
        assert_eq!(owner.condition().await, Condition::Up);
        assert!(retrying(&mut owner).await.starts_with("the radio has restarted by itself"));
        owner.up().await;
    });
}

#[test]
fn what_is_wrong_with_a_board_reaches_the_operator_and_is_tried_again() {
    run(async {
        let radios = Radios::new(&["old-firmware"], false);
        let (mut owner, _task, _bus) = driver(&radios.ports[0], QUICK);
        for _ in 0..2 {
            assert!(retrying(&mut owner).await.starts_with("its firmware is 1.51"));
        }
    });
}

#[test]
fn a_port_that_is_not_there_or_has_somebody_else_is_said_with_what_to_do() {
    run(async {
        let radios = Radios::new(&[], false);
        let missing = radios.directory.path().join("ttyUSB7");
        let (mut owner, _task, _bus) = driver(&RadioPort::Serial(missing), QUICK);
        let said = retrying(&mut owner).await;
        assert!(said.starts_with("there is no port ") && said.contains("plug the device in"), "{said}");
        let RadioPort::Serial(path) = &radios.ports[0] else { panic!("a serial port") };
        let _held = SerialPort::open(path, Line::at(9600)).unwrap();
        let (mut owner, _task, _bus) = driver(&radios.ports[0], QUICK);
        assert!(
            retrying(&mut owner)
                .await
                .ends_with("stop the other program that has it, only one can use a port")
        );
        // Who runs as root may open everything, so this is only the sentence.
        let denied = PortError::NotPermitted { path: PathBuf::from("/dev/ttyUSB0") }.to_string();
        assert!(denied.contains("dialout"), "{denied}");
    });
}

#[test]
fn a_radio_on_the_network_that_hangs_up_on_silence_does_not_hang_up_on_us() {
    run(async {
        let radios = Radios::new(&[""], true);
        let quick = Timing { extras: Duration::from_millis(20), ..Timing::NETWORK };
        let (mut owner, _task, _bus) = driver(&radios.ports[0], quick);
        let id = owner.up().await.id;
        let lost = timeout(Duration::from_secs(8), down(&mut owner)).await;
        assert!(lost.is_err(), "it hangs up after 6.5 s without a word");
        let (mut other, _other_task, _other_bus) = driver(&radios.ports[1], QUICK);
        other.up().await;
        owner.offer(id, &[5; 30]);
        assert_eq!(frame(&mut other).await, [5; 30]);
    });
}

#[test]
fn a_radio_that_is_not_on_the_network_is_said_with_where_it_was_looked_for() {
    run(async {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port: RadioPort = format!("tcp://{free}").parse().unwrap();
        let (mut owner, _task, _bus) =
            driver(&port, Timing { reconnect: QUICK.reconnect, ..Timing::NETWORK });
        let said = retrying(&mut owner).await;
        assert!(said.starts_with(&format!("there is no radio at tcp://{free}: ")), "{said}");
    });
}

#[test]
fn who_asks_before_use_is_told_what_a_board_is_and_what_is_wrong_with_it() {
    run(async {
        let radios = Radios::new(&["old-firmware", "foreign"], false);
        let quick = Timing { ask_again: Duration::from_millis(200), ..QUICK };
        let healthy = ask_within(&radios.ports[2], quick).await.unwrap();
        assert_eq!(healthy.problems(), Vec::<String>::new());
        assert_eq!(
            healthy.lines()[..3],
            ["board: Heltec LoRa32 v3", "processor: ESP32, ESP32", "firmware: 1.86"]
        );
        let old = ask_within(&radios.ports[0], quick).await.unwrap();
        assert!(old.problems()[0].starts_with("its firmware is 1.51"));
        let foreign = ask_within(&radios.ports[1], quick).await.unwrap();
        assert!(foreign.problems()[0].starts_with("no RNode answers there") && foreign.lines().is_empty());
        let gone = ask_within(&RadioPort::Serial(radios.directory.path().join("none")), quick).await;
        assert!(gone.unwrap_err().starts_with("there is no port "));
    });
}
