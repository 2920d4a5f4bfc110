//! Telling authors that a message is stored: once, and only where the network does not.

use super::{House, Input, person, said};
use crate::lxmf::{Road, SignedMessage};
use crate::rns::identity::Identity;
use crate::server::Acknowledge;

/// What the author is told when a message comes in this way.
fn told(house: &mut House, author: &Identity, message: &SignedMessage, by: Road) -> Vec<String> {
    let (mut input, proof) = house.delivery(author, message);
    if let Input::Message { road, .. } = &mut input {
        *road = by;
    }
    let (proved, sent) = house.deliver_input(input, &proof);
    assert!(proved);
    sent.iter().map(|message| String::from_utf8(said(message).content).unwrap()).collect()
}

#[test]
fn a_message_that_came_through_a_propagation_node_is_acknowledged_once_with_its_number() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let message = house.signed(&anna, "hello");
    let answer = told(&mut house, &anna, &message, Road::Propagation);
    assert_eq!(answer, [format!("Stored as number {}.", house.head().seq)]);
    // From another node, or by its author's next try.
    for road in [Road::Propagation, Road::Link] {
        assert_eq!(told(&mut house, &anna, &message, road), [""; 0]);
    }
}

#[test]
fn a_message_that_was_proved_is_not_acknowledged_beside() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    for (road, text) in [(Road::Link, "one"), (Road::Opportunistic, "two")] {
        let message = house.signed(&anna, text);
        for road in [road, Road::Propagation] {
            assert_eq!(told(&mut house, &anna, &message, road), [""; 0]);
        }
    }
}

#[test]
fn acknowledgements_can_be_switched_off_and_answers_to_commands_are_none() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let command = house.signed(&anna, "/info");
    assert_eq!(told(&mut house, &anna, &command, Road::Propagation).len(), 1);
    house.server.set_acknowledge(Acknowledge::Nothing);
    let message = house.signed(&anna, "hello");
    assert_eq!(told(&mut house, &anna, &message, Road::Propagation), [""; 0]);
}
