//! The device against a radio that is a few lines long. The emulator of the test tree is the thorough one.

use super::super::commands::*;
use super::*;
use crate::interface::kiss::Frame;
use crate::rns::air::{Limits, Share};
use crate::rns::airtime::Modulation;

fn orders() -> Orders {
    let share = Share::from_hundredths;
    let parameters = Parameters {
        frequency: 867_200_000,
        modulation: Modulation::SF8,
        tx_power: 7,
        limits: Limits { short: share(3300), long: share(150) },
    };
    Orders { parameters, flow_control: false, beacon: None, timing: Timing::SERIAL }
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

/// A radio that does what it is told, and remembers.
#[derive(Default)]
struct Radio {
    heard: Vec<Frame>,
    version: [u8; 2],
    values: std::collections::BTreeMap<u8, Vec<u8>>,
    /// It says this instead, whatever it is told.
    lies: std::collections::BTreeMap<u8, Vec<u8>>,
    rom: Option<Vec<u8>>,
}

impl Radio {
    fn new() -> Self {
        Self { version: [1, 86], ..Self::default() }
    }

    /// Takes what the device writes; what it answers.
    fn answers(&mut self, wire: &[u8]) -> Vec<u8> {
        let mut decoder = Decoder::new(600);
        decoder.push(wire);
        let mut out = Vec::new();
        while let Some(frame) = decoder.next_frame() {
            if let Some(data) = self.answer(&frame) {
                kiss::encode_into(frame.command, &data, &mut out);
            }
            self.heard.push(frame);
        }
        out
    }

    fn answer(&mut self, frame: &Frame) -> Option<Vec<u8>> {
        let asks = frame.data.iter().all(|byte| *byte == 0) && frame.data.len() == 4 || frame.data == [ASK];
        let told = match frame.command {
            DETECT => vec![DETECT_RESPONSE],
            FW_VERSION => self.version.to_vec(),
            PLATFORM => vec![0x80],
            MCU => vec![0x81],
            BOARD => vec![0x3a],
            ROM_READ => self.rom.clone()?,
            READY => vec![1],
            DATA | LEAVE => return None,
            command if asks => self.values.get(&command)?.clone(),
            command => {
                self.values.insert(command, frame.data.clone());
                frame.data.clone()
            }
        };
        Some(self.lies.get(&frame.command).cloned().unwrap_or(told))
    }
}

/// A radio that was provisioned as this model, perhaps with settings of its own.
fn made_as(model: u8, settings: u8) -> Radio {
    let mut rom = vec![0; 200];
    (rom[1], rom[0x9b], rom[0xa7]) = (model, 0x73, settings);
    Radio { rom: Some(rom), ..Radio::new() }
}

/// Lets both talk for so long; what happened.
fn talk(device: &mut Device, radio: &mut Radio, from: u64, to: u64) -> Vec<DeviceEvent> {
    let mut events = Vec::new();
    for millis in (from..=to).step_by(10) {
        let now = at(millis);
        device.handle_timeout(now);
        while let Some(wire) = device.poll_write() {
            let answers = radio.answers(&wire);
            device.handle_bytes(now, &answers);
        }
        events.extend(std::iter::from_fn(|| device.poll_event()));
    }
    events
}

fn started(orders: Orders) -> (Device, Radio) {
    let (mut device, mut radio) = (Device::new(at(0), orders), Radio::new());
    let events = talk(&mut device, &mut radio, 0, 3000);
    assert!(matches!(events[..], [DeviceEvent::Online(_)]), "{events:?}");
    radio.heard.clear();
    (device, radio)
}

fn fault(radio: &mut Radio) -> Fault {
    let mut device = Device::new(at(0), orders());
    match talk(&mut device, radio, 0, 10_000).pop() {
        Some(DeviceEvent::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn wire(command: u8, data: &[u8]) -> Vec<u8> {
    kiss::encode(command, data)
}

#[test]
fn a_radio_is_found_out_set_and_read_back_before_it_is_used() {
    let mut device = Device::new(at(0), orders());
    let mut radio = made_as(0xca, 0);
    device.handle_bytes(at(10), b"ets Jun  8 2016 \xc0\x55\xf8\xc0");
    assert_eq!(talk(&mut device, &mut radio, 0, 1990), [], "a board may take two seconds to start");
    assert!(radio.heard.is_empty());
    let events = talk(&mut device, &mut radio, 2000, 3000);
    let [DeviceEvent::Online(hardware)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((hardware.version, hardware.board), (Some((1, 86)), Some(0x3a)));
    let commands: Vec<_> = radio.heard.iter().map(|frame| frame.command).collect();
    let expected = [
        &[DETECT, FW_VERSION, PLATFORM, MCU, BOARD, ROM_READ][..],
        &[FREQUENCY, BANDWIDTH, TXPOWER, SF, CR, ST_ALOCK, LT_ALOCK, RADIO_STATE],
        &[FREQUENCY, BANDWIDTH, TXPOWER, SF, CR],
    ];
    assert_eq!(commands, expected.concat());
    let of = |command| radio.heard.iter().find(|frame| frame.command == command).unwrap().data.clone();
    assert_eq!(of(FREQUENCY), [0x33, 0xb0, 0x6c, 0x00]);
    assert_eq!(of(BANDWIDTH), [0x00, 0x01, 0xe8, 0x48]);
    assert_eq!((of(ST_ALOCK), of(LT_ALOCK)), (vec![0x0c, 0xe4], vec![0x00, 0x96]));
}

#[test]
fn a_radio_is_left_switched_off() {
    let (mut device, mut radio) = started(orders());
    device.stop(at(3000));
    talk(&mut device, &mut radio, 3010, 3010);
    let last = [Frame { command: RADIO_STATE, data: vec![OFF] }, Frame { command: LEAVE, data: vec![0xff] }];
    assert_eq!(radio.heard, last);
}

#[test]
fn what_an_operator_has_to_mend_is_said() {
    let lying = |command, data: &[u8]| Radio {
        lies: [(command, data.to_vec())].into_iter().collect(),
        ..Radio::new()
    };
    assert_eq!(
        fault(&mut Radio { version: [1, 51], ..Radio::new() }),
        Fault::OldFirmware { major: 1, minor: 51 }
    );
    assert_eq!(fault(&mut lying(DETECT, &[1])), Fault::NotAnRNode);
    assert_eq!(fault(&mut lying(RADIO_STATE, &[0])), Fault::StaysOff);
    assert_eq!(fault(&mut lying(TXPOWER, &[5])), Fault::OtherPower { asked: 7, reported: 5 });
    let other = |what, asked, reported| Fault::Other { what, asked, reported };
    assert_eq!(fault(&mut lying(CR, &[8])), other("coding rate", 5, 8));
    assert_eq!(fault(&mut lying(BANDWIDTH, &[0, 3, 0xd0, 0x90])), other("bandwidth", 125_000, 250_000));
    let unprovisioned = Radio { rom: Some(vec![0xff; 200]), ..Radio::new() };
    assert_eq!(fault(&mut { unprovisioned }), Fault::Unprovisioned);
    assert_eq!(fault(&mut made_as(0xca, 0x73)), Fault::TncMode);
    assert!(fault(&mut made_as(0xc5, 0)).to_string().contains("made for 420 to 520 MHz"));
}

#[test]
fn a_frequency_may_be_off_by_a_step_of_the_synthesiser() {
    let mut radio = Radio::new();
    radio.lies.insert(FREQUENCY, 867_200_061_u32.to_be_bytes().to_vec());
    radio.lies.insert(LT_ALOCK, 149_u16.to_be_bytes().to_vec());
    let mut device = Device::new(at(0), orders());
    assert!(matches!(talk(&mut device, &mut radio, 0, 5000)[..], [DeviceEvent::Online(_)]));
}

#[test]
fn symbols_of_another_length_than_asked_show_a_radio_with_settings_of_its_own() {
    let (mut device, _) = started(orders());
    device.handle_bytes(at(3000), &wire(STAT_PHYPRM, &[8, 0, 1, 232, 0, 18, 0, 36, 0, 24, 0, 48]));
    assert_eq!(device.poll_event(), None, "2048 µs are those of SF8 at 125 kHz");
    device.handle_bytes(at(3000), &wire(STAT_PHYPRM, &[64, 0, 1, 232, 0, 18, 0, 36, 0, 24, 0, 48]));
    assert_eq!(device.poll_event(), Some(DeviceEvent::Fault(Fault::TncMode)));
}

#[test]
fn a_packet_comes_with_its_signal_and_nothing_is_taken_for_it() {
    let (mut device, _) = started(orders());
    let mut bytes = wire(STAT_RSSI, &[57]);
    // An SNR of -16 dB is the byte of the delimiter.
    bytes.extend(wire(STAT_SNR, &[0xc0]));
    bytes.extend(wire(DATA, &[0xc0, 0xdb, 7]));
    for byte in bytes {
        device.handle_bytes(at(3000), &[byte]);
    }
    assert_eq!(device.poll_frame(), Some(vec![0xc0, 0xdb, 7]));
    assert_eq!(device.poll_frame(), None);
    assert_eq!((device.statistics().rssi, device.statistics().snr_db()), (Some(-100), Some(-16.0)));
}

#[test]
fn no_packet_is_sent_that_the_firmware_would_take_for_something_else() {
    let (mut device, mut radio) = started(orders());
    assert!(!device.send(at(3000), &[]));
    assert!(!device.send(at(3000), &[0; 509]));
    assert!(device.send(at(3000), &[0; 508]));
    talk(&mut device, &mut radio, 3000, 3000);
    assert_eq!(radio.heard.len(), 1);
}

#[test]
fn flow_control_asks_after_every_packet_and_waits_for_nothing_unasked() {
    let (mut device, mut radio) = started(Orders { flow_control: true, ..orders() });
    assert!(device.has_room(at(3000)));
    assert!(device.send(at(3000), &[1; 20]));
    assert!(!device.has_room(at(3000)), "not before it says so");
    radio.lies.insert(READY, vec![0]);
    talk(&mut device, &mut radio, 3000, 4400);
    assert!(!device.has_room(at(4400)));
    radio.lies.clear();
    talk(&mut device, &mut radio, 4410, 5000);
    assert!(device.has_room(at(5000)), "and what it had has left");
    let asked = radio.heard.iter().filter(|frame| frame.command == READY).count();
    assert_eq!(asked, 4, "with the packet, and every half second");
}

#[test]
fn a_radio_that_knows_no_flow_control_is_used_without() {
    let (mut device, _) = started(Orders { flow_control: true, ..orders() });
    device.send(at(3000), &[1; 20]);
    let mut events = Vec::new();
    for millis in (3000..30_000).step_by(500) {
        device.handle_bytes(at(millis), &wire(STAT_CHTM, &[0; 11]));
        device.handle_timeout(at(millis));
        events.extend(std::iter::from_fn(|| device.poll_event()));
    }
    assert_eq!(events, [DeviceEvent::Warning(Warning::NoFlowControl)]);
    assert!(device.has_room(at(30_000)));
}

#[test]
fn a_radio_that_says_nothing_is_asked_and_then_given_up() {
    let (mut device, mut radio) = started(orders());
    assert_eq!(talk(&mut device, &mut radio, 3000, 60_000), [], "it answers");
    assert!(radio.heard.len() >= 3);
    for millis in (60_010..80_000).step_by(100) {
        device.handle_timeout(at(millis));
    }
    assert_eq!(device.poll_event(), Some(DeviceEvent::Fault(Fault::Silent)));
}

#[test]
fn a_radio_on_the_network_hears_of_us_before_it_hangs_up() {
    let (mut device, mut radio) = started(Orders { timing: Timing::NETWORK, ..orders() });
    talk(&mut device, &mut radio, 3000, 14_000);
    assert!(radio.heard.len() >= 3, "every 3.5 seconds");
    assert!(radio.heard.iter().all(|frame| frame.command == DETECT));
}

#[test]
fn a_beacon_follows_the_first_packet_and_not_itself() {
    let beacon = BeaconSection { text: "DL0ABC".to_owned(), interval: Duration::from_secs(10) };
    let (mut device, mut radio) = started(Orders { beacon: Some(beacon), ..orders() });
    let beacons = |radio: &Radio| radio.heard.iter().filter(|frame| frame.data == b"DL0ABC").count();
    talk(&mut device, &mut radio, 3000, 40_000);
    assert_eq!(beacons(&radio), 0);
    device.send(at(40_000), &[1; 20]);
    device.send(at(45_000), &[2; 20]);
    talk(&mut device, &mut radio, 45_000, 49_900);
    assert_eq!(beacons(&radio), 0);
    talk(&mut device, &mut radio, 50_000, 90_000);
    assert_eq!(beacons(&radio), 1);
}

#[test]
fn errors_end_it_or_are_said_once_a_minute() {
    let (mut device, _) = started(orders());
    (0..50).for_each(|_| device.handle_bytes(at(4000), &wire(ERROR, &[5])));
    device.handle_bytes(at(64_000), &wire(ERROR, &[6]));
    assert_eq!(device.poll_event(), Some(DeviceEvent::Warning(Warning::MemoryLow)));
    assert_eq!(device.poll_event(), Some(DeviceEvent::Warning(Warning::ModemTimeout)));
    device.handle_bytes(at(65_000), &wire(ERROR, &[2]));
    assert_eq!(device.poll_event(), Some(DeviceEvent::Fault(Fault::Hardware(2))));
    let (mut device, _) = started(orders());
    device.handle_bytes(at(4000), &wire(RESET, &[0xf8]));
    assert_eq!(device.poll_event(), Some(DeviceEvent::Fault(Fault::Restarted)));
    let (mut device, _) = started(orders());
    device.handle_bytes(at(4000), &wire(RADIO_STATE, &[0]));
    assert_eq!(device.poll_event(), Some(DeviceEvent::Fault(Fault::SwitchedOff)));
}
