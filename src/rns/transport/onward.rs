//! Onward searches: path requests of others that wait until an interface has its share of the air for them.
//! Not the requests that went out at once, and not the answers.

use std::time::Duration;

use crate::rns::hash::DestinationHash;
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// Most that wait; with more, the newcomer loses, and whoever asked asks again.
const MAX_WAITING: usize = 64;
/// How often is looked whether they may go. A search lasts 15 s and more.
const PACE: Duration = Duration::from_millis(250);

/// A path request that is to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OnwardSearch {
    /// What is searched for.
    pub(crate) destination: DestinationHash,
    /// Where.
    pub(crate) interface: InterfaceId,
    /// The request.
    pub(crate) frame: Vec<u8>,
    /// After that nobody waits for the answer.
    pub(crate) until: Instant,
}

/// The searches that wait, in the order of their coming.
#[derive(Debug, Default)]
pub(crate) struct OnwardSearches {
    waiting: Vec<OnwardSearch>,
    next: Instant,
}

impl OnwardSearches {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// A search can't go out yet.
    pub(crate) fn insert(&mut self, now: Instant, search: OnwardSearch) {
        if self.waiting.is_empty() {
            self.next = now.after(PACE);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(search);
        }
    }

    /// Those that `may` go now. Those whose time is over are forgotten.
    pub(crate) fn poll_due(
        &mut self,
        now: Instant,
        may: impl Fn(&OnwardSearch) -> bool,
    ) -> Vec<OnwardSearch> {
        if self.waiting.is_empty() || self.next > now {
            return Vec::new();
        }
        self.next = now.after(PACE);
        self.waiting.retain(|search| search.until > now);
        self.waiting.extract_if(.., |search| may(search)).collect()
    }

    /// The destination was heard of: nobody needs to be asked any more.
    pub(crate) fn settle(&mut self, destination: DestinationHash) {
        self.waiting.retain(|search| search.destination != destination);
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.waiting.retain(|search| search.interface != interface);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(millis))
    }

    fn search(number: u8) -> OnwardSearch {
        OnwardSearch {
            destination: DestinationHash::from_bytes([number; 16]),
            interface: InterfaceId(number.into()),
            frame: vec![number],
            until: at(15_000),
        }
    }

    #[test]
    fn a_search_goes_when_its_interface_is_free_and_not_when_nobody_waits_for_it() {
        let mut searches = OnwardSearches::default();
        (1..=3).for_each(|number| searches.insert(at(0), search(number)));
        assert_eq!((searches.poll_due(at(249), |_| true), searches.poll_timeout()), (vec![], Some(at(250))));
        assert_eq!(searches.poll_due(at(250), |waiting| waiting.frame == [2]), [search(2)]);
        searches.settle(search(3).destination);
        assert_eq!((searches.len(), searches.poll_timeout()), (1, Some(at(500))));
        assert_eq!(searches.poll_due(at(15_000), |_| true), []);
        assert_eq!((searches.len(), searches.poll_timeout()), (0, None));
    }

    #[test]
    fn no_more_wait_than_the_cap_and_none_for_an_interface_that_is_gone() {
        let mut searches = OnwardSearches::default();
        (0..200).for_each(|number| searches.insert(at(0), search(number)));
        assert_eq!(searches.len(), MAX_WAITING);
        (0..200).for_each(|number| searches.remove_interface(InterfaceId(number)));
        assert_eq!(searches.len(), 0);
    }
}
