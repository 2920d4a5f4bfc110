//! What a router does to get messages delivered.

use std::time::Duration;

use super::world::{Conduct, Person, World};
use crate::lxmf::router::{Event, MAX_MESSAGE};
use crate::lxmf::{DeliveryToken, Method, SendFailure};
use crate::rns::event::ProofToken;
use crate::rns::hash::DestinationHash;
use crate::rns::packet::{Context, DestinationType, Packet, PacketType};
use crate::rns::random::Random;

const SECOND: Duration = Duration::from_secs(1);

/// Packed messages have 111 bytes beside a content of 256 to 65535 bytes, and one more.
const OVERHEAD: usize = 112;

fn of_packed_size(size: usize) -> Vec<u8> {
    vec![b'x'; size - OVERHEAD]
}

fn is_opportunistic(packet: &Packet<'_>) -> bool {
    packet.packet_type == PacketType::Data && packet.destination_type == DestinationType::Single
}

fn is_path_request(packet: &Packet<'_>) -> bool {
    packet.destination_type == DestinationType::Plain
}

fn is_link_request(packet: &Packet<'_>) -> bool {
    packet.packet_type == PacketType::LinkRequest
}

fn is_link_close(packet: &Packet<'_>) -> bool {
    packet.context == Context::LinkClose
}

fn nowhere() -> DestinationHash {
    DestinationHash::from_bytes([0x99; 16])
}

#[test]
fn message_leaves_in_the_smallest_carrier_that_holds_it() {
    let carriers = [(399, "packet"), (400, "link"), (431, "link"), (432, "resource"), (60_000, "resource")];
    for (size, carrier) in carriers {
        let mut world = World::of_acquaintances(2);
        let hash = world.send(0, 1, &of_packed_size(size));
        world.run(SECOND * 5);
        assert_eq!(world.outcomes(0), [Event::Delivered { hash }], "{size} bytes");
        let came_by = match &world.tokens(1)[..] {
            [DeliveryToken::Proof(ProofToken::Packet { .. })] => "packet",
            [DeliveryToken::Proof(ProofToken::LinkPacket { .. })] => "link",
            [DeliveryToken::Proof(ProofToken::Resource { .. })] => "resource",
            other => panic!("{size} bytes came as {other:?}"),
        };
        assert_eq!(came_by, carrier, "{size} bytes");
    }
}

#[test]
fn lost_packet_is_sent_again_after_ten_seconds() {
    let mut world = World::of_acquaintances(2);
    let mut lost = 0;
    world.loss = Box::new(move |from, packet| {
        let lose = from == 0 && is_opportunistic(packet) && lost == 0;
        lost += u32::from(lose);
        lose
    });
    let hash = world.send(0, 1, b"hello");
    world.run(SECOND * 9);
    assert!(world.received(1).is_empty());
    world.run(SECOND * 2);
    assert_eq!(world.received(1), ["hello"]);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn unproved_message_is_sent_five_times_with_a_token_for_each_and_then_given_up() {
    let mut world = World::of_acquaintances(2);
    world.people[1].conduct = Conduct::Withholds;
    let hash = world.send(0, 1, b"hello");
    world.run(SECOND * 120);
    assert_eq!(world.received(1), ["hello"; 5]);
    let mut tokens = world.tokens(1);
    tokens.dedup();
    assert_eq!(tokens.len(), 5, "every copy is a packet of its own");
    assert_eq!(world.outcomes(0), [Event::Failed { hash, reason: SendFailure::NoAnswer }]);
    assert_eq!(world.people[0].router.poll_timeout(), None);
}

#[test]
fn proof_of_an_earlier_copy_counts() {
    let mut world = World::of_acquaintances(2);
    world.people[1].conduct = Conduct::Withholds;
    let hash = world.send(0, 1, b"hello");
    world.run(Duration::from_millis(10_500));
    let tokens = world.tokens(1);
    assert_eq!(tokens.len(), 2);
    world.accept(1, &tokens[0]);
    world.run(SECOND);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
    world.run(SECOND * 60);
    assert_eq!(world.received(1).len(), 2, "nothing more is sent");
}

#[test]
fn unproved_link_packet_is_sent_again_on_a_new_link() {
    let mut world = World::of_acquaintances(2);
    world.people[1].conduct = Conduct::Withholds;
    let hash = world.send(0, 1, &of_packed_size(420));
    world.run(SECOND * 5);
    assert_eq!((world.received(1).len(), world.count_sent(0, is_link_request)), (1, 1));
    world.people[1].conduct = Conduct::Proves;
    world.run(SECOND * 15);
    assert_eq!((world.received(1).len(), world.count_sent(0, is_link_request)), (2, 2));
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn link_that_nobody_answers_is_tried_five_times() {
    let mut world = World::of_acquaintances(2);
    world.loss = Box::new(|_, packet| is_link_request(packet));
    let hash = world.send(0, 1, &of_packed_size(420));
    world.run(SECOND * 800);
    assert_eq!(world.count_sent(0, is_link_request), 5);
    assert_eq!(world.outcomes(0), [Event::Failed { hash, reason: SendFailure::NoAnswer }]);
}

#[test]
fn messages_to_one_destination_arrive_in_the_order_of_sending() {
    let mut world = World::of_acquaintances(2);
    let mut expected = Vec::new();
    for (number, size) in [10, 2000, 10, 300, 20_000, 10, 310].into_iter().enumerate() {
        let content = format!("{number}{}", "x".repeat(size));
        world.send(0, 1, content.as_bytes());
        expected.push(content);
    }
    world.run(SECOND * 60);
    assert!(world.received(1) == expected);
    assert_eq!(world.outcomes(0).len(), 7);
    assert_eq!(world.count_sent(0, is_link_request), 1, "one link carries them all");
}

#[test]
fn everything_arrives_over_a_wire_that_loses_one_frame_in_twenty() {
    for seed in 0..8 {
        let mut world = World::of_acquaintances(2);
        let mut random = Random::from_seed([seed; 32]);
        world.loss = Box::new(move |_, _| random.below(20) == 0);
        let mut expected = Vec::new();
        for number in 0..6 {
            let content = format!("{number}{}", "x".repeat(number * 150));
            world.send(0, 1, content.as_bytes());
            expected.push(content);
        }
        world.run(SECOND * 600);
        let mut received = world.received(1);
        received.dedup();
        let failed = world.outcomes(0).iter().filter(|event| matches!(event, Event::Failed { .. })).count();
        assert_eq!(failed, 0, "seed {seed}");
        let lengths = |texts: &[String]| texts.iter().map(String::len).collect::<Vec<_>>();
        assert!(received == expected, "seed {seed}: {:?} {:?}", lengths(&received), world.outcomes(0));
    }
}

#[test]
fn message_without_a_path_waits_for_an_announce_and_burns_no_attempt() {
    let mut world = World::of_strangers(2);
    world.loss = Box::new(|_, _| true);
    let hash = world.send(0, 1, b"are you there");
    world.run(SECOND * 20);
    assert_eq!(world.count_sent(0, is_opportunistic), 0);
    assert_eq!(world.count_sent(0, is_path_request), 2);
    world.loss = Box::new(|_, _| false);
    world.announce(1);
    world.announce(0);
    world.run(SECOND);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }], "due at once when the announce comes");
}

#[test]
fn all_that_waits_for_a_path_is_given_up_when_two_requests_bring_none() {
    let mut world = World::of_strangers(1);
    let first = world.send_to(0, nowhere(), b"are you there");
    let second = world.send_to(0, nowhere(), b"are you?");
    world.run(SECOND * 22);
    let given_up = |hash| Event::Failed { hash, reason: SendFailure::NoPath };
    assert_eq!(world.outcomes(0), [given_up(first), given_up(second)]);
    assert_eq!(world.count_sent(0, is_path_request), 2);
    assert_eq!(world.people[0].router.poll_timeout(), None);
}

#[test]
fn link_at_hand_is_taken_even_by_what_fits_one_packet_unless_told_otherwise() {
    let mut world = World::of_acquaintances(2);
    let to = world.address(1);
    world.send_by(Method::Direct, 0, to, b"opens the link");
    world.run(SECOND);
    world.send(0, 1, b"takes it");
    world.run(SECOND);
    world.send_by(Method::Opportunistic, 0, to, b"does not");
    world.run(SECOND);
    assert_eq!(world.outcomes(0).len(), 3);
    assert_eq!((world.count_sent(0, is_link_request), world.count_sent(0, is_opportunistic)), (1, 1));
}

#[test]
fn link_that_the_peer_has_left_costs_no_attempt() {
    let mut world = World::of_acquaintances(2);
    let to = world.address(1);
    world.send_by(Method::Direct, 0, to, b"opens the link");
    world.run(SECOND);
    let hash = world.send(0, 1, b"and then");
    // What is on the way is lost, and so is all else on links.
    world.loss = Box::new(|_, packet| packet.destination_type == DestinationType::Link);
    world.run(SECOND * 8);
    assert_eq!(world.received(1), ["opens the link", "and then", "and then"]);
    assert_eq!(world.outcomes(0).last(), Some(&Event::Delivered { hash }));
}

#[test]
fn when_all_links_are_in_use_messages_stand_in_line_and_lose_no_attempt() {
    let mut world = World::of_acquaintances(2);
    let many: Vec<_> = (0..140).map(|number| world.register_another(1, number)).collect();
    world.run(SECOND);
    for (number, to) in many.iter().enumerate() {
        world.send_to(0, *to, &of_packed_size(450 + number));
    }
    let sizes = world.people[0].router.table_sizes();
    assert_eq!((sizes.messages, sizes.opened_links), (140, 128));
    world.run(SECOND * 5);
    assert_eq!(world.received(1).len(), 140);
    assert!(world.outcomes(0).iter().all(|event| matches!(event, Event::Delivered { .. })));
    assert_eq!(world.count_sent(0, is_link_request), 140);
    let sizes = world.people[0].router.table_sizes();
    assert_eq!((sizes.messages, sizes.message_bytes, sizes.opened_links), (0, 0, 128));
}

#[test]
fn on_a_slow_interface_one_message_is_on_the_air_and_who_is_silent_goes_to_the_end_of_the_line() {
    let mut world = World::of_acquaintances_at(4, 3125);
    let deaf = world.address(1);
    world.loss =
        Box::new(move |_, packet| is_opportunistic(packet) && packet.address.as_bytes() == deaf.as_bytes());
    world.send(0, 1, b"into the void");
    world.send(0, 2, b"to the second");
    world.send(0, 3, b"to the third");
    world.run(SECOND * 9);
    assert_eq!(world.count_sent(0, is_opportunistic), 1, "the proof is awaited first");
    world.run(SECOND * 3);
    assert_eq!((world.received(2).len(), world.received(3).len()), (1, 1));
    assert_eq!(world.count_sent(0, is_opportunistic), 4);
    world.run(SECOND * 100);
    assert_eq!(world.count_sent(0, is_opportunistic), 2 + 5);
    assert!(matches!(world.outcomes(0)[2], Event::Failed { reason: SendFailure::NoAnswer, .. }));
}

#[test]
fn path_requests_for_many_who_are_out_of_reach_leave_a_slow_interface_most_of_its_air() {
    // A full packet takes 1.28 s.
    let mut world = World::of_acquaintances_at(2, 3125);
    for number in 0..40 {
        world.send_to(0, DestinationHash::from_bytes([number; 16]), b"are you there");
    }
    assert_eq!(world.count_sent(0, is_path_request), 1);
    let hash = world.send(0, 1, b"you are");
    world.run(SECOND * 5);
    assert_eq!(world.count_sent(0, is_path_request), 4);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }], "who is there does not wait");
    world.run(SECOND * 60);
    assert_eq!(world.outcomes(0).len(), 41);
    assert_eq!(world.count_sent(0, is_path_request), 40, "one for each");
}

#[test]
fn recipient_that_answers_a_path_request_gets_its_message() {
    let mut world = World::of_strangers(2);
    let hash = world.send(0, 1, b"first contact");
    world.run(SECOND);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
}

#[test]
fn sender_identifies_after_delivery_and_the_answer_comes_back_on_the_same_link() {
    let mut world = World::of_acquaintances(2);
    world.send(0, 1, &of_packed_size(2000));
    world.run(SECOND);
    let answer = world.send(1, 0, &of_packed_size(3000));
    world.run(SECOND);
    assert_eq!(world.outcomes(1), [Event::Delivered { hash: answer }]);
    assert_eq!(world.count_sent(0, |packet| packet.context == Context::LinkIdentify), 1);
    assert_eq!(world.count_sent(1, is_link_request), 0);
}

#[test]
fn peer_that_can_be_reached_in_no_other_way_is_answered_on_the_link_it_identified_on() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(SECOND);
    let link = world.open_link(0, 1);
    world.loss = Box::new(|_, packet| {
        packet.destination_type == DestinationType::Plain || packet.packet_type == PacketType::Announce
    });
    let identity = world.people[0].identity.clone();
    world.call(0, |node, now| node.identify(now, link, &identity).unwrap());
    world.run(SECOND);
    world.send(1, 0, b"short answer");
    world.run(SECOND);
    assert_eq!(world.count_sent(1, |packet| packet.packet_type == PacketType::LinkRequest), 0);
    let on_link = |packet: &Packet<'_>| packet.destination_type == DestinationType::Link;
    let data =
        |packet: &Packet<'_>| packet.packet_type == PacketType::Data && packet.context == Context::None;
    assert_eq!(world.count_sent(1, |packet| on_link(packet) && data(packet)), 1);
}

#[test]
fn replay_of_somebodys_message_does_not_draw_the_answers_onto_the_replayers_link() {
    let mut world = World::of_acquaintances(3);
    let message = crate::lxmf::Message {
        time: world.now().unix,
        title: Vec::new(),
        content: b"shown to all".to_vec(),
        fields: Vec::new(),
    };
    let signed = crate::lxmf::SignedMessage::sign(message, world.address(1), &world.people[0].identity);
    let link = world.open_link(2, 1);
    world.call(2, |node, now| node.send_link_packet(now, link, &signed.pack()).unwrap());
    world.run(SECOND);
    assert_eq!(world.received(1), ["shown to all"]);
    world.send(1, 0, &of_packed_size(420));
    world.run(SECOND);
    assert_eq!(world.received(0).len(), 1);
    assert_eq!(world.count_sent(1, is_link_request), 1, "on a link of our own");
}

#[test]
fn quiet_link_of_ours_is_closed_after_ten_minutes() {
    let mut world = World::of_acquaintances(2);
    world.send(0, 1, &of_packed_size(420));
    world.run(SECOND * 300);
    world.send(0, 1, &of_packed_size(421));
    world.run(SECOND * 590);
    assert_eq!(world.count_sent(0, is_link_close), 0);
    world.run(SECOND * 20);
    assert_eq!(world.count_sent(0, is_link_close), 1);
    world.send(0, 1, &of_packed_size(422));
    world.run(SECOND);
    assert_eq!(world.outcomes(0).len(), 3);
}

#[test]
fn message_that_is_too_large_for_the_recipient_fails_at_once() {
    let mut world = World::of_acquaintances(2);
    let hash = world.send(0, 1, &vec![b'x'; MAX_MESSAGE]);
    let next = world.send(0, 1, &of_packed_size(420));
    world.run(SECOND * 3);
    let failed = Event::Failed { hash, reason: SendFailure::Rejected };
    assert_eq!(world.outcomes(0), [failed, Event::Delivered { hash: next }]);
    assert_eq!(world.count_sent(0, is_link_request), 1, "the link stays in use");
}

#[test]
fn queue_for_one_destination_is_bounded_and_the_newcomer_loses() {
    let mut world = World::of_strangers(1);
    for number in 0..64u8 {
        world.send_to(0, nowhere(), &[number]);
    }
    assert!(world.outcomes(0).is_empty());
    let hash = world.send_to(0, nowhere(), b"one more");
    assert_eq!(world.outcomes(0), [Event::Failed { hash, reason: SendFailure::Full }]);
}

#[test]
fn full_outbox_lets_the_oldest_message_without_a_path_go() {
    let mut world = World::of_strangers(1);
    let to = |number: u16| {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&(number / 4).to_be_bytes());
        DestinationHash::from_bytes(bytes)
    };
    let hash = world.send_to(0, nowhere(), b"oldest");
    world.run(SECOND);
    for number in 1..1024 {
        world.send_to(0, to(number), &number.to_be_bytes());
    }
    assert!(world.outcomes(0).is_empty());
    world.send_to(0, nowhere(), b"newest");
    assert_eq!(world.outcomes(0), [Event::Failed { hash, reason: SendFailure::Full }]);
}

#[test]
fn same_message_queued_twice_is_sent_once() {
    let mut world = World::of_acquaintances(2);
    let first = world.send(0, 1, b"echo");
    let second = world.send(0, 1, b"echo");
    assert_eq!(first, second);
    world.run(SECOND);
    assert_eq!(world.received(1), ["echo"]);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash: first }]);
}

#[test]
fn only_registered_destinations_send() {
    let mut world = World::of_strangers(1);
    let now = world.now();
    let message =
        crate::lxmf::Message { time: now.unix, title: Vec::new(), content: Vec::new(), fields: Vec::new() };
    let outbound = crate::lxmf::OutboundMessage::new(nowhere(), nowhere(), &message);
    let Person { node, router, .. } = &mut world.people[0];
    let hash = router.send(now, node, &outbound);
    assert_eq!(router.poll_event(), Some(Event::Failed { hash, reason: SendFailure::NotOurs }));
}

#[test]
fn direct_message_takes_a_link_however_short_it_is() {
    let mut world = World::of_acquaintances(2);
    let to = world.address(1);
    let hash = world.send_by(Method::Direct, 0, to, b"hello");
    world.run(SECOND);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
    assert!(matches!(world.tokens(1)[..], [DeliveryToken::Proof(ProofToken::LinkPacket { .. })]));
}

#[test]
fn message_for_a_propagation_node_fails_while_none_is_known() {
    let mut world = World::of_acquaintances(2);
    let to = world.address(1);
    let hash = world.send_by(Method::Propagated, 0, to, b"hello");
    assert_eq!(world.outcomes(0), [Event::Failed { hash, reason: SendFailure::NoNode }]);
}
