//! How a group moderates by itself: the pace of posts, what waits for a look before it is published, and filters.
//! Not what people do to people: kicks, bans and mutes are acts.

pub mod filter;
pub mod pace;
mod text;

pub use filter::{Action, Filter, FilterTest};
pub use pace::Pace;

use super::id::Seq;
use super::name::named_enum;
use super::post::Post;
use super::refusal::{Refusal, RefusalCode};
use super::sentence::Sentence;
use crate::rns::time::UnixTime;
use text::ReadText;

/// Most filters of a group.
pub const MAX_FILTERS: usize = 64;
/// Most of them that are patterns: each is tried on every text.
pub const MAX_PATTERNS: usize = 16;
/// Longest wait between two posts: a day.
pub const MAX_SLOW: u32 = 86_400;
/// Most posts that wait in a group for somebody to look at them. The next one is refused until somebody has.
pub const MAX_HELD: u32 = 500;
/// Most of them that are one author's, so that nobody fills it alone.
pub const MAX_HELD_EACH: u32 = 10;

named_enum! {
    /// Which posts are looked at by somebody before others see them.
    pub enum Hold {
        /// None.
        Nothing = "nothing",
        /// The first of each author.
        First = "first",
        /// Those of newcomers.
        Newcomers = "newcomers",
        /// Those with a link in them.
        Links = "links",
        /// All of them.
        Everything = "everything",
    }
}

/// How a group moderates by itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ModerationTerms {
    /// Fewest seconds between two posts of one author; 0 for none.
    #[serde(rename = "s")]
    pub slow: u32,
    /// Posts and reactions that one author may make at once.
    #[serde(rename = "b")]
    pub burst: u32,
    /// Seconds until they may make one more.
    #[serde(rename = "g")]
    pub gap: u32,
    /// What is looked at first.
    #[serde(rename = "h")]
    pub hold: Hold,
    /// What is not taken, or looked at first.
    #[serde(rename = "f")]
    pub filters: Vec<Filter>,
}

/// What became of a post that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldState {
    /// It still waits.
    Waits(Box<HeldPost>),
    /// It is not published.
    Dropped,
}

/// A post that waits for somebody to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPost {
    /// The number of the event that brought it.
    pub seq: Seq,
    /// Since when it waits, by the host's clock.
    pub since: UnixTime,
    /// What it says.
    pub post: Post,
    /// What it is held for.
    pub why: String,
}

/// What a message is held for, from the words that its event holds: those of English.
pub fn held_for(kept: &str) -> Sentence {
    const FIXED: &[Sentence] = &[
        Sentence::AFirstMessage,
        Sentence::ANewcomersMessage,
        Sentence::EveryMessage,
        Sentence::Links,
        Sentence::Files,
        Sentence::Pictures,
        Sentence::Sound,
        Sentence::Attachments,
        Sentence::SealedMessages,
    ];
    if let Some(fixed) = FIXED.iter().find(|fixed| fixed.to_string() == kept) {
        return fixed.clone();
    }
    let between = |before: &str, behind: &str| kept.strip_prefix(before)?.strip_suffix(behind);
    let number = |text: &str| text.parse().ok();
    if let Some(word) = between("the word \u{201c}", "\u{201d}") {
        return Sentence::AWord { word: word.into() };
    }
    if let Some(pattern) = kept.strip_prefix("texts like ") {
        return Sentence::TextsLike { pattern: pattern.into() };
    }
    if let Some(most) = between("texts over ", " characters").and_then(number) {
        return Sentence::TextsOver { most };
    }
    if let Some(most) = between("attachments over ", " bytes").and_then(number) {
        return Sentence::AttachmentsOver { most };
    }
    match kept.strip_prefix("the LXMF field ").and_then(|field| field.parse().ok()) {
        Some(field) => Sentence::AField { field },
        // A filter's name of its own.
        None => Sentence::text(kept),
    }
}

/// What matters about an author for what becomes of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Author {
    /// Are they new here?
    pub is_newcomer: bool,
    /// Has the group published something of theirs?
    pub has_posted: bool,
}

impl Default for ModerationTerms {
    /// Nobody types that much; a program that runs wild is down to some thousands a day.
    fn default() -> Self {
        Self { slow: 0, burst: 300, gap: 5, hold: Hold::Nothing, filters: Vec::new() }
    }
}

impl ModerationTerms {
    /// Is it as it comes?
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Is there nothing to look for?
    pub const fn is_open(&self) -> bool {
        matches!(self.hold, Hold::Nothing) && self.filters.is_empty()
    }

    /// What becomes of a post: `None` if it is published, or why it waits for somebody to look at it.
    pub fn look_at(&self, post: &Post, author: Author) -> Result<Option<Sentence>, Refusal> {
        if self.is_open() || post.body.is_reaction() {
            return Ok(None);
        }
        let text = ReadText::of(&post.body);
        if text.is_cut && self.filters.iter().any(|filter| filter.test.reads_text()) {
            let what = Sentence::TooLongToLookThrough { most: text::MOST };
            return Err(Refusal::new(RefusalCode::Filtered, what, Sentence::SendInParts).in_field("text"));
        }
        let mut why = self.held_by_rule(&text, author);
        for filter in self.filters.iter().filter(|filter| filter.catches(post, &text)) {
            match filter.action {
                Action::Refuse => return Err(filter.refusal()),
                Action::Hold => _ = why.get_or_insert_with(|| filter.shown()),
            }
        }
        Ok(why)
    }

    fn held_by_rule(&self, text: &ReadText, author: Author) -> Option<Sentence> {
        match self.hold {
            Hold::Nothing => None,
            Hold::First => (!author.has_posted).then_some(Sentence::AFirstMessage),
            Hold::Newcomers => author.is_newcomer.then_some(Sentence::ANewcomersMessage),
            Hold::Links => text.has_link().then_some(Sentence::Links),
            Hold::Everything => Some(Sentence::EveryMessage),
        }
    }

    /// Can a group be set up like this?
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |what, then| Err(Refusal::new(RefusalCode::BadRequest, what, then).in_field("set"));
        if self.slow > MAX_SLOW {
            return bad(Sentence::TooSlow { secs: self.slow }, Sentence::ADayAtMost);
        }
        if self.burst == 0 || self.gap == 0 {
            return bad(Sentence::NobodyCouldPost, Sentence::ChooseOneOrMore);
        }
        if self.filters.len() > MAX_FILTERS {
            let what = Sentence::ManyFilters { count: self.filters.len() };
            return bad(what, Sentence::KeepAtMost { most: MAX_FILTERS });
        }
        let patterns = self.filters.iter().filter(|filter| filter.is_pattern()).count();
        if patterns > MAX_PATTERNS {
            let what = Sentence::ManyPatterns { count: patterns };
            return bad(what, Sentence::KeepAtMost { most: MAX_PATTERNS });
        }
        self.filters.iter().try_for_each(Filter::check)
    }
}

#[cfg(test)]
mod tests;
