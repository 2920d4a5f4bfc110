//! What has been seen before, in two generations: a bounded memory that forgets the oldest half at once.
//! Not a judge: which packets may repeat is decided where they are handled.

use std::collections::HashSet;
use std::hash::Hash;

/// Packet hashes per generation (`Transport.hashlist_maxsize` / 2 is 500,000 in the reference, which also
/// remembers what is not for it; here only packets that were taken in count, so nobody flushes it from afar).
pub(crate) const MAX_PACKET_HASHES: usize = 32_768;

/// Two generations of at most `cap` keys each; a full one becomes the previous one.
#[derive(Debug)]
pub(crate) struct Generations<K> {
    cap: usize,
    current: HashSet<K>,
    previous: HashSet<K>,
}

impl<K: Eq + Hash> Generations<K> {
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, current: HashSet::new(), previous: HashSet::new() }
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.current.contains(key) || self.previous.contains(key)
    }

    /// Remembers `key`; at least the `cap` keys before it stay remembered.
    pub(crate) fn insert(&mut self, key: K) {
        if self.current.len() >= self.cap {
            self.previous = std::mem::take(&mut self.current);
        }
        self.current.insert(key);
    }

    pub(crate) fn len(&self) -> usize {
        self.current.len().saturating_add(self.previous.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_keys_are_remembered_and_never_more_than_two_generations() {
        let mut seen = Generations::new(100);
        for key in 0..10_000u32 {
            assert!(!seen.contains(&key));
            seen.insert(key);
            assert!(seen.len() <= 200);
            assert!((key.saturating_sub(100)..=key).all(|recent| seen.contains(&recent)));
        }
    }
}
