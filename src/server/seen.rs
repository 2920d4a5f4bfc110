//! Commands that were carried out lately, by the hash of the message that held them, so that a repeat does nothing.
//! Not messages that were posted: those are in the store.

use std::collections::{BTreeSet, VecDeque};

use crate::lxmf::MessageHash;

/// Cap of the table. The oldest entry makes room: a sender gives up repeating long before.
const MAX_SEEN: usize = 4_096;

/// The latest commands.
#[derive(Debug, Default)]
pub(super) struct Seen {
    order: VecDeque<MessageHash>,
    hashes: BTreeSet<MessageHash>,
}

impl Seen {
    pub(super) fn contains(&self, hash: &MessageHash) -> bool {
        self.hashes.contains(hash)
    }

    pub(super) fn insert(&mut self, hash: MessageHash) {
        if !self.hashes.insert(hash) {
            return;
        }
        self.order.push_back(hash);
        if self.order.len() > MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_the_latest_and_stays_small() {
        let mut seen = Seen::default();
        let hash = |n: u16| {
            let mut bytes = [0; 32];
            bytes[..2].copy_from_slice(&n.to_be_bytes());
            MessageHash::from_bytes(bytes)
        };
        for n in 0..10_000 {
            seen.insert(hash(n));
            seen.insert(hash(n));
        }
        assert!(seen.contains(&hash(9_999)) && seen.contains(&hash(10_000 - 4_096)));
        assert!(!seen.contains(&hash(10_000 - 4_097)));
        assert_eq!((seen.order.len(), seen.hashes.len()), (MAX_SEEN, MAX_SEEN));
    }
}
