//! The interfaces on serial ports, with pseudo-terminals for ports and the test for the device; and KISS over TCP.
//! Not the rules of a TNC in time; those need no port.
#![cfg(unix)]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use nix::unistd::ttyname;
use roost::interface::kiss::{self, CMD_DATA, CMD_READY, Decoder};
use roost::interface::{
    Ax25Header, Ax25KissSection, Bus, Condition, Direction, Framing, KeptPort, Means, PortTiming,
    Section as _, SerialSection, TcpClient, TcpClientSection, Template, TncParameters, TncSection,
    found_ports, hdlc,
};
use roost::rns::random::Random;
use roost::rns::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::cli::{Running, roost};
use crate::owner::{Owner, Up, run};

/// Nothing here needs time after it was opened.
const QUICK: PortTiming = PortTiming { settle: Duration::ZERO, retry: Duration::from_millis(20) };
/// What a TNC is told that is told nothing special.
const PARAMETERS: &str = "c00123c0c00402c0c00240c0c00302c0c00f01c0";

/// A device behind a port.
struct Device(File);

impl Device {
    /// And the path of its port.
    fn new() -> (Self, PathBuf) {
        let pair = openpty(None, None).expect("a pseudo terminal");
        let path = ttyname(&pair.slave).expect("its name");
        fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("it can be set");
        (Self(pair.master.into()), path)
    }

    /// What comes next, at least a byte.
    async fn read(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        loop {
            match self.0.read(&mut bytes) {
                Ok(len) => return bytes[..len].to_vec(),
                // Nothing yet, or nobody has the port open yet.
                Err(error) if error.kind() == ErrorKind::WouldBlock || error.raw_os_error() == Some(5) => {
                    sleep(Duration::from_millis(2)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// So many bytes.
    async fn read_exact(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            bytes.extend(self.read().await);
        }
        assert_eq!(bytes.len(), len, "{}", hex::encode(&bytes));
        bytes
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the other end is open");
    }
}

fn means() -> Means {
    let started = tokio::time::sleep(Duration::ZERO).deadline();
    let clock = move || {
        let elapsed = tokio::time::sleep(Duration::ZERO).deadline().duration_since(started);
        Instant::from_micros(u64::try_from(elapsed.as_micros()).expect("microseconds of a test"))
    };
    Means::new(clock, Random::from_seed([7; 32]))
}

fn serial(path: &Path) -> (Owner, Bus) {
    let section = SerialSection::new(path.to_owned());
    let template = Template::new("cable", section.medium());
    owned(KeptPort::serial(&section, template, QUICK))
}

fn tnc(section: TncSection) -> (Owner, Bus) {
    let template = Template::new("radio", section.medium());
    owned(KeptPort::tnc(section, template, means(), QUICK))
}

fn owned(port: KeptPort) -> (Owner, Bus) {
    let (bus, events) = Bus::new();
    let mut owner = Owner::new(events);
    tokio::spawn(port.run(owner.attach(&bus)));
    (owner, bus)
}

fn data(packet: &[u8]) -> Vec<u8> {
    kiss::encode(CMD_DATA, packet)
}

#[test]
fn a_cable_carries_packets_both_ways_whole_and_in_order() {
    run(async {
        let (mut device, path) = Device::new();
        let (mut owner, _bus) = serial(&path);
        let Up { id, spec, direction } = owner.up().await;
        assert_eq!((spec.name.as_str(), spec.hw_mtu, spec.bitrate), ("cable", 564, 9600));
        assert_eq!((spec.mtu_discovery, direction), (false, Direction::Outgoing));
        let packets: Vec<Vec<u8>> = (0..20).map(|n| vec![n + 0x70; 20 + usize::from(n) * 25]).collect();
        let mut wire = Vec::new();
        for packet in &packets {
            owner.offer(id, packet);
            hdlc::encode_into(packet, &mut wire);
        }
        assert_eq!(device.read_exact(wire.len()).await, wire);
        // What stands before the first flag is noise, and flags may be shared.
        device.write(b"boot: ok\r\n");
        for half in wire.chunks(wire.len() / 2 + 1) {
            device.write(half);
        }
        for packet in packets {
            assert_eq!(owner.frame().await, (id, packet));
        }
    });
}

#[test]
fn a_port_that_is_unplugged_is_said_to_be_gone_and_used_again_when_it_is_back() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let port = dir.path().join("ttyUSB0");
        let (mut owner, _bus) = serial(&port);
        let Condition::Retrying(missing) = owner.condition().await else { panic!("there is no port") };
        assert!(missing.contains("there is no port") && missing.contains("ttyUSB0"), "{missing}");
        let (device, path) = Device::new();
        symlink(&path, &port).unwrap();
        let first = owner.up().await.id;
        std::fs::remove_file(&port).unwrap();
        drop(device);
        assert_eq!(owner.down().await, first);
        loop {
            match owner.condition().await {
                Condition::Retrying(why) if why.contains("is gone; plug the device in again") => break,
                Condition::Retrying(_) | Condition::Up => {}
                other => panic!("{other:?}"),
            }
        }
        let (mut device, path) = Device::new();
        symlink(&path, &port).unwrap();
        let second = owner.up().await.id;
        owner.offer(second, &[7; 30]);
        assert_eq!(device.read_exact(32).await.len(), 32);
    });
}

#[test]
fn a_port_that_another_program_has_is_said_to_be_in_use() {
    run(async {
        let (_device, path) = Device::new();
        let (mut first, _bus) = serial(&path);
        first.up().await;
        let (mut second, _other) = serial(&path);
        let Condition::Retrying(why) = second.condition().await else { panic!("it is in use") };
        assert!(why.contains("is in use"), "{why}");
    });
}

#[test]
fn a_tnc_is_told_how_to_send_and_then_given_packets_when_it_is_ready() {
    run(async {
        let (mut device, path) = Device::new();
        let section = TncSection { flow_control: true, ..TncSection::new(path, Framing::Kiss) };
        let (mut owner, _bus) = tnc(section);
        let Up { id, spec, .. } = owner.up().await;
        assert_eq!((spec.hw_mtu, spec.mtu_discovery, spec.bitrate), (564, false, 1200));
        assert!(spec.air.is_some(), "it is a radio");
        assert_eq!(hex::encode(device.read_exact(PARAMETERS.len() / 2).await), PARAMETERS);
        for n in 1..=3 {
            owner.offer(id, &[n; 30]);
        }
        for n in 1..=3 {
            assert_eq!(device.read_exact(33).await, data(&[n; 30]), "one at a time");
            device.write(&[kiss::FEND, CMD_READY, kiss::FEND]);
        }
        device.write(&data(&[9; 40]));
        assert_eq!(owner.frame().await, (id, vec![9; 40]));
    });
}

#[test]
fn the_last_packets_reach_a_tnc_before_the_end_whether_it_is_ready_or_not() {
    run(async {
        let (mut device, path) = Device::new();
        let section = TncSection { flow_control: true, ..TncSection::new(path, Framing::Kiss) };
        let (mut owner, bus) = tnc(section);
        let id = owner.up().await.id;
        for n in 1..=3 {
            owner.offer(id, &[n; 30]);
        }
        owner.release();
        drop(bus);
        let rest = tokio::spawn(async move { device.read_exact(PARAMETERS.len() / 2 + 99).await });
        owner.events.finish().await;
        assert!(rest.await.unwrap().ends_with(&data(&[3; 30])));
    });
}

#[test]
fn stations_with_call_signs_understand_each_other() {
    run(async {
        let (mut devices, mut owners) = (Vec::new(), Vec::new());
        for (callsign, ssid) in [("DL1ABC", 0), ("n0x", 15)] {
            let (device, path) = Device::new();
            let framing = Framing::Ax25(Ax25Header::new(callsign, ssid).unwrap());
            let parameters = TncParameters { preamble: 0, ..TncParameters::default() };
            let section = Ax25KissSection(TncSection { parameters, ..TncSection::new(path, framing) });
            assert!(section.medium().air.unwrap().channel.time_on_air(0) > Duration::from_millis(20));
            devices.push(device);
            owners.push(tnc(section.0));
        }
        let ids = [owners[0].0.up().await.id, owners[1].0.up().await.id];
        for (from, to) in [(0, 1), (1, 0)] {
            devices[from].read_exact(PARAMETERS.len() / 2).await;
            owners[from].0.offer(ids[from], &[0xc0; 500]);
            let mut decoder = Decoder::new(2000);
            let frame = loop {
                let bytes = devices[from].read().await;
                devices[to].write(&bytes);
                decoder.push(&bytes);
                if let Some(frame) = decoder.next_frame() {
                    break frame;
                }
            };
            assert_eq!(frame.data.len(), 516);
            assert_eq!(owners[to].0.frame().await, (ids[to], vec![0xc0; 500]));
        }
    });
}

#[test]
fn a_modem_over_tcp_is_told_nothing_and_given_packets_in_kiss() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap().to_string().parse().unwrap();
        let section = TcpClientSection { framing: Framing::Kiss, ..TcpClientSection::new(target) };
        let (bus, events) = Bus::new();
        let mut owner = Owner::new(events);
        let template = Template::new("modem", section.medium());
        let client = TcpClient::new(&section, template, Random::from_seed([7; 32]));
        tokio::spawn(client.run(owner.attach(&bus)));
        let (mut modem, _) = listener.accept().await.unwrap();
        let id = owner.up().await.id;
        owner.offer(id, &[0xc0; 30]);
        let mut wire = vec![0; 63];
        modem.read_exact(&mut wire).await.unwrap();
        assert_eq!(wire, data(&[0xc0; 30]));
        modem.write_all(&[kiss::FEND, CMD_READY, 1]).await.unwrap();
        modem.write_all(&data(&[5; 30])).await.unwrap();
        assert_eq!(owner.frame().await, (id, vec![5; 30]));
    });
}

#[test]
fn the_list_of_ports_has_their_paths_or_says_that_there_is_none() {
    let listed = Running::start(roost(&["radio", "list"])).end();
    assert!(listed.status.success(), "{}", listed.stderr);
    let ports: Vec<_> = found_ports().iter().map(|port| port.path.display().to_string()).collect();
    for port in &ports {
        assert!(listed.stdout.contains(port.as_str()), "{}", listed.stdout);
    }
    assert_eq!(listed.stdout.contains("Plug the radio in"), ports.is_empty(), "{}", listed.stdout);
}
