//! Nodes that could not be used lately: how long each is spared, and when it is given up.
//! Not what happens to the messages meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rns::hash::DestinationHash;
use crate::rns::time::Instant;

/// `MAX_DELIVERY_ATTEMPTS`: how often a node may fail in a row before it is given up, and how often one message may.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// `DELIVERY_RETRY_WAIT`: between attempts with a node that is the only one left.
const RETRY_WAIT: Duration = Duration::from_secs(10);
/// For so long other nodes are used rather than one that has failed. Once it is given up, twice as long each further time.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// And at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// What is the matter with nodes. Only chosen ones are in here.
#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<DestinationHash, Trouble>);

#[derive(Debug)]
struct Trouble {
    /// In a row.
    failures: u32,
    /// Until then it is spared.
    until: Instant,
    /// When it may be tried all the same, by a message that has no other.
    again: Instant,
}

impl Troubles {
    /// Nodes that are not chosen any more are forgotten.
    pub(super) fn keep(&mut self, chosen: &[DestinationHash]) {
        self.0.retain(|node, _| chosen.contains(node));
    }

    /// Is another node to be used, if there is one?
    pub(super) fn spare(&self, now: Instant, node: DestinationHash) -> bool {
        self.0.get(&node).is_some_and(|trouble| trouble.until > now)
    }

    /// When a node that is spared is tried again; `None` if it is given up.
    pub(super) fn again(&self, node: DestinationHash) -> Option<Instant> {
        self.0.get(&node).filter(|trouble| trouble.failures < MAX_ATTEMPTS).map(|trouble| trouble.again)
    }

    /// It did not do what it should, which may pass: it is busy, or restarts, or the way to it has changed.
    pub(super) fn failed(&mut self, now: Instant, node: DestinationHash) {
        let failures = self.0.get(&node).map_or(1, |trouble| trouble.failures.saturating_add(1));
        let further = failures.saturating_sub(MAX_ATTEMPTS);
        let pause = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(further).unwrap_or(u32::MAX));
        let (until, again) = (now.after(pause.min(LONGEST_PAUSE)), now.after(RETRY_WAIT));
        self.0.insert(node, Trouble { failures, until, again });
    }

    /// It works.
    pub(super) fn over(&mut self, node: DestinationHash) {
        self.0.remove(&node);
    }

    /// Somebody knows the way to it, which may be another than before.
    pub(super) fn way_found(&mut self, now: Instant, node: DestinationHash) {
        if let Some(trouble) = self.0.get_mut(&node) {
            (trouble.until, trouble.again) = (now, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: DestinationHash = DestinationHash::from_bytes([1; 16]);

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn a_node_is_spared_a_minute_and_tried_after_ten_seconds_if_there_is_no_other() {
        let mut troubles = Troubles::default();
        for n in 1..MAX_ATTEMPTS {
            troubles.failed(at(100), NODE);
            assert!(troubles.spare(at(159), NODE) && !troubles.spare(at(160), NODE), "{n}");
            assert_eq!(troubles.again(NODE), Some(at(110)), "{n}");
        }
        troubles.failed(at(100), NODE);
        assert_eq!(troubles.again(NODE), None, "it is given up");
    }

    #[test]
    fn a_node_that_is_given_up_is_spared_longer_each_time_and_an_hour_at_most() {
        let mut troubles = Troubles::default();
        (1..MAX_ATTEMPTS).for_each(|_| troubles.failed(at(0), NODE));
        for pause in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
            troubles.failed(at(0), NODE);
            assert_eq!(troubles.again(NODE), None);
            assert!(troubles.spare(at(pause - 1), NODE) && !troubles.spare(at(pause), NODE), "{pause}");
        }
        (0..100).for_each(|_| troubles.failed(at(0), NODE));
        assert!(!troubles.spare(at(3_600), NODE));
    }

    #[test]
    fn a_new_way_is_tried_at_once_but_does_not_make_up_for_failures() {
        let mut troubles = Troubles::default();
        troubles.failed(at(0), NODE);
        troubles.way_found(at(3), NODE);
        assert!(!troubles.spare(at(3), NODE));
        (1..MAX_ATTEMPTS).for_each(|_| troubles.failed(at(3), NODE));
        assert_eq!(troubles.again(NODE), None);
        troubles.over(NODE);
        troubles.failed(at(3), NODE);
        assert_eq!(troubles.again(NODE), Some(at(13)));
    }
}
