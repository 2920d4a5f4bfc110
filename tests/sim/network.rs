//! The network: nodes joined by wires, frames in flight, and the one clock they share.
//! Not a radio: a wire carries any number of frames at once, unless it is a [`Channel`].

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use roost::rns::Node;
use roost::rns::air::{Air, Limits};
use roost::rns::airtime::Modulation;
use roost::rns::destination::DestinationSpec;
use roost::rns::event::Event;
use roost::rns::identity::Identity;
use roost::rns::ifac::AccessCode;
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::policy::Policy;
use roost::rns::random::Random;
use roost::rns::ratchet::Ratchets;
use roost::rns::time::{Instant, Now, UnixTime};

use crate::radio::{Channel, Landed};

/// When the simulated world begins, in seconds since 1970.
const EPOCH: i64 = 1_700_000_000;
/// A node that wants to be woken so often without time passing is stuck.
const MAX_WAKES_PER_INSTANT: u32 = 10_000;

/// Names a node of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seat(usize);

/// Names a wire of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WireId(usize);

/// What a wire is like. All who are joined to it hear what any of them sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wire {
    pub(crate) delay: Duration,
    /// How many of a hundred frames get lost, for each listener anew.
    pub(crate) loss_percent: u64,
    pub(crate) hw_mtu: usize,
    pub(crate) bitrate: u64,
    pub(crate) mode: Mode,
    pub(crate) policy: Policy,
    /// It is no wire: one frame at a time, and each takes its time.
    pub(crate) radio: Option<Modulation>,
    /// Of a radio: what its stations may take of the time, if they know that it is one.
    pub(crate) limits: Option<Limits>,
}

impl Wire {
    /// A TCP connection over a good line.
    pub(crate) const TCP: Self = Self {
        delay: Duration::from_millis(20),
        loss_percent: 0,
        hw_mtu: 262_144,
        bitrate: 10_000_000,
        mode: Mode::Full,
        policy: Policy::DEFAULT,
        radio: None,
        limits: None,
    };

    /// A socket inside one machine.
    pub(crate) const LOCAL: Self =
        Self { delay: Duration::from_micros(50), bitrate: 1_000_000_000, ..Self::TCP };

    /// A radio channel that RNodes share.
    pub(crate) fn lora(lora: Modulation) -> Self {
        let (delay, bitrate) = (Duration::ZERO, lora.bitrate());
        Self {
            delay,
            loss_percent: 0,
            hw_mtu: 508,
            bitrate,
            mode: Mode::Full,
            policy: Policy::DEFAULT,
            radio: Some(lora),
            limits: None,
        }
    }

    /// Its stations keep within these.
    pub(crate) const fn within(self, limits: Limits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    pub(crate) const fn losing(self, loss_percent: u64) -> Self {
        Self { loss_percent, ..self }
    }
}

/// A frame that a node has transmitted.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) from: Seat,
    pub(crate) wire: WireId,
    pub(crate) frame: Vec<u8>,
}

#[derive(Debug)]
struct Place {
    node: Node,
    heard: VecDeque<Event>,
    plugs: BTreeMap<InterfaceId, WireId>,
    access: Option<AccessCode>,
    /// When it wants to be woken.
    due: Option<u64>,
}

#[derive(Debug)]
struct Flight {
    to: Seat,
    wire: WireId,
    frame: Vec<u8>,
}

/// The simulated network.
#[derive(Debug)]
pub(crate) struct Network {
    seed: u64,
    random: Random,
    micros: u64,
    departures: u64,
    places: Vec<Place>,
    wires: Vec<Wire>,
    /// Wires inside one machine, and who is the shared instance there.
    instances: BTreeMap<WireId, Seat>,
    in_flight: BTreeMap<(u64, u64), Flight>,
    channels: BTreeMap<WireId, Channel>,
    sent: Vec<Sent>,
}

impl Network {
    /// An empty network; the same seed and the same calls give the same run.
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        Self {
            seed,
            random: Random::from_seed(bytes),
            micros: 1_000_000,
            departures: 0,
            places: Vec::new(),
            wires: Vec::new(),
            instances: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            channels: BTreeMap::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> Now {
        let micros = i64::try_from(self.micros).unwrap();
        Now {
            instant: Instant::from_micros(self.micros),
            unix: UnixTime::from_micros(EPOCH * 1_000_000 + micros),
        }
    }

    pub(crate) fn add_node(&mut self) -> Seat {
        let node = Node::new(self.random.bytes());
        self.places.push(Place {
            node,
            heard: VecDeque::new(),
            plugs: BTreeMap::new(),
            access: None,
            due: None,
        });
        Seat(self.places.len() - 1)
    }

    /// The access code that a node uses on wires it is joined to from now on.
    pub(crate) fn set_access(&mut self, seat: Seat, access: Option<AccessCode>) {
        self.places[seat.0].access = access;
    }

    /// A node that passes on packets of others.
    pub(crate) fn add_transport_node(&mut self) -> Seat {
        let seat = self.add_node();
        let identity = Identity::generate(&mut self.random);
        self.places[seat.0].node.enable_transport(identity);
        seat
    }

    /// An end node whose interfaces programs on its machine share.
    pub(crate) fn add_shared_instance(&mut self) -> Seat {
        let seat = self.add_node();
        let identity = Identity::generate(&mut self.random);
        self.places[seat.0].node.enable_sharing(identity);
        seat
    }

    /// Joins nodes by one wire.
    pub(crate) fn join(&mut self, seats: &[Seat], wire: Wire) -> WireId {
        let id = WireId(self.wires.len());
        self.wires.push(wire);
        if let Some(lora) = wire.radio {
            let random = Random::from_seed(self.random.bytes());
            self.channels.insert(id, Channel::new(lora, seats, random));
        }
        for seat in seats {
            self.plug(*seat, id);
        }
        id
    }

    /// The channel that a wire is.
    pub(crate) fn channel(&mut self, wire: WireId) -> &mut Channel {
        self.channels.get_mut(&wire).expect("it is a radio")
    }

    /// Makes one node the shared instance of another.
    pub(crate) fn attach(&mut self, client: Seat, instance: Seat) -> WireId {
        let id = WireId(self.wires.len());
        self.wires.push(Wire::LOCAL);
        self.instances.insert(id, instance);
        self.plug(instance, id);
        self.plug(client, id);
        id
    }

    /// Joins a wire that was cut again.
    pub(crate) fn mend(&mut self, wire: WireId, seats: &[Seat]) {
        for seat in seats {
            self.plug(*seat, wire);
        }
    }

    fn neighbour(&self, seat: Seat, wire: WireId) -> Neighbour {
        match self.instances.get(&wire) {
            None => Neighbour::Network,
            Some(instance) if *instance == seat => Neighbour::LocalClient,
            Some(_) => Neighbour::SharedInstance,
        }
    }

    fn plug(&mut self, seat: Seat, id: WireId) {
        let (now, wire) = (self.now(), self.wires[id.0]);
        let spec = InterfaceSpec {
            name: format!("wire {}", id.0),
            neighbour: self.neighbour(seat, id),
            hw_mtu: wire.hw_mtu,
            mtu_discovery: wire.radio.is_none(),
            bitrate: wire.bitrate,
            access: self.places[seat.0].access.clone(),
            mode: wire.mode,
            policy: wire.policy,
            air: wire.radio.zip(wire.limits).map(|(lora, limits)| Air::lora(lora, limits)),
        };
        let place = &mut self.places[seat.0];
        let interface = place.node.add_interface(now, spec);
        place.plugs.insert(interface, id);
        self.note_due(seat);
    }

    fn note_due(&mut self, seat: Seat) {
        let place = &mut self.places[seat.0];
        place.due = place.node.poll_timeout().map(Instant::as_micros);
    }

    /// Takes a wire away from everybody.
    pub(crate) fn cut(&mut self, wire: WireId) {
        self.in_flight.retain(|_, flight| flight.wire != wire);
        for seat in 0..self.places.len() {
            let seat = Seat(seat);
            if let Some(interface) = self.interface(seat, wire) {
                self.call(seat, |node, now| node.remove_interface(now, interface));
                self.places[seat.0].plugs.remove(&interface);
            }
        }
    }

    /// Changes how much a wire loses from now on.
    pub(crate) fn set_loss(&mut self, wire: WireId, loss_percent: u64) {
        self.wires[wire.0].loss_percent = loss_percent;
    }

    /// A process ends and starts again on the same wires: everything it knew is gone.
    pub(crate) fn restart(&mut self, seat: Seat) {
        self.restart_with(seat, |_, _| {});
    }

    /// As [`Self::restart`]; `prepare` gives the new node what was kept for it, before it is plugged in.
    pub(crate) fn restart_with(&mut self, seat: Seat, prepare: impl FnOnce(&mut Node, Now)) {
        let plugs = std::mem::take(&mut self.places[seat.0].plugs);
        self.places[seat.0].node = Node::new(self.random.bytes());
        self.places[seat.0].heard.clear();
        self.in_flight.retain(|_, flight| flight.to != seat);
        self.call(seat, prepare);
        for wire in plugs.into_values() {
            self.plug(seat, wire);
        }
    }

    /// The interface of a node that is on `wire`.
    pub(crate) fn interface(&self, seat: Seat, wire: WireId) -> Option<InterfaceId> {
        self.places[seat.0].plugs.iter().find(|(_, plugged)| **plugged == wire).map(|(id, _)| *id)
    }

    /// A look at a node.
    pub(crate) fn node(&self, seat: Seat) -> &Node {
        &self.places[seat.0].node
    }

    /// Calls a node, does the jobs it has, and sends off what it has to say.
    pub(crate) fn call<T>(&mut self, seat: Seat, call: impl FnOnce(&mut Node, Now) -> T) -> T {
        let now = self.now();
        let node = &mut self.places[seat.0].node;
        let outcome = call(node, now);
        node.run_jobs(now);
        self.collect(seat);
        self.note_due(seat);
        outcome
    }

    /// Hands a frame to a node as if somebody had sent it over `wire`.
    pub(crate) fn inject(&mut self, seat: Seat, wire: WireId, frame: &[u8]) {
        let interface = self.interface(seat, wire).expect("the node is on that wire");
        self.call(seat, |node, now| node.handle_frame(now, interface, frame));
    }

    /// Lets time pass; everything that is due happens at its time.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let end = self.micros + u64::try_from(duration.as_micros()).unwrap();
        let mut wakes = 0;
        while let Some(next) = self.next_due().filter(|next| *next <= end) {
            wakes = if next > self.micros { 0 } else { wakes + 1 };
            assert!(wakes < MAX_WAKES_PER_INSTANT, "somebody wants to be woken again and again");
            self.micros = self.micros.max(next);
            self.step();
        }
        self.micros = end;
    }

    /// What a node told since the last look.
    pub(crate) fn events(&mut self, seat: Seat) -> Vec<Event> {
        self.places[seat.0].heard.drain(..).collect()
    }

    /// Has a node told something since the last look?
    pub(crate) fn has_news(&self, seat: Seat) -> bool {
        !self.places[seat.0].heard.is_empty()
    }

    /// All frames transmitted since the last look.
    pub(crate) fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// When something is due, for the nodes or on the way.
    pub(crate) fn next_due(&self) -> Option<u64> {
        let arrival = self.in_flight.first_key_value().map(|((at, _), _)| *at);
        let wakes = self.places.iter().filter_map(|place| place.due);
        let on_air = self.channels.values().filter_map(Channel::next_due);
        wakes.chain(on_air).chain(arrival).min()
    }

    fn step(&mut self) {
        for (wire, channel) in &mut self.channels {
            channel.lose(self.wires[wire.0].loss_percent);
            for Landed { to, frame } in channel.step(self.micros) {
                self.departures += 1;
                self.in_flight.insert((self.micros, self.departures), Flight { to, wire: *wire, frame });
            }
        }
        while let Some(entry) = self.in_flight.first_entry().filter(|entry| entry.key().0 <= self.micros) {
            let Flight { to, wire, frame } = entry.remove();
            if let Some(interface) = self.interface(to, wire) {
                self.call(to, |node, now| node.handle_frame(now, interface, &frame));
            }
        }
        for seat in 0..self.places.len() {
            if self.places[seat].due.is_some_and(|at| at <= self.micros) {
                self.call(Seat(seat), |node, now| node.handle_timeout(now));
            }
        }
    }

    fn collect(&mut self, from: Seat) {
        while let Some(transmit) = self.places[from.0].node.poll_transmit() {
            let wire = self.places[from.0].plugs[&transmit.interface];
            self.send_off(Sent { from, wire, frame: transmit.frame });
        }
        while let Some(event) = self.places[from.0].node.poll_event() {
            self.places[from.0].heard.push_back(event);
        }
    }

    fn send_off(&mut self, sent: Sent) {
        let wire = self.wires[sent.wire.0];
        let code = self.places[sent.from.0].access.as_ref().map_or(0, AccessCode::size);
        assert!(sent.frame.len() <= wire.hw_mtu + code, "a frame larger than the wire carries");
        if let Some(channel) = self.channels.get_mut(&sent.wire) {
            channel.queue(self.micros, sent.from, sent.frame.clone());
            self.sent.push(sent);
            return;
        }
        for seat in 0..self.places.len() {
            let to = Seat(seat);
            let listens = to != sent.from && self.interface(to, sent.wire).is_some();
            if listens && self.random.below(100) >= wire.loss_percent {
                self.departures += 1;
                let arrival = self.micros + u64::try_from(wire.delay.as_micros()).unwrap();
                let flight = Flight { to, wire: sent.wire, frame: sent.frame.clone() };
                self.in_flight.insert((arrival, self.departures), flight);
            }
        }
        self.sent.push(sent);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("network seed: {}, {} µs into the run", self.seed, self.micros);
        }
    }
}

/// An identity that is the same in every run.
pub(crate) fn identity(number: u64) -> Identity {
    let mut seed = [0xa5; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    Identity::generate(&mut Random::from_seed(seed))
}

/// A destination `meshchat.group` of an identity.
pub(crate) fn group_of(identity: Identity, app_data: &str) -> DestinationSpec {
    DestinationSpec {
        identity,
        full_name: "meshchat.group".to_owned(),
        app_data: app_data.as_bytes().to_vec(),
        request_paths: Vec::new(),
        max_resource: 1 << 20,
        ratchets: Ratchets::Off,
    }
}
