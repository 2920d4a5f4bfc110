//! What is on its way: the messages that were handed to the router and have not ended.
//! Not what waits; that is in the store, and all of this is too.

use std::collections::{BTreeMap, BTreeSet};

use crate::group::GroupId;
use crate::lxmf::{MessageHash, Method};
use crate::rns::hash::IdentityHash;
use crate::rns::time::Instant;
use crate::store::{CopyKey, Priority};

/// Most messages on their way. The router takes 1024.
const MAX_FLIGHTS: usize = 640;
/// Most copies of the group's messages on their way, so that a relay to many leaves room for answers.
const MAX_RELAYS: usize = 576;
/// Most bytes on their way; one message may be larger if it is alone.
const MAX_BYTES: usize = 8 << 20;

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) key: CopyKey,
    pub(super) method: Method,
    pub(super) bytes: usize,
    /// Rounds before this one that found its recipient out of reach.
    pub(super) failures: u32,
    /// When it counts as lost, if nothing is heard of it.
    pub(super) until: Instant,
}

/// At most one of each priority for one person: so what is sent to them stays in order, and an answer passes what
/// waits for a path.
#[derive(Debug, Default)]
pub(super) struct Window {
    flights: BTreeMap<MessageHash, Flight>,
    places: BTreeSet<(GroupId, IdentityHash, Priority)>,
    deadlines: BTreeSet<(Instant, MessageHash)>,
    relays: usize,
    bytes: usize,
}

impl Window {
    /// How many more may leave.
    pub(super) fn room(&self) -> usize {
        MAX_FLIGHTS.saturating_sub(self.flights.len())
    }

    /// May a message of this priority and length leave?
    pub(super) fn takes(&self, priority: Priority, bytes: usize) -> bool {
        let relays = priority < Priority::Relay || self.relays < MAX_RELAYS;
        let fits = self.bytes == 0 || self.bytes.saturating_add(bytes) <= MAX_BYTES;
        self.room() > 0 && relays && fits
    }

    /// Is something of this priority on its way to them?
    pub(super) fn is_busy(&self, gid: GroupId, recipient: IdentityHash, priority: Priority) -> bool {
        self.places.contains(&(gid, recipient, priority))
    }

    pub(super) fn get(&self, hash: &MessageHash) -> Option<&Flight> {
        self.flights.get(hash)
    }

    /// A message leaves. `false`, and nothing happens, if the same is on its way already.
    pub(super) fn insert(&mut self, hash: MessageHash, flight: Flight) -> bool {
        if self.flights.contains_key(&hash) {
            return false;
        }
        let CopyKey { gid, recipient, priority, .. } = flight.key;
        self.places.insert((gid, recipient, priority));
        self.deadlines.insert((flight.until, hash));
        self.relays += usize::from(priority == Priority::Relay);
        self.bytes += flight.bytes;
        self.flights.insert(hash, flight);
        true
    }

    pub(super) fn remove(&mut self, hash: &MessageHash) -> Option<Flight> {
        let flight = self.flights.remove(hash)?;
        let CopyKey { gid, recipient, priority, .. } = flight.key;
        self.places.remove(&(gid, recipient, priority));
        self.deadlines.remove(&(flight.until, *hash));
        self.relays -= usize::from(priority == Priority::Relay);
        self.bytes -= flight.bytes;
        Some(flight)
    }

    /// Those of which nothing was heard in time.
    pub(super) fn lost(&self, now: Instant) -> Vec<MessageHash> {
        self.deadlines.iter().take_while(|(until, _)| *until <= now).map(|(_, hash)| *hash).collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(until, _)| *until)
    }
}
