//! The world of these tests: people with a node and a router each, on one wire, under one clock.
//! Not a radio: the wire carries any number of frames at once.

use std::collections::VecDeque;
use std::time::Duration;

use crate::lxmf::router::{Event, Router};
use crate::lxmf::{DeliveryToken, Message, MessageHash, Method, OutboundMessage, delivery_destination};
use crate::rns::Node;
use crate::rns::air::{Air, Limits};
use crate::rns::airtime::Modulation;
use crate::rns::event::Event as NodeEvent;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::Identity;
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::packet::Packet;
use crate::rns::random::Random;
use crate::rns::ratchet::Ratchet;
use crate::rns::time::{Instant, Now, UnixTime};

const EPOCH: i64 = 1_700_000_000_000_000;
const DELAY: Duration = Duration::from_millis(20);

/// What the server above a router does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conduct {
    /// Stores it and proves it.
    Proves,
    /// Can't store it, and stays silent.
    Withholds,
}

pub(super) struct Person {
    pub(super) node: Node,
    pub(super) router: Router,
    pub(super) identity: Identity,
    pub(super) conduct: Conduct,
    interface: InterfaceId,
    /// What the router told, with the time since the start.
    pub(super) events: Vec<(Duration, Event)>,
    /// What the router handed back.
    pub(super) others: Vec<NodeEvent>,
}

/// Whether the wire loses a frame, given who sends it.
type Loss = Box<dyn FnMut(usize, &Packet<'_>) -> bool>;

pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) loss: Loss,
    /// All frames sent, lost ones included, and who sent them.
    pub(super) sent: Vec<(usize, Vec<u8>)>,
    /// Whether the routers' jobs are done, each at once.
    pub(super) computes: bool,
    micros: u64,
    in_flight: VecDeque<(u64, usize, Vec<u8>)>,
}

impl World {
    /// So many people who know nothing of each other.
    pub(super) fn of_strangers(count: u8) -> Self {
        Self::of_strangers_with(&vec![0; count.into()], 10_000_000, None)
    }

    /// One for each stamp cost; 0 asks for none. What they say of their interfaces is that they carry so many bits per
    /// second.
    fn of_strangers_with(costs: &[u8], bitrate: u64, air: Option<Air>) -> Self {
        let mut world = Self {
            people: Vec::new(),
            loss: Box::new(|_, _| false),
            sent: Vec::new(),
            computes: true,
            micros: 0,
            in_flight: VecDeque::new(),
        };
        for (number, cost) in (0..).zip(costs) {
            let now = world.now();
            let mut node = Node::new([number; 32]);
            let identity = Identity::generate(&mut Random::from_seed([0x40 + number; 32]));
            let spec = InterfaceSpec { hw_mtu: 262_144, bitrate, air, ..InterfaceSpec::wire() };
            let interface = node.add_interface(now, spec);
            let ratchet = Ratchet::draw(now.unix, &mut Random::from_seed([0x60 + number; 32]));
            let mut router = Router::new();
            if *cost > 0 {
                router.ask_for_stamps(*cost);
            }
            router.register(&mut node, identity.clone(), &format!("Person {number}"), vec![ratchet]);
            world.people.push(Person {
                node,
                router,
                identity,
                conduct: Conduct::Proves,
                interface,
                events: Vec::new(),
                others: Vec::new(),
            });
        }
        world
    }

    /// So many people who have heard each other's announces.
    pub(super) fn of_acquaintances(count: u8) -> Self {
        Self::of_acquaintances_with(&vec![0; count.into()], 10_000_000, None)
    }

    /// The same, one for each stamp cost; 0 asks for none.
    pub(super) fn of_acquaintances_asking(costs: &[u8]) -> Self {
        Self::of_acquaintances_with(costs, 10_000_000, None)
    }

    /// The same, at so many bits per second.
    pub(super) fn of_acquaintances_at(count: u8, bitrate: u64) -> Self {
        Self::of_acquaintances_with(&vec![0; count.into()], bitrate, None)
    }

    /// The same, with radios.
    pub(super) fn of_acquaintances_on_air(count: u8, modulation: Modulation, limits: Limits) -> Self {
        let air = Some(Air::lora(modulation, limits));
        Self::of_acquaintances_with(&vec![0; count.into()], modulation.bitrate(), air)
    }

    fn of_acquaintances_with(costs: &[u8], bitrate: u64, air: Option<Air>) -> Self {
        let mut world = Self::of_strangers_with(costs, bitrate, air);
        for person in 0..world.people.len() {
            world.announce(person);
        }
        world.run(Duration::from_secs(if air.is_some() { 20 } else { 1 }));
        world.people.iter_mut().for_each(|person| person.others.clear());
        world.sent.clear();
        world
    }

    pub(super) fn now(&self) -> Now {
        let unix = UnixTime::from_micros(EPOCH + i64::try_from(self.micros).unwrap());
        Now { instant: Instant::from_micros(self.micros), unix }
    }

    pub(super) fn address(&self, person: usize) -> DestinationHash {
        delivery_destination(self.people[person].identity.hash())
    }

    /// One more delivery destination for a person, announced.
    pub(super) fn register_another(&mut self, person: usize, number: u8) -> DestinationHash {
        let mut seed = [0xee; 32];
        seed[0] = number;
        let identity = Identity::generate(&mut Random::from_seed(seed));
        let (now, Person { node, router, .. }) = (self.now(), &mut self.people[person]);
        let address = router.register(node, identity, "Another", Vec::new());
        node.announce(now, address).unwrap();
        self.settle(person);
        address
    }

    pub(super) fn announce(&mut self, person: usize) {
        let (now, address) = (self.now(), self.address(person));
        self.people[person].node.announce(now, address).unwrap();
        self.settle(person);
    }

    pub(super) fn send(&mut self, from: usize, to: usize, content: &[u8]) -> MessageHash {
        let to = self.address(to);
        self.send_to(from, to, content)
    }

    pub(super) fn send_to(&mut self, from: usize, to: DestinationHash, content: &[u8]) -> MessageHash {
        self.send_by(Method::Any, from, to, content)
    }

    pub(super) fn send_by(
        &mut self,
        method: Method,
        from: usize,
        to: DestinationHash,
        content: &[u8],
    ) -> MessageHash {
        let (now, source) = (self.now(), self.address(from));
        let message =
            Message { time: now.unix, title: Vec::new(), content: content.to_vec(), fields: vec![0x80] };
        let outbound = OutboundMessage { method, ..OutboundMessage::new(source, to, &message) };
        self.send_message(from, &outbound)
    }

    pub(super) fn send_message(&mut self, from: usize, message: &OutboundMessage) -> MessageHash {
        let now = self.now();
        let person = &mut self.people[from];
        let hash = person.router.send(now, &mut person.node, message);
        self.settle(from);
        hash
    }

    /// A person's server has stored a message.
    pub(super) fn accept(&mut self, person: usize, token: &DeliveryToken) {
        let now = self.now();
        let Person { node, router, .. } = &mut self.people[person];
        router.accept(now, node, token);
        self.settle(person);
    }

    /// Calls a node behind its router's back.
    pub(super) fn call<T>(&mut self, person: usize, call: impl FnOnce(&mut Node, Now) -> T) -> T {
        let now = self.now();
        let outcome = call(&mut self.people[person].node, now);
        self.settle(person);
        outcome
    }

    /// Opens a link from one person's node to another's, behind the routers' backs.
    pub(super) fn open_link(&mut self, from: usize, to: usize) -> LinkId {
        let to = self.address(to);
        let link = self.call(from, |node, now| node.open_link(now, to).unwrap());
        self.run(Duration::from_secs(1));
        link
    }

    pub(super) fn run(&mut self, duration: Duration) {
        let end = self.micros + u64::try_from(duration.as_micros()).unwrap();
        while let Some(next) = self.next_due().filter(|next| *next <= end) {
            assert!(self.sent.len() < 100_000, "somebody sends without end");
            self.micros = self.micros.max(next);
            while let Some((_, from, frame)) = self.in_flight.pop_front_if(|(at, ..)| *at <= self.micros) {
                self.arrive(from, &frame);
            }
            for person in 0..self.people.len() {
                self.wake(person);
            }
        }
        self.micros = end;
    }

    /// Contents of what a person received, in order, repeats included.
    pub(super) fn received(&self, person: usize) -> Vec<String> {
        let contents = self.people[person].events.iter().filter_map(|(_, event)| match event {
            Event::Received { message, .. } => {
                Some(String::from_utf8_lossy(&message.message.content).into_owned())
            }
            Event::Delivered { .. }
            | Event::Stored { .. }
            | Event::Failed { .. }
            | Event::Fetched(_)
            | Event::Store(_) => None,
        });
        contents.collect()
    }

    pub(super) fn tokens(&self, person: usize) -> Vec<DeliveryToken> {
        let tokens = self.people[person].events.iter().filter_map(|(_, event)| match event {
            Event::Received { proof, .. } => Some(proof.clone()),
            Event::Delivered { .. }
            | Event::Stored { .. }
            | Event::Failed { .. }
            | Event::Fetched(_)
            | Event::Store(_) => None,
        });
        tokens.collect()
    }

    /// What became of messages that a person sent.
    pub(super) fn outcomes(&self, person: usize) -> Vec<Event> {
        let events = self.people[person].events.iter().map(|(_, event)| event.clone());
        events.filter(|event| !matches!(event, Event::Received { .. })).collect()
    }

    /// How many of the frames that a person sent are of this kind.
    pub(super) fn count_sent(&self, person: usize, wanted: impl Fn(&Packet<'_>) -> bool) -> usize {
        let frames = self.sent.iter().filter(|(from, _)| *from == person);
        frames.filter(|(_, frame)| wanted(&Packet::parse(frame).unwrap())).count()
    }

    /// When something happens next by itself, in microseconds since the start.
    pub(super) fn next_due(&self) -> Option<u64> {
        let wakes = self.people.iter().flat_map(|person| {
            [person.node.poll_timeout(), person.router.poll_timeout()].into_iter().flatten()
        });
        wakes.map(Instant::as_micros).chain(self.in_flight.front().map(|(at, ..)| *at)).min()
    }

    fn arrive(&mut self, from: usize, frame: &[u8]) {
        let now = self.now();
        for person in (0..self.people.len()).filter(|person| *person != from) {
            let interface = self.people[person].interface;
            let node = &mut self.people[person].node;
            node.handle_frame(now, interface, frame);
            node.run_jobs(now);
            self.settle(person);
        }
    }

    fn wake(&mut self, person: usize) {
        let now = self.now();
        let Person { node, router, .. } = &mut self.people[person];
        if node.poll_timeout().is_some_and(|at| at <= now.instant) {
            node.handle_timeout(now);
        }
        if router.poll_timeout().is_some_and(|at| at <= now.instant) {
            router.handle_timeout(now, node);
        }
        self.settle(person);
    }

    /// Carries events up and frames out until a person has nothing more to say.
    fn settle(&mut self, from: usize) {
        let now = self.now();
        let person = &mut self.people[from];
        loop {
            if self.computes {
                person.router.run_jobs(now, &mut person.node);
            }
            if let Some(event) = person.node.poll_event() {
                person.others.extend(person.router.handle_event(now, &mut person.node, event));
            } else if let Some(event) = person.router.poll_event() {
                if let (Event::Received { proof, .. }, Conduct::Proves) = (&event, person.conduct) {
                    person.router.accept(now, &mut person.node, proof);
                }
                person.events.push((now.instant.since(Instant::ZERO), event));
            } else {
                break;
            }
        }
        while let Some(transmit) = person.node.poll_transmit() {
            let packet = Packet::parse(&transmit.frame).unwrap();
            if !(self.loss)(from, &packet) {
                let arrival = self.micros + u64::try_from(DELAY.as_micros()).unwrap();
                self.in_flight.push_back((arrival, from, transmit.frame.clone()));
            }
            self.sent.push((from, transmit.frame));
        }
    }
}
