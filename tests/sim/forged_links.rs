//! What others cannot do to links: forge, replay, capture them or crowd them out.
//! Not what the two ends of a link can do.

use std::time::Duration;

use proptest::prelude::*;
use roost::rns::error::DropReason;
use roost::rns::event::{CloseReason, Event};
use roost::rns::node::Compression;
use roost::rns::packet::{Context, DestinationType, Packet, PacketType};
use roost::rns::random::Random;

use crate::network::{Network, Sent, Wire, identity};
use crate::pair::{INFO, Pair, SECOND, noise, packed, served_group};

#[test]
fn a_proof_from_another_interface_does_not_capture_a_link() {
    let mut pair = Pair::new(1, Wire::TCP);
    let beside = pair.network.join(&[pair.client], Wire::TCP);
    let link = pair.start_link();
    pair.network.run_for(Duration::from_millis(25));
    let sent = pair.network.take_sent();
    let proof = sent.iter().find(|sent| sent.from == pair.server).unwrap().frame.clone();
    // Even the genuine proof, overheard and quicker than the original, binds nothing from there.
    pair.network.inject(pair.client, beside, &proof);
    for position in 19..proof.len() {
        let mut forged = proof.clone();
        forged[position] ^= 1;
        pair.network.inject(pair.client, beside, &forged);
        pair.network.inject(pair.client, pair.wire, &forged);
    }
    assert_eq!(pair.network.events(pair.client), []);
    assert_eq!(pair.drops(pair.client, DropReason::WrongInterface), 1 + proof.len() as u64 - 19);
    pair.network.run_for(SECOND);
    assert!(matches!(&pair.network.events(pair.client)[..], [Event::LinkEstablished { .. }]));
    pair.network.events(pair.server);
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { .. }]), "{events:?}");
    assert!(pair.network.take_sent().iter().all(|sent| sent.wire != beside));
}

#[test]
fn frames_from_a_second_connection_change_nothing_on_an_established_link() {
    let mut pair = Pair::new(1, Wire::TCP);
    let stranger = pair.network.add_node();
    let beside = pair.network.join(&[pair.server, stranger], Wire::TCP);
    let link = pair.open();
    let server = pair.server;

    // Everything that the client sends is lost on its own wire and comes in, unchanged, by the stranger's.
    pair.network.set_loss(pair.wire, 100);
    let request = pair.network.call(pair.client, |node, now| node.request(now, link, INFO, &[0xc0], None));
    let request = request.unwrap();
    pair.network.call(pair.client, |node, now| node.send_link_packet(now, link, b"hi")).unwrap();
    pair.network.call(pair.client, |node, now| node.identify(now, link, &identity(50))).unwrap();
    let stolen = pair.network.take_sent();
    assert_eq!(stolen.len(), 3);
    for sent in &stolen {
        pair.network.inject(server, beside, &sent.frame);
    }
    // And what anybody can make up about a link whose id was overheard.
    let mut made_up = 0;
    for context in 0..=255 {
        for packet_type in [PacketType::Data, PacketType::Proof] {
            for length in [1, 16, 64, 96, 99, 200] {
                let payload = noise(length);
                let context = Context::from_byte(context);
                let packet = Packet::new(packet_type, DestinationType::Link, link, context, &payload);
                pair.network.inject(server, beside, &packet.pack());
                made_up += 1;
            }
        }
    }
    assert_eq!(pair.drops(server, DropReason::WrongInterface), 3 + made_up);
    assert_eq!(pair.network.events(server), []);
    assert!(pair.network.take_sent().is_empty());

    // None of it shut out the originals.
    pair.network.set_loss(pair.wire, 0);
    for sent in &stolen {
        pair.network.inject(server, pair.wire, &sent.frame);
    }
    let events = pair.network.events(server);
    assert!(
        matches!(&events[..], [Event::Request(asked), Event::LinkPacket { .. }, Event::LinkIdentified { .. }]
            if asked.request_id == request),
        "{events:?}"
    );
}

#[test]
fn made_up_frames_on_the_right_interface_change_nothing_on_an_established_link() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let remembered = pair.network.node(pair.server).table_sizes().packet_hashes;
    for context in 0..=255u8 {
        // A keepalive is not encrypted; it may be answered.
        if Context::from_byte(context) == Context::KeepAlive {
            continue;
        }
        for packet_type in [PacketType::Data, PacketType::Proof] {
            for length in [1, 16, 64, 96, 99, 200] {
                let payload = noise(length);
                let context = Context::from_byte(context);
                let packet = Packet::new(packet_type, DestinationType::Link, link, context, &payload);
                pair.network.inject(pair.server, pair.wire, &packet.pack());
            }
        }
    }
    assert_eq!(pair.network.events(pair.server), []);
    assert!(pair.network.take_sent().is_empty());
    let remembers = pair.network.node(pair.server).table_sizes().packet_hashes;
    assert_eq!(remembers, remembered, "a forgery took a place in the duplicate filter");
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { .. }]), "{events:?}");
}

#[test]
fn replayed_link_packets_are_dropped() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let asked = pair.network.call(pair.client, |node, now| node.request(now, link, INFO, &[0xc0], None));
    asked.unwrap();
    let frame = pair.network.take_sent().remove(0).frame;
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.events(pair.server).len(), 1);
    for _ in 0..5 {
        pair.network.inject(pair.server, pair.wire, &frame);
    }
    assert_eq!(pair.network.events(pair.server), []);
    assert_eq!(pair.drops(pair.server, DropReason::Duplicate), 5);
}

#[test]
fn a_replayed_link_request_does_not_disturb_the_link_it_once_opened() {
    let mut pair = Pair::new(1, Wire::TCP);
    let beside = pair.network.join(&[pair.server], Wire::TCP);
    let link = pair.start_link();
    let request = pair.network.take_sent().remove(0).frame;
    pair.network.run_for(SECOND);
    pair.network.take_sent();
    let stripped = request[..request.len() - 3].to_vec();
    for frame in [&request, &stripped] {
        for wire in [pair.wire, beside] {
            pair.network.inject(pair.server, wire, frame);
        }
    }
    assert!(pair.network.take_sent().is_empty());
    assert_eq!(pair.drops(pair.server, DropReason::Duplicate), 4);
    pair.network.events(pair.client);
    pair.network.events(pair.server);
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { .. }]), "{events:?}");
}

#[test]
fn a_flood_of_link_requests_is_capped_and_leaves_established_links_alone() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let mut random = Random::from_seed([5; 32]);
    for _ in 0..1500 {
        let keys: [u8; 64] = random.bytes();
        let (request, single) = (PacketType::LinkRequest, DestinationType::Single);
        let packet = Packet::new(request, single, pair.group, Context::None, &keys);
        pair.network.inject(pair.server, pair.wire, &packet.pack());
    }
    let server = pair.server;
    assert_eq!(pair.network.node(server).table_sizes().links, 1 + 1024);
    assert_eq!(pair.drops(server, DropReason::TableFull), 1500 - 1024);
    assert_eq!(pair.network.events(server), []);
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { .. }]), "{events:?}");
    pair.network.run_for(400 * SECOND);
    assert_eq!(pair.network.node(server).table_sizes().links, 1, "half-open links time out");
}

#[test]
fn a_flood_of_link_requests_on_one_interface_does_not_push_out_a_link_that_opens_on_another() {
    let mut pair = Pair::new(1, Wire::TCP);
    let beside = pair.network.join(&[pair.server], Wire::TCP);
    let link = pair.start_link();
    pair.network.run_for(Duration::from_millis(25));
    assert_eq!(pair.network.node(pair.server).table_sizes().links, 1);
    let mut random = Random::from_seed([5; 32]);
    for _ in 0..1500 {
        let keys: [u8; 64] = random.bytes();
        let (request, single) = (PacketType::LinkRequest, DestinationType::Single);
        let packet = Packet::new(request, single, pair.group, Context::None, &keys);
        pair.network.inject(pair.server, beside, &packet.pack());
    }
    pair.network.run_for(SECOND);
    let events = pair.network.events(pair.server);
    assert!(matches!(&events[..], [Event::LinkEstablished { link: up, .. }] if *up == link), "{events:?}");
    assert_eq!(pair.network.node(pair.server).table_sizes().links, 1024);
}

#[test]
fn many_links_on_one_connection_close_those_that_were_silent_longest_there_and_none_elsewhere() {
    let mut network = Network::new(1);
    let (server, friend) = (network.add_node(), network.add_node());
    let group = network.call(server, |node, _| node.register_destination(served_group()));
    network.join(&[server, friend], Wire::TCP);
    network.call(server, |node, now| node.announce(now, group)).unwrap();
    network.run_for(SECOND);
    let friends = network.call(friend, |node, now| node.open_link(now, group)).unwrap();
    network.run_for(SECOND);

    // What looks like one neighbour may be a crowd.
    let crowd: Vec<_> = (0..5).map(|_| network.add_node()).collect();
    let everybody: Vec<_> = crowd.iter().copied().chain([server]).collect();
    network.join(&everybody, Wire::TCP);
    network.call(server, |node, now| node.announce(now, group)).unwrap();
    network.run_for(Duration::from_millis(100));
    let mut links = Vec::new();
    for client in crowd {
        for _ in 0..820 {
            links.push(network.call(client, |node, now| node.open_link(now, group)).unwrap());
        }
        network.run_for(SECOND);
    }
    assert_eq!(network.node(server).table_sizes().links, 4096);
    let closed: Vec<_> = network
        .events(server)
        .into_iter()
        .filter_map(|event| match event {
            Event::LinkClosed { link, reason: CloseReason::Destination, .. } => Some(link),
            _ => None,
        })
        .collect();
    assert_eq!(closed.len(), links.len() + 1 - 4096);
    assert!(closed.iter().all(|link| links[..820].contains(link)), "the first of the crowd spoke first");
    assert!(!closed.contains(&friends));
}

#[test]
fn answers_that_nobody_fetches_are_bounded_and_do_not_close_another_connections_link() {
    let mut pair = Pair::new(1, Wire::TCP);
    let friend = pair.network.add_node();
    pair.network.join(&[pair.server, friend], Wire::TCP);
    pair.announce();
    let group = pair.group;
    let friends = pair.network.call(friend, |node, now| node.open_link(now, group)).unwrap();
    pair.network.run_for(SECOND);
    pair.network.events(pair.server);
    let greedy: Vec<_> = (0..4).map(|_| pair.open()).collect();
    // Asked for, and then nothing is fetched.
    let answer = packed(&noise(8 << 20));
    let mut most = 0;
    for turn in 0..24 {
        let link = greedy[turn % 4];
        let asked = pair.network.call(pair.client, |node, now| node.request(now, link, INFO, &[0xc0], None));
        if asked.is_err() {
            continue;
        }
        pair.network.run_for(Duration::from_millis(30));
        for event in pair.network.events(pair.server) {
            if let Event::Request(request) = event {
                pair.network.set_loss(pair.wire, 100);
                pair.network.call(pair.server, |node, now| {
                    node.respond(now, link, request.request_id, &answer, Compression::Off);
                });
                pair.network.run_for(Duration::from_millis(10));
                pair.network.set_loss(pair.wire, 0);
            }
        }
        most = most.max(pair.network.node(pair.server).table_sizes().link_bytes);
    }
    assert!(most > 100 << 20 && most <= 128 << 20, "{most}");
    assert!(pair.drops(pair.server, DropReason::TableFull) > 0);
    assert!(pair.network.node(pair.server).link_mdu(friends).is_some());
}

/// What both ends of a link transmit in a busy session, and the session, still open.
fn busy_session() -> (Pair, Vec<Sent>) {
    let mut pair = Pair::new(1, Wire { hw_mtu: 500, ..Wire::TCP });
    let link = pair.start_link();
    pair.network.run_for(SECOND);
    pair.network.call(pair.client, |node, now| node.identify(now, link, &identity(50))).unwrap();
    pair.network.call(pair.server, |node, now| node.send_link_packet(now, link, b"hi")).unwrap();
    pair.ask(link, &packed(&noise(2000)));
    let (data, compress) = (noise(5000), Compression::Allowed);
    pair.network.call(pair.client, |node, now| node.send_resource(now, link, data, compress)).unwrap();
    pair.network.run_for(SECOND);
    let sent = pair.network.take_sent();
    assert!(sent.len() > 20, "{} frames", sent.len());
    (pair, sent)
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(usize, u8),
    Cut(usize),
    Grow(Vec<u8>),
    Relabel(u8),
}

impl Damage {
    fn apply(&self, frame: &mut Vec<u8>) {
        match self {
            Self::Flip(at, bits) => {
                let length = frame.len();
                frame[at % length] ^= bits;
            }
            Self::Cut(to) => frame.truncate(to % (frame.len() + 1)),
            Self::Grow(tail) => frame.extend_from_slice(tail),
            Self::Relabel(context) => frame[18] = *context,
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<usize>().prop_map(Damage::Cut),
        prop::collection::vec(any::<u8>(), 1..100).prop_map(Damage::Grow),
        any::<u8>().prop_map(Damage::Relabel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_frames_of_a_real_session_in_any_order_hurt_neither_end(
        hits in prop::collection::vec((any::<usize>(), damage(), any::<bool>(), 0u64..2000), 1..40)
    ) {
        let (mut pair, sent) = busy_session();
        for (which, damage, to_server, pause) in hits {
            let mut frame = sent[which % sent.len()].frame.clone();
            damage.apply(&mut frame);
            let to = if to_server { pair.server } else { pair.client };
            pair.network.inject(to, pair.wire, &frame);
            pair.network.run_for(Duration::from_millis(pause));
        }
        pair.network.run_for(SECOND);
        pair.network.events(pair.client);
        pair.network.events(pair.server);
        pair.announce();
        let link = pair.start_link();
        pair.network.run_for(SECOND);
        let events = pair.ask(link, &[0xc3]);
        let answered = |event: &Event| matches!(event, Event::Response { link: on, .. } if *on == link);
        prop_assert!(events.iter().any(answered), "{:?}", events);
    }
}
