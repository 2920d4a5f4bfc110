//! Who was heard of, before it is written, and when to look for members of whom nothing was heard for long.
//! Not exact: a crash forgets the last hour.

use std::collections::BTreeMap;
use std::time::Duration;

use super::batch::Batch;
use crate::group::{Act, GroupId};
use crate::rns::hash::IdentityHash;
use crate::rns::time::{Instant, UnixTime};
use crate::store::{StoreError, Transaction};

/// Cap of the table. Who comes when it is full is not noted.
const MAX_PENDING: usize = 1_024;
/// So many are written with the next batch.
const MANY: usize = 512;
/// What is older is, too.
const OLD: Duration = Duration::from_hours(1);
/// A day, in microseconds.
const DAY: i64 = 86_400 * 1_000_000;
/// Between two looks for idle members.
const LOOK: Duration = Duration::from_hours(1);
/// When a look has found as many as one look lets go, so long until the next one.
const SOON: Duration = Duration::from_secs(10);
/// Most members whom one look lets go, each of which is an event.
const MOST_LET_GO: u32 = 20;
/// Most members of whom nothing was known that one look notes.
const MOST_NOTED: u32 = 500;

/// What is not written yet, and when to look next.
#[derive(Debug)]
pub(super) struct Visits {
    pending: BTreeMap<(GroupId, IdentityHash), UnixTime>,
    since: Option<Instant>,
    look: Instant,
}

impl Visits {
    pub(super) fn new(now: Instant) -> Self {
        Self { pending: BTreeMap::new(), since: None, look: now.after(LOOK) }
    }

    pub(super) fn note(&mut self, now: Instant, gid: GroupId, person: IdentityHash, seen: UnixTime) {
        if self.pending.len() < MAX_PENDING || self.pending.contains_key(&(gid, person)) {
            self.pending.insert((gid, person), seen);
            self.since = self.since.or(Some(now));
        }
    }

    /// Is it time to write?
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.pending.len() >= MANY || self.since.is_some_and(|since| since.after(OLD) <= now)
    }

    /// Writes what there is.
    pub(super) fn write(&mut self, store: &Transaction<'_>) -> Result<(), StoreError> {
        self.since = None;
        for ((gid, person), seen) in std::mem::take(&mut self.pending) {
            store.note_visit(gid, person, seen)?;
        }
        Ok(())
    }

    /// When to look for idle members.
    pub(super) const fn next_look(&self) -> Instant {
        self.look
    }

    /// The disk is busy.
    pub(super) fn try_later(&mut self, now: Instant) {
        self.look = self.look.max(now.after(SOON));
    }
}

impl Batch<'_, '_> {
    /// Lets go of members of whom nothing was heard for as long as their group says: some now, others in the next look.
    /// One look costs little, so there is one also where no group wants that.
    pub(super) fn let_idle_go(&mut self) -> Result<(), StoreError> {
        let mut wait = LOOK;
        for hosted in self.groups {
            let Some(group) = self.store.group(hosted.gid)? else { continue };
            let days = i64::from(group.facts.settings.joining.idle_days);
            if days == 0 {
                continue;
            }
            self.visits.write(self.store)?;
            let noted = self.store.note_first_visits(hosted.gid, self.now.unix, MOST_NOTED)?;
            let before = self.now.unix.as_micros().saturating_sub(days.saturating_mul(DAY));
            let idle = self.store.idle_members(hosted.gid, UnixTime::from_micros(before), MOST_LET_GO)?;
            if idle.len() >= MOST_LET_GO as usize || noted >= MOST_NOTED as usize {
                wait = SOON;
            }
            for identity in idle {
                self.act_as_host(hosted, Act::LetGo { identity })?;
            }
        }
        self.visits.look = self.now.instant.after(wait);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn it_is_written_when_it_is_much_or_old_and_stays_small() {
        let gid = GroupId::from_bytes([1; 16]);
        let mut store = Store::open_in_memory().unwrap();
        let mut visits = Visits::new(Instant::ZERO);
        let person = |n: u32| IdentityHash::from_bytes(u128::from(n).to_be_bytes());
        let note = |visits: &mut Visits, n| {
            visits.note(Instant::ZERO, gid, person(n), UnixTime::from_micros(i64::from(n)));
        };
        note(&mut visits, 1);
        assert!(!visits.is_due(Instant::ZERO));
        assert!(visits.is_due(Instant::ZERO.after(OLD)));
        (0..10_000).for_each(|n| note(&mut visits, n));
        assert!(visits.is_due(Instant::ZERO));
        assert_eq!(visits.pending.len(), MAX_PENDING);
        visits.write(&store.begin().unwrap()).unwrap();
        assert!(visits.pending.is_empty() && !visits.is_due(Instant::ZERO.after(OLD)));
    }
}
