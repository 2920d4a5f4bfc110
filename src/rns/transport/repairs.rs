//! Repairs: paths that proved dead for others, each waiting for its turn to be asked for.
//! Not the asking; the node does that.

use std::collections::VecDeque;
use std::time::Duration;

use crate::rns::hash::DestinationHash;
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// Most that wait. Whoever opens links to nowhere fills this and no more; later ones are not repaired.
const MAX_WAITING: usize = 32;
/// From one path request to the next.
const PACE: Duration = Duration::from_millis(500);

/// A path to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repair {
    /// Where to.
    pub(crate) destination: DestinationHash,
    /// Where not to ask: whoever wants to get there has come from there.
    pub(crate) except: Option<InterfaceId>,
}

/// The repairs that wait, in the order of their coming.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    waiting: VecDeque<Repair>,
    next: Instant,
}

impl Repairs {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// A path is to be asked for; once is enough.
    pub(crate) fn insert(&mut self, repair: Repair) {
        let waits = self.waiting.iter().any(|other| other.destination == repair.destination);
        if !waits && self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(repair);
        }
    }

    /// The repair whose turn has come.
    pub(crate) fn poll_due(&mut self, now: Instant) -> Option<Repair> {
        if self.next > now {
            return None;
        }
        let repair = self.waiting.pop_front()?;
        self.next = now.after(PACE);
        Some(repair)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repair(number: u8) -> Repair {
        Repair { destination: DestinationHash::from_bytes([number; 16]), except: None }
    }

    fn at(millis: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(millis))
    }

    #[test]
    fn paths_are_asked_for_one_by_one_half_a_second_apart() {
        let mut repairs = Repairs::default();
        for number in [1, 2, 1] {
            repairs.insert(repair(number));
        }
        assert_eq!((repairs.len(), repairs.poll_timeout()), (2, Some(at(0))));
        assert_eq!(repairs.poll_due(at(5000)), Some(repair(1)));
        assert_eq!((repairs.poll_due(at(5499)), repairs.poll_timeout()), (None, Some(at(5500))));
        assert_eq!(repairs.poll_due(at(5500)), Some(repair(2)));
        assert_eq!((repairs.poll_due(at(9000)), repairs.poll_timeout()), (None, None));
    }

    #[test]
    fn no_more_wait_than_the_cap() {
        let mut repairs = Repairs::default();
        (0..100).for_each(|number| repairs.insert(repair(number)));
        assert_eq!(repairs.len(), MAX_WAITING);
    }
}
