//! What a running node has been told: its node, its interfaces, and the queues of what was delivered to it.
//! Not the thread that drives it.

use std::collections::{BTreeMap, BTreeSet};

use roost::daemon::interfaces::Registry;
use roost::interface::InterfaceEvent;
use roost::rns::Node;
use roost::rns::broadcast::GroupKey;
use roost::rns::event::{Event, FailReason, ProofToken};
use roost::rns::hash::{DestinationHash, LinkId, PacketHash, RequestId};
use roost::rns::ifac::AccessCode;
use roost::rns::interface::{InterfaceId, InterfaceSpec};
use roost::rns::link::StreamEnd;
use roost::rns::packet::proof::ProofForm;
use roost::rns::packet::{Context, Packet, PacketType};
use roost::rns::random::Random;
use roost::rns::ratchet::RatchetId;
use roost::rns::time::{Instant, Now};

use super::line::Line;
use super::outgoing::Outgoing;
use super::owned::{Owned, Prove};
use super::tap::Tap;
use crate::running;

/// What becomes of the next packet of data that leaves, for tests of what the other side does with a bad one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Damage {
    /// Its last byte is another one.
    LastByte,
    /// It ends within the token.
    Cut,
}

/// A packet of ours that wants a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipt {
    /// `PacketReceipt.SENT`.
    Sent,
    /// `PacketReceipt.DELIVERED`.
    Delivered,
    /// `PacketReceipt.FAILED`.
    Failed,
}

/// A request of ours.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// No answer yet.
    Waiting,
    /// The answer, and its metadata: one MessagePack object each.
    Ready(Vec<u8>, Option<Vec<u8>>),
    /// There will be none.
    Failed(FailReason),
}

/// A node, and everything that happened to it.
pub(crate) struct World {
    pub(super) node: Node,
    pub(super) random: Random,
    /// What the interface asks for; the same for each client of a listener.
    pub(super) access: Option<AccessCode>,
    pub(super) interfaces: Registry,
    pub(super) shares_instance: bool,
    pub(super) implicit_proofs: bool,
    pub(super) tap: Tap,
    pub(super) owned: BTreeMap<DestinationHash, Owned>,
    pub(super) lines: BTreeMap<LinkId, Line>,
    pub(super) receipts: BTreeMap<PacketHash, Receipt>,
    pub(super) replies: BTreeMap<RequestId, Reply>,
    pub(super) groups: BTreeMap<DestinationHash, GroupKey>,
    pub(super) outgoing: Outgoing,
    pub(super) damage: Option<Damage>,
    /// Links whose packet proofs do not come in.
    pub(super) deaf: BTreeSet<LinkId>,
    specs: BTreeMap<InterfaceId, InterfaceSpec>,
}

impl World {
    pub(super) fn new(node: Node, random: Random, access: Option<AccessCode>) -> Self {
        Self {
            node,
            random,
            access,
            interfaces: Registry::default(),
            shares_instance: false,
            implicit_proofs: true,
            tap: Tap::default(),
            owned: BTreeMap::new(),
            lines: BTreeMap::new(),
            receipts: BTreeMap::new(),
            replies: BTreeMap::new(),
            groups: BTreeMap::new(),
            outgoing: Outgoing::default(),
            damage: None,
            deaf: BTreeSet::new(),
            specs: BTreeMap::new(),
        }
    }

    /// How this node proves packets from now on.
    pub(super) fn set_implicit_proofs(&mut self, implicit: bool) {
        self.implicit_proofs = implicit;
        self.node.set_proof_form(if implicit { ProofForm::Implicit } else { ProofForm::Explicit });
    }

    /// Is there an interface that stands?
    pub(super) fn is_connected(&self) -> bool {
        self.interfaces.connections() > 0
    }

    fn remove_interface(&mut self, now: Now, interface: InterfaceId) {
        self.specs.remove(&interface);
        self.interfaces.disconnected(interface);
        self.node.remove_interface(now, interface);
    }

    fn handle_frame(&mut self, now: Now, interface: InterfaceId, frame: &[u8]) {
        let Some(spec) = self.specs.get(&interface) else { return };
        self.interfaces.received(interface, frame.len());
        let opened = match &spec.access {
            Some(code) => code.open(frame),
            None => Ok(frame.to_vec()),
        };
        let packet = opened.as_deref().ok().and_then(|bytes| Packet::parse(bytes).ok());
        let link = packet.map(|packet| LinkId::from(packet.address));
        if let (Ok(bytes), Some(packet)) = (&opened, &packet) {
            self.tap.note(now, &spec.name, bytes, packet);
            let is_proof = packet.packet_type == PacketType::Proof && packet.context == Context::None;
            if is_proof && link.is_some_and(|link| self.deaf.contains(&link)) {
                return;
            }
        }
        self.node.handle_frame(now, interface, frame);
        if let Some(link) = link {
            self.refresh_line(link);
        }
        self.watch_incoming();
    }

    fn transmit(&mut self) {
        while let Some(transmit) = self.node.poll_transmit() {
            let frame = match self.damage.take() {
                Some(damage) => {
                    let access = self.specs.get(&transmit.interface).and_then(|spec| spec.access.as_ref());
                    spoil(transmit.frame, access, damage)
                }
                None => transmit.frame,
            };
            self.interfaces.send(transmit.interface, frame);
        }
    }

    fn handle_event(&mut self, now: Now, event: Event) {
        match event {
            Event::Packet { destination, data, proof, .. } => {
                self.take_packet(now, destination, data, &proof)
            }
            Event::LinkPacket { link, destination, data, proof } => {
                self.take_link_packet(now, link, destination, data, &proof);
            }
            Event::RatchetDrawn { destination, ratchet } => {
                self.node.ratchet_stored(destination, ratchet.id());
                self.note_ratchet(destination, ratchet.id());
            }
            Event::PacketDelivered { packet, .. } => self.conclude(packet, Receipt::Delivered),
            Event::PacketTimedOut { packet } => self.conclude(packet, Receipt::Failed),
            Event::LinkEstablished { link, destination, initiator, .. } => {
                self.note_link(now, link, destination, initiator);
            }
            Event::LinkIdentified { link, identity, .. } => {
                if let Some(line) = self.lines.get_mut(&link) {
                    line.remote = Some(identity.hash());
                }
            }
            Event::LinkClosed { link, reason, .. } => {
                if let Some(line) = self.lines.get_mut(&link) {
                    line.closed = Some((reason, now.instant));
                }
            }
            Event::ChannelMessage { .. }
            | Event::ChannelDelivered { .. }
            | Event::ChannelBroken { .. }
            | Event::StreamData { .. } => self.handle_channel_event(event),
            Event::Request(request) => self.serve(now, &request),
            Event::Response { request_id, data, metadata, .. } => {
                self.replies.insert(request_id, Reply::Ready(data, metadata));
            }
            Event::RequestFailed { request_id, reason, .. } => {
                self.replies.insert(request_id, Reply::Failed(reason));
            }
            Event::ResourceStarted { .. }
            | Event::ResourceLost { .. }
            | Event::ResourceReceived { .. }
            | Event::ResourceDelivered { .. }
            | Event::ResourceFailed { .. } => self.handle_resource_event(now, event),
            // No command receives broadcasts or keeps emission times.
            Event::Announce { .. }
            | Event::GroupPacket { .. }
            | Event::PlainPacket { .. }
            | Event::EmissionsTaken { .. }
            | Event::AirUsedUp { .. }
            | Event::AirFree { .. } => {}
        }
    }

    fn take_packet(&mut self, now: Now, destination: DestinationHash, data: Vec<u8>, proof: &ProofToken) {
        let Some(owned) = self.owned.get_mut(&destination) else { return };
        owned.packets.push(data);
        if owned.prove == Prove::Yes {
            self.node.prove(now, proof);
        }
    }

    fn take_link_packet(
        &mut self,
        now: Now,
        link: LinkId,
        destination: DestinationHash,
        data: Vec<u8>,
        proof: &ProofToken,
    ) {
        let inbound = self.lines.get(&link).is_some_and(|line| !line.initiator);
        let Some(owned) = self.owned.get_mut(&destination).filter(|_| inbound) else { return };
        owned.link_packets.push(data);
        if owned.prove == Prove::Yes {
            self.node.prove(now, proof);
        }
    }

    fn note_ratchet(&mut self, destination: DestinationHash, ratchet: RatchetId) {
        if let Some(owned) = self.owned.get_mut(&destination) {
            owned.ratchets.push(ratchet);
        }
    }

    fn conclude(&mut self, packet: PacketHash, outcome: Receipt) {
        if let Some(receipt) = self.receipts.get_mut(&packet) {
            *receipt = outcome;
        }
    }

    fn handle_channel_event(&mut self, event: Event) {
        match event {
            Event::ChannelMessage { link, body, .. } => {
                if let Some(line) = self.lines.get_mut(&link) {
                    line.messages.push(body);
                }
            }
            Event::ChannelDelivered { link, sequence } => {
                if let Some(line) = self.lines.get_mut(&link) {
                    line.delivered.insert(sequence);
                }
            }
            Event::ChannelBroken { link, reason, .. } => {
                if let Some(line) = self.lines.get_mut(&link) {
                    line.broken = Some(reason);
                }
            }
            Event::StreamData { link, stream, data, end, .. } => {
                let line = self.lines.get_mut(&link);
                if let Some(stream) = line.and_then(|line| line.streams.get_mut(&stream.number())) {
                    stream.data.extend(data);
                    stream.ended |= end == StreamEnd::Last;
                }
            }
            _ => {}
        }
    }

    fn note_link(&mut self, now: Now, link: LinkId, destination: DestinationHash, initiator: bool) {
        // Who opens a link listens on its channel for what the other side says first.
        let mut streams = initiator.then(|| vec![0]);
        if !initiator {
            self.lines.insert(link, Line::new(false, None));
            if let Some(owned) = self.owned.get_mut(&destination) {
                owned.links.push(link);
                streams.clone_from(&owned.streams);
                // The link has just come up, so it can't refuse.
                let _ = self.node.limit_resources(now, link, owned.limit);
            }
        }
        if let Some(streams) = streams {
            self.open_channel(now, link, &streams);
        }
        self.refresh_line(link);
    }
}

impl running::World for World {
    fn poll_timeout(&self) -> Option<Instant> {
        self.node.poll_timeout()
    }

    fn handle_interface_event(&mut self, now: Now, event: InterfaceEvent) {
        match event {
            InterfaceEvent::Frame { interface, frame } => self.handle_frame(now, interface, &frame),
            InterfaceEvent::Up { attachment, spec, direction, transmit, assigned } => {
                let interface = self.node.add_interface(now, spec.clone());
                self.specs.insert(interface, spec.clone());
                self.interfaces.connected(now, interface, attachment, spec, direction, transmit);
                if assigned.send(interface).is_err() {
                    self.remove_interface(now, interface);
                }
            }
            InterfaceEvent::Down { interface } => self.remove_interface(now, interface),
            InterfaceEvent::Radio { .. } => {}
            InterfaceEvent::Fares { attachment, condition } => {
                self.interfaces.fares(now, attachment, condition)
            }
        }
        self.settle(now);
    }

    /// Does what is due, takes the node's events, and hands packets to the interfaces.
    fn settle(&mut self, now: Now) {
        if self.node.poll_timeout().is_some_and(|deadline| deadline <= now.instant) {
            self.node.handle_timeout(now);
        }
        self.node.run_jobs(now);
        while let Some(event) = self.node.poll_event() {
            self.handle_event(now, event);
        }
        self.transmit();
    }

    /// Closes what is open.
    fn close(&mut self, now: Now) {
        for link in self.lines.keys() {
            self.node.close_link(now, *link);
        }
        self.settle(now);
        self.interfaces = Registry::default();
    }

    fn shared(&mut self) -> (&mut Node, &Registry) {
        (&mut self.node, &self.interfaces)
    }
}

/// The frame, damaged beneath its access code as a bad sender would.
fn spoil(frame: Vec<u8>, access: Option<&AccessCode>, damage: Damage) -> Vec<u8> {
    let mut packet = match access {
        Some(code) => code.open(&frame).unwrap_or(frame),
        None => frame,
    };
    match damage {
        Damage::LastByte => {
            if let Some(last) = packet.last_mut() {
                *last ^= 1;
            }
        }
        Damage::Cut => packet.truncate(packet.len() / 2),
    }
    match access {
        Some(code) => code.seal(&packet).unwrap_or(packet),
        None => packet,
    }
}
