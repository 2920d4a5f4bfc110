//! A filter: what it looks for in a post, and what becomes of a post that has it.
//! Not who is exempt; the rules know that.

use std::fmt;
use std::str::FromStr;

use regex_lite::RegexBuilder;

use super::text::{ReadText, fold};
use crate::group::body::Body;
use crate::group::fields::id;
use crate::group::name::named_enum;
use crate::group::post::Post;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;

/// Longest filter in bytes, as it is written.
pub const MAX_FILTER: usize = 200;
/// Most bytes of a pattern that is made ready: some hundred steps, each of which may be tried at each letter.
const PATTERN_SIZE: usize = 8 * 1024;
/// Deepest nesting of a pattern.
const PATTERN_DEPTH: u32 = 20;

named_enum! {
    /// What becomes of a post that a filter catches.
    pub enum Action {
        /// Its author is told why it is not taken.
        Refuse = "refuse",
        /// Somebody looks at it first.
        Hold = "hold",
    }
}

/// What a filter looks for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FilterTest {
    /// A word or words, in whatever case.
    #[serde(rename = "w")]
    Word(String),
    /// What a regular expression matches, in whatever case.
    #[serde(rename = "p")]
    Pattern(String),
    /// More characters than this in title and text.
    #[serde(rename = "l")]
    Longer(u32),
    /// A link.
    #[serde(rename = "k")]
    Links,
    /// Files.
    #[serde(rename = "f")]
    Files,
    /// A picture.
    #[serde(rename = "i")]
    Images,
    /// Sound.
    #[serde(rename = "a")]
    Audio,
    /// More bytes than this of files, pictures and sound together.
    #[serde(rename = "b")]
    Attachments(u32),
    /// An LXMF field.
    #[serde(rename = "d")]
    Field(u64),
    /// A post that this host can't read.
    #[serde(rename = "s")]
    Sealed,
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Filter {
    /// What becomes of a post that it catches.
    #[serde(rename = "a")]
    pub action: Action,
    /// What it looks for.
    #[serde(rename = "t")]
    pub test: FilterTest,
    /// What authors are told that it is about, where that should not be what it looks for.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl FilterTest {
    /// Does it look through the text?
    pub(super) const fn reads_text(&self) -> bool {
        matches!(self, Self::Word(_) | Self::Pattern(_) | Self::Links)
    }
}

impl Filter {
    pub(super) const fn is_pattern(&self) -> bool {
        matches!(self.test, FilterTest::Pattern(_))
    }

    /// Is this post one that it looks for?
    pub(super) fn catches(&self, post: &Post, text: &ReadText) -> bool {
        let has = |field| post.body.fields().get(field).is_some();
        match &self.test {
            FilterTest::Word(word) => text.has_word(word),
            // What can't be compiled was not let in.
            FilterTest::Pattern(pattern) => {
                compile(pattern).is_ok_and(|pattern| pattern.is_match(text.folded()))
            }
            FilterTest::Longer(most) => {
                text.is_cut || text.chars > usize::try_from(*most).unwrap_or(usize::MAX)
            }
            FilterTest::Links => text.has_link(),
            FilterTest::Files => has(id::FILES),
            FilterTest::Images => has(id::IMAGE),
            FilterTest::Audio => has(id::AUDIO),
            FilterTest::Attachments(most) => attached(post) > usize::try_from(*most).unwrap_or(usize::MAX),
            FilterTest::Field(field) => has(*field),
            FilterTest::Sealed => matches!(post.body, Body::Opaque { .. }),
        }
    }

    /// What it is about, for the author of a post.
    pub(super) fn shown(&self) -> Sentence {
        if let Some(name) = &self.name {
            return Sentence::text(name);
        }
        match &self.test {
            FilterTest::Word(word) => Sentence::AWord { word: word.as_str().into() },
            FilterTest::Pattern(pattern) => Sentence::TextsLike { pattern: pattern.as_str().into() },
            FilterTest::Longer(most) => Sentence::TextsOver { most: *most },
            FilterTest::Links => Sentence::Links,
            FilterTest::Files => Sentence::Files,
            FilterTest::Images => Sentence::Pictures,
            FilterTest::Audio => Sentence::Sound,
            FilterTest::Attachments(0) => Sentence::Attachments,
            FilterTest::Attachments(most) => Sentence::AttachmentsOver { most: *most },
            FilterTest::Field(field) => Sentence::AField { field: *field },
            FilterTest::Sealed => Sentence::SealedMessages,
        }
    }

    pub(super) fn refusal(&self) -> Refusal {
        let what = Sentence::NotTaken { what: self.shown().into() };
        Refusal::new(RefusalCode::Filtered, what, Sentence::LeaveItOut).in_field("text")
    }

    /// Can it be used?
    pub fn check(&self) -> Result<(), Refusal> {
        let written = self.to_string();
        let begin = beginning(&written);
        let bad = |what| {
            Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::HowToFilter).in_field("filters"))
        };
        if written.len() > MAX_FILTER {
            return bad(Sentence::FilterTooLong { begin, max: MAX_FILTER });
        }
        if written.chars().any(char::is_control) {
            return bad(Sentence::FilterHasControl { begin });
        }
        match &self.test {
            FilterTest::Word(word) if word.trim().is_empty() => bad(Sentence::FilterHasNoWord { begin }),
            FilterTest::Pattern(pattern) => match compile(pattern) {
                Ok(pattern) if pattern.is_match("") => bad(Sentence::FilterCatchesAll { begin }),
                Ok(_) => Ok(()),
                Err(_) => bad(Sentence::FilterHasNoPattern { begin }),
            },
            _ => Ok(()),
        }
    }
}

/// As much of a filter as is shown of one that is wrong.
fn beginning(written: &str) -> Box<str> {
    written.trim().chars().take(40).collect::<String>().into()
}

/// Ready for a folded text: letters of the pattern are folded, what stands behind a backslash keeps its meaning.
fn compile(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    let mut folded = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            folded.push(c);
            folded.extend(chars.next());
        } else {
            folded.push_str(&fold(c.encode_utf8(&mut [0; 4])));
        }
    }
    RegexBuilder::new(&folded).size_limit(PATTERN_SIZE).nest_limit(PATTERN_DEPTH).build()
}

/// Bytes of files, pictures and sound, as they are packed.
fn attached(post: &Post) -> usize {
    let fields = post.body.fields();
    let len = |field| fields.get(field).map_or(0, <[u8]>::len);
    [id::FILES, id::IMAGE, id::AUDIO].into_iter().map(len).sum()
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.action)?;
        match &self.test {
            FilterTest::Word(word) => write!(f, "word {word}"),
            FilterTest::Pattern(pattern) => write!(f, "pattern {pattern}"),
            FilterTest::Longer(most) => write!(f, "longer {most}"),
            FilterTest::Links => f.write_str("links"),
            FilterTest::Files => f.write_str("files"),
            FilterTest::Images => f.write_str("images"),
            FilterTest::Audio => f.write_str("audio"),
            FilterTest::Attachments(most) => write!(f, "attachments {most}"),
            FilterTest::Field(field) => write!(f, "field {field}"),
            FilterTest::Sealed => f.write_str("sealed"),
        }?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " as {name}"))
    }
}

/// All filters of a group, as they can be read again.
pub fn written(filters: &[Filter]) -> String {
    match filters {
        [] => "off".to_owned(),
        filters => filters.iter().map(Filter::to_string).collect::<Vec<_>>().join("; "),
    }
}

/// Filters that stand on lines of their own, or behind each other with `; ` between them.
pub fn read_all(written: &str) -> Result<Vec<Filter>, Refusal> {
    let pieces = written.lines().flat_map(|line| line.split("; "));
    pieces.map(str::trim).filter(|piece| !piece.is_empty()).map(str::parse).collect()
}

impl FromStr for Filter {
    type Err = Refusal;

    fn from_str(written: &str) -> Result<Self, Refusal> {
        let filter = read(written.trim()).ok_or_else(|| {
            let what = Sentence::NoFilter { begin: beginning(written) };
            Refusal::new(RefusalCode::BadRequest, what, Sentence::HowToFilter).in_field("filters")
        })?;
        filter.check().map(|()| filter)
    }
}

fn read(written: &str) -> Option<Filter> {
    let (action, rest) = written.split_once(char::is_whitespace)?;
    let action = Action::from_name(&action.to_lowercase())?;
    let (rest, name) = match rest.rsplit_once(" as ") {
        Some((rest, name)) => (rest, Some(name.trim().to_owned())),
        None => (rest, None),
    };
    if name.as_ref().is_some_and(String::is_empty) {
        return None;
    }
    let (word, argument) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    let argument = argument.trim();
    let test = match (word.to_lowercase().as_str(), argument) {
        ("word", argument) if !argument.is_empty() => FilterTest::Word(argument.to_owned()),
        ("pattern", argument) if !argument.is_empty() => FilterTest::Pattern(argument.to_owned()),
        ("longer", count) => FilterTest::Longer(count.parse().ok()?),
        ("links", "") => FilterTest::Links,
        ("files", "") => FilterTest::Files,
        ("images", "") => FilterTest::Images,
        ("audio", "") => FilterTest::Audio,
        ("attachments", "") => FilterTest::Attachments(0),
        ("attachments", count) => FilterTest::Attachments(count.parse().ok()?),
        ("field", field) => FilterTest::Field(field_number(field)?),
        ("sealed", "") => FilterTest::Sealed,
        _ => return None,
    };
    Some(Filter { action, test, name })
}

fn field_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
