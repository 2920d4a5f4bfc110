//! When a member may be told that there is something new: how often at most, not at night, or at set times of the day.
//! Not of what, nor how.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rns::time::UnixTime;

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;
/// Most times a day at which a digest can be asked for.
pub const MOST_TIMES: usize = 4;
/// The fewest and the most minutes that can be asked for between two notices: a week is more than a digest.
pub const GAPS: std::ops::RangeInclusive<u16> = 1..=7 * DAY;
/// How far from UTC clocks are set, in minutes.
pub const OFFSETS: std::ops::RangeInclusive<i16> = -12 * 60..=14 * 60;

const MINUTE: i64 = 60 * 1_000_000;

/// Times of a day, in minutes from midnight: each once, in their order, no more than [`MOST_TIMES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<u16>", into = "Vec<u16>")]
pub struct DayTimes {
    /// Behind `len` there are zeros.
    at: [u16; MOST_TIMES],
    len: usize,
}

/// Times that are too many, or no times of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are no times of a day, or more than {MOST_TIMES}")]
pub struct NotTimes;

impl TryFrom<Vec<u16>> for DayTimes {
    type Error = NotTimes;

    fn try_from(mut times: Vec<u16>) -> Result<Self, NotTimes> {
        times.sort_unstable();
        times.dedup();
        if times.len() > MOST_TIMES || times.iter().any(|time| *time >= DAY) {
            return Err(NotTimes);
        }
        let mut all = Self { len: times.len(), ..Self::default() };
        all.at.iter_mut().zip(times).for_each(|(to, from)| *to = from);
        Ok(all)
    }
}

impl From<DayTimes> for Vec<u16> {
    fn from(times: DayTimes) -> Self {
        times.iter().collect()
    }
}

impl DayTimes {
    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Each, in minutes from midnight.
    pub fn iter(&self) -> impl Iterator<Item = u16> + use<> {
        self.at.into_iter().take(self.len)
    }
}

/// Hours in which nobody is told anything, in minutes from midnight: from the first to the second, which may lie behind
/// midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet(pub u16, pub u16);

impl Quiet {
    /// Two different times of a day.
    pub fn new(from: u16, to: u16) -> Option<Self> {
        (from < DAY && to < DAY && from != to).then_some(Self(from, to))
    }

    const fn holds(self, minute: u16) -> bool {
        let Self(from, to) = self;
        if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
    }
}

/// When a member may be told. What is not said is as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NotifyTimes {
    /// Fewest minutes between two notices.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<u16>,
    /// When nothing is told.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// The times of a digest.
    #[serde(rename = "a", default, skip_serializing_if = "DayTimes::is_empty")]
    pub at: DayTimes,
    /// How many minutes the member's clock is ahead of UTC.
    #[serde(rename = "o", default, skip_serializing_if = "is_zero")]
    pub offset: i16,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(offset: &i16) -> bool {
    *offset == 0
}

impl NotifyTimes {
    /// Nothing is said.
    pub const AS_IT_COMES: Self =
        Self { gap: None, quiet: None, at: DayTimes { at: [0; MOST_TIMES], len: 0 }, offset: 0 };

    /// Is nothing said?
    pub fn is_default(&self) -> bool {
        *self == Self::AS_IT_COMES
    }

    /// When who was told at `now` may be told again: not before `gap` has passed, if no times of the day are set.
    pub(super) fn next(&self, gap: Duration, now: UnixTime) -> UnixTime {
        match self.next_set(now) {
            Some(set) => self.awake(set),
            None => self.awake(now.after(gap)),
        }
    }

    /// When who chooses this at `now` may be told for the first time.
    pub fn first(&self, now: UnixTime) -> UnixTime {
        self.next_set(now).unwrap_or(now)
    }

    /// `time`, or the end of the quiet hours in which it lies.
    pub fn awake(&self, time: UnixTime) -> UnixTime {
        let minute = self.minute(time);
        match self.quiet {
            Some(quiet) if quiet.holds(minute) => self.at_minute(time, quiet.1),
            Some(_) | None => time,
        }
    }

    /// The next of the set times behind `now`, if there are any.
    fn next_set(&self, now: UnixTime) -> Option<UnixTime> {
        self.at.iter().map(|minute| self.at_minute(now, minute)).min()
    }

    /// The first time behind `time` at which the member's clock shows this minute of the day.
    fn at_minute(&self, time: UnixTime, minute: u16) -> UnixTime {
        let ahead = i64::from(minute) - i64::from(self.minute(time));
        let ahead = if ahead > 0 { ahead } else { ahead + i64::from(DAY) };
        let begun = time.as_micros().div_euclid(MINUTE);
        UnixTime::from_micros(begun.saturating_add(ahead).saturating_mul(MINUTE))
    }

    /// The minute of the day that the member's clock shows.
    fn minute(&self, time: UnixTime) -> u16 {
        let minutes = time.as_micros().div_euclid(MINUTE).saturating_add(i64::from(self.offset));
        u16::try_from(minutes.rem_euclid(i64::from(DAY))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEN_MINUTES: Duration = Duration::from_secs(600);

    /// A time of the first of January 2026.
    fn at(hours: i64, minutes: i64) -> UnixTime {
        UnixTime::from_micros(1_767_225_600_000_000 + (hours * 60 + minutes) * MINUTE)
    }

    fn times(times: &[u16]) -> DayTimes {
        times.to_vec().try_into().unwrap()
    }

    #[test]
    fn nobody_is_woken() {
        let night = NotifyTimes { quiet: Quiet::new(22 * 60, 7 * 60), ..NotifyTimes::default() };
        assert_eq!(night.next(TEN_MINUTES, at(21, 49)), at(21, 59));
        assert_eq!(night.next(TEN_MINUTES, at(21, 50)), at(31, 0));
        assert_eq!(night.awake(at(6, 59)), at(7, 0));
        assert_eq!(night.awake(at(7, 0)), at(7, 0));
        let in_berlin = NotifyTimes { offset: 60, ..night };
        assert_eq!(in_berlin.awake(at(21, 0)), at(30, 0));
        let noon = NotifyTimes { quiet: Quiet::new(12 * 60, 13 * 60), ..NotifyTimes::default() };
        assert_eq!((noon.awake(at(12, 30)), noon.awake(at(13, 0))), (at(13, 0), at(13, 0)));
    }

    #[test]
    fn a_digest_comes_at_its_times() {
        let twice = NotifyTimes { at: times(&[20 * 60, 8 * 60]), ..NotifyTimes::default() };
        assert_eq!(twice.first(at(7, 59)), at(8, 0));
        assert_eq!(twice.next(TEN_MINUTES, at(8, 0)), at(20, 0));
        assert_eq!(twice.next(TEN_MINUTES, at(20, 0)), at(32, 0));
        let west = NotifyTimes { offset: -5 * 60, ..twice };
        assert_eq!(west.first(at(0, 0)), at(1, 0));
    }

    #[test]
    fn times_of_a_day_are_kept_in_order_and_within_bounds() {
        assert_eq!(times(&[90, 5, 90]).iter().collect::<Vec<_>>(), [5, 90]);
        assert!(DayTimes::try_from(vec![DAY]).is_err() && DayTimes::try_from(vec![1, 2, 3, 4, 5]).is_err());
        assert_eq!((Quiet::new(5, 5), Quiet::new(DAY, 5)), (None, None));
    }

    fn choice() -> impl Strategy<Value = NotifyTimes> {
        let gap = proptest::option::of(GAPS);
        let quiet = proptest::option::of((0..DAY, 0..DAY));
        (gap, quiet, prop::collection::vec(0..DAY, 0..=MOST_TIMES), OFFSETS).prop_map(
            |(gap, quiet, at, offset)| NotifyTimes {
                gap,
                quiet: quiet.and_then(|(from, to)| Quiet::new(from, to)),
                at: at.try_into().unwrap(),
                offset,
            },
        )
    }

    proptest! {
        #[test]
        fn never_in_quiet_hours_never_too_soon_never_too_late(choice in choice(), at in 0..4_000_000_000_i64) {
            let now = UnixTime::from_micros(at * 1_000_000);
            let minutes = choice.gap.unwrap_or(10);
            let next = choice.next(Duration::from_secs(60 * u64::from(minutes)), now);
            prop_assert_eq!(choice.awake(next), next);
            let wait = next.as_micros() - now.as_micros();
            let gap = i64::from(minutes) * MINUTE;
            let least = if choice.at.is_empty() { gap } else { 0 };
            let most = if choice.at.is_empty() { gap } else { i64::from(DAY) * MINUTE } + i64::from(DAY) * MINUTE;
            prop_assert!(wait >= least && wait <= most, "{wait}");
        }

        #[test]
        fn what_was_chosen_is_read_as_it_was_written(choice in choice()) {
            let text = serde_json::to_string(&choice).unwrap();
            prop_assert_eq!(serde_json::from_str::<NotifyTimes>(&text).unwrap(), choice);
        }
    }
}
