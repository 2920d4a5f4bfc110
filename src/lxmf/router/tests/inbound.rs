//! What a router makes of messages that arrive.

use std::time::Duration;

use super::world::{Conduct, World};
use crate::lxmf::event::Event;
use crate::lxmf::{DeliveryToken, Message, Road, SignedMessage, StampState};
use crate::rns::error::DropReason;
use crate::rns::event::{Event as NodeEvent, ProofToken};
use crate::rns::packet::{DestinationType, Packet, PacketType};
use crate::rns::time::UnixTime;

const SECOND: Duration = Duration::from_secs(1);

fn is_packet_proof(packet: &Packet<'_>) -> bool {
    packet.packet_type == PacketType::Proof
}

/// A path request is the only packet to a PLAIN destination.
fn is_path_request(packet: &Packet<'_>) -> bool {
    packet.destination_type == DestinationType::Plain
}

fn text(content: &str) -> Message {
    Message {
        time: UnixTime::from_micros(1_700_000_000_000_000),
        title: Vec::new(),
        content: content.into(),
        fields: vec![0x80],
    }
}

#[test]
fn opportunistic_message_arrives_with_its_author_and_is_proved_by_the_server() {
    let mut world = World::of_acquaintances(2);
    let hash = world.send(0, 1, b"hello");
    world.run(SECOND);
    let (_, event) = &world.people[1].events[0];
    let Event::Received { message, author, road, .. } = event else { panic!("{event:?}") };
    assert_eq!((message.hash, author), (hash, world.people[0].identity.public()));
    assert_eq!(message.message.content, b"hello");
    assert_eq!(*road, Road::Opportunistic);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn router_never_proves_on_its_own() {
    let mut world = World::of_acquaintances(2);
    world.people[1].conduct = Conduct::Withholds;
    world.send(0, 1, b"hello");
    world.run(SECOND * 5);
    assert_eq!(world.received(1), ["hello"]);
    assert_eq!(world.count_sent(1, is_packet_proof), 0);
}

#[test]
fn message_of_a_stranger_is_held_until_the_path_answer_brings_the_key() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(SECOND);
    let hash = world.send(0, 1, b"first contact");
    world.run(Duration::from_millis(30));
    assert!(world.received(1).is_empty());
    assert_eq!(world.count_sent(1, is_path_request), 1);
    world.run(SECOND);
    assert_eq!(world.received(1), ["first contact"]);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn held_message_is_taken_up_at_the_announce_and_its_last_copy_is_proved() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(SECOND);
    world.loss = Box::new(|_, packet| is_path_request(packet));
    let hash = world.send(0, 1, b"first contact");
    world.run(SECOND * 15);
    assert!(world.received(1).is_empty());
    assert_eq!(world.count_sent(1, is_packet_proof), 0);
    world.announce(0);
    world.run(SECOND);
    assert_eq!(world.received(1), ["first contact"], "two copies, one message");
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn message_whose_author_stays_unknown_is_dropped_and_counted() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(SECOND);
    world.loss = Box::new(|_, packet| is_path_request(packet));
    world.send(0, 1, b"who am I");
    world.run(SECOND * 400);
    world.announce(0);
    world.run(SECOND);
    assert!(world.received(1).is_empty());
    assert_eq!(world.people[1].router.drops().get(DropReason::KeyUnknown), 1);
    assert_eq!(world.people[1].router.poll_timeout(), None);
}

#[test]
fn forged_message_is_dropped_counted_and_not_proved() {
    let mut world = World::of_acquaintances(3);
    let (victim, target) = (world.address(0), world.address(1));
    let mut forged = SignedMessage::sign(text("pay the bearer"), target, &world.people[2].identity);
    forged.source = victim;
    let packed = forged.pack();
    world.call(2, |node, now| node.send_packet(now, target, &packed[16..]).unwrap());
    world.run(SECOND);
    assert!(world.received(1).is_empty());
    assert_eq!(world.people[1].router.drops().get(DropReason::BadSignature), 1);
    assert_eq!(world.count_sent(1, is_packet_proof), 0);
}

#[test]
fn forged_copy_does_not_stand_in_the_way_of_the_held_original() {
    let mut world = World::of_strangers(3);
    world.announce(1);
    world.run(SECOND);
    world.loss = Box::new(|_, packet| is_path_request(packet));
    let target = world.address(1);
    let genuine = SignedMessage::sign(text("the real one"), target, &world.people[0].identity);
    let mut forged = genuine.clone();
    forged.signature = [7; 64];
    for (sender, message) in [(2, &forged), (0, &genuine), (2, &forged)] {
        let packed = message.pack();
        world.call(sender, |node, now| node.send_packet(now, target, &packed[16..]).unwrap());
        world.run(SECOND);
    }
    world.announce(0);
    world.run(SECOND);
    assert_eq!(world.received(1), ["the real one"]);
    assert_eq!(world.people[1].router.drops().get(DropReason::BadSignature), 1);
}

#[test]
fn message_for_somebody_else_is_dropped_on_a_link_to_us() {
    let mut world = World::of_acquaintances(3);
    let link = world.open_link(0, 1);
    let elsewhere = SignedMessage::sign(text("wrong door"), world.address(2), &world.people[0].identity);
    world.call(0, |node, now| node.send_link_packet(now, link, &elsewhere.pack()).unwrap());
    world.run(SECOND);
    assert!(world.received(1).is_empty());
    assert_eq!(world.people[1].router.drops().get(DropReason::NotForUs), 1);
}

#[test]
fn garbage_is_dropped_and_counted() {
    let mut world = World::of_acquaintances(2);
    let target = world.address(1);
    world.call(0, |node, now| node.send_packet(now, target, &[0xff; 20]).unwrap());
    world.call(0, |node, now| node.send_packet(now, target, &[0xff; 200]).unwrap());
    world.run(SECOND);
    assert!(world.received(1).is_empty());
    assert_eq!(world.people[1].router.drops().get(DropReason::Truncated), 1);
    assert_eq!(world.people[1].router.drops().get(DropReason::MalformedMsgpack), 1);
}

#[test]
fn identity_shown_on_the_link_is_as_good_as_an_announce() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(SECOND);
    world.loss = Box::new(|_, packet| is_path_request(packet));
    let link = world.open_link(0, 1);
    let identity = world.people[0].identity.clone();
    let before = SignedMessage::sign(text("before"), world.address(1), &identity);
    let after = SignedMessage::sign(text("after"), world.address(1), &identity);
    world.call(0, |node, now| node.send_link_packet(now, link, &before.pack()).unwrap());
    world.run(Duration::from_millis(100));
    assert!(world.received(1).is_empty());
    world.call(0, |node, now| node.identify(now, link, &identity).unwrap());
    world.run(Duration::from_millis(100));
    assert_eq!(world.received(1), ["before"]);
    world.call(0, |node, now| node.send_link_packet(now, link, &after.pack()).unwrap());
    world.run(Duration::from_millis(100));
    assert_eq!(world.received(1), ["before", "after"]);
}

#[test]
fn who_has_identified_on_any_link_may_send_messages_without_an_announce() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(SECOND);
    world.loss = Box::new(|_, packet| is_path_request(packet));
    let event = NodeEvent::LinkIdentified {
        link: crate::rns::hash::LinkId::from_bytes([1; 16]),
        destination: crate::rns::hash::DestinationHash::from_bytes([2; 16]),
        identity: world.people[0].identity.public().clone(),
    };
    let now = world.now();
    let person = &mut world.people[1];
    // It is handed back: the link is not one of messages.
    assert_eq!(person.router.handle_event(now, &mut person.node, event.clone()), Some(event));
    let hash = world.send(0, 1, b"hello");
    world.run(SECOND);
    assert_eq!(world.received(1), ["hello"]);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn identity_of_the_link_cannot_vouch_for_another_author() {
    let mut world = World::of_strangers(3);
    world.announce(1);
    world.run(SECOND);
    world.loss = Box::new(|_, packet| is_path_request(packet));
    let link = world.open_link(0, 1);
    let identity = world.people[0].identity.clone();
    world.call(0, |node, now| node.identify(now, link, &identity).unwrap());
    let mut message = SignedMessage::sign(text("as if by another"), world.address(1), &identity);
    message.source = world.address(2);
    world.call(0, |node, now| node.send_link_packet(now, link, &message.pack()).unwrap());
    world.run(SECOND);
    assert!(world.received(1).is_empty());
    world.announce(2);
    world.run(SECOND);
    assert_eq!(world.people[1].router.drops().get(DropReason::BadSignature), 1);
}

#[test]
fn plaintext_of_391_bytes_is_accepted() {
    // What lxmf 0.5.8 to 1.1.1 still sends; our node won't, so it comes in on a link with its destination in front.
    let mut world = World::of_acquaintances(2);
    let message = SignedMessage::sign(text(&"x".repeat(295)), world.address(1), &world.people[0].identity);
    let packed = message.pack();
    assert_eq!(packed.len() - 16, 391);
    let (now, destination) = (world.now(), world.address(1));
    let proof = ProofToken::LinkPacket {
        link: crate::rns::hash::LinkId::from_bytes([0; 16]),
        packet: crate::rns::hash::PacketHash::from_bytes([0; 32]),
    };
    let event = NodeEvent::Packet { destination, data: packed[16..].to_vec(), hops: 1, proof: proof.clone() };
    let person = &mut world.people[1];
    assert_eq!(person.router.handle_event(now, &mut person.node, event), None);
    let author = world.people[0].identity.public().clone();
    let proof = DeliveryToken::from(proof);
    let event =
        Event::Received { message, author, road: Road::from(&proof), stamp: StampState::NotAsked, proof };
    assert_eq!(world.people[1].router.poll_event(), Some(event));
}

#[test]
fn events_about_other_things_are_handed_back() {
    let mut world = World::of_acquaintances(2);
    let group = world.call(1, |node, now| {
        let destination = node.register_destination(crate::rns::destination::DestinationSpec {
            identity: crate::rns::identity::Identity::from_private_bytes(&[9; 64]),
            full_name: "meshchat.group".to_owned(),
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: crate::rns::ratchet::Ratchets::Off,
        });
        node.announce(now, destination).unwrap();
        destination
    });
    world.run(SECOND);
    let packet = world.call(0, |node, now| node.send_packet(now, group, b"not a message").unwrap());
    world.run(SECOND * 60);
    assert!(matches!(&world.people[0].others[..],
        [NodeEvent::Announce { destination, .. }, NodeEvent::PacketTimedOut { packet: late }]
            if *destination == group && *late == packet));
    assert!(matches!(&world.people[1].others[..],
        [NodeEvent::Packet { destination, .. }] if *destination == group));
}

#[test]
fn of_messages_that_come_together_a_forged_one_takes_no_other_down() {
    let mut world = World::of_acquaintances(2);
    let (now, destination) = (world.now(), world.address(1));
    let event = |number: u8, forged: bool| {
        let mut message =
            SignedMessage::sign(text(&format!("{number}")), destination, &world.people[0].identity);
        message.signature[5] ^= u8::from(forged);
        let link = crate::rns::hash::LinkId::from_bytes([0; 16]);
        let packet = crate::rns::hash::PacketHash::from_bytes([number; 32]);
        let proof = ProofToken::LinkPacket { link, packet };
        NodeEvent::Packet { destination, data: message.pack()[16..].to_vec(), proof, hops: 1 }
    };
    // More than are checked together, and some that are about other things between them.
    let other = NodeEvent::PacketTimedOut { packet: crate::rns::hash::PacketHash::from_bytes([200; 32]) };
    let mut events: Vec<_> = (0..100).map(|number| event(number, number == 3 || number == 99)).collect();
    events.insert(50, other.clone());
    let person = &mut world.people[1];
    assert_eq!(person.router.handle_events(now, &mut person.node, events), [other]);
    let said = std::iter::from_fn(|| match person.router.poll_event()? {
        Event::Received { message, .. } => Some(String::from_utf8(message.message.content).unwrap()),
        event => panic!("{event:?}"),
    });
    let good: Vec<_> = (0..100).filter(|number| ![3, 99].contains(number)).map(|n| n.to_string()).collect();
    assert_eq!(said.collect::<Vec<_>>(), good);
    assert_eq!(person.router.drops().get(DropReason::BadSignature), 2);
}
