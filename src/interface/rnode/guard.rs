//! The guard against overrunning a radio, which drops silently what it has no room for: how much of what it was given
//! is still with it, reckoned by time on air and by what the radio reports.
//! Not the queue of what waits; that is on our side, and bounded there.

use std::collections::VecDeque;
use std::time::Duration;

use super::statistics::Channel;
use crate::rns::airtime::Modulation;
use crate::rns::time::Instant;

/// Most packets that a radio has at a time, of the 200 (some boards: 24) that its queue holds.
const MOST_PACKETS: usize = 4;
/// Most bytes, of 6144 (some boards: 5120).
const MOST_BYTES: usize = 2048;
/// Slots that a free channel lets us wait on average, before every packet: two that it must be free, and half of the
/// first contention window.
const ACCESS_SLOTS: u32 = 9;
/// Most of a channel that others are reckoned to take, in hundredths of a percent: beyond it nothing is certain.
const MOST_LOAD: u16 = 8000;

/// What a radio has been given.
#[derive(Debug)]
pub struct Guard {
    modulation: Modulation,
    short_limit: Option<u16>,
    long_limit: Option<u16>,
    given: VecDeque<Given>,
    channel: Channel,
    /// Since when the radio holds everything back, for its limits.
    held_since: Option<Instant>,
}

/// A packet that a radio has.
#[derive(Debug, Clone, Copy)]
struct Given {
    bytes: usize,
    /// When it has left, as reckoned.
    gone: Instant,
}

/// What changed about the limits of a radio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// One is reached: nothing leaves the radio.
    Reached,
    /// It sends again.
    Free,
}

impl Guard {
    /// Of a radio with nothing to send; the limits are in hundredths of a percent.
    pub fn new(modulation: Modulation, short_limit: Option<u16>, long_limit: Option<u16>) -> Self {
        let (given, channel, held_since) = (VecDeque::new(), Channel::default(), None);
        Self { modulation, short_limit, long_limit, given, channel, held_since }
    }

    /// May the radio be given a packet of so many bytes?
    pub fn has_room(&mut self, now: Instant, bytes: usize) -> bool {
        self.forget_gone(now);
        let given: usize = self.given.iter().map(|given| given.bytes).sum();
        self.given.is_empty()
            || (self.given.len() < MOST_PACKETS && given.saturating_add(bytes) <= MOST_BYTES)
    }

    /// It was given one.
    pub fn give(&mut self, now: Instant, bytes: usize) {
        let begins = self.given.back().map_or(now, |last| last.gone.max(now));
        let gone = begins.after(self.access()).after(self.modulation.time_on_air(bytes));
        self.given.push_back(Given { bytes, gone });
    }

    /// Packets that the radio has, as reckoned.
    pub fn outstanding(&mut self, now: Instant) -> usize {
        self.forget_gone(now);
        self.given.len()
    }

    /// When it has room again, if nothing is reported until then. While a limit holds everything, nobody knows.
    pub fn next_room(&self) -> Option<Instant> {
        if self.held_since.is_some() {
            return None;
        }
        self.given.front().map(|first| first.gone)
    }

    /// When everything has left, as reckoned.
    pub fn all_gone(&self) -> Option<Instant> {
        self.given.back().map(|last| last.gone)
    }

    /// The radio has reported how its channel is used.
    pub fn take(&mut self, now: Instant, channel: Channel) -> Option<Limit> {
        self.forget_gone(now);
        self.channel = channel;
        let reached = |limit: Option<u16>, used: u16| limit.is_some_and(|limit| used >= limit);
        let holds = reached(self.short_limit, channel.airtime_short)
            || reached(self.long_limit, channel.airtime_long);
        // What is held has not come nearer to leaving.
        if let Some(since) = self.held_since {
            let held = now.since(since);
            self.given.iter_mut().for_each(|given| given.gone = given.gone.after(held));
        }
        let before = std::mem::replace(&mut self.held_since, holds.then_some(now));
        match (before, holds) {
            (None, true) => Some(Limit::Reached),
            (Some(_), false) => Some(Limit::Free),
            (None, false) | (Some(_), true) => None,
        }
    }

    /// How long a packet waits for the channel: the longer, the more others take of it.
    fn access(&self) -> Duration {
        let free_channel = self.modulation.slot().saturating_mul(ACCESS_SLOTS);
        let others = self.channel.load_short.saturating_sub(self.channel.airtime_short).min(MOST_LOAD);
        let free = f64::from(10_000_u16.saturating_sub(others)) / 10_000.0;
        free_channel.div_f64(free.max(0.1))
    }

    fn forget_gone(&mut self, now: Instant) {
        if self.held_since.is_some() {
            return;
        }
        while self.given.front().is_some_and(|first| first.gone <= now) {
            self.given.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    fn busy(airtime_short: u16, load_short: u16) -> Channel {
        Channel { airtime_short, load_short, ..Channel::default() }
    }

    #[test]
    fn a_radio_never_has_more_than_four_packets_or_two_kilobytes() {
        let mut guard = Guard::new(Modulation::SF8, None, None);
        for _ in 0..4 {
            assert!(guard.has_room(at(0), 100));
            guard.give(at(0), 100);
        }
        assert!(!guard.has_room(at(0), 100));
        let mut guard = Guard::new(Modulation::SF8, None, None);
        for _ in 0..4 {
            assert!(guard.has_room(at(0), 508));
            guard.give(at(0), 508);
        }
        assert_eq!(guard.outstanding(at(0)), 4);
    }

    #[test]
    fn room_comes_back_as_packets_leave() {
        let mut guard = Guard::new(Modulation::SF8, None, None);
        (0..4).for_each(|_| guard.give(at(0), 500));
        let first = guard.next_room().unwrap();
        // 9 slots of 24.6 ms and 1434 ms on air.
        assert_eq!(first.as_micros() / 1000, 221 + 1434);
        assert!(!guard.has_room(first.before(Duration::from_micros(1)), 500));
        assert!(guard.has_room(first, 500));
        assert_eq!(guard.outstanding(guard.all_gone().unwrap()), 0);
    }

    #[test]
    fn a_busy_channel_is_given_more_time() {
        let free = Guard::new(Modulation::SF8, None, None).access();
        let mut guard = Guard::new(Modulation::SF8, None, None);
        guard.take(at(0), busy(1000, 6000));
        assert_eq!(guard.access(), free * 2);
        guard.take(at(0), busy(0, 10_000));
        assert_eq!(guard.access(), free * 5);
    }

    #[test]
    fn what_a_limit_holds_back_stays_outstanding_until_the_radio_sends_again() {
        let mut guard = Guard::new(Modulation::SF8, Some(1000), None);
        (0..4).for_each(|_| guard.give(at(0), 100));
        assert_eq!(guard.take(at(0), busy(1000, 1000)), Some(Limit::Reached));
        assert_eq!(guard.take(at(30_000), busy(1000, 1000)), None);
        assert!(!guard.has_room(at(60_000), 100));
        assert_eq!(guard.next_room(), None);
        assert_eq!(guard.take(at(60_000), busy(900, 900)), Some(Limit::Free));
        assert!(!guard.has_room(at(60_000), 100));
        assert!(guard.next_room().unwrap() > at(60_000));
        assert!(guard.has_room(at(62_000), 100));
    }
}
