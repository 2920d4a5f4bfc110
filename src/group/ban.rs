//! A ban: on a person, for a time or for good.
//! Not on a destination: every destination of that person is covered.

use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A ban as it stands in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who is banned.
    pub identity: IdentityHash,
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
