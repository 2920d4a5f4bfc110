//! `/notify`: what a member is told of without being sent it, and when.
//! Not the telling.

use super::time::Span;
use super::unquoted;
use crate::api::notify::chosen;
use crate::api::{Call, Failure};
use crate::group::date;
use crate::group::notify_times::{DAY, GAPS, OFFSETS};
use crate::group::{
    Act, DayTimes, NotifyChoice, NotifyMode, NotifyTimes, NotifyWay, Quiet, Refusal, RefusalCode, Sentence,
};

pub(super) fn notify(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let text = unquoted(arguments).to_lowercase();
    let before = chosen(call)?;
    let mut words = text.split_whitespace();
    let choice = match words.next() {
        None => Some(before),
        Some("quiet" | "ruhe") if before.mode == NotifyMode::Off => {
            let (what, then) = (Sentence::NotifiedOfNothing, Sentence::NotifyFirst);
            return Err(Refusal::new(RefusalCode::BadRequest, what, then).into());
        }
        Some("quiet" | "ruhe") => quiet(before.times, words).map(|times| NotifyChoice { times, ..before }),
        Some(mode) => NotifyMode::from_name(mode).and_then(|mode| {
            Some(NotifyChoice { mode, way: NotifyWay::Text, times: times(before.times, mode, words)? })
        }),
    };
    let Some(choice) = choice else {
        let (what, then) = (Sentence::NoSuchNotify, Sentence::SayWhichNotify);
        return Err(Refusal::new(RefusalCode::BadRequest, what, then).into());
    };
    if choice != before {
        call.act(Act::ChooseNotify(choice))?;
    }
    let mut said = told(choice);
    if text.is_empty() {
        said.push(Sentence::SayWhichNotify);
    }
    call.say(&said)
}

/// What somebody who has chosen that is told of, and when.
fn told(choice: NotifyChoice) -> Vec<Sentence> {
    let NotifyTimes { quiet, at, offset, .. } = choice.times;
    let every = choice.gap().as_secs();
    let at: Vec<_> = at.iter().map(date::clock).collect();
    let mut said = vec![match choice.mode {
        NotifyMode::Off => return vec![Sentence::NotifiedOfNothing],
        NotifyMode::Mentions => Sentence::NotifiedOfMentions { every },
        NotifyMode::All => Sentence::NotifiedOfAll { every },
        NotifyMode::Digest if at.is_empty() => Sentence::NotifiedDaily,
        NotifyMode::Digest => Sentence::NotifiedAt { times: at.join(", ") },
    }];
    if let Some(Quiet(from, to)) = quiet {
        said.push(Sentence::NotifiedNotAt { from, to });
    }
    if quiet.is_some() || !at.is_empty() {
        said.push(Sentence::ByClock { zone: zone(offset) });
    }
    said
}

/// `30m` behind a mode, or times of the day behind `digest`. Quiet hours stay.
fn times<'w>(
    before: NotifyTimes,
    mode: NotifyMode,
    words: impl Iterator<Item = &'w str>,
) -> Option<NotifyTimes> {
    let mut times = NotifyTimes { gap: None, at: DayTimes::default(), ..before };
    let mut at = Vec::new();
    for word in words {
        match (Span::parse(word), minute(word), offset(word)) {
            (Some(Span::For(gap)), ..) if mode != NotifyMode::Digest => {
                let minutes = u16::try_from(gap.as_secs().div_ceil(60)).ok()?;
                times.gap = Some(minutes).filter(|minutes| GAPS.contains(minutes));
                times.gap?;
            }
            (_, Some(minute), _) if mode == NotifyMode::Digest => at.push(minute),
            (.., Some(offset)) => times.offset = offset,
            _ => return None,
        }
    }
    times.at = at.try_into().ok()?;
    Some(times)
}

/// `22-7`, perhaps with a zone behind it; `off`.
fn quiet<'w>(before: NotifyTimes, mut words: impl Iterator<Item = &'w str>) -> Option<NotifyTimes> {
    let hours = words.next()?;
    let quiet = match hours.split_once(['-', '\u{2013}']) {
        Some((from, to)) => Some(Quiet::new(minute(from)?, minute(to)?)?),
        None if matches!(hours, "off" | "aus") => None,
        None => return None,
    };
    let offset = match words.next() {
        Some(word) => offset(word)?,
        None => before.offset,
    };
    words.next().is_none().then_some(NotifyTimes { quiet, offset, ..before })
}

/// A time of the day as people write it: `7`, `7:30`, `07:30`.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    // Rust reads a sign, too.
    if [hours, minutes].iter().any(|number| !number.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    // Midnight is the end of a day, too.
    (hours <= 24 && minutes < 60).then(|| (hours * 60 + minutes) % DAY)
}

/// How far a clock is ahead of UTC: `+1`, `-3:30`, `utc+2`.
fn offset(text: &str) -> Option<i16> {
    let text = text.trim_start_matches("utc");
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-" | "\u{2212}", rest) => (-1, rest),
        _ => return None,
    };
    let minutes = sign * i16::try_from(minute(rest)?).ok()?;
    OFFSETS.contains(&minutes).then_some(minutes)
}

fn zone(offset: i16) -> String {
    match offset {
        0 => "UTC".to_owned(),
        _ => {
            let (sign, ahead) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
            let minutes = if ahead % 60 == 0 { String::new() } else { format!(":{:02}", ahead % 60) };
            format!("UTC{sign}{}{minutes}", ahead / 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_day_are_read_as_people_write_them() {
        for (text, expected) in
            [("7", 420), ("07:30", 450), ("0:05", 5), ("24", 0), ("23:59", 1_439)].map(|(t, m)| (t, Some(m)))
        {
            assert_eq!(minute(text), expected, "{text}");
        }
        for text in ["", "25", "7:60", "7h", "-1", "+1", "7:3x"] {
            assert_eq!(minute(text), None, "{text}");
        }
        assert_eq!(["+1", "-3:30", "utc+5:45", "+0"].map(offset), [60, -210, 345, 0].map(Some));
        assert_eq!(["1", "+15", "-13", "+", "utc"].map(offset), [None; 5]);
        assert_eq!([60, -210, 0].map(zone), ["UTC+1", "UTC-3:30", "UTC"]);
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        let before = NotifyTimes::default();
        let of = |mode, text: &str| times(before, mode, text.split_whitespace());
        assert_eq!(of(NotifyMode::All, "90m").and_then(|times| times.gap), Some(90));
        assert_eq!(of(NotifyMode::Digest, "8 20:30").unwrap().at.iter().collect::<Vec<_>>(), [480, 1_230]);
        assert_eq!(of(NotifyMode::All, "8:00"), None);
        assert_eq!(of(NotifyMode::Digest, "1 2 3 4 5"), None);
        assert_eq!(of(NotifyMode::All, "30s x"), None);
        assert_eq!(of(NotifyMode::Mentions, "9w"), None);
        let hours = |text: &str| quiet(before, text.split_whitespace());
        assert_eq!(
            hours("22-7 +1").unwrap(),
            NotifyTimes { quiet: Quiet::new(1_320, 420), offset: 60, ..before }
        );
        assert_eq!([hours("7-7"), hours("22"), hours(""), hours("22-7 x"), hours("1-2 +1 3")], [None; 5]);
    }
}
