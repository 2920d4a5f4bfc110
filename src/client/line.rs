//! A message as a line for a person.
//! Not where the line is shown.

use crate::group::date;
use crate::rns::time::UnixTime;
use crate::store::cache::{CachedMessage, Names};

/// A message for a person: number, time, author, text, and what belongs to it. A text of several lines is indented, so
/// that none of them looks like somebody else's.
pub fn line(message: &CachedMessage, names: &Names) -> String {
    let mut line = format!("#{}", message.seq);
    if let Some(time) = message.time {
        line += &format!("  {}", moment(time));
    }
    line += &format!("  {}", names.of(message.author));
    if let Some(recipient) = message.recipient {
        line += &format!(" to {}", names.of(recipient));
    }
    if let Some(seq) = message.reply_to {
        line += &format!(" (re #{seq})");
    }
    line += ": ";
    if let Some(title) = message.title.as_ref().filter(|title| !title.is_empty()) {
        line += &format!("{}: ", title.replace('\n', " "));
    }
    line += &message.text.trim_end().replace('\n', "\n    ");
    if message.cut {
        line += " …";
    }
    let marks = [
        (message.edited.is_some(), "edited".to_owned()),
        (message.pinned, "pinned".to_owned()),
        (message.attached == 1, "1 file".to_owned()),
        (message.attached > 1, format!("{} files", message.attached)),
    ];
    let reactions = message.reactions.iter().map(|(what, count)| match count {
        0 | 1 => what.clone(),
        count => format!("{what} {count}"),
    });
    let marks = marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark);
    let marks: Vec<_> = marks.chain(reactions).collect();
    if !marks.is_empty() {
        line += &format!("  [{}]", marks.join(", "));
    }
    line
}

/// To the minute, in UTC: the machine may not know where it is.
fn moment(secs: u64) -> String {
    let minute = i64::try_from(secs - secs % 60).unwrap_or(0).saturating_mul(1_000_000);
    date::in_words(UnixTime::from_micros(minute)).replace(" UTC", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_who_said_what_when_and_what_came_of_it() {
        let names = Names::default();
        let plain = CachedMessage { seq: 7, text: "hi".into(), ..CachedMessage::default() };
        assert_eq!(line(&plain, &names), "#7  somebody: hi");
        let whole = CachedMessage {
            time: Some(1_700_000_030),
            edited: Some(1),
            reply_to: Some(3),
            title: Some("News".into()),
            text: "one\n#8  Anna: two\n".into(),
            attached: 2,
            cut: true,
            pinned: true,
            reactions: vec![("👍".into(), 2), ("🎉".into(), 1)],
            ..plain
        };
        assert_eq!(
            line(&whole, &names),
            "#7  2023-11-14 22:13  somebody (re #3): News: one\n    #8  Anna: two …  [edited, pinned, 2 files, 👍 2, 🎉]"
        );
    }
}
