//! What a link does between its ends: handshake, packets, proofs, keepalive, close.

use std::time::Duration;

use super::pair::{Pair, Pipe, Side, advance, responder_identity};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::{CloseReason, Event, FailReason, ProofToken};
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::link::{Link, Terms};
use crate::rns::packet::{Context, Packet, PacketType};
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now};

const ALICE: [u8; 64] = [4; 64];

fn closed(event: &Event) -> Option<CloseReason> {
    match event {
        Event::LinkClosed { reason, .. } => Some(*reason),
        _ => None,
    }
}

fn data(event: &Event) -> Option<(Vec<u8>, ProofToken)> {
    match event {
        Event::LinkPacket { data, proof, .. } => Some((data.clone(), proof.clone())),
        _ => None,
    }
}

/// A pending link and its request.
fn pending(random: &mut Random, mtu: usize) -> (Link, Vec<u8>) {
    let destination = DestinationHash::from_bytes([9; 16]);
    let peer = responder_identity().public().clone();
    let mut link = Link::open(Now::default(), destination, peer, 2, 1000, mtu, random);
    let request = link.poll_transmit().unwrap();
    (link, request)
}

fn accept(request: &[u8], max_mtu: usize, random: &mut Random) -> (Link, Vec<u8>) {
    let packet = Packet::parse(request).unwrap();
    let identity = responder_identity();
    let mut link =
        Link::accept(Now::default(), &packet, 2, &identity, max_mtu, Terms::default(), random).unwrap();
    let proof = link.poll_transmit().unwrap();
    (link, proof)
}

#[test]
fn both_ends_become_active_and_agree_on_the_smaller_mtu() {
    for (signalled, capable, mdu) in
        [(500, 8192, 431), (8192, 500, 431), (8192, 8192, 8111), (262_144, 8192, 8111)]
    {
        let mut random = Random::from_seed([1; 32]);
        let (mut initiator, request) = pending(&mut random, signalled);
        let (mut responder, proof) = accept(&request, capable, &mut random);
        assert!(!initiator.is_active() && !responder.is_active());
        let later = advance(Now::default(), Duration::from_millis(300));
        initiator.handle_packet(later, &Packet::parse(&proof).unwrap(), &mut random).unwrap();
        let rtt = initiator.poll_transmit().unwrap();
        responder.handle_packet(later, &Packet::parse(&rtt).unwrap(), &mut random).unwrap();
        assert!(initiator.is_active() && responder.is_active());
        assert_eq!((initiator.mdu(), responder.mdu()), (mdu, mdu));
        assert_eq!(responder.round_trip(), Duration::from_millis(300));
        for (link, opened) in [(&mut initiator, true), (&mut responder, false)] {
            let event = link.poll_event();
            assert!(matches!(event, Some(Event::LinkEstablished { initiator, .. }) if initiator == opened));
            assert_eq!(link.poll_event(), None);
        }
    }
}

#[test]
fn link_packets_leave_with_hops_zero_and_a_type_one_header() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    pair.initiator.send_packet(now, b"hello", Duration::ZERO, &mut pair.random).unwrap();
    pair.pump();
    let (_, _, frame) = &pair.sent[0];
    assert_eq!(frame[..2], [0x0c, 0]);
}

#[test]
fn forged_link_proof_changes_nothing_and_the_link_keeps_waiting() {
    let mut random = Random::from_seed([1; 32]);
    let (mut link, request) = pending(&mut random, 500);
    let (_, proof) = accept(&request, 500, &mut random);
    let packet = Packet::parse(&proof).unwrap();
    // Somebody else's identity signs the same request.
    let mallory = Identity::from_private_bytes(&[6; 64]);
    let request = Packet::parse(&request).unwrap();
    let forged = Link::accept(Now::default(), &request, 2, &mallory, 500, Terms::default(), &mut random)
        .unwrap()
        .poll_transmit()
        .unwrap();
    let forged = Packet::parse(&forged).unwrap();
    assert_eq!(link.handle_packet(Now::default(), &forged, &mut random), Err(DropReason::BadSignature));
    for length in [0, 63, 95, 96, 97, 98] {
        let cut = Packet { payload: &packet.payload[..length], ..packet };
        assert!(link.handle_packet(Now::default(), &cut, &mut random).is_err());
    }
    let mut other_mode = packet.payload.to_vec();
    other_mode[96] = 0;
    let other_mode = Packet { payload: &other_mode, ..packet };
    assert_eq!(
        link.handle_packet(Now::default(), &other_mode, &mut random),
        Err(DropReason::UnsupportedMode)
    );
    assert!(!link.is_active() && !link.is_closed());
    assert_eq!((link.poll_transmit(), link.poll_event()), (None, None));
    link.handle_packet(Now::default(), &packet, &mut random).unwrap();
    assert!(link.is_active());
}

#[test]
fn second_proof_does_not_disturb_an_established_link() {
    let mut random = Random::from_seed([1; 32]);
    let (mut link, request) = pending(&mut random, 500);
    let (_, first) = accept(&request, 500, &mut random);
    let (_, second) = accept(&request, 500, &mut random);
    link.handle_packet(Now::default(), &Packet::parse(&first).unwrap(), &mut random).unwrap();
    let id = link.id();
    let outcome = link.handle_packet(Now::default(), &Packet::parse(&second).unwrap(), &mut random);
    assert_eq!(outcome, Err(DropReason::OutOfOrder));
    assert!(link.is_active() && link.id() == id);
}

#[test]
fn link_that_gets_no_proof_is_closed_after_its_establishment_timeout() {
    let mut random = Random::from_seed([1; 32]);
    let (mut link, _) = pending(&mut random, 500);
    // 6 s and 500 bytes at 1000 bit/s for the first hop, 6 s for each of two hops.
    assert_eq!(link.poll_timeout(), Some(Instant::from_micros(22_000_000)));
    link.handle_timeout(advance(Now::default(), Duration::from_millis(21_999)), &mut random);
    assert!(!link.is_closed());
    link.handle_timeout(advance(Now::default(), Duration::from_secs(22)), &mut random);
    assert!(link.is_closed());
    assert_eq!(link.poll_event().as_ref().and_then(closed), Some(CloseReason::Timeout));
    assert_eq!(link.poll_transmit(), None);
}

#[test]
fn responder_forgets_a_handshake_that_nobody_finishes() {
    let mut random = Random::from_seed([1; 32]);
    let (_, request) = pending(&mut random, 500);
    let (mut link, _) = accept(&request, 500, &mut random);
    assert_eq!(link.poll_timeout(), Some(Instant::from_micros(372_000_000)));
    link.handle_timeout(advance(Now::default(), Duration::from_secs(372)), &mut random);
    assert!(link.is_closed());
    assert_eq!(link.poll_event(), None);
}

#[test]
fn lost_round_trip_packet_does_not_cost_the_link() {
    let mut random = Random::from_seed([1; 32]);
    let (mut initiator, request) = pending(&mut random, 500);
    let (mut responder, proof) = accept(&request, 500, &mut random);
    initiator.handle_packet(Now::default(), &Packet::parse(&proof).unwrap(), &mut random).unwrap();
    let rtt = initiator.poll_transmit().unwrap();
    initiator.send_packet(Now::default(), b"first", Duration::ZERO, &mut random).unwrap();
    let first = initiator.poll_transmit().unwrap();
    responder.handle_packet(Now::default(), &Packet::parse(&first).unwrap(), &mut random).unwrap();
    assert!(matches!(responder.poll_event(), Some(Event::LinkEstablished { .. })));
    assert_eq!(responder.poll_event().as_ref().and_then(data).unwrap().0, b"first");
    // It was only late.
    responder.handle_packet(Now::default(), &Packet::parse(&rtt).unwrap(), &mut random).unwrap();
    assert!(responder.is_active());
    assert_eq!(responder.poll_event(), None);
}

#[test]
fn unreadable_round_trip_packet_closes_the_handshake() {
    let mut random = Random::from_seed([1; 32]);
    let (mut initiator, request) = pending(&mut random, 500);
    let (mut responder, proof) = accept(&request, 500, &mut random);
    initiator.handle_packet(Now::default(), &Packet::parse(&proof).unwrap(), &mut random).unwrap();
    let super::super::State::Established(link) = &initiator.state else { panic!("not established") };
    let frame = link.session.seal(Context::LinkRtt, b"\xc1", [0; 16]);
    assert!(responder.handle_packet(Now::default(), &Packet::parse(&frame).unwrap(), &mut random).is_err());
    assert!(responder.is_closed());
}

#[test]
fn packet_is_proved_only_when_asked_and_then_delivered() {
    for side in [Side::Initiator, Side::Responder] {
        let mut pair = Pair::new(Pipe::default());
        let now = pair.now;
        let (link, random) = pair.link(side);
        let hash = link.send_packet(now, b"hello", Duration::ZERO, random).unwrap();
        pair.run_for(Duration::from_millis(500));
        let (content, token) = pair.find(side.other(), data).unwrap();
        assert_eq!(content, b"hello");
        assert_eq!(pair.sent.len(), 1, "nothing is proved by itself");
        pair.prove(side.other(), &token);
        pair.run_for(Duration::from_millis(100));
        let delivered = pair.find(side, |event| match event {
            Event::PacketDelivered { packet, round_trip } => Some((*packet, *round_trip)),
            _ => None,
        });
        assert_eq!(delivered, Some((hash, Duration::from_millis(510))));
        pair.run_for(Duration::from_secs(4));
        assert_eq!(pair.count(side, |event| matches!(event, Event::PacketTimedOut { .. })), 0);
    }
}

#[test]
fn packet_without_proof_times_out_once() {
    let mut pair = Pair::new(Pipe { loss: 1000, ..Pipe::default() });
    let now = pair.now;
    let hash = pair.initiator.send_packet(now, b"hello", Duration::ZERO, &mut pair.random).unwrap();
    pair.run_for(Duration::from_secs(4));
    let timed_out: Vec<_> = pair.events.drain(..).collect();
    assert_eq!(timed_out, [(Side::Initiator, Event::PacketTimedOut { packet: hash })]);
}

#[test]
fn proof_is_awaited_for_as_long_as_the_caller_has_patience_and_for_others_no_longer() {
    let mut pair = Pair::new(Pipe::default());
    let (now, patience) = (pair.now, Duration::from_secs(15));
    let patient = pair.initiator.send_packet(now, b"hello", patience, &mut pair.random).unwrap();
    let other = pair.initiator.send_packet(now, b"hello", Duration::ZERO, &mut pair.random).unwrap();
    for (duration, packet) in [(4, other), (12, patient)] {
        pair.run_for(Duration::from_secs(duration));
        let timed_out = pair.find(Side::Initiator, |event| match event {
            Event::PacketTimedOut { packet } => Some(*packet),
            _ => None,
        });
        assert_eq!(timed_out, Some(packet));
        pair.events.clear();
    }
}

#[test]
fn forged_packet_proof_delivers_nothing() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    let hash = pair.initiator.send_packet(now, b"hello", Duration::ZERO, &mut pair.random).unwrap();
    let mut content = hash.as_bytes().to_vec();
    content.extend(Identity::from_private_bytes(&[6; 64]).sign(hash.as_bytes()));
    let forged = pair.plain(Side::Responder, PacketType::Proof, Context::None, &content);
    assert_eq!(pair.deliver_unfiltered(Side::Initiator, &forged), Err(DropReason::BadSignature));
    let short = pair.plain(Side::Responder, PacketType::Proof, Context::None, &content[32..]);
    assert_eq!(pair.deliver_unfiltered(Side::Initiator, &short), Err(DropReason::Malformed));
    content[0] ^= 1;
    let unknown = pair.plain(Side::Responder, PacketType::Proof, Context::None, &content);
    assert_eq!(pair.deliver_unfiltered(Side::Initiator, &unknown), Err(DropReason::UnexpectedProof));
    pair.pump();
    assert!(pair.events.is_empty());
}

#[test]
fn packet_larger_than_the_mdu_is_refused_to_our_caller() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    let refused = pair.initiator.send_packet(now, &[0; 432], Duration::ZERO, &mut pair.random);
    assert_eq!(refused, Err(MisuseError::TooLarge { size: 432, limit: 431 }));
    pair.initiator.send_packet(now, &[0; 431], Duration::ZERO, &mut pair.random).unwrap();
    assert!(pair.initiator.poll_transmit().unwrap().len() <= 500);
}

#[test]
fn first_identity_on_a_link_is_the_one_that_counts() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    for private in [ALICE, [5; 64]] {
        let identity = Identity::from_private_bytes(&private);
        pair.initiator.identify(now, &identity, &mut pair.random).unwrap();
    }
    pair.run_for(Duration::from_secs(1));
    let identified = |event: &Event| match event {
        Event::LinkIdentified { identity, .. } => Some(identity.clone()),
        _ => None,
    };
    let alice = Identity::from_private_bytes(&ALICE);
    assert_eq!(pair.find(Side::Responder, identified).as_ref(), Some(alice.public()));
    assert_eq!(pair.count(Side::Responder, |event| identified(event).is_some()), 1);
    let misuse = pair.responder.identify(now, &alice, &mut pair.random);
    assert_eq!(misuse, Err(MisuseError::NotInitiator));
}

#[test]
fn identity_with_a_wrong_signature_is_not_believed() {
    let mut pair = Pair::new(Pipe::default());
    let alice = Identity::from_private_bytes(&ALICE);
    let mut content = alice.public().as_bytes().to_vec();
    content.extend(Identity::from_private_bytes(&[6; 64]).sign(b"anything"));
    let frame = pair.sealed(Side::Initiator, Context::LinkIdentify, &content);
    assert_eq!(pair.deliver_unfiltered(Side::Responder, &frame), Err(DropReason::BadSignature));
    pair.pump();
    assert!(pair.events.is_empty());
}

#[test]
fn closing_one_end_closes_the_other_and_fails_what_is_open() {
    for (side, reason) in
        [(Side::Initiator, CloseReason::Initiator), (Side::Responder, CloseReason::Destination)]
    {
        let mut pair = Pair::new(Pipe::default());
        let now = pair.now;
        let (other, random) = pair.link(side.other());
        let packet = other.send_packet(now, b"hello", Duration::ZERO, random).unwrap();
        let resource = pair.send_resource(side.other(), &[1; 5000]);
        let (link, random) = pair.link(side);
        link.close(now, random);
        assert!(link.is_closed());
        pair.run_for(Duration::from_secs(1));
        assert_eq!(pair.find(side, closed), Some(reason));
        let failed: Vec<_> =
            pair.events.iter().filter(|(at, _)| *at == side.other()).map(|(_, e)| e).collect();
        let (link, destination) = (pair.initiator.id(), pair.initiator.destination());
        assert_eq!(failed.len(), 3);
        assert_eq!(*failed[0], Event::PacketTimedOut { packet });
        assert_eq!(*failed[1], Event::ResourceFailed { link, resource, reason: FailReason::LinkClosed });
        assert_eq!(*failed[2], Event::LinkClosed { link, destination, reason });
        assert!(pair.initiator.is_closed() && pair.responder.is_closed());
        assert_eq!(pair.initiator.poll_timeout(), None);
    }
}

#[test]
fn close_of_another_link_is_ignored() {
    let mut pair = Pair::new(Pipe::default());
    let frame = pair.sealed(Side::Initiator, Context::LinkClose, &[0; 16]);
    assert_eq!(pair.deliver_unfiltered(Side::Responder, &frame), Err(DropReason::Malformed));
    assert!(pair.responder.is_active());
}

#[test]
fn abandoned_link_says_nothing_and_forgets_what_waits() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    pair.initiator.send_packet(now, b"hello", Duration::ZERO, &mut pair.random).unwrap();
    pair.initiator.abandon(CloseReason::InterfaceGone);
    pair.pump();
    assert!(pair.sent.is_empty());
    assert_eq!(pair.find(Side::Initiator, closed), Some(CloseReason::InterfaceGone));
}

#[test]
fn silent_link_is_kept_alive_for_a_day_by_both_roles() {
    let mut pair = Pair::new(Pipe { delay: Duration::from_millis(400), ..Pipe::default() });
    pair.run_for(Duration::from_secs(86_400));
    assert!(pair.is_open());
    assert!(pair.events.is_empty());
    // An interval of 0.8 s × 360 / 1.75.
    let interval = 164.57;
    for side in [Side::Initiator, Side::Responder] {
        let sent = f64::from(u32::try_from(pair.sent_with(side, Context::KeepAlive)).unwrap());
        assert!((sent - 86_400.0 / interval).abs() < 5.0, "{side:?} sent {sent}");
    }
    assert!(pair.sent.iter().all(|(_, _, frame)| frame.len() == 20));
}

#[test]
fn link_whose_peer_is_gone_turns_stale_and_is_closed() {
    for side in [Side::Initiator, Side::Responder] {
        let mut pair = Pair::new(Pipe { delay: Duration::from_millis(1), ..Pipe::default() });
        match side {
            Side::Initiator => pair.responder.abandon(CloseReason::InterfaceGone),
            Side::Responder => pair.initiator.abandon(CloseReason::InterfaceGone),
        }
        let start = pair.now.instant;
        pair.run_while(|pair| pair.find(side, closed).is_none());
        // Two intervals of 5 s, then 5 s and four round trips of grace.
        let lived = pair.now.instant.since(start);
        assert!(lived > Duration::from_millis(14_990) && lived < Duration::from_millis(15_100), "{lived:?}");
        assert_eq!(pair.find(side, closed), Some(CloseReason::Timeout));
        assert_eq!(pair.sent_with(side, Context::LinkClose), 1);
    }
}

#[test]
fn stale_link_lives_again_when_something_is_heard() {
    let mut pair = Pair::new(Pipe { delay: Duration::from_millis(1), loss: 1000, ..Pipe::default() });
    pair.run_for(Duration::from_secs(12));
    assert!(pair.is_open());
    pair.pipe.loss = 0;
    pair.run_for(Duration::from_secs(60));
    assert!(pair.is_open());
    assert!(pair.events.is_empty());
}

#[test]
fn own_keepalive_that_comes_back_is_no_sign_of_life() {
    let mut pair = Pair::new(Pipe { delay: Duration::from_millis(1), loss: 1000, ..Pipe::default() });
    let end = pair.now.instant.after(Duration::from_secs(20));
    while pair.now.instant < end && pair.initiator.is_active() {
        let echo = pair.plain(Side::Initiator, PacketType::Data, Context::KeepAlive, &[0xff]);
        assert!(pair.deliver_unfiltered(Side::Initiator, &echo).is_err());
        pair.run_for(Duration::from_millis(500));
    }
    assert_eq!(pair.find(Side::Initiator, closed), Some(CloseReason::Timeout));
}
