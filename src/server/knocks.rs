//! How often somebody who is no member may try to join: also with the codes of invites, which must not be guessed.
//! Not what it takes to come in; the rules decide that.

use std::time::Duration;

use super::recent::Recent;
use crate::group::GroupId;
use crate::rns::budget::Budget;
use crate::rns::hash::IdentityHash;
use crate::rns::time::Instant;

/// Cap of the table. Whoever tried least recently makes room, and then starts anew. Codes are safe all the same: new
/// identities cost nothing, but there are 2⁶⁰ codes.
const MAX_PEOPLE: usize = 1_024;
/// Tries that one person has at once: enough to ask the price, pay it, and mistype a code. Each that becomes an event
/// stays in the log for good, so they must not come and go without end.
const BURST: u32 = 10;
/// How long until one more.
const GAP: Duration = Duration::from_mins(1);

/// Who has tried lately.
#[derive(Debug)]
pub(super) struct Knocks {
    people: Recent<(GroupId, IdentityHash), Budget>,
}

impl Knocks {
    pub(super) const fn new() -> Self {
        Self { people: Recent::new(MAX_PEOPLE) }
    }

    /// May this person try now? Counts it as tried if so.
    pub(super) fn allow(&mut self, now: Instant, group: GroupId, person: IdentityHash) -> bool {
        self.people.change((group, person), |budget| budget.spend(now, BURST, GAP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u32) -> IdentityHash {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        IdentityHash::from_bytes(bytes)
    }

    #[test]
    fn who_tries_codes_gets_ten_and_then_one_a_minute_and_takes_none_from_others() {
        let group = GroupId::from_bytes([1; 16]);
        let mut knocks = Knocks::new();
        let mut tries = |secs, who| {
            let now = Instant::ZERO.after(Duration::from_secs(secs));
            (0..1_000).filter(|_| knocks.allow(now, group, person(who))).count()
        };
        assert_eq!((tries(0, 1), tries(0, 2), tries(59, 1), tries(60, 1), tries(180, 1)), (10, 10, 0, 1, 2));
        (10..20_000).for_each(|who| {
            knocks.allow(Instant::ZERO, group, person(who));
        });
        assert_eq!(knocks.people.len(), MAX_PEOPLE);
    }
}
