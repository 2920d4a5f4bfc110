//! Frames that were heard a moment ago: who shares two networks with us is heard on both.
//! Not the node's own filter; that one must not see the second copy come from another interface.

use std::collections::VecDeque;
use std::time::Duration;

use crate::rns::hash::truncated_sha256;
use crate::rns::time::Instant;

/// `AutoInterface.MULTI_IF_DEQUE_LEN`.
const MOST: usize = 48;
/// `AutoInterface.MULTI_IF_DEQUE_TTL`.
const LIFE: Duration = Duration::from_millis(750);

/// Fingerprints of the last frames; the oldest goes first.
#[derive(Debug, Default)]
pub(super) struct Duplicates(VecDeque<(Instant, [u8; 16])>);

impl Duplicates {
    /// Was this frame heard a moment ago? If not, it is from now on.
    pub(super) fn is_duplicate(&mut self, now: Instant, frame: &[u8]) -> bool {
        let print = truncated_sha256(&[frame]);
        while self.0.front().is_some_and(|(heard, _)| now.since(*heard) >= LIFE) {
            self.0.pop_front();
        }
        if self.0.iter().any(|(_, known)| *known == print) {
            return true;
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((now, print));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    #[test]
    fn the_second_copy_within_three_quarters_of_a_second_is_a_duplicate() {
        let mut heard = Duplicates::default();
        assert!(!heard.is_duplicate(at(0), b"frame"));
        assert!(!heard.is_duplicate(at(1), b"another"));
        assert!(heard.is_duplicate(at(749), b"frame"));
        assert!(!heard.is_duplicate(at(750), b"frame"));
    }

    #[test]
    fn a_flood_of_frames_does_not_grow_the_memory_of_them() {
        let mut heard = Duplicates::default();
        for n in 0..1000u16 {
            assert!(!heard.is_duplicate(at(0), &n.to_be_bytes()));
        }
        assert_eq!(heard.0.len(), MOST);
        assert!(heard.is_duplicate(at(0), &999u16.to_be_bytes()));
    }
}
