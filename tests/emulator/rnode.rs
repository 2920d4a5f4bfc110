//! An RNode as its firmware behaves towards host and channel, with faults on request (page 22 §3, §4 and §8).
//! Not a port: bytes of the host go in, bytes for the host come out with their time. Time is in microseconds.

use std::collections::VecDeque;

use roost::interface::kiss::{self, CMD_DATA, FEND, FESC};
use roost::rns::airtime::Modulation;
use roost::rns::random::Random;

use super::ether::{Ether, Event, Station};
use super::fault::{Fault, Faults};
use super::host::{Order, Queue, Reader};
use super::parameters::Parameters;
use super::split::Joiner;
use super::traffic::Traffic;
use super::turns::{Burst, Underway, contention, micros};

const SECOND: u64 = 1_000_000;
/// `rssi_offset`: what is added to dBm, so that a byte holds it.
const RSSI_OFFSET: i16 = 157;
const NOISE_FLOOR: i16 = -113;
/// How strong everybody is, in dBm and quarters of a dB.
const SIGNAL: (i16, i8) = (-87, 25);
/// -16 dB, in quarters: its byte is a delimiter.
const WEAK_SNR: i8 = -64;
/// Short-term airtime in hundredths of a percent, above which a station waits a window longer each time.
const BANDS: [u64; 3] = [700, 3900, 7800];
const LOCK_RETRY: u64 = SECOND / 2;
const BOOT: u64 = SECOND / 2;
const UNPLUGGED: u64 = 3 * SECOND;
const SLOW: u64 = 400_000;
const POSITION: &[u8] = b"$GPRMC,121314,A,4807.038,N,01131.000,E,022.4,084.4,230326,003.1,W*6A\r\n";
const BOOT_NOISE: &[u8] =
    b"ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\nload:0x3fff0030\r\n";

mod reply {
    pub(super) const DETECT: u8 = 0x46;
    pub(super) const RESET: [u8; 2] = [0x55, 0xf8];
    pub(super) const ERROR: u8 = 0x90;
    pub(super) const RSSI: u8 = 0x23;
    pub(super) const SNR: u8 = 0x24;
    pub(super) const CHANNEL: u8 = 0x25;
    pub(super) const PHY: u8 = 0x26;
    pub(super) const CSMA: u8 = 0x28;
    pub(super) const RADIO_STATE: u8 = 0x06;
}

/// What the host sees of the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    Bytes(Vec<u8>),
    /// The port is gone.
    HangUp,
    /// It is there again.
    Return,
}

/// What a host may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Running,
    /// Until then it doesn't listen.
    Booting(u64),
    Unplugged(u64),
    Frozen,
}

/// The device.
#[derive(Debug)]
pub(crate) struct Rnode {
    station: Station,
    faults: Faults,
    random: Random,
    life: Life,
    reader: Reader,
    parameters: Parameters,
    /// What the radio really uses, while it is on.
    radio: Option<Modulation>,
    /// When it was switched on for the first time.
    first_on: Option<u64>,
    sending: VecDeque<Underway>,
    joiner: Joiner,
    traffic: Traffic,
    band: u64,
    received: u64,
    noise_made: bool,
    next_report: Option<u64>,
    retry: Option<u64>,
    output: VecDeque<(u64, Output)>,
}

impl Rnode {
    pub(crate) fn new(station: Station, faults: Faults, random: Random) -> Self {
        let mut rnode = Self {
            station,
            random,
            life: Life::Running,
            reader: Reader::new(Queue::default()),
            parameters: Parameters::default(),
            radio: None,
            first_on: None,
            sending: VecDeque::new(),
            joiner: Joiner::default(),
            traffic: Traffic::default(),
            band: 0,
            received: 0,
            noise_made: false,
            next_report: faults.has(0, Fault::Foreign).then_some(SECOND),
            retry: None,
            output: VecDeque::new(),
            faults,
        };
        rnode.forget(0);
        rnode
    }

    pub(crate) const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Back to what it is after power has come.
    fn forget(&mut self, now: u64) {
        let small = self.faults.has(now, Fault::SmallQueue);
        self.reader = Reader::new(if small { Queue::of(1016, 2) } else { Queue::default() });
        self.parameters = Parameters::default();
        if self.faults.has(now, Fault::TncMode) {
            self.parameters = Parameters::of_a_tnc();
        }
        self.sending.clear();
        self.joiner = Joiner::default();
        self.noise_made = false;
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<u64> {
        let life = match self.life {
            Life::Running | Life::Frozen => None,
            Life::Booting(until) | Life::Unplugged(until) => Some(until),
        };
        let moment = self.first_on.and_then(|on| self.faults.next_moment().map(|after| on + after));
        [life, moment, self.next_report, self.retry].into_iter().flatten().min()
    }

    /// Bytes from the host.
    pub(crate) fn handle_host(&mut self, now: u64, ether: &mut Ether, bytes: &[u8]) {
        let deaf = self.faults.has(now, Fault::Silent) || self.faults.has(now, Fault::Foreign);
        if self.life != Life::Running || deaf {
            return;
        }
        if self.faults.has(now, Fault::BootNoise) && !std::mem::replace(&mut self.noise_made, true) {
            self.write(now, BOOT_NOISE.to_vec());
        }
        for byte in bytes {
            match self.reader.take(*byte) {
                None => {}
                Some(Order::Packet) => self.want_turn(now, ether),
                Some(Order::Command(command, payload)) => self.obey(now, ether, command, &payload),
            }
        }
    }

    /// The host has gone, where the device notices that: over WiFi. Its radio is switched off.
    pub(crate) fn handle_disconnect(&mut self, now: u64, ether: &mut Ether) {
        self.switch_off(now, ether);
        self.output.clear();
    }

    /// What has happened on the channel.
    pub(crate) fn handle_event(&mut self, now: u64, ether: &mut Ether, event: Event) {
        match event {
            Event::Turn(_) => self.take_turn(now, ether),
            Event::Sent(..) => self.has_sent(now, ether),
            Event::Heard(_, frame) => {
                self.traffic.heard += 1;
                if let Some(packet) = self.joiner.take(&frame) {
                    self.hand_over(now, packet);
                }
            }
            Event::Missed(_, miss) => self.traffic.missed(miss),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: u64, ether: &mut Ether) {
        match self.life {
            Life::Booting(until) if until <= now => {
                self.life = Life::Running;
                self.reply(now, reply::RESET[0], &reply::RESET[1..]);
            }
            Life::Unplugged(until) if until <= now => {
                self.life = Life::Running;
                self.output.push_back((now, Output::Return));
            }
            Life::Running | Life::Frozen | Life::Booting(_) | Life::Unplugged(_) => {}
        }
        if self.next_report.is_some_and(|at| at <= now) {
            self.next_report = Some(now + SECOND);
            if self.faults.has(now, Fault::Foreign) {
                self.write(now, POSITION.to_vec());
            } else {
                self.report_channel(now);
            }
        }
        if self.retry.is_some_and(|at| at <= now) {
            self.retry = None;
            self.want_turn(now, ether);
        }
        if let Some(on) = self.first_on {
            while let Some(fault) = self.faults.take_moment(now.saturating_sub(on)) {
                self.suffer(now, ether, fault);
            }
        }
    }

    /// What the host sees by now.
    pub(crate) fn poll_output(&mut self, now: u64) -> Option<Output> {
        self.output.pop_front_if(|(at, _)| *at <= now).map(|(_, output)| output)
    }

    /// When there is something to poll.
    pub(crate) fn next_output(&self) -> Option<u64> {
        self.output.front().map(|(at, _)| *at)
    }
}

/// Commands.
impl Rnode {
    fn obey(&mut self, now: u64, ether: &mut Ether, command: u8, payload: &[u8]) {
        let first = payload.first().copied().unwrap_or_default();
        match (command, first) {
            (0x06, 0x00) => {
                self.switch_off(now, ether);
                self.reply(now, reply::RADIO_STATE, &[0]);
            }
            (0x06, 0x01) => self.switch_on(now, ether),
            (0x06, _) => self.reply(now, reply::RADIO_STATE, &[u8::from(self.radio.is_some())]),
            (0x07, _) => self.reply(now, command, &[u8::from(!self.parameters.complete())]),
            (0x08, 0x73) => self.reply(now, command, &[reply::DETECT]),
            (0x0f, _) => {
                let room = !self.reader.queue.is_full();
                self.reply(now, command, &[u8::from(room)]);
            }
            (0x40, _) => {
                let number = self.random.bytes::<1>();
                self.reply(now, command, &number);
            }
            // A board with a display, of a kind with WiFi.
            (0x41, _) => self.reply(now, command, &[u8::from(first == 1)]),
            (0x47, _) => self.reply(now, command, &[0x3a]),
            (0x48, _) => self.reply(now, command, &[0x80]),
            (0x49, _) => self.reply(now, command, &[0x81]),
            (0x50, _) => {
                let minor = if self.faults.has(now, Fault::OldFirmware) { 51 } else { 86 };
                self.reply(now, command, &[1, minor]);
            }
            (0x55, 0xf8) => self.reboot(now, ether),
            (0x01..=0x05 | 0x0b | 0x0c, _) => {
                let changed = self.parameters.set(command, payload);
                let echo = self.parameters.echo(command, |fault| self.faults.has(now, fault));
                self.reply(now, command, &echo);
                if changed && self.radio.is_some() {
                    self.tune(now, ether);
                    self.report_phy(now);
                }
            }
            _ => {}
        }
    }

    fn switch_on(&mut self, now: u64, ether: &mut Ether) {
        if self.faults.has(now, Fault::Unprovisioned) || self.parameters.modulation().is_none() {
            self.reply(now, reply::RADIO_STATE, &[0]);
            return;
        }
        if self.radio.is_none() {
            self.tune(now, ether);
        }
        self.first_on.get_or_insert(now);
        self.next_report = Some(now + SECOND);
        // It tells once for the bandwidth, once for the spreading factor, and once for the coding rate.
        for _ in 0..3 {
            self.report_phy(now);
        }
        for _ in 0..2 {
            self.reply(now, reply::RADIO_STATE, &[1]);
        }
        self.want_turn(now, ether);
    }

    fn tune(&mut self, now: u64, ether: &mut Ether) {
        self.radio = self.parameters.modulation();
        self.sending.clear();
        self.joiner = Joiner::default();
        ether.tune(now, self.station, self.parameters.tuning());
        self.want_turn(now, ether);
    }

    fn switch_off(&mut self, now: u64, ether: &mut Ether) {
        self.radio = None;
        self.next_report = None;
        self.retry = None;
        self.sending.clear();
        self.joiner = Joiner::default();
        ether.tune(now, self.station, None);
    }

    fn reboot(&mut self, now: u64, ether: &mut Ether) {
        self.switch_off(now, ether);
        self.forget(now);
        self.life = Life::Booting(now + BOOT);
    }

    fn suffer(&mut self, now: u64, ether: &mut Ether, fault: Fault) {
        let error = |rnode: &mut Self, number| rnode.reply(now, reply::ERROR, &[number]);
        match fault {
            Fault::RadioFailed => error(self, 1),
            Fault::TransmitFailed => error(self, 2),
            Fault::MemoryLow => error(self, 5),
            Fault::ModemTimeout => error(self, 6),
            Fault::Reset => self.reboot(now, ether),
            Fault::Freeze => {
                self.switch_off(now, ether);
                self.life = Life::Frozen;
            }
            Fault::HangUp => {
                self.reboot(now, ether);
                self.life = Life::Unplugged(now + UNPLUGGED);
                self.output.clear();
                self.output.push_back((now, Output::HangUp));
            }
            Fault::Garbage => {
                let noise = self.random.bytes::<48>();
                self.write(now, [&[FEND, CMD_DATA, 0x08, FESC], &noise[..], &[FEND]].concat());
            }
            _ => unreachable!("it lasts"),
        }
    }
}

/// The channel.
impl Rnode {
    fn want_turn(&mut self, now: u64, ether: &mut Ether) {
        let Some(modulation) = self.radio.filter(|_| !self.reader.queue.is_empty()) else { return };
        if !self.sending.is_empty() {
            return;
        }
        if self.is_locked(now) {
            self.retry = Some(now + LOCK_RETRY);
            return;
        }
        ether.request(now, self.station, contention(modulation, self.band));
    }

    fn is_locked(&self, now: u64) -> bool {
        let over = |limit: Option<u16>, share: u64| limit.is_some_and(|limit| share >= u64::from(limit));
        over(self.parameters.short_limit, self.traffic.short_term(now))
            || over(self.parameters.long_limit, self.traffic.long_term(now))
            || self.faults.has(now, Fault::AirtimeLock)
    }

    fn take_turn(&mut self, now: u64, ether: &mut Ether) {
        let Some(modulation) = self.radio else { return };
        let queue = &mut self.reader.queue;
        let packets = std::iter::from_fn(|| queue.pop_whole());
        let Burst { frames, underway } = Burst::of(modulation, packets, &mut self.random);
        self.sending = underway;
        ether.transmit(now, self.station, frames);
    }

    fn has_sent(&mut self, now: u64, ether: &mut Ether) {
        let Some(Underway { time_on_air, ends }) = self.sending.pop_front() else { return };
        self.traffic.sent_frame(now, time_on_air);
        let Some(bytes) = ends else { return };
        self.traffic.sent_packet(bytes);
        self.reader.queue.release(bytes);
        self.report_channel(now);
        let (before, band) = (self.band, band(self.traffic.short_term(now)));
        self.band = band;
        if let Some(modulation) = self.radio.filter(|_| band != before) {
            let window = contention(modulation, band).window;
            let report = [band + 1, window.start, window.end - 1].map(byte);
            self.reply(now, reply::CSMA, &report);
        }
        self.want_turn(now, ether);
    }
}

/// What the host is told.
impl Rnode {
    fn hand_over(&mut self, now: u64, mut packet: Vec<u8>) {
        self.received += 1;
        let third = self.received.is_multiple_of(3);
        if self.life != Life::Running || (third && self.faults.has(now, Fault::Lose)) {
            return;
        }
        if third && self.faults.has(now, Fault::Corrupt) {
            let middle = packet.len() / 2;
            packet[middle] ^= 0x10;
        }
        let (rssi, mut snr) = SIGNAL;
        if self.faults.has(now, Fault::SnrDelimiter) {
            snr = WEAK_SNR;
        }
        for _ in 0..=u8::from(self.faults.has(now, Fault::Duplicate)) {
            self.reply(now, reply::RSSI, &[decibels(rssi)]);
            self.reply(now, reply::SNR, &snr.to_be_bytes());
            self.reply(now, CMD_DATA, &packet);
        }
    }

    fn report_channel(&mut self, now: u64) {
        let (short, long) = (self.traffic.short_term(now), self.traffic.long_term(now));
        let mut report = Vec::new();
        // The load of the channel beside what it sends itself isn't measured here.
        for share in [short, long, short, long] {
            report.extend(two_bytes(share));
        }
        report.extend([decibels(NOISE_FLOOR + 2), decibels(NOISE_FLOOR), 0xff]);
        self.reply(now, reply::CHANNEL, &report);
    }

    fn report_phy(&mut self, now: u64) {
        let Some(modulation) = self.radio else { return };
        let symbol = micros(modulation.symbol());
        let (preamble, slot) = (modulation.preamble(), micros(modulation.slot()) / 1000);
        let numbers = [symbol, SECOND / symbol, preamble, preamble * symbol / 1000, slot, 2 * slot];
        let report: Vec<u8> = numbers.into_iter().flat_map(two_bytes).collect();
        self.reply(now, reply::PHY, &report);
    }

    fn reply(&mut self, now: u64, command: u8, payload: &[u8]) {
        self.write(now, kiss::encode(command, payload));
    }

    fn write(&mut self, now: u64, bytes: Vec<u8>) {
        if self.life == Life::Frozen {
            return;
        }
        let at = if self.faults.has(now, Fault::Slow) { now + SLOW } else { now };
        self.output.push_back((at, Output::Bytes(bytes)));
    }
}

/// Which window is for a station that was on the air for so much of the last time, in hundredths of a percent.
fn band(short_term: u64) -> u64 {
    BANDS.iter().filter(|limit| short_term > **limit).count() as u64
}

fn byte(number: u64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn two_bytes(number: u64) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}

fn decibels(dbm: i16) -> u8 {
    byte(u64::try_from(dbm + RSSI_OFFSET).unwrap_or(0))
}
