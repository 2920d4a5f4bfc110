//! One machine, several programs: a shared instance with interfaces, and clients that have only it.
//! Not sockets; what passes between the processes has tests of its own.

use std::time::Duration;

use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::{name_hash, plain_destination_hash};
use roost::rns::error::DropReason;
use roost::rns::event::{CloseReason, Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId};
use roost::rns::node::Compression;
use roost::rns::packet::{Context, DestinationType, Packet, PacketType};
use roost::rns::random::Random;

use crate::acts::served;
use crate::network::{Network, Seat, Sent, Wire, WireId, identity};
use crate::pair::{INFO, SECOND, noise, packed};

const MOMENT: Duration = Duration::from_millis(100);

/// A shared instance with two clients, and a node of the network that it is on.
struct House {
    network: Network,
    instance: Seat,
    left: Seat,
    right: Seat,
    far: Seat,
    left_wire: WireId,
    outside: WireId,
    /// A destination of each.
    of_instance: DestinationHash,
    of_left: DestinationHash,
    of_right: DestinationHash,
    of_far: DestinationHash,
}

impl House {
    /// Everything is connected and introduced; nothing was announced, and nothing is transport.
    fn new(seed: u64) -> Self {
        Self::on(seed, Wire::TCP)
    }

    fn on(seed: u64, wire: Wire) -> Self {
        let mut network = Network::new(seed);
        let (instance, far) = (network.add_shared_instance(), network.add_node());
        let (left, right) = (network.add_node(), network.add_node());
        let outside = network.join(&[instance, far], wire);
        let mut register = |seat, number| network.serve(seat, number);
        let (of_instance, of_far) = (register(instance, 1), register(far, 2));
        let (of_left, of_right) = (register(left, 3), register(right, 4));
        let left_wire = network.attach(left, instance);
        network.attach(right, instance);
        network.run_for(SECOND);
        let mut house = Self {
            network,
            instance,
            left,
            right,
            far,
            left_wire,
            outside,
            of_instance,
            of_left,
            of_right,
            of_far,
        };
        house.forget_what_was_said();
        house
    }

    /// As [`Self::new`], and everybody has heard everybody.
    fn acquainted(seed: u64) -> Self {
        let mut house = Self::new(seed);
        house.announce_all();
        house
    }

    fn announce_all(&mut self) {
        let everybody = [
            (self.instance, self.of_instance),
            (self.left, self.of_left),
            (self.right, self.of_right),
            (self.far, self.of_far),
        ];
        for (seat, destination) in everybody {
            self.announce(seat, destination);
        }
        self.network.run_for(SECOND);
        self.forget_what_was_said();
    }

    fn announce(&mut self, seat: Seat, destination: DestinationHash) {
        self.network.call(seat, |node, now| node.announce(now, destination)).unwrap();
    }

    fn forget_what_was_said(&mut self) {
        self.network.take_sent();
        for seat in [self.instance, self.left, self.right, self.far] {
            self.network.events(seat);
        }
    }

    /// Frames on the wire outside since the last look.
    fn said_outside(&mut self) -> Vec<Sent> {
        let outside = self.outside;
        self.network.take_sent().into_iter().filter(|sent| sent.wire == outside).collect()
    }

    fn hops(&self, seat: Seat) -> [Option<u8>; 4] {
        [self.of_instance, self.of_left, self.of_right, self.of_far]
            .map(|destination| self.network.node(seat).hops_to(destination))
    }

    /// Sends a packet and proves it on the other side; was the proof heard?
    fn deliver(&mut self, from: Seat, to: Seat, destination: DestinationHash) -> bool {
        self.network.call(from, |node, now| node.send_packet(now, destination, b"hello")).unwrap();
        self.network.run_for(SECOND);
        for event in self.network.events(to) {
            if let Event::Packet { proof, .. } = event {
                self.network.call(to, |node, now| node.prove(now, &proof));
            }
        }
        self.network.run_for(SECOND);
        let events = self.network.events(from);
        events.iter().any(|event| matches!(event, Event::PacketDelivered { .. }))
    }

    /// Opens a link and has one request answered with 20 kB.
    fn converse(&mut self, from: Seat, to: Seat, destination: DestinationHash) -> LinkId {
        let link = self.network.call(from, |node, now| node.open_link(now, destination)).unwrap();
        self.network.run_for(SECOND);
        self.network.call(from, |node, now| node.request(now, link, INFO, &[0xc0], None)).unwrap();
        self.network.run_for(SECOND);
        let answer = packed(&noise(20_000));
        for event in self.network.events(to) {
            if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                self.network.call(to, |node, now| {
                    node.respond(now, link, request_id, &answer, Compression::Off);
                });
            }
        }
        self.network.run_for(10 * SECOND);
        let events = self.network.events(from);
        let answered = |event: &Event| matches!(event, Event::Response { data, .. } if *data == answer);
        assert!(events.iter().any(answered), "{events:?}");
        link
    }
}

fn header(frame: &[u8]) -> Packet<'_> {
    Packet::parse(frame).unwrap()
}

#[test]
fn destinations_of_clients_are_known_inside_a_moment_after_attaching_and_not_outside() {
    let mut network = Network::new(1);
    let (instance, far, client) = (network.add_shared_instance(), network.add_node(), network.add_node());
    let outside = network.join(&[instance, far], Wire::TCP);
    let destination = network.serve(client, 3);
    network.attach(client, instance);
    network.run_for(Duration::from_millis(249));
    assert_eq!(network.take_sent().len(), 0);
    network.run_for(MOMENT);
    assert_eq!(network.node(instance).hops_to(destination), Some(0));

    let later = network.serve(client, 4);
    network.run_for(MOMENT);
    assert_eq!(network.node(instance).hops_to(later), Some(0));
    let sent = network.take_sent();
    assert!(sent.iter().all(|sent| sent.wire != outside), "{sent:?}");
    assert!(sent.iter().all(|sent| header(&sent.frame).context == Context::PathResponse));
}

#[test]
fn what_a_client_announces_goes_out_once_and_at_once_in_the_name_of_its_instance() {
    let mut house = House::new(2);
    house.announce(house.left, house.of_left);
    house.network.run_for(MOMENT);
    let sent = house.said_outside();
    let [Sent { frame, .. }] = &sent[..] else { panic!("{sent:?}") };
    let (packet, id) = (header(frame), house.network.node(house.instance).transport_id());
    assert_eq!((packet.hops, packet.transport_id, packet.context), (0, id, Context::None));
    assert_eq!(house.hops(house.far), [None, Some(1), None, None]);
    assert_eq!(house.hops(house.instance), [None, Some(0), Some(0), None]);
    assert_eq!(house.hops(house.right), [None, Some(0), None, None]);
    house.network.run_for(60 * SECOND);
    assert!(house.network.take_sent().is_empty(), "an announce of a client goes out once");
}

#[test]
fn what_the_network_announces_reaches_every_client_and_is_not_passed_on_outside() {
    let mut house = House::new(3);
    house.announce(house.far, house.of_far);
    house.network.run_for(MOMENT);
    for seat in [house.instance, house.left, house.right] {
        assert_eq!(house.hops(seat)[3], Some(1));
    }
    house.network.run_for(60 * SECOND);
    assert_eq!(house.said_outside().len(), 1, "only the announce itself");
}

#[test]
fn an_announce_in_the_second_of_the_introduction_goes_out() {
    let mut network = Network::new(4);
    let (instance, far) = (network.add_shared_instance(), network.add_node());
    network.join(&[instance, far], Wire::TCP);
    let other = network.add_node();
    let wire = network.attach(other, instance);
    // As the reference does it: both leave in one second, so both have one emission time.
    let destination = network.serve(other, 5);
    let sign = |kind, seed| {
        let blob = RandomBlob::draw(1_700_000_001, &mut Random::from_seed([seed; 32]));
        Announce::sign(&identity(5), name_hash("meshchat.group"), blob, None, b"", kind).unwrap()
    };
    let introduction = sign(AnnounceKind::PathResponse, 1);
    let announce = sign(AnnounceKind::Live, 2);
    for frame in [introduction, announce] {
        network.inject(instance, wire, &frame);
    }
    network.run_for(MOMENT);
    assert_eq!(network.node(far).hops_to(destination), Some(1));
}

#[test]
fn a_hundred_destinations_of_a_client_are_no_flood() {
    let mut house = House::new(5);
    for number in 100..200 {
        let left = house.left;
        let destination = house.network.serve(left, number);
        house.announce(left, destination);
    }
    house.network.run_for(SECOND);
    let sizes = house.network.node(house.instance).table_sizes();
    assert_eq!((sizes.held_announces, sizes.paths), (0, 102));
}

#[test]
fn a_client_names_its_instance_even_to_a_neighbour_of_it_and_the_neighbour_sees_a_plain_packet() {
    let mut house = House::acquainted(6);
    assert!(house.deliver(house.left, house.far, house.of_far));
    let id = house.network.node(house.instance).transport_id();
    let sent = house.network.take_sent();
    let seen = |from, kind| {
        let one = sent.iter().find(|one| one.from == from && header(&one.frame).packet_type == kind).unwrap();
        (header(&one.frame).transport_id, header(&one.frame).hops)
    };
    assert_eq!(seen(house.left, PacketType::Data), (id, 0));
    assert_eq!(seen(house.instance, PacketType::Data), (None, 0), "as if the instance had sent it");
    assert_eq!(seen(house.instance, PacketType::Proof), (None, 1));
}

#[test]
fn packets_pass_in_every_direction() {
    let mut house = House::acquainted(7);
    let everybody = [
        (house.instance, house.of_instance),
        (house.left, house.of_left),
        (house.right, house.of_right),
        (house.far, house.of_far),
    ];
    for (from, _) in everybody {
        for (to, destination) in everybody.iter().filter(|(to, _)| *to != from) {
            assert!(house.deliver(from, *to, *destination), "{from:?} to {to:?}");
        }
    }
    // A path heard before is worth as much as one asked for: nothing else was said outside.
    let outside = house.said_outside();
    assert_eq!(outside.len(), 12, "three packets each way, and their proofs: {outside:?}");
}

#[test]
fn links_pass_in_every_direction_and_those_of_one_machine_stay_inside() {
    let mut house = House::acquainted(8);
    house.converse(house.left, house.instance, house.of_instance);
    house.converse(house.instance, house.left, house.of_left);
    house.converse(house.left, house.right, house.of_right);
    assert!(house.said_outside().is_empty());
    house.converse(house.left, house.far, house.of_far);
    house.converse(house.far, house.left, house.of_left);
}

#[test]
fn a_link_of_a_client_is_no_larger_than_the_wire_outside() {
    let mut house = House::on(9, Wire { hw_mtu: 1064, ..Wire::TCP });
    house.announce_all();
    let mdu = |mtu: usize| (mtu - 1 - 19 - 48) / 16 * 16 - 1;
    let link = house.converse(house.left, house.far, house.of_far);
    assert_eq!(house.network.node(house.left).link_mdu(link), Some(mdu(1064)));
    let link = house.converse(house.left, house.right, house.of_right);
    assert_eq!(house.network.node(house.left).link_mdu(link), Some(mdu(262_144)));
}

#[test]
fn a_client_that_asks_is_answered_at_once_or_the_network_is_asked() {
    let mut house = House::new(10);
    let (left, known, unknown) = (house.left, house.of_right, house.of_far);
    house.network.call(left, |node, now| node.request_path(now, known));
    house.network.run_for(MOMENT);
    assert_eq!(house.hops(left)[2], Some(0));
    assert!(house.said_outside().is_empty());

    house.network.call(left, |node, now| node.request_path(now, unknown));
    house.network.run_for(MOMENT);
    assert_eq!(house.hops(left)[3], Some(1));
    let asked = house.said_outside();
    assert!(header(&asked[0].frame).payload.len() == 32, "an end node does not say who asks");
}

#[test]
fn who_asks_from_outside_is_told_of_clients_and_of_nothing_else() {
    let mut house = House::new(11);
    let third = house.network.add_node();
    house.network.join(&[third, house.instance], Wire::TCP);
    house.announce(house.far, house.of_far);
    house.network.run_for(SECOND);
    for destination in [house.of_left, house.of_far] {
        house.network.call(third, |node, now| node.request_path(now, destination));
    }
    house.network.run_for(5 * SECOND);
    assert_eq!(house.hops(third), [None, Some(1), None, None]);
}

#[test]
fn a_shared_instance_passes_nothing_on_from_outside_to_outside() {
    let mut house = House::acquainted(12);
    let third = house.network.add_node();
    let wire = house.network.join(&[third, house.instance], Wire::TCP);
    let id = house.network.node(house.instance).transport_id();
    let packet = Packet::new(
        PacketType::Data,
        DestinationType::Single,
        house.of_far,
        Context::None,
        b"not even decryptable",
    );
    for transport_id in [None, id] {
        house.network.inject(house.instance, wire, &Packet { transport_id, ..packet }.pack());
    }
    assert!(house.network.take_sent().is_empty());
    assert_eq!(house.network.node(house.instance).drops().get(DropReason::UnknownAddress), 2);
}

#[test]
fn a_transport_node_that_is_shared_serves_both() {
    let mut network = Network::new(13);
    let (instance, far, third) = (network.add_transport_node(), network.add_node(), network.add_node());
    let client = network.add_node();
    network.join(&[instance, far], Wire::TCP);
    network.join(&[instance, third], Wire::TCP);
    network.attach(client, instance);
    let of_client = network.serve(client, 3);
    let of_far = network.serve(far, 2);
    network.call(client, |node, now| node.announce(now, of_client)).unwrap();
    network.call(far, |node, now| node.announce(now, of_far)).unwrap();
    network.run_for(20 * SECOND);
    let hops = |seat, destination| network.node(seat).hops_to(destination);
    assert_eq!((hops(client, of_far), hops(third, of_far)), (Some(1), Some(2)));
    assert_eq!((hops(far, of_client), hops(third, of_client)), (Some(1), Some(1)));
}

#[test]
fn broadcasts_pass_between_clients_and_the_network() {
    let mut house = House::new(14);
    let address = plain_destination_hash(name_hash("example.broadcast"));
    let plain = Packet::new(PacketType::Data, DestinationType::Plain, address, Context::None, b"hear, hear");
    let (instance, left_wire, outside) = (house.instance, house.left_wire, house.outside);
    house.network.inject(instance, left_wire, &plain.pack());
    let sent = house.network.take_sent();
    assert_eq!(sent.len(), 2, "outside, and to the other client: {sent:?}");
    assert!(sent.iter().all(|sent| sent.wire != left_wire && sent.frame == plain.pack()));

    house.network.inject(instance, outside, &plain.pack());
    let sent = house.network.take_sent();
    assert_eq!(sent.len(), 2, "to both clients: {sent:?}");
    assert!(sent.iter().all(|sent| sent.wire != outside));
}

#[test]
fn a_client_loses_everything_with_its_instance_and_comes_back_under_a_new_one() {
    let mut house = House::acquainted(15);
    let (left, instance, wire) = (house.left, house.instance, house.left_wire);
    let link = house.converse(left, house.far, house.of_far);
    house.network.cut(wire);
    let events = house.network.events(left);
    let gone = |event: &Event| matches!(event, Event::LinkClosed { link: of, reason: CloseReason::InterfaceGone, .. } if *of == link);
    assert!(events.iter().any(gone), "{events:?}");
    assert_eq!(house.hops(left), [None; 4]);
    assert_eq!(house.hops(instance)[1], None);

    house.network.restart_with(instance, |node, _| {
        node.enable_sharing(identity(99));
        node.register_destination(served(1));
    });
    house.network.take_sent();
    house.network.mend(wire, &[instance, left]);
    house.network.run_for(9 * SECOND);
    assert_eq!(house.hops(instance)[1], Some(0));
    house.network.run_for(2 * SECOND);
    let introduced = house.network.take_sent();
    assert_eq!(introduced.iter().filter(|sent| sent.from == left).count(), 2, "{introduced:?}");
    house.announce_all();
    house.converse(left, house.far, house.of_far);
}

#[test]
fn what_is_known_of_paths_can_be_asked_and_dropped() {
    let mut house = House::acquainted(16);
    let now = house.network.now();
    let instance = house.network.node(house.instance);
    let paths: Vec<_> = instance.known_paths(now).collect();
    let far = paths.iter().find(|path| path.destination == house.of_far).unwrap();
    assert_eq!((paths.len(), far.hops, far.next_hop), (3, 1, None));
    let week = i64::try_from(far.expires.as_secs() - far.refreshed.as_secs()).unwrap();
    assert_eq!(week, 604_800);
    assert_eq!(instance.way_to(house.of_far), Some((far.interface, None)));
    assert_eq!(instance.way_to(house.of_instance), None);

    let (id, left, of_far) = (instance.transport_id().unwrap(), house.left, house.of_far);
    assert!(house.network.call(house.instance, |node, _| node.drop_path(of_far)));
    assert!(!house.network.call(house.instance, |node, _| node.drop_path(of_far)));
    // A client has all but those of the instance itself by way of the instance.
    assert_eq!(house.network.call(left, |node, _| node.drop_paths_via(id)), 2);
    assert_eq!(house.hops(left), [Some(0), None, None, None]);
}

#[test]
fn how_often_others_announce_themselves_can_be_asked() {
    let mut network = Network::new(17);
    let (node, far) = (network.add_transport_node(), network.add_node());
    network.join(&[node, far], Wire::TCP);
    let destination = network.serve(far, 2);
    for _ in 0..8 {
        network.call(far, |node, now| node.announce(now, destination)).unwrap();
        network.run_for(60 * SECOND);
    }
    let now = network.now();
    let rates: Vec<_> = network.node(node).known_rates(now).collect();
    assert_eq!((rates.len(), rates[0].destination, rates[0].violations), (1, destination, 6));
    assert!(rates[0].blocked_until.unwrap() > now.unix && rates[0].last < now.unix);
}
