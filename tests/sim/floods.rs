//! Floods on one connection of a transport node, while members on another want something.

use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::name_hash;
use roost::rns::event::{Event, InboundRequest};
use roost::rns::hash::DestinationHash;
use roost::rns::interface::Mode;
use roost::rns::node::{Compression, TableSizes};
use roost::rns::packet::{Packet, PacketType};
use roost::rns::random::Random;
use roost::rns::transport::PathRequest;

use crate::network::{Network, Seat, Wire, WireId, identity};
use crate::pair::{INFO, SECOND, packed, served_group};

const FRAMES: u64 = 10_000;
/// As many frames as take one second.
const PACE: std::time::Duration = std::time::Duration::from_micros(1_000_000 / FRAMES);

/// A transport node that serves a group, a member of that, and somebody who is a nuisance.
struct Flooded {
    network: Network,
    server: Seat,
    member: Seat,
    wire: WireId,
    nuisance: WireId,
    group: DestinationHash,
}

impl Flooded {
    fn new(seed: u64, mode: Mode) -> Self {
        let mut network = Network::new(seed);
        let (server, member) = (network.add_transport_node(), network.add_node());
        let wire = network.join(&[server, member], Wire::TCP);
        let nuisance = network.join(&[server], Wire { mode, ..Wire::TCP });
        let group = network.call(server, |node, _| node.register_destination(served_group()));
        network.call(server, |node, now| node.announce(now, group)).unwrap();
        network.run_for(SECOND);
        network.events(member);
        network.take_sent();
        Self { network, server, member, wire, nuisance, group }
    }

    /// One second of it. In its middle the member opens a link and asks: is it answered before the second is over?
    fn endure(&mut self, frame: impl Fn(u64) -> Vec<u8>) -> bool {
        let (server, member, group) = (self.server, self.member, self.group);
        let mut answered = false;
        for number in 0..FRAMES {
            self.network.inject(server, self.nuisance, &frame(number));
            self.network.run_for(PACE);
            if number == FRAMES / 2 {
                self.network.call(member, |node, now| node.open_link(now, group)).unwrap();
            }
            for event in self.network.events(server) {
                if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                    let answer = packed(b"here");
                    self.network.call(server, |node, now| {
                        node.respond(now, link, request_id, &answer, Compression::Off);
                    });
                }
            }
            for event in self.network.events(member) {
                if let Event::LinkEstablished { link, .. } = event {
                    self.network
                        .call(member, |node, now| node.request(now, link, INFO, &[0xc0], None))
                        .unwrap();
                }
                answered |= matches!(event, Event::Response { .. });
            }
        }
        answered
    }

    fn sizes(&self) -> TableSizes {
        self.network.node(self.server).table_sizes()
    }

    /// Frames of a kind that went to the member.
    fn told(&mut self, kind: PacketType) -> usize {
        let on_wire = |sent: &crate::network::Sent| {
            sent.from == self.server
                && sent.wire == self.wire
                && Packet::parse(&sent.frame).is_ok_and(|packet| packet.packet_type == kind)
        };
        self.network.take_sent().iter().filter(|sent| on_wire(sent)).count()
    }
}

#[test]
fn ten_thousand_announces_in_a_second_do_not_keep_a_member_waiting() {
    let mut world = Flooded::new(1, Mode::Full);
    let frames: Vec<_> = (0..FRAMES)
        .map(|number| {
            let blob = RandomBlob::draw(1_700_000_000, &mut Random::from_seed([7; 32]));
            let name = name_hash("lxmf.delivery");
            Announce::sign(&identity(1000 + number), name, blob, None, b"", AnnounceKind::Live).unwrap()
        })
        .collect();
    assert!(world.endure(|number| frames[usize::try_from(number).unwrap()].clone()));
    // What comes in a burst is held back, and what is held has a cap.
    let sizes = world.sizes();
    assert_eq!((sizes.held_announces, sizes.paths, sizes.jobs), (256, 30, 0));
    assert!(sizes.known_destinations <= 32 && sizes.announces <= 31 && sizes.queued_announces <= 31);
    assert!(world.told(PacketType::Announce) <= 31);
}

#[test]
fn ten_thousand_path_requests_in_a_second_do_not_keep_a_member_waiting() {
    for (mode, searched) in [(Mode::Full, 0), (Mode::Gateway, 30)] {
        let mut world = Flooded::new(2, mode);
        let request = |number: u64| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            PathRequest::new(DestinationHash::from_bytes(bytes), None, bytes).pack()
        };
        assert!(world.endure(request), "{mode:?}");
        assert_eq!(world.sizes().path_answers, searched, "{mode:?}");
        assert!(world.told(PacketType::Data) <= searched + 2, "{mode:?}");
        world.network.run_for(60 * SECOND);
        assert_eq!(world.sizes().path_answers, 0);
    }
}
