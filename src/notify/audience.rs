//! Whom a message concerns, and who is due to be told of what they have not seen.
//! Not how they are told.

use std::time::Duration;

use crate::group::{GroupId, NotifyChoice, NotifyMode, Post, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;
use crate::store::{StoreError, Transaction};

/// After the first message that somebody has not seen, so that one notice covers a burst.
pub const SETTLE: Duration = Duration::from_secs(60);
/// Most people who are told in one round; the next round is soon.
const MOST_AT_ONCE: usize = 256;
/// How soon that is.
const NEXT_ROUND: Duration = Duration::from_secs(2);

/// Somebody who is to be told now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Who.
    pub person: IdentityHash,
    /// What they have chosen.
    pub choice: NotifyChoice,
    /// How many messages they have not seen.
    pub count: u32,
    /// The last of them.
    pub latest: Seq,
    /// The notice in the outbox that this one stands for too.
    pub replaces: Option<u64>,
}

/// What one look at a group finds.
#[derive(Debug, Default)]
pub struct Round {
    /// Who is to be told.
    pub due: Vec<Due>,
    /// When to look again, if anybody waits for that.
    pub next: Option<UnixTime>,
}

/// Looks who is due in a group, and notes that they are told. Whoever has a notice in the outbox gets another in its
/// place, that says all; unless it is on the air.
pub fn round(
    store: &Transaction<'_>,
    gid: GroupId,
    now: UnixTime,
    is_on_air: impl Fn(IdentityHash) -> bool,
) -> Result<Round, StoreError> {
    let mut round = Round::default();
    for row in store.notified_members(gid)? {
        let before = row.waiting.map_or(row.told, |waiting| waiting.before);
        let unseen = match row.choice.mode {
            NotifyMode::Off => continue,
            NotifyMode::Mentions => row.mentions,
            NotifyMode::All | NotifyMode::Digest => store.unseen(gid, row.person, before)?,
        };
        let Some((count, latest)) = unseen.filter(|(_, latest)| *latest > row.told) else { continue };
        let wait = |until: UnixTime, round: &mut Round| {
            round.next = Some(round.next.map_or(until, |next| next.min(until)));
        };
        let next = row.choice.next(now);
        // What lies further ahead was reckoned by a clock that was put back since.
        let due = if row.due <= next { row.due.max(now) } else { now };
        let due = row.choice.times.awake(due);
        if due > now {
            wait(due, &mut round);
        } else if row.waiting.is_some() && is_on_air(row.person) {
            wait(now.after(SETTLE), &mut round);
        } else if round.due.len() < MOST_AT_ONCE {
            store.note_told(gid, row.person, (latest, before), next)?;
            let replaces = row.waiting.map(|waiting| waiting.number);
            round.due.push(Due { person: row.person, choice: row.choice, count, latest, replaces });
        } else {
            wait(now.after(NEXT_ROUND), &mut round);
        }
    }
    Ok(round)
}

/// Whom a message concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerned {
    /// The one whom it was written to.
    Only(IdentityHash),
    /// Whom it names, and who wrote what it answers.
    WhoIsNamed {
        /// Who did, if it answers a message.
        answered: Option<IdentityHash>,
    },
}

/// Notes a message for those who are told only of what concerns them.
pub fn note_mentions(
    store: &Transaction<'_>,
    gid: GroupId,
    seq: Seq,
    post: &Post,
    concerned: Concerned,
) -> Result<(), StoreError> {
    for (person, nick) in store.told_of_mentions(gid)? {
        let is_meant = match concerned {
            Concerned::Only(one) => one == person,
            Concerned::WhoIsNamed { answered } => concerns(post, person, nick.as_deref(), answered),
        };
        if person != post.author && is_meant {
            store.note_mention(gid, person, seq)?;
        }
    }
    Ok(())
}

/// Does a message concern a person: does it name them, or answer them?
pub fn concerns(
    post: &Post,
    person: IdentityHash,
    nick: Option<&str>,
    answered: Option<IdentityHash>,
) -> bool {
    let text = post.body.text().map(String::from_utf8_lossy).unwrap_or_default();
    answered == Some(person) || nick.is_some_and(|nick| names(&text, nick))
}

/// Does a text have a nick in it, as a word? `@anna_b` names Anna B too.
fn names(text: &str, nick: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().replace('_', " ");
    let (text, nick) = (fold(text), fold(nick));
    let nick = nick.trim();
    if nick.is_empty() {
        return false;
    }
    text.match_indices(nick).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + found.len()..).and_then(|behind| behind.chars().next());
        let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_apart(before) && is_apart(behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nick_is_a_mention_where_it_is_a_word() {
        for text in ["Anna", "hello ANNA!", "@anna: look", "(anna)", "ask anna, or bob", "…anna?"] {
            assert!(names(text, "Anna"), "{text}");
        }
        for text in ["", "Annalena", "savanna", "ann", "annä"] {
            assert!(!names(text, "Anna"), "{text}");
        }
        assert!(names("is @anna_b here?", "Anna B") && names("Anna B is", "anna_b"));
        assert!(!names("anything", " ") && !names("anything", ""));
    }
}
