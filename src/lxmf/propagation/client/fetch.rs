//! Fetching: one node is asked what it keeps for one of our destinations, gives it, and forgets what was taken.
//! Not the messages: an entry that was opened takes the road of all inbound messages, and is settled from there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::answer::{self, Answer};
use super::known::{DeferredEntries, KnownEntries};
use super::parcel::{Parcel, Settled};
use super::report::{FetchFailure, FetchReport};
use super::session::{FIND_AGAIN, Round, Session, Stage};
use super::turns::{Turn, Turns};
use crate::lxmf::propagation::entry::recipient;
use crate::lxmf::propagation::{GET_PATH, NodeRefusal, TransientId};
use crate::lxmf::router::packed;
use crate::rns::Node;
use crate::rns::error::DropReason;
use crate::rns::event::FailReason;
use crate::rns::hash::{DestinationHash, LinkId, RequestId};
use crate::rns::identity::Identity;
use crate::rns::link::ResourceLimit;
use crate::rns::time::{Instant, Now};

/// How long the server may take to store what was fetched; what it has not stored then stays on the node.
const SETTLE_TIME: Duration = Duration::from_secs(30);
/// After an entry that no key of ours opens: trying them all takes 25 ms, and anybody can upload any number.
const GARBAGE_PAUSE: Duration = Duration::from_millis(250);
/// Most entries of a list that one turn cares for, the smallest first. The others have the next.
const MAX_LISTED: usize = 1_024;
/// Largest list in bytes.
const MAX_LIST: usize = 2_500_000;
/// Most entries that are asked for at once, and most that a node is told to forget at once.
const MAX_ASKED: usize = 64;
/// Entries that were not asked for, after which a node is not listened to any more.
const MAX_LIES: usize = 16;

/// Fetches, one turn after the other.
#[derive(Debug, Default)]
pub(super) struct Fetcher {
    pub(super) turns: Turns,
    pub(super) known: KnownEntries,
    pub(super) deferred: DeferredEntries,
    session: Option<Session>,
    reports: VecDeque<FetchReport>,
    dropped: VecDeque<DropReason>,
}

impl Fetcher {
    pub(super) fn poll_report(&mut self) -> Option<FetchReport> {
        self.reports.pop_front()
    }

    /// Why something was dropped.
    pub(super) fn poll_drop(&mut self) -> Option<DropReason> {
        self.dropped.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let Some(session) = &self.session else { return self.turns.next().map(|(due, _)| due) };
        Some(match &session.stage {
            Stage::Finding { until, again } => (*until).min(*again),
            Stage::Taking { next, .. } => *next,
            Stage::Settling { until } => *until,
            Stage::Opening | Stage::Listing(_) | Stage::Fetching(_) | Stage::Forgetting(_) => session.ends,
        })
    }

    /// Begins the next turn, and gives up what takes too long.
    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        let Some(session) = &mut self.session else {
            if let Some((_, turn)) = self.turns.next().filter(|(due, _)| *due <= now.instant) {
                self.begin(now, node, turn);
            }
            return;
        };
        if session.ends <= now.instant {
            return self.end(now, node, Err(FetchFailure::NoAnswer));
        }
        match &mut session.stage {
            Stage::Finding { until, .. } if *until <= now.instant => {
                self.end(now, node, Err(FetchFailure::NoPath));
            }
            Stage::Finding { again, .. } if *again <= now.instant => {
                *again = now.instant.after(FIND_AGAIN);
                node.request_path_again(now, session.turn.node);
            }
            Stage::Settling { until } if *until <= now.instant => self.go_on(now, node),
            Stage::Finding { .. }
            | Stage::Settling { .. }
            | Stage::Opening
            | Stage::Listing(_)
            | Stage::Fetching(_)
            | Stage::Taking { .. }
            | Stage::Forgetting(_) => {}
        }
    }

    /// The next entry, opened. One for each call, since it may take a while.
    pub(super) fn poll_parcel(&mut self, now: Now, node: &mut Node) -> Option<Parcel> {
        let session = self.session.as_mut()?;
        let Stage::Taking { entries, next } = &mut session.stage else { return None };
        if *next > now.instant {
            return None;
        }
        let Some(entry) = entries.pop_front() else {
            session.stage = Stage::Settling { until: now.instant.after(SETTLE_TIME) };
            session.wants.extend(std::mem::take(&mut session.asked));
            self.go_on_if_settled(now, node);
            return None;
        };
        let id = TransientId::of(&entry);
        if !session.asked.remove(&id) {
            session.lies = session.lies.saturating_add(1);
            self.dropped.push_back(DropReason::OutOfOrder);
            if session.lies >= MAX_LIES {
                self.end(now, node, Err(FetchFailure::Nonsense));
            }
            return None;
        }
        session.report.fetched = session.report.fetched.saturating_add(1);
        let ours = session.turn.ours;
        let plaintext = match recipient(&entry) {
            Some(recipient) if recipient == ours => {
                node.unseal(ours, entry.get(DestinationHash::LEN..).unwrap_or_default())
            }
            Some(_) | None => Err(DropReason::NotForUs),
        };
        session.open.insert(id);
        match plaintext {
            Ok(plaintext) => Some(Parcel { id, packed: packed(ours, &plaintext) }),
            Err(reason) => {
                *next = now.instant.after(GARBAGE_PAUSE);
                self.dropped.push_back(reason);
                self.settle(now, node, id, Settled::Refused);
                None
            }
        }
    }

    /// A path to a node has become known, or it has announced itself.
    pub(super) fn handle_announce(&mut self, now: Now, node: &mut Node, announced: DestinationHash) {
        self.turns.heard(now.instant, announced);
        let Some(session) = self.session.as_mut().filter(|session| session.turn.node == announced) else {
            return;
        };
        match session.stage {
            Stage::Finding { .. } => self.open(now, node),
            // It was away, perhaps, when it was called.
            Stage::Opening => {
                if let Some(link) = session.link.take() {
                    node.close_link(now, link);
                }
                self.open(now, node);
            }
            Stage::Listing(_)
            | Stage::Fetching(_)
            | Stage::Taking { .. }
            | Stage::Settling { .. }
            | Stage::Forgetting(_) => {}
        }
    }

    /// Is this the link of the turn under way?
    pub(super) fn uses(&self, link: LinkId) -> bool {
        self.session.as_ref().is_some_and(|session| session.link == Some(link))
    }

    /// The link is up: says who asks, and asks what there is.
    pub(super) fn handle_established(
        &mut self,
        now: Now,
        node: &mut Node,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) {
        let Some(session) = &mut self.session else { return };
        let (Some(link), Some(identity)) = (session.link, identities.get(&session.turn.ours)) else { return };
        session.introductions = session.introductions.saturating_add(1);
        let identified = node.identify(now, link, identity);
        let request = identified
            .and_then(|()| node.limit_responses(now, link, ResourceLimit::bytes(MAX_LIST)))
            .and_then(|()| node.request(now, link, GET_PATH, &answer::list_request(), None));
        match request {
            Ok(request) => session.stage = Stage::Listing(request),
            Err(_) => self.end(now, node, Err(FetchFailure::NoLink)),
        }
    }

    pub(super) fn handle_closed(&mut self, now: Now, node: &mut Node) {
        let Some(session) = &mut self.session else { return };
        session.link = None;
        if matches!(session.stage, Stage::Opening) {
            // The path may be why it could not be opened; the next turn finds a better one.
            node.request_path_again(now, session.turn.node);
        }
        // What is here is here.
        if !matches!(session.stage, Stage::Taking { .. } | Stage::Settling { .. }) {
            self.end(now, node, Err(FetchFailure::NoLink));
        }
    }

    pub(super) fn handle_request_failed(
        &mut self,
        now: Now,
        node: &mut Node,
        failed: RequestId,
        why: FailReason,
    ) {
        let failure = match why {
            // We reject only what is larger than what was asked for.
            FailReason::Rejected => FetchFailure::Nonsense,
            FailReason::LinkClosed => FetchFailure::NoLink,
            FailReason::Timeout | FailReason::Cancelled | FailReason::Corrupt => FetchFailure::NoAnswer,
        };
        let is_ours = self.session.as_ref().is_some_and(|session| match &session.stage {
            Stage::Listing(request) | Stage::Fetching(request) | Stage::Forgetting(request) => {
                *request == failed
            }
            Stage::Finding { .. } | Stage::Opening | Stage::Taking { .. } | Stage::Settling { .. } => false,
        });
        if is_ours {
            self.end(now, node, Err(failure));
        }
    }

    pub(super) fn handle_response(
        &mut self,
        now: Now,
        node: &mut Node,
        identities: &BTreeMap<DestinationHash, Identity>,
        answered: RequestId,
        data: &[u8],
    ) {
        let Some(session) = &self.session else { return };
        match session.stage {
            Stage::Listing(request) if request == answered => self.handle_list(now, node, identities, data),
            Stage::Fetching(request) if request == answered => self.handle_entries(now, node, data),
            // Whether it has really forgotten them shows the next list.
            Stage::Forgetting(request) if request == answered => self.go_on(now, node),
            Stage::Listing(_)
            | Stage::Fetching(_)
            | Stage::Forgetting(_)
            | Stage::Finding { .. }
            | Stage::Opening
            | Stage::Taking { .. }
            | Stage::Settling { .. } => {}
        }
    }

    /// What has become of an entry, whether its turn is over or not.
    pub(super) fn settle(&mut self, now: Now, node: &mut Node, id: TransientId, outcome: Settled) {
        match outcome {
            Settled::Stored | Settled::Refused => {
                self.known.insert(id);
                self.deferred.forget(id);
            }
            Settled::Later => self.deferred.defer(now.instant, id),
        }
        let Some(session) = &mut self.session else { return };
        if !session.open.remove(&id) {
            return;
        }
        let report = &mut session.report;
        let count = match outcome {
            Settled::Stored => &mut report.stored,
            Settled::Refused => &mut report.refused,
            Settled::Later => &mut report.left,
        };
        *count = count.saturating_add(1);
        if outcome != Settled::Later {
            session.haves.push(id);
        }
        self.go_on_if_settled(now, node);
    }

    fn begin(&mut self, now: Now, node: &mut Node, turn: Turn) {
        self.session = Some(Session::new(now.instant, turn));
        if node.hops_to(turn.node).is_some() && node.recall(turn.node).is_some() {
            self.open(now, node);
        } else {
            node.request_path_again(now, turn.node);
        }
    }

    fn open(&mut self, now: Now, node: &mut Node) {
        let Some(session) = &mut self.session else { return };
        match node.open_link(now, session.turn.node) {
            Ok(link) => {
                session.link = Some(link);
                session.stage = Stage::Opening;
            }
            Err(_) => self.end(now, node, Err(FetchFailure::NoLink)),
        }
    }

    fn handle_list(
        &mut self,
        now: Now,
        node: &mut Node,
        identities: &BTreeMap<DestinationHash, Identity>,
        data: &[u8],
    ) {
        let Some(session) = &mut self.session else { return };
        match answer::list(data, MAX_LISTED) {
            Ok(Answer::Yes((ids, listed))) => {
                session.report.listed = listed;
                session.more = listed > ids.len();
                let distinct: BTreeSet<_> = ids.iter().copied().collect();
                let mut fresh = distinct.clone();
                for id in ids.into_iter().filter(|id| fresh.remove(id)) {
                    if self.known.contains(id) {
                        session.haves.push(id);
                    } else if !self.deferred.holds_back(now.instant, id) {
                        session.wants.push_back(id);
                    }
                }
                self.go_on(now, node);
            }
            // The packet that said who asks may have been lost.
            Ok(Answer::No(NodeRefusal::NoIdentity)) if session.introductions < 3 => {
                self.handle_established(now, node, identities);
            }
            Ok(Answer::No(refusal)) => self.end(now, node, Err(FetchFailure::Refused(refusal))),
            Err(reason) => {
                self.dropped.push_back(reason);
                self.end(now, node, Err(FetchFailure::Nonsense));
            }
        }
    }

    fn handle_entries(&mut self, now: Now, node: &mut Node, data: &[u8]) {
        let Some(session) = &mut self.session else { return };
        match answer::entries(data, session.asked.len()) {
            Ok(Answer::Yes(entries)) if entries.is_empty() => {
                let asked = std::mem::take(&mut session.asked);
                if session.round == Round::Largest {
                    // Too large for us, or gone.
                    let left = &mut session.report.left;
                    *left = left.saturating_add(asked.len());
                    asked.into_iter().for_each(|id| self.deferred.defer(now.instant, id));
                } else {
                    session.round = Round::Largest;
                    asked.into_iter().rev().for_each(|id| session.wants.push_front(id));
                }
                self.go_on(now, node);
            }
            Ok(Answer::Yes(entries)) => {
                session.round = Round::Usual;
                let entries = entries.into_iter().map(<[u8]>::to_vec).collect();
                session.stage = Stage::Taking { entries, next: now.instant };
            }
            Ok(Answer::No(refusal)) => self.end(now, node, Err(FetchFailure::Refused(refusal))),
            Err(reason) => {
                self.dropped.push_back(reason);
                self.end(now, node, Err(FetchFailure::Nonsense));
            }
        }
    }

    fn go_on_if_settled(&mut self, now: Now, node: &mut Node) {
        let settled =
            |session: &Session| matches!(session.stage, Stage::Settling { .. }) && session.open.is_empty();
        if self.session.as_ref().is_some_and(settled) {
            self.go_on(now, node);
        }
    }

    /// Asks for the next entries, or has the node forget the last, or is done.
    fn go_on(&mut self, now: Now, node: &mut Node) {
        let Some(session) = &mut self.session else { return };
        let Some(link) = session.link else { return self.end(now, node, Err(FetchFailure::NoLink)) };
        if session.wants.is_empty() && session.haves.is_empty() {
            return self.end(now, node, Ok(()));
        }
        let forgotten = session.haves.len().min(MAX_ASKED);
        let haves: Vec<_> = session.haves.drain(..forgotten).collect();
        let wants: Vec<_> = session.wants.drain(..session.wants.len().min(MAX_ASKED)).collect();
        session.report.forgotten = session.report.forgotten.saturating_add(haves.len());
        let limit = session.limit(node.link_round_trip(link));
        let (data, most) = if wants.is_empty() {
            (answer::request(None, &haves, None), 0)
        } else {
            (answer::request(Some(&wants), &haves, Some(limit)), limit)
        };
        // As many bytes as were asked for, and the headers of the entries.
        let most = usize::try_from(most).unwrap_or(0).saturating_mul(1_000).saturating_add(1_024);
        let request = node
            .limit_responses(now, link, ResourceLimit::bytes(most))
            .and_then(|()| node.request(now, link, GET_PATH, &data, None));
        session.stage = match request {
            Ok(request) if wants.is_empty() => Stage::Forgetting(request),
            Ok(request) => Stage::Fetching(request),
            Err(_) => return self.end(now, node, Err(FetchFailure::NoLink)),
        };
        session.asked = wants.into_iter().collect();
    }

    fn end(&mut self, now: Now, node: &mut Node, outcome: Result<(), FetchFailure>) {
        let Some(session) = self.session.take() else { return };
        if let Some(link) = session.link {
            node.close_link(now, link);
        }
        let report = FetchReport { outcome, ..session.report };
        match outcome {
            Ok(()) if session.more && report.forgotten > 0 => {
                self.turns.not_finished(now.instant, session.turn)
            }
            Ok(()) => self.turns.done(now.instant, session.turn),
            Err(FetchFailure::Refused(_)) => self.turns.refused(now.instant, session.turn),
            Err(_) => self.turns.failed(now.instant, session.turn),
        }
        self.reports.push_back(report);
    }
}
