//! The emulated radios themselves: what a host sees of an RNode, and what the air does to frames.
//! Not our driver; in memory and with a virtual clock.

use roost::interface::kiss::{self, Decoder, Frame};

use crate::emulator::ether::Station;
use crate::emulator::fault::{FAULTS, Faults};
use crate::emulator::rnode::Output;
use crate::emulator::world::World;

const SECOND: u64 = 1_000_000;
/// 867.2 MHz, 125 kHz, 7 dBm, SF8, 4/5, on.
const SETTINGS: [(u8, &[u8]); 6] = [
    (0x01, &[0x33, 0xb0, 0x6c, 0x00]),
    (0x02, &[0x00, 0x01, 0xe8, 0x48]),
    (0x03, &[7]),
    (0x04, &[8]),
    (0x05, &[5]),
    (0x06, &[1]),
];

/// A world with a clock.
struct Table {
    world: World,
    now: u64,
}

impl Table {
    fn new(seed: u64, faults: impl IntoIterator<Item = Faults>) -> Self {
        let mut world = World::new(seed);
        for faults in faults {
            world.add_rnode(faults);
        }
        Self { world, now: 0 }
    }

    fn say(&mut self, station: Station, command: u8, payload: &[u8]) {
        self.world.write(self.now, station, &kiss::encode(command, payload));
    }

    fn switch_on(&mut self, station: Station) {
        for (command, payload) in SETTINGS {
            self.say(station, command, payload);
        }
    }

    fn wait(&mut self, time: u64) {
        self.now += time;
        self.world.run_until(self.now);
    }

    /// All that a host can read by now.
    fn read(&mut self, station: Station) -> Vec<Output> {
        std::iter::from_fn(|| self.world.read(self.now, station)).collect()
    }

    fn frames(&mut self, station: Station) -> Vec<(u8, Vec<u8>)> {
        let mut decoder = Decoder::new(2000);
        for output in self.read(station) {
            if let Output::Bytes(bytes) = output {
                decoder.push(&bytes);
            }
        }
        std::iter::from_fn(|| decoder.next_frame()).map(|Frame { command, data }| (command, data)).collect()
    }

    /// The packets that a host can read by now.
    fn packets(&mut self, station: Station) -> Vec<Vec<u8>> {
        self.frames(station).into_iter().filter(|(command, _)| *command == 0).map(|(_, data)| data).collect()
    }
}

fn healthy(count: usize) -> Vec<Faults> {
    vec![Faults::default(); count]
}

const A: Station = Station(0);
const B: Station = Station(1);
const C: Station = Station(2);

fn on_air(seed: u64, count: usize) -> Table {
    let mut table = Table::new(seed, healthy(count));
    for station in table.world.stations() {
        table.switch_on(station);
    }
    table
}

#[test]
fn an_rnode_answers_the_reference_s_burst_and_echoes_its_settings() {
    let mut table = Table::new(1, healthy(1));
    table.world.write(0, A, b"\xc0\x08\x73\xc0\x50\x00\xc0\x48\x00\xc0\x49\x00\xc0");
    let told = [(0x08, vec![0x46]), (0x50, vec![1, 86]), (0x48, vec![0x80]), (0x49, vec![0x81])];
    assert_eq!(table.frames(A), told);
    table.switch_on(A);
    let told = table.frames(A);
    assert!(SETTINGS[..5].iter().all(|(command, payload)| told.contains(&(*command, payload.to_vec()))));
    assert_eq!(told.iter().filter(|(command, _)| *command == 0x26).count(), 3);
    assert_eq!(told[8..], [(0x06, vec![1]), (0x06, vec![1])]);
    table.wait(10 * SECOND);
    assert_eq!(table.frames(A).iter().filter(|(command, _)| *command == 0x25).count(), 10);
}

#[test]
fn a_packet_arrives_after_its_time_on_air_and_a_long_one_as_two_frames() {
    let mut table = on_air(2, 2);
    table.frames(B);
    let long: Vec<u8> = (0..=249).chain(0..=249).collect();
    table.say(A, 0, &long);
    table.wait(1_435_000);
    assert!(table.packets(B).is_empty());
    table.wait(SECOND);
    assert_eq!(table.packets(B), [long]);
    let traffic = table.world.traffic(A);
    assert_eq!((traffic.packets, traffic.frames, traffic.bytes, traffic.on_air / 1000), (1, 2, 500, 1434));
}

#[test]
fn one_lost_frame_takes_the_whole_packet_with_it() {
    let mut table = on_air(3, 2);
    table.frames(B);
    table.world.ether.lose(20);
    for number in 0..100 {
        table.say(A, 0, &[number; 400]);
        table.wait(20 * SECOND);
    }
    let arrived = table.packets(B).len();
    // Eight tenths of eight tenths.
    assert!((52..76).contains(&arrived), "{arrived}");
    let traffic = table.world.traffic(B);
    assert_eq!(traffic.heard + traffic.lost, 200);
}

#[test]
fn stations_take_turns_and_those_behind_a_hill_do_not() {
    let mut table = on_air(4, 3);
    for round in 0..20 {
        table.say(A, 0, &[round; 200]);
        table.say(B, 0, &[round; 200]);
        table.wait(20 * SECOND);
    }
    let heard = table.packets(C).len();
    assert!(heard > 32, "{heard}");
    table.world.ether.hide(A, B);
    for round in 0..20 {
        table.say(A, 0, &[round; 200]);
        table.say(B, 0, &[round; 200]);
        table.wait(20 * SECOND);
    }
    assert_eq!(table.packets(C).len(), 0);
    assert!(table.world.traffic(C).collided >= 40);
}

#[test]
fn who_is_set_to_another_spreading_factor_hears_nothing() {
    let mut table = on_air(5, 2);
    table.say(B, 0x04, &[9]);
    table.say(A, 0, &[1; 100]);
    table.wait(10 * SECOND);
    assert!(table.packets(B).is_empty());
    table.say(B, 0x04, &[8]);
    table.say(A, 0, &[2; 100]);
    table.wait(10 * SECOND);
    assert_eq!(table.packets(B), [vec![2; 100]]);
}

#[test]
fn a_host_that_writes_more_than_the_queue_holds_loses_packets_and_damages_one() {
    let mut table = on_air(6, 2);
    table.frames(B);
    for number in 0..20 {
        table.say(A, 0, &[number; 400]);
    }
    table.say(A, 0x0f, &[0]);
    assert!(table.frames(A).contains(&(0x0f, vec![0])));
    table.wait(60 * SECOND);
    table.say(A, 0, &[99; 10]);
    table.wait(10 * SECOND);
    let packets = table.packets(B);
    // 15 are whole; of the next there is room for 144 bytes, and they go in front of the last.
    assert_eq!(packets.len(), 16);
    assert_eq!(packets[14], [14; 400]);
    assert_eq!(packets[15], [vec![15; 144], vec![99; 10]].concat());
}

#[test]
fn an_airtime_limit_holds_the_queue_back_until_there_is_room_again() {
    let mut table = on_air(7, 2);
    table.frames(B);
    table.say(A, 0x0b, &1000_u16.to_be_bytes());
    for number in 0..6 {
        table.say(A, 0, &[number; 200]);
        table.wait(2 * SECOND);
    }
    // A tenth of 15 s are two and a half packets.
    assert_eq!(table.packets(B).len(), 3);
    table.wait(60 * SECOND);
    assert_eq!(table.packets(B).len(), 3);
}

#[test]
fn over_wifi_a_host_that_goes_away_takes_the_air_with_it() {
    let mut table = on_air(12, 2);
    assert_eq!(table.world.next_due(), Some(0));
    table.read(A);
    table.read(B);
    assert_eq!(table.world.next_due(), Some(SECOND));
    table.world.disconnect(table.now, B);
    table.say(A, 0, &[1; 100]);
    table.wait(5 * SECOND);
    assert!(table.read(B).is_empty());
    table.switch_on(B);
    table.say(A, 0, &[2; 100]);
    table.wait(5 * SECOND);
    assert_eq!(table.packets(B), [vec![2; 100]]);
}

#[test]
fn every_fault_has_its_name_and_shows_itself_to_the_host() {
    for (fault, name, ..) in FAULTS {
        let mut seen = Vec::new();
        for faults in [Faults::default(), Faults::default().with_named(name).expect("a name of the table")] {
            let mut table = Table::new(8, [faults, Faults::default()]);
            table.switch_on(B);
            table.world.write(0, A, b"\xc0\x08\x73\xc0\x50\x00\xc0");
            table.switch_on(A);
            let mut outputs = table.read(A);
            for number in 0..8 {
                table.wait(SECOND);
                table.say(B, 0, &[number; 30]);
                outputs.extend(table.read(A));
            }
            for number in 0..4 {
                table.say(A, 0, &[number; 400]);
            }
            table.wait(10 * SECOND);
            outputs.extend(table.read(A));
            seen.push((outputs, table.packets(B)));
        }
        assert_ne!(seen[0], seen[1], "{fault:?}");
    }
}

#[test]
fn a_tnc_takes_its_parameters_and_gives_one_ready_for_each_packet() {
    let mut world = World::new(9);
    let (left, right) = (world.add_tnc(1200), world.add_tnc(1200));
    world.write(0, left, b"\xc0\x01\x23\xc0\xc0\x04\x02\xc0\xc0\x02\x40\xc0\xc0\x03\x02\xc0\xc0\x0f\x01\xc0");
    let wire = kiss::encode(0, &[0xc0; 100]);
    world.write(0, left, &wire);
    // 350 ms until the carrier is there, 20 ms behind, and 104 bytes at 1,200 bits per second.
    world.run_until(1_063_000);
    assert_eq!(world.read(1_063_000, right), None);
    world.run_until(3 * SECOND);
    assert_eq!(world.read(3 * SECOND, right), Some(Output::Bytes(wire)));
    assert_eq!(world.read(3 * SECOND, left), Some(Output::Bytes(vec![0xc0, 0x0f, 0x01, 0xc0])));
    assert_eq!(world.traffic(left).on_air / 1000, 1063);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut table = on_air(seed, 3);
        table.world.take_happened();
        table.world.ether.lose(30);
        for number in 0..20 {
            table.say(A, 0, &[number; 300]);
            table.say(B, 0, &[number; 100]);
            table.wait(3 * SECOND);
        }
        table.world.take_happened()
    };
    assert_eq!(run(10), run(10));
    assert_ne!(run(10), run(11));
}
