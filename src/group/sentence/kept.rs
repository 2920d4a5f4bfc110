//! How long what somebody writes is kept, as a piece of a sentence.
//! Not what is kept; that is [`Retention`]'s.

use crate::group::retention::Retention;

/// For so many days at most, if the group has a bound of days; else until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// How many days.
    pub days: Option<u32>,
    /// Is there another bound, which may come sooner?
    pub has_others: bool,
}

impl From<&Retention> for Kept {
    fn from(retention: &Retention) -> Self {
        let has_others = retention.messages.is_some() || retention.bytes.is_some();
        Self { days: retention.days, has_others }
    }
}

impl Kept {
    pub(super) fn in_english(self) -> String {
        match self {
            Self { days: Some(1), .. } => "for a day at most".to_owned(),
            Self { days: Some(days), .. } => format!("for {days} days at most"),
            Self { days: None, has_others: true } => "while there is room".to_owned(),
            Self { days: None, has_others: false } => "until removed".to_owned(),
        }
    }

    pub(super) fn in_german(self) -> String {
        match self {
            Self { days: Some(1), .. } => "höchstens einen Tag".to_owned(),
            Self { days: Some(days), .. } => format!("höchstens {days} Tage"),
            Self { days: None, has_others: true } => "solange Platz ist".to_owned(),
            Self { days: None, has_others: false } => "bis es entfernt wird".to_owned(),
        }
    }
}
