//! What passes between a TNC and us: whose turn it is, what is on the air, when to say who we are.
//! Not the port; bytes and time are handed in, and what is to be written is handed out.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

use std::collections::VecDeque;
use std::time::Duration;

use super::super::framing::{Arrival, Framing, KissDecoder};
use super::super::hdlc::Discards;
use super::TncSection;
use super::beacon::Beacon;
use crate::rns::air::Air;
use crate::rns::time::Instant;

/// `flow_control_timeout`: a TNC that has not said so long that it is ready is taken to be.
const LOCK_OUT: Duration = Duration::from_secs(5);
/// Without flow control, a TNC is given so many bytes more than the air can have taken: its memory is small, and what
/// is over it is lost without a word.
const AHEAD: usize = 2048;

/// A TNC, as far as its owner must remember.
#[derive(Debug)]
pub(super) struct TncLink {
    framing: Framing,
    decoder: KissDecoder,
    packets: VecDeque<Vec<u8>>,
    turn: Turn,
    beacon: Option<Beacon>,
    air: Option<Air>,
    /// When the air has taken all that was given, if the channel was always free.
    taken_at: Instant,
    wire: Vec<u8>,
    /// How often the TNC did not say that it is ready.
    lock_outs: u64,
}

/// Who may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// We, whenever the air has room: there is no flow control.
    Always,
    /// We.
    Ours,
    /// The TNC: it has a frame since then, and has not said that it takes another.
    Theirs(Instant),
}

impl TncLink {
    /// A TNC whose port was opened just now, and must be told how to send.
    pub(super) fn new(section: &TncSection, max_packet: usize) -> Self {
        Self {
            framing: section.framing,
            decoder: section.framing.kiss_decoder(max_packet),
            packets: VecDeque::new(),
            turn: if section.flow_control { Turn::Ours } else { Turn::Always },
            beacon: section.beacon.as_ref().map(Beacon::new),
            air: section.medium().air,
            taken_at: Instant::ZERO,
            wire: section.parameters.frames(),
            lock_outs: 0,
        }
    }

    /// Bytes came.
    pub(super) fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        self.decoder.push(bytes);
        while let Some(arrival) = self.decoder.next_arrival() {
            match arrival {
                Arrival::Packet(packet) => self.packets.push_back(packet),
                Arrival::Ready if self.turn != Turn::Always => self.turn = Turn::Ours,
                Arrival::Ready => {}
            }
        }
        self.send_due_beacon(now);
    }

    /// May [`Self::send`] be called?
    pub(super) fn takes_packet(&self, now: Instant) -> bool {
        match self.turn {
            Turn::Always => self.taken_at.since(now) <= self.time_on_air(AHEAD),
            Turn::Ours => true,
            Turn::Theirs(_) => false,
        }
    }

    /// Sends a packet.
    pub(super) fn send(&mut self, now: Instant, packet: &[u8]) {
        self.hand_over(now, packet);
        if let Some(beacon) = &mut self.beacon {
            beacon.note_packet(now);
        }
    }

    /// The next packet that came.
    pub(super) fn poll_packet(&mut self) -> Option<Vec<u8>> {
        self.packets.pop_front()
    }

    /// What is to be written.
    pub(super) fn poll_write(&self) -> Option<&[u8]> {
        if self.wire.is_empty() { None } else { Some(&self.wire) }
    }

    /// So many bytes of that were written.
    pub(super) fn handle_written(&mut self, len: usize) {
        self.wire.drain(..len.min(self.wire.len()));
    }

    /// When to call [`Self::handle_timeout`].
    pub(super) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let turn = match self.turn {
            Turn::Always if !self.takes_packet(now) => Some(self.taken_at.before(self.time_on_air(AHEAD))),
            Turn::Theirs(since) => Some(since.after(LOCK_OUT)),
            Turn::Always | Turn::Ours => None,
        };
        let beacon = self.beacon.as_ref().and_then(Beacon::due);
        // A beacon waits for its turn like everything else.
        [turn, beacon.filter(|_| self.takes_packet(now))].into_iter().flatten().min()
    }

    /// That time has come.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Turn::Theirs(since) = self.turn
            && now >= since.after(LOCK_OUT)
        {
            self.turn = Turn::Ours;
            self.lock_outs = self.lock_outs.saturating_add(1);
        }
        self.send_due_beacon(now);
    }

    /// How often the TNC was taken to be ready without having said so.
    pub(super) const fn lock_outs(&self) -> u64 {
        self.lock_outs
    }

    /// What was thrown away since the last call.
    pub(super) fn take_discards(&mut self) -> Discards {
        self.decoder.take_discards()
    }

    fn send_due_beacon(&mut self, now: Instant) {
        if self.takes_packet(now)
            && let Some(text) = self.beacon.as_mut().and_then(|beacon| beacon.take_due(now))
        {
            self.hand_over(now, &text);
        }
    }

    fn hand_over(&mut self, now: Instant, data: &[u8]) {
        self.framing.encode_into(data, &mut self.wire);
        if self.turn != Turn::Always {
            self.turn = Turn::Theirs(now);
        }
        self.taken_at = self.taken_at.max(now).after(self.time_on_air(data.len()));
    }

    fn time_on_air(&self, bytes: usize) -> Duration {
        self.air.map_or(Duration::ZERO, |air| air.channel.time_on_air(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::kiss;
    use super::*;
    use crate::interface::BeaconSection;

    const READY: [u8; 4] = [0xc0, 0x0f, 0x01, 0xc0];
    const BARE_READY: [u8; 3] = [0xc0, 0x0f, 0xc0];

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    /// One that was told how to send.
    fn link(section: &TncSection) -> TncLink {
        let mut link = TncLink::new(section, 564);
        assert_eq!(written(&mut link), section.parameters.frames());
        link
    }

    fn written(link: &mut TncLink) -> Vec<u8> {
        let wire = link.poll_write().unwrap_or_default().to_vec();
        // Ports take what they like.
        link.handle_written(wire.len() / 2);
        link.handle_written(wire.len() - wire.len() / 2);
        assert_eq!(link.poll_write(), None);
        wire
    }

    fn controlled() -> TncSection {
        TncSection { flow_control: true, ..TncSection::new("/dev/ttyS0".into(), Framing::Kiss) }
    }

    #[test]
    fn with_flow_control_one_packet_is_on_its_way_until_the_tnc_is_ready() {
        let mut link = link(&controlled());
        for ready in [READY.as_slice(), BARE_READY.as_slice()] {
            assert!(link.takes_packet(at(0)));
            link.send(at(0), &[1; 30]);
            assert!(!written(&mut link).is_empty() && !link.takes_packet(at(1000)));
            link.handle_bytes(at(1000), ready);
        }
        assert_eq!(link.lock_outs(), 0);
    }

    #[test]
    fn a_tnc_that_does_not_say_that_it_is_ready_locks_us_out_for_five_seconds() {
        let mut link = link(&controlled());
        link.send(at(100), &[1; 30]);
        assert_eq!(link.poll_timeout(at(100)), Some(at(5100)));
        link.handle_timeout(at(5000));
        assert!(!link.takes_packet(at(5000)));
        link.handle_timeout(at(5100));
        assert!(link.takes_packet(at(5100)));
        assert_eq!(link.lock_outs(), 1);
    }

    #[test]
    fn without_flow_control_a_tnc_gets_no_more_than_two_kilobytes_ahead_of_the_air() {
        let mut link = link(&TncSection::new("/dev/ttyS0".into(), Framing::Kiss));
        let mut given = 0;
        while link.takes_packet(at(0)) {
            link.send(at(0), &[1; 500]);
            given += 500;
        }
        assert!((2000..=2500).contains(&given), "{given}");
        let room = link.poll_timeout(at(0)).unwrap();
        assert!(room > at(0) && !link.takes_packet(room.before(Duration::from_millis(1))));
        link.handle_timeout(room);
        assert!(link.takes_packet(room));
        assert_eq!(link.poll_timeout(room), None);
    }

    #[test]
    fn packets_come_out_and_other_frames_and_noise_do_not() {
        let mut link = link(&controlled());
        let mut wire = b"KISS mode\r\n".to_vec();
        Framing::Kiss.encode_into(&[7; 100], &mut wire);
        kiss::encode_into(0x06, b"hardware", &mut wire);
        Framing::Kiss.encode_into(&[8; 10], &mut wire);
        link.handle_bytes(at(0), &wire);
        assert_eq!((link.poll_packet(), link.poll_packet()), (Some(vec![7; 100]), None));
        assert_eq!(link.take_discards().too_short, 1);
    }

    #[test]
    fn a_beacon_follows_traffic_once_and_is_padded() {
        let beacon = BeaconSection { text: "DL1ABC".to_owned(), interval: Duration::from_secs(600) };
        let mut link =
            link(&TncSection { beacon: Some(beacon), ..TncSection::new("/dev/ttyS0".into(), Framing::Kiss) });
        assert_eq!(link.poll_timeout(at(0)), None, "who is silent need not say who is");
        link.send(at(1000), &[1; 30]);
        link.send(at(400_000), &[1; 30]);
        written(&mut link);
        assert_eq!(link.poll_timeout(at(400_000)), Some(at(601_000)), "since the first one");
        link.handle_timeout(at(601_000));
        let expected = [&[0xc0, 0], b"DL1ABC".as_slice(), &[0; 9], &[0xc0]].concat();
        assert_eq!(written(&mut link), expected);
        assert_eq!(link.poll_timeout(at(602_000)), None, "it is no traffic itself");
    }

    #[test]
    fn a_beacon_waits_for_its_turn() {
        let beacon = BeaconSection { text: "DL1ABC".to_owned(), interval: Duration::from_secs(1) };
        let mut link = link(&TncSection { beacon: Some(beacon), ..controlled() });
        link.send(at(0), &[1; 30]);
        written(&mut link);
        link.handle_timeout(at(1000));
        assert_eq!(link.poll_write(), None);
        assert_eq!(link.poll_timeout(at(1000)), Some(at(5000)), "the lock-out");
        link.handle_bytes(at(2000), &READY);
        assert!(!written(&mut link).is_empty());
        assert!(!link.takes_packet(at(2000)), "the beacon has the turn");
    }
}
