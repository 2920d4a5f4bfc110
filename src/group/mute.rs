//! A mute: somebody may read and not write, for a time or for good. It is on the person: to leave and to come again does
//! not end it. Not a ban.

use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A mute as it stands in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Who is muted.
    pub identity: IdentityHash,
    /// Why, in words for that person too; may be empty.
    pub reason: String,
    /// Who said so; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
    /// Since when, by the host's clock.
    pub since: UnixTime,
    /// Until when; `None` for good.
    pub until: Option<UnixTime>,
}

impl Mute {
    /// Is it still in force?
    pub fn holds(&self, now: UnixTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
