use super::*;
use crate::rns::announce::{AnnounceKind, RandomBlob};
use crate::rns::destination::name_hash;
use crate::rns::identity::Identity;
use crate::rns::random::Random;

const A: InterfaceId = InterfaceId(1);
const B: InterfaceId = InterfaceId(2);

/// An announce of its own, not signed: nobody looks here. `hops` and `via` are those of the header.
fn frame(n: u16, hops: u8, via: Option<u8>) -> Vec<u8> {
    let mut payload = vec![0; 148];
    payload[..2].copy_from_slice(&n.to_be_bytes());
    let identity = crate::rns::identity::PublicIdentity::from_slice(&payload[..64]).unwrap();
    let name = crate::rns::hash::NameHash::from_bytes([0; 10]);
    let destination = crate::rns::destination::destination_hash(name, identity.hash());
    let packet =
        Packet::new(PacketType::Announce, DestinationType::Single, destination, Context::None, &payload);
    let transport_id = via.map(|by| IdentityHash::from_bytes([by; 16]));
    let propagation = if via.is_some() { Propagation::Transport } else { Propagation::Broadcast };
    Packet { hops, transport_id, propagation, ..packet }.pack()
}

fn offer(queue: &mut JobQueue, urgency: Urgency, on: InterfaceId, n: u16) -> Result<(), DropReason> {
    queue.offer(urgency, on, &Packet::parse(&frame(n, 0, None)).unwrap())
}

/// Takes the next job and answers it; which announce it was for, and where its copies came in.
fn next(queue: &mut JobQueue) -> Option<(u16, Vec<u64>)> {
    let job = queue.poll_job()?;
    let heard = queue.finish(&JobDone { announce: job.announce, outcome: Outcome::Genuine })?.unwrap();
    let key = heard.announce.identity.as_bytes();
    let copies = heard.copies.iter().map(|copy| copy.interface.0).collect();
    Some((u16::from_be_bytes([key[0], key[1]]), copies))
}

fn order(queue: &mut JobQueue) -> Vec<u16> {
    std::iter::from_fn(|| next(queue)).map(|(n, _)| n).collect()
}

#[test]
fn lanes_take_turns_and_in_each_the_asked_for_come_first() {
    let mut queue = JobQueue::default();
    for n in 0..4 {
        offer(&mut queue, Urgency::Newcomer, A, n).unwrap();
    }
    offer(&mut queue, Urgency::Known, A, 10).unwrap();
    offer(&mut queue, Urgency::AskedFor, A, 20).unwrap();
    offer(&mut queue, Urgency::Newcomer, B, 30).unwrap();
    offer(&mut queue, Urgency::Known, B, 31).unwrap();
    assert_eq!(order(&mut queue), [20, 31, 10, 30, 0, 1, 2, 3]);
    assert!(queue.entries.is_empty() && queue.lanes.is_empty());
}

#[test]
fn copies_of_one_announce_are_one_job_and_each_is_told_of() {
    let mut queue = JobQueue::default();
    let copies = [(A, frame(1, 2, Some(7))), (A, frame(1, 3, Some(8))), (B, frame(1, 1, None))];
    let outcomes =
        copies.map(|(on, frame)| queue.offer(Urgency::Newcomer, on, &Packet::parse(&frame).unwrap()));
    // On one interface the first copy counts.
    assert_eq!(outcomes, [Ok(()), Err(DropReason::Stale), Ok(())]);
    let job = queue.poll_job().unwrap();
    assert!(queue.poll_job().is_none());
    // While it is checked, another may come.
    let late = frame(1, 4, Some(9));
    queue.offer(Urgency::Newcomer, InterfaceId(3), &Packet::parse(&late).unwrap()).unwrap();
    let done = JobDone { announce: job.announce, outcome: Outcome::Genuine };
    let heard = queue.finish(&done).unwrap().unwrap();
    let packets: Vec<_> = heard.copies.iter().map(|copy| heard.packet(copy).pack()).collect();
    assert_eq!(packets, [frame(1, 2, Some(7)), frame(1, 1, None), late]);
    assert!(queue.finish(&done).is_none());
}

#[test]
fn the_number_of_copies_has_a_cap() {
    let mut queue = JobQueue::default();
    let taken = (0..100).filter(|on| offer(&mut queue, Urgency::Known, InterfaceId(*on), 1).is_ok());
    assert_eq!(taken.count(), MAX_COPIES);
    assert_eq!(next(&mut queue).unwrap().1.len(), MAX_COPIES);
}

#[test]
fn a_flood_on_one_interface_costs_the_others_nothing() {
    let mut queue = JobQueue::default();
    for n in 0..10 {
        offer(&mut queue, Urgency::Newcomer, B, n).unwrap();
    }
    let admitted = (100..10_000).filter(|n| offer(&mut queue, Urgency::Newcomer, A, *n).is_ok()).count();
    assert_eq!((admitted, queue.len()), (MAX_ON_INTERFACE, MAX_ON_INTERFACE + 10));
    let first: Vec<_> = (0..20).map(|_| next(&mut queue).unwrap().0).collect();
    assert_eq!(first.iter().filter(|n| **n < 10).count(), 10);
}

#[test]
fn a_full_lane_lets_the_least_urgent_go() {
    let mut queue = JobQueue::default();
    for n in 0..1024 {
        offer(&mut queue, Urgency::Newcomer, A, n).unwrap();
    }
    assert_eq!(offer(&mut queue, Urgency::Newcomer, A, 2000), Err(DropReason::TableFull));
    assert_eq!(offer(&mut queue, Urgency::Known, A, 2001), Err(DropReason::TableFull));
    let order = order(&mut queue);
    assert_eq!((order.len(), order[0], order[1]), (MAX_ON_INTERFACE, 2001, 0));
    assert!(!order.contains(&1023) && !order.contains(&2000));
}

#[test]
fn all_lanes_together_have_a_cap_and_the_longest_pays() {
    let mut queue = JobQueue::default();
    for n in 0..20_000u16 {
        let lane = InterfaceId(u64::from(n % 8));
        let _ = offer(&mut queue, Urgency::Newcomer, lane, n);
        assert!(queue.len() <= MAX_ENTRIES);
    }
    assert_eq!(queue.len(), MAX_ENTRIES);
    let _ = offer(&mut queue, Urgency::Newcomer, InterfaceId(99), 30_000);
    assert_eq!((queue.len(), queue.lane_len(InterfaceId(99))), (MAX_ENTRIES, 1));
    // What is being checked counts as well.
    let jobs: Vec<_> = std::iter::from_fn(|| queue.poll_job()).collect();
    assert_eq!((jobs.len(), queue.len()), (MAX_ENTRIES, MAX_ENTRIES));
    assert_eq!(offer(&mut queue, Urgency::AskedFor, A, 30_001), Err(DropReason::TableFull));
}

#[test]
fn a_copy_from_a_quiet_interface_does_not_wait_behind_a_flood() {
    let mut queue = JobQueue::default();
    for n in 0..1000 {
        offer(&mut queue, Urgency::Newcomer, A, n).unwrap();
    }
    offer(&mut queue, Urgency::Newcomer, B, 999).unwrap();
    let first = [next(&mut queue).unwrap(), next(&mut queue).unwrap()];
    assert!(first.contains(&(999, vec![A.0, B.0])), "{first:?}");
}

#[test]
fn what_came_in_on_a_lost_interface_is_not_checked_unless_it_came_in_elsewhere() {
    let mut queue = JobQueue::default();
    for (on, n) in [(A, 1), (A, 2), (B, 2), (A, 3), (B, 3), (B, 4), (A, 4)] {
        offer(&mut queue, Urgency::Newcomer, on, n).unwrap();
    }
    let taken = queue.poll_job().unwrap();
    queue.remove_interface(A);
    let _ = queue.finish(&JobDone { announce: taken.announce, outcome: Outcome::Genuine });
    let mut left: Vec<_> = std::iter::from_fn(|| next(&mut queue)).collect();
    left.sort();
    assert!(left.iter().all(|(n, copies)| *n > 1 && *copies == [B.0]), "{left:?}");
    assert!(left.len() >= 2 && queue.entries.is_empty() && queue.lanes.is_empty());
}

#[test]
fn a_job_that_outlives_its_interface_is_about_nothing() {
    let mut queue = JobQueue::default();
    offer(&mut queue, Urgency::Newcomer, A, 1).unwrap();
    let job = queue.poll_job().unwrap();
    queue.remove_interface(A);
    assert!(queue.finish(&JobDone { announce: job.announce, outcome: Outcome::Genuine }).is_none());
    assert_eq!(queue.len(), 0);
}

#[test]
fn jobs_say_which_announces_are_genuine() {
    let identity = Identity::from_private_bytes(&[7; 64]);
    let blob = RandomBlob::draw(1, &mut Random::from_seed([1; 32]));
    let name = name_hash("lxmf.delivery");
    let genuine = Announce::sign(&identity, name, blob, None, b"x", AnnounceKind::Live).unwrap();
    let mut forged = genuine.clone();
    *forged.last_mut().unwrap() ^= 1;
    let mut queue = JobQueue::default();
    for frame in [&genuine, &forged] {
        queue.offer(Urgency::Newcomer, A, &Packet::parse(frame).unwrap()).unwrap();
    }
    let jobs: Vec<_> = std::iter::from_fn(|| queue.poll_job()).collect();
    let outcomes: Vec<_> =
        Job::run_all(&jobs).iter().map(|done| queue.finish(done).unwrap().is_ok()).collect();
    assert_eq!(outcomes, [true, false]);
}
