//! What goes wrong on a network from day to day: ways that die, processes that start again, wires that lose a fifth.
//! Not partitions, which are among the networks of `transport`, and not tunnels.

use std::time::Duration;

use roost::rns::event::Event;
use roost::rns::hash::{DestinationHash, LinkId};

use crate::cost::cost;
use crate::network::{Network, Seat, Wire, WireId, identity};
use crate::pair::{SECOND, noise, packed};

/// Whose identity the transport node of the short way has.
const SHORT: u64 = 77;

/// A client and a server with two ways between them: a short one over one transport node, a long one over two.
struct TwoWays {
    network: Network,
    client: Seat,
    server: Seat,
    short: Seat,
    short_wires: Vec<WireId>,
    group: DestinationHash,
}

impl TwoWays {
    fn new(seed: u64) -> Self {
        let mut network = Network::new(seed);
        let (client, server) = (network.add_node(), network.add_node());
        let (short, near, far) =
            (network.add_node(), network.add_transport_node(), network.add_transport_node());
        network.call(short, |node, _| node.enable_transport(identity(SHORT)));
        let short_wires =
            [[client, short], [short, server]].map(|ends| network.join(&ends, Wire::TCP)).to_vec();
        // So much slower that its announce never is the first: of one announce only the first copy makes a path.
        let slow = Wire { delay: Duration::from_millis(400), ..Wire::TCP };
        for ends in [[client, near], [near, far], [far, server]] {
            network.join(&ends, slow);
        }
        let group = network.serve(server, 1);
        network.announce(server, group);
        network.run_for(20 * SECOND);
        network.events(client);
        assert_eq!(network.node(client).hops_to(group), Some(2));
        Self { network, client, server, short, short_wires, group }
    }

    fn open(&mut self) -> Option<LinkId> {
        self.network.link(self.client, self.group, 60 * SECOND)
    }

    fn ask(&mut self, link: LinkId) -> bool {
        self.network.ask((self.client, link), self.server, &packed(b"here"), 30 * SECOND)
    }
}

#[test]
fn when_the_wire_of_the_short_way_is_cut_traffic_moves_to_the_long_one() {
    let mut world = TwoWays::new(1);
    let link = world.open().unwrap();
    assert!(world.ask(link));
    for wire in world.short_wires.clone() {
        world.network.cut(wire);
    }
    // The client's own wire is gone: the link on it is closed at once, and so is the path.
    let closed = world.network.events(world.client);
    assert!(matches!(&closed[..], [Event::LinkClosed { link: gone, .. }] if *gone == link), "{closed:?}");
    let group = world.group;
    world.network.call(world.client, |node, now| node.request_path(now, group));
    world.network.run_for(5 * SECOND);
    assert_eq!(world.network.node(world.client).hops_to(group), Some(3));
    let link = world.open().unwrap();
    assert!(world.ask(link));
    assert!(world.network.deliver(world.client, (world.server, group), 10 * SECOND));
    insta::assert_snapshot!(cost(&world.network.take_sent()));
}

#[test]
fn when_the_short_way_falls_silent_the_next_link_finds_the_long_one() {
    let mut world = TwoWays::new(2);
    for wire in world.short_wires.clone() {
        world.network.set_loss(wire, 100);
    }
    // Nobody tells the client; only its link request goes unanswered, and then it asks anew.
    assert_eq!(world.open(), None);
    assert_eq!(world.network.node(world.client).hops_to(world.group), Some(3));
    let link = world.open().unwrap();
    assert!(world.ask(link));
    insta::assert_snapshot!(cost(&world.network.take_sent()));
}

#[test]
fn the_short_way_is_taken_again_when_it_is_back_and_the_group_is_announced() {
    let mut world = TwoWays::new(3);
    for wire in world.short_wires.clone() {
        world.network.set_loss(wire, 100);
    }
    assert_eq!(world.open(), None);
    for wire in world.short_wires.clone() {
        world.network.set_loss(wire, 0);
    }
    assert!(world.open().is_some());
    assert_eq!(world.network.node(world.client).hops_to(world.group), Some(3));
    let (server, group) = (world.server, world.group);
    world.network.announce(server, group);
    world.network.run_for(20 * SECOND);
    assert_eq!(world.network.node(world.client).hops_to(group), Some(2));
    insta::assert_snapshot!(cost(&world.network.take_sent()));
}

#[test]
fn a_transport_node_that_starts_again_with_what_it_knew_passes_on_at_once() {
    for kept in [true, false] {
        let mut world = TwoWays::new(4);
        let now = world.network.now();
        let snapshot = world.network.node(world.short).snapshot(now);
        world.network.restart_with(world.short, |node, now| {
            node.enable_transport(identity(SHORT));
            if kept {
                node.restore(now, snapshot);
            }
        });
        assert_eq!(world.network.node(world.short).hops_to(world.group), kept.then_some(1));
        world.network.take_sent();
        let link = world.network.link(world.client, world.group, SECOND);
        assert_eq!(link.is_some(), kept);
        // No announce is in there: nobody has to ask for anything.
        let name = if kept { "kept" } else { "forgotten" };
        insta::assert_snapshot!(
            format!("a_restart_of_a_transport_node_{name}"),
            cost(&world.network.take_sent())
        );
    }
}

#[test]
fn over_wires_that_lose_a_fifth_of_everything_links_requests_and_packets_get_through_in_the_end() {
    let mut sent = Vec::new();
    for seed in 0..6 {
        let mut network = Network::new(100 + seed);
        let (client, server) = (network.add_node(), network.add_node());
        let middle = network.add_transport_node();
        for ends in [[client, middle], [middle, server]] {
            network.join(&ends, Wire::TCP.losing(20));
        }
        let group = network.serve(server, 1);
        let mut tried = 0;
        while network.node(client).hops_to(group).is_none() {
            tried += 1;
            network.announce(server, group);
            network.run_for(30 * SECOND);
        }
        let answer = packed(&noise(3000));
        loop {
            tried += 1;
            assert!(tried < 40, "no answer after {tried} tries");
            let Some(link) = network.link(client, group, 30 * SECOND) else { continue };
            if network.ask((client, link), server, &answer, 120 * SECOND) {
                break;
            }
            network.call(client, |node, now| node.close_link(now, link));
        }
        while !network.deliver(client, (server, group), 60 * SECOND) {
            tried += 1;
            assert!(tried < 40, "no proof after {tried} tries");
        }
        sent.extend(network.take_sent());
    }
    insta::assert_snapshot!(cost(&sent));
}
