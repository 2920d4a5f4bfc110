//! A ledger: how long something was on the air within a window that moves with the clock.
//! Not what may be spent; limits say that.

use std::collections::VecDeque;
use std::time::Duration;

use super::limits::{LONG, SHORT};
use crate::rns::time::{Instant, Now, UnixTime};

/// A modem that finds the channel taken sends later than it was told to: what it sent counts so much longer than an hour.
const SLACK: Duration = Duration::from_secs(30);
/// As the firmware of an RNode counts: 480 bins in an hour.
const LONG_BIN: Duration = Duration::from_millis(7500);
const SHORT_BIN: Duration = Duration::from_millis(250);

/// At most one bin for each `bin` of the window and two more, whatever is booked. A bin counts until its end has left
/// the window, so no window of that length has more in it than the ledger says.
#[derive(Debug)]
pub(crate) struct Ledger {
    window: Duration,
    bin: Duration,
    bins: VecDeque<Bin>,
    sum: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Bin {
    ends: Instant,
    spent: Duration,
}

impl Ledger {
    /// Over an hour, as the law counts.
    pub(crate) const fn long() -> Self {
        Self::new(LONG.saturating_add(SLACK), LONG_BIN)
    }

    /// Over 15 seconds.
    pub(crate) const fn short() -> Self {
        Self::new(SHORT, SHORT_BIN)
    }

    const fn new(window: Duration, bin: Duration) -> Self {
        Self { window, bin, bins: VecDeque::new(), sum: Duration::ZERO }
    }

    /// Something leaves the air at `ends` that took `time` of it. Later calls have later ends.
    pub(crate) fn book(&mut self, ends: Instant, time: Duration) {
        self.sweep(ends.before(time));
        let bin = u64::try_from(self.bin.as_micros()).unwrap_or(u64::MAX).max(1);
        let ends = Instant::from_micros(ends.as_micros().div_ceil(bin).saturating_mul(bin));
        self.sum = self.sum.saturating_add(time);
        match self.bins.back_mut() {
            Some(last) if last.ends >= ends => last.spent = last.spent.saturating_add(time),
            Some(_) | None => self.bins.push_back(Bin { ends, spent: time }),
        }
    }

    /// What is in the window that ends now.
    pub(crate) fn spent(&self, now: Instant) -> Duration {
        let gone = self.bins.iter().take_while(|bin| self.is_gone(now, bin)).map(|bin| bin.spent);
        self.sum.saturating_sub(gone.sum())
    }

    /// When `time` more may be spent of `allowed` within any window; never, if it is more than that by itself.
    pub(crate) fn room(&self, now: Instant, allowed: Duration, time: Duration) -> Option<Instant> {
        if time > allowed {
            return None;
        }
        let (mut at, mut left) = (now, self.sum);
        for bin in &self.bins {
            if !self.is_gone(now, bin) && left.saturating_add(time) <= allowed {
                return Some(at);
            }
            left = left.saturating_sub(bin.spent);
            at = at.max(bin.ends.after(self.window));
        }
        Some(at)
    }

    /// What counts now, the oldest first: by when it had left the air, and how long it took.
    pub(crate) fn records(&self, now: Now) -> Vec<(UnixTime, u64)> {
        let counts = self.bins.iter().filter(|bin| !self.is_gone(now.instant, bin));
        let record = |bin: &Bin| {
            let ends =
                if bin.ends > now.instant { now.wall_time_at(bin.ends) } else { now.wall_time_of(bin.ends) };
            (ends, u64::try_from(bin.spent.as_micros()).unwrap_or(u64::MAX))
        };
        counts.map(record).collect()
    }

    /// Takes in what an earlier run has counted, before anything is booked. What lies ahead was written by a clock that was put
    /// back since: it counts from now on.
    pub(crate) fn restore(&mut self, now: Now, records: &[(UnixTime, u64)]) {
        for (ends, spent) in records {
            let latest = now.wall_time_at(now.instant.after(self.bin));
            let ends = if *ends > now.unix {
                let ahead = (*ends).min(latest).as_micros().saturating_sub(now.unix.as_micros());
                now.instant.after(Duration::from_micros(u64::try_from(ahead).unwrap_or(0)))
            } else {
                now.instant_of(*ends)
            };
            let spent = Duration::from_micros(*spent).min(self.window);
            if !self.is_gone(now.instant, &Bin { ends, spent }) {
                self.book(ends, spent);
            }
        }
    }

    fn sweep(&mut self, now: Instant) {
        while let Some(first) = self.bins.pop_front() {
            if !self.is_gone(now, &first) {
                self.bins.push_front(first);
                return;
            }
            self.sum = self.sum.saturating_sub(first.spent);
        }
    }

    fn is_gone(&self, now: Instant, bin: &Bin) -> bool {
        bin.ends.after(self.window) <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::random::Random;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn what_was_spent_leaves_the_window_in_its_turn() {
        let mut ledger = Ledger::short();
        ledger.book(at(1000), millis(500));
        ledger.book(at(2100), millis(300));
        assert_eq!(ledger.spent(at(2100)), millis(800));
        assert_eq!(ledger.spent(at(15_999)), millis(800));
        assert_eq!(ledger.spent(at(16_000)), millis(300));
        assert_eq!(ledger.spent(at(17_250)), millis(0));
    }

    #[test]
    fn room_comes_when_enough_has_left_the_window() {
        let mut ledger = Ledger::short();
        for second in 1..=4 {
            ledger.book(at(second * 1000), millis(500));
        }
        let room = |time| ledger.room(at(5000), millis(2200), millis(time));
        assert_eq!(room(200), Some(at(5000)));
        assert_eq!(room(201), Some(at(16_000)));
        assert_eq!(room(1700), Some(at(18_000)));
        assert_eq!(room(2200), Some(at(19_000)));
        assert_eq!(room(2201), None);
    }

    #[test]
    fn no_hour_ever_has_more_in_it_than_was_allowed_and_the_bins_are_bounded() {
        let mut random = Random::from_seed([3; 32]);
        let (mut ledger, allowed) = (Ledger::long(), Duration::from_secs(36));
        let (mut now, mut sent) = (Instant::ZERO, Vec::new());
        for _ in 0..800 {
            let time = millis(100 + random.below(1500));
            let begins = ledger.room(now, allowed, time).unwrap();
            // Sometimes it waits for a free channel; the ledger is not told.
            let late = Duration::from_millis(random.below(4) * random.below(8000));
            ledger.book(begins.after(time), time);
            sent.push((begins.after(late), time));
            now = begins.after(time).after(Duration::from_millis(random.below(60_000)));
            assert!(ledger.bins.len() <= 487, "{}", ledger.bins.len());
        }
        let most = sent.iter().map(|(at, time)| {
            let end = at.after(*time);
            let within = |(at, time): &(Instant, Duration)| {
                at.after(*time).min(end).since((*at).max(end.before(LONG)))
            };
            sent.iter().map(within).sum::<Duration>()
        });
        let most = most.max().unwrap();
        assert!(most <= allowed && most > allowed * 9 / 10, "{most:?}");
    }
}
