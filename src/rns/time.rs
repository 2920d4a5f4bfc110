//! Time as an argument: a monotonic instant and a wall clock, given together.
//! Nothing here asks the operating system; `daemon::clock` is the one place that does.

use std::time::Duration;

/// A point on a monotonic clock with an arbitrary start, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The start of the clock.
    pub const ZERO: Self = Self(0);

    /// An instant so many microseconds after the start of the clock.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start of the clock.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This instant and `duration`, at most the end of the clock.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }

    /// This instant less `duration`, at least the start of the clock.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Wall-clock time in microseconds since 1970, UTC. May be wrong, and may jump.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct UnixTime(i64);

impl UnixTime {
    /// So many microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Seconds since 1970 as they stand in packets; not-a-number counts as zero.
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e6) as i64)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This time and `duration`, at most the end of the clock.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Whole seconds since 1970; before that, zero.
    pub fn as_secs(self) -> u64 {
        u64::try_from(self.0.div_euclid(1_000_000)).unwrap_or(0)
    }

    /// Seconds since 1970 with a fraction.
    #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit 53 bits until the year 2255")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// What time it is: the monotonic clock for deadlines, the wall clock for what others see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// For deadlines and measurements.
    pub instant: Instant,
    /// For announces, requests and messages.
    pub unix: UnixTime,
}

impl Now {
    /// What the wall clock would have said at `earlier`: a time that means something in the next run too.
    pub fn wall_time_of(self, earlier: Instant) -> UnixTime {
        let ago = i64::try_from(self.instant.since(earlier).as_micros()).unwrap_or(i64::MAX);
        UnixTime(self.unix.0.saturating_sub(ago))
    }

    /// What the wall clock will say at `later`, if nobody sets it.
    pub fn wall_time_at(self, later: Instant) -> UnixTime {
        let ahead = i64::try_from(later.since(self.instant).as_micros()).unwrap_or(i64::MAX);
        UnixTime(self.unix.0.saturating_add(ahead))
    }

    /// The instant at which the wall clock said `earlier`. A time that lies ahead counts as now.
    pub fn instant_of(self, earlier: UnixTime) -> Instant {
        let ago = u64::try_from(self.unix.0.saturating_sub(earlier.0)).unwrap_or(0);
        self.instant.before(Duration::from_micros(ago))
    }
}
