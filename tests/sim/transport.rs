//! Networks with transport nodes between the ends: lines, rings, stars, partitions and lossy wires.
//! Not the rules hop by hop; the golden vectors have those.

use std::time::Duration;

use roost::rns::error::DropReason;
use roost::rns::event::{Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId};
use roost::rns::node::Compression;
use roost::rns::packet::{ENCRYPTED_MDU, Packet};
use roost::rns::policy::Policy;
use roost::rns::transport::PathRequest;

use crate::cost::cost;
use crate::network::{Network, Seat, Wire, WireId};
use crate::pair::{INFO, SECOND, noise, packed};

/// A client and a server with transport nodes in a line between them.
struct Line {
    network: Network,
    client: Seat,
    server: Seat,
    middle: Vec<Seat>,
    wires: Vec<WireId>,
    group: DestinationHash,
}

impl Line {
    fn new(seed: u64, between: usize, wire: Wire) -> Self {
        let mut network = Network::new(seed);
        let client = network.add_node();
        let middle: Vec<_> = (0..between).map(|_| network.add_transport_node()).collect();
        let server = network.add_node();
        let mut seats = vec![client];
        seats.extend(&middle);
        seats.push(server);
        let lossless = Wire { loss_percent: 0, ..wire };
        let wires: Vec<_> = seats.windows(2).map(|pair| network.join(pair, lossless)).collect();
        let group = network.serve(server, 1);
        network.announce(server, group);
        network.run_for(20 * SECOND);
        for id in &wires {
            network.set_loss(*id, wire.loss_percent);
        }
        let mut line = Self { network, client, server, middle, wires, group };
        line.network.events(line.client);
        line
    }

    fn open(&mut self) -> LinkId {
        let group = self.group;
        let link = self.network.call(self.client, |node, now| node.open_link(now, group)).unwrap();
        self.network.run_for(5 * SECOND);
        for seat in [self.client, self.server] {
            let events = self.network.events(seat);
            assert!(
                matches!(&events[..], [Event::LinkEstablished { link: up, .. }] if *up == link),
                "{events:?}"
            );
        }
        link
    }

    /// The client asks, the server answers with `answer`; what the client heard.
    fn ask(&mut self, link: LinkId, answer: &[u8]) -> Vec<Event> {
        self.network.call(self.client, |node, now| node.request(now, link, INFO, &[0xc0], None)).unwrap();
        self.network.run_for(2 * SECOND);
        for event in self.network.events(self.server) {
            if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                self.network.call(self.server, |node, now| {
                    node.respond(now, link, request_id, answer, Compression::Off);
                });
            }
        }
        self.network.run_for(60 * SECOND);
        self.network.events(self.client)
    }

    /// The client sends a packet and the server proves it; was the proof heard?
    fn deliver(&mut self, data: &[u8]) -> bool {
        let group = self.group;
        self.network.call(self.client, |node, now| node.send_packet(now, group, data)).unwrap();
        self.network.run_for(SECOND);
        for event in self.network.events(self.server) {
            if let Event::Packet { proof, data: received, .. } = event {
                assert_eq!(received, data);
                self.network.call(self.server, |node, now| node.prove(now, &proof));
            }
        }
        self.network.run_for(SECOND);
        let events = self.network.events(self.client);
        events.iter().any(|event| matches!(event, Event::PacketDelivered { .. }))
    }
}

#[test]
fn an_announce_reaches_the_end_of_the_line_with_the_right_number_of_hops() {
    let mut line = Line::new(1, 2, Wire::TCP);
    assert_eq!(line.network.node(line.client).hops_to(line.group), Some(3));
    insta::assert_snapshot!(cost(&line.network.take_sent()));
}

#[test]
fn packets_of_every_size_are_proved_across_three_hops() {
    let mut line = Line::new(2, 2, Wire::TCP);
    line.network.take_sent();
    for size in [1, 100, ENCRYPTED_MDU] {
        assert!(line.deliver(&noise(size)), "{size}");
    }
    insta::assert_snapshot!(cost(&line.network.take_sent()));
}

#[test]
fn a_link_and_a_request_work_across_three_hops() {
    let mut line = Line::new(3, 2, Wire::TCP);
    line.network.take_sent();
    let link = line.open();
    let answer = packed(b"hello");
    let heard = line.ask(link, &answer);
    assert!(matches!(&heard[..], [Event::Response { data, .. }] if *data == answer), "{heard:?}");
    insta::assert_snapshot!(cost(&line.network.take_sent()));
}

#[test]
fn a_large_answer_crosses_three_hops_as_a_resource() {
    let mut line = Line::new(4, 2, Wire::TCP);
    let link = line.open();
    line.network.take_sent();
    let answer = packed(&noise(100_000));
    let heard = line.ask(link, &answer);
    assert!(matches!(&heard[..], [Event::Response { data, .. }] if *data == answer), "{heard:?}");
    insta::assert_snapshot!(cost(&line.network.take_sent()));
}

#[test]
fn a_link_is_no_larger_than_the_narrowest_wire_on_its_way() {
    let mut network = Network::new(5);
    let (client, server) = (network.add_node(), network.add_node());
    let (near, far) = (network.add_transport_node(), network.add_transport_node());
    network.join(&[client, near], Wire::TCP);
    network.join(&[near, far], Wire { hw_mtu: 1064, ..Wire::TCP });
    network.join(&[far, server], Wire::TCP);
    let group = network.serve(server, 1);
    network.announce(server, group);
    network.run_for(10 * SECOND);
    let link = network.call(client, |node, now| node.open_link(now, group)).unwrap();
    network.run_for(5 * SECOND);
    assert_eq!(network.node(client).link_mdu(link), Some((1064 - 1 - 19 - 48) / 16 * 16 - 1));
}

#[test]
fn at_twenty_percent_loss_a_resource_still_crosses_three_hops() {
    let mut line = Line::new(6, 2, Wire::TCP);
    let link = line.open();
    for wire in line.wires.clone() {
        line.network.set_loss(wire, 7);
    }
    // Three wires of seven percent each lose one packet in five between the ends.
    let answer = packed(&noise(20_000));
    line.network.call(line.client, |node, now| node.request(now, link, INFO, &[0xc0], None)).unwrap();
    let mut heard = Vec::new();
    for _ in 0..60 {
        line.network.run_for(5 * SECOND);
        for event in line.network.events(line.server) {
            if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                line.network.call(line.server, |node, now| {
                    node.respond(now, link, request_id, &answer, Compression::Off);
                });
            }
        }
        heard.extend(line.network.events(line.client));
    }
    assert!(
        heard.iter().any(|event| matches!(event, Event::Response { data, .. } if *data == answer)),
        "{heard:?}"
    );
}

#[test]
fn at_twenty_percent_loss_on_each_wire_the_second_announce_makes_up_for_the_first() {
    let mut arrived = 0;
    for seed in 0..40 {
        let mut network = Network::new(100 + seed);
        let client = network.add_node();
        let middle = network.add_transport_node();
        let server = network.add_node();
        network.join(&[client, middle], Wire::TCP.losing(20));
        network.join(&[middle, server], Wire::TCP);
        let group = network.serve(server, 1);
        network.announce(server, group);
        network.run_for(10 * SECOND);
        arrived += u32::from(network.node(client).hops_to(group) == Some(2));
    }
    // One in 25 is lost twice.
    assert!(arrived >= 35, "{arrived}");
}

#[test]
fn in_a_ring_announces_come_to_rest_and_paths_are_shortest() {
    let mut network = Network::new(7);
    let ring: Vec<_> = (0..6).map(|_| network.add_transport_node()).collect();
    for at in 0..6 {
        network.join(&[ring[at], ring[(at + 1) % 6]], Wire::TCP);
    }
    let group = network.serve(ring[0], 1);
    network.announce(ring[0], group);
    network.run_for(60 * SECOND);
    let hops: Vec<_> = ring.iter().map(|seat| network.node(*seat).hops_to(group)).collect();
    assert_eq!(hops, [None, Some(1), Some(2), Some(3), Some(2), Some(1)]);
    insta::assert_snapshot!(cost(&network.take_sent()));
    network.run_for(3600 * SECOND);
    assert!(network.take_sent().is_empty(), "an hour later somebody still talks about it");
}

#[test]
fn in_a_star_of_fifty_everybody_finds_everybody() {
    let mut network = Network::new(8);
    let hub = network.add_transport_node();
    let leaves: Vec<_> = (0..49).map(|_| network.add_node()).collect();
    let mut groups = Vec::new();
    for (number, leaf) in leaves.iter().enumerate() {
        network.join(&[hub, *leaf], Wire::TCP);
        groups.push(network.serve(*leaf, 100 + number as u64));
    }
    for (leaf, group) in leaves.iter().zip(&groups) {
        network.announce(*leaf, *group);
        network.run_for(Duration::from_millis(500));
    }
    network.run_for(60 * SECOND);
    for (at, leaf) in leaves.iter().enumerate() {
        for (other, group) in groups.iter().enumerate() {
            let expected = (other != at).then_some(2);
            assert_eq!(network.node(*leaf).hops_to(*group), expected, "{at} to {other}");
        }
    }
    insta::assert_snapshot!(cost(&network.take_sent()));
}

#[test]
fn a_partition_that_heals_lets_both_sides_find_each_other_again() {
    let mut network = Network::new(9);
    let (client, server) = (network.add_node(), network.add_node());
    let (near, far) = (network.add_transport_node(), network.add_transport_node());
    network.join(&[client, near], Wire::TCP);
    let bridge = network.join(&[near, far], Wire::TCP);
    network.join(&[far, server], Wire::TCP);
    let group = network.serve(server, 1);
    network.announce(server, group);
    network.run_for(10 * SECOND);
    network.cut(bridge);
    network.announce(server, group);
    network.run_for(10 * SECOND);
    // The near side knows no way any more, and says so by silence.
    assert_eq!(network.node(near).hops_to(group), None);
    let link = network.call(client, |node, now| node.open_link(now, group)).unwrap();
    network.run_for(60 * SECOND);
    let events = network.events(client);
    assert!(
        events.iter().any(|event| matches!(event, Event::LinkClosed { link: gone, .. } if *gone == link)),
        "{events:?}"
    );

    network.join(&[near, far], Wire::TCP);
    network.announce(server, group);
    network.run_for(10 * SECOND);
    assert_eq!(network.node(client).hops_to(group), Some(3));
    let link = network.call(client, |node, now| node.open_link(now, group)).unwrap();
    network.run_for(5 * SECOND);
    assert!(network.node(client).link_interface(link).is_some());
    insta::assert_snapshot!(cost(&network.take_sent()));
}

#[test]
fn who_comes_late_asks_and_is_answered_by_the_transport_node() {
    let mut line = Line::new(10, 1, Wire::TCP);
    let late = line.network.add_node();
    line.network.join(&[line.middle[0], late], Wire::TCP);
    line.network.take_sent();
    let group = line.group;
    line.network.call(late, |node, now| node.request_path(now, group));
    line.network.run_for(2 * SECOND);
    assert_eq!(line.network.node(late).hops_to(group), Some(2));
    let events = line.network.events(late);
    assert!(matches!(&events[..], [Event::Announce { path_response: true, hops: 2, .. }]), "{events:?}");
    insta::assert_snapshot!(cost(&line.network.take_sent()));
}

#[test]
fn a_gateway_searches_for_those_behind_it_and_a_full_interface_does_not() {
    for (mode, found) in [(roost::rns::interface::Mode::Gateway, true), (Wire::TCP.mode, false)] {
        let mut network = Network::new(11);
        let (client, middle, server) = (network.add_node(), network.add_transport_node(), network.add_node());
        network.join(&[client, middle], Wire { mode, ..Wire::TCP });
        network.join(&[middle, server], Wire::TCP);
        // Never announced: only the server itself knows of it.
        let group = network.serve(server, 1);
        network.call(client, |node, now| node.request_path(now, group));
        network.run_for(5 * SECOND);
        assert_eq!(network.node(client).hops_to(group), found.then_some(2), "{mode:?}");
    }
}

#[test]
fn a_search_that_finds_the_air_taken_by_announces_goes_out_a_little_later() {
    let mut network = Network::new(11);
    let (client, middle, server) = (network.add_node(), network.add_transport_node(), network.add_node());
    network.join(&[client, middle], Wire { mode: roost::rns::interface::Mode::Gateway, ..Wire::TCP });
    network.join(&[middle, server], Wire { bitrate: 100_000, ..Wire::TCP });
    let group = network.serve(server, 1);
    // Passed on within half a second, it takes the share of announces on the slow wire for most of another.
    let own = network.serve(client, 2);
    network.announce(client, own);
    network.run_for(SECOND / 2 + SECOND / 10);
    network.call(client, |node, now| node.request_path(now, group));
    network.run_for(SECOND / 10);
    assert_eq!(network.node(middle).table_sizes().onward_searches, 1);
    network.run_for(2 * SECOND);
    assert_eq!(network.node(client).hops_to(group), Some(2));
    assert_eq!(network.node(middle).table_sizes().onward_searches, 0);
}

#[test]
fn a_forged_link_proof_does_not_let_a_link_pass() {
    let mut line = Line::new(12, 1, Wire::TCP);
    let group = line.group;
    // The server is mute: its wire loses everything that it says.
    line.network.set_loss(line.wires[1], 100);
    let link = line.network.call(line.client, |node, now| node.open_link(now, group)).unwrap();
    line.network.run_for(SECOND);
    let mut proof = vec![0x0f, 0];
    proof.extend_from_slice(link.as_bytes());
    proof.push(0xff);
    proof.extend_from_slice(&noise(99));
    line.network.take_sent();
    for wire in line.wires.clone() {
        line.network.inject(line.middle[0], wire, &proof);
    }
    assert!(line.network.take_sent().is_empty());
    let drops = line.network.node(line.middle[0]).drops();
    assert_eq!((drops.get(DropReason::BadSignature), drops.get(DropReason::WrongInterface)), (1, 1));
}

#[test]
fn a_transport_node_at_rest_wants_no_waking_and_remembers_nothing_of_links_long_gone() {
    let mut line = Line::new(13, 1, Wire::TCP);
    let link = line.open();
    line.network.call(line.client, |node, now| node.close_link(now, link));
    assert!(line.deliver(b"x"));
    let sizes = line.network.node(line.middle[0]).table_sizes();
    assert_eq!((sizes.relayed_links, sizes.reverse), (1, 0));
    line.network.run_for(1000 * SECOND);
    let sizes = line.network.node(line.middle[0]).table_sizes();
    assert_eq!((sizes.relayed_links, sizes.reverse, sizes.announces, sizes.path_answers), (0, 0, 0, 0));
    line.network.run_for(9 * 86_400 * SECOND);
    assert_eq!(line.network.node(line.middle[0]).poll_timeout(), None);
}

#[test]
fn a_path_that_proved_dead_for_others_is_asked_for_but_not_where_they_came_from() {
    let mut line = Line::new(14, 1, Wire::TCP);
    let (group, middle) = (line.group, line.middle[0]);
    line.network.set_loss(line.wires[1], 100);
    line.network.take_sent();
    line.network.call(line.client, |node, now| node.open_link(now, group)).unwrap();
    line.network.run_for(11 * SECOND);
    let address = PathRequest::address();
    let asked: Vec<_> = line
        .network
        .take_sent()
        .into_iter()
        .filter(|sent| sent.from == middle)
        .filter(|sent| Packet::parse(&sent.frame).is_ok_and(|packet| packet.address == address.into()))
        .map(|sent| sent.wire)
        .collect();
    assert_eq!(asked, [line.wires[1]]);
    assert_eq!(line.network.node(middle).table_sizes().repairs, 0);
}

#[test]
fn an_operator_can_have_everything_searched_that_is_asked_for_on_an_interface() {
    for recursive_prs in [true, false] {
        let mut network = Network::new(15);
        let (client, middle, server) = (network.add_node(), network.add_transport_node(), network.add_node());
        let policy = Policy { recursive_prs, ..Policy::DEFAULT };
        network.join(&[client, middle], Wire { policy, ..Wire::TCP });
        network.join(&[middle, server], Wire::TCP);
        let group = network.serve(server, 1);
        network.call(client, |node, now| node.request_path(now, group));
        network.run_for(5 * SECOND);
        assert_eq!(network.node(client).hops_to(group), recursive_prs.then_some(2));
    }
}

#[test]
fn an_operator_can_let_a_burst_of_newcomers_in() {
    for ingress_control in [true, false] {
        let mut network = Network::new(16);
        let (middle, server) = (network.add_transport_node(), network.add_node());
        let policy = Policy { ingress_control, ..Policy::DEFAULT };
        network.join(&[middle, server], Wire { policy, ..Wire::TCP });
        for number in 0..100 {
            let group = network.serve(server, number);
            network.announce(server, group);
        }
        network.run_for(SECOND);
        let sizes = network.node(middle).table_sizes();
        let expected = if ingress_control { (30, 70) } else { (100, 0) };
        assert_eq!((sizes.paths, sizes.held_announces), expected);
    }
}

#[test]
fn of_two_equal_ways_the_one_with_more_gravity_is_taken() {
    for (first, second, taken) in [(0, 1, 1), (1, 0, 0), (0, 0, 0)] {
        let mut network = Network::new(17);
        let (middle, server) = (network.add_transport_node(), network.add_node());
        let wire = |gravity, delay| Wire {
            policy: Policy { gravity, ..Policy::DEFAULT },
            delay: Duration::from_millis(delay),
            ..Wire::TCP
        };
        let wires = [(first, 10), (second, 20)]
            .map(|(gravity, delay)| network.join(&[middle, server], wire(gravity, delay)));
        let group = network.serve(server, 1);
        network.announce(server, group);
        network.run_for(SECOND);
        network.take_sent();
        network.call(middle, |node, now| node.open_link(now, group)).unwrap();
        let sent = network.take_sent();
        assert_eq!(sent.iter().map(|one| one.wire).collect::<Vec<_>>(), [wires[taken]]);
    }
}
