//! Who wants to join: what they bring, and those who wait for an answer.
//! Not who has been approved: they are members, or will be as soon as they ask.

use super::id::Seq;
use super::invite::InviteId;
use super::work::Work;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// What somebody brings who wants to join.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    /// What they want to be called.
    pub nick: Option<String>,
    /// What they say about themselves, to whoever approves.
    pub text: String,
    /// The invite that they have.
    pub invite: Option<InviteId>,
    /// The work that they have done.
    pub work: Option<Work>,
}

impl Application {
    /// Of somebody who brings nothing but a name.
    pub fn named(nick: impl Into<String>) -> Self {
        Self { nick: Some(nick.into()), ..Self::default() }
    }
}

/// Somebody who waits for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// Who.
    pub identity: IdentityHash,
    /// What they want to be called.
    pub nick: Option<String>,
    /// What they say about themselves; may be empty.
    pub text: String,
    /// The event by which they first asked.
    pub asked: Seq,
    /// Since when they wait, by the host's clock.
    pub since: UnixTime,
}

/// Whoever has waited for less than this keeps their place, in microseconds: a crowd of new identities must not push
/// out people who have not been looked at.
const SAFE: i64 = 7 * 86_400 * 1_000_000;

impl Applicant {
    /// Has somebody waited so long that another may have the place?
    pub fn makes_room(&self, now: UnixTime) -> bool {
        now.as_micros().saturating_sub(self.since.as_micros()) >= SAFE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_safe_for_a_week() {
        let since = UnixTime::from_micros(5);
        let (identity, text) = (IdentityHash::from_bytes([1; 16]), String::new());
        let applicant = Applicant { identity, nick: None, text, asked: Seq(2), since };
        assert!(!applicant.makes_room(UnixTime::from_micros(SAFE + 4)));
        assert!(applicant.makes_room(UnixTime::from_micros(SAFE + 5)));
        assert!(!applicant.makes_room(UnixTime::from_micros(-SAFE)));
    }
}
