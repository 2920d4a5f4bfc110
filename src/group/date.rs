//! Points in time and spans of it as people write them: `2026-12-03 10:15 UTC`, `2 hours`.
//! Not how they are stored or sent.

use crate::rns::time::UnixTime;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A point in time to the minute, rounded up: who comes back at that minute does not come too early.
pub fn in_words(time: UnixTime) -> String {
    let minutes = time.as_secs().div_ceil(MINUTE);
    let (day, minute) = (minutes / (DAY / MINUTE), minutes % (DAY / MINUTE));
    let (year, month, day) = civil(day);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// A span in its largest whole unit, rounded up.
pub fn span_in_words(secs: u64) -> String {
    let (count, [one, many, _, _]) = in_units(secs);
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The same in German, as it stands behind "in".
pub fn span_in_german(secs: u64) -> String {
    let (count, [_, _, one, many]) = in_units(secs);
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A time of the day, from minutes since midnight: `08:30`.
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// How many of which unit.
const fn in_units(secs: u64) -> (u64, [&'static str; 4]) {
    match secs {
        0..MINUTE => (secs, ["second", "seconds", "Sekunde", "Sekunden"]),
        MINUTE..HOUR => (secs.div_ceil(MINUTE), ["minute", "minutes", "Minute", "Minuten"]),
        HOUR..DAY => (secs.div_ceil(HOUR), ["hour", "hours", "Stunde", "Stunden"]),
        DAY.. => (secs.div_ceil(DAY), ["day", "days", "Tag", "Tagen"]),
    }
}

/// Year, month and day of a day since 1970. The year is counted from March, so that the leap day is its last.
fn civil(days: u64) -> (u64, u64, u64) {
    /// Days from 0000-03-01 to 1970-01-01.
    const TO_1970: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days.saturating_add(TO_1970);
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, after) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + after, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> String {
        in_words(UnixTime::from_micros(secs * 1_000_000))
    }

    #[test]
    fn a_time_is_written_as_calendars_have_it() {
        // Origin: Python's datetime.
        assert_eq!(at(0), "1970-01-01 00:00 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(at(1_735_689_599), "2025-01-01 00:00 UTC");
        assert_eq!(at(1_795_000_000), "2026-11-18 11:07 UTC");
        assert_eq!(at(4_107_542_400), "2100-03-01 00:00 UTC");
        assert_eq!(at(-5), "1970-01-01 00:00 UTC");
        assert!(in_words(UnixTime::from_micros(i64::MAX)).ends_with("UTC"));
    }

    #[test]
    fn a_span_is_one_number_and_one_word() {
        for (secs, words) in [
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
            (604_800, "7 days"),
        ] {
            assert_eq!(span_in_words(secs), words);
        }
    }
}
