//! Sequences of operations on three nodes: the bytes decide what happens next, and what becomes of each frame.
//! After each step every table is within its cap, and everything that is polled comes to an end.

use std::sync::LazyLock;
use std::time::Duration;

use roost::rns::air::{Air, Limits};
use roost::rns::airtime::Modulation;
use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::broadcast::{GroupKey, GroupSpec};
use roost::rns::destination::name_hash;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;
use roost::rns::interface::{InterfaceSpec, Mode, Neighbour};
use roost::rns::link::MessageType;
use roost::rns::node::Compression;
use roost::rns::packet::{Context, DestinationType, PacketType};
use roost::rns::random::Random;
use roost::rns::snapshot::Snapshot;
use roost::rns::transport::PathRequest;

use crate::bytes::Bytes;
use crate::peer::{self, PATH, ours, packet};
use crate::world::{World, access};

const MAX_STEPS: usize = 160;
const NODES: usize = 3;
const MAX_WIRES: usize = 8;

/// What is sent to all who listen.
const GROUP: &str = "perch.song";

/// What channels carry here.
const MESSAGE: MessageType = MessageType(7);

const MODES: [Mode; 7] = [
    Mode::Full,
    Mode::PointToPoint,
    Mode::AccessPoint,
    Mode::Roaming,
    Mode::Boundary,
    Mode::Gateway,
    Mode::Internal,
];

/// What strangers announce; signed once, because that is what takes time.
static STRANGERS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut random = Random::from_seed([8; 32]);
    let mut announce = |number: u64| {
        let blob = RandomBlob::draw(1_700_000_000 + number % 7, &mut random);
        let identity = Identity::generate(&mut random);
        Announce::sign(&identity, name_hash("lxmf.delivery"), blob, None, b"stranger", AnnounceKind::Live)
    };
    (0..512).map(|number| announce(number).expect("it is short")).collect()
});

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut world = World::new(&bytes.array::<NODES>());
    for ends in [[0, 1], [1, 2]] {
        let spec = spec(&mut bytes, world.wires.len());
        world.join(ends, spec);
    }
    for _ in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        let seat = bytes.below(NODES);
        match bytes.byte() % 9 {
            0 | 1 => flight(&mut world, &mut bytes),
            2 => world.wait(Duration::from_millis(1 << (bytes.byte() % 30))),
            3 => stranger(&mut world, seat, &mut bytes),
            4 => wires(&mut world, seat, &mut bytes),
            5 => on_link(&mut world, seat, &mut bytes),
            8 => {
                world.take_jobs(seat);
                world.finish_jobs(seat, bytes.below(16));
            }
            _ => verb(&mut world, seat, &mut bytes),
        }
    }
}

/// One of them may be a radio.
const AIR: Air = Air::lora(Modulation::SF8, Limits { long: None, short: None });

/// A wire's properties.
fn spec(bytes: &mut Bytes<'_>, number: usize) -> InterfaceSpec {
    let kind = bytes.byte();
    InterfaceSpec {
        neighbour: [
            Neighbour::Network,
            Neighbour::Network,
            Neighbour::LocalClient,
            Neighbour::SharedInstance,
        ][usize::from(kind >> 6)],
        hw_mtu: [500, 508, 1_064, 16_384][usize::from(kind & 3)],
        mtu_discovery: kind & 4 != 0,
        bitrate: [1, 1_200, 62_500, 10_000_000][usize::from(kind >> 3 & 3)],
        access: (kind & 0x20 != 0).then(access).flatten(),
        mode: MODES[bytes.below(MODES.len())],
        air: (kind & 0x18 == 0x08).then_some(AIR),
        ..peer::spec(&format!("wire {number}"))
    }
}

/// What becomes of frames that fly.
fn flight(world: &mut World, bytes: &mut Bytes<'_>) {
    match bytes.byte() % 8 {
        0..=2 => {
            for _ in 0..200 {
                if world.is_quiet() {
                    break;
                }
                world.deliver(|_| {});
            }
        }
        3 => world.deliver(|_| {}),
        4 => {
            let (at, change) = (usize::from(bytes.u16()), bytes.byte());
            world.deliver(|frame| {
                let at = at % frame.len();
                frame[at] ^= change;
            });
        }
        5 => {
            let length = usize::from(bytes.u16());
            world.deliver(|frame| frame.truncate(length % (frame.len() + 1)));
        }
        6 => world.lose(),
        _ => world.delay(),
    }
}

/// Somebody who is no node of ours says something.
fn stranger(world: &mut World, seat: usize, bytes: &mut Bytes<'_>) {
    let wire = bytes.below(world.wires.len());
    let count = 1usize << (bytes.byte() % 10);
    match bytes.byte() % 7 {
        0 => world.hear(seat, wire, bytes.chunk()),
        1 => {
            if let Some(mut frame) = world.overheard(bytes.below(16)) {
                let (at, change) = (usize::from(bytes.u16()) % frame.len(), bytes.byte());
                frame[at] ^= change;
                world.hear(seat, wire, &frame);
            }
        }
        2 => {
            for announce in STRANGERS.iter().take(count) {
                world.hear(seat, wire, announce);
            }
        }
        3 => {
            let destination = match bytes.byte() % 2 {
                0 => world.places[bytes.below(NODES)].destination,
                _ => DestinationHash::from_bytes(bytes.array()),
            };
            let mut tag = bytes.array::<16>();
            for number in 0..count {
                tag[..8].copy_from_slice(&number.to_be_bytes());
                world.hear(seat, wire, &PathRequest::new(destination, None, tag).pack());
            }
        }
        4 => {
            let destination = world.places[bytes.below(NODES)].destination;
            for number in 0..count.min(16) {
                let mut keys = [9; 64];
                keys[40] = u8::try_from(number).expect("few");
                let (kind, single) = (PacketType::LinkRequest, DestinationType::Single);
                world.hear(seat, wire, &packet(kind, single, destination, Context::None, &keys));
            }
        }
        5 => {
            // A link packet of one that it may have, unsealed.
            let kind = if bytes.byte() & 1 == 0 { PacketType::Data } else { PacketType::Proof };
            let context = Context::from_byte(bytes.byte());
            if let Some(link) = world.places[bytes.below(NODES)].links.last().copied() {
                world.hear(seat, wire, &packet(kind, DestinationType::Link, link, context, bytes.chunk()));
            }
        }
        _ => {
            // Addressed to a transport node, with anything behind it.
            let id = world.places[seat].node.transport_id();
            let (header, address) = (bytes.byte(), world.places[bytes.below(NODES)].destination);
            let mut frame = vec![0x40 | header & 0x3f, 0];
            frame.extend_from_slice(id.map_or([0; 16], |id| *id.as_bytes()).as_slice());
            frame.extend_from_slice(address.as_bytes());
            frame.extend_from_slice(bytes.chunk());
            world.hear(seat, wire, &frame);
        }
    }
}

/// Wires come and go, and nodes end and begin.
fn wires(world: &mut World, seat: usize, bytes: &mut Bytes<'_>) {
    let wire = bytes.below(world.wires.len());
    match bytes.byte() % 5 {
        0 => world.unplug(seat, wire, false),
        1 => world.unplug(seat, wire, true),
        2 if world.wires.len() < MAX_WIRES => {
            let spec = spec(bytes, world.wires.len());
            world.join([seat, bytes.below(NODES)], spec);
        }
        3 => world.start(seat, None),
        _ => {
            let snapshot = world.places[seat].node.snapshot(world.now());
            let kept = rmp_serde::to_vec(&snapshot).expect("it can be written");
            let read: Snapshot = rmp_serde::from_slice(&kept).expect("it can be read");
            assert_eq!(read, snapshot);
            world.start(seat, Some(read));
        }
    }
}

/// A node is told to do something.
fn verb(world: &mut World, seat: usize, bytes: &mut Bytes<'_>) {
    let other = world.places[bytes.below(NODES)].destination;
    let own = world.places[seat].destination;
    match bytes.byte() % 11 {
        0 | 1 => world.attempt(seat, |node, now| node.announce(now, own)),
        2 | 3 => world.attempt(seat, |node, now| node.open_link(now, other)),
        4 => world.with(seat, |node, now| node.request_path(now, other)),
        5 => {
            let data = vec![1; usize::from(bytes.u16()) % 400];
            world.attempt(seat, |node, now| node.send_packet(now, other, &data));
        }
        6 => {
            let data = bytes.chunk().to_vec();
            world.attempt(seat, |node, _| node.set_app_data(own, data));
        }
        7 => {
            let key = GroupKey::from_bytes(&[7; 64]).expect("64 bytes");
            let group = GroupSpec { identity: ours().hash(), full_name: GROUP.to_owned(), key };
            let data = bytes.chunk();
            world.attempt(seat, |node, _| {
                let group = node.register_group(group);
                node.send_to_group(group, data)
            });
        }
        8 => {
            let data = bytes.chunk();
            world.attempt(seat, |node, _| {
                let destination = node.register_plain(GROUP);
                node.send_plain(destination, data)
            });
        }
        9 => {
            let interface = world.places[seat].plugs.keys().next().copied();
            world.with(seat, |node, _| {
                node.offer_tunnels_as(ours().clone());
                interface.into_iter().for_each(|interface| node.offer_tunnel(interface));
            });
        }
        _ => {
            if let Some(token) = world.places[seat].tokens.pop() {
                let accepted = bytes.byte() & 1 == 0;
                world.with(
                    seat,
                    |node, now| if accepted { node.prove(now, &token) } else { node.refuse(now, &token) },
                );
            }
        }
    }
}

/// A node is told to do something on a link.
fn on_link(world: &mut World, seat: usize, bytes: &mut Bytes<'_>) {
    let place = &mut world.places[seat];
    let which = bytes.byte();
    let Some(link) = place.links.get(usize::from(which) % place.links.len().max(1)).copied() else { return };
    match bytes.byte() % 9 {
        0 => world.attempt(seat, |node, now| node.request(now, link, PATH, &[0xc0], None)),
        1 => {
            if let Some((link, id)) = place.requests.pop() {
                let [high, low] = bytes.u16().to_be_bytes();
                let data = vec![which; usize::from(u16::from_be_bytes([high, low]))];
                let answer = [&[0xc5, high, low][..], &data].concat();
                world.with(seat, |node, now| node.respond(now, link, id, &answer, Compression::Allowed));
            }
        }
        2 => {
            let data = bytes.chunk();
            world.attempt(seat, |node, now| node.send_link_packet(now, link, data));
        }
        3 => {
            let data = vec![which; usize::from(bytes.u16())];
            world.attempt(seat, |node, now| node.send_resource(now, link, data, Compression::Off));
        }
        4 => world.attempt(seat, |node, now| node.identify(now, link, ours())),
        5 => world.with(seat, |node, now| node.close_link(now, link)),
        6 => world.attempt(seat, |node, now| node.open_channel(now, link, &[MESSAGE])),
        7 => {
            let data = bytes.chunk();
            world.attempt(seat, |node, now| node.send_on_channel(now, link, MESSAGE, data));
        }
        _ => {
            let data = vec![which; usize::from(bytes.u16())];
            world.attempt(seat, |node, now| node.send_resource(now, link, data, Compression::Allowed));
        }
    }
}

/// The frames that fly arrive.
const RUN: [u8; 3] = [0, 0, 0];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let announce = |seat: u8| vec![seat, 6, 0, 0];
    let open = |seat: u8, to: u8| vec![seat, 6, to, 2];
    let on_link = |seat: u8, what: u8| vec![seat, 5, 0, what, 1, 0];
    let wait = |power: u8| vec![0, 2, power];
    let mut seeds = Vec::new();
    for (flags, kind) in
        [([0, 1, 2], 7), ([2, 1, 0], 15), ([1, 1, 1], 0x3b), ([3, 3, 3], 0x20), ([5, 3, 0], 15)]
    {
        let head = [&flags[..], &[kind, 0, kind, 0]].concat();
        let path =
            [&head[..], &announce(2), &RUN, &announce(0), &RUN, &wait(12), &RUN, &wait(13), &RUN].concat();
        let linked = [&path[..], &open(0, 2), &RUN, &RUN].concat();
        let asked = [&linked[..], &on_link(0, 0), &RUN, &on_link(2, 1), &wait(8), &RUN, &RUN].concat();
        let sent =
            [&linked[..], &on_link(0, 3), &wait(8), &RUN, &[2, 6, 0, 7, 0], &RUN, &on_link(0, 5), &RUN]
                .concat();
        let restarted =
            [&path[..], &[1, 4, 0, 4], &open(0, 2), &RUN, &wait(20), &[2, 4, 1, 1], &wait(10)].concat();
        let waiting = [&head[..], &[1, 3, 0, 3, 2, 1, 4, 0, 0, 1, 8, 3, 0, 8, 9, 1, 8, 15], &RUN].concat();
        let crowd = [&head[..], &[1, 3, 0, 9, 2], &RUN, &wait(14), &[1, 3, 1, 7, 3, 0, 2], &RUN].concat();
        seeds.extend([path, linked, asked, sent, restarted, waiting, crowd]);
    }
    seeds
}
