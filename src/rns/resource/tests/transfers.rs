//! Whole transfers between two ends, and what ends them early.

use std::time::Duration;

use super::{delivered, failed, incompressible, received, transfer};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::FailReason;
use crate::rns::hash::ResourceHash;
use crate::rns::link::tests::{Pair, Pipe, Side};
use crate::rns::link::{ResourceLimit, Terms};
use crate::rns::node::Compression;
use crate::rns::packet::{Context, Packet, PacketType};
use crate::rns::resource::advertisement::Advertisement;
use crate::rns::resource::hashmap;

#[test]
fn three_megabytes_arrive_in_several_segments_in_both_directions() {
    let data = incompressible(b"three", 3_000_000);
    for mtu in [500, 8192, 262_144] {
        for side in [Side::Initiator, Side::Responder] {
            let mut pair = Pair::new(Pipe { mtu, delay: Duration::from_millis(2), ..Pipe::default() });
            transfer(&mut pair, side, &data);
            assert_eq!(pair.sent_with(side, Context::ResourceAdvertisement), 3);
            let sdu = mtu - 36;
            let least = 1_048_640_usize.div_ceil(sdu) * 2 + (3_000_000 - 2 * 1_048_575_usize).div_ceil(sdu);
            let parts = pair.sent_with(side, Context::Resource);
            assert!((least..least + 3).contains(&parts), "{parts} parts instead of {least}");
            assert_eq!(pair.sent_with(side.other(), Context::ResourceProof), 3);
        }
    }
}

#[test]
fn three_megabytes_survive_loss_repetition_and_reordering() {
    let data = incompressible(b"rough", 3_000_000);
    let jitter = Duration::from_millis(8);
    for side in [Side::Initiator, Side::Responder] {
        let mut pair = Pair::new(Pipe { loss: 20, repeat: 20, jitter, mtu: 4096, ..Pipe::default() });
        let hash = pair.send_resource(side, &data);
        pair.run_while(|pair| pair.find(side.other(), received).is_none());
        let (arrived, token) = pair.find(side.other(), received).unwrap();
        assert!(arrived == data);
        pair.prove(side.other(), &token);
        pair.run_while(|pair| pair.find(side, delivered).is_none());
        assert_eq!(pair.find(side, delivered), Some(hash));
        assert_eq!(pair.count(side.other(), |event| received(event).is_some()), 1);
    }
}

#[test]
fn small_sizes_arrive_whole_over_a_rough_pipe() {
    for length in [0, 1, 15, 16, 411, 412, 464, 4640, 34_300, 70_000] {
        let jitter = Duration::from_millis(15);
        let mut pair = Pair::new(Pipe { loss: 100, repeat: 100, jitter, ..Pipe::default() });
        transfer(&mut pair, Side::Initiator, &incompressible(b"small", length));
    }
}

#[test]
fn compressible_data_crosses_in_fewer_parts_when_allowed() {
    let mut pair = Pair::new(Pipe::default());
    let data = b"the quick brown fox ".repeat(5000);
    let now = pair.now;
    pair.initiator.send_resource(now, data.clone(), Compression::Allowed, &mut pair.random).unwrap();
    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
    assert_eq!(pair.find(Side::Responder, received).unwrap().0, data);
    assert!(pair.sent_with(Side::Initiator, Context::Resource) < 10);
}

#[test]
fn proof_of_a_plain_resource_waits_until_it_is_stored() {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(Side::Initiator, &incompressible(b"wait", 5000));
    pair.run_for(Duration::from_secs(25));
    let (_, token) = pair.find(Side::Responder, received).unwrap();
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceProof), 0);
    // The sender has begun to ask for it, in vain.
    assert!(pair.sent_with(Side::Initiator, Context::CacheRequest) >= 1);
    assert_eq!(pair.find(Side::Initiator, delivered), None);
    pair.prove(Side::Responder, &token);
    pair.prove(Side::Responder, &token);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.find(Side::Initiator, delivered), Some(hash));
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceProof), 1, "a token is good for one proof");
}

#[test]
fn resource_that_is_never_proved_fails_at_its_sender() {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(Side::Initiator, &incompressible(b"never", 5000));
    pair.run_while(|pair| pair.find(Side::Initiator, failed).is_none());
    assert_eq!(pair.find(Side::Initiator, failed), Some((hash, FailReason::Timeout)));
    assert_eq!(pair.sent_with(Side::Initiator, Context::CacheRequest), 3);
    assert!(pair.is_open());
}

#[test]
fn lost_proof_is_sent_again_when_the_sender_asks() {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(Side::Initiator, &incompressible(b"lost", 5000));
    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
    let (_, token) = pair.find(Side::Responder, received).unwrap();
    pair.pipe.loss = 1000;
    pair.prove(Side::Responder, &token);
    pair.pipe.loss = 0;
    pair.run_while(|pair| pair.find(Side::Initiator, delivered).is_none());
    assert_eq!(pair.find(Side::Initiator, delivered), Some(hash));
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceProof), 2);
    assert_eq!(pair.count(Side::Responder, |event| received(event).is_some()), 1);
}

#[test]
fn forged_proof_does_not_deliver_a_resource() {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(Side::Initiator, &incompressible(b"forged", 5000));
    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
    for (content, reason) in [
        ([hash.as_bytes().as_slice(), &[0; 32]].concat(), DropReason::BadSignature),
        ([hash.as_bytes().as_slice(), &[0; 31]].concat(), DropReason::BadSignature),
        (vec![0; 64], DropReason::UnexpectedProof),
        (vec![0; 31], DropReason::Malformed),
    ] {
        let forged = pair.plain(Side::Responder, PacketType::Proof, Context::ResourceProof, &content);
        assert_eq!(pair.deliver_unfiltered(Side::Initiator, &forged), Err(reason));
    }
    pair.pump();
    assert_eq!(pair.find(Side::Initiator, delivered), None);
    assert!(pair.is_open());
}

#[test]
fn resource_larger_than_the_limit_is_rejected_before_any_part() {
    for (limit, length) in [(10_000, 10_001), (0, 1)] {
        let terms = Terms { resources: ResourceLimit::bytes(limit), request_paths: Vec::new() };
        let mut pair = Pair::with_terms(Pipe::default(), terms);
        let hash = pair.send_resource(Side::Initiator, &vec![1; length]);
        pair.run_while(|pair| pair.find(Side::Initiator, failed).is_none());
        assert_eq!(pair.find(Side::Initiator, failed), Some((hash, FailReason::Rejected)));
        assert_eq!(pair.sent_with(Side::Initiator, Context::Resource), 0);
        assert!(pair.is_open());
    }
}

#[test]
fn initiator_takes_plain_resources_on_its_own_link_up_to_a_limit() {
    let mut pair = Pair::new(Pipe { mtu: 262_144, ..Pipe::default() });
    transfer(&mut pair, Side::Responder, &incompressible(b"back", 1_200_000));
    let hash = pair.send_resource(Side::Responder, &vec![1; 9 << 20]);
    pair.run_while(|pair| pair.find(Side::Responder, failed).is_none());
    assert_eq!(pair.find(Side::Responder, failed), Some((hash, FailReason::Rejected)));
}

/// A pair with a transfer from `from` that is about half done, and the hash of its segment.
fn halfway(from: Side) -> (Pair, ResourceHash) {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(from, &incompressible(b"halfway", 40_000));
    pair.run_while(|pair| pair.sent_with(from, Context::Resource) < 40);
    (pair, hash)
}

#[test]
fn receiver_that_cancels_halfway_fails_the_sender_and_the_next_one_starts() {
    for side in [Side::Initiator, Side::Responder] {
        let (mut pair, hash) = halfway(side);
        let next = pair.send_resource(side, b"next");
        assert_eq!(pair.sent_with(side, Context::ResourceAdvertisement), 1, "one at a time");
        let cancel = pair.sealed(side.other(), Context::ResourceReceiverCancel, hash.as_bytes());
        pair.deliver_unfiltered(side, &cancel).unwrap();
        pair.run_while(|pair| pair.find(side.other(), received).is_none());
        assert_eq!(pair.find(side, failed), Some((hash, FailReason::Cancelled)));
        let (data, token) = pair.find(side.other(), received).unwrap();
        assert_eq!(data, b"next");
        pair.prove(side.other(), &token);
        pair.run_for(Duration::from_secs(1));
        assert_eq!(pair.find(side, delivered), Some(next));
    }
}

#[test]
fn sender_that_cancels_halfway_is_echoed_and_nothing_arrives() {
    for side in [Side::Initiator, Side::Responder] {
        let (mut pair, hash) = halfway(side);
        let cancel = pair.sealed(side, Context::ResourceInitiatorCancel, hash.as_bytes());
        pair.deliver_unfiltered(side.other(), &cancel).unwrap();
        pair.run_for(Duration::from_secs(200));
        assert_eq!(pair.sent_with(side.other(), Context::ResourceReceiverCancel), 1);
        assert_eq!(pair.find(side.other(), received), None);
        assert_eq!(pair.find(side, failed), Some((hash, FailReason::Cancelled)), "the echo ends it");
        assert!(pair.is_open());
    }
}

#[test]
fn cancel_of_something_else_changes_nothing() {
    let (mut pair, _) = halfway(Side::Initiator);
    for context in [Context::ResourceReceiverCancel, Context::ResourceInitiatorCancel] {
        for to in [Side::Initiator, Side::Responder] {
            let stray = pair.sealed(to.other(), context, &[0; 32]);
            assert_eq!(pair.deliver_unfiltered(to, &stray), Err(DropReason::OutOfOrder));
        }
    }
    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
}

#[test]
fn advertisement_without_answer_is_repeated_four_times_and_given_up() {
    // Keepalives must pass, or the link would be closed first.
    let mut pair = Pair::new(Pipe { delay: Duration::from_secs(1), ..Pipe::default() });
    pair.pipe.loss = 1000;
    let hash = pair.send_resource(Side::Initiator, b"nobody is there");
    pair.run_while(|pair| pair.find(Side::Initiator, failed).is_none());
    assert_eq!(pair.find(Side::Initiator, failed), Some((hash, FailReason::Timeout)));
    assert_eq!(pair.sent_with(Side::Initiator, Context::ResourceAdvertisement), 5);
    assert_eq!(pair.sent_with(Side::Initiator, Context::ResourceInitiatorCancel), 1);
}

#[test]
fn receiver_gives_up_after_sixteen_unanswered_requests() {
    let (mut pair, _) = halfway(Side::Initiator);
    let before = pair.sent_with(Side::Responder, Context::ResourceRequest);
    // From now on nothing arrives but keepalives.
    let end = pair.now.instant.after(Duration::from_secs(150));
    pair.pipe.loss = 1000;
    while pair.now.instant < end {
        pair.run_for(Duration::from_secs(2));
        for (to, content) in [(Side::Responder, 0xff), (Side::Initiator, 0xfe)] {
            let alive = pair.plain(to.other(), PacketType::Data, Context::KeepAlive, &[content]);
            pair.deliver_unfiltered(to, &alive).unwrap();
        }
    }
    let repeats = pair.sent_with(Side::Responder, Context::ResourceRequest) - before;
    assert!((16..=17).contains(&repeats), "{repeats} repeats");
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceReceiverCancel), 1);
    assert!(pair.find(Side::Initiator, failed).is_some_and(|(_, reason)| reason == FailReason::Timeout));
    assert!(pair.is_open());
}

#[test]
fn repeated_part_request_is_answered_once() {
    let (mut pair, _) = halfway(Side::Initiator);
    let request = pair.sent.iter().rev().find_map(|(from, _, frame)| {
        let is_request = Packet::parse(frame).unwrap().context == Context::ResourceRequest;
        (*from == Side::Responder && is_request).then(|| frame.clone())
    });
    let sent = pair.sent.len();
    assert_eq!(pair.deliver_unfiltered(Side::Initiator, &request.unwrap()), Err(DropReason::OutOfOrder));
    pair.pump();
    assert_eq!(pair.sent.len(), sent);
}

#[test]
fn map_request_out_of_sequence_cancels_the_transfer() {
    let (mut pair, hash) = halfway(Side::Initiator);
    let part = pair.sent.iter().find_map(|(_, _, frame)| {
        let packet = Packet::parse(frame).unwrap();
        (packet.context == Context::Resource).then(|| packet.payload.to_vec())
    });
    let advertisement = Advertisement::parse(&{
        let frame = pair.sent[0].2.clone();
        let payload = Packet::parse(&frame).unwrap().payload.to_vec();
        pair.session(Side::Responder).open(&payload).unwrap()
    })
    .unwrap();
    let first = hashmap::MapHash::of(&part.unwrap(), advertisement.random_hash);
    let request = [&[0xff][..], first.as_bytes(), hash.as_bytes()].concat();
    let frame = pair.sealed(Side::Responder, Context::ResourceRequest, &request);
    pair.deliver_unfiltered(Side::Initiator, &frame).unwrap();
    pair.pump();
    assert_eq!(pair.find(Side::Initiator, failed), Some((hash, FailReason::Cancelled)));
    assert_eq!(pair.sent_with(Side::Initiator, Context::ResourceInitiatorCancel), 1);
}

#[test]
fn queue_of_outgoing_resources_has_an_end() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    let mut send = |length| {
        pair.initiator.send_resource(now, vec![1; length], Compression::Off, &mut pair.random).is_ok()
    };
    assert_eq!((0..300).filter(|_| send(10)).count(), 256);
    let mut pair = Pair::new(Pipe { mtu: 262_144, ..Pipe::default() });
    let mut send =
        |length| pair.initiator.send_resource(now, vec![1; length], Compression::Off, &mut pair.random);
    assert!(send(70 << 20).is_ok(), "one alone may be large");
    assert_eq!(send(1), Err(MisuseError::Full));
}
