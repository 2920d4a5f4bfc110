//! What notices have taken of one radio's air in the last day, by whom they were for.
//! Not what one costs before it is sent; the channel says that.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Tally;
use crate::rns::hash::Address;
use crate::rns::time::Instant;

/// Most destinations that are remembered; the one that was told longest ago makes room.
const MAX_DESTINATIONS: usize = 512;
/// What is counted together. A day is as many of them as it has, and the one that goes on.
const HOUR: u64 = 3_600_000_000;
const DAY: u64 = 24;

/// By destination, with an entry for each hour in which it was told something: at most a day's.
#[derive(Debug, Default)]
pub(super) struct Told {
    by_destination: BTreeMap<Address, VecDeque<(u64, Tally)>>,
}

impl Told {
    pub(super) fn note(&mut self, now: Instant, destination: Address, bytes: usize, time: Duration) {
        if !self.by_destination.contains_key(&destination) && self.by_destination.len() >= MAX_DESTINATIONS {
            let last = |hours: &VecDeque<(u64, Tally)>| hours.back().map(|(hour, _)| *hour);
            let quietest = self.by_destination.iter().min_by_key(|(_, hours)| last(hours));
            if let Some(quietest) = quietest.map(|(destination, _)| *destination) {
                self.by_destination.remove(&quietest);
            }
        }
        let hour = hour_of(now);
        let hours = self.by_destination.entry(destination).or_default();
        while hours.front().is_some_and(|(first, _)| is_gone(hour, *first)) {
            hours.pop_front();
        }
        match hours.back_mut() {
            Some((last, tally)) if *last >= hour => tally.add(bytes, time),
            Some(_) | None => {
                let mut tally = Tally::default();
                tally.add(bytes, time);
                hours.push_back((hour, tally));
            }
        }
    }

    /// What was sent to a destination in the last day.
    pub(super) fn of(&self, now: Instant, destination: Address) -> Tally {
        let hour = hour_of(now);
        let hours = self.by_destination.get(&destination).into_iter().flatten();
        let mut sum = Tally::default();
        hours.filter(|(at, _)| !is_gone(hour, *at)).for_each(|(_, tally)| sum.merge(*tally));
        sum
    }

    pub(super) fn len(&self) -> usize {
        self.by_destination.len()
    }
}

const fn hour_of(now: Instant) -> u64 {
    now.as_micros().saturating_div(HOUR)
}

const fn is_gone(now: u64, hour: u64) -> bool {
    now.saturating_sub(hour) > DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_millis(410);

    fn at(hours: u64) -> Instant {
        Instant::from_micros(hours * HOUR + 5)
    }

    fn address(number: u16) -> Address {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes)
    }

    #[test]
    fn what_was_told_counts_for_a_day_and_for_nobody_else() {
        let mut told = Told::default();
        for hour in [1, 1, 3, 20] {
            told.note(at(hour), address(1), 131, TIME);
        }
        let count = |now, number| told.of(at(now), address(number)).frames;
        assert_eq!([20, 25, 26, 27, 28, 44, 45].map(|now| count(now, 1)), [4, 4, 2, 2, 1, 1, 0]);
        assert_eq!(count(20, 2), 0);
        assert_eq!(told.of(at(20), address(1)), Tally { frames: 4, bytes: 524, time: TIME * 4 });
    }

    #[test]
    fn who_was_told_longest_ago_is_forgotten_when_there_are_too_many_and_no_day_is_longer_than_one() {
        let mut told = Told::default();
        (0..2_000).for_each(|number| told.note(at(u64::from(number)), address(number), 131, TIME));
        assert_eq!(told.len(), MAX_DESTINATIONS);
        assert_eq!(told.of(at(1_999), address(1_999)).frames, 1);
        (0..500).for_each(|hour| told.note(at(2_000 + hour), address(7), 131, TIME));
        assert_eq!(told.len(), MAX_DESTINATIONS);
        assert!(told.by_destination[&address(7)].len() <= 25);
    }
}
