//! How messages for people who are offline get to a propagation node, and what nodes can do to them.

use std::time::Duration;

use super::keeper::{Keeper, Taking, run};
use super::world::World;
use crate::lxmf::event::Event;
use crate::lxmf::outbound_message::{Method, SendFailure};
use crate::lxmf::propagation::NodeChoice;
use crate::lxmf::{MessageHash, StampState};
use crate::rns::hash::DestinationHash;
use crate::rns::packet::{Context, DestinationType, Packet, PacketType};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Person 0 writes to 1, who fetches from the same nodes: 2 and 3.
fn world() -> (World, Keeper, Keeper) {
    let mut world = World::of_acquaintances(4);
    let (first, second) = (Keeper::open(&mut world, 2, 8), Keeper::open(&mut world, 3, 6));
    (world, first, second)
}

fn use_nodes(world: &mut World, person: usize, named: Vec<DestinationHash>) {
    let now = world.now();
    world.people[person].router.use_nodes(now, NodeChoice { named, nearest: 0 }, HOUR);
}

fn upload(world: &mut World, content: &[u8]) -> MessageHash {
    let to = world.address(1);
    world.send_by(Method::Propagated, 0, to, content)
}

fn outcomes(world: &World) -> Vec<Event> {
    world.outcomes(0).into_iter().filter(|event| !matches!(event, Event::Fetched(_))).collect()
}

fn is_link_request(packet: &Packet<'_>) -> bool {
    packet.packet_type == PacketType::LinkRequest
}

fn is_path_request(packet: &Packet<'_>) -> bool {
    packet.destination_type == DestinationType::Plain
}

#[test]
fn a_message_is_kept_by_a_node_and_fetched_by_its_recipient() {
    for (size, carrier) in [(50, Context::None), (20_000, Context::Resource)] {
        let (mut world, mut first, _) = world();
        use_nodes(&mut world, 0, vec![first.address]);
        run(&mut world, &mut [&mut first], SECOND * 5);
        let before = world.count_sent(0, |packet| packet.context == carrier);
        let content: Vec<u8> = (0..size).map(|n| b'a' + u8::try_from(n % 7).unwrap()).collect();
        let hash = upload(&mut world, &content);
        run(&mut world, &mut [&mut first], SECOND * 5);
        assert_eq!(outcomes(&world), [Event::Stored { hash, node: first.address }]);
        assert_eq!(first.entries.len(), 1);
        assert!(world.count_sent(0, |packet| packet.context == carrier) > before);
        assert!(world.received(1).is_empty(), "it came by another way");
        use_nodes(&mut world, 1, vec![first.address]);
        run(&mut world, &mut [&mut first], SECOND * 8);
        assert_eq!(world.received(1), [String::from_utf8(content).unwrap()]);
        assert!(first.entries.is_empty());
    }
}

#[test]
fn the_recipient_gets_the_stamp_that_it_asks_for_beside_that_of_the_node() {
    let mut world = World::of_acquaintances_asking(&[0, 8, 0]);
    let mut keeper = Keeper::open(&mut world, 2, 6);
    use_nodes(&mut world, 0, vec![keeper.address]);
    let hash = upload(&mut world, b"hello");
    run(&mut world, &mut [&mut keeper], SECOND * 10);
    assert_eq!(outcomes(&world), [Event::Stored { hash, node: keeper.address }]);
    use_nodes(&mut world, 1, vec![keeper.address]);
    run(&mut world, &mut [&mut keeper], SECOND * 10);
    let stamps = world.people[1].events.iter().filter_map(|(_, event)| match event {
        Event::Received { stamp, .. } => Some(*stamp),
        _ => None,
    });
    assert!(matches!(stamps.collect::<Vec<_>>()[..], [StampState::Valid(8..)]));
}

#[test]
fn many_messages_take_one_link_which_is_closed_when_it_is_quiet() {
    let (mut world, mut first, _) = world();
    use_nodes(&mut world, 0, vec![first.address]);
    run(&mut world, &mut [&mut first], SECOND * 5);
    let before = world.count_sent(0, is_link_request);
    let hashes: Vec<_> = (0..20_u8).map(|n| upload(&mut world, &[n])).collect();
    let again = upload(&mut world, &[19]);
    assert_eq!(again, hashes[19], "the same message is on its way already");
    run(&mut world, &mut [&mut first], SECOND * 10);
    let stored: Vec<_> =
        hashes.iter().map(|hash| Event::Stored { hash: *hash, node: first.address }).collect();
    assert_eq!(outcomes(&world), stored);
    assert_eq!(world.count_sent(0, is_link_request) - before, 1);
    let closed = world.count_sent(0, |packet| packet.context == Context::LinkClose);
    run(&mut world, &mut [&mut first], SECOND * 130);
    assert_eq!(world.count_sent(0, |packet| packet.context == Context::LinkClose), closed + 1);
    upload(&mut world, b"later");
    run(&mut world, &mut [&mut first], SECOND * 10);
    assert_eq!(first.entries.len(), 21);
}

#[test]
fn a_node_that_refuses_a_stamp_is_left_for_another() {
    for size in [20, 20_000] {
        for taking in [Taking::Nothing, Taking::NothingSilently] {
            let (mut world, mut first, mut second) = world();
            first.taking = taking;
            use_nodes(&mut world, 0, vec![first.address, second.address]);
            let hash = upload(&mut world, &vec![7; size]);
            run(&mut world, &mut [&mut first, &mut second], SECOND * 60);
            let expected = if size == 20 && taking == Taking::NothingSilently {
                // The proof of a packet means what it says.
                first.address
            } else {
                second.address
            };
            assert_eq!(outcomes(&world), [Event::Stored { hash, node: expected }], "{size} {taking:?}");
            let tried = world.count_sent(0, is_link_request);
            upload(&mut world, b"the next");
            run(&mut world, &mut [&mut first, &mut second], SECOND * 20);
            let opened = world.count_sent(0, is_link_request) - tried;
            assert!(opened <= 1, "the one that refused is spared");
        }
    }
}

#[test]
fn a_node_that_is_gone_costs_a_while_and_then_the_next_is_used() {
    let (mut world, first, mut second) = world();
    use_nodes(&mut world, 0, vec![first.address, second.address]);
    world.loss = Box::new(|from, _| from == 2);
    let hash = upload(&mut world, b"hello");
    run(&mut world, &mut [&mut second], SECOND * 60);
    assert_eq!(outcomes(&world), [Event::Stored { hash, node: second.address }]);
    let next = upload(&mut world, b"the next");
    run(&mut world, &mut [&mut second], SECOND * 5);
    assert_eq!(outcomes(&world)[1..], [Event::Stored { hash: next, node: second.address }], "at once");
}

#[test]
fn a_node_that_does_not_answer_for_a_while_gets_everything_in_the_end() {
    for size in [20, 20_000] {
        let (mut world, mut first, _) = world();
        use_nodes(&mut world, 0, vec![first.address]);
        world.loss = Box::new(|from, _| from == 2);
        let hashes = [upload(&mut world, &vec![1; size]), upload(&mut world, &vec![2; size])];
        run(&mut world, &mut [&mut first], SECOND * 90);
        assert_eq!(outcomes(&world), [], "nothing is given up");
        world.loss = Box::new(|_, _| false);
        run(&mut world, &mut [&mut first], SECOND * 30);
        let stored = hashes.map(|hash| Event::Stored { hash, node: first.address });
        assert_eq!(outcomes(&world), stored);
        assert_eq!(first.entries.len(), 2);
    }
}

#[test]
fn a_node_that_is_gone_for_good_is_given_up_after_five_attempts_and_tried_again_when_it_is_heard() {
    let (mut world, mut first, _) = world();
    use_nodes(&mut world, 0, vec![first.address]);
    world.loss = Box::new(|from, _| from == 2);
    let failed = |hash| Event::Failed { hash, reason: SendFailure::NoNode };
    let hashes: Vec<_> = (0..20_u8).map(|n| upload(&mut world, &[n])).collect();
    run(&mut world, &mut [&mut first], SECOND * 150);
    assert_eq!(outcomes(&world), hashes.into_iter().map(failed).collect::<Vec<_>>());
    // A few more are of the turns that fetch.
    assert!(world.count_sent(0, is_path_request) < 15, "each is heard by the whole network");
    let next = upload(&mut world, b"the next");
    assert_eq!(outcomes(&world).last(), Some(&failed(next)), "at once");
    world.loss = Box::new(|_, _| false);
    first.announce(&mut world);
    run(&mut world, &mut [&mut first], SECOND);
    let last = upload(&mut world, b"the last");
    run(&mut world, &mut [&mut first], SECOND * 5);
    assert_eq!(outcomes(&world).last(), Some(&Event::Stored { hash: last, node: first.address }));
}

#[test]
fn a_node_that_checks_stamps_slowly_gets_a_message_once() {
    let (mut world, mut first, _) = world();
    first.taking = Taking::Slowly(SECOND * 14);
    use_nodes(&mut world, 0, vec![first.address]);
    let hash = upload(&mut world, b"hello");
    run(&mut world, &mut [&mut first], SECOND * 60);
    assert_eq!(outcomes(&world), [Event::Stored { hash, node: first.address }]);
    assert_eq!(first.entries.len(), 1, "it came again");
}

#[test]
fn a_way_that_leads_nowhere_is_asked_for_again() {
    let (mut world, mut first, _) = world();
    use_nodes(&mut world, 0, vec![first.address]);
    run(&mut world, &mut [&mut first], SECOND * 5);
    let asked = std::cell::Cell::new(false);
    world.loss = Box::new(move |from, packet| {
        asked.set(asked.get() || from == 0 && is_path_request(packet));
        from == 0 && is_link_request(packet) && !asked.get()
    });
    let hash = upload(&mut world, b"hello");
    run(&mut world, &mut [&mut first], SECOND * 20);
    assert_eq!(outcomes(&world), [Event::Stored { hash, node: first.address }]);
}

#[test]
fn a_node_that_restarts_costs_no_message_and_no_second_stamp() {
    let (mut world, mut first, _) = world();
    use_nodes(&mut world, 0, vec![first.address]);
    run(&mut world, &mut [&mut first], SECOND * 5);
    let before = upload(&mut world, b"before");
    run(&mut world, &mut [&mut first], SECOND * 5);
    // It has forgotten the link, and says so to nobody.
    let (person, links) = (2, std::mem::take(&mut first.links));
    world.loss = Box::new(move |from, _| from == person);
    links.into_iter().for_each(|link| world.call(person, |node, now| node.close_link(now, link)));
    world.loss = Box::new(|_, _| false);
    let after = upload(&mut world, b"after");
    world.computes = false;
    run(&mut world, &mut [&mut first], SECOND * 30);
    let node = first.address;
    assert_eq!(outcomes(&world), [before, after].map(|hash| Event::Stored { hash, node }));
}

#[test]
fn a_cost_that_is_not_known_is_asked_for() {
    let mut world = World::of_acquaintances(3);
    let mut keeper = Keeper::open(&mut world, 2, 8);
    let address = keeper.address;
    let now = world.now();
    let stranger = &mut world.people[0];
    stranger.router = crate::lxmf::Router::new();
    stranger.router.register(&mut stranger.node, stranger.identity.clone(), "Person 0", Vec::new());
    stranger.router.use_nodes(now, NodeChoice { named: vec![address], nearest: 0 }, HOUR);
    let hash = upload(&mut world, b"hello");
    run(&mut world, &mut [&mut keeper], SECOND * 20);
    assert_eq!(outcomes(&world), [Event::Stored { hash, node: address }]);
}

#[test]
fn without_a_node_or_the_recipients_key_it_fails_and_says_why() {
    let (mut world, mut first, _) = world();
    let hash = upload(&mut world, b"hello");
    assert_eq!(outcomes(&world), [Event::Failed { hash, reason: SendFailure::NoNode }]);
    use_nodes(&mut world, 0, vec![first.address]);
    let unknown = world.send_by(Method::Propagated, 0, DestinationHash::from_bytes([9; 16]), b"hello");
    assert_eq!(outcomes(&world)[1..], [Event::Failed { hash: unknown, reason: SendFailure::NoPath }]);
    first.cost = 200;
    first.announce(&mut world);
    run(&mut world, &mut [&mut first], SECOND);
    let costly = upload(&mut world, b"costly");
    assert_eq!(outcomes(&world)[2..], [Event::Failed { hash: costly, reason: SendFailure::NoNode }]);
}

#[test]
fn a_message_larger_than_a_node_takes_goes_to_none() {
    let (mut world, mut first, _) = world();
    use_nodes(&mut world, 0, vec![first.address]);
    let hash = upload(&mut world, &vec![7; 1_100_000]);
    run(&mut world, &mut [&mut first], SECOND * 20);
    assert_eq!(outcomes(&world), [Event::Failed { hash, reason: SendFailure::NoNode }]);
}

#[test]
fn too_many_uploads_are_turned_away() {
    let (mut world, first, _) = world();
    use_nodes(&mut world, 0, vec![first.address]);
    let full = (0..300_u16).filter(|n| {
        let hash = upload(&mut world, &n.to_be_bytes());
        outcomes(&world).contains(&Event::Failed { hash, reason: SendFailure::Full })
    });
    assert_eq!(full.count(), 300 - 257, "one is under way, 256 wait");
    assert_eq!(world.people[0].router.table_sizes().uploads, 257);
}
