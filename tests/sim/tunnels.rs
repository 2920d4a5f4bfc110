//! Connections that are lost and made again: whoever offers a tunnel keeps the paths that lead through it.
//! Not what an offer looks like; the golden vectors have that.

use roost::rns::error::DropReason;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;
use roost::rns::snapshot::Snapshot;
use roost::rns::transport::TunnelOffer;

use crate::network::{Network, Seat, Wire, WireId, group_of, identity};
use crate::pair::SECOND;

const HOUR: std::time::Duration = SECOND.saturating_mul(3600);

/// A client and a server on connections to a transport node; the server's comes and goes.
struct Reconnecting {
    network: Network,
    client: Seat,
    middle: Seat,
    server: Seat,
    line: WireId,
    group: DestinationHash,
}

impl Reconnecting {
    fn new(seed: u64) -> Self {
        let mut network = Network::new(seed);
        let (client, middle, server) = (network.add_node(), network.add_transport_node(), network.add_node());
        network.join(&[client, middle], Wire::TCP);
        let line = network.join(&[middle, server], Wire::TCP);
        let group = network.call(server, |node, _| node.register_destination(group_of(identity(1), "")));
        let mut this = Self { network, client, middle, server, line, group };
        this.offer(&identity(2), this.line);
        this.network.call(server, |node, now| node.announce(now, group)).unwrap();
        this.network.run_for(10 * SECOND);
        this
    }

    /// The server offers a tunnel; all its wires have one name in the eyes of the one that is at its other end.
    fn offer(&mut self, identity: &Identity, wire: WireId) -> Vec<u8> {
        let random = self.network.now().instant.as_micros().to_be_bytes().repeat(2).try_into().unwrap();
        let frame = TunnelOffer::pack(identity, "uplink", random);
        self.network.inject(self.middle, wire, &frame);
        frame
    }

    fn reconnect(&mut self) {
        self.network.cut(self.line);
        self.line = self.network.join(&[self.middle, self.server], Wire::TCP);
    }

    fn hops(&self) -> Option<u8> {
        self.network.node(self.middle).hops_to(self.group)
    }

    fn link_works(&mut self) -> bool {
        let group = self.group;
        let link = self.network.call(self.client, |node, now| node.open_link(now, group)).unwrap();
        self.network.run_for(5 * SECOND);
        self.network.node(self.client).link_interface(link).is_some()
    }
}

#[test]
fn who_connects_again_is_reached_again_without_an_announce() {
    let mut world = Reconnecting::new(1);
    world.reconnect();
    assert_eq!((world.hops(), world.link_works()), (None, false));
    world.offer(&identity(2), world.line);
    assert_eq!(world.hops(), Some(1));
    assert!(world.link_works());
    // Somebody new is told the way as before.
    let late = world.network.add_node();
    world.network.join(&[world.middle, late], Wire::TCP);
    let group = world.group;
    world.network.call(late, |node, now| node.request_path(now, group));
    world.network.run_for(2 * SECOND);
    assert_eq!(world.network.node(late).hops_to(group), Some(2));
}

#[test]
fn a_connection_that_only_the_peer_knows_to_be_dead_hands_its_paths_over() {
    let mut world = Reconnecting::new(2);
    let dead = world.line;
    world.network.set_loss(dead, 100);
    world.line = world.network.join(&[world.middle, world.server], Wire::TCP);
    world.offer(&identity(2), world.line);
    assert!(world.link_works());
    world.network.cut(dead);
    assert_eq!(world.hops(), Some(1));
    assert!(world.link_works());
}

#[test]
fn nobody_else_gets_the_paths_not_even_by_repeating_the_offer() {
    let mut world = Reconnecting::new(3);
    let recorded = world.offer(&identity(2), world.line);
    world.network.run_for(2 * SECOND);
    world.reconnect();
    let mut forged = recorded.clone();
    *forged.last_mut().unwrap() ^= 1;
    let mut short = recorded.clone();
    short.pop();
    let middle = world.middle;
    for frame in [&forged, &short, &recorded] {
        world.network.inject(middle, world.line, frame);
        assert_eq!(world.hops(), None);
        world.network.run_for(2 * SECOND);
    }
    let other = world.network.call(middle, |node, _| {
        let drops = node.drops();
        (drops.get(DropReason::BadSignature), drops.get(DropReason::Duplicate))
    });
    assert_eq!(other, (2, 1));
    world.offer(&identity(3), world.line);
    assert_eq!(world.hops(), None);
}

#[test]
fn paths_wait_eight_hours_and_then_are_forgotten() {
    for (hours, hops, waiting) in [(7, Some(1), 1), (9, None, 0)] {
        let mut world = Reconnecting::new(4);
        world.reconnect();
        world.network.run_for(hours * HOUR);
        assert_eq!(world.network.node(world.middle).table_sizes().tunnel_paths, waiting);
        world.offer(&identity(2), world.line);
        assert_eq!(world.hops(), hops, "{hours}");
        assert_eq!(world.network.node(world.middle).table_sizes().tunnel_paths, 0);
    }
}

#[test]
fn a_way_that_was_found_meanwhile_stays() {
    let mut world = Reconnecting::new(5);
    world.network.cut(world.line);
    let (middle, server, group) = (world.middle, world.server, world.group);
    let detour = world.network.add_transport_node();
    world.network.join(&[middle, detour], Wire::TCP);
    world.network.join(&[detour, server], Wire::TCP);
    world.network.call(server, |node, now| node.announce(now, group)).unwrap();
    world.network.run_for(10 * SECOND);
    assert_eq!(world.hops(), Some(2));
    world.line = world.network.join(&[middle, server], Wire::TCP);
    world.offer(&identity(2), world.line);
    assert_eq!(world.hops(), Some(2));
}

#[test]
fn a_transport_node_that_starts_again_knows_the_tunnels_that_it_had() {
    let mut world = Reconnecting::new(6);
    let (middle, server) = (world.middle, world.server);
    let snapshot = world.network.call(middle, |node, now| node.snapshot(now));
    let snapshot = Snapshot { paths: Vec::new(), ..snapshot };
    world.network.restart_with(middle, |node, now| {
        node.enable_transport(identity(9));
        node.restore(now, snapshot);
    });
    assert_eq!(world.hops(), None);
    world.network.cut(world.line);
    world.line = world.network.join(&[middle, server], Wire::TCP);
    world.offer(&identity(2), world.line);
    assert_eq!(world.hops(), Some(1));
}

#[test]
fn what_a_node_offers_is_taken_by_a_transport_node_and_ignored_by_an_end_node() {
    let mut world = Reconnecting::new(7);
    let (server, middle, client) = (world.server, world.middle, world.client);
    let wire = world.network.join(&[server, middle, client], Wire::TCP);
    let interface = world.network.interface(server, wire).unwrap();
    world.network.take_sent();
    let dropped = |world: &Reconnecting| {
        [middle, client]
            .map(|seat| world.network.node(seat).drops().iter().map(|(_, count)| count).sum::<u64>())
    };
    let before = dropped(&world);
    world.network.call(server, |node, _| {
        node.offer_tunnels_as(identity(4));
        node.offer_tunnel(interface);
    });
    let sent = world.network.take_sent();
    assert_eq!(sent.iter().map(|one| one.frame.len()).collect::<Vec<_>>(), [195]);
    world.network.run_for(SECOND);
    assert_eq!(dropped(&world), before);
}
