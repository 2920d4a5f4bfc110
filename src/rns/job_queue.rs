//! The job queue: announces that passed every check but that of their signature, and wait for it.
//! Not that check; a [`Job`] is done elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::announce::Announce;
use super::crypto::SignatureCheck;
use super::error::DropReason;
use super::hash::{Address, IdentityHash};
use super::interface::InterfaceId;
use super::job::{AnnounceId, Job, JobDone, Outcome};
use super::packet::{Context, DestinationType, Packet, PacketType, Propagation};

/// Most announces that wait, on all interfaces together, and are being checked.
const MAX_ENTRIES: usize = 4096;
/// Most that wait on one interface.
const MAX_ON_INTERFACE: usize = 1024;
/// Most copies of one announce, each from another interface; more would change nothing.
const MAX_COPIES: usize = 8;

/// Whose announces are checked first, among those of one interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Somebody asked for the destination.
    AskedFor,
    /// The destination is known.
    Known,
    /// Nobody has heard of it. Anybody can make up any number of these.
    Newcomer,
}

/// Where a copy of an announce came in, and what it says about the way there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) interface: InterfaceId,
    /// As on the wire.
    pub(crate) hops: u8,
    pub(crate) transport_id: Option<IdentityHash>,
}

/// An announce as it came in.
#[derive(Debug)]
pub(crate) struct HeardAnnounce {
    pub(crate) announce: Announce,
    /// The first that came in comes first.
    pub(crate) copies: Vec<Copy>,
    address: Address,
    context: Context,
    context_flag: bool,
    payload: Vec<u8>,
}

impl HeardAnnounce {
    fn new(packet: &Packet<'_>, announce: Announce, copy: Copy) -> Self {
        Self {
            announce,
            copies: vec![copy],
            address: packet.address,
            context: packet.context,
            context_flag: packet.context_flag,
            payload: packet.payload.to_vec(),
        }
    }

    /// The packet that a copy was.
    pub(crate) fn packet(&self, copy: &Copy) -> Packet<'_> {
        let propagation =
            if copy.transport_id.is_some() { Propagation::Transport } else { Propagation::Broadcast };
        Packet {
            context_flag: self.context_flag,
            propagation,
            destination_type: DestinationType::Single,
            packet_type: PacketType::Announce,
            hops: copy.hops,
            transport_id: copy.transport_id,
            address: self.address,
            context: self.context,
            payload: &self.payload,
        }
    }
}

#[derive(Debug)]
enum Stage {
    Waiting { lane: InterfaceId, urgency: Urgency, check: SignatureCheck },
    HandedOut,
}

#[derive(Debug)]
struct Entry {
    heard: HeardAnnounce,
    /// Counts arrivals.
    number: u64,
    stage: Stage,
}

/// The most urgent comes first, then the oldest.
type Lane = BTreeSet<(Urgency, u64, AnnounceId)>;

/// Announces wait in the lane of the interface they came in on, and the lanes take turns. When a lane or all of them
/// are full, the least urgent that came last goes: from that lane, or from the longest.
#[derive(Debug, Default)]
pub(crate) struct JobQueue {
    entries: BTreeMap<AnnounceId, Entry>,
    /// Those in which somebody waits.
    lanes: BTreeMap<InterfaceId, Lane>,
    last_served: Option<InterfaceId>,
    arrivals: u64,
}

impl JobQueue {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Puts a copy of an announce into the queue. An error says that one was dropped, perhaps another than this.
    pub(crate) fn offer(
        &mut self,
        urgency: Urgency,
        interface: InterfaceId,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        let copy = Copy { interface, hops: packet.hops, transport_id: packet.transport_id };
        let id = AnnounceId::of(packet);
        if self.entries.contains_key(&id) {
            return self.add_copy(id, urgency, copy);
        }
        let (announce, check) = Announce::parse(packet)?;
        self.arrivals = self.arrivals.saturating_add(1);
        let entry = Entry {
            heard: HeardAnnounce::new(packet, announce, copy),
            number: self.arrivals,
            stage: Stage::Waiting { lane: interface, urgency, check },
        };
        self.lanes.entry(interface).or_default().insert((urgency, entry.number, id));
        self.entries.insert(id, entry);
        self.shed(interface)
    }

    /// The next announce to check; the lane that has waited longest has its turn.
    pub(crate) fn poll_job(&mut self) -> Option<Job> {
        let after = self.last_served.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.lanes.range((after, Bound::Unbounded)).next().or_else(|| self.lanes.iter().next());
        let (interface, id) = next.and_then(|(lane, queue)| Some((*lane, queue.first()?.2)))?;
        self.last_served = Some(interface);
        self.leave_lane(id);
        let entry = self.entries.get_mut(&id)?;
        match std::mem::replace(&mut entry.stage, Stage::HandedOut) {
            Stage::Waiting { check, .. } => Some(Job { announce: id, check }),
            Stage::HandedOut => None,
        }
    }

    /// What a job was about, unless its interfaces are gone. With a forged signature, how many copies there were.
    pub(crate) fn finish(&mut self, done: &JobDone) -> Option<Result<HeardAnnounce, usize>> {
        self.leave_lane(done.announce);
        let entry = self.entries.remove(&done.announce)?;
        Some(match done.outcome {
            Outcome::Genuine => Ok(entry.heard),
            Outcome::Forged => Err(entry.heard.copies.len()),
        })
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        let from = |entry: &Entry| entry.heard.copies.iter().any(|copy| copy.interface == interface);
        let touched: Vec<_> =
            self.entries.iter().filter(|(_, entry)| from(entry)).map(|(id, _)| *id).collect();
        for id in touched {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            entry.heard.copies.retain(|copy| copy.interface != interface);
            match entry.heard.copies.first().map(|copy| copy.interface) {
                Some(other) => self.change_lane(id, interface, other),
                None => self.remove(id),
            }
        }
    }

    /// A copy waits with the first; where lines are shorter, both do.
    fn add_copy(&mut self, id: AnnounceId, urgency: Urgency, copy: Copy) -> Result<(), DropReason> {
        let entry = self.entries.get_mut(&id).ok_or(DropReason::Stale)?;
        let copies = &mut entry.heard.copies;
        let heard_there = copies.iter().any(|other| other.interface == copy.interface);
        if heard_there || copies.len() >= MAX_COPIES {
            return Err(DropReason::Stale);
        }
        copies.push(copy);
        let Stage::Waiting { lane, urgency: before, .. } = &entry.stage else { return Ok(()) };
        let (lane, is_urgent) = (*lane, urgency < *before);
        if self.lane_len(copy.interface) < self.lane_len(lane) {
            self.change_lane(id, lane, copy.interface);
        }
        if is_urgent {
            self.change_urgency(id, urgency);
        }
        Ok(())
    }

    /// Lets one go if there are too many.
    fn shed(&mut self, arrived_on: InterfaceId) -> Result<(), DropReason> {
        let lane = if self.lane_len(arrived_on) > MAX_ON_INTERFACE {
            self.lanes.get(&arrived_on)
        } else if self.entries.len() > MAX_ENTRIES {
            self.lanes.values().max_by_key(|lane| lane.len())
        } else {
            return Ok(());
        };
        if let Some((_, _, id)) = lane.and_then(|lane| lane.last()).copied() {
            self.remove(id);
        }
        Err(DropReason::TableFull)
    }

    fn lane_len(&self, interface: InterfaceId) -> usize {
        self.lanes.get(&interface).map_or(0, BTreeSet::len)
    }

    fn remove(&mut self, id: AnnounceId) {
        self.leave_lane(id);
        self.entries.remove(&id);
    }

    fn leave_lane(&mut self, id: AnnounceId) {
        let Some(Entry { number, stage: Stage::Waiting { lane, urgency, .. }, .. }) = self.entries.get(&id)
        else {
            return;
        };
        if let Some(queue) = self.lanes.get_mut(lane) {
            queue.remove(&(*urgency, *number, id));
            if queue.is_empty() {
                self.lanes.remove(lane);
            }
        }
    }

    /// Moves an announce, if it waits in the lane `from`.
    fn change_lane(&mut self, id: AnnounceId, from: InterfaceId, to: InterfaceId) {
        self.replace_in_lane(id, |lane, _| {
            if *lane == from {
                *lane = to;
            }
        });
    }

    fn change_urgency(&mut self, id: AnnounceId, to: Urgency) {
        self.replace_in_lane(id, |_, urgency| *urgency = to);
    }

    fn replace_in_lane(&mut self, id: AnnounceId, change: impl FnOnce(&mut InterfaceId, &mut Urgency)) {
        self.leave_lane(id);
        let Some(Entry { number, stage: Stage::Waiting { lane, urgency, .. }, .. }) =
            self.entries.get_mut(&id)
        else {
            return;
        };
        change(lane, urgency);
        self.lanes.entry(*lane).or_default().insert((*urgency, *number, id));
    }
}

#[cfg(test)]
mod tests;
