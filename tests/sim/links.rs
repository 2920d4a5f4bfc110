//! Links through nodes: what they carry, where they live, and what nobody else can do to them.

use std::time::Duration;

use roost::rns::destination::DestinationSpec;
use roost::rns::error::{DropReason, MisuseError};
use roost::rns::event::{CloseReason, Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId, PathHash};
use roost::rns::node::Compression;
use roost::rns::packet::{Context, DestinationType, Packet, PacketType};
use roost::rns::random::Random;

use crate::network::{Network, Seat, Wire, WireId, group_of, identity};

const SECOND: Duration = Duration::from_secs(1);
const INFO: &str = "/api/v1/info";

fn served_group() -> DestinationSpec {
    DestinationSpec { request_paths: vec![PathHash::of(INFO)], ..group_of(identity(1), "") }
}

/// A server whose destination a client has heard of.
struct Pair {
    network: Network,
    server: Seat,
    client: Seat,
    wire: WireId,
    group: DestinationHash,
}

impl Pair {
    fn new(seed: u64, wire: Wire) -> Self {
        let mut network = Network::new(seed);
        let (server, client) = (network.add_node(), network.add_node());
        let wire_id = network.join(&[server, client], Wire { loss_percent: 0, ..wire });
        let group = network.call(server, |node, _| node.register_destination(served_group()));
        let mut pair = Self { network, server, client, wire: wire_id, group };
        pair.announce();
        pair.network.set_loss(wire_id, wire.loss_percent);
        pair
    }

    fn announce(&mut self) {
        let group = self.group;
        self.network.call(self.server, |node, now| node.announce(now, group)).unwrap();
        self.network.run_for(SECOND);
        let events = self.network.events(self.client);
        assert!(events.iter().any(|event| matches!(event, Event::Announce { .. })), "{events:?}");
        self.network.take_sent();
    }

    fn start_link(&mut self) -> LinkId {
        let group = self.group;
        self.network.call(self.client, |node, now| node.open_link(now, group)).unwrap()
    }

    /// Opens a link and waits until both ends have told.
    fn open(&mut self) -> LinkId {
        let link = self.start_link();
        self.network.run_for(SECOND);
        let is_up = |event: &Event, as_initiator: bool| {
            matches!(event, Event::LinkEstablished { link: up, destination, initiator, .. }
                if *up == link && *destination == self.group && *initiator == as_initiator)
        };
        let (client, server) = (self.network.events(self.client), self.network.events(self.server));
        assert!(matches!(&client[..], [event] if is_up(event, true)), "{client:?}");
        assert!(matches!(&server[..], [event] if is_up(event, false)), "{server:?}");
        self.network.take_sent();
        link
    }

    /// The client asks, the server answers with `answer`; what the client heard.
    fn ask(&mut self, link: LinkId, answer: &[u8]) -> Vec<Event> {
        let asked = self.network.call(self.client, |node, now| node.request(now, link, INFO, &[0xc0], None));
        asked.unwrap();
        self.network.run_for(SECOND);
        for event in self.network.events(self.server) {
            if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                self.network.call(self.server, |node, now| {
                    node.respond(now, link, request_id, answer, Compression::Off);
                });
            }
        }
        self.network.run_for(10 * SECOND);
        self.network.events(self.client)
    }

    fn drops(&self, seat: Seat, reason: DropReason) -> u64 {
        self.network.node(seat).drops().get(reason)
    }
}

/// One packed MessagePack bin of any size.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0xc6];
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend_from_slice(bytes);
    out
}

fn noise(length: usize) -> Vec<u8> {
    let mut random = Random::from_seed([9; 32]);
    let mut out = Vec::new();
    while out.len() < length {
        out.extend_from_slice(&random.bytes::<64>());
    }
    out.truncate(length);
    out
}

#[test]
fn a_link_opens_with_the_mtu_of_the_wire() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    // Page 01 §2: ⌊(262144 − 68) / 16⌋ × 16 − 1.
    for seat in [pair.client, pair.server] {
        assert_eq!(pair.network.node(seat).link_mdu(link), Some(262_063));
        let round_trip = pair.network.node(seat).link_round_trip(link).unwrap();
        assert!(round_trip >= Duration::from_millis(40), "{round_trip:?}");
    }
    let mut narrow = Pair::new(1, Wire { hw_mtu: 500, ..Wire::TCP });
    let link = narrow.open();
    assert_eq!(narrow.network.node(narrow.client).link_mdu(link), Some(431));
}

#[test]
fn a_request_is_answered_small_or_large() {
    let mut pair = Pair::new(1, Wire { hw_mtu: 1196, ..Wire::TCP });
    let link = pair.open();
    for length in [0, 1, 100, 1100, 1200, 5000, 100_000] {
        let answer = packed(&noise(length));
        let events = pair.ask(link, &answer);
        assert!(
            matches!(&events[..], [Event::Response { data, .. }] if *data == answer),
            "{length} bytes: {} events",
            events.len()
        );
    }
}

#[test]
fn a_request_names_its_path_its_destination_and_the_caller_once_identified() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let caller = identity(50);
    let ask = |pair: &mut Pair| {
        let data = [0x93, 1, 2, 3];
        pair.network.call(pair.client, |node, now| node.request(now, link, INFO, &data, None)).unwrap();
        pair.network.run_for(SECOND);
        match pair.network.events(pair.server).pop() {
            Some(Event::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    };
    let request = ask(&mut pair);
    assert_eq!((request.destination, request.path_hash), (pair.group, PathHash::of(INFO)));
    assert_eq!((request.data, request.caller), (vec![0x93, 1, 2, 3], None));

    pair.network.call(pair.client, |node, now| node.identify(now, link, &caller)).unwrap();
    pair.network.run_for(SECOND);
    let (destination, who) = (pair.group, caller.public().clone());
    let identified = Event::LinkIdentified { link, destination, identity: who.clone() };
    assert_eq!(pair.network.events(pair.server), [identified]);
    assert_eq!(ask(&mut pair).caller, Some(who));
    let refused = pair.network.call(pair.server, |node, now| node.identify(now, link, &caller));
    assert_eq!(refused, Err(MisuseError::NotInitiator));
}

#[test]
fn a_request_for_a_path_that_nobody_serves_is_counted_and_not_told() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    pair.network.call(pair.client, |node, now| node.request(now, link, "/x", &[0xc0], None)).unwrap();
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.events(pair.server), []);
    assert_eq!(pair.drops(pair.server, DropReason::UnknownPath), 1);
}

#[test]
fn a_link_packet_is_delivered_only_once_its_receiver_has_proved_it() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let packet = pair.network.call(pair.client, |node, now| node.send_link_packet(now, link, b"hi")).unwrap();
    pair.network.run_for(Duration::from_millis(30));
    let proof = match pair.network.events(pair.server).pop() {
        Some(Event::LinkPacket { data, proof, .. }) if data == b"hi" => proof,
        other => panic!("{other:?}"),
    };
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    pair.network.run_for(Duration::from_millis(30));
    let events = pair.network.events(pair.client);
    assert!(
        matches!(&events[..], [Event::PacketDelivered { packet: proved, .. }] if *proved == packet),
        "{events:?}"
    );
}

#[test]
fn a_resource_is_delivered_only_once_its_receiver_has_proved_it() {
    let mut pair = Pair::new(1, Wire { hw_mtu: 1196, ..Wire::TCP });
    let link = pair.open();
    let data = noise(300_000);
    let sent = data.clone();
    let resource = pair
        .network
        .call(pair.client, |node, now| node.send_resource(now, link, sent, Compression::Allowed))
        .unwrap();
    pair.network.run_for(Duration::from_secs(5));
    let mut received = pair.network.events(pair.server);
    let proof = match received.pop() {
        Some(Event::ResourceReceived { data: arrived, proof, .. }) => {
            assert!(arrived == data, "damaged");
            proof
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(received, []);
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.call(pair.server, |node, now| node.prove(now, &proof));
    pair.network.run_for(SECOND);
    assert_eq!(pair.network.events(pair.client), [Event::ResourceDelivered { link, resource }]);
}

#[test]
fn requests_and_resources_get_through_a_lossy_wire() {
    for seed in 0..5 {
        let wire = Wire { hw_mtu: 500, ..Wire::TCP.losing(3) };
        let mut pair = Pair::new(seed, wire);
        pair.network.set_loss(pair.wire, 0);
        let link = pair.open();
        pair.network.set_loss(pair.wire, wire.loss_percent);
        let data = noise(40_000);
        let sent = data.clone();
        let compress = Compression::Off;
        pair.network.call(pair.client, |node, now| node.send_resource(now, link, sent, compress)).unwrap();
        pair.network.run_for(60 * SECOND);
        let arrived =
            pair.network.events(pair.server).into_iter().any(
                |event| matches!(event, Event::ResourceReceived { data: arrived, .. } if arrived == data),
            );
        assert!(arrived, "seed {seed}");
    }
}

#[test]
fn closing_a_link_tells_the_other_end_and_leaves_nothing_behind() {
    for closer_is_client in [true, false] {
        let mut pair = Pair::new(1, Wire::TCP);
        let link = pair.open();
        let (closer, reason) = if closer_is_client {
            (pair.client, CloseReason::Initiator)
        } else {
            (pair.server, CloseReason::Destination)
        };
        pair.network.call(closer, |node, now| node.close_link(now, link));
        pair.network.run_for(SECOND);
        let closed = Event::LinkClosed { link, destination: pair.group, reason };
        for seat in [pair.client, pair.server] {
            assert_eq!(pair.network.events(seat), [closed.clone()]);
            assert_eq!(pair.network.node(seat).table_sizes().links, 0);
            assert_eq!(pair.network.node(seat).link_mdu(link), None);
        }
        let sent = pair.network.call(pair.client, |node, now| node.send_link_packet(now, link, b"late"));
        assert_eq!(sent, Err(MisuseError::NoLink));
    }
}

#[test]
fn links_end_with_their_interface_and_others_live_on() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    let other = pair.network.add_node();
    let beside = pair.network.join(&[pair.server, other], Wire::TCP);
    pair.announce();
    let group = pair.group;
    let second = pair.network.call(other, |node, now| node.open_link(now, group)).unwrap();
    pair.network.run_for(SECOND);
    pair.network.events(pair.server);
    pair.network.cut(pair.wire);
    let closed = Event::LinkClosed { link, destination: group, reason: CloseReason::InterfaceGone };
    assert_eq!(pair.network.events(pair.server), [closed.clone()]);
    assert_eq!(pair.network.events(pair.client), [closed]);
    assert!(pair.network.node(pair.server).link_mdu(second).is_some());
    pair.network.cut(beside);
    assert_eq!(pair.network.node(pair.server).table_sizes().links, 0);
}

#[test]
fn a_link_request_that_nobody_answers_ends_and_a_new_path_is_asked_for() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    let link = pair.start_link();
    pair.network.run_for(11 * SECOND);
    assert_eq!(pair.network.events(pair.client), []);
    pair.network.take_sent();
    pair.network.run_for(2 * SECOND);
    let closed = Event::LinkClosed { link, destination: pair.group, reason: CloseReason::Timeout };
    assert_eq!(pair.network.events(pair.client), [closed]);
    assert_eq!(pair.network.node(pair.client).hops_to(pair.group), None);
    let sent = pair.network.take_sent();
    assert_eq!(sent.len(), 1);
    let packet = Packet::parse(&sent[0].frame).unwrap();
    assert_eq!(packet.destination_type, DestinationType::Plain);
    assert_eq!(packet.payload[..16], pair.group.as_bytes()[..]);
}

#[test]
fn a_silent_peer_is_noticed_and_its_links_closed() {
    let mut pair = Pair::new(1, Wire::TCP);
    let link = pair.open();
    pair.network.run_for(3600 * SECOND);
    assert_eq!(pair.network.events(pair.client), [], "keepalives keep it up");
    pair.network.set_loss(pair.wire, 100);
    pair.network.run_for(3600 * SECOND);
    let closed = Event::LinkClosed { link, destination: pair.group, reason: CloseReason::Timeout };
    assert_eq!(pair.network.events(pair.client), [closed.clone()]);
    assert_eq!(pair.network.events(pair.server), [closed]);
}

#[test]
fn a_peer_that_was_restarted_can_be_reached_again() {
    let mut pair = Pair::new(1, Wire::TCP);
    let old = pair.open();
    pair.network.restart(pair.server);
    let group = pair.network.call(pair.server, |node, _| node.register_destination(served_group()));
    assert_eq!(group, pair.group);
    pair.network.run_for(60 * SECOND);
    let closed = Event::LinkClosed { link: old, destination: group, reason: CloseReason::Timeout };
    assert_eq!(pair.network.events(pair.client), [closed]);
    pair.announce();
    let link = pair.open();
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { data, .. }] if data == &[0xc3]), "{events:?}");
}

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
fn a_link_without_a_path_is_sought_everywhere_and_lives_where_it_was_answered() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.cut(pair.wire);
    let deserted = pair.network.join(&[pair.client], Wire::TCP);
    pair.wire = pair.network.join(&[pair.server, pair.client], Wire::TCP);
    let link = pair.start_link();
    let wires: Vec<_> = pair.network.take_sent().iter().map(|sent| sent.wire).collect();
    assert_eq!(wires, [deserted, pair.wire]);
    pair.network.run_for(SECOND);
    assert!(matches!(&pair.network.events(pair.client)[..], [Event::LinkEstablished { .. }]));
    pair.network.events(pair.server);
    // Nothing is known of the first hop, so nothing larger is signalled.
    assert_eq!(pair.network.node(pair.client).link_mdu(link), Some(431));
    let events = pair.ask(link, &[0xc3]);
    assert!(matches!(&events[..], [Event::Response { .. }]), "{events:?}");
    assert!(pair.network.take_sent().iter().all(|sent| sent.wire == pair.wire));
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
fn a_link_is_not_opened_to_a_destination_whose_key_is_unknown() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.group = DestinationHash::from_bytes([3; 16]);
    let group = pair.group;
    let opened = pair.network.call(pair.client, |node, now| node.open_link(now, group));
    assert_eq!(opened, Err(MisuseError::UnknownDestination));
}

#[test]
fn own_links_are_capped_and_the_caller_is_told() {
    let mut pair = Pair::new(1, Wire::TCP);
    pair.network.set_loss(pair.wire, 100);
    for _ in 0..1024 {
        pair.start_link();
    }
    let group = pair.group;
    let opened = pair.network.call(pair.client, |node, now| node.open_link(now, group));
    assert_eq!(opened, Err(MisuseError::Full));
    pair.network.run_for(60 * SECOND);
    assert_eq!(pair.network.node(pair.client).table_sizes().links, 0);
    pair.network.call(pair.client, |node, now| node.open_link(now, group)).unwrap();
}

#[test]
fn when_all_places_are_taken_the_link_that_was_silent_longest_is_closed() {
    let mut network = Network::new(1);
    let server = network.add_node();
    let group = network.call(server, |node, _| node.register_destination(served_group()));
    let mut links = Vec::new();
    for _ in 0..5 {
        let client = network.add_node();
        network.join(&[server, client], Wire::TCP);
        network.call(server, |node, now| node.announce(now, group)).unwrap();
        network.run_for(Duration::from_millis(100));
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
    assert_eq!(closed.len(), links.len() - 4096);
    assert!(closed.iter().all(|link| links[..820].contains(link)), "the first client spoke first");
}
