//! Entries that need no fetching: those whose message is stored, and those to be left alone for a while.
//! Not the messages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::lxmf::propagation::TransientId;
use crate::rns::time::Instant;

/// Most ids that are remembered; the oldest is forgotten. Nodes keep entries for 30 days.
pub const MAX_KNOWN: usize = 16_384;
/// Most entries that are left alone; the one whose time comes first is forgotten, and fetched again.
const MAX_DEFERRED: usize = 1_024;
/// How long an entry is left alone at first. Twice as long each further time.
const FIRST_DEFERRAL: Duration = Duration::from_secs(3_600);
/// And at most.
const LONGEST_DEFERRAL: Duration = Duration::from_secs(86_400);

/// Ids of entries that are done with.
#[derive(Debug, Default)]
pub(super) struct KnownEntries {
    ids: BTreeSet<TransientId>,
    order: VecDeque<TransientId>,
}

impl KnownEntries {
    pub(super) fn contains(&self, id: TransientId) -> bool {
        self.ids.contains(&id)
    }

    pub(super) fn insert(&mut self, id: TransientId) {
        if !self.ids.insert(id) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MAX_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// Entries that could not be taken, but perhaps later can.
#[derive(Debug, Default)]
pub(super) struct DeferredEntries(BTreeMap<TransientId, Deferral>);

#[derive(Debug)]
struct Deferral {
    until: Instant,
    times: u32,
}

impl DeferredEntries {
    /// Is it to be left alone?
    pub(super) fn holds_back(&self, now: Instant, id: TransientId) -> bool {
        self.0.get(&id).is_some_and(|deferral| deferral.until > now)
    }

    /// It is left alone for a while.
    pub(super) fn defer(&mut self, now: Instant, id: TransientId) {
        let times = self.0.get(&id).map_or(0, |deferral| deferral.times.saturating_add(1));
        let wait = FIRST_DEFERRAL.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX));
        self.0.insert(id, Deferral { until: now.after(wait.min(LONGEST_DEFERRAL)), times });
        if self.0.len() > MAX_DEFERRED
            && let Some(first) = self.0.iter().min_by_key(|(_, deferral)| deferral.until).map(|(id, _)| *id)
        {
            self.0.remove(&first);
        }
    }

    /// It is done with.
    pub(super) fn forget(&mut self, id: TransientId) {
        self.0.remove(&id);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> TransientId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        TransientId::from_bytes(bytes)
    }

    fn at(hours: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(3_600 * hours))
    }

    #[test]
    fn the_latest_ids_are_remembered_and_the_table_stays_small() {
        let mut known = KnownEntries::default();
        for n in 0..40_000 {
            known.insert(id(n));
            known.insert(id(n));
        }
        assert!(known.contains(id(39_999)) && known.contains(id(40_000 - 16_384)));
        assert!(!known.contains(id(40_000 - 16_385)));
        assert_eq!((known.len(), known.order.len()), (MAX_KNOWN, MAX_KNOWN));
    }

    #[test]
    fn an_entry_is_left_alone_longer_each_time_and_never_more_than_a_day() {
        let mut deferred = DeferredEntries::default();
        let mut hour = 0;
        for wait in [1, 2, 4, 8, 16, 24, 24] {
            deferred.defer(at(hour), id(1));
            assert!(deferred.holds_back(at(hour + wait - 1), id(1)));
            assert!(!deferred.holds_back(at(hour + wait), id(1)), "{wait} h");
            hour += wait;
        }
        for n in 0..5_000 {
            deferred.defer(at(hour), id(n));
        }
        assert_eq!(deferred.len(), MAX_DEFERRED);
        deferred.forget(id(4_999));
        assert!(!deferred.holds_back(at(hour), id(4_999)));
    }
}
