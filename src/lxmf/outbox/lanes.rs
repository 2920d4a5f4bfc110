//! Messages by route, each route in the order of sending, and who finds which by what.
//! Not what is done with them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::outbound::{Copy, Outbound, Stage, Wait};
use super::route::Route;
use crate::lxmf::message::MessageHash;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::time::Instant;

/// Most messages in the outbox. When it is full, the oldest that waits for a path makes room; when none does, the
/// newcomer is turned away.
pub(super) const MAX_MESSAGES: usize = 1024;
/// Most bytes in the outbox, with the same rule.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most messages for one destination; here the newcomer is turned away, so that order is kept.
const MAX_PER_ROUTE: usize = 64;

/// The lanes: only the first message of each is on the air.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<Route, VecDeque<Outbound>>,
    /// When there is something to do for the first message of a lane.
    due: BTreeMap<Route, Instant>,
    deadlines: BTreeSet<(Instant, Route)>,
    /// What has carried the first message of a lane.
    carried: BTreeMap<Copy, Route>,
    /// The links that first messages are on or wait for. A link has one route.
    links: BTreeMap<LinkId, Route>,
    messages: usize,
    bytes: usize,
}

impl Lanes {
    /// How many messages wait.
    pub(super) const fn len(&self) -> usize {
        self.messages
    }

    /// How many bytes wait.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Is this message in its lane?
    pub(super) fn contains(&self, route: Route, hash: MessageHash) -> bool {
        self.lanes.get(&route).is_some_and(|lane| lane.iter().any(|message| message.hash == hash))
    }

    /// Is there room for one more of this size? `None` if there will be none for it; otherwise the route whose first
    /// message has to go before, if one has.
    pub(super) fn room(&self, route: Route, size: usize) -> Option<Option<Route>> {
        let crowded = self.lanes.get(&route).is_some_and(|lane| lane.len() >= MAX_PER_ROUTE);
        if crowded || size > MAX_BYTES {
            return None;
        }
        if self.messages < MAX_MESSAGES && self.bytes.saturating_add(size) <= MAX_BYTES {
            return Some(None);
        }
        let pathless = self.lanes.iter().filter_map(|(route, lane)| {
            let message = lane.front()?;
            matches!(message.stage, Stage::Waiting { wait: Wait::Search | Wait::Path, .. })
                .then_some((message.enqueued, *route))
        });
        pathless.min().map(|(_, route)| Some(route))
    }

    /// Puts a message at the end of its lane, but before what is less urgent and has not been on the air.
    pub(super) fn push(&mut self, route: Route, message: Outbound) {
        self.messages = self.messages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(message.packed.len());
        let lane = self.lanes.entry(route).or_default();
        let at = lane.iter().position(|other| other.class > message.class && other.can_be_passed());
        if let Some(first) = lane.front_mut().filter(|_| at == Some(0)) {
            first.stage = Stage::Waiting { until: message.enqueued, wait: Wait::Turn };
        }
        lane.insert(at.unwrap_or(lane.len()), message);
        self.note_due(route);
    }

    /// Takes the first message off its lane.
    pub(super) fn pop(&mut self, route: Route) -> Option<Outbound> {
        let lane = self.lanes.get_mut(&route)?;
        let message = lane.pop_front()?;
        if lane.is_empty() {
            self.lanes.remove(&route);
        }
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(message.packed.len());
        for copy in &message.copies {
            self.carried.remove(copy);
        }
        if let Some(link) = message.stage.link() {
            self.links.remove(&link);
        }
        self.note_due(route);
        Some(message)
    }

    /// The first message of a lane.
    pub(super) fn first(&self, route: Route) -> Option<&Outbound> {
        self.lanes.get(&route).and_then(VecDeque::front)
    }

    /// Changes the first message of a lane.
    pub(super) fn change(&mut self, route: Route, change: impl FnOnce(&mut Outbound)) {
        if let Some(message) = self.lanes.get_mut(&route).and_then(VecDeque::front_mut) {
            let (before, size) = (message.stage.link(), message.packed.len());
            change(message);
            self.bytes = self.bytes.saturating_sub(size).saturating_add(message.packed.len());
            let after = message.stage.link();
            if let Some(link) = before {
                self.links.remove(&link);
            }
            self.links.extend(after.map(|link| (link, route)));
            self.note_due(route);
        }
    }

    /// The first message of a lane is carried by `copy`.
    pub(super) fn note_carried(&mut self, route: Route, copy: Copy) {
        if let Some(message) = self.lanes.get_mut(&route).and_then(VecDeque::front_mut) {
            message.copies.push(copy);
            self.carried.insert(copy, route);
        }
    }

    /// The lane whose first message was carried by `copy`.
    pub(super) fn carried_by(&self, copy: Copy) -> Option<Route> {
        self.carried.get(&copy).copied()
    }

    /// The lane whose first message is on this link, or waits for it.
    pub(super) fn on_link(&self, link: LinkId) -> Option<Route> {
        self.links.get(&link).copied()
    }

    /// All lanes to a destination.
    pub(super) fn to(&self, theirs: DestinationHash) -> Vec<Route> {
        self.lanes.range(Route::bounds(theirs)).map(|(route, _)| *route).collect()
    }

    /// When there is something to do.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// The lanes for which there is something to do.
    pub(super) fn due(&self, now: Instant) -> Vec<Route> {
        self.deadlines.iter().take_while(|(due, _)| *due <= now).map(|(_, route)| *route).collect()
    }

    fn note_due(&mut self, route: Route) {
        let due = self.first(route).and_then(Outbound::due);
        let before = match due {
            Some(due) => self.due.insert(route, due),
            None => self.due.remove(&route),
        };
        if before == due {
            return;
        }
        if let Some(before) = before {
            self.deadlines.remove(&(before, route));
        }
        self.deadlines.extend(due.map(|due| (due, route)));
    }
}
