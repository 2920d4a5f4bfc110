//! Probes: how others measure the way to a transport node.

use std::time::Duration;

use roost::rns::destination::{destination_hash, name_hash};
use roost::rns::error::DropReason;
use roost::rns::event::Event;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;

use crate::network::{Network, Seat, Wire, identity};
use crate::pair::SECOND;

/// A client, and beyond a transport node another one that answers probes.
fn line(seed: u64) -> (Network, Seat, Seat, DestinationHash) {
    let mut network = Network::new(seed);
    let (client, near) = (network.add_node(), network.add_transport_node());
    let far = network.add_node();
    let probe = network.call(far, |node, now| {
        let identity: Identity = identity(5);
        node.enable_transport(identity);
        node.answer_probes(now)
    });
    network.join(&[client, near], Wire::TCP);
    network.join(&[near, far], Wire::TCP);
    (network, client, far, probe.unwrap())
}

#[test]
fn the_probe_destination_is_announced_after_fifteen_seconds_and_then_every_two_hours() {
    let (mut network, client, far, probe) = line(1);
    assert_eq!(probe, destination_hash(name_hash("rnstransport.probe"), identity(5).hash()));
    network.run_for(Duration::from_millis(14_900));
    assert_eq!(network.node(client).hops_to(probe), None);
    network.take_sent();
    network.run_for(10 * SECOND);
    assert_eq!(network.node(client).hops_to(probe), Some(2));
    network.run_for(4 * 7200 * SECOND);
    let announced = network.take_sent().iter().filter(|sent| sent.from == far).count();
    assert_eq!(announced, 5);
}

#[test]
fn a_probe_is_proved_by_the_node_itself() {
    let (mut network, client, far, probe) = line(2);
    network.run_for(20 * SECOND);
    network.events(client);
    let sent = network.call(client, |node, now| node.send_packet(now, probe, b"sixteen bytes...")).unwrap();
    network.run_for(SECOND);
    let events = network.events(client);
    assert!(
        matches!(&events[..], [Event::PacketDelivered { packet, round_trip }]
            if *packet == sent && *round_trip == Duration::from_millis(80)),
        "{events:?}"
    );
    assert!(network.events(far).is_empty());
}

#[test]
fn nobody_gets_a_link_to_the_probe_destination() {
    let (mut network, client, far, probe) = line(3);
    network.run_for(20 * SECOND);
    let link = network.call(client, |node, now| node.open_link(now, probe)).unwrap();
    network.run_for(5 * SECOND);
    assert_eq!(network.node(client).link_interface(link), None);
    assert_eq!(network.node(far).table_sizes().links, 0);
    assert_eq!(network.node(far).drops().get(DropReason::NotServed), 1);
}

#[test]
fn an_end_node_answers_no_probes() {
    let mut network = Network::new(4);
    let seat = network.add_node();
    assert_eq!(network.call(seat, |node, now| node.answer_probes(now)), None);
}
