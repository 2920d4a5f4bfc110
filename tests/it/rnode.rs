//! The RNode driver against emulated radios with every fault there is: what an operator sees.
//! In memory with a virtual clock where the port does not matter; `radio_ports` has what needs real ones.

use std::collections::VecDeque;

use roost::interface::rnode::{Device, DeviceEvent, Fault as Lost, Orders, Parameters, Timing, Warning};
use roost::rns::air::{Limits, Share};
use roost::rns::airtime::Modulation;
use roost::rns::time::Instant;

use crate::emulator::ether::Station;
use crate::emulator::fault::{FAULTS, Faults};
use crate::emulator::rnode::Output;
use crate::emulator::world::World;

const SECOND: u64 = 1_000_000;
/// The radio that has the fault.
const A: usize = 0;
/// One without.
const B: usize = 1;

pub(crate) fn orders() -> Orders {
    let parameters = Parameters {
        frequency: 867_200_000,
        modulation: Modulation::SF8,
        tx_power: 14,
        limits: Limits::default(),
    };
    Orders { parameters, flow_control: false, beacon: None, timing: Timing::SERIAL }
}

/// Two hosts with a radio each, and the air between them.
struct Bench {
    world: World,
    now: u64,
    hosts: Vec<Host>,
}

struct Host {
    device: Device,
    orders: Orders,
    /// What waits for its radio.
    waiting: VecDeque<Vec<u8>>,
    received: Vec<Vec<u8>>,
    events: Vec<DeviceEvent>,
}

impl Host {
    fn new(orders: Orders) -> Self {
        let device = Device::new(Instant::ZERO, orders.clone());
        Self { device, orders, waiting: Vec::new().into(), received: Vec::new(), events: Vec::new() }
    }

    fn is_online(&self) -> bool {
        let last = self.events.iter().rev().find(|event| !matches!(event, DeviceEvent::Warning(_)));
        matches!(last, Some(DeviceEvent::Online(_)))
    }

    fn faults(&self) -> Vec<Lost> {
        let fault = |event: &DeviceEvent| match event {
            DeviceEvent::Fault(fault) => Some(fault.clone()),
            DeviceEvent::Online(_) | DeviceEvent::Warning(_) => None,
        };
        self.events.iter().filter_map(fault).collect()
    }

    fn warnings(&self) -> Vec<Warning> {
        let warning = |event: &DeviceEvent| match event {
            DeviceEvent::Warning(warning) => Some(*warning),
            DeviceEvent::Online(_) | DeviceEvent::Fault(_) => None,
        };
        self.events.iter().filter_map(warning).collect()
    }
}

impl Bench {
    fn new(fault: &str, orders: Orders) -> Self {
        let mut world = World::new(11);
        let faults = Faults::default();
        let faults =
            if fault.is_empty() { faults } else { faults.with_named(fault).expect("a fault of the table") };
        world.add_rnode(faults);
        world.add_rnode(Faults::default());
        let sane = Orders { flow_control: false, ..orders.clone() };
        Self { world, now: 0, hosts: vec![Host::new(orders), Host::new(sane)] }
    }

    /// Both online, or the fault has shown itself, after so many seconds.
    fn after(seconds: u64, fault: &str) -> Self {
        let mut bench = Self::new(fault, orders());
        bench.run(seconds);
        bench
    }

    fn run(&mut self, seconds: u64) {
        let end = self.now + seconds * SECOND;
        while self.now < end {
            self.now += 20_000;
            self.world.run_until(self.now);
            for index in [A, B] {
                self.turn(index);
            }
        }
    }

    fn turn(&mut self, index: usize) {
        let (station, now) = (Station(index), Instant::from_micros(self.now));
        let host = &mut self.hosts[index];
        while let Some(output) = self.world.read(self.now, station) {
            if let Output::Bytes(bytes) = output {
                bytes.chunks(7).for_each(|chunk| host.device.handle_bytes(now, chunk));
            }
        }
        host.device.handle_timeout(now);
        host.received.extend(std::iter::from_fn(|| host.device.poll_frame()));
        while host.device.has_room(now)
            && let Some(packet) = host.waiting.pop_front()
        {
            assert!(host.device.send(now, &packet));
        }
        while let Some(wire) = host.device.poll_write() {
            self.world.write(self.now, station, &wire);
        }
        while let Some(event) = host.device.poll_event() {
            if let DeviceEvent::Fault(fault) = &event
                && fault.keeps_port()
            {
                host.device = Device::new(now, host.orders.clone());
            }
            host.events.push(event);
        }
    }

    fn send(&mut self, from: usize, packets: impl IntoIterator<Item = Vec<u8>>) {
        self.hosts[from].waiting.extend(packets);
    }
}

fn packets(count: u8, size: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| vec![number; size]).collect()
}

/// What is said of a radio that can't be used.
fn said_of(fault: &str) -> String {
    let bench = Bench::after(12, fault);
    assert!(bench.hosts[B].is_online(), "the other one has nothing");
    assert!(!bench.hosts[A].is_online());
    bench.hosts[A].faults().first().expect("it was given up").to_string()
}

#[test]
fn radios_without_a_fault_hear_each_other() {
    let mut bench = Bench::after(4, "");
    bench.send(A, packets(3, 500));
    bench.send(B, [vec![9; 20]]);
    bench.run(20);
    assert_eq!(bench.hosts[B].received, packets(3, 500));
    assert_eq!(bench.hosts[A].received, [vec![9; 20]]);
    assert_eq!(bench.hosts[A].device.statistics().rssi, Some(-87));
    assert!(
        bench.hosts[A].device.statistics().channel.is_some_and(|channel| channel.noise_floor == Some(-113))
    );
}

#[test]
fn a_port_that_does_not_answer_or_is_another_device_is_no_rnode() {
    for fault in ["silent", "foreign"] {
        assert!(said_of(fault).starts_with("no RNode answers there. Check that port is the right device"));
    }
}

#[test]
fn firmware_of_version_1_51_is_too_old_and_what_to_do_is_said() {
    let said = said_of("old-firmware");
    assert_eq!(said, "its firmware is 1.51, and 1.52 or later is needed. Update it with rnodeconf -u");
}

#[test]
fn a_board_that_is_not_provisioned_leaves_its_radio_off() {
    assert!(
        said_of("unprovisioned")
            .starts_with("the radio does not switch on. Most likely the board is not provisioned")
    );
}

#[test]
fn a_board_in_tnc_mode_is_not_used_since_it_would_send_elsewhere() {
    let said = said_of("tnc-mode");
    assert!(said.starts_with("the radio is in TNC mode") && said.contains("rnodeconf -N"), "{said}");
}

#[test]
fn a_parameter_that_is_not_what_was_asked_is_named_with_both_values() {
    for (fault, said) in [
        ("wrong-frequency", "reports a frequency of 867225000 where 867200000 was asked for"),
        ("wrong-bandwidth", "reports a bandwidth of 62500 where 125000 was asked for"),
        ("wrong-power", "does 9 dBm where txpower asks for 14. Set txpower to what the board does"),
        ("wrong-spreading", "reports a spreading factor of 9 where 8 was asked for"),
        ("wrong-coding", "reports a coding rate of 8 where 5 was asked for"),
    ] {
        assert!(said_of(fault).contains(said), "{}", said_of(fault));
    }
}

#[test]
fn a_radio_that_was_set_wrongly_is_switched_off_again() {
    let mut bench = Bench::after(12, "wrong-coding");
    bench.send(B, packets(1, 100));
    bench.run(10);
    assert_eq!(bench.world.traffic(Station(A)).heard, 0);
}

#[test]
fn a_radio_that_answers_late_is_used_all_the_same() {
    assert!(Bench::after(8, "slow").hosts[A].is_online());
}

#[test]
fn boot_messages_are_passed_over() {
    assert!(Bench::after(4, "boot-noise").hosts[A].is_online());
}

#[test]
fn garbage_on_the_line_takes_a_frame_with_it_and_not_the_radio() {
    let mut bench = Bench::after(6, "garbage");
    assert!(bench.hosts[A].is_online(), "{:?}", bench.hosts[A].events);
    bench.send(B, packets(2, 60));
    bench.run(6);
    assert!(packets(2, 60).iter().all(|packet| bench.hosts[A].received.contains(packet)));
}

#[test]
fn a_radio_that_reports_a_failure_is_given_up_with_what_to_check() {
    for (fault, said) in [
        (
            "radio-failed",
            "the radio reports that its radio chip does not start. Unplug it and plug it in again (error 01)",
        ),
        (
            "transmit-failed",
            "the radio reports that it could not transmit. Check antenna and power supply (error 02)",
        ),
    ] {
        assert_eq!(said_of(fault), said);
    }
}

#[test]
fn a_radio_short_of_memory_or_time_works_on_and_is_warned_of() {
    for (fault, warning) in [("memory-low", Warning::MemoryLow), ("modem-timeout", Warning::ModemTimeout)] {
        let mut bench = Bench::after(6, fault);
        assert_eq!(bench.hosts[A].warnings(), [warning]);
        bench.send(A, packets(1, 60));
        bench.run(4);
        assert_eq!(bench.hosts[B].received, packets(1, 60));
    }
}

#[test]
fn a_radio_that_restarts_is_set_anew_and_used_again() {
    let mut bench = Bench::after(10, "reset");
    assert_eq!(bench.hosts[A].faults(), [Lost::Restarted]);
    assert!(bench.hosts[A].is_online());
    bench.send(A, packets(1, 60));
    bench.run(4);
    assert_eq!(bench.hosts[B].received, packets(1, 60));
}

#[test]
fn a_radio_that_falls_silent_is_given_up_within_half_a_minute() {
    let bench = Bench::after(30, "freeze");
    let said = bench.hosts[A].faults()[0].to_string();
    assert!(said.starts_with("the radio has stopped answering. Unplug it"), "{said}");
}

#[test]
fn packets_lost_doubled_or_damaged_on_the_way_to_us_leave_the_radio_in_use() {
    for (fault, whole) in [("lose", 6), ("duplicate", 18), ("corrupt", 6)] {
        let mut bench = Bench::after(4, fault);
        bench.send(B, packets(9, 60));
        bench.run(20);
        let sent = packets(9, 60);
        let arrived = bench.hosts[A].received.iter().filter(|packet| sent.contains(packet)).count();
        assert_eq!(arrived, whole, "{fault}");
        assert!(bench.hosts[A].is_online());
    }
}

#[test]
fn a_weak_signal_whose_byte_is_the_delimiter_is_shown_as_it_is() {
    let mut bench = Bench::after(4, "snr-c0");
    bench.send(B, packets(1, 60));
    bench.run(4);
    assert_eq!(bench.hosts[A].received, packets(1, 60));
    assert_eq!(bench.hosts[A].device.statistics().snr_db(), Some(-16.0));
}

#[test]
fn a_flood_of_packets_overruns_no_radio() {
    let mut bench = Bench::after(4, "");
    bench.send(A, packets(60, 400));
    bench.run(180);
    assert!(bench.hosts[B].received == packets(60, 400));
    assert_eq!(bench.hosts[A].warnings(), []);
}

#[test]
fn flow_control_loses_nothing_on_a_board_with_a_small_queue() {
    let mut bench = Bench::new("small-queue", Orders { flow_control: true, ..orders() });
    bench.run(4);
    bench.send(A, packets(20, 400));
    bench.run(120);
    assert!(bench.hosts[B].received == packets(20, 400), "{} packets", bench.hosts[B].received.len());
}

#[test]
fn an_airtime_limit_is_said_when_it_is_reached_and_loses_nothing() {
    let mut limited = orders();
    limited.parameters.limits.short = Share::from_hundredths(1000);
    let mut bench = Bench::new("", limited);
    bench.run(4);
    bench.send(A, packets(20, 200));
    bench.run(240);
    assert!(bench.hosts[B].received == packets(20, 200));
    let warnings = bench.hosts[A].warnings();
    assert!(warnings.starts_with(&[Warning::LimitReached, Warning::SendsAgain]), "{warnings:?}");
}

#[test]
fn a_radio_that_holds_back_without_a_word_is_not_overrun_and_the_operator_hears_of_it() {
    let mut bench = Bench::after(4, "airtime-lock");
    bench.send(A, packets(100, 400));
    bench.run(600);
    assert_eq!(bench.hosts[A].warnings(), [Warning::HeldBack]);
    let given = 100 - bench.hosts[A].waiting.len();
    assert!(given * 400 <= 6144 + 400, "{given} packets");
    assert!(bench.hosts[A].is_online());
}

#[test]
fn every_fault_of_the_emulator_is_one_that_is_tested_here() {
    let source = [include_str!("rnode.rs"), include_str!("radio_ports.rs")].concat();
    for (_, name, ..) in FAULTS {
        assert!(source.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn a_radio_goes_off_the_air_when_we_leave_it() {
    let mut bench = Bench::after(4, "");
    let now = Instant::from_micros(bench.now);
    bench.hosts[A].device.stop(now);
    bench.run(1);
    bench.send(B, packets(1, 60));
    bench.run(5);
    assert_eq!(bench.world.traffic(Station(A)).heard, 0);
    assert_eq!(bench.hosts[A].device.poll_timeout(), None);
}
