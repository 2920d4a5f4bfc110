//! How many answers to commands may leave, for each person, for strangers together and for newcomers together.
//! Not what they say, and not hints: those are for people who wrote no command.

use std::time::Duration;

use super::recent::Recent;
use crate::group::{GroupId, Member};
use crate::rns::budget::Budget;
use crate::rns::hash::IdentityHash;
use crate::rns::time::{Instant, UnixTime};

/// Cap of the table. Whoever was answered least recently makes room, and then starts with a full budget.
const MAX_PEOPLE: usize = 1_024;
/// Answers that one person may get at once, and how long until one more.
const PERSON: (u32, Duration) = (20, Duration::from_secs(10));
/// The same for everybody who is no member, together: identities cost nothing, and an answer costs air.
const STRANGERS: (u32, Duration) = (20, Duration::from_secs(10));
/// The same for everybody who has joined lately, together: where anybody may join, so may ten thousand programs.
const NEWCOMERS: (u32, Duration) = (100, Duration::from_secs(2));
/// For so many seconds somebody who has joined is a newcomer here.
const NEWCOMER_FOR: u64 = 3_600;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    Member,
    Newcomer,
    Stranger,
}

impl Asker {
    /// What this person is, as a member or none.
    pub(super) fn of(member: Option<&Member>, now: UnixTime) -> Self {
        match member {
            Some(member) if now.as_secs().saturating_sub(member.joined.as_secs()) < NEWCOMER_FOR => {
                Self::Newcomer
            }
            Some(_) => Self::Member,
            None => Self::Stranger,
        }
    }
}

/// What may still be answered.
#[derive(Debug)]
pub(super) struct Answers {
    people: Recent<(GroupId, IdentityHash), Budget>,
    strangers: Budget,
    newcomers: Budget,
}

impl Answers {
    pub(super) fn new() -> Self {
        Self { people: Recent::new(MAX_PEOPLE), strangers: Budget::default(), newcomers: Budget::default() }
    }

    /// May this person be answered now? Counts it as answered if so.
    pub(super) fn allow(&mut self, now: Instant, group: GroupId, person: IdentityHash, asker: Asker) -> bool {
        self.people.change((group, person), |budget| {
            budget.spend(now, PERSON.0, PERSON.1)
                && match asker {
                    Asker::Member => true,
                    Asker::Newcomer => self.newcomers.spend(now, NEWCOMERS.0, NEWCOMERS.1),
                    Asker::Stranger => self.strangers.spend(now, STRANGERS.0, STRANGERS.1),
                }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: GroupId = GroupId::from_bytes([1; 16]);

    fn person(number: u32) -> IdentityHash {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        IdentityHash::from_bytes(bytes)
    }

    #[test]
    fn a_crowd_of_strangers_takes_no_answer_from_a_member_and_little_memory() {
        let mut answers = Answers::new();
        let mut allow = |n, asker| answers.allow(Instant::ZERO, GROUP, person(n), asker);
        assert_eq!((0..10_000).filter(|n| allow(*n, Asker::Stranger)).count(), 20);
        assert_eq!((0..10_000).filter(|n| allow(*n, Asker::Newcomer)).count(), 100);
        assert_eq!((0..100).filter(|_| allow(20_000, Asker::Member)).count(), 20);
        assert_eq!((30_000..40_000).filter(|n| allow(*n, Asker::Member)).count(), 10_000);
        assert_eq!(answers.people.len(), MAX_PEOPLE);
    }
}
