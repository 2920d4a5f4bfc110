//! What a member wants to be told of without being sent it, and how.
//! Not the relay, which sends whole messages.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::name::named_enum;
use super::notify_times::NotifyTimes;
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;

/// Time between two notices where none is chosen.
const GAP: Duration = Duration::from_mins(10);
/// The same for who wants a digest.
const DIGEST_GAP: Duration = Duration::from_hours(24);

named_enum! {
    /// What a member is told of.
    pub enum NotifyMode {
        /// Nothing: the default. Not one packet is sent.
        Off = "off",
        /// Messages that name them or answer them.
        Mentions = "mentions",
        /// All messages, some minutes' worth at a time.
        All = "all",
        /// All messages, a day's worth at a time.
        Digest = "digest",
    }
}

/// How a member is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotifyWay {
    /// In a message that a person reads.
    #[serde(rename = "t")]
    Text,
    /// In a message for programs, with nothing in it that a chat would show.
    #[serde(rename = "s")]
    Silent,
    /// With one packet to a destination of theirs.
    #[serde(rename = "p")]
    Ping(DestinationHash),
}

/// What a member has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyChoice {
    /// Of what.
    #[serde(rename = "n")]
    pub mode: NotifyMode,
    /// How.
    #[serde(rename = "w")]
    pub way: NotifyWay,
    /// When.
    #[serde(rename = "t", default, skip_serializing_if = "NotifyTimes::is_default")]
    pub times: NotifyTimes,
}

impl NotifyChoice {
    /// What counts for who has not chosen.
    pub const OFF: Self =
        Self { mode: NotifyMode::Off, way: NotifyWay::Text, times: NotifyTimes::AS_IT_COMES };

    /// Least time between two notices, where no times of the day are set.
    pub fn gap(&self) -> Duration {
        let usual = if self.mode == NotifyMode::Digest { DIGEST_GAP } else { GAP };
        self.times.gap.map_or(usual, |minutes| Duration::from_secs(60 * u64::from(minutes)))
    }

    /// When who was told at `now` may be told again.
    pub fn next(&self, now: UnixTime) -> UnixTime {
        self.times.next(self.gap(), now)
    }
}

impl Default for NotifyChoice {
    fn default() -> Self {
        Self::OFF
    }
}
