//! A map with a cap, whose entries each have an owner, mostly the interface that they came in on: what floods one
//! interface costs the others nothing.
//! Not for what we use ourselves; that has a standing of its own in `bounded`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

#[derive(Debug)]
struct Slot<V, O> {
    owner: O,
    touched: Instant,
    value: V,
}

/// At most `cap` entries. When it is full, the owner that has most of them loses the one it touched least recently.
#[derive(Debug)]
pub(crate) struct Fair<K, V, O = InterfaceId> {
    cap: usize,
    slots: BTreeMap<K, Slot<V, O>>,
    queues: BTreeMap<O, BTreeSet<(Instant, K)>>,
}

impl<K: Copy + Ord, V, O: Copy + Ord> Fair<K, V, O> {
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, slots: BTreeMap::new(), queues: BTreeMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.slots.contains_key(key)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.slots.get(key).map(|slot| &slot.value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.slots.get_mut(key).map(|slot| &mut slot.value)
    }

    /// Puts `value` in, replacing what was there. Returns what had to make room.
    pub(crate) fn insert(&mut self, at: Instant, owner: O, key: K, value: V) -> Option<(K, V)> {
        self.remove(&key);
        let surplus = if self.slots.len() >= self.cap { self.pop_surplus() } else { None };
        self.queues.entry(owner).or_default().insert((at, key));
        self.slots.insert(key, Slot { owner, touched: at, value });
        surplus
    }

    /// Notes that an entry was of use just now.
    pub(crate) fn touch(&mut self, at: Instant, key: &K) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        if let Some(queue) = self.queues.get_mut(&slot.owner) {
            queue.remove(&(slot.touched, *key));
            queue.insert((at, *key));
        }
        slot.touched = at;
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let slot = self.slots.remove(key)?;
        if let Some(queue) = self.queues.get_mut(&slot.owner) {
            queue.remove(&(slot.touched, *key));
            if queue.is_empty() {
                self.queues.remove(&slot.owner);
            }
        }
        Some(slot.value)
    }

    /// Removes the entries that `denied` says, and returns them.
    pub(crate) fn extract(&mut self, denied: impl Fn(&V) -> bool) -> Vec<(K, V)> {
        let keys: Vec<K> =
            self.slots.iter().filter(|(_, slot)| denied(&slot.value)).map(|(key, _)| *key).collect();
        keys.into_iter().filter_map(|key| Some((key, self.remove(&key)?))).collect()
    }

    /// Removes everything of one owner, and returns it, what was touched least recently first.
    pub(crate) fn remove_all_of(&mut self, owner: O) -> Vec<(K, V)> {
        let queue = self.queues.remove(&owner).unwrap_or_default();
        queue.into_iter().filter_map(|(_, key)| Some((key, self.slots.remove(&key)?.value))).collect()
    }

    /// All entries, and when each was touched.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V, Instant)> {
        self.slots.iter().map(|(key, slot)| (key, &slot.value, slot.touched))
    }

    /// Removes what was not touched for `lifetime`.
    pub(crate) fn expire(&mut self, now: Instant, lifetime: Duration) {
        let old: Vec<K> = self
            .queues
            .values()
            .flat_map(|queue| queue.iter().take_while(|(touched, _)| now.since(*touched) >= lifetime))
            .map(|(_, key)| *key)
            .collect();
        for key in old {
            self.remove(&key);
        }
    }

    fn pop_surplus(&mut self) -> Option<(K, V)> {
        let longest = self.queues.values().max_by_key(|queue| queue.len())?;
        let (_, key) = *longest.first()?;
        self.remove(&key).map(|value| (key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: InterfaceId = InterfaceId(1);
    const LOUD: InterfaceId = InterfaceId(2);

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn a_flood_on_one_interface_pushes_out_only_its_own() {
        let mut map = Fair::new(8);
        map.insert(at(0), QUIET, 1, "quiet");
        map.insert(at(0), QUIET, 2, "quiet");
        for key in 10..1000 {
            map.insert(at(key), LOUD, key, "loud");
            assert!(map.len() <= 8);
        }
        assert!(map.contains(&1) && map.contains(&2));
        assert!(map.contains(&999) && map.contains(&994) && !map.contains(&993));
    }

    #[test]
    fn what_was_touched_last_stays_longest() {
        let mut map = Fair::new(2);
        map.insert(at(0), LOUD, 1, "a");
        map.insert(at(1), LOUD, 2, "b");
        map.touch(at(2), &1);
        assert_eq!(map.insert(at(3), LOUD, 3, "c"), Some((2, "b")));
        map.expire(at(12), Duration::from_secs(10));
        assert!(!map.contains(&1) && map.contains(&3));
    }

    #[test]
    fn an_interface_takes_its_entries_along() {
        let mut map = Fair::new(4);
        map.insert(at(0), QUIET, 1, ());
        map.insert(at(0), LOUD, 2, ());
        assert_eq!(map.remove_all_of(LOUD), [(2, ())]);
        assert_eq!(map.len(), 1);
        assert!(map.contains(&1));
    }
}
