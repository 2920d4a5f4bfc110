//! Messages that no client sends: each is dropped for its reason on every road, never told of, and never proved.

use std::time::Duration;

use super::world::World;
use crate::lxmf::event::Event;
use crate::lxmf::message::{hash, signed_part};
use crate::rns::error::DropReason;
use crate::rns::event::Event as NodeEvent;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::node::Compression;
use crate::rns::packet::{Packet, PacketType};

const SECOND: Duration = Duration::from_secs(1);

/// A packed message whose signed part is `payload`, whatever that is.
fn packed(author: &Identity, to: DestinationHash, payload: &[u8]) -> Vec<u8> {
    let source = crate::lxmf::delivery_destination(author.hash());
    let signature = author.sign(&signed_part(to, source, payload, hash(to, source, payload)));
    [&to.as_bytes()[..], source.as_bytes(), &signature, payload].concat()
}

fn payload(time: &[u8], fields: &[u8]) -> Vec<u8> {
    [&[0x94], time, &[0xc4, 0, 0xc4, 2, b'h', b'i'], fields].concat()
}

fn many_fields() -> Vec<u8> {
    let mut fields = vec![0xde, 0x27, 0x10];
    for id in 0..10_000_u16 {
        fields.extend([&[0xcd][..], &id.to_be_bytes(), &[0xc0]].concat());
    }
    fields
}

/// What is wrong, the payload, and the reason for which it is dropped.
fn table() -> Vec<(&'static str, Vec<u8>, DropReason)> {
    use DropReason::{MalformedMsgpack, TooLarge};
    const NOW: &[u8] = &[0xcb, 0x41, 0xd9, 0x54, 0xfc, 0x40, 0, 0, 0];
    let cut_off = payload(NOW, &[0x80]);
    vec![
        ("nothing", vec![], MalformedMsgpack),
        ("cut off", cut_off[..cut_off.len() - 1].to_vec(), MalformedMsgpack),
        ("three elements", vec![0x93, 1, 0xc4, 0, 0xc4, 0], MalformedMsgpack),
        ("no array", vec![0x84, 1, 1, 2, 2, 3, 3, 4, 4], MalformedMsgpack),
        ("an array of four billion", vec![0xdd, 0xff, 0xff, 0xff, 0xff, 1], MalformedMsgpack),
        (
            "a text of four billion bytes",
            [&[0x94][..], NOW, &[0xc6, 0xff, 0xff, 0xff, 0xff]].concat(),
            MalformedMsgpack,
        ),
        ("no time", payload(&[0xc0], &[0x80]), MalformedMsgpack),
        (
            "not a number for a time",
            payload(&[0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], &[0x80]),
            MalformedMsgpack,
        ),
        ("infinity for a time", payload(&[0xca, 0x7f, 0x80, 0, 0], &[0x80]), MalformedMsgpack),
        ("fields that are no map", payload(NOW, &[0x90]), MalformedMsgpack),
        ("a field twice", payload(NOW, &[0x82, 1, 1, 0xcc, 1, 2]), MalformedMsgpack),
        (
            "a field in a field in a field",
            payload(NOW, &[&[0x81, 1][..], &[0x91; 200], &[0xc0]].concat()),
            MalformedMsgpack,
        ),
        ("10,000 fields", payload(NOW, &many_fields()), TooLarge),
        (
            "a million parts",
            payload(NOW, &[&[0x81, 1, 0xdd, 0, 0x0f, 0x42, 0x40][..], &[0xc0; 1_000_000]].concat()),
            TooLarge,
        ),
    ]
}

fn proofs(world: &World) -> usize {
    world.count_sent(1, |packet: &Packet<'_>| packet.packet_type == PacketType::Proof)
}

#[test]
fn a_message_that_no_client_sends_is_dropped_for_its_reason_on_every_road() {
    for (what, payload, reason) in table() {
        let mut world = World::of_acquaintances(2);
        let target = world.address(1);
        let message = packed(&world.people[0].identity, target, &payload);
        let link = world.open_link(0, 1);
        let before = proofs(&world);
        let mut expected = 1;
        if message.len() <= 383 {
            world.call(0, |node, now| node.send_packet(now, target, &message[16..]).unwrap());
            world.call(0, |node, now| node.send_link_packet(now, link, &message).unwrap());
            expected += 2;
        }
        world.call(0, |node, now| node.send_resource(now, link, message, Compression::Off).unwrap());
        world.run(SECOND * 30);
        assert!(world.received(1).is_empty(), "{what}");
        assert_eq!(world.people[1].router.drops().get(reason), expected, "{what}");
        assert_eq!(proofs(&world), before, "{what}: never proved");
        let told =
            world.people[0].others.iter().any(|event| matches!(event, NodeEvent::ResourceFailed { .. }));
        assert!(told, "{what}: who sent a Resource is told");
    }
}

#[test]
fn times_that_no_clock_shows_are_read_as_the_nearest_that_one_can() {
    for (time, secs) in
        [(-1e300, 0), (-1.0, 0), (1e300, 253_402_300_799), (253_402_300_800.0_f64, 253_402_300_799)]
    {
        let mut world = World::of_acquaintances(2);
        let target = world.address(1);
        let payload = payload(&[&[0xcb][..], &time.to_be_bytes()].concat(), &[0x80]);
        let message = packed(&world.people[0].identity, target, &payload);
        world.call(0, |node, now| node.send_packet(now, target, &message[16..]).unwrap());
        world.run(SECOND);
        let [(_, Event::Received { message, .. })] = &world.people[1].events[..] else { panic!("{time}") };
        assert_eq!((message.message.time.as_secs(), &message.payload), (secs, &payload));
    }
}

#[test]
fn a_link_that_brings_rubbish_is_read_no_more_and_another_one_of_the_same_peer_is() {
    let mut world = World::of_acquaintances(2);
    let target = world.address(1);
    let author = world.people[0].identity.clone();
    let good = packed(&author, target, &payload(&[1], &[0x80]));
    let mut forged = good.clone();
    forged[40] ^= 1;
    let link = world.open_link(0, 1);
    for _ in 0..200 {
        world.call(0, |node, now| node.send_link_packet(now, link, &forged).unwrap());
    }
    world.run(Duration::from_millis(100));
    world.call(0, |node, now| node.send_link_packet(now, link, &good).unwrap());
    world.run(Duration::from_millis(100));
    let drops = world.people[1].router.drops();
    assert_eq!((drops.get(DropReason::BadSignature), drops.get(DropReason::TooMuchBad)), (32, 169));
    assert!(world.received(1).is_empty());
    let link = world.open_link(0, 1);
    world.call(0, |node, now| node.send_link_packet(now, link, &good).unwrap());
    world.run(Duration::from_millis(100));
    assert_eq!(world.received(1), ["hi"]);
}

#[test]
fn an_author_who_writes_without_end_is_taken_slowly_and_another_is_not() {
    let mut world = World::of_acquaintances(3);
    let target = world.address(1);
    let [busy, other] = [0, 2].map(|person: usize| world.people[person].identity.clone());
    let links: Vec<_> = (0..6).map(|_| world.open_link(0, 1)).collect();
    for (number, link) in (0..1_200_u32).zip(links.into_iter().flat_map(|link| [link; 200])) {
        let time = [&[0xce][..], &number.to_be_bytes()].concat();
        let message = packed(&busy, target, &payload(&time, &[0x80]));
        world.call(0, |node, now| node.send_link_packet(now, link, &message).unwrap());
    }
    let message = packed(&other, target, &payload(&[7], &[0x80]));
    world.call(2, |node, now| node.send_packet(now, target, &message[16..]).unwrap());
    world.run(Duration::from_millis(45));
    assert_eq!(world.received(1).len(), 1_024 + 1);
    assert_eq!(world.people[1].router.drops().get(DropReason::AuthorBudget), 1_200 - 1_024);
}
