//! The node: one node of a Reticulum network, and its verbs.
//! Not a transport node and not a shared instance unless it is told to be: then it passes on packets of others.

mod air;
mod announces;
mod broadcast;
mod channels;
mod forward;
mod inbound;
mod link_table;
mod links;
mod lookup;
mod own;
mod persist;
mod probe;
mod reply;
mod sealed;
mod shared;
mod spread;
mod survey;
mod tables;
mod tunnels;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::air::{Class, Sending};
use super::announce::AnnounceKind;
use super::destination::{DestinationSpec, destination_hash};
use super::error::{DropCounts, MisuseError};
use super::event::{Event, ProofToken};
use super::hash::{Address, DestinationHash, IdentityHash, NameHash, PacketHash};
use super::identity::{Identity, PublicIdentity};
use super::interface::{InterfaceId, InterfaceSpec, Neighbour};
use super::job_queue::JobQueue;
use super::known_destinations::KnownDestinations;
use super::packet::proof::{self, ProofForm};
use super::packet::receipt::Receipts;
use super::packet::{Context, DestinationType, ENCRYPTED_MDU, MAX_HOPS, Packet, PacketType};
use super::random::Random;
use super::ratchet::{RatchetId, SearchBudget};
use super::time::{Instant, Now};
use super::transport::hashlist::{Generations, MAX_PACKET_HASHES};
use super::transport::path_request::PathRequests;
use super::transport::path_table::PathTable;
use super::transport::relay::{Relay, Scope};
use super::transport::{PathRequest, TunnelOffer};
use broadcast::Broadcasts;
use link_table::LinkTable;
use own::Own;
use persist::WaitingPaths;
use probe::Probe;
use shared::Introductions;
use wire::Wire;

pub use air::Price;
pub use broadcast::Audience;
pub use links::Compression;
pub use lookup::PathStatus;
pub use reply::{Came, Recipient, Replied};
pub use survey::{KnownPath, KnownRate};
pub use tables::TableSizes;

/// `Transport.known_destinations_interval`: how often what is too old is forgotten.
const SWEEP_INTERVAL: Duration = Duration::from_secs(300);
/// `Reticulum.DEFAULT_PER_HOP_TIMEOUT`.
const PER_HOP_TIMEOUT: Duration = Duration::from_secs(6);
/// Bits of a packet of full size.
const MTU_BITS: u64 = 4000;

/// Bytes for an interface: one packet, unframed, with the access code that the interface asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub interface: InterfaceId,
    /// The packet, and its access code.
    pub frame: Vec<u8>,
}

/// A node, an end node at first. Inputs are `handle_*` and the calls below; outputs wait in `poll_*`, and whoever
/// drives the node takes them all after every input. Jobs alone may wait until somebody has time for them.
#[derive(Debug)]
pub struct Node {
    wire: Wire,
    own: BTreeMap<DestinationHash, Own>,
    broadcasts: Broadcasts,
    known: KnownDestinations,
    paths: PathTable,
    waiting_paths: WaitingPaths,
    seen: Generations<Address>,
    path_requests: PathRequests,
    jobs: JobQueue,
    receipts: Receipts,
    proof_form: ProofForm,
    searches: SearchBudget,
    links: LinkTable,
    relay: Option<Box<Relay>>,
    tunnel_identity: Option<Identity>,
    probe: Option<Probe>,
    introductions: Introductions,
    events: VecDeque<Event>,
    drops: DropCounts,
    sweep: Option<Instant>,
    random: Random,
    path_request_address: DestinationHash,
    tunnel_address: DestinationHash,
}

impl Node {
    /// A node without interfaces and destinations; `seed` must be secret and new at every start.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            wire: Wire::default(),
            own: BTreeMap::new(),
            broadcasts: Broadcasts::default(),
            known: KnownDestinations::new(),
            paths: PathTable::new(),
            waiting_paths: WaitingPaths::default(),
            seen: Generations::new(MAX_PACKET_HASHES),
            path_requests: PathRequests::new(),
            jobs: JobQueue::default(),
            receipts: Receipts::default(),
            proof_form: ProofForm::Implicit,
            searches: SearchBudget::new(),
            links: LinkTable::default(),
            relay: None,
            tunnel_identity: None,
            probe: None,
            introductions: Introductions::default(),
            events: VecDeque::new(),
            drops: DropCounts::default(),
            sweep: None,
            random: Random::from_seed(seed),
            path_request_address: PathRequest::address(),
            tunnel_address: TunnelOffer::address(),
        }
    }

    /// Makes this a transport node, known to others by the hash of `identity`: it passes on announces and packets of
    /// others, and answers path requests for them. The identity is for this alone, and the same at every start.
    pub fn enable_transport(&mut self, identity: Identity) {
        self.relay = Some(Box::new(Relay::new(identity, Scope::Everybody)));
    }

    /// How packets to our destinations are proved (`use_implicit_proof`); implicitly at first. On links the form is fixed.
    pub fn set_proof_form(&mut self, form: ProofForm) {
        self.proof_form = form;
    }

    /// Makes this a shared instance, known to others by the hash of `identity`: it passes on announces and packets to
    /// and from [`Neighbour::LocalClient`]s, and nothing else. A transport node does so without this.
    pub fn enable_sharing(&mut self, identity: Identity) {
        if self.relay.is_none() {
            self.relay = Some(Box::new(Relay::new(identity, Scope::LocalClients)));
        }
    }

    /// The hash that others name this transport node or shared instance by; `None` if it is an end node.
    pub fn transport_id(&self) -> Option<IdentityHash> {
        self.relay.as_deref().map(Relay::id)
    }

    /// Does it pass on packets of everybody?
    pub fn is_transport_node(&self) -> bool {
        self.relay.as_deref().is_some_and(|relay| relay.scope() == Scope::Everybody)
    }

    /// Makes an interface known.
    pub fn add_interface(&mut self, now: Now, spec: InterfaceSpec) -> InterfaceId {
        let neighbour = spec.neighbour;
        let interface = self.wire.add(spec);
        if neighbour == Neighbour::SharedInstance {
            self.introductions.attached(now.instant);
        }
        if let Some(relay) = &mut self.relay {
            relay.ingress.add_interface(now.instant, interface);
        }
        self.take_up_waiting_paths(now, interface);
        interface
    }

    /// Forgets an interface, closing its links and dropping paths over it. Unknown ids are ignored.
    pub fn remove_interface(&mut self, now: Now, interface: InterfaceId) {
        self.keep_tunnel_paths(now, interface);
        self.wire.remove(interface);
        self.paths.remove_interface(interface);
        self.searches.forget(interface);
        self.jobs.remove_interface(interface);
        if let Some(relay) = &mut self.relay {
            relay.remove_interface(interface);
        }
        self.abandon_links_on(now, interface);
    }

    /// Registers an inbound SINGLE destination: packets and links to it, path requests for it, are served from
    /// now on. Registered once more, the new spec holds for later links and announces.
    pub fn register_destination(&mut self, spec: DestinationSpec) -> DestinationHash {
        let own = Own::new(spec);
        let (destination, known) = (own.hash(), own.known());
        match self.own.get_mut(&destination) {
            Some(registered) => registered.replace(own),
            None => {
                self.own.insert(destination, own);
            }
        }
        self.known.insert_own(destination, known);
        self.paths.remove(destination);
        if self.wire.has(Neighbour::SharedInstance) {
            self.introductions.at_once();
        }
        destination
    }

    /// Replaces the app data of later announces (and answers to path requests) of `destination`.
    pub fn set_app_data(
        &mut self,
        destination: DestinationHash,
        app_data: Vec<u8>,
    ) -> Result<(), MisuseError> {
        let own = self.own.get_mut(&destination).ok_or(MisuseError::NotOurs)?;
        let limit = own.max_app_data();
        if app_data.len() > limit {
            return Err(MisuseError::TooLarge { size: app_data.len(), limit });
        }
        own.set_app_data(app_data);
        self.known.insert_own(destination, own.known());
        Ok(())
    }

    /// Announces `destination` on all interfaces.
    pub fn announce(&mut self, now: Now, destination: DestinationHash) -> Result<(), MisuseError> {
        let own = self.own.get_mut(&destination).ok_or(MisuseError::NotOurs)?;
        let frame = own.announce(now, AnnounceKind::Live, &mut self.random)?;
        self.tell_what_to_store(destination);
        self.wire.send_where(&frame, |_, spec| spec.mode.passes_own_announce());
        Ok(())
    }

    /// Announces of `destination` are dated later than `emission`, the highest that an earlier run was told by
    /// [`Event::EmissionsTaken`]; what this run is to keep is told from now on. Unknown destinations are ignored.
    pub fn date_announces_after(&mut self, destination: DestinationHash, emission: u64) {
        if let Some(own) = self.own.get_mut(&destination) {
            own.date_after(emission);
        }
    }

    /// A ratchet from [`Event::RatchetDrawn`] is where a crash does not reach it; from now on it may be announced.
    /// Unknown ones are ignored.
    pub fn ratchet_stored(&mut self, destination: DestinationHash, ratchet: RatchetId) {
        if let Some(own) = self.own.get_mut(&destination) {
            own.note_stored(ratchet);
        }
    }

    /// A packet arrived.
    pub fn handle_frame(&mut self, now: Now, interface: InterfaceId, frame: &[u8]) {
        self.wire.note_heard(now.instant, interface, frame.len());
        if let Err(reason) = self.receive(now, interface, frame) {
            self.drops.add(reason);
        }
    }

    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(packet) = self.receipts.poll_expired(now.instant) {
            self.events.push_back(Event::PacketTimedOut { packet });
        }
        self.handle_link_timeouts(now);
        self.handle_relay_timeouts(now);
        self.announce_probe_if_due(now);
        self.introduce(now);
        if self.sweep.is_some_and(|sweep| sweep <= now.instant) {
            self.known.expire(now.instant);
            self.paths.expire(now.instant);
            self.path_requests.expire(now.instant);
            if let Some(relay) = &mut self.relay {
                relay.rates.expire(now.instant);
                relay.tunnels.expire(now.instant);
            }
            let nothing_ages = self.known.len() <= self.own.len()
                && self.paths.len() == 0
                && !self.path_requests.awaits_any()
                && self.relay.as_deref().is_none_or(|relay| relay.tunnels.len() == 0);
            self.sweep = (!nothing_ages).then(|| now.instant.after(SWEEP_INTERVAL));
        }
        self.handle_air(now);
    }

    /// The next packet to transmit. Those that go through the air come when [`Self::handle_timeout`] is called, each when
    /// its turn has come.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.wire.poll_transmit()
    }

    /// The next thing that has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let relay = self.relay.as_deref().and_then(Relay::poll_timeout);
        let introductions = self.introductions.poll_timeout();
        let probe = self.probe.as_ref().map(Probe::due);
        let waits = [self.receipts.poll_timeout(), self.links.poll_timeout(), self.wire.poll_timeout()];
        [relay, introductions, probe, self.sweep].into_iter().chain(waits).flatten().min()
    }

    /// Remembers that the holder of a key has the destination of this name, though no announce has said so: the key
    /// was proved in another way.
    pub fn learn(&mut self, now: Now, name: NameHash, identity: &PublicIdentity) {
        self.known.learn(now.instant, destination_hash(name, identity.hash()), identity);
        self.arm_sweep(now);
    }

    /// Asks the network for a path; repeats within 20 s (`PATH_REQUEST_MI`) are not sent. Answered by
    /// [`Event::Announce`]. Neighbours of version 1.5 ignore repeats for some 50 s.
    pub fn request_path(&mut self, now: Now, destination: DestinationHash) {
        if self.path_requests.ask(now.instant, destination) {
            let frame = self.path_request(destination);
            self.wire.send_on_all(&frame);
            self.arm_sweep(now);
        }
    }

    /// As [`Self::request_path`], also within 20 s of the last time: a person who asks knows why.
    pub fn request_path_again(&mut self, now: Now, destination: DestinationHash) {
        self.path_requests.forget_asked(destination);
        self.request_path(now, destination);
    }

    /// Sends one encrypted packet of at most [`crate::rns::packet::ENCRYPTED_MDU`] bytes. Ends in
    /// [`Event::PacketDelivered`] or [`Event::PacketTimedOut`].
    pub fn send_packet(
        &mut self,
        now: Now,
        destination: DestinationHash,
        data: &[u8],
    ) -> Result<PacketHash, MisuseError> {
        self.send_packet_patiently(now, destination, data, Class::Answer, Duration::ZERO)
    }

    /// As [`Self::send_packet`], which sends what somebody waits for; and waits for the proof for at least `patience`.
    pub fn send_packet_patiently(
        &mut self,
        now: Now,
        destination: DestinationHash,
        data: &[u8],
        class: Class,
        patience: Duration,
    ) -> Result<PacketHash, MisuseError> {
        self.send_encrypted(now, destination, data, class.into(), patience)
    }

    /// As [`Self::send_packet`], with a notice: while it waits for the air of a radio, the next one to the same destination
    /// about the same topic takes its place.
    pub fn send_notice(
        &mut self,
        now: Now,
        destination: DestinationHash,
        data: &[u8],
        topic: [u8; 16],
    ) -> Result<PacketHash, MisuseError> {
        let sending = Sending { class: Class::Notice, topic: Some(topic) };
        self.send_encrypted(now, destination, data, sending, Duration::ZERO)
    }

    fn send_encrypted(
        &mut self,
        now: Now,
        destination: DestinationHash,
        data: &[u8],
        sending: Sending,
        patience: Duration,
    ) -> Result<PacketHash, MisuseError> {
        if data.len() > ENCRYPTED_MDU {
            return Err(MisuseError::TooLarge { size: data.len(), limit: ENCRYPTED_MDU });
        }
        let (known, ratchet) =
            self.known.take_up(now.instant, destination).ok_or(MisuseError::UnknownDestination)?;
        let payload = known
            .identity
            .encrypt(data, ratchet.as_ref(), &mut self.random)
            .ok_or(MisuseError::UnknownDestination)?;
        let prover = known.identity.clone();
        let (packet_type, destination_type) = (PacketType::Data, DestinationType::Single);
        let packet = Packet::new(packet_type, destination_type, destination, Context::None, &payload);
        let hash = packet.hash();
        let timeout = self.proof_timeout(destination).max(patience);
        self.wire.send_to_single(now.instant, &mut self.paths, &packet, sending);
        if let Some(packet) = self.receipts.expect(now.instant, hash, prover, timeout) {
            self.events.push_back(Event::PacketTimedOut { packet });
        }
        Ok(hash)
    }

    /// Proves what was delivered. Tokens of closed links and of interfaces that are gone are ignored.
    pub fn prove(&mut self, now: Now, token: &ProofToken) {
        match token {
            ProofToken::Packet { destination, packet, interface } => {
                if let Some(own) = self.own.get(destination) {
                    let frame = proof::build(&own.spec().identity, *packet, self.proof_form);
                    self.wire.send_on(*interface, frame);
                }
            }
            ProofToken::LinkPacket { link, .. } | ProofToken::Resource { link, .. } => {
                self.on_link_if_any(now, *link, |link, _| link.prove(now, token));
            }
        }
    }

    /// Refuses what was delivered: a Resource is rejected, so that its sender stops trying; a packet is simply
    /// never proved, for the protocol has no word for it.
    pub fn refuse(&mut self, now: Now, token: &ProofToken) {
        match token {
            ProofToken::Resource { link, resource } => {
                self.on_link_if_any(now, *link, |link, random| link.refuse(now, *resource, random));
            }
            ProofToken::Packet { .. } | ProofToken::LinkPacket { .. } => {}
        }
    }

    /// What was dropped, by reason.
    pub fn drops(&self) -> &DropCounts {
        &self.drops
    }

    /// How long to wait for the proof of a packet to `destination` (page 01 §7).
    fn proof_timeout(&self, destination: DestinationHash) -> Duration {
        let path = self.paths.get(destination);
        let hops = path.map_or(MAX_HOPS, |path| path.hops);
        let on_air = path.and_then(|path| self.full_packet_time(path.interface)).unwrap_or_default();
        PER_HOP_TIMEOUT.saturating_mul(u32::from(hops).saturating_add(1)).saturating_add(on_air)
    }

    fn tell_what_to_store(&mut self, destination: DestinationHash) {
        let drawn = self.own.get_mut(&destination).and_then(Own::poll_to_store);
        self.events.extend(drawn.map(|ratchet| Event::RatchetDrawn { destination, ratchet }));
        let emission = self.own.get_mut(&destination).and_then(Own::poll_emission_to_store);
        self.events.extend(emission.map(|until| Event::EmissionsTaken { destination, until }));
    }

    fn arm_sweep(&mut self, now: Now) {
        self.sweep.get_or_insert(now.instant.after(SWEEP_INTERVAL));
    }
}
