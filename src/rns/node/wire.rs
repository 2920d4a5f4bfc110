//! The wire: the interfaces of a node and the packets that wait to be transmitted on them.
//! Not what arrives, and not which links and destinations there are.

use std::collections::{BTreeMap, VecDeque};

use super::Transmit;
use crate::rns::hash::DestinationHash;
use crate::rns::ifac::Sealer;
use crate::rns::interface::{InterfaceId, InterfaceSpec, Neighbour};
use crate::rns::packet::{Packet, Propagation};
use crate::rns::policy::Policy;
use crate::rns::time::Instant;
use crate::rns::transport::path_table::PathTable;

/// The interfaces and the queue. The queue has no cap of its own: whoever drives the node empties it after
/// every input, and no input puts more into it than a few packets per interface and link.
#[derive(Debug, Default)]
pub(super) struct Wire {
    interfaces: BTreeMap<InterfaceId, InterfaceSpec>,
    added: u64,
    /// Packets without access codes; those are put on when a packet leaves.
    queue: VecDeque<Transmit>,
    sealer: Sealer,
}

impl Wire {
    pub(super) fn add(&mut self, spec: InterfaceSpec) -> InterfaceId {
        let interface = InterfaceId(self.added);
        self.added = self.added.saturating_add(1);
        self.interfaces.insert(interface, spec);
        interface
    }

    pub(super) fn remove(&mut self, interface: InterfaceId) {
        self.interfaces.remove(&interface);
        self.queue.retain(|transmit| transmit.interface != interface);
    }

    pub(super) fn spec(&self, interface: InterfaceId) -> Option<&InterfaceSpec> {
        self.interfaces.get(&interface)
    }

    /// Who is at the other end of an interface; others than the network are known as long as they are there.
    /// What the operator says about an interface.
    pub(super) fn policy(&self, interface: InterfaceId) -> Policy {
        self.spec(interface).map(|spec| spec.policy).unwrap_or_default()
    }

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

    pub(super) fn send_on(&mut self, interface: InterfaceId, frame: Vec<u8>) {
        if self.interfaces.get(&interface).is_some_and(|spec| frame.len() <= spec.hw_mtu) {
            self.queue.push_back(Transmit { interface, frame });
        }
    }

    pub(super) fn send_on_all(&mut self, frame: &[u8]) {
        self.send_where(frame, |_, _| true);
    }

    /// Sends on all interfaces that `may` allows.
    pub(super) fn send_where(
        &mut self,
        frame: &[u8],
        mut may: impl FnMut(InterfaceId, &InterfaceSpec) -> bool,
    ) {
        for (interface, spec) in &self.interfaces {
            if frame.len() <= spec.hw_mtu && may(*interface, spec) {
                self.queue.push_back(Transmit { interface: *interface, frame: frame.to_vec() });
            }
        }
    }

    /// Sends a packet of ours to a SINGLE destination (page 04 §2): along its path if there is one, which is
    /// returned, and everywhere otherwise.
    pub(super) fn send_to_single(
        &mut self,
        now: Instant,
        paths: &mut PathTable,
        packet: &Packet<'_>,
    ) -> Option<InterfaceId> {
        let Some(path) = paths.take_up(now, DestinationHash::from(packet.address)) else {
            self.send_on_all(&packet.pack());
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
        self.send_on(path.interface, packet.pack());
        Some(path.interface)
    }
}
