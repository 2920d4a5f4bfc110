//! The wire: the interfaces of a node and the packets that wait to be transmitted on them.
//! Not what arrives, and not which links and destinations there are.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Transmit;
use crate::rns::air::books::Books;
use crate::rns::air::queue::{AirQueue, News};
use crate::rns::air::{AirStatus, Channel, Class, Sending, Tally};
use crate::rns::hash::{Address, DestinationHash};
use crate::rns::ifac::Sealer;
use crate::rns::interface::{InterfaceId, InterfaceSpec, Neighbour};
use crate::rns::packet::{Packet, Propagation};
use crate::rns::policy::Policy;
use crate::rns::random::Random;
use crate::rns::snapshot::AirRecord;
use crate::rns::time::{Instant, Now};
use crate::rns::transport::path_table::PathTable;

/// Most radios that are gone whose budget is remembered; the one that went first is forgotten.
const MAX_RETIRED: usize = 16;

/// The interfaces and the queue. The queue has no cap of its own: whoever drives the node empties it after
/// every input, and no input puts more into it than a few packets per interface and link. What goes through the air waits elsewhere.
#[derive(Debug, Default)]
pub(super) struct Wire {
    interfaces: BTreeMap<InterfaceId, InterfaceSpec>,
    added: u64,
    /// Packets without access codes; those are put on when a packet leaves.
    queue: VecDeque<Transmit>,
    sealer: Sealer,
    /// Those that are radios.
    air: BTreeMap<InterfaceId, AirQueue>,
    /// What radios had sent that are gone, by their names.
    retired: VecDeque<(String, Books)>,
}

impl Wire {
    pub(super) fn add(&mut self, spec: InterfaceSpec) -> InterfaceId {
        let interface = InterfaceId(self.added);
        self.added = self.added.saturating_add(1);
        if let Some(air) = spec.air {
            let known = self.retired.iter().position(|(name, _)| *name == spec.name);
            let books = known.and_then(|at| self.retired.remove(at)).map(|(_, books)| books);
            self.air.insert(interface, AirQueue::new(air, spec.code_size(), books.unwrap_or_default()));
        }
        self.interfaces.insert(interface, spec);
        interface
    }

    pub(super) fn remove(&mut self, interface: InterfaceId) {
        let spec = self.interfaces.remove(&interface);
        if let (Some(spec), Some(queue)) = (spec, self.air.remove(&interface)) {
            self.retired.push_back((spec.name, queue.into_books()));
            if self.retired.len() > MAX_RETIRED {
                self.retired.pop_front();
            }
        }
        self.queue.retain(|transmit| transmit.interface != interface);
    }

    pub(super) fn spec(&self, interface: InterfaceId) -> Option<&InterfaceSpec> {
        self.interfaces.get(&interface)
    }

    /// What an interface goes through the air with, if it is a radio.
    pub(super) fn channel(&self, interface: InterfaceId) -> Option<Channel> {
        self.spec(interface)?.air.map(|air| air.channel)
    }

    /// What the operator says about an interface.
    pub(super) fn policy(&self, interface: InterfaceId) -> Policy {
        self.spec(interface).map(|spec| spec.policy).unwrap_or_default()
    }

    /// Who is at the other end of an interface; others than the network are known as long as they are there.
    pub(super) fn neighbour(&self, interface: InterfaceId) -> Neighbour {
        self.spec(interface).map_or(Neighbour::Network, |spec| spec.neighbour)
    }

    /// Is there an interface to such a neighbour?
    pub(super) fn has(&self, neighbour: Neighbour) -> bool {
        self.interfaces.values().any(|spec| spec.neighbour == neighbour)
    }

    pub(super) fn interfaces(&self) -> impl Iterator<Item = (InterfaceId, &InterfaceSpec)> {
        self.interfaces.iter().map(|(interface, spec)| (*interface, spec))
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Transmit> {
        while let Some(transmit) = self.queue.pop_front() {
            let spec = self.interfaces.get(&transmit.interface);
            let Some(code) = spec.and_then(|spec| spec.access.as_ref()) else { return Some(transmit) };
            if let Some(frame) = self.sealer.seal(code, transmit.frame) {
                return Some(Transmit { frame, ..transmit });
            }
        }
        None
    }

    /// Sends what is of the class that its header says.
    pub(super) fn send_on(&mut self, interface: InterfaceId, frame: Vec<u8>) {
        self.send_on_as(None, interface, frame);
    }

    /// Sends what somebody waits for.
    pub(super) fn send_answer_on(&mut self, interface: InterfaceId, frame: Vec<u8>) {
        self.send_on_as(Some(Class::Answer.into()), interface, frame);
    }

    fn send_on_as(&mut self, sending: Option<Sending>, interface: InterfaceId, frame: Vec<u8>) {
        if self.interfaces.get(&interface).is_some_and(|spec| frame.len() <= spec.hw_mtu) {
            put(self.air.get_mut(&interface), &mut self.queue, sending, Transmit { interface, frame });
        }
    }

    pub(super) fn send_on_all(&mut self, frame: &[u8]) {
        self.send_where(frame, |_, _| true);
    }

    /// Sends what somebody waits for.
    pub(super) fn send_answer_on_all(&mut self, frame: &[u8]) {
        self.send_where_as(Some(Class::Answer.into()), frame, |_, _| true);
    }

    /// Sends on all interfaces that `may` allows.
    pub(super) fn send_where(&mut self, frame: &[u8], may: impl FnMut(InterfaceId, &InterfaceSpec) -> bool) {
        self.send_where_as(None, frame, may);
    }

    fn send_where_as(
        &mut self,
        sending: Option<Sending>,
        frame: &[u8],
        mut may: impl FnMut(InterfaceId, &InterfaceSpec) -> bool,
    ) {
        for (interface, spec) in &self.interfaces {
            if frame.len() > spec.hw_mtu || !may(*interface, spec) {
                continue;
            }
            let transmit = Transmit { interface: *interface, frame: frame.to_vec() };
            put(self.air.get_mut(interface), &mut self.queue, sending, transmit);
        }
    }

    /// Sends a packet of ours to a SINGLE destination (page 04 §2): along its path if there is one, which is
    /// returned, and everywhere otherwise. What its header does not tell of its class, `sending` does.
    pub(super) fn send_to_single(
        &mut self,
        now: Instant,
        paths: &mut PathTable,
        packet: &Packet<'_>,
        sending: impl Into<Sending>,
    ) -> Option<InterfaceId> {
        let sending = Some(sending.into());
        let Some(path) = paths.take_up(now, DestinationHash::from(packet.address)) else {
            self.send_where_as(sending, &packet.pack(), |_, _| true);
            return None;
        };
        let over = self.interfaces.get(&path.interface);
        // To the shared instance its own hop is none, but it passes on only what names it.
        let direct = if over.is_some_and(|spec| spec.neighbour == Neighbour::SharedInstance) { 0 } else { 1 };
        let packet = match path.next_hop {
            Some(_) if path.hops > direct => {
                let propagation = Propagation::Transport;
                Packet { transport_id: path.next_hop, propagation, context_flag: false, ..*packet }
            }
            Some(_) | None => *packet,
        };
        self.send_on_as(sending, path.interface, packet.pack());
        Some(path.interface)
    }

    /// Lets what may leave go into the air. What has become of budgets is told to `tell`; returns how many frames were
    /// dropped.
    pub(super) fn handle_air(
        &mut self,
        now: Instant,
        random: &mut Random,
        mut tell: impl FnMut(InterfaceId, News),
    ) -> u64 {
        let mut lost = 0_u64;
        for (interface, air) in &mut self.air {
            if air.poll_timeout().is_some_and(|due| due <= now) {
                let frame = air.release(now, random);
                self.queue.extend(frame.map(|frame| Transmit { interface: *interface, frame }));
                lost = lost.saturating_add(air.take_lost());
            }
            while let Some(news) = air.poll_news() {
                tell(*interface, news);
            }
        }
        lost
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.air.values().filter_map(AirQueue::poll_timeout).min()
    }

    /// A frame came in.
    pub(super) fn note_heard(&mut self, now: Instant, interface: InterfaceId, bytes: usize) {
        if let Some(air) = self.air.get_mut(&interface) {
            air.note_heard(now, bytes);
        }
    }

    /// When a frame of ours may be sent there; `None` at once.
    pub(super) fn opens(
        &mut self,
        now: Instant,
        interface: InterfaceId,
        class: Class,
        bytes: usize,
        to: DestinationHash,
    ) -> Option<Instant> {
        self.air.get_mut(&interface)?.opens(now, class, bytes, to)
    }

    /// How long what waits for the air of an interface will take; `None` if it is no radio.
    pub(super) fn backlog(&self, now: Instant, interface: InterfaceId) -> Option<Duration> {
        self.air.get(&interface).map(|air| air.backlog(now))
    }

    /// How the radios stand.
    pub(super) fn air(&self, now: Instant) -> Vec<(InterfaceId, AirStatus)> {
        self.air.iter().map(|(interface, air)| (*interface, air.status(now))).collect()
    }

    /// What notices to a destination took of the air in the last day, of radios that are gone, too.
    pub(super) fn told(&self, now: Instant, destination: Address) -> Tally {
        let mut sum = Tally::default();
        self.books().for_each(|books| sum.merge(books.told(now, destination)));
        sum
    }

    /// What all radios have sent within the hour, of those that are gone, too.
    pub(super) fn air_records(&self, now: Now) -> Vec<AirRecord> {
        let live = self.air.iter().filter_map(|(interface, air)| {
            Some((self.interfaces.get(interface)?.name.as_str(), air.books()))
        });
        let gone = self.retired.iter().map(|(name, books)| (name.as_str(), books));
        let record = |(name, books): (&str, &Books)| AirRecord {
            interface: name.to_owned(),
            spent: books.records(now),
        };
        live.chain(gone).map(record).filter(|record| !record.spent.is_empty()).collect()
    }

    /// Takes in what an earlier run has counted, for radios that are still to come.
    pub(super) fn restore_air(&mut self, now: Now, records: Vec<AirRecord>) {
        for AirRecord { interface, spent } in records.into_iter().take(MAX_RETIRED) {
            self.retired.push_back((interface, Books::restored(now, &spent)));
        }
    }

    /// Frames that radios have sent since the start.
    pub(super) fn aired_frames(&self) -> u64 {
        self.books().map(Books::frames).sum()
    }

    /// How many destinations of notices are remembered.
    pub(super) fn told_destinations(&self) -> usize {
        self.books().map(Books::told_destinations).sum()
    }

    /// How many are remembered who wait elsewhere with a notice.
    pub(super) fn in_line(&self) -> usize {
        self.air.values().map(AirQueue::in_line).sum()
    }

    fn books(&self) -> impl Iterator<Item = &Books> {
        self.air.values().map(AirQueue::books).chain(self.retired.iter().map(|(_, books)| books))
    }

    /// Bytes that wait for the air.
    pub(super) fn air_bytes(&self) -> usize {
        self.air.values().map(AirQueue::bytes).sum()
    }
}

/// Leaves a packet to the air of its interface, or to the queue if that is no radio.
fn put(
    air: Option<&mut AirQueue>,
    queue: &mut VecDeque<Transmit>,
    sending: Option<Sending>,
    transmit: Transmit,
) {
    match air {
        Some(air) => air.push(sending.unwrap_or_else(|| class_of(&transmit.frame).into()), transmit.frame),
        None => queue.push_back(transmit),
    }
}

/// What cannot be read is in no hurry.
fn class_of(frame: &[u8]) -> Class {
    Packet::parse(frame).map_or(Class::Relay, |packet| Class::of(&packet))
}
