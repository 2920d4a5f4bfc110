//! What a router makes of the mail that propagation nodes keep for it, and of nodes that fail, refuse and lie.

use std::time::Duration;

use rmpv::Value;

use super::keeper::{Keeper, Manner, entry, run};
use super::world::{Conduct, World};
use crate::lxmf::event::Event;
use crate::lxmf::propagation::{FetchFailure, FetchReport, NodeChoice, NodeRefusal, TransientId};
use crate::rns::error::DropReason;
use crate::rns::hash::DestinationHash;
use crate::rns::msgpack;
use crate::rns::packet::{DestinationType, Packet, PacketType};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Persons 0 and 1 write to 2; 3 and 4 keep mail for it.
fn world() -> (World, Keeper, Keeper) {
    let mut world = World::of_acquaintances(5);
    let (first, second) = (Keeper::open(&mut world, 3, 4), Keeper::open(&mut world, 4, 4));
    (world, first, second)
}

/// From now on, person 2 uses these nodes.
fn use_nodes(world: &mut World, named: Vec<DestinationHash>, nearest: usize) {
    let now = world.now();
    world.people[2].router.use_nodes(now, NodeChoice { named, nearest }, HOUR);
}

fn reports(world: &World) -> Vec<FetchReport> {
    let events = world.people[2].events.iter();
    let reports = events.filter_map(|(_, event)| match event {
        Event::Fetched(report) => Some(report.clone()),
        _ => None,
    });
    reports.collect()
}

fn outcomes(world: &World) -> Vec<Result<(), FetchFailure>> {
    reports(world).into_iter().map(|report| report.outcome).collect()
}

fn is_link_request(packet: &Packet<'_>) -> bool {
    packet.packet_type == PacketType::LinkRequest
}

fn is_path_request(packet: &Packet<'_>) -> bool {
    packet.destination_type == DestinationType::Plain
}

fn drops(world: &World, reason: DropReason) -> u64 {
    world.people[2].router.drops().get(reason)
}

#[test]
fn mail_on_two_nodes_is_fetched_once_and_forgotten_by_both() {
    let (mut world, mut first, mut second) = world();
    let entries: Vec<_> = (0..30_u8)
        .map(|n| entry(&mut world, usize::from(n % 2), 2, format!("number {n}").as_bytes()))
        .collect();
    first.entries = entries[..20].to_vec();
    second.entries = entries[10..].to_vec();
    use_nodes(&mut world, vec![first.address, second.address], 0);
    run(&mut world, &mut [&mut first, &mut second], SECOND * 8);
    let mut received = world.received(2);
    received.sort();
    let mut expected: Vec<_> = (0..30).map(|n| format!("number {n}")).collect();
    expected.sort();
    assert_eq!(received, expected);
    assert_eq!((first.entries.len(), second.entries.len()), (0, 0));
    let told: Vec<_> = reports(&world)
        .iter()
        .map(|report| (report.listed, report.fetched, report.stored, report.forgotten))
        .collect();
    assert_eq!(told, [(20, 20, 20, 20), (20, 10, 10, 20)]);
}

#[test]
fn the_nearest_nodes_that_were_heard_are_used_where_none_is_named() {
    let (mut world, mut first, mut second) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"on the first")];
    second.entries = vec![entry(&mut world, 0, 2, b"on the second")];
    use_nodes(&mut world, Vec::new(), 2);
    run(&mut world, &mut [&mut first, &mut second], SECOND * 8);
    assert_eq!(world.received(2).len(), 2);
}

#[test]
fn without_a_node_nothing_is_asked() {
    let (mut world, mut first, mut second) = world();
    use_nodes(&mut world, Vec::new(), 0);
    run(&mut world, &mut [&mut first, &mut second], SECOND * 20);
    let now = world.now();
    assert_eq!(world.people[2].router.fetch(now), 0);
    assert_eq!(world.people[2].router.poll_timeout(), None);
    assert_eq!(first.links.len() + second.links.len(), 0);
}

#[test]
fn mail_that_is_not_stored_stays_on_the_node_and_comes_again() {
    let (mut world, mut first, _) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"keep me")];
    world.people[2].conduct = Conduct::Withholds;
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 40);
    assert_eq!((world.received(2).len(), first.entries.len()), (1, 1));
    world.people[2].conduct = Conduct::Proves;
    let now = world.now();
    assert_eq!(world.people[2].router.fetch(now), 1);
    run(&mut world, &mut [&mut first], SECOND * 8);
    assert_eq!((world.received(2).len(), first.entries.len()), (2, 0));
    run(&mut world, &mut [&mut first], HOUR * 2);
    assert_eq!(world.received(2).len(), 2);
}

#[test]
fn what_was_stored_before_a_restart_is_not_fetched_again_but_forgotten() {
    let (mut world, mut first, _) = world();
    let (old, new) = (entry(&mut world, 0, 2, b"old"), entry(&mut world, 0, 2, b"new"));
    world.people[2].router.know_entries([TransientId::of(&old)]);
    first.entries = vec![old, new];
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 8);
    assert_eq!((world.received(2), first.entries.len()), (vec!["new".to_owned()], 0));
    assert_eq!(first.asked, [(0, 0, None), (1, 1, Some(1000)), (0, 1, None)]);
}

#[test]
fn a_node_that_breaks_off_is_tried_again_soon_and_nothing_is_lost_or_doubled() {
    let (mut world, mut first, _) = world();
    first.entries = (0..5_u8).map(|n| entry(&mut world, 0, 2, &[n + 65])).collect();
    first.manner = Manner::HangsUp;
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 8);
    assert_eq!(outcomes(&world), [Err(FetchFailure::NoLink)]);
    assert!(world.received(2).is_empty());
    first.manner = Manner::Honest;
    run(&mut world, &mut [&mut first], SECOND * 40);
    assert_eq!((world.received(2).len(), first.entries.len()), (5, 0));
    assert_eq!(outcomes(&world), [Err(FetchFailure::NoLink), Ok(())]);
}

#[test]
fn a_node_that_is_not_there_does_not_keep_another_from_being_asked() {
    let (mut world, mut first, _) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"hello")];
    use_nodes(&mut world, vec![DestinationHash::from_bytes([9; 16]), first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 30);
    assert_eq!(world.received(2), ["hello"]);
    assert!(outcomes(&world).contains(&Err(FetchFailure::NoPath)));
    let before = outcomes(&world).len();
    run(&mut world, &mut [&mut first], HOUR * 6);
    assert!(outcomes(&world).len() - before < 30, "{}", outcomes(&world).len());
}

#[test]
fn a_node_that_was_away_is_called_again_when_it_is_heard() {
    let (mut world, mut first, _) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"hello")];
    world.loss = Box::new(|from, _| from == 3);
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 4);
    assert_eq!(world.count_sent(2, is_link_request), 1);
    world.loss = Box::new(|_, _| false);
    first.announce(&mut world);
    run(&mut world, &mut [&mut first], SECOND * 2);
    assert_eq!(world.received(2), ["hello"]);
}

#[test]
fn a_way_that_leads_nowhere_is_asked_for_again_before_the_next_turn() {
    let (mut world, mut first, _) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"hello")];
    let asked = std::cell::Cell::new(false);
    world.loss = Box::new(move |from, packet| {
        asked.set(asked.get() || from == 2 && is_path_request(packet));
        from == 2 && is_link_request(packet) && !asked.get()
    });
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 60);
    assert_eq!(world.received(2), ["hello"]);
    assert_eq!(outcomes(&world), [Err(FetchFailure::NoLink), Ok(())]);
}

#[test]
fn a_node_that_refuses_is_not_asked_in_a_loop() {
    let (mut world, mut first, _) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"hello")];
    first.manner = Manner::Refuses(NodeRefusal::NoAccess);
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], HOUR * 12);
    let refused = Err(FetchFailure::Refused(NodeRefusal::NoAccess));
    assert_eq!(outcomes(&world), [refused; 4], "at the start, and 1, 3 and 7 hours later");
    first.manner = Manner::Refuses(NodeRefusal::NoIdentity);
    let now = world.now();
    world.people[2].router.fetch(now);
    first.asked.clear();
    run(&mut world, &mut [&mut first], SECOND * 8);
    assert_eq!(first.asked.len(), 3, "it may have missed who asks, but not three times");
}

#[test]
fn a_node_that_is_silent_costs_one_link_at_a_time() {
    let (mut world, mut first, _) = world();
    first.entries = vec![entry(&mut world, 0, 2, b"hello")];
    first.manner = Manner::Silent;
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], HOUR * 2);
    assert!(outcomes(&world).iter().all(|outcome| *outcome == Err(FetchFailure::NoAnswer)));
    assert!((6..12).contains(&first.links.len()), "{}", first.links.len());
}

#[test]
fn nonsense_is_counted_and_ends_the_turn() {
    let million = [&[0xdd, 0, 0x0f, 0x42, 0x40][..], &[0xc4, 0].repeat(1_000_000)].concat();
    let list_of_31 = msgpack::encode(&Value::Array(vec![Value::Binary(vec![7; 31])]));
    let huge = msgpack::encode(&Value::Array(vec![Value::Binary(vec![7; 3_000_000])]));
    for (answer, reason) in [
        (million, Some(DropReason::TooLarge)),
        (list_of_31, Some(DropReason::Malformed)),
        (vec![0xdd, 0xff, 0xff, 0xff, 0xff], None),
        (vec![0x07], Some(DropReason::Malformed)),
        (huge, None),
    ] {
        let (mut world, mut first, _) = world();
        first.entries = vec![entry(&mut world, 0, 2, b"hello")];
        first.manner = Manner::Says(answer);
        use_nodes(&mut world, vec![first.address], 0);
        run(&mut world, &mut [&mut first], SECOND * 20);
        let failed = outcomes(&world);
        assert!(matches!(failed[..], [Err(FetchFailure::Nonsense | FetchFailure::NoAnswer)]), "{failed:?}");
        if let Some(reason) = reason {
            assert_eq!(drops(&world, reason), 1, "{reason}");
        }
    }
}

#[test]
fn entries_that_were_not_asked_for_are_not_opened() {
    let (mut world, mut first, _) = world();
    let (asked, other) = (entry(&mut world, 0, 2, b"asked for"), entry(&mut world, 0, 2, b"forced on us"));
    first.entries = vec![asked.clone()];
    first.manner = Manner::Gives(vec![other]);
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 20);
    assert!(world.received(2).is_empty());
    assert!(drops(&world, DropReason::OutOfOrder) >= 1);
    assert!(first.asked.len() <= 20, "{:?}", first.asked);

    let now = world.now();
    let more = (0..3_u8).map(|n| vec![n; 200]).collect();
    first.manner = Manner::Gives(more);
    world.people[2].router.fetch(now);
    run(&mut world, &mut [&mut first], SECOND * 20);
    assert_eq!(outcomes(&world).last(), Some(&Err(FetchFailure::Nonsense)), "three where one was asked for");
}

#[test]
fn entries_that_are_not_for_us_or_that_nobody_can_open_are_forgotten() {
    let (mut world, mut first, _) = world();
    let ours = world.address(2);
    let garbage = [&ours.as_bytes()[..], &[7; 200]].concat();
    let forged = {
        let mut entry = entry(&mut world, 0, 2, b"changed on the way");
        let last = entry.len() - 1;
        entry[last] ^= 1;
        entry
    };
    first.entries = vec![garbage, forged, entry(&mut world, 0, 2, b"good")];
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 8);
    assert_eq!((world.received(2), first.entries.len()), (vec!["good".to_owned()], 0));
    assert_eq!(drops(&world, DropReason::Undecryptable), 2);
    let report = &reports(&world)[0];
    assert_eq!((report.stored, report.refused), (1, 2));
}

#[test]
fn mail_of_an_author_whose_key_is_unknown_stays_on_the_node_until_it_is_known() {
    let mut world = World::of_strangers(4);
    [1, 2].into_iter().for_each(|person| world.announce(person));
    let mut keeper = Keeper::open(&mut world, 3, 4);
    keeper.entries =
        vec![entry(&mut world, 0, 2, b"from a stranger"), entry(&mut world, 1, 2, b"from a friend")];
    world.loss = Box::new(|from, _| from == 0);
    use_nodes(&mut world, vec![keeper.address], 0);
    run(&mut world, &mut [&mut keeper], SECOND * 300);
    assert_eq!((world.received(2), keeper.entries.len()), (vec!["from a friend".to_owned()], 1));
    run(&mut world, &mut [&mut keeper], HOUR * 3);
    let asked = keeper.asked.iter().filter(|(wants, ..)| *wants > 0).count();
    assert!(asked <= 4, "not with every list: {:?}", keeper.asked);
    world.loss = Box::new(|_, _| false);
    world.announce(0);
    run(&mut world, &mut [&mut keeper], HOUR * 6);
    assert_eq!((world.received(2).len(), keeper.entries.len()), (2, 0));
}

#[test]
fn a_message_larger_than_one_round_is_fetched_and_one_that_is_too_large_blocks_nothing() {
    let (mut world, mut first, _) = world();
    let noise = |size: usize| -> Vec<u8> {
        let mut random = crate::rns::random::Random::from_seed([8; 32]);
        (0..size.div_ceil(32)).flat_map(|_| random.bytes::<32>()).take(size).collect()
    };
    first.entries = vec![
        entry(&mut world, 0, 2, b"small"),
        entry(&mut world, 0, 2, &noise(1_200_000)),
        entry(&mut world, 0, 2, &noise(4_600_000)),
    ];
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 40);
    assert_eq!(world.received(2).len(), 2);
    assert_eq!(first.entries.len(), 1);
    assert_eq!(outcomes(&world), [Ok(())]);
    let asked = first.asked.len();
    run(&mut world, &mut [&mut first], Duration::from_secs(3_300));
    assert_eq!(first.asked.len(), asked, "it is left alone for a while");
}

#[test]
fn a_list_longer_than_one_turn_is_worked_off_in_several() {
    let (mut world, mut first, _) = world();
    first.entries = (0..1_100_u32).map(|n| entry(&mut world, 0, 2, &n.to_be_bytes())).collect();
    use_nodes(&mut world, vec![first.address], 0);
    run(&mut world, &mut [&mut first], SECOND * 60);
    assert_eq!((world.received(2).len(), first.entries.len()), (1_100, 0));
}
