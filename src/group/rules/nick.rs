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
    Ok(nick)
}

/// In a chat a nick stands before a colon, and some clients leave out what stands in brackets or quote what stands
/// behind `>`.
pub fn may_be_in_a_nick(c: char) -> bool {
    !matches!(c, '[' | ']' | ':' | '>') && may_be_seen(c)
}

/// What can't be seen, or turns or hides what stands beside it, would let one name look like another.
pub fn may_be_seen(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    !(c.is_control() || invisible)
}
