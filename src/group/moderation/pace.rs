//! How fast an author has posted, and when the next post may come.
//! Not where that is kept: it is the host's own, and a restart forgets it.

use super::ModerationTerms;
use crate::rns::time::UnixTime;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// What is known of an author's pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// When they last posted.
    last: Option<UnixTime>,
    /// When what they have posted would be worked off, at one in each gap.
    worked_off: UnixTime,
}

/// Why the next post has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The group is slow, and this many seconds are left.
    Slow(u64),
    /// They have posted too much at once, and one more may come in this many seconds.
    TooFast(u64),
}

impl Pace {
    /// Must a post wait? What is minor, a reaction or an edit, is no post for a slow group, but it counts.
    pub fn wait(&self, terms: &ModerationTerms, now: UnixTime, is_minor: bool) -> Option<Wait> {
        let pace = self.at(now);
        if let Some(last) = pace.last.filter(|_| !is_minor && terms.slow > 0) {
            let next = after(last, i64::from(terms.slow));
            if now < next {
                return Some(Wait::Slow(secs_between(now, next)));
            }
        }
        let gap = i64::from(terms.gap);
        let allowance = gap.saturating_mul(i64::from(terms.burst).saturating_sub(1));
        let free = after(pace.worked_off, -allowance);
        (now < free).then(|| Wait::TooFast(secs_between(now, free)))
    }

    /// The pace after one more.
    #[must_use]
    pub fn posted(&self, terms: &ModerationTerms, now: UnixTime, is_minor: bool) -> Self {
        let pace = self.at(now);
        Self {
            last: if is_minor { pace.last } else { Some(now) },
            worked_off: after(pace.worked_off.max(now), i64::from(terms.gap)),
        }
    }

    /// A clock that was put back must not keep anybody waiting for what it said before.
    fn at(&self, now: UnixTime) -> Self {
        if self.last.is_some_and(|last| now < last) { Self::default() } else { *self }
    }
}

fn after(time: UnixTime, secs: i64) -> UnixTime {
    UnixTime::from_micros(time.as_micros().saturating_add(secs.saturating_mul(MICROS_PER_SECOND)))
}

/// Seconds from one to the other, rounded up.
fn secs_between(from: UnixTime, to: UnixTime) -> u64 {
    let micros = u64::try_from(to.as_micros().saturating_sub(from.as_micros())).unwrap_or(0);
    micros.div_ceil(MICROS_PER_SECOND.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_micros(secs * MICROS_PER_SECOND)
    }

    /// How many get through at these seconds.
    fn taken(terms: &ModerationTerms, pace: &mut Pace, times: impl IntoIterator<Item = i64>) -> usize {
        let mut try_one = |secs| {
            let free = pace.wait(terms, at(secs), false).is_none();
            if free {
                *pace = pace.posted(terms, at(secs), false);
            }
            free
        };
        times.into_iter().filter(|secs| try_one(*secs)).count()
    }

    #[test]
    fn a_burst_is_fine_and_a_flood_is_not() {
        let terms = ModerationTerms { burst: 10, gap: 5, ..ModerationTerms::default() };
        let mut pace = Pace::default();
        assert_eq!(taken(&terms, &mut pace, [1_000; 100]), 10);
        assert_eq!(pace.wait(&terms, at(1_000), false), Some(Wait::TooFast(5)));
        assert_eq!(taken(&terms, &mut pace, [1_004; 9]), 0);
        assert_eq!(taken(&terms, &mut pace, [1_005; 9]), 1);
        assert_eq!(taken(&terms, &mut pace, 1_006..2_006), 200);
        assert_eq!(taken(&terms, &mut pace, [9_000; 100]), 10);
    }

    #[test]
    fn a_slow_group_takes_one_in_a_while_and_reactions_all_the_time() {
        let terms = ModerationTerms { slow: 60, ..ModerationTerms::default() };
        let mut pace = Pace::default();
        assert_eq!(taken(&terms, &mut pace, 1_000..1_060), 1);
        assert_eq!(pace.wait(&terms, at(1_050), false), Some(Wait::Slow(10)));
        assert_eq!(pace.wait(&terms, at(1_050), true), None);
        pace = pace.posted(&terms, at(1_059), true);
        assert_eq!(taken(&terms, &mut pace, [1_060]), 1);
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_nobody_waiting() {
        let terms = ModerationTerms { slow: 60, burst: 2, gap: 60, ..ModerationTerms::default() };
        let mut pace = Pace::default();
        assert_eq!(taken(&terms, &mut pace, [1_000_000, 1_000_060]), 2);
        assert_eq!(pace.wait(&terms, at(1_000), false), None);
    }
}
