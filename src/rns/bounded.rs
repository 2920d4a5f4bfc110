//! A map with a cap, for what peers make us remember about destinations.
//! Not for links and receipts: losing one of those has to be told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::time::Instant;

/// What speaks for keeping an entry when the map is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Somebody told us. Anybody can make up any number of these.
    Heard,
    /// We have used it ourselves. Strangers cannot push it out by being many.
    Used,
    /// It is ours, never goes and does not count towards the cap.
    Ours,
}

#[derive(Debug)]
struct Slot<V> {
    standing: Standing,
    touched: Instant,
    value: V,
}

/// At most `cap` entries. The one that goes is the least recently touched of the lowest standing.
#[derive(Debug)]
pub(crate) struct Bounded<K, V> {
    cap: usize,
    slots: BTreeMap<K, Slot<V>>,
    heard: BTreeSet<(Instant, K)>,
    used: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Ord, V> Bounded<K, V> {
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, slots: BTreeMap::new(), heard: BTreeSet::new(), used: BTreeSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.slots.get(key).map(|slot| &slot.value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.slots.get_mut(key).map(|slot| &mut slot.value)
    }

    /// All entries, each with what speaks for it and when it was touched.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V, Standing, Instant)> {
        self.slots.iter().map(|(key, slot)| (key, &slot.value, slot.standing, slot.touched))
    }

    /// Puts `value` in, replacing what was there; the higher of both standings stays.
    pub(crate) fn insert(&mut self, key: K, value: V, standing: Standing, at: Instant) {
        let standing = match self.take(&key) {
            Some(old) => old.standing.max(standing),
            None => standing,
        };
        while standing != Standing::Ours && self.heard.len().saturating_add(self.used.len()) >= self.cap {
            let Some((_, oldest)) = self.heard.pop_first().or_else(|| self.used.pop_first()) else { break };
            self.slots.remove(&oldest);
        }
        if let Some(order) = self.order(standing) {
            order.insert((at, key));
        }
        self.slots.insert(key, Slot { standing, touched: at, value });
    }

    /// Notes that an entry was of use just now.
    pub(crate) fn touch(&mut self, key: &K, standing: Standing, at: Instant) {
        if let Some(slot) = self.take(key) {
            self.insert(*key, slot.value, standing.max(slot.standing), at);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.take(key).map(|slot| slot.value)
    }

    /// Removes all entries that `keep` denies.
    pub(crate) fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        let denied: Vec<K> =
            self.slots.iter().filter(|(_, slot)| !keep(&slot.value)).map(|(key, _)| *key).collect();
        for key in denied {
            self.take(&key);
        }
    }

    /// Removes entries that nobody touched for the lifetime of their standing.
    pub(crate) fn expire(&mut self, now: Instant, lifetime: impl Fn(Standing) -> Duration) {
        for standing in [Standing::Heard, Standing::Used] {
            while let Some((_, key)) = self
                .order(standing)
                .and_then(|order| order.first().copied())
                .filter(|(touched, _)| now.since(*touched) >= lifetime(standing))
            {
                self.take(&key);
            }
        }
    }

    fn order(&mut self, standing: Standing) -> Option<&mut BTreeSet<(Instant, K)>> {
        match standing {
            Standing::Heard => Some(&mut self.heard),
            Standing::Used => Some(&mut self.used),
            Standing::Ours => None,
        }
    }

    fn take(&mut self, key: &K) -> Option<Slot<V>> {
        let slot = self.slots.remove(key)?;
        if let Some(order) = self.order(slot.standing) {
            order.remove(&(slot.touched, *key));
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn strangers_push_out_strangers_and_never_what_is_used_or_ours() {
        let mut map = Bounded::new(3);
        map.insert(1, "ours", Standing::Ours, at(0));
        map.insert(2, "used", Standing::Used, at(0));
        for key in 10..1000 {
            map.insert(key, "heard", Standing::Heard, at(key));
        }
        assert_eq!(map.len(), 4);
        assert_eq!(map.get(&1), Some(&"ours"));
        assert_eq!(map.get(&2), Some(&"used"));
        assert_eq!(map.get(&998), Some(&"heard"));
        assert_eq!(map.get(&997), None);
    }

    #[test]
    fn replacing_an_entry_keeps_its_standing() {
        let mut map = Bounded::new(2);
        map.insert(1, "old", Standing::Used, at(0));
        map.insert(1, "new", Standing::Heard, at(1));
        map.insert(2, "a", Standing::Heard, at(2));
        map.insert(3, "b", Standing::Heard, at(3));
        assert_eq!(map.get(&1), Some(&"new"));
        assert_eq!(map.get(&2), None);
    }

    #[test]
    fn a_touched_entry_outlives_an_older_one() {
        let mut map = Bounded::new(2);
        map.insert(1, "a", Standing::Heard, at(0));
        map.insert(2, "b", Standing::Heard, at(1));
        map.touch(&1, Standing::Heard, at(2));
        map.insert(3, "c", Standing::Heard, at(3));
        assert!(map.get(&1).is_some());
        assert!(map.get(&2).is_none());
    }

    #[test]
    fn each_standing_has_its_own_lifetime() {
        let mut map = Bounded::new(9);
        map.insert(1, "ours", Standing::Ours, at(0));
        map.insert(2, "used", Standing::Used, at(0));
        map.insert(3, "heard", Standing::Heard, at(0));
        let lifetime = |standing| Duration::from_secs(if standing == Standing::Heard { 10 } else { 20 });
        map.expire(at(9), lifetime);
        assert_eq!(map.len(), 3);
        map.expire(at(10), lifetime);
        assert!(map.get(&3).is_none() && map.get(&2).is_some());
        map.expire(at(20), lifetime);
        assert!(map.get(&2).is_none() && map.get(&1).is_some());
    }
}
