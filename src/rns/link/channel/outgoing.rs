//! Messages of a channel on their way out: sent again until each is proved.
//! Not what they say.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::super::error::MisuseError;
use super::super::super::hash::PacketHash;
use super::super::super::packet::Context;
use super::super::super::time::Instant;
use super::super::io::Io;
use super::super::units::seconds;
use super::envelope::{Envelope, MessageType, Sequence};
use super::window::{WINDOW_MAX, Window};

/// Times that a message is sent before the link is given up (`Channel._max_tries`). Here only tries count since
/// anything else was proved: a link that loses much is not dead.
const MAX_TRIES: u32 = 5;
/// Times that a message is sent in any case.
const MAX_COPIES: usize = 16;
/// What each further try multiplies the wait by.
const BACKOFF: f64 = 1.5;
/// Round trips in the wait.
const ROUND_TRIPS: f64 = 2.5;
/// Least of the above, in seconds.
const ROUND_TRIPS_MIN: f64 = 0.025;
/// Least wait before the second try, in seconds. The reference has none, but looks only once per second
/// (`Transport.receipts_check_interval`): its peers have had some five seconds before a link was given up, and need them
/// when they are busy. With this it is six and a half.
const WAIT_MIN: f64 = 0.5;
/// Added to the messages on their way, by whose number the wait is multiplied.
const AHEAD: f64 = 1.5;

/// What was sent and is not proved. At most as many as the window was ever wide, which is 48; our caller has to wait
/// for room.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) next: Sequence,
    ring: VecDeque<Sent>,
    pub(super) window: Window,
}

#[derive(Debug)]
struct Sent {
    sequence: Sequence,
    envelope: Vec<u8>,
    /// Every copy is another packet, and the proof of any of them tells that the message has arrived.
    copies: Vec<PacketHash>,
    /// Copies since any message was proved.
    tries: u32,
    sent_at: Instant,
    deadline: Instant,
}

/// What a deadline has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Outlook {
    /// What was overdue has been sent again.
    Going,
    /// A message was never proved.
    Hopeless,
}

impl Outgoing {
    pub(super) const fn new(round_trip: Duration) -> Self {
        Self { next: Sequence(0), ring: VecDeque::new(), window: Window::new(round_trip) }
    }

    /// Is there room for one more message? A receiver of the reference proves what is too far ahead, and throws it away:
    /// while one message is missing, only so many are sent behind it.
    pub(super) fn is_ready(&self) -> bool {
        let behind_oldest = self.ring.front().map_or(0, |oldest| self.next.since(oldest.sequence));
        self.ring.len() < self.window.size && behind_oldest <= WINDOW_MAX
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.ring.iter().map(|sent| sent.envelope.len()).fold(0, usize::saturating_add)
    }

    /// Each message on its way, and how often it was sent.
    pub(super) fn tries(&self) -> impl Iterator<Item = (Sequence, usize)> {
        self.ring.iter().map(|sent| (sent.sequence, sent.copies.len()))
    }

    pub(super) fn send(
        &mut self,
        io: &mut Io<'_>,
        message_type: MessageType,
        body: &[u8],
    ) -> Result<Sequence, MisuseError> {
        if !self.is_ready() {
            return Err(MisuseError::Full);
        }
        let sequence = self.next;
        let envelope = Envelope { message_type, sequence, body }.pack();
        self.next = sequence.next();
        let copies = vec![io.send_named(Context::Channel, &envelope)];
        self.ring.push_back(Sent { sequence, envelope, copies, tries: 1, sent_at: io.now, deadline: io.now });
        self.extend_deadlines(io.round_trip);
        Ok(sequence)
    }

    /// The message that this packet carried, if it is on its way.
    pub(super) fn carried_by(&self, packet: PacketHash) -> Option<Sequence> {
        self.ring.iter().find(|sent| sent.copies.contains(&packet)).map(|sent| sent.sequence)
    }

    /// A message was proved.
    pub(super) fn delivered(&mut self, sequence: Sequence) {
        let before = self.ring.len();
        self.ring.retain(|sent| sent.sequence != sequence);
        if self.ring.len() < before {
            self.window.delivered();
            self.ring.iter_mut().for_each(|sent| sent.tries = 0);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.ring.iter().map(|sent| sent.deadline).min()
    }

    /// Sends again what is overdue.
    pub(super) fn handle_timeout(&mut self, io: &mut Io<'_>) -> Outlook {
        let ahead = self.ring.len();
        let (mut resent, now) = (false, io.now);
        for sent in self.ring.iter_mut().filter(|sent| now >= sent.deadline) {
            if sent.tries >= MAX_TRIES || sent.copies.len() >= MAX_COPIES {
                return Outlook::Hopeless;
            }
            self.window.timed_out();
            sent.copies.push(io.send_named(Context::Channel, &sent.envelope));
            sent.tries = sent.tries.saturating_add(1);
            sent.sent_at = now;
            sent.deadline = now.after(wait(sent.tries, io.round_trip, ahead));
            resent = true;
        }
        if resent {
            self.extend_deadlines(io.round_trip);
        }
        Outlook::Going
    }

    /// The more is on its way, the longer each may take; never shorter than was granted.
    fn extend_deadlines(&mut self, round_trip: Duration) {
        let ahead = self.ring.len();
        for sent in &mut self.ring {
            sent.deadline = sent.deadline.max(sent.sent_at.after(wait(sent.tries, round_trip, ahead)));
        }
    }
}

/// How long a message may take that was sent so often, with so many on their way.
fn wait(tries: u32, round_trip: Duration, ahead: usize) -> Duration {
    let round_trips = (round_trip.as_secs_f64() * ROUND_TRIPS).max(ROUND_TRIPS_MIN);
    let backoff = BACKOFF.powf(f64::from(tries.saturating_sub(1)));
    seconds(backoff * (round_trips * (ahead as f64 + AHEAD)).max(WAIT_MIN))
}
