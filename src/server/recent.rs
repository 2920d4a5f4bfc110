//! A small table with a cap, which forgets the entry put in least recently when it is full.
//! Not what an entry is for.

use std::collections::BTreeMap;

/// At most `cap` entries.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    cap: usize,
    entries: BTreeMap<K, (u64, V)>,
    /// Keys by when they were put in.
    order: BTreeMap<u64, K>,
    inserted: u64,
}

impl<K: Copy + Ord, V> Recent<K, V> {
    pub(super) const fn new(cap: usize) -> Self {
        Self { cap, entries: BTreeMap::new(), order: BTreeMap::new(), inserted: 0 }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Puts `value` in, in place of what was there.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.inserted += 1;
        if let Some((before, _)) = self.entries.insert(key, (self.inserted, value)) {
            self.order.remove(&before);
        }
        self.order.insert(self.inserted, key);
        if self.entries.len() > self.cap
            && let Some((_, stalest)) = self.order.pop_first()
        {
            self.entries.remove(&stalest);
        }
    }

    /// Changes a copy of the entry, or a first one, and keeps it if that says so; says whether it did.
    pub(super) fn change(&mut self, key: K, change: impl FnOnce(&mut V) -> bool) -> bool
    where
        V: Copy + Default,
    {
        let mut value = self.get(&key).copied().unwrap_or_default();
        let is_kept = change(&mut value);
        if is_kept {
            self.insert(key, value);
        }
        is_kept
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_put_in_least_recently_makes_room() {
        let mut table = Recent::new(3);
        for (key, value) in [(1, "a"), (2, "b"), (3, "c"), (1, "again"), (4, "d")] {
            table.insert(key, value);
        }
        let found: Vec<_> = (1..=4).map(|key| table.get(&key).copied()).collect();
        assert_eq!(found, [Some("again"), None, Some("c"), Some("d")]);
        assert!(table.change(3, |value| std::mem::replace(value, "kept") == "c"));
        assert!(!table.change(1, |value| std::mem::replace(value, "not kept") == "c"));
        assert_eq!([1, 3].map(|key| table.get(&key).copied()), [Some("again"), Some("kept")]);
        for key in 0..10_000 {
            table.insert(key, "many");
        }
        assert_eq!((table.len(), table.order.len()), (3, 3));
    }
}
