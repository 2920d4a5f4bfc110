//! The table of links: which there are, on which interface each lives, and when each wants to be woken.
//! Not what happens on a link; that is the link's own business.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::rns::hash::LinkId;
use crate::rns::interface::InterfaceId;
use crate::rns::link::Link;
use crate::rns::time::Instant;

/// Most links to us. For a further one, the interface that has most of them loses the one that was silent longest: many
/// links on one connection close none on another.
pub(super) const MAX_INBOUND: usize = 4096;
/// Most links to us that were requested and not yet confirmed. For a further one, the interface that has most
/// of them forgets its oldest. Requests can be made up by anybody, so a flood of them on one interface pushes
/// out neither a link that is up nor one that comes up elsewhere.
pub(super) const MAX_HALF_OPEN: usize = 1024;
/// Most bytes that all links together keep for their peers: pieces of Resources on their way in, and answers and other
/// Resources on their way out. Above it, of the interface that keeps most, the link that keeps most is closed.
pub(super) const MAX_KEPT_BYTES: usize = 128 << 20;
/// Most links of our own; further ones are refused to our caller.
const MAX_OUTBOUND: usize = 1024;
/// How exactly the last sign of life is noted.
const HEARD_RESOLUTION: Duration = Duration::from_secs(1);

/// On which interface a link lives. Packets from any other are not for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// The request is out, on one interface or on all; where the valid proof comes in, the link will live.
    Seeking(Option<InterfaceId>),
    /// It lives there.
    Bound(InterfaceId),
}

impl Binding {
    /// The interface, once it is known.
    pub(super) const fn interface(self) -> Option<InterfaceId> {
        match self {
            Self::Bound(interface) => Some(interface),
            Self::Seeking(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    HalfOpen,
    Open,
}

/// A link and what the node notes about it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) link: Link,
    pub(super) binding: Binding,
    stage: Stage,
    heard: Instant,
    deadline: Option<Instant>,
    /// Bytes that it kept when it was last refreshed.
    kept: usize,
}

impl Entry {
    /// Was it ever active?
    pub(super) fn was_open(&self) -> bool {
        self.stage == Stage::Open
    }
}

/// Links to us of one stage, by interface; on each, those first that began or spoke longest ago.
#[derive(Debug, Default)]
struct ByInterface {
    queues: BTreeMap<InterfaceId, BTreeSet<(Instant, LinkId)>>,
    len: usize,
}

impl ByInterface {
    fn insert(&mut self, interface: InterfaceId, since: Instant, id: LinkId) {
        self.queues.entry(interface).or_default().insert((since, id));
        self.len = self.len.saturating_add(1);
    }

    fn remove(&mut self, interface: InterfaceId, since: Instant, id: LinkId) -> bool {
        let Some(queue) = self.queues.get_mut(&interface) else { return false };
        let removed = queue.remove(&(since, id));
        if queue.is_empty() {
            self.queues.remove(&interface);
        }
        self.len = self.len.saturating_sub(usize::from(removed));
        removed
    }

    /// If there are more than `most`: the first of the interface that has most of them.
    fn surplus(&self, most: usize) -> Option<LinkId> {
        let longest = self.queues.values().filter(|_| self.len > most).max_by_key(|queue| queue.len());
        longest.and_then(BTreeSet::first).map(|(_, id)| *id)
    }
}

/// All links of a node.
#[derive(Debug, Default)]
pub(super) struct LinkTable {
    entries: BTreeMap<LinkId, Entry>,
    deadlines: BTreeSet<(Instant, LinkId)>,
    half_open: ByInterface,
    open: ByInterface,
    kept: usize,
}

impl LinkTable {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    pub(super) fn contains(&self, id: LinkId) -> bool {
        self.entries.contains_key(&id)
    }

    pub(super) fn get(&self, id: LinkId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: LinkId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    /// All links, to change what holds for them; nothing that has a deadline or takes memory.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Link> {
        self.entries.values_mut().map(|entry| &mut entry.link)
    }

    pub(super) fn has_room_outbound(&self) -> bool {
        let inbound = self.half_open.len.saturating_add(self.open.len);
        self.entries.len().saturating_sub(inbound) < MAX_OUTBOUND
    }

    /// The half-open link that must be forgotten before another one is accepted.
    pub(super) fn surplus_half_open(&self) -> Option<LinkId> {
        self.half_open.surplus(MAX_HALF_OPEN.saturating_sub(1))
    }

    /// A link that must be closed: there are too many, or they keep too much.
    pub(super) fn surplus_open(&self) -> Option<LinkId> {
        self.open.surplus(MAX_INBOUND).or_else(|| self.heaviest().filter(|_| self.kept > MAX_KEPT_BYTES))
    }

    /// The link that keeps most, of the interface that keeps most.
    fn heaviest(&self) -> Option<LinkId> {
        let mut interfaces = BTreeMap::new();
        for entry in self.entries.values() {
            let sum: &mut usize = interfaces.entry(entry.binding.interface()).or_default();
            *sum = sum.saturating_add(entry.kept);
        }
        let (interface, _) = interfaces.into_iter().max_by_key(|(_, kept)| *kept)?;
        let there = self.entries.iter().filter(|(_, entry)| entry.binding.interface() == interface);
        there.max_by_key(|(_, entry)| entry.kept).map(|(id, _)| *id)
    }

    /// Enters a link: one of ours that seeks its destination, or one to us that is bound already.
    pub(super) fn insert(&mut self, now: Instant, link: Link, binding: Binding) {
        let id = link.id();
        if let Binding::Bound(interface) = binding {
            self.half_open.insert(interface, now, id);
        }
        let entry = Entry { link, binding, stage: Stage::HalfOpen, heard: now, deadline: None, kept: 0 };
        self.entries.insert(id, entry);
    }

    pub(super) fn remove(&mut self, id: LinkId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        if let Binding::Bound(interface) = entry.binding {
            self.half_open.remove(interface, entry.heard, id);
            self.open.remove(interface, entry.heard, id);
        }
        self.kept = self.kept.saturating_sub(entry.kept);
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        Some(entry)
    }

    /// Notes that a link took a packet in.
    pub(super) fn note_heard(&mut self, now: Instant, id: LinkId) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if now.since(entry.heard) < HEARD_RESOLUTION {
            return;
        }
        // A half-open link keeps its place: its age is what counts.
        if let Binding::Bound(interface) = entry.binding
            && self.open.remove(interface, entry.heard, id)
        {
            entry.heard = now;
            self.open.insert(interface, now, id);
        }
    }

    /// Notes what has changed on a link: its deadline, what it keeps, and whether it is up.
    pub(super) fn refresh(&mut self, id: LinkId) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if entry.stage == Stage::HalfOpen && entry.link.is_active() {
            entry.stage = Stage::Open;
            if let Binding::Bound(interface) = entry.binding
                && self.half_open.remove(interface, entry.heard, id)
            {
                self.open.insert(interface, entry.heard, id);
            }
        }
        let kept = entry.link.kept_bytes();
        self.kept = self.kept.saturating_sub(entry.kept).saturating_add(kept);
        entry.kept = kept;
        let deadline = entry.link.poll_timeout();
        if deadline != entry.deadline {
            if let Some(old) = entry.deadline {
                self.deadlines.remove(&(old, id));
            }
            if let Some(new) = deadline {
                self.deadlines.insert((new, id));
            }
            entry.deadline = deadline;
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The links whose deadline has passed, each once.
    pub(super) fn due(&self, now: Instant) -> Vec<LinkId> {
        self.deadlines.iter().take_while(|(deadline, _)| *deadline <= now).map(|(_, id)| *id).collect()
    }

    /// The links that live on `interface`, or sought their destination there and nowhere else.
    pub(super) fn on_interface(&self, interface: InterfaceId) -> Vec<LinkId> {
        let there = |entry: &Entry| matches!(entry.binding, Binding::Bound(on) | Binding::Seeking(Some(on)) if on == interface);
        self.entries.iter().filter(|(_, entry)| there(entry)).map(|(id, _)| *id).collect()
    }
}
