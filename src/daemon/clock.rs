//! The clock of the process and the source of its entropy: the one place that asks either.
//! Everything else takes `Now` and `Random` as arguments.

use std::time::{Duration, Instant as StdInstant, SystemTime, UNIX_EPOCH};

use anyhow::Context;

use crate::rns::time::{Instant, Now, UnixTime};

/// Longer than any run.
const FAR: Duration = Duration::from_hours(24 * 365 * 30);

/// Where [`Instant`] stands at the start. What an earlier run heard lies before the start, and must have an instant
/// too; nothing is kept for longer than 30 days (`Identity.RATCHET_EXPIRY`).
const HEAD_START: Duration = Duration::from_hours(24 * 60);

/// Tells the time; copies agree with one another.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: StdInstant,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
    pub fn start() -> Self {
        Self { start: StdInstant::now() }
    }

    /// What time it is.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
    pub fn now(&self) -> Now {
        let instant = Instant::ZERO.after(HEAD_START).after(self.start.elapsed());
        let unix = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        };
        Now { instant, unix: UnixTime::from_micros(unix) }
    }

    /// An instant that is not reached: what a timer waits for that has nothing to do yet.
    pub(super) fn far_future(self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.start.checked_add(FAR).unwrap_or(self.start))
    }

    /// The same instant on tokio's clock; `None` if it lies beyond what that can say, which is never.
    pub(super) fn to_tokio(self, instant: Instant) -> Option<tokio::time::Instant> {
        let since_start = instant.since(Instant::ZERO.after(HEAD_START));
        self.start.checked_add(since_start).map(tokio::time::Instant::from_std)
    }
}

/// 32 secret bytes that nobody has seen before.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness")]
pub fn draw_seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .context("the system gives no random bytes; Roost cannot make keys without them")?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_a_clock_agree_and_never_run_backwards() {
        let clock = Clock::start();
        let copy = clock;
        let earlier = clock.now();
        let later = copy.now();
        assert!(later.instant >= earlier.instant);
        assert!(later.instant.since(earlier.instant) < Duration::from_secs(60));
    }

    #[test]
    fn two_seeds_differ() {
        assert_ne!(draw_seed().unwrap(), draw_seed().unwrap());
    }
}
