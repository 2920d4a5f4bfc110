//! GROUP and PLAIN destinations: who hears, and how far.

use roost::rns::broadcast::{GROUP_MDU, GroupKey, GroupSpec};
use roost::rns::error::{DropReason, MisuseError};
use roost::rns::event::Event;
use roost::rns::hash::DestinationHash;
use roost::rns::packet::{Context, DestinationType, MDU, Packet, PacketType};
use roost::rns::random::Random;

use crate::network::{Network, Seat, Wire, WireId, identity};
use crate::pair::SECOND;

const NAME: &str = "example.broadcast";

fn group(key: &[u8]) -> GroupSpec {
    let (identity, full_name) = (identity(1).hash(), "example.group".to_owned());
    GroupSpec { identity, full_name, key: GroupKey::from_bytes(key).unwrap() }
}

/// Three in one room; two have the group's key, the third has another.
fn room() -> (Network, [Seat; 3], WireId, DestinationHash) {
    let mut network = Network::new(1);
    let seats = [network.add_node(), network.add_node(), network.add_node()];
    let wire = network.join(&seats, Wire::TCP);
    let mut destination = None;
    for (seat, key) in seats.into_iter().zip([[7; 64], [7; 64], [8; 64]]) {
        destination = Some(network.call(seat, |node, _| node.register_group(group(&key))));
        network.call(seat, |node, _| node.register_plain(NAME));
    }
    (network, seats, wire, destination.unwrap())
}

#[test]
fn a_group_packet_is_read_by_all_who_have_the_key_and_by_nobody_else() {
    let (mut network, [sender, member, outsider], _, destination) = room();
    network.call(sender, |node, _| node.send_to_group(destination, b"to all of us")).unwrap();
    network.run_for(SECOND);
    let data = b"to all of us".to_vec();
    assert_eq!(network.events(member), [Event::GroupPacket { destination, data }]);
    assert_eq!(network.events(outsider), []);
    assert_eq!(network.node(outsider).drops().get(DropReason::Undecryptable), 1);
    let sent = network.take_sent();
    assert_eq!(sent.len(), 1, "nobody proves or repeats it: {sent:?}");
    assert_eq!(Packet::parse(&sent[0].frame).unwrap().destination_type, DestinationType::Group);
}

#[test]
fn a_recorded_group_packet_that_is_sent_again_is_not_told_again() {
    let (mut network, [sender, member, _], wire, destination) = room();
    for _ in 0..2 {
        network.call(sender, |node, _| node.send_to_group(destination, b"same")).unwrap();
    }
    network.run_for(SECOND);
    assert_eq!(network.events(member).len(), 2, "said twice is told twice");
    for sent in network.take_sent() {
        network.inject(member, wire, &sent.frame);
    }
    assert_eq!(network.events(member), []);
    assert_eq!(network.node(member).drops().get(DropReason::Duplicate), 2);
}

#[test]
fn a_group_that_was_left_is_neither_read_nor_written() {
    let (mut network, [sender, member, _], _, destination) = room();
    network.call(member, |node, _| node.leave_group(destination));
    network.call(sender, |node, _| node.send_to_group(destination, b"gone?")).unwrap();
    network.run_for(SECOND);
    assert_eq!(network.events(member), []);
    let sent = network.call(member, |node, _| node.send_to_group(destination, b"back"));
    assert_eq!(sent, Err(MisuseError::NotOurs));
}

#[test]
fn a_plain_packet_is_heard_by_all_who_listen_as_often_as_it_is_said() {
    let (mut network, [sender, listener, other], wire, _) = room();
    let destination = network.call(listener, |node, _| node.register_plain(NAME));
    for _ in 0..2 {
        network.call(sender, |node, _| node.send_plain(destination, b"hello")).unwrap();
    }
    network.run_for(SECOND);
    let interface = network.interface(listener, wire).unwrap();
    let told = Event::PlainPacket { destination, interface, data: b"hello".to_vec() };
    assert_eq!(network.events(listener), [told.clone(), told.clone()]);
    assert_eq!(network.events(other).len(), 2);
    let elsewhere = network.call(sender, |node, _| node.register_plain("example.other"));
    network.call(sender, |node, _| node.send_plain(elsewhere, b"hello")).unwrap();
    network.run_for(SECOND);
    assert_eq!(network.events(listener), []);
}

#[test]
fn broadcasts_end_after_one_hop_and_what_has_made_more_is_dropped() {
    let mut network = Network::new(1);
    let (near, between, far) = (network.add_node(), network.add_transport_node(), network.add_node());
    let first = network.join(&[near, between], Wire::TCP);
    network.join(&[between, far], Wire::TCP);
    let mut destinations = [DestinationHash::from_bytes([0; 16]); 2];
    for seat in [near, between, far] {
        destinations[0] = network.call(seat, |node, _| node.register_group(group(&[7; 64])));
        destinations[1] = network.call(seat, |node, _| node.register_plain(NAME));
    }
    network.call(near, |node, _| node.send_to_group(destinations[0], b"near")).unwrap();
    network.call(near, |node, _| node.send_plain(destinations[1], b"near")).unwrap();
    network.run_for(10 * SECOND);
    assert_eq!(network.events(between).len(), 2);
    assert_eq!(network.events(far), []);
    assert_eq!(network.take_sent().len(), 2);

    let mut random = Random::from_seed([3; 32]);
    for hops in 0..4u8 {
        let encrypted = group(&[7; 64]).key.encrypt(b"from afar", &mut random);
        let kinds = [(DestinationType::Group, encrypted), (DestinationType::Plain, b"from afar".to_vec())];
        for ((kind, payload), address) in kinds.into_iter().zip(destinations) {
            let packet = Packet::new(PacketType::Data, kind, address, Context::None, &payload);
            network.inject(between, first, &Packet { hops, ..packet }.pack());
        }
        assert_eq!(network.events(between).len(), if hops <= 1 { 2 } else { 0 }, "{hops} hops on the wire");
    }
    assert_eq!(network.node(between).drops().get(DropReason::NotForUs), 4);
    assert!(network.take_sent().is_empty());
}

#[test]
fn callers_are_told_what_does_not_fit() {
    let (mut network, [seat, ..], _, destination) = room();
    let mut group = |size| network.call(seat, |node, _| node.send_to_group(destination, &vec![1; size]));
    assert!(group(GROUP_MDU).is_ok() && group(0).is_ok());
    assert_eq!(group(GROUP_MDU + 1), Err(MisuseError::TooLarge { size: GROUP_MDU + 1, limit: GROUP_MDU }));
    let mut plain = |size| network.call(seat, |node, _| node.send_plain(destination, &vec![1; size]));
    assert!(plain(MDU).is_ok());
    assert_eq!(plain(MDU + 1), Err(MisuseError::TooLarge { size: MDU + 1, limit: MDU }));
    assert_eq!(plain(0), Err(MisuseError::Empty));
}
