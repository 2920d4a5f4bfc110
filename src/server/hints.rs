//! Hints to people whose messages are not taken: one each, and not many at once.
//! Not what they say.

use std::time::Duration;

use super::recent::Recent;
use crate::group::{GroupId, RefusalCode};
use crate::rns::budget::Budget;
use crate::rns::hash::IdentityHash;
use crate::rns::time::Instant;

/// Cap of the table. Whoever was told least recently makes room, and may then be told again.
const MAX_TOLD: usize = 1_024;
/// After this a person is told again, except who is banned.
const REPEAT: Duration = Duration::from_secs(3_600);
/// Hints that may leave at once, whoever they go to: identities cost nothing.
const BURST: u32 = 20;
/// How long it takes until one more may.
const REFILL: Duration = Duration::from_secs(10);

/// Whom, where, and about what.
type Key = (GroupId, IdentityHash, &'static str);

/// Who was told what, and how much may still be said.
#[derive(Debug)]
pub(super) struct Hints {
    told: Recent<Key, Instant>,
    together: Budget,
}

impl Hints {
    pub(super) fn new() -> Self {
        Self { told: Recent::new(MAX_TOLD), together: Budget::default() }
    }

    /// May this person be told this now? Counts it as told if so.
    pub(super) fn allow(
        &mut self,
        now: Instant,
        group: GroupId,
        person: IdentityHash,
        code: RefusalCode,
    ) -> bool {
        self.allow_about(now, (group, person, code.name()), code != RefusalCode::Banned)
    }

    /// The same, about a stamp that is missing.
    pub(super) fn allow_about_stamps(&mut self, now: Instant, group: GroupId, person: IdentityHash) -> bool {
        self.allow_about(now, (group, person, "stamp"), true)
    }

    fn allow_about(&mut self, now: Instant, key: Key, repeats: bool) -> bool {
        let again = self.told.get(&key).is_none_or(|told| repeats && now.since(*told) >= REPEAT);
        if !again || !self.together.spend(now, BURST, REFILL) {
            return false;
        }
        self.told.insert(key, now);
        true
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

    fn at(seconds: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_person_is_told_once_an_hour_and_a_banned_one_once() {
        let mut hints = Hints::new();
        assert!(hints.allow(at(0), GROUP, person(1), RefusalCode::NotMember));
        assert!(!hints.allow(at(3_599), GROUP, person(1), RefusalCode::NotMember));
        assert!(hints.allow(at(3_600), GROUP, person(1), RefusalCode::NotMember));
        assert!(hints.allow(at(0), GROUP, person(1), RefusalCode::Banned));
        assert!(!hints.allow(at(1_000_000), GROUP, person(1), RefusalCode::Banned));
    }

    #[test]
    fn a_crowd_gets_few_hints_and_takes_little_memory() {
        let mut hints = Hints::new();
        let told = (0..10_000).filter(|n| hints.allow(at(0), GROUP, person(*n), RefusalCode::NotMember));
        assert_eq!(told.count(), 20);
        let told = (0..10_000_u32)
            .filter(|n| hints.allow(at(u64::from(*n)), GROUP, person(n + 20_000), RefusalCode::NotMember));
        assert_eq!(told.count(), 1_000 - 1);
        for n in 0..5_000 {
            hints.allow(
                at(20_000 + 10 * n),
                GROUP,
                person(40_000 + u32::try_from(n).unwrap()),
                RefusalCode::Empty,
            );
        }
        assert_eq!(hints.told.len(), MAX_TOLD);
    }
}
