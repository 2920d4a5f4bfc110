//! The guard against overrunning a radio, which drops silently what it has no room for: how much of what it was given
//! is still with it, reckoned by time on air and corrected by what the radio reports.
//! Not the queue of what waits; that is on our side, and bounded there.

use std::collections::VecDeque;
use std::time::Duration;

use super::statistics::Channel;
use crate::rns::air::limits::SHORT;
use crate::rns::air::{Limits, Share};
use crate::rns::airtime::Modulation;
use crate::rns::time::Instant;

/// Most packets that a radio has at a time, of the 200 (some boards: 24) that its queue holds.
const MOST_PACKETS: usize = 4;
/// Most bytes, of 6144 (some boards: 5120).
const MOST_BYTES: usize = 2048;
/// Most packets that are remembered of those that have left.
const MOST_LEFT: usize = 64;
/// Slots that a free channel lets us wait on average, before every packet: two that it must be free, and half of the
/// first contention window. A radio that sends its whole queue in one turn waits less, one that sends much waits longer.
const ACCESS_SLOTS: u32 = 9;
/// Slots of a window.
const WINDOW: u32 = 15;
/// The most that it can be, from so much own airtime of 15 seconds on, in hundredths of a percent.
const BANDS: [(u16, u32); 4] = [(0, 17), (701, 32), (3901, 47), (7801, 62)];
/// Most of a channel that others are reckoned to take, in hundredths of a percent: beyond it nothing is certain.
const MOST_LOAD: u16 = 8000;
/// The firmware counts airtime in bins of so long, and reports the last two together; so what was sent within one of
/// them is certainly in the report.
const CERTAIN: Duration = Duration::from_millis(7500);
/// A report may come so much later than what it tells of.
const DELAY: Duration = Duration::from_millis(1500);
/// After so long without a packet that left, the radio is asked, and the operator told.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between further questions.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What a radio has been given.
#[derive(Debug)]
pub struct Guard {
    modulation: Modulation,
    limits: Limits,
    reckoning: Reckoning,
    /// What it has, as reckoned.
    given: VecDeque<Given>,
    /// What has left it, as reckoned, so recently that its reports must show it.
    left: VecDeque<Given>,
    channel: Channel,
    held: Option<Held>,
}

/// How the random wait for the channel is reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reckoning {
    /// As it is on average.
    Mean,
    /// As long as it can be, for boards with little room.
    Longest,
}

/// A packet.
#[derive(Debug, Clone, Copy)]
struct Given {
    bytes: usize,
    time_on_air: Duration,
    /// When it has left, as reckoned.
    gone: Instant,
}

/// The radio holds back what it was given, so time that passes brings it no nearer to leaving.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Until when that was taken into account.
    until: Instant,
    why: Why,
}

#[derive(Debug, Clone, Copy)]
enum Why {
    /// A limit of ours is reached.
    Limit,
    /// It doesn't tell.
    Unknown {
        /// The least airtime that it has reported meanwhile: when it is more, something has left.
        least: u16,
        /// When it is asked next whether it has room.
        ask: Instant,
        is_said: bool,
    },
}

/// What an operator should know of what a radio holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// A limit of ours is reached.
    Limit,
    /// It doesn't tell why.
    Unknown,
    /// It sends again.
    Over,
}

impl Guard {
    /// Of a radio with nothing to send.
    pub fn new(modulation: Modulation, limits: Limits, reckoning: Reckoning) -> Self {
        let (given, left) = (VecDeque::new(), VecDeque::new());
        Self { modulation, limits, reckoning, given, left, channel: Channel::default(), held: None }
    }

    /// May the radio be given a packet of so many bytes?
    pub fn has_room(&mut self, now: Instant, bytes: usize) -> bool {
        self.pass_time(now);
        let given: usize = self.given.iter().map(|given| given.bytes).sum();
        self.given.len() < MOST_PACKETS && given.saturating_add(bytes) <= MOST_BYTES
    }

    /// It was given one.
    pub fn give(&mut self, now: Instant, bytes: usize) {
        self.pass_time(now);
        let time_on_air = self.modulation.time_on_air(bytes);
        let begins = self.given.back().map_or(now, |last| last.gone.max(now));
        let gone = begins.after(self.access()).after(time_on_air);
        self.given.push_back(Given { bytes, time_on_air, gone });
    }

    /// Packets that the radio has, as reckoned.
    pub fn outstanding(&mut self, now: Instant) -> usize {
        self.pass_time(now);
        self.given.len()
    }

    /// Can it be that it still has some? It may wait for the channel by a window more than is reckoned.
    pub fn may_have_some(&mut self, now: Instant) -> bool {
        let longest = self.modulation.slot().saturating_mul(WINDOW);
        self.outstanding(now) > 0 || self.left.back().is_some_and(|last| now < last.gone.after(longest))
    }

    /// When it has room again, if nothing is reported until then. While it holds everything back, nobody knows.
    pub fn next_room(&self) -> Option<Instant> {
        self.given.front().filter(|_| self.held.is_none()).map(|first| first.gone)
    }

    /// When everything has left, as reckoned.
    pub fn all_gone(&self) -> Option<Instant> {
        self.given.back().map(|last| last.gone)
    }

    /// When the radio should be asked whether it has room, since nothing seems to leave it.
    pub fn next_question(&self) -> Option<Instant> {
        match self.held?.why {
            Why::Unknown { ask, .. } => Some(ask),
            Why::Limit => None,
        }
    }

    /// It was asked. The first time is worth telling.
    pub fn asked(&mut self, now: Instant) -> Option<Hold> {
        let Some(Held { why: Why::Unknown { ask, is_said, .. }, .. }) = &mut self.held else { return None };
        *ask = now.after(ASK_AGAIN);
        (!std::mem::replace(is_said, true)).then_some(Hold::Unknown)
    }

    /// It has said that it has room: then at least one packet more than reckoned can go to it.
    pub fn has_said_room(&mut self) {
        if matches!(self.held, Some(Held { why: Why::Unknown { .. }, .. })) {
            self.given.pop_front();
        }
    }

    /// The radio has reported how its channel is used.
    pub fn take(&mut self, now: Instant, channel: Channel) -> Option<Hold> {
        self.pass_time(now);
        self.channel = channel;
        let short = channel.airtime_short;
        let is_limited = reaches(short, self.limits.short) || reaches(channel.airtime_long, self.limits.long);
        let hold = |why| Some(Held { until: now, why });
        match self.held.map(|held| held.why) {
            None | Some(Why::Unknown { .. }) if is_limited => {
                self.held = hold(Why::Limit);
                Some(Hold::Limit)
            }
            None => {
                if self.misses_some(now) {
                    self.take_back(now);
                    let ask = now.after(PATIENCE);
                    self.held = hold(Why::Unknown { least: short, ask, is_said: false });
                }
                None
            }
            Some(Why::Limit) if is_limited => None,
            Some(Why::Limit) => {
                self.held = None;
                Some(Hold::Over)
            }
            Some(Why::Unknown { least, is_said, .. }) if short > least => {
                self.held = None;
                is_said.then_some(Hold::Over)
            }
            Some(Why::Unknown { least, ask, is_said }) => {
                self.held = hold(Why::Unknown { least: least.min(short), ask, is_said });
                None
            }
        }
    }

    /// How long a packet waits for the channel: the longer, the more others take of it.
    fn access(&self) -> Duration {
        let own = self.channel.airtime_short;
        let slots = match self.reckoning {
            Reckoning::Mean => ACCESS_SLOTS,
            Reckoning::Longest => {
                BANDS.iter().filter(|(from, _)| own >= *from).fold(0, |_, (_, slots)| *slots)
            }
        };
        let free_channel = self.modulation.slot().saturating_mul(slots);
        let others = self.channel.load_short.saturating_sub(own).min(MOST_LOAD);
        let free = f64::from(10_000_u16.saturating_sub(others)) / 10_000.0;
        free_channel.div_f64(free)
    }

    fn pass_time(&mut self, now: Instant) {
        if let Some(held) = &mut self.held {
            let passed = now.since(held.until);
            held.until = held.until.max(now);
            self.given.iter_mut().for_each(|given| given.gone = given.gone.after(passed));
            return;
        }
        while let Some(gone) = self.given.pop_front_if(|first| first.gone <= now) {
            self.left.push_back(gone);
        }
        let is_old = |given: &Given| now.since(given.gone) > CERTAIN;
        while self.left.len() > MOST_LEFT || self.left.front().is_some_and(is_old) {
            self.left.pop_front();
        }
    }

    /// Does the radio report far less airtime than what has left it by our reckoning? A third is the line: what it
    /// counts for a long packet may be in its bins by halves.
    fn misses_some(&self, now: Instant) -> bool {
        let told = |given: &&Given| now.since(given.gone) >= DELAY;
        let expected: Duration = self.left.iter().filter(told).map(|given| given.time_on_air).sum();
        let reported = SHORT.saturating_mul(self.channel.airtime_short.into()).checked_div(10_000);
        reported.unwrap_or_default().saturating_mul(3) < expected
    }

    /// What seemed to have left is still there.
    fn take_back(&mut self, now: Instant) {
        let all: Vec<_> = self.left.drain(..).chain(self.given.drain(..)).collect();
        let mut gone = now;
        for given in all {
            gone = gone.after(self.access()).after(given.time_on_air);
            self.given.push_back(Given { gone, ..given });
        }
    }
}

fn reaches(airtime: u16, limit: Option<Share>) -> bool {
    limit.is_some_and(|limit| airtime >= limit.hundredths())
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

    fn guard() -> Guard {
        Guard::new(Modulation::SF8, Limits::default(), Reckoning::Mean)
    }

    #[test]
    fn a_radio_never_has_more_than_four_packets_or_two_kilobytes() {
        for bytes in [100, 508] {
            let mut guard = guard();
            for _ in 0..4 {
                assert!(guard.has_room(at(0), bytes));
                guard.give(at(0), bytes);
            }
            assert!(!guard.has_room(at(0), bytes));
        }
    }

    #[test]
    fn room_comes_back_as_packets_leave() {
        let mut guard = guard();
        (0..4).for_each(|_| guard.give(at(0), 500));
        let first = guard.next_room().unwrap();
        // 9 slots of 24.6 ms and 1434 ms on air.
        assert_eq!(first.as_micros() / 1000, 221 + 1434);
        assert!(!guard.has_room(first.before(Duration::from_micros(1)), 500));
        assert!(guard.has_room(first, 500));
        assert_eq!(guard.outstanding(guard.all_gone().unwrap()), 0);
    }

    #[test]
    fn who_leaves_waits_for_what_may_still_be_waiting_for_the_channel() {
        let mut guard = guard();
        guard.give(at(0), 40);
        let gone = guard.all_gone().unwrap();
        assert_eq!(guard.outstanding(gone), 0);
        let window = Modulation::SF8.slot() * 15;
        let almost = gone.after(window).before(Duration::from_micros(1));
        assert!(guard.may_have_some(almost) && !guard.may_have_some(gone.after(window)));
    }

    #[test]
    fn a_busy_channel_is_given_more_time() {
        let mut guard = guard();
        let free = guard.access();
        guard.take(at(0), busy(500, 5500));
        assert_eq!(guard.access(), free * 2);
        guard.take(at(0), busy(0, 10_000));
        assert_eq!(guard.access(), free * 5);
        let mut guard = Guard::new(Modulation::SF8, Limits::default(), Reckoning::Longest);
        guard.take(at(0), busy(1000, 1000));
        assert_eq!(guard.access(), free / 9 * 32, "who sends much waits longer");
    }

    #[test]
    fn what_a_limit_holds_back_stays_outstanding_until_the_radio_sends_again() {
        let limits = Limits { short: Share::from_hundredths(1000), long: None };
        let mut guard = Guard::new(Modulation::SF8, limits, Reckoning::Mean);
        (0..4).for_each(|_| guard.give(at(0), 100));
        assert_eq!(guard.take(at(0), busy(1000, 1000)), Some(Hold::Limit));
        assert_eq!(guard.take(at(30_000), busy(1000, 1000)), None);
        assert!(!guard.has_room(at(60_000), 100));
        assert_eq!((guard.next_room(), guard.next_question()), (None, None));
        assert_eq!(guard.take(at(60_000), busy(900, 900)), Some(Hold::Over));
        assert!(!guard.has_room(at(60_000), 100));
        assert!(guard.next_room().unwrap() > at(60_000));
        assert!(guard.has_room(at(62_000), 100));
    }

    #[test]
    fn what_left_only_by_reckoning_is_taken_back() {
        let mut guard = guard();
        (0..4).for_each(|_| guard.give(at(0), 500));
        assert_eq!(guard.take(at(2000), busy(0, 0)), None);
        assert_eq!(guard.outstanding(at(2000)), 3, "the report may be late");
        assert_eq!(guard.take(at(4000), busy(0, 0)), None);
        assert_eq!(guard.outstanding(at(4000)), 4);
        assert!(!guard.has_room(at(30_000), 500));
        // It is asked, which is told once.
        assert_eq!(guard.next_question(), Some(at(34_000)));
        assert_eq!((guard.asked(at(34_000)), guard.asked(at(36_000))), (Some(Hold::Unknown), None));
        guard.has_said_room();
        assert_eq!(guard.outstanding(at(36_000)), 3);
        assert_eq!(guard.take(at(40_000), busy(956, 956)), Some(Hold::Over));
        assert!(guard.next_room().is_some());
    }

    #[test]
    fn what_the_radio_reports_as_sent_is_not_taken_back() {
        let mut guard = guard();
        (0..4).for_each(|_| guard.give(at(0), 500));
        for second in 1..40 {
            let gone = 4 - guard.outstanding(at(second * 1000));
            let airtime = u16::try_from(gone * 956).unwrap() / if second > 8 { 2 } else { 1 };
            assert_eq!(guard.take(at(second * 1000), busy(airtime, airtime)), None);
        }
        assert_eq!(guard.outstanding(at(40_000)), 0);
    }
}
