//! What people may call themselves in a group.
//! Not whether a name is taken: several may have the same.

use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;

/// Longest nick in bytes: it crosses LoRa with every list of members.
pub const MAX_NICK: usize = 64;

pub(in crate::group) fn checked_nick(nick: String) -> Result<String, Refusal> {
    let bad =
        |what| Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::ChooseAnotherNick).in_field("nick"));
    if nick.len() > MAX_NICK {
        return bad(Sentence::NickTooLong { len: nick.len(), max: MAX_NICK });
    }
    if let Some(c) = nick.chars().find(|c| matches!(c, '[' | ']' | ':' | '>')) {
        return bad(Sentence::NickCharacter { c });
    }
    if nick.trim().is_empty() || nick.trim() != nick || !nick.chars().all(may_be_in_a_nick) {
        return bad(Sentence::NickNeedsLetters);
    }
    if mixes_alphabets(&nick) {
        return bad(Sentence::NickMixesAlphabets);
    }
    Ok(nick)
}

/// The alphabets that have letters of the same shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

impl Alphabet {
    const fn of(c: char) -> Option<Self> {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(Self::Latin),
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Self::Greek),
            '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{a640}'..='\u{a69f}' => Some(Self::Cyrillic),
            _ => None,
        }
    }
}

/// One word of several alphabets is how one name is made to look like another.
fn mixes_alphabets(nick: &str) -> bool {
    let mut alphabets = nick.chars().filter_map(Alphabet::of);
    alphabets.next().is_some_and(|first| alphabets.any(|other| other != first))
}

/// In a chat a nick stands before a colon, and some clients leave out what stands in brackets or quote what stands
/// behind `>`.
pub fn may_be_in_a_nick(c: char) -> bool {
    !matches!(c, '[' | ']' | ':' | '>') && may_be_seen(c)
}

/// What can't be seen, or turns or hides what stands beside it, would let one name look like another; so would letters
/// that are there for the look of others: wide ones, and those of formulas.
pub fn may_be_seen(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    let ornate = matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}');
    !(c.is_control() || invisible || ornate)
}
