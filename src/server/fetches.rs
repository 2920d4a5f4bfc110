//! Who has fetched up to which message, before it is written: reading must not cost a write each time.
//! Not exact: a crash forgets the latest.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::group::{GroupId, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::Instant;
use crate::store::{StoreError, Transaction};

/// Cap of the table. Who comes when it is full is not noted.
const MAX_PENDING: usize = 1_024;
/// So many are written with the next batch.
const MANY: usize = 512;
/// What is older is, too.
const OLD: Duration = Duration::from_hours(1);

/// What is not written yet.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    pending: BTreeMap<(GroupId, IdentityHash), Seq>,
    since: Option<Instant>,
}

impl Fetches {
    pub(super) fn note(&mut self, now: Instant, gid: GroupId, person: IdentityHash, seq: Seq) {
        if self.pending.len() < MAX_PENDING || self.pending.contains_key(&(gid, person)) {
            let known = self.pending.entry((gid, person)).or_insert(seq);
            *known = seq.max(*known);
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
        for ((gid, person), seq) in std::mem::take(&mut self.pending) {
            store.note_fetch(gid, person, seq)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn person(number: u32) -> IdentityHash {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        IdentityHash::from_bytes(bytes)
    }

    #[test]
    fn it_is_written_when_it_is_much_or_old_and_stays_small() {
        let gid = GroupId::from_bytes([1; 16]);
        let mut store = Store::open_in_memory().unwrap();
        let mut fetches = Fetches::default();
        let note = |fetches: &mut Fetches, number| {
            fetches.note(Instant::ZERO, gid, person(number), Seq(u64::from(number)));
        };
        note(&mut fetches, 1);
        assert!(!fetches.is_due(Instant::ZERO));
        assert!(fetches.is_due(Instant::ZERO.after(OLD)));
        (0..10_000).for_each(|number| note(&mut fetches, number));
        assert!(fetches.is_due(Instant::ZERO));
        assert_eq!(fetches.pending.len(), MAX_PENDING);
        fetches.write(&store.begin().unwrap()).unwrap();
        assert!(fetches.pending.is_empty() && !fetches.is_due(Instant::ZERO.after(OLD)));
    }
}
