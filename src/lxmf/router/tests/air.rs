//! What a router does where air is scarce: what is not urgent waits for it, and that costs no attempt.

use std::time::Duration;

use super::world::World;
use crate::lxmf::router::Event;
use crate::lxmf::{Message, MessageHash, OutboundMessage, SendFailure};
use crate::rns::air::{Class, Limits, Share};
use crate::rns::airtime::Modulation;
use crate::rns::packet::{DestinationType, Packet, PacketType};

const MINUTE: Duration = Duration::from_secs(60);

/// One percent of an hour is 36 s.
fn world() -> World {
    let limits = Limits { long: Share::from_hundredths(100), short: None };
    World::of_acquaintances_on_air(2, Modulation::SF8, limits)
}

fn send(world: &mut World, class: Class, content: &str) -> MessageHash {
    let content = format!("{content}{}", " ".repeat(200 - content.len())).into_bytes();
    let message = Message { time: world.now().unix, title: Vec::new(), content, fields: vec![0x80] };
    let message = OutboundMessage::new(world.address(0), world.address(1), &message);
    world.send_message(0, &OutboundMessage { class, ..message })
}

fn is_message(packet: &Packet<'_>) -> bool {
    packet.packet_type == PacketType::Data && packet.destination_type == DestinationType::Single
}

/// The first words of what has arrived, and how often.
fn heard(world: &World, word: &str) -> usize {
    world.received(1).iter().filter(|content| content.starts_with(word)).count()
}

#[test]
fn relays_wait_for_the_budget_answers_pass_them_and_after_an_hour_all_have_arrived() {
    let mut world = world();
    let mut relays: Vec<_> =
        (0..40).map(|n| send(&mut world, Class::Relay, &format!("relay {n} "))).collect();
    world.run(3 * MINUTE);
    let before = heard(&world, "relay");
    assert!((15..30).contains(&before), "{before} relays fit into six tenths of the budget");
    world.run(5 * MINUTE);
    assert_eq!(heard(&world, "relay"), before, "the rest waits");
    assert_eq!(world.count_sent(0, is_message), before, "nothing was sent twice");

    let answer = send(&mut world, Class::Answer, "an answer");
    world.run(MINUTE / 4);
    assert_eq!((heard(&world, "an answer"), heard(&world, "relay")), (1, before));
    assert!(world.outcomes(0).contains(&Event::Delivered { hash: answer }));

    // A quarter of an hour is enough to wait here; whoever keeps them hands them in again.
    world.run(10 * MINUTE);
    let given_up: Vec<_> =
        world.outcomes(0).into_iter().filter(|event| matches!(event, Event::Failed { .. })).collect();
    assert_eq!(given_up.len(), 40 - before);
    for (event, hash) in given_up.iter().zip(relays.split_off(before)) {
        assert_eq!(*event, Event::Failed { hash, reason: SendFailure::NoAir });
    }
    world.run(45 * MINUTE);
    send(&mut world, Class::Relay, "relay again");
    world.run(MINUTE);
    assert_eq!(heard(&world, "relay again"), 1);
}

#[test]
fn where_there_is_no_limit_one_message_at_a_time_is_on_the_air_and_none_waits_for_a_budget() {
    let mut world = World::of_acquaintances_on_air(2, Modulation::SF8, Limits::default());
    let hashes: Vec<_> = (0..20).map(|n| send(&mut world, Class::Relay, &format!("relay {n} "))).collect();
    world.run(2 * MINUTE);
    let delivered: Vec<_> = hashes.into_iter().map(|hash| Event::Delivered { hash }).collect();
    assert_eq!(world.outcomes(0), delivered);
    assert_eq!(world.count_sent(0, is_message), 20);
}
