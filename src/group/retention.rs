//! How long messages are kept, and how many of them.
//! Not when they are let go: the server looks now and then.

use super::sentence::Sentence;
use crate::rns::time::UnixTime;

/// What is kept of what was said. Without a bound all is kept until it is removed; with several the narrowest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Retention {
    /// Messages that arrived in so many days.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The latest so many messages.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// The latest so many bytes of messages.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Retention {
    /// Is all kept?
    pub fn is_unbounded(&self) -> bool {
        *self == Self::default()
    }

    /// What arrived before this is too old.
    pub fn oldest(&self, now: UnixTime) -> Option<UnixTime> {
        let days = i64::from(self.days?);
        Some(UnixTime::from_micros(now.as_micros().saturating_sub(days.saturating_mul(MICROS_A_DAY))))
    }

    /// In sentences, for who asks before they write.
    pub fn sentence(&self) -> Sentence {
        let bounds = [
            self.days.map(|days| Sentence::KeptDays { days }),
            self.messages.map(|count| Sentence::KeptCount { count }),
            self.bytes.map(|bytes| Sentence::KeptMegabytes { count: bytes.div_ceil(1_000_000) }),
        ];
        let mut said: Vec<_> = bounds.into_iter().flatten().collect();
        if said.is_empty() {
            return Sentence::KeptUntilRemoved;
        }
        said.push(Sentence::PinnedStay);
        Sentence::Several(said)
    }
}

const MICROS_A_DAY: i64 = 86_400_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Language;

    #[test]
    fn a_sentence_says_what_is_kept() {
        let none = Retention::default();
        assert!(none.is_unbounded() && none.oldest(UnixTime::from_micros(5)).is_none());
        let said = |kept: Retention| kept.sentence().said_in(Language::English);
        assert_eq!(said(none), "Messages are kept until removed.");
        let all = Retention { days: Some(30), messages: Some(10_000), bytes: Some(50_000_000) };
        let bounds = "Messages are kept for 30 days. The latest 10000 messages are kept. The latest 50 MB of messages \
                      are kept. Pinned ones stay.";
        assert_eq!(said(all), bounds);
        let day = Retention { days: Some(1), ..none };
        assert_eq!(said(day), "Messages are kept for a day. Pinned ones stay.");
        assert_eq!(day.oldest(UnixTime::from_micros(MICROS_A_DAY + 7)), Some(UnixTime::from_micros(7)));
    }
}
