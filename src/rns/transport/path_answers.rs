//! Path requests of others: those we answer from what we know, after a grace, and those we search for.
//! Not our own requests, and not requests for destinations of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fair::Fair;
use super::hashlist::Generations;
use super::path_request::PathRequest;
use crate::rns::error::DropReason;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::{InterfaceId, Mode};
use crate::rns::time::Instant;

/// Tags remembered per generation.
const MAX_TAGS: usize = 16_000;
/// Most answers that wait for their grace; more are not given, and whoever asked asks again.
const MAX_ANSWERS: usize = 4096;
/// Most destinations searched for at once.
const MAX_SEARCHES: usize = 1024;
/// Most interfaces that one search is answered on.
const MAX_ASKERS: usize = 64;
/// `Transport.PATH_REQUEST_GRACE`: the destination itself, or somebody nearer, may answer first.
const GRACE: Duration = Duration::from_millis(400);
/// `Transport.PATH_REQUEST_RG`: more of it where nodes move about.
const ROAMING_GRACE: Duration = Duration::from_millis(1500);
/// `Transport.PATH_REQUEST_GATE_TIMEOUT`: one search for a destination goes out in so long.
const GATE: Duration = Duration::from_secs(45);

/// What to do about a path request for a destination whose path is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// Ask the others.
    Begin,
    /// That is done already; the answer will go to this interface as well.
    UnderWay,
}

#[derive(Debug)]
struct Askers(BTreeMap<InterfaceId, Instant>);

/// What others have asked for lately.
#[derive(Debug)]
pub(crate) struct PathAnswers {
    tags: Generations<PathRequest>,
    waiting: BTreeSet<(DestinationHash, InterfaceId)>,
    due: BTreeSet<(Instant, DestinationHash, InterfaceId)>,
    searches: Fair<DestinationHash, Askers>,
}

impl PathAnswers {
    pub(crate) fn new() -> Self {
        Self {
            tags: Generations::new(MAX_TAGS),
            waiting: BTreeSet::new(),
            due: BTreeSet::new(),
            searches: Fair::new(MAX_SEARCHES),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len().saturating_add(self.searches.len())
    }

    pub(crate) fn searches_any(&self) -> bool {
        self.searches.len() > 0
    }

    /// Notes the tag of a request; one that was heard before is a duplicate, whoever passed it on.
    pub(crate) fn hear(&mut self, request: &PathRequest) -> Result<(), DropReason> {
        let key = request.passed_on_by(None);
        if self.tags.contains(&key) {
            return Err(DropReason::Duplicate);
        }
        self.tags.insert(key);
        Ok(())
    }

    /// Answers on `interface` when the grace is over.
    pub(crate) fn answer_later(
        &mut self,
        now: Instant,
        destination: DestinationHash,
        interface: InterfaceId,
        mode: Mode,
    ) -> Result<(), DropReason> {
        if self.waiting.contains(&(destination, interface)) {
            return Err(DropReason::Duplicate);
        }
        if self.waiting.len() >= MAX_ANSWERS {
            return Err(DropReason::TableFull);
        }
        let grace = if mode == Mode::Roaming { GRACE.saturating_add(ROAMING_GRACE) } else { GRACE };
        self.waiting.insert((destination, interface));
        self.due.insert((now.after(grace), destination, interface));
        Ok(())
    }

    /// The next answer whose grace is over.
    pub(crate) fn poll_due(&mut self, now: Instant) -> Option<(DestinationHash, InterfaceId)> {
        let first = self.due.first().copied().filter(|(at, ..)| *at <= now)?;
        let (_, destination, interface) = first;
        self.due.remove(&first);
        self.waiting.remove(&(destination, interface));
        Some((destination, interface))
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(at, ..)| *at)
    }

    /// Somebody on `interface` asks for what we do not know. The answer goes there if it comes within `window`.
    pub(crate) fn search(
        &mut self,
        now: Instant,
        destination: DestinationHash,
        interface: InterfaceId,
        window: Duration,
    ) -> Search {
        let until = now.after(window);
        if let Some(Askers(askers)) = self.searches.get_mut(&destination) {
            if askers.len() < MAX_ASKERS || askers.contains_key(&interface) {
                askers.insert(interface, until);
            }
            return Search::UnderWay;
        }
        self.searches.insert(now, interface, destination, Askers(BTreeMap::from([(interface, until)])));
        Search::Begin
    }

    /// Is a search for `destination` under way?
    pub(crate) fn searches_for(&self, destination: DestinationHash) -> bool {
        self.searches.contains(&destination)
    }

    /// The destination was heard of: the interfaces that still wait to be told.
    pub(crate) fn found(&mut self, now: Instant, destination: DestinationHash) -> Vec<InterfaceId> {
        let Some(Askers(askers)) = self.searches.remove(&destination) else { return Vec::new() };
        askers.into_iter().filter(|(_, until)| *until > now).map(|(interface, _)| interface).collect()
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.waiting.retain(|(_, on)| *on != interface);
        self.due.retain(|(_, _, on)| *on != interface);
        self.searches.remove_all_of(interface);
    }

    pub(crate) fn expire(&mut self, now: Instant) {
        self.searches.expire(now, GATE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::IdentityHash;

    const X: InterfaceId = InterfaceId(1);
    const Y: InterfaceId = InterfaceId(2);
    const WINDOW: Duration = Duration::from_secs(15);

    fn at(millis: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(millis))
    }

    fn destination(n: u16) -> DestinationHash {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        DestinationHash::from_bytes(bytes)
    }

    #[test]
    fn a_tag_counts_once_by_whichever_way_it_came() {
        let mut answers = PathAnswers::new();
        let request = PathRequest::new(destination(1), None, [3; 16]);
        assert_eq!(answers.hear(&request), Ok(()));
        let passed_on = request.passed_on_by(Some(IdentityHash::from_bytes([4; 16])));
        assert_eq!(answers.hear(&passed_on), Err(DropReason::Duplicate));
        assert_eq!(answers.hear(&PathRequest::new(destination(1), None, [4; 16])), Ok(()));
    }

    #[test]
    fn answers_wait_for_their_grace_and_each_interface_is_told_once() {
        let mut answers = PathAnswers::new();
        answers.answer_later(at(0), destination(1), X, Mode::Full).unwrap();
        answers.answer_later(at(0), destination(1), Y, Mode::Roaming).unwrap();
        let again = answers.answer_later(at(100), destination(1), X, Mode::Full);
        assert_eq!(again, Err(DropReason::Duplicate));
        assert_eq!(answers.poll_due(at(399)), None);
        assert_eq!(answers.poll_due(at(400)), Some((destination(1), X)));
        assert_eq!(answers.poll_due(at(1899)), None);
        assert_eq!(answers.poll_due(at(1900)), Some((destination(1), Y)));
        assert_eq!((answers.len(), answers.poll_timeout()), (0, None));
    }

    #[test]
    fn one_search_serves_all_who_ask_and_tells_those_who_still_wait() {
        let mut answers = PathAnswers::new();
        assert_eq!(answers.search(at(0), destination(1), X, WINDOW), Search::Begin);
        assert_eq!(answers.search(at(10_000), destination(1), Y, WINDOW), Search::UnderWay);
        assert_eq!(answers.found(at(20_000), destination(1)), [Y]);
        assert_eq!(answers.found(at(20_000), destination(1)), []);
        assert_eq!(answers.search(at(20_000), destination(1), X, WINDOW), Search::Begin);
        answers.expire(at(65_000));
        assert!(!answers.searches_for(destination(1)));
    }

    #[test]
    fn floods_of_requests_fill_no_table_beyond_its_cap() {
        let mut answers = PathAnswers::new();
        for n in 0..10_000 {
            answers.search(at(0), destination(n), X, WINDOW);
            let full = answers.answer_later(at(0), destination(n), X, Mode::Full).is_err();
            assert_eq!(full, usize::from(n) >= MAX_ANSWERS);
        }
        assert_eq!(answers.len(), MAX_SEARCHES + MAX_ANSWERS);
    }
}
