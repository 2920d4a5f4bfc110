//! A group on a LoRa channel: what things cost in bytes and in time on air, and what happens when stations talk at once.
//! Not the radio itself, which is in `radio`.

use std::time::Duration;

use roost::rns::airtime::Modulation;
use roost::rns::event::{Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId};
use roost::rns::node::Compression;
use roost::rns::packet::Packet;

use crate::network::{Network, Seat, Sent, Wire, WireId};
use crate::pair::{INFO, Pair, SECOND, noise, packed};

const SF8: Modulation = Modulation::SF8;

/// Each packet with its bytes and its milliseconds on air, and their sum.
fn bill(lora: Modulation, sent: &[Sent]) -> String {
    let mut lines = Vec::new();
    let mut total = (0, Duration::ZERO);
    for Sent { frame, .. } in sent {
        let packet = Packet::parse(frame).unwrap();
        let time = lora.time_on_air(frame.len());
        total = (total.0 + frame.len(), total.1 + time);
        let what = format!("{:?} {:?}", packet.packet_type, packet.context);
        lines.push(format!("{what}: {} bytes, {} ms", frame.len(), time.as_millis()));
    }
    lines.push(format!("all: {} bytes, {} ms", total.0, total.1.as_millis()));
    lines.join("\n")
}

/// Waits until `done`, or says what the client heard instead.
fn until(pair: &mut Pair, what: &str, mut done: impl FnMut(&Event) -> bool) {
    let mut heard = Vec::new();
    for _ in 0..120 {
        pair.network.run_for(SECOND);
        for event in pair.network.events(pair.server) {
            if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                let answer = packed(&noise(400));
                pair.network.call(pair.server, |node, now| {
                    node.respond(now, link, request_id, &answer, Compression::Off);
                });
            }
        }
        let events = pair.network.events(pair.client);
        if events.iter().any(&mut done) {
            return;
        }
        heard.extend(events);
    }
    panic!("{what}: {heard:?}");
}

/// A server and a client that has heard of it and opened a link.
fn linked(seed: u64, lora: Modulation) -> (Pair, LinkId) {
    let mut pair = Pair::strangers(seed, Wire::lora(lora), None, None);
    pair.network.announce(pair.server, pair.group);
    until(&mut pair, "no announce", |event| matches!(event, Event::Announce { .. }));
    let link = pair.start_link();
    until(&mut pair, "no link", |event| matches!(event, Event::LinkEstablished { .. }));
    (pair, link)
}

#[test]
fn a_member_reads_over_a_new_link_for_less_than_three_seconds_of_air() {
    let (mut pair, link) = linked(1, SF8);
    pair.network.call(pair.client, |node, now| node.request(now, link, INFO, &[0xc0], None)).unwrap();
    until(&mut pair, "no answer", |event| matches!(event, Event::Response { .. }));
    insta::assert_snapshot!(bill(SF8, &pair.network.take_sent()));
    let wire = pair.wire;
    assert_eq!(pair.network.channel(wire).traffic().spoiled, 0);
}

#[test]
fn an_answer_of_several_packets_arrives_over_the_slowest_usual_setting() {
    let slow = Modulation::new(11, 125_000, 5).unwrap();
    let (mut pair, link) = linked(2, slow);
    pair.network.take_sent();
    let data = noise(1500);
    pair.network
        .call(pair.client, |node, now| node.send_resource(now, link, data, Compression::Off))
        .unwrap();
    let server = pair.server;
    let mut arrived = false;
    for _ in 0..120 {
        pair.network.run_for(SECOND);
        for event in pair.network.events(server) {
            if let Event::ResourceReceived { proof, .. } = event {
                pair.network.call(server, |node, now| node.prove(now, &proof));
                arrived = true;
            }
        }
    }
    assert!(arrived);
    let delivered = pair.network.events(pair.client);
    assert!(delivered.iter().any(|event| matches!(event, Event::ResourceDelivered { .. })), "{delivered:?}");
    insta::assert_snapshot!(bill(slow, &pair.network.take_sent()));
}

/// Stations that all hear each other, each with a group that it announces at the same moment.
fn crowd(seed: u64, stations: u64) -> (Network, WireId, Vec<(Seat, DestinationHash)>) {
    let mut network = Network::new(seed);
    let seats: Vec<_> = (0..stations).map(|_| network.add_node()).collect();
    let wire = network.join(&seats, Wire::lora(SF8));
    let groups: Vec<_> =
        seats.iter().zip(100..).map(|(seat, number)| (*seat, network.serve(*seat, number))).collect();
    for (seat, group) in &groups {
        network.announce(*seat, *group);
    }
    network.run_for(120 * SECOND);
    (network, wire, groups)
}

#[test]
fn of_stations_that_announce_at_once_only_those_with_the_same_slot_spoil_each_others_packets() {
    let (mut network, wire, groups) = crowd(6, 8);
    let mut known = 0u64;
    for (seat, own) in &groups {
        let heard = groups.iter().filter(|(_, group)| network.node(*seat).hops_to(*group) == Some(1));
        assert_eq!(network.node(*seat).hops_to(*own), None);
        known += heard.count() as u64;
    }
    let traffic = network.channel(wire).traffic();
    assert_eq!(traffic.packets, 8);
    // With a turn of 15 slots for eight stations, some choose the same.
    assert!(traffic.spoiled > 0 && traffic.spoiled < 56, "{traffic:?}");
    assert_eq!(known + traffic.spoiled, 56);
}

#[test]
fn stations_behind_a_hill_from_each_other_spoil_each_others_packets_in_the_middle() {
    let mut network = Network::new(4);
    let (left, middle, right) = (network.add_node(), network.add_node(), network.add_node());
    let wire = network.join(&[left, middle, right], Wire::lora(SF8));
    network.channel(wire).hide(left, right);
    let groups = [(left, network.serve(left, 1)), (right, network.serve(right, 2))];
    for (seat, group) in groups {
        network.announce(seat, group);
    }
    network.run_for(10 * SECOND);
    // An announce is longer on air than any backoff: neither waits for the other.
    assert_eq!(groups.map(|(_, group)| network.node(middle).hops_to(group)), [None, None]);
    assert_eq!(network.channel(wire).traffic().spoiled, 2);
    for (seat, group) in groups {
        network.announce(seat, group);
        network.run_for(5 * SECOND);
    }
    assert_eq!(groups.map(|(_, group)| network.node(middle).hops_to(group)), [Some(1), Some(1)]);
    assert_eq!(network.node(left).hops_to(groups[1].1), None);
}

#[test]
fn a_transport_node_between_two_that_do_not_hear_each_other_carries_a_link_on_one_channel() {
    let mut network = Network::new(5);
    let (client, middle, server) = (network.add_node(), network.add_transport_node(), network.add_node());
    let wire = network.join(&[client, middle, server], Wire::lora(SF8));
    network.channel(wire).hide(client, server);
    let group = network.serve(server, 1);
    network.announce(server, group);
    network.run_for(60 * SECOND);
    assert_eq!(network.node(client).hops_to(group), Some(2));
    network.events(client);
    network.take_sent();

    let link = network.link(client, group, 15 * SECOND).unwrap();
    assert!(network.ask((client, link), server, &packed(b"hello"), 60 * SECOND));
    insta::assert_snapshot!(bill(SF8, &network.take_sent()));
}
