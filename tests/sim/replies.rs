//! One packet for one packet: where a reply goes, and where it does not.

use roost::rns::destination::{DestinationSpec, destination_hash, name_hash};
use roost::rns::event::{Event, ProofToken};
use roost::rns::hash::DestinationHash;
use roost::rns::node::{Came, Recipient, Replied};
use roost::rns::packet::{DestinationType, Packet, PacketType};
use roost::rns::ratchet::Ratchets;

use crate::network::{Network, Seat, Wire, group_of, identity};
use crate::pair::{Pair, SECOND};

const CLIENT: &str = "example.client";

/// A program of person 7.
fn program() -> DestinationSpec {
    DestinationSpec {
        identity: identity(7),
        full_name: CLIENT.to_owned(),
        app_data: Vec::new(),
        request_paths: Vec::new(),
        max_resource: 0,
        ratchets: Ratchets::Off,
    }
}

fn recipient(is_key_known: bool) -> Recipient {
    let (person, name) = (identity(7).hash(), name_hash(CLIENT));
    Recipient { person, key: is_key_known.then(|| identity(7).public().clone()), name }
}

fn destination() -> DestinationHash {
    destination_hash(name_hash(CLIENT), identity(7).hash())
}

/// The question that has come to a server, and how.
fn question(network: &mut Network, server: Seat) -> (Vec<u8>, Came) {
    match &network.events(server)[..] {
        [Event::Packet { data, hops, proof: ProofToken::Packet { interface, .. }, .. }] => {
            (data.clone(), Came { interface: *interface, hops: *hops })
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reply_to_a_neighbour_takes_one_packet_on_the_wire_that_the_question_came_on() {
    let mut pair = Pair::new(1, Wire::TCP);
    let other = pair.network.add_node();
    pair.network.join(&[pair.server, other], Wire::TCP);
    pair.network.call(pair.client, |node, _| node.register_destination(program()));
    let group = pair.group;
    pair.network.call(pair.client, |node, now| node.send_packet(now, group, b"what is new?")).unwrap();
    pair.network.run_for(SECOND);
    let (asked, came) = question(&mut pair.network, pair.server);
    assert_eq!((&asked[..], came.hops), (&b"what is new?"[..], 1));
    pair.network.take_sent();
    let reply = |node: &mut roost::rns::Node, now| node.reply(now, came, &recipient(true), b"nothing");
    assert_eq!(pair.network.call(pair.server, reply), Ok(Replied::Sent));
    pair.network.run_for(SECOND);
    let heard = pair.network.events(pair.client);
    assert!(
        matches!(&heard[..], [Event::Packet { destination: to, data, .. }]
            if *to == destination() && data == b"nothing"),
        "{heard:?}"
    );
    let sent = pair.network.take_sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let packet = Packet::parse(&sent[0].frame).unwrap();
    assert_eq!((packet.packet_type, packet.destination_type), (PacketType::Data, DestinationType::Single));
    assert_eq!(sent[0].frame.len(), 115);
}

#[test]
fn nobody_replies_to_who_is_unknown() {
    let mut pair = Pair::new(1, Wire::TCP);
    let interface = pair.network.interface(pair.server, pair.wire).unwrap();
    let came = Came { interface, hops: 1 };
    let reply = |node: &mut roost::rns::Node, now| node.reply(now, came, &recipient(false), b"who?");
    assert_eq!(pair.network.call(pair.server, reply), Ok(Replied::NoKey));
    let client = pair.client;
    pair.network.call(client, |node, _| node.register_destination(program()));
    pair.network.call(client, |node, now| node.announce(now, destination())).unwrap();
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.call(pair.server, reply), Ok(Replied::Sent), "an announce has told the key");
}

#[test]
fn who_is_further_away_gets_a_reply_once_the_way_is_known() {
    let mut network = Network::new(1);
    let (server, between, client) = (network.add_node(), network.add_transport_node(), network.add_node());
    network.join(&[between, client], Wire::TCP);
    network.call(client, |node, _| node.register_destination(program()));
    network.call(client, |node, now| node.announce(now, destination())).unwrap();
    network.run_for(10 * SECOND);
    let wire = network.join(&[server, between], Wire::TCP);
    network.call(server, |node, _| node.register_destination(group_of(identity(1), "")));
    let came = Came { interface: network.interface(server, wire).unwrap(), hops: 2 };
    let reply = |node: &mut roost::rns::Node, now| node.reply(now, came, &recipient(true), b"here you are");
    assert_eq!(network.call(server, reply), Ok(Replied::NoPath));
    network.run_for(10 * SECOND);
    assert_eq!(network.node(server).hops_to(destination()), Some(2), "the network was asked");
    assert_eq!(network.call(server, reply), Ok(Replied::Sent));
    network.run_for(SECOND);
    let heard = network.events(client);
    assert!(matches!(&heard[..], [Event::Packet { hops: 2, .. }]), "{heard:?}");
}
