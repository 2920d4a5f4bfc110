//! Durations as the protocol computes them: in floating seconds.
//! Not a clock.

use std::time::Duration;

/// No wait of a link is longer; a rate near zero gives this instead of an overflow.
const LONGEST: Duration = Duration::from_secs(86_400);

/// `value` seconds; negative and not-a-number count as zero, and more than a day as a day.
pub(crate) fn seconds(value: f64) -> Duration {
    if value.is_nan() || value <= 0.0 {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(value).unwrap_or(LONGEST).min(LONGEST)
}
