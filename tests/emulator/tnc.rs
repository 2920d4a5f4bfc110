//! A KISS TNC with a packet radio modem, as a host sees it (page 22 §2).
//! Not AX.25: it sends what it is given. Time is in microseconds.

use std::collections::VecDeque;

use roost::interface::kiss::{self, CMD_DATA, CMD_READY, COMMAND, Decoder};

use super::ether::{Contention, Ether, Event, Frame, Station, Tuning};
use super::traffic::Traffic;

/// More than any host sends as one packet.
const MAX_DATA: usize = 2048;
const MILLISECOND: u64 = 1000;
/// What AX.25 adds: a flag before, a checksum and a flag behind.
const AROUND: u64 = 4;

/// The TNC. Its defaults are those of the KISS paper.
#[derive(Debug)]
pub(crate) struct Tnc {
    station: Station,
    bitrate: u32,
    decoder: Decoder,
    /// In steps of ten milliseconds, as the host gives them.
    key_up: u8,
    tail: u8,
    slot: u8,
    persistence: u8,
    ready: bool,
    queue: VecDeque<Vec<u8>>,
    sending: Option<(usize, u64)>,
    traffic: Traffic,
    output: VecDeque<u8>,
}

impl Tnc {
    pub(crate) fn new(now: u64, station: Station, bitrate: u32, ether: &mut Ether) -> Self {
        ether.tune(now, station, Some(Tuning::Tones { bitrate }));
        Self {
            station,
            bitrate,
            decoder: Decoder::new(MAX_DATA),
            key_up: 50,
            tail: 0,
            slot: 10,
            persistence: 63,
            ready: false,
            queue: VecDeque::new(),
            sending: None,
            traffic: Traffic::default(),
            output: VecDeque::new(),
        }
    }

    pub(crate) const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Bytes from the host.
    pub(crate) fn handle_host(&mut self, now: u64, ether: &mut Ether, bytes: &[u8]) {
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.next_frame() {
            let value = frame.data.first().copied();
            match (frame.command & COMMAND, value) {
                (CMD_DATA, Some(_)) => self.queue.push_back(frame.data),
                (0x01, Some(value)) => self.key_up = value,
                (0x02, Some(value)) => self.persistence = value,
                (0x03, Some(value)) => self.slot = value,
                (0x04, Some(value)) => self.tail = value,
                (CMD_READY, Some(value)) => self.ready = value != 0,
                // Full duplex, and what only some hardware knows.
                _ => {}
            }
        }
        self.want_turn(now, ether);
    }

    /// What has happened on the channel.
    pub(crate) fn handle_event(&mut self, now: u64, ether: &mut Ether, event: Event) {
        match event {
            Event::Turn(_) => self.take_turn(now, ether),
            Event::Sent(..) => {
                let Some((bytes, time_on_air)) = self.sending.take() else { return };
                self.traffic.sent_frame(now, time_on_air);
                self.traffic.sent_packet(bytes);
                if self.ready {
                    self.write(CMD_READY, &[1]);
                }
                self.want_turn(now, ether);
            }
            Event::Heard(_, packet) => {
                self.traffic.heard += 1;
                self.write(CMD_DATA, &packet);
            }
            Event::Missed(_, miss) => self.traffic.missed(miss),
        }
    }

    fn want_turn(&mut self, now: u64, ether: &mut Ether) {
        if self.sending.is_some() || self.queue.is_empty() {
            return;
        }
        let slot = u64::from(self.slot) * 10 * MILLISECOND;
        // With a chance of so much in each slot, it takes that many slots or fewer, nearly always.
        let slots = 2 * 256 / (u64::from(self.persistence) + 1);
        ether.request(now, self.station, Contention { silence: 0, slot, window: 0..slots });
    }

    fn take_turn(&mut self, now: u64, ether: &mut Ether) {
        let Some(bytes) = self.queue.pop_front() else { return };
        let bits = (bytes.len() as u64 + AROUND) * 8;
        let carrier = (u64::from(self.key_up) + u64::from(self.tail)) * 10 * MILLISECOND;
        let time_on_air = carrier + bits * 1_000_000 / u64::from(self.bitrate);
        self.sending = Some((bytes.len(), time_on_air));
        ether.transmit(now, self.station, [Frame { bytes, time_on_air }]);
    }

    fn write(&mut self, command: u8, data: &[u8]) {
        self.output.extend(kiss::encode(command, data));
    }

    /// Bytes for the host.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        self.output.drain(..).collect()
    }
}
