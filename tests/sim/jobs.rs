//! Jobs: what a node does with an announce between its arrival and the check of its signature.

use roost::rns::Node;
use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::name_hash;
use roost::rns::error::DropReason;
use roost::rns::event::Event;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::job::Job;
use roost::rns::packet::Packet;
use roost::rns::policy::Policy;
use roost::rns::random::Random;
use roost::rns::time::{Instant, Now, UnixTime};

use crate::network::{group_of, identity};

fn now() -> Now {
    Now { instant: Instant::from_micros(1_000_000), unix: UnixTime::from_secs_f64(1.7e9) }
}

/// A node with interfaces, whose jobs nobody does before a test says so.
fn node(interfaces: usize) -> (Node, Vec<InterfaceId>) {
    let mut node = Node::new([1; 32]);
    let spec = InterfaceSpec {
        name: "wire".to_owned(),
        neighbour: Neighbour::Network,
        hw_mtu: 1196,
        mtu_discovery: true,
        bitrate: 10_000_000,
        access: None,
        mode: Mode::Full,
        policy: Policy::default(),
        air: None,
    };
    let ids = (0..interfaces).map(|_| node.add_interface(now(), spec.clone())).collect();
    (node, ids)
}

fn announce(identity: &Identity, emission: u64) -> Vec<u8> {
    announce_with(identity, emission, &emission.to_be_bytes())
}

fn announce_with(identity: &Identity, emission: u64, app_data: &[u8]) -> Vec<u8> {
    let blob = RandomBlob::draw(emission, &mut Random::from_seed([3; 32]));
    let name = name_hash("meshchat.group");
    Announce::sign(identity, name, blob, None, app_data, AnnounceKind::Live).unwrap()
}

fn destination(frame: &[u8]) -> DestinationHash {
    Packet::parse(frame).unwrap().address.into()
}

fn forged(number: u64) -> Vec<u8> {
    let mut frame = announce(&identity(number), 10);
    *frame.last_mut().unwrap() ^= 1;
    frame
}

fn finish(node: &mut Node, jobs: &[Job]) {
    Job::run_all(jobs).iter().for_each(|done| node.handle_job_done(now(), done));
}

#[test]
fn an_announce_changes_nothing_before_its_signature_is_checked() {
    let (mut node, wires) = node(1);
    let frame = announce(&identity(2), 10);
    node.handle_frame(now(), wires[0], &frame);
    assert_eq!((node.poll_event(), node.recall(destination(&frame))), (None, None));
    assert_eq!((node.hops_to(destination(&frame)), node.table_sizes().jobs), (None, 1));
    let job = node.poll_job().unwrap();
    assert!(node.poll_job().is_none());
    finish(&mut node, &[job]);
    assert!(matches!(node.poll_event(), Some(Event::Announce { hops: 1, .. })));
    assert_eq!((node.hops_to(destination(&frame)), node.table_sizes().jobs), (Some(1), 0));
}

#[test]
fn copies_that_wait_together_are_checked_once_and_the_first_makes_the_path() {
    let (mut node, wires) = node(3);
    let frame = announce(&identity(2), 10);
    for (hops, wire) in [(4, wires[1]), (0, wires[0]), (9, wires[2])] {
        let mut copy = frame.clone();
        copy[1] = hops;
        node.handle_frame(now(), wire, &copy);
    }
    let jobs: Vec<_> = std::iter::from_fn(|| node.poll_job()).collect();
    assert_eq!(jobs.len(), 1);
    finish(&mut node, &jobs);
    assert_eq!(node.hops_to(destination(&frame)), Some(5));
    assert!(node.poll_event().is_some() && node.poll_event().is_none());
    assert_eq!(node.drops().get(DropReason::Stale), 2);
}

#[test]
fn a_copy_with_a_flipped_flag_does_not_stand_in_for_the_genuine_announce() {
    let (mut node, wires) = node(1);
    let genuine = announce_with(&identity(2), 10, &[7; 40]);
    // The flag says that there is a ratchet. It is not part of the hash that a packet is known by.
    let mut flipped = genuine.clone();
    flipped[0] ^= 0x20;
    node.handle_frame(now(), wires[0], &flipped);
    node.handle_frame(now(), wires[0], &genuine);
    node.run_jobs(now());
    assert_eq!(node.hops_to(destination(&genuine)), Some(1));
    assert_eq!(node.drops().get(DropReason::BadSignature), 1);
}

#[test]
fn an_interface_that_goes_takes_the_announces_along_that_came_in_on_it() {
    let (mut node, wires) = node(2);
    let (here, both) = (announce(&identity(2), 10), announce(&identity(3), 10));
    node.handle_frame(now(), wires[0], &here);
    node.handle_frame(now(), wires[0], &both);
    node.handle_frame(now(), wires[1], &both);
    let jobs: Vec<_> = std::iter::from_fn(|| node.poll_job()).collect();
    node.remove_interface(now(), wires[0]);
    finish(&mut node, &jobs);
    assert_eq!(node.hops_to(destination(&here)), None);
    assert_eq!(node.hops_to(destination(&both)), Some(1));
    assert_eq!(node.table_sizes().jobs, 0);
    // The path leads over the interface that is left.
    node.remove_interface(now(), wires[1]);
    assert_eq!(node.hops_to(destination(&both)), None);
}

#[test]
fn a_destination_that_became_ours_meanwhile_is_not_learned_from_an_announce() {
    let (mut node, wires) = node(1);
    node.handle_frame(now(), wires[0], &announce(&identity(2), 10));
    let jobs = [node.poll_job().unwrap()];
    let ours = node.register_destination(group_of(identity(2), "ours"));
    finish(&mut node, &jobs);
    assert_eq!((node.poll_event(), node.hops_to(ours)), (None, None));
    assert_eq!(node.recall(ours).unwrap().app_data.as_deref(), Some(&b"ours"[..]));
    assert_eq!(node.drops().get(DropReason::OwnAnnounce), 1);
}

#[test]
fn an_announce_whose_check_ends_late_does_not_undo_a_newer_one() {
    let (mut node, wires) = node(2);
    let (older, newer) = (announce(&identity(2), 10), announce(&identity(2), 11));
    node.handle_frame(now(), wires[0], &older);
    let late = [node.poll_job().unwrap()];
    let mut copy = newer.clone();
    copy[1] = 3;
    node.handle_frame(now(), wires[1], &copy);
    node.run_jobs(now());
    finish(&mut node, &late);
    assert_eq!(node.hops_to(destination(&newer)), Some(4));
    let known = node.recall(destination(&newer)).unwrap();
    assert_eq!(known.app_data.as_deref(), Some(&11u64.to_be_bytes()[..]));
    assert_eq!(node.drops().get(DropReason::Stale), 1);
}

#[test]
fn a_flood_of_forged_newcomers_does_not_push_out_what_was_asked_for_or_is_known() {
    let (mut node, wires) = node(1);
    let wire = wires[0];
    let known = identity(2);
    node.handle_frame(now(), wire, &announce(&known, 10));
    node.run_jobs(now());
    let asked_for = announce(&identity(3), 10);
    node.request_path(now(), destination(&asked_for));

    (1000..4000).for_each(|number| node.handle_frame(now(), wire, &forged(number)));
    node.handle_frame(now(), wire, &announce(&known, 11));
    node.handle_frame(now(), wire, &asked_for);
    let sizes = node.table_sizes();
    assert!(sizes.jobs <= 1024, "{sizes:?}");
    let first = [node.poll_job().unwrap(), node.poll_job().unwrap()];
    finish(&mut node, &first);
    assert!(node.hops_to(destination(&asked_for)).is_some());
    let emission = node.recall(destination(&announce(&known, 11))).unwrap().app_data.clone();
    assert_eq!(emission.as_deref(), Some(&11u64.to_be_bytes()[..]));

    node.run_jobs(now());
    let drops = node.drops();
    assert_eq!(drops.get(DropReason::BadSignature) + drops.get(DropReason::TableFull), 3000);
    assert_eq!((node.table_sizes().jobs, node.table_sizes().known_destinations), (0, 2));
}
