//! Announces and path requests between nodes.

use std::time::Duration;

use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::{destination_hash, name_hash};
use roost::rns::error::{DropReason, MisuseError};
use roost::rns::event::Event;
use roost::rns::hash::{DestinationHash, IdentityHash};
use roost::rns::packet::{Context, Packet, PacketType, Propagation};
use roost::rns::random::Random;
use roost::rns::transport::PathRequest;

use crate::network::{Network, Seat, Wire, WireId, group_of, identity};
use crate::pair::SECOND;

/// Two nodes on a wire; the first has a destination.
fn pair(seed: u64, wire: Wire) -> (Network, Seat, Seat, WireId, DestinationHash) {
    let mut network = Network::new(seed);
    let (server, client) = (network.add_node(), network.add_node());
    let wire = network.join(&[server, client], wire);
    let group = network.call(server, |node, _| node.register_destination(group_of(identity(1), "hello")));
    (network, server, client, wire, group)
}

/// An announce by somebody who is not a node of the network, emitted `ahead` seconds after its start.
fn foreign(number: u64, ahead: u64, app_data: &str) -> (DestinationHash, Vec<u8>) {
    let identity = identity(number);
    let name = name_hash("lxmf.delivery");
    let seed = ahead.to_be_bytes().repeat(4).try_into().unwrap();
    let blob = RandomBlob::draw(1_700_000_000 + ahead, &mut Random::from_seed(seed));
    let app_data = app_data.as_bytes();
    let frame = Announce::sign(&identity, name, blob, None, app_data, AnnounceKind::Live).unwrap();
    (destination_hash(name, identity.hash()), frame)
}

/// A frame as a transport node passes it on, so many hops from its origin.
fn passed_on(frame: &[u8], hops: u8, by: u8) -> Vec<u8> {
    let packet = Packet::parse(frame).unwrap();
    let (transport_id, propagation) = (Some(IdentityHash::from_bytes([by; 16])), Propagation::Transport);
    Packet { transport_id, propagation, hops, ..packet }.pack()
}

#[test]
fn an_announced_destination_is_known_and_one_hop_away() {
    let (mut network, server, client, _, group) = pair(1, Wire::TCP);
    assert_eq!(network.node(client).recall(group), None);
    network.announce(server, group);
    network.run_for(SECOND);
    let events = network.events(client);
    let [Event::Announce { destination, name_hash: name, identity: who, app_data, hops, path_response }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*destination, *name, *hops, *path_response), (group, name_hash("meshchat.group"), 1, false));
    assert_eq!(who, identity(1).public());
    assert_eq!(app_data.as_deref(), Some(&b"hello"[..]));
    assert_eq!(network.node(client).hops_to(group), Some(1));
    let known = network.node(client).recall(group).unwrap();
    assert_eq!((&known.identity, known.app_data.as_deref()), (identity(1).public(), Some(&b"hello"[..])));
}

#[test]
fn an_announce_goes_out_on_every_interface() {
    let mut network = Network::new(1);
    let seats: Vec<_> = (0..4).map(|_| network.add_node()).collect();
    for client in &seats[1..] {
        network.join(&[seats[0], *client], Wire::TCP);
    }
    let group = network.call(seats[0], |node, _| node.register_destination(group_of(identity(1), "")));
    network.announce(seats[0], group);
    network.run_for(SECOND);
    for client in &seats[1..] {
        assert_eq!(network.node(*client).hops_to(group), Some(1));
    }
}

#[test]
fn later_app_data_replaces_earlier_even_within_one_second() {
    let (mut network, server, client, _, group) = pair(1, Wire::TCP);
    for text in ["one", "two", "three"] {
        network.call(server, |node, _| node.set_app_data(group, text.as_bytes().to_vec())).unwrap();
        network.announce(server, group);
        network.run_for(Duration::from_millis(50));
        let known = network.node(client).recall(group).unwrap();
        assert_eq!(known.app_data.as_deref(), Some(text.as_bytes()));
    }
    assert_eq!(network.events(client).len(), 3);
    assert_eq!(network.node(client).drops().iter().count(), 0);
}

#[test]
fn our_own_announce_that_comes_back_changes_nothing() {
    let (mut network, server, _, wire, group) = pair(1, Wire::TCP);
    network.announce(server, group);
    let frame = network.take_sent().remove(0).frame;
    network.inject(server, wire, &passed_on(&frame, 1, 9));
    assert_eq!(network.events(server), []);
    assert_eq!(network.node(server).hops_to(group), None);
    assert_eq!(network.node(server).drops().get(DropReason::OwnAnnounce), 1);
}

#[test]
fn an_announce_heard_again_is_told_once() {
    let (mut network, _, client, wire, _) = pair(1, Wire::TCP);
    let (destination, frame) = foreign(7, 0, "peer");
    network.inject(client, wire, &passed_on(&frame, 3, 9));
    for hops in 0..10 {
        network.inject(client, wire, &passed_on(&frame, hops, 8));
    }
    assert_eq!(network.events(client).len(), 1);
    assert_eq!(network.node(client).hops_to(destination), Some(4));
    assert_eq!(network.node(client).drops().get(DropReason::Stale), 10);
}

#[test]
fn a_newer_announce_moves_the_path_and_an_older_one_does_not() {
    let (mut network, _, client, wire, _) = pair(1, Wire::TCP);
    let (destination, newer) = foreign(7, 100, "newer");
    let (_, older) = foreign(7, 99, "older");
    let (_, newest) = foreign(7, 101, "newest");
    network.inject(client, wire, &passed_on(&newer, 3, 9));
    network.inject(client, wire, &older);
    assert_eq!(network.node(client).hops_to(destination), Some(4));
    network.inject(client, wire, &passed_on(&newest, 6, 9));
    assert_eq!(network.node(client).hops_to(destination), Some(7));
    let known = network.node(client).recall(destination).unwrap();
    assert_eq!(known.app_data.as_deref(), Some(&b"newest"[..]));
}

#[test]
fn an_announce_with_any_bit_changed_teaches_nothing() {
    let (mut network, _, client, wire, _) = pair(1, Wire::TCP);
    let (_, frame) = foreign(7, 0, "peer");
    // The hop count and the context are not signed; the flags decide what the rest is.
    for position in (2..18).chain(19..frame.len()) {
        let mut forged = frame.clone();
        forged[position] ^= 0x10;
        network.inject(client, wire, &forged);
    }
    assert_eq!(network.events(client), []);
    assert_eq!(network.node(client).table_sizes().known_destinations, 0);
    assert_eq!(network.node(client).table_sizes().paths, 0);
}

#[test]
fn a_path_request_is_answered_on_the_interface_it_came_from_and_nowhere_else() {
    let mut network = Network::new(1);
    let (server, client, other) = (network.add_node(), network.add_node(), network.add_node());
    let wire = network.join(&[server, client], Wire::TCP);
    network.join(&[server, other], Wire::TCP);
    let group = network.call(server, |node, _| node.register_destination(group_of(identity(1), "hello")));
    network.call(client, |node, now| node.request_path(now, group));
    network.run_for(SECOND);
    let events = network.events(client);
    assert!(matches!(&events[..], [Event::Announce { path_response: true, hops: 1, .. }]), "{events:?}");
    assert_eq!(network.events(other), []);
    let answers: Vec<_> = network.take_sent().into_iter().filter(|sent| sent.from == server).collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].wire, wire);
    assert_eq!(Packet::parse(&answers[0].frame).unwrap().context, Context::PathResponse);
}

#[test]
fn a_path_response_and_an_announce_within_one_second_both_update() {
    let (mut network, server, client, _, group) = pair(1, Wire::TCP);
    network.call(client, |node, now| node.request_path(now, group));
    network.run_for(Duration::from_millis(100));
    network.announce(server, group);
    network.run_for(Duration::from_millis(100));
    assert_eq!(network.events(client).len(), 2);
    assert_eq!(network.node(client).drops().iter().count(), 0);
}

#[test]
fn a_repeated_path_request_is_answered_once_and_a_flood_with_few_packets() {
    let (mut network, server, _, wire, group) = pair(1, Wire::TCP);
    let request = |tag| PathRequest::new(group, None, [tag; 16]).pack();
    let answers = |network: &mut Network| {
        let sent = network.take_sent();
        sent.iter().filter(|sent| sent.from == server).count()
    };
    for _ in 0..10 {
        network.inject(server, wire, &request(0));
    }
    assert_eq!(answers(&mut network), 1);
    network.run_for(2 * SECOND);
    network.inject(server, wire, &request(0));
    assert_eq!(answers(&mut network), 0, "the tag was seen before");
    for tag in 1..=200 {
        network.inject(server, wire, &request(tag));
        network.run_for(Duration::from_millis(10));
    }
    let flood = answers(&mut network);
    assert!((2..=3).contains(&flood), "{flood} answers in two seconds");
}

#[test]
fn path_requests_for_others_are_not_answered() {
    let (mut network, server, client, _, _) = pair(1, Wire::TCP);
    network.call(client, |node, now| node.request_path(now, DestinationHash::from_bytes([3; 16])));
    network.run_for(SECOND);
    assert!(network.take_sent().iter().all(|sent| sent.from == client));
    assert_eq!(network.node(server).drops().get(DropReason::UnknownAddress), 1);
}

#[test]
fn a_known_path_that_is_asked_for_again_is_told_again() {
    let (mut network, _, client, wire, _) = pair(1, Wire::TCP);
    let (destination, frame) = foreign(7, 0, "peer");
    network.inject(client, wire, &frame);
    assert_eq!(network.events(client).len(), 1);
    network.call(client, |node, now| node.request_path(now, destination));
    network.inject(client, wire, &frame);
    assert_eq!(network.events(client).len(), 1);
    network.inject(client, wire, &frame);
    assert_eq!(network.events(client).len(), 0);
}

#[test]
fn an_announce_that_no_transport_node_could_pass_on_is_refused_to_the_caller() {
    let (mut network, server, client, _, group) = pair(1, Wire::TCP);
    let too_large = Err(MisuseError::TooLarge { size: 318, limit: 317 });
    assert_eq!(network.call(server, |node, _| node.set_app_data(group, vec![0; 318])), too_large);
    network.call(server, |node, _| node.set_app_data(group, vec![0; 317])).unwrap();
    network.announce(server, group);
    network.run_for(SECOND);
    assert_eq!(network.node(client).recall(group).unwrap().app_data.as_ref().unwrap().len(), 317);
    let stranger = DestinationHash::from_bytes([3; 16]);
    assert_eq!(network.call(server, |node, now| node.announce(now, stranger)), Err(MisuseError::NotOurs));
}

#[test]
fn paths_go_when_their_interface_goes_but_keys_stay() {
    let (mut network, server, client, wire, group) = pair(1, Wire::TCP);
    network.announce(server, group);
    network.run_for(SECOND);
    network.cut(wire);
    assert_eq!(network.node(client).hops_to(group), None);
    assert!(network.node(client).recall(group).is_some());
}

#[test]
fn what_nobody_speaks_of_is_forgotten_after_a_week_and_a_node_at_rest_wants_no_waking() {
    let (mut network, server, client, _, group) = pair(1, Wire::TCP);
    assert_eq!(network.node(server).poll_timeout(), None);
    network.announce(server, group);
    network.run_for(Duration::from_secs(7 * 86_400 - 600));
    assert!(network.node(client).recall(group).is_some());
    network.run_for(Duration::from_secs(1200));
    assert!(network.node(client).recall(group).is_none());
    assert_eq!(network.node(client).hops_to(group), None);
    assert_eq!(network.node(client).poll_timeout(), None);
    assert!(network.node(server).recall(group).is_some(), "its own is never forgotten");
}

#[test]
fn announces_get_through_a_lossy_wire_sooner_or_later() {
    for seed in 0..20 {
        let (mut network, server, client, _, group) = pair(seed, Wire::TCP.losing(50));
        for _ in 0..30 {
            network.announce(server, group);
            network.run_for(60 * SECOND);
        }
        assert_eq!(network.node(client).hops_to(group), Some(1));
        let (told, sent) = (network.events(client).len(), network.take_sent().len());
        assert!(told < sent, "no frame was lost in this run");
    }
}

#[test]
fn an_announce_is_a_type_1_packet_without_hops() {
    let (mut network, server, _, _, group) = pair(1, Wire::TCP);
    network.announce(server, group);
    let sent = network.take_sent();
    let packet = Packet::parse(&sent[0].frame).unwrap();
    assert_eq!((packet.packet_type, packet.hops, packet.transport_id), (PacketType::Announce, 0, None));
    assert_eq!(sent[0].frame.len(), 167 + 5);
}
