//! A ban: on a person, for a time or for good.
//! Not on a destination: every destination of that person is covered.

use super::id::MemberNumber;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// What becomes of what a person has said when they are banned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remove {
    /// It stays.
    Nothing,
    /// What they have said since then is deleted.
    Since(UnixTime),
    /// All of it is deleted.
    All,
}

/// A ban as it stands in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who is banned.
    pub identity: IdentityHash,
    /// The number that they had as a member, if they were one.
    pub number: Option<MemberNumber>,
    /// What they were called.
    pub nick: Option<String>,
    /// Why, in words for that person too; may be empty.
    pub reason: String,
    /// Who banned; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
    /// Since when, by the host's clock.
    pub since: UnixTime,
    /// Until when; `None` for good.
    pub until: Option<UnixTime>,
}

impl Ban {
    /// Is it still in force?
    pub fn holds(&self, now: UnixTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
