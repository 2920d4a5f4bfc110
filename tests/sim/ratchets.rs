//! Ratchets over time: who encrypts with which, and what a node reads after it was started again.

use std::time::Duration;

use roost::rns::Node;
use roost::rns::announce::Announce;
use roost::rns::destination::DestinationSpec;
use roost::rns::event::Event;
use roost::rns::hash::DestinationHash;
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::packet::{Context, Packet, PacketType};
use roost::rns::policy::Policy;
use roost::rns::random::Random;
use roost::rns::ratchet::{BaseKey, RATCHET_INTERVAL, Ratchet, RatchetTerms, Ratchets};
use roost::rns::snapshot::Snapshot;
use roost::rns::time::Now;

use crate::network::{Network, Seat, Wire, WireId, group_of, identity};
use crate::pair::SECOND;

const INTERVAL: u32 = 1800;

fn spec(stored: Vec<Ratchet>) -> DestinationSpec {
    let terms = RatchetTerms { stored, interval: RATCHET_INTERVAL, base_key: BaseKey::Accepted };
    DestinationSpec { ratchets: Ratchets::On(terms), ..group_of(identity(1), "hello") }
}

/// A server whose ratchets are stored as they come, and a client.
struct World {
    network: Network,
    server: Seat,
    client: Seat,
    wire: WireId,
    group: DestinationHash,
    /// Newest first.
    disk: Vec<Ratchet>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut network = Network::new(seed);
        let (server, client) = (network.add_node(), network.add_node());
        let wire = network.join(&[server, client], Wire::TCP);
        let disk = vec![Ratchet::draw(network.now().unix, &mut Random::from_seed([9; 32]))];
        let group = network.call(server, |node, _| node.register_destination(spec(disk.clone())));
        Self { network, server, client, wire, group, disk }
    }

    /// Time passes; what the server draws is stored. Returns what it has read.
    fn run(&mut self, duration: Duration) -> Vec<Vec<u8>> {
        self.network.run_for(duration);
        let mut read = Vec::new();
        for event in self.network.events(self.server) {
            match event {
                Event::RatchetDrawn { destination, ratchet } => {
                    assert_eq!(destination, self.group);
                    let id = ratchet.id();
                    self.disk.insert(0, ratchet);
                    self.network.call(self.server, |node, _| node.ratchet_stored(destination, id));
                }
                Event::Packet { data, .. } => read.push(data),
                _ => {}
            }
        }
        read
    }

    fn announce(&mut self) -> Announce {
        let (server, group) = (self.server, self.group);
        self.network.take_sent();
        self.network.call(server, |node, now| node.announce(now, group)).unwrap();
        self.run(SECOND);
        self.sent_announce(Context::None)
    }

    /// The announce that the server has sent since the last look.
    fn sent_announce(&mut self, context: Context) -> Announce {
        let frames: Vec<_> = self.network.take_sent().into_iter().map(|sent| sent.frame).collect();
        let mut announces = frames.iter().map(|frame| Packet::parse(frame).unwrap());
        let announce = announces.rfind(|packet| packet.packet_type == PacketType::Announce).unwrap();
        assert_eq!(announce.context, context);
        assert_eq!(announce.context_flag, Announce::validate(&announce).unwrap().ratchet.is_some());
        Announce::validate(&announce).unwrap()
    }

    fn send(&mut self, text: &[u8]) {
        let (client, group) = (self.client, self.group);
        self.network.call(client, |node, now| node.send_packet(now, group, text)).unwrap();
    }

    /// The server stops at once and starts with what is on the disk and in `snapshot`.
    fn restart(&mut self, snapshot: Snapshot) {
        let disk = self.disk.clone();
        self.network.restart_with(self.server, |node, now| {
            node.register_destination(spec(disk));
            node.restore(now, snapshot);
        });
    }
}

#[test]
fn announces_and_path_responses_carry_the_current_ratchet() {
    let mut world = World::new(1);
    let first = world.announce().ratchet.unwrap();
    assert_eq!(world.network.node(world.client).recall(world.group).unwrap().ratchet, Some(first));
    let (client, group) = (world.client, world.group);
    world.run(SECOND * 60);
    world.network.call(client, |node, now| node.request_path(now, group));
    world.run(SECOND);
    assert_eq!(world.sent_announce(Context::PathResponse).ratchet, Some(first));
    world.run(SECOND * INTERVAL);
    world.network.call(client, |node, now| node.request_path(now, group));
    world.run(SECOND);
    let second = world.sent_announce(Context::PathResponse).ratchet.unwrap();
    assert_ne!(second, first, "a path response is an announce, so it rotates");
    assert_eq!(world.network.node(client).recall(group).unwrap().ratchet, Some(second));
}

#[test]
fn a_month_of_announces_changes_the_ratchet_once_per_interval() {
    let mut world = World::new(2);
    let mut ratchets = vec![world.announce().ratchet.unwrap()];
    for _ in 0..30 * 24 * 6 {
        world.run(SECOND * 599);
        ratchets.push(world.announce().ratchet.unwrap());
    }
    let announces = ratchets.len();
    ratchets.dedup();
    assert_eq!(ratchets.len(), announces.div_ceil(3));
    let mut once = ratchets.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ratchets.len(), "none ever comes back");
}

#[test]
fn a_message_to_an_older_ratchet_is_read_also_after_a_restart() {
    let mut world = World::new(3);
    let old = world.announce().ratchet.unwrap();
    world.send(b"to the first");
    assert_eq!(world.run(SECOND), [b"to the first".to_vec()]);
    // The client sleeps and hears no later announce.
    world.network.set_loss(world.wire, 100);
    for _ in 0..5 {
        world.run(SECOND * INTERVAL);
        assert_ne!(world.announce().ratchet, Some(old));
    }
    world.restart(Snapshot::default());
    world.run(SECOND * INTERVAL);
    assert_ne!(world.announce().ratchet, Some(old));
    world.network.set_loss(world.wire, 0);
    assert_eq!(world.network.node(world.client).recall(world.group).unwrap().ratchet, Some(old));
    world.send(b"to the first again");
    assert_eq!(world.run(SECOND), [b"to the first again".to_vec()]);
}

#[test]
fn a_restarted_node_knows_keys_ratchets_and_paths_and_asks_for_nothing() {
    let mut world = World::new(4);
    let (server, client) = (world.server, world.client);
    let theirs = vec![Ratchet::draw(world.network.now().unix, &mut Random::from_seed([8; 32]))];
    let ratchet = theirs[0].public();
    let terms = RatchetTerms { stored: theirs, interval: RATCHET_INTERVAL, base_key: BaseKey::Refused };
    let theirs = DestinationSpec { ratchets: Ratchets::On(terms), ..group_of(identity(2), "client") };
    let theirs = world.network.call(client, |node, _| node.register_destination(theirs));
    world.network.call(client, |node, now| node.announce(now, theirs)).unwrap();
    world.run(SECOND);
    let now = world.network.now();
    let snapshot = world.network.node(server).snapshot(now);
    assert_eq!((snapshot.destinations.len(), snapshot.paths.len()), (1, 1));

    world.restart(snapshot);
    let known = world.network.node(server).recall(theirs).unwrap();
    assert_eq!((known.app_data.as_deref(), known.ratchet), (Some(&b"client"[..]), Some(ratchet)));
    assert_eq!(world.network.node(server).hops_to(theirs), Some(1));
    world.network.take_sent();
    world.network.call(server, |node, now| node.send_packet(now, theirs, b"good morning")).unwrap();
    world.run(SECOND);
    assert_eq!(world.network.take_sent().len(), 1);
    let read = world
        .network
        .events(client)
        .into_iter()
        .any(|event| matches!(event, Event::Packet { data, .. } if data == b"good morning"));
    assert!(read, "encrypted for the ratchet, which the client enforces");
}

#[test]
fn what_was_too_old_before_a_restart_is_too_old_after_it() {
    let mut world = World::new(5);
    world.announce();
    let (client, group) = (world.client, world.group);
    world.send(b"used");
    world.run(SECOND);
    let restarted_after = |world: &mut World, days: u32| {
        let now = world.network.now();
        let snapshot = world.network.node(client).snapshot(now);
        world.run(SECOND * 86_400 * days);
        world.network.restart_with(client, |node, now| node.restore(now, snapshot));
        (world.network.node(client).recall(group).is_some(), world.network.node(client).hops_to(group))
    };
    assert_eq!(restarted_after(&mut world, 4), (true, Some(1)));
    assert_eq!(restarted_after(&mut world, 4), (true, None), "a path lives for seven days");
    assert_eq!(restarted_after(&mut world, 4), (false, None));
}

/// A node that starts again with what the client of a pair knew, and has no interface yet.
struct Restarted {
    node: Node,
    now: Now,
    snapshot: Snapshot,
    group: DestinationHash,
    /// One of the name that the path had.
    spec: InterfaceSpec,
}

impl Restarted {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        world.announce();
        let now = world.network.now();
        let snapshot = world.network.node(world.client).snapshot(now);
        let mut node = Node::new([3; 32]);
        node.restore(now, snapshot.clone());
        let spec = InterfaceSpec {
            name: snapshot.paths[0].interface.clone(),
            neighbour: Neighbour::Network,
            hw_mtu: 500,
            mtu_discovery: false,
            bitrate: 1000,
            access: None,
            mode: Mode::Full,
            policy: Policy::DEFAULT,
            air: None,
        };
        Self { node, now, snapshot, group: world.group, spec }
    }

    fn plug_in(&mut self) -> InterfaceId {
        self.node.add_interface(self.now, self.spec.clone())
    }

    fn hops(&self) -> Option<u8> {
        self.node.hops_to(self.group)
    }

    /// What it would keep for the next start.
    fn kept(&self) -> Snapshot {
        self.node.snapshot(self.now)
    }
}

#[test]
fn a_path_waits_for_the_interface_of_its_name_and_yields_to_news() {
    let mut again = Restarted::new(6);
    assert_eq!(again.hops(), None);
    assert_eq!(again.kept(), again.snapshot, "a second restart loses nothing");
    let another = InterfaceSpec { name: "another".to_owned(), ..again.spec.clone() };
    again.node.add_interface(again.now, another);
    assert_eq!(again.hops(), None);
    again.plug_in();
    assert_eq!(again.hops(), Some(1));
    assert_eq!(again.kept(), again.snapshot);
}

#[test]
fn paths_over_a_connection_that_is_lost_come_back_with_it_and_others_do_not() {
    let mut again = Restarted::new(7);
    let interface = again.plug_in();
    again.node.suspend_interface(again.now, interface);
    assert_eq!(again.hops(), None);
    assert_eq!(again.kept(), again.snapshot, "it is not forgotten by a stop just now");
    let interface = again.plug_in();
    assert_eq!(again.hops(), Some(1));
    again.node.remove_interface(again.now, interface);
    again.plug_in();
    assert_eq!(again.hops(), None);
}
