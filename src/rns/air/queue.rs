//! The queue of one radio: frames that wait for the air, the most urgent first, each no longer than it is of use.
//! Not a buffer for what is sent faster than a modem takes it; here nothing leaves before the air is free for it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::books::Books;
use super::line::Line;
use super::status::{AirStatus, ClassStatus};
use super::{Air, Class, Sending, Tally};
use crate::rns::hash::Address;
use crate::rns::packet::{Context, MTU, Packet, PacketType};
use crate::rns::random::Random;
use crate::rns::time::Instant;

/// Most bytes that wait. The last of the least urgent class makes room, or is turned away.
pub(crate) const MAX_BYTES: usize = 32 * 1024;
/// Most bytes with those that came since the last look at the clock.
pub(crate) const MAX_WITH_FRESH: usize = 2 * MAX_BYTES;
/// Slots of the contention window while a channel has little traffic: so long at most until who sends begins.
const CONTENTION: u64 = 16;
/// `Link.ESTABLISHMENT_TIMEOUT_PER_HOP` and `Transport.first_hop_timeout`, of a neighbour: then who has opened a link has
/// given it up.
const LINK_PATIENCE: Duration = Duration::from_secs(12);
/// Those who announce for the same reason don't do so at once.
const ANNOUNCE_JITTER: Duration = Duration::from_secs(3);
/// While a channel is busy, announces look again after so long, and up to so much later.
const BUSY_WAIT: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(4));
/// After so long they are sent on a busy channel, too: some are never quiet.
const BUSY_PATIENCE: Duration = Duration::from_mins(10);

#[derive(Debug)]
struct Waiting {
    frame: Vec<u8>,
    time: Duration,
    /// What the budget must have room for: the frame, and what is promised with it.
    needs: Duration,
    since: Instant,
    until: Instant,
    not_before: Instant,
    /// Of an announce: whose.
    announces: Option<(Address, Context)>,
    /// Where it goes.
    to: Address,
    topic: Option<[u8; 16]>,
}

/// What became of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It is used up, until then at least for the frame that has to wait.
    UsedUp(Instant),
    /// There is air again.
    Free,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct AirQueue {
    air: Air,
    /// Bytes that the access code adds to each frame.
    code: usize,
    books: Books,
    /// What came since the last look at the clock.
    fresh: VecDeque<(Sending, Vec<u8>)>,
    /// Notices that wait elsewhere.
    line: Line,
    waiting: BTreeMap<(Class, u64), Waiting>,
    bytes: usize,
    numbered: u64,
    /// When what was sent last has left the air.
    free_at: Instant,
    next: Option<Instant>,
    lost: u64,
    news: VecDeque<News>,
}

impl AirQueue {
    pub(crate) fn new(air: Air, code: usize, books: Books) -> Self {
        Self {
            air,
            code,
            books,
            fresh: VecDeque::new(),
            line: Line::default(),
            waiting: BTreeMap::new(),
            bytes: 0,
            numbered: 0,
            free_at: Instant::ZERO,
            next: None,
            lost: 0,
            news: VecDeque::new(),
        }
    }

    pub(crate) fn into_books(self) -> Books {
        self.books
    }

    /// How many are remembered who wait elsewhere with a notice.
    pub(crate) fn in_line(&self) -> usize {
        self.line.len()
    }

    pub(crate) const fn books(&self) -> &Books {
        &self.books
    }

    /// Bytes that wait.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// A frame wants to leave. It does so no earlier than at the next look at the clock, which is due at once.
    pub(crate) fn push(&mut self, sending: impl Into<Sending>, frame: Vec<u8>) {
        let sending = sending.into();
        self.bytes = self.bytes.saturating_add(frame.len());
        if self.bytes > MAX_WITH_FRESH {
            return self.refuse(sending.class, frame.len());
        }
        self.fresh.push_back((sending, frame));
    }

    /// Somebody else's frame was on the air.
    pub(crate) fn note_heard(&mut self, now: Instant, bytes: usize) {
        self.books.note_heard(now, self.time(bytes));
    }

    /// When a frame of so many bytes to a destination may be given to it that is to leave soon; `None` at once. Who was told
    /// later comes again then, and keeps the place in the line that notices stand in.
    pub(crate) fn opens(
        &mut self,
        now: Instant,
        class: Class,
        bytes: usize,
        to: impl Into<Address>,
    ) -> Option<Instant> {
        let opens = self.has_room(now, class, bytes);
        if class != Class::Notice {
            return opens;
        }
        let to = to.into();
        let who = (self.line.since(now, to), to);
        let opens = opens.or_else(|| self.line.look_again(now, who));
        self.line.note(now, to, opens);
        opens
    }

    fn has_room(&mut self, now: Instant, class: Class, bytes: usize) -> Option<Instant> {
        let time = self.time(bytes);
        let room = self.books.room(now, self.air, class, time);
        // What never has room is refused when it is here; nobody needs to wait for that.
        if let Some(room) = room.filter(|room| *room > now) {
            self.tell_used_up(room);
            return Some(room);
        }
        let backlog = self.backlog(now);
        (backlog > self.full_packet().saturating_mul(2)).then(|| now.after(backlog))
    }

    /// How long it takes until all that waits has left, if nothing has to wait for the budget.
    pub(crate) fn backlog(&self, now: Instant) -> Duration {
        let fresh: Duration = self.fresh.iter().map(|(_, frame)| self.time(frame.len())).sum();
        let waiting: Duration = self.waiting.values().map(|waiting| waiting.time).sum();
        self.free_at.since(now).saturating_add(fresh).saturating_add(waiting)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        if self.fresh.is_empty() { self.next } else { Some(Instant::ZERO) }
    }

    /// Frames that were dropped since the last look.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    pub(crate) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// The frame that may leave now, if one may.
    pub(crate) fn release(&mut self, now: Instant, random: &mut Random) -> Option<Vec<u8>> {
        while let Some((sending, frame)) = self.fresh.pop_front() {
            self.enqueue(now, sending, frame, random);
        }
        self.drop_useless(now);
        let free_again = self.books.free_again(now, self.air);
        if free_again.is_some_and(|at| at <= now) {
            self.books.note_free();
            self.news.push_back(News::Free);
        }
        let sent = self.send_next(now, random);
        let begins = self.next_begin(now, random);
        let useless = self.waiting.values().map(|waiting| waiting.until);
        self.next = useless.chain(begins).chain(free_again.filter(|at| *at > now)).min();
        sent
    }

    fn enqueue(&mut self, now: Instant, sending: Sending, frame: Vec<u8>, random: &mut Random) {
        let Sending { class, topic } = sending;
        let packet = Packet::parse(&frame).ok();
        let to = packet.map_or(Address::from_bytes([0; Address::LEN]), |packet| packet.address);
        let announces = packet
            .filter(|packet| packet.packet_type == PacketType::Announce)
            .map(|packet| (packet.address, packet.context));
        let accepts_link = packet.is_some_and(|packet| packet.context == Context::LinkRequestProof);
        let time = self.time(frame.len());
        // Who accepts a link promises an answer on it.
        let promised = if accepts_link { self.full_packet() } else { Duration::ZERO };
        let needs = time.saturating_add(promised);
        // Only the newest announce of a destination is of use.
        if announces.is_some() {
            self.drop_where(|old| old.announces == announces);
        }
        if self.books.room(now, self.air, class, needs).is_none() {
            return self.refuse(class, frame.len());
        }
        // The newest notice to somebody about something stands in the place of the one before.
        let is_same = |old: &Waiting| old.topic == topic && old.to == to;
        let mut since = if class == Class::Notice { self.line.leave(now, to) } else { now };
        if topic.is_some()
            && let Some((key, old)) = self.waiting.iter().find(|(_, old)| is_same(old))
        {
            (since, self.bytes) = (since.min(old.since), self.bytes.saturating_sub(old.frame.len()));
            let key = *key;
            self.waiting.remove(&key);
        }
        while self.bytes > MAX_BYTES
            && let Some(last) = self.waiting.last_key_value().map(|(key, _)| *key)
        {
            if last.0 <= class {
                return self.refuse(class, frame.len());
            }
            self.drop_frame(last);
        }
        let jitter = if class == Class::Announce { below(ANNOUNCE_JITTER, random) } else { Duration::ZERO };
        let patience = class.patience(self.full_packet());
        let patience =
            if accepts_link { patience.min(LINK_PATIENCE.saturating_add(promised)) } else { patience };
        let (until, not_before) = (now.after(patience), now.after(jitter));
        let waiting = Waiting { frame, time, needs, since, until, not_before, announces, to, topic };
        self.numbered = self.numbered.wrapping_add(1);
        self.waiting.insert((class, self.numbered), waiting);
    }

    fn drop_where(&mut self, is_meant: impl Fn(&Waiting) -> bool) {
        if let Some(key) = self.waiting.iter().find(|(_, old)| is_meant(old)).map(|(key, _)| *key) {
            self.drop_frame(key);
        }
    }

    fn drop_useless(&mut self, now: Instant) {
        let useless: Vec<_> =
            self.waiting.iter().filter(|(_, waiting)| waiting.until <= now).map(|(key, _)| *key).collect();
        useless.into_iter().for_each(|key| self.drop_frame(key));
    }

    fn drop_frame(&mut self, key: (Class, u64)) {
        if let Some(waiting) = self.waiting.remove(&key) {
            self.refuse(key.0, waiting.frame.len());
        }
    }

    fn refuse(&mut self, class: Class, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.lost = self.lost.saturating_add(1);
        self.books.note_dropped(class);
    }

    /// The most urgent that may go soonest: nothing less urgent is let past what waits for the budget. Of notices, the one
    /// that has waited longest.
    fn first(&self, now: Instant) -> Option<((Class, u64), &Waiting)> {
        let (key, first) = self.waiting.first_key_value()?;
        let found = match key.0 {
            Class::Announce => {
                self.waiting.iter().min_by_key(|(key, waiting)| (waiting.not_before.max(now), key.1))
            }
            Class::Notice => {
                let notices = self.waiting.range((Class::Notice, 0)..=(Class::Notice, u64::MAX));
                notices.min_by_key(|(key, waiting)| (waiting.since, key.1))
            }
            Class::Answer | Class::Proof | Class::Relay => Some((key, first)),
        };
        found.map(|(key, waiting)| (*key, waiting))
    }

    /// A notice waits for those who have waited longer elsewhere and are about to come.
    fn is_held(&self, now: Instant, class: Class, first: &Waiting) -> Option<Instant> {
        if class != Class::Notice {
            return None;
        }
        self.line.is_held(now, (first.since, first.to))
    }

    fn send_next(&mut self, now: Instant, random: &mut Random) -> Option<Vec<u8>> {
        if self.free_at > now {
            return None;
        }
        let (key, first) = self.first(now)?;
        let (class, time, needs) = (key.0, first.time, first.needs);
        if first.not_before > now || (class == Class::Announce && self.is_hushed(now, first)) {
            return None;
        }
        if self.is_held(now, class, first).is_some() {
            return None;
        }
        match self.books.room(now, self.air, class, needs) {
            Some(room) if room <= now => {}
            Some(room) => {
                self.tell_used_up(room);
                return None;
            }
            None => return None,
        }
        let Waiting { frame, .. } = self.waiting.remove(&key)?;
        self.bytes = self.bytes.saturating_sub(frame.len());
        let bytes = frame.len().saturating_add(self.code);
        self.books.note_sent(now, class, bytes, time);
        if class == Class::Notice
            && let Ok(packet) = Packet::parse(&frame)
        {
            self.books.note_told(now, packet.address, bytes, time);
        }
        let access =
            self.air.channel.slot().saturating_mul(u32::try_from(random.below(CONTENTION)).unwrap_or(0));
        self.free_at = now.after(time).after(access);
        Some(frame)
    }

    /// When the next may begin.
    fn next_begin(&self, now: Instant, random: &mut Random) -> Option<Instant> {
        let (key, first) = self.first(now)?;
        let room = self.books.room(now, self.air, key.0, first.needs)?;
        let held = self.is_held(now, key.0, first).unwrap_or(now);
        let at = room.max(self.free_at).max(first.not_before).max(held);
        if at > now || key.0 != Class::Announce {
            return Some(at);
        }
        // The channel is busy.
        Some(now.after(BUSY_WAIT.0).after(below(BUSY_WAIT.1, random)))
    }

    fn is_hushed(&self, now: Instant, announce: &Waiting) -> bool {
        now.since(announce.since) < BUSY_PATIENCE && self.books.is_busy(now)
    }

    fn tell_used_up(&mut self, until: Instant) {
        if self.books.note_used_up(self.air) {
            self.news.push_back(News::UsedUp(until));
        }
    }

    fn time(&self, bytes: usize) -> Duration {
        self.air.channel.time_on_air(bytes.saturating_add(self.code))
    }

    fn full_packet(&self) -> Duration {
        self.time(MTU)
    }

    /// How it stands.
    pub(crate) fn status(&self, now: Instant) -> AirStatus {
        let classes = Class::ALL.map(|class| {
            let mut waiting = Tally::default();
            for (_, frame) in self.waiting.range((class, 0)..=(class, u64::MAX)) {
                waiting.add(frame.frame.len().saturating_add(self.code), frame.time);
            }
            let (sent, dropped) = (self.books.sent(class), self.books.dropped(class));
            ClassStatus { class, sent, waiting, dropped }
        });
        let (air, load, used_up) = (self.air, self.books.load(now), self.books.is_used_up());
        AirStatus { air, load, used_up, classes }
    }
}

fn below(most: Duration, random: &mut Random) -> Duration {
    Duration::from_micros(random.below(u64::try_from(most.as_micros()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests;
