//! Limits: how much of the time a radio may be on the air, as the law or the operator says it.
//! Not how much it has been; the ledger counts that.

use std::time::Duration;

/// The long window: an hour.
pub const LONG: Duration = Duration::from_hours(1);
/// The short window: 15 seconds.
pub const SHORT: Duration = Duration::from_secs(15);

/// How much of the air may be taken; nothing said is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// `airtime_limit_long`: of any hour.
    pub long: Option<Share>,
    /// `airtime_limit_short`: of any 15 seconds.
    pub short: Option<Share>,
}

/// A part of the time, in hundredths of a percent: the unit of `CMD_LT_ALOCK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u16);

impl Share {
    /// All of it, in hundredths of a percent.
    const ALL: u16 = 10_000;

    /// So many hundredths of a percent; none of it, and all of it, is no limit, as for the firmware.
    pub fn from_hundredths(hundredths: u64) -> Option<Self> {
        u16::try_from(hundredths).ok().filter(|share| (1..Self::ALL).contains(share)).map(Self)
    }

    /// In hundredths of a percent.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// This part of a window.
    pub fn of(self, window: Duration) -> Duration {
        window.saturating_mul(self.0.into()).checked_div(Self::ALL.into()).unwrap_or_default()
    }
}

/// In percent.
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} %", f64::from(self.0) / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_percent_of_an_hour_is_36_seconds() {
        let share = Share::from_hundredths(100).unwrap();
        assert_eq!((share.of(LONG), share.of(SHORT)), (Duration::from_secs(36), Duration::from_millis(150)));
        assert_eq!(
            (share.to_string(), Share::from_hundredths(150).unwrap().to_string()),
            ("1 %".into(), "1.5 %".into())
        );
    }

    #[test]
    fn nothing_and_everything_is_no_limit() {
        assert_eq!([0, 10_000, 70_000].map(Share::from_hundredths), [None; 3]);
    }
}
