//! What a router does for recipients who ask for stamps, and with authors whom it asks for them.

use std::time::Duration;

use super::world::{Conduct, World};
use crate::lxmf::event::Event;
use crate::lxmf::job::{JobClass, Step};
use crate::lxmf::outbound_message::{OutboundMessage, SendFailure};
use crate::lxmf::ticket::Ticket;
use crate::lxmf::{DeliveryToken, Message, StampState};
use crate::rns::error::DropReason;
use crate::rns::event::ProofToken;

const SECOND: Duration = Duration::from_secs(1);

fn states(world: &World, person: usize) -> Vec<StampState> {
    let events = world.people[person].events.iter();
    let states = events.filter_map(|(_, event)| match event {
        Event::Received { stamp, .. } => Some(*stamp),
        Event::Delivered { .. }
        | Event::Stored { .. }
        | Event::Failed { .. }
        | Event::Fetched(_)
        | Event::Store(_) => None,
    });
    states.collect()
}

fn outbound(world: &World, from: usize, to: usize, content: &[u8]) -> OutboundMessage {
    let message =
        Message { time: world.now().unix, title: Vec::new(), content: content.to_vec(), fields: vec![0x80] };
    OutboundMessage::new(world.address(from), world.address(to), &message)
}

#[test]
fn who_asks_for_stamps_gets_them_and_who_does_not_gets_none() {
    let mut world = World::of_acquaintances_asking(&[0, 8, 0]);
    let first = world.send(0, 1, b"with a stamp");
    world.run(SECOND);
    let second = world.send(0, 2, b"without");
    world.run(SECOND);
    assert!(matches!(states(&world, 1)[..], [StampState::Valid(8..)]));
    assert_eq!(states(&world, 2), [StampState::NotAsked]);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash: first }, Event::Delivered { hash: second }]);
    let bytes: Vec<_> =
        world.sent.iter().filter(|(from, _)| *from == 0).map(|(_, frame)| frame.len()).collect();
    assert!(matches!(bytes[..], [with, without] if without < with), "{bytes:?}");
}

#[test]
fn a_message_that_waits_for_its_stamp_holds_up_those_behind_it_and_no_others() {
    let mut world = World::of_acquaintances_asking(&[0, 8, 0]);
    world.computes = false;
    world.send(0, 1, b"first");
    world.send(0, 1, b"second");
    world.send(0, 2, b"elsewhere");
    world.run(SECOND * 20);
    assert!(world.received(1).is_empty());
    assert_eq!(world.received(2), ["elsewhere"]);
    assert_eq!(world.people[0].router.table_sizes().jobs, 1);
    world.computes = true;
    world.send(0, 2, b"more");
    world.run(SECOND * 5);
    assert_eq!(world.received(1), ["first", "second"]);
    assert_eq!(world.people[0].router.table_sizes().jobs, 0);
}

#[test]
fn a_stamp_that_would_take_too_long_is_not_tried() {
    let mut world = World::of_acquaintances_asking(&[0, 23]);
    world.computes = false;
    let hash = world.send(0, 1, b"hello");
    world.run(SECOND);
    assert_eq!(world.outcomes(0), [Event::Failed { hash, reason: SendFailure::StampTooCostly }]);
    assert_eq!(world.people[0].router.table_sizes().jobs, 0);
}

#[test]
fn a_ticket_stands_in_for_work() {
    let mut world = World::of_acquaintances_asking(&[0, 200]);
    world.computes = false;
    let ticket = Ticket::from_bytes([7; 16]);
    let message = outbound(&world, 0, 1, b"hello");
    let hash = world.send_message(0, &OutboundMessage { ticket: Some(ticket.clone()), ..message });
    world.run(SECOND);
    assert_eq!(world.outcomes(0), [Event::Delivered { hash }]);
    assert_eq!(states(&world, 1), [StampState::Ticket(ticket.stamp(hash))]);
}

#[test]
fn a_ticket_costs_no_air_where_no_stamp_is_asked_for() {
    let mut world = World::of_acquaintances_asking(&[0, 0]);
    let message = outbound(&world, 0, 1, b"hello");
    let ticket = Some(Ticket::from_bytes([7; 16]));
    world.send_message(0, &OutboundMessage { ticket, ..message });
    world.run(SECOND);
    let Event::Received { message, .. } = &world.people[1].events[0].1 else { panic!("not received") };
    assert_eq!(message.stamp, None);
}

#[test]
fn a_stamp_that_makes_a_message_too_large_for_a_packet_sends_it_on_a_link() {
    // A plaintext of 383 bytes without its stamp; with the destination 399 bytes, all but 112 of them content.
    let content = [b'x'; 399 - 112];
    for (cost, carrier) in [(0, "packet"), (8, "link")] {
        let mut world = World::of_acquaintances_asking(&[0, cost]);
        world.send(0, 1, &content);
        world.run(SECOND * 5);
        let came_by = match &world.tokens(1)[..] {
            [DeliveryToken::Proof(ProofToken::Packet { .. })] => "packet",
            [DeliveryToken::Proof(ProofToken::LinkPacket { .. } | ProofToken::Resource { .. })] => "link",
            other => panic!("{other:?}"),
        };
        assert_eq!(came_by, carrier);
    }
}

#[test]
fn a_search_ends_with_its_router() {
    let mut world = World::of_acquaintances_asking(&[0, 22]);
    world.computes = false;
    world.send(0, 1, b"hello");
    let job = world.people[0].router.poll_job(JobClass::Search).unwrap();
    let Step::Goes(job) = job.advance() else { panic!("ended") };
    world.people.clear();
    assert!(matches!(job.advance(), Step::Done(_)));
}

#[test]
fn repeats_of_an_unstored_message_are_judged_once_and_told_each_time() {
    let mut world = World::of_acquaintances_asking(&[0, 8]);
    world.people[1].conduct = Conduct::Withholds;
    world.send(0, 1, b"hello");
    world.run(SECOND * 120);
    let states = states(&world, 1);
    assert!(states.len() == 5 && states.iter().all(|state| *state == states[0]), "{states:?}");
}

#[test]
fn a_flood_of_stamps_is_dropped_before_it_is_work() {
    let mut world = World::of_acquaintances_asking(&[0, 8]);
    for number in 0..20u8 {
        world.send(0, 1, &[number]);
    }
    world.run(SECOND);
    let drops = world.people[1].router.drops().get(DropReason::StampBudget);
    assert!(drops > 0 && world.received(1).len() == 8, "{drops}");
    world.run(SECOND * 120);
    assert_eq!(world.received(1).len(), 20, "each is tried again, and comes in when there is time for it");
}
