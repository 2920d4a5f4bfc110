//! How long, as people type it: `30m`, `2h`, `7d`, `1d12h`, `forever`.
//! Not a point in time.

use std::time::Duration;

use crate::rns::time::UnixTime;

/// Longest time that can be given: ten years. More is `forever`.
const LONGEST: u64 = 3_650 * DAY;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// How long something lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So long.
    For(Duration),
    /// For good.
    Forever,
}

impl Span {
    /// Reads it; `None` if it is something else. The units are those of English and German.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        if matches!(text.as_str(), "forever" | "permanent" | "always" | "immer" | "dauerhaft") {
            return Some(Self::Forever);
        }
        let (mut total, mut rest) = (0_u64, text.as_str());
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, behind) = rest.split_at(digits);
            let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
            let (unit, next) = behind.split_at(end);
            total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(seconds(unit)?)?)?;
            rest = next;
        }
        match total {
            0 => None,
            LONGEST.. => Some(Self::Forever),
            total => Some(Self::For(Duration::from_secs(total))),
        }
    }

    /// When it ends if it begins at `now`; `None` for never.
    pub fn until(self, now: UnixTime) -> Option<UnixTime> {
        match self {
            Self::For(duration) => Some(now.after(duration)),
            Self::Forever => None,
        }
    }
}

fn seconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "s" | "sec" => 1,
        "m" | "min" => MINUTE,
        "h" | "std" => HOUR,
        "d" | "t" => DAY,
        "w" => WEEK,
        "y" | "j" => 365 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let secs = |text| match Span::parse(text) {
            Some(Span::For(duration)) => Some(duration.as_secs()),
            Some(Span::Forever) | None => None,
        };
        for (text, expected) in [
            ("90s", 90),
            ("30m", 1_800),
            ("2h", 7_200),
            ("2H", 7_200),
            ("7d", 604_800),
            ("7t", 604_800),
            ("4w", 2_419_200),
            ("1d12h", 129_600),
        ] {
            assert_eq!(secs(text), Some(expected), "{text}");
        }
        for text in ["forever", "Forever", "immer", "99y"] {
            assert_eq!(Span::parse(text), Some(Span::Forever), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_something_else() {
        for text in
            ["", "2", "h", "spam", "2x", "0h", "2h!", "-2h", "99999999999999999999d", "1.5h", "2d spam"]
        {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
