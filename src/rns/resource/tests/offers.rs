//! Segments that are offered by hand: damaged, too large, out of turn, with metadata.

use std::time::Duration;

use super::{incompressible, offer, received, transfer};
use crate::rns::error::DropReason;
use crate::rns::event::{CloseReason, Event, FailReason};
use crate::rns::hash::{RequestId, ResourceHash};
use crate::rns::link::tests::{Pair, Pipe, Side};
use crate::rns::packet::Context;
use crate::rns::resource::advertisement::{Advertisement, Encoding, Metadata, Purpose};

#[test]
fn compressed_bomb_is_stopped_at_the_advertised_size_and_closes_the_link() {
    let mut pair = Pair::new(Pipe::default());
    offer(&mut pair, Side::Initiator, &vec![0; 500_000], |advertisement, segment| {
        assert_eq!(segment.encoding, Encoding::Bzip2);
        advertisement.data_size = 1000;
    });
    let closed = |event: &Event| match event {
        Event::LinkClosed { reason, .. } => Some(*reason),
        _ => None,
    };
    assert_eq!(pair.find(Side::Responder, closed), Some(CloseReason::Protocol));
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceReceiverCancel), 1);
    assert_eq!(pair.find(Side::Responder, received), None);
}

#[test]
fn damaged_resource_is_not_delivered_and_not_proved() {
    let mut pair = Pair::new(Pipe::default());
    offer(&mut pair, Side::Initiator, &incompressible(b"damaged", 1000), |advertisement, _| {
        let other = ResourceHash::from_bytes([5; 32]);
        (advertisement.hash, advertisement.original) = (other, other);
    });
    assert_eq!(pair.find(Side::Responder, received), None);
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceProof), 0);
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceReceiverCancel), 1);
    assert!(pair.is_open());
}

#[test]
fn more_data_than_advertised_is_not_delivered() {
    let mut pair = Pair::new(Pipe::default());
    offer(&mut pair, Side::Initiator, &incompressible(b"more", 1000), |advertisement, _| {
        advertisement.data_size = 999;
    });
    assert_eq!(pair.find(Side::Responder, received), None);
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceProof), 0);
}

#[test]
fn metadata_is_told_apart_from_the_data() {
    let mut pair = Pair::new(Pipe::default());
    let plain = [&[0, 0, 4, 0x81, 0xa1, b'k', 0x07][..], b"content"].concat();
    offer(&mut pair, Side::Initiator, &plain, |advertisement, _| advertisement.metadata = Metadata::Prefixed);
    let arrived = pair.find(Side::Responder, |event| match event {
        Event::ResourceReceived { data, metadata, .. } => Some((data.clone(), metadata.clone())),
        _ => None,
    });
    assert_eq!(arrived, Some((b"content".to_vec(), Some(vec![0x81, 0xa1, b'k', 0x07]))));
}

#[test]
fn metadata_longer_than_the_segment_is_not_believed() {
    let mut pair = Pair::new(Pipe::default());
    let plain = [&[0xff, 0xff, 0xff][..], b"content"].concat();
    offer(&mut pair, Side::Initiator, &plain, |advertisement, _| advertisement.metadata = Metadata::Prefixed);
    assert_eq!(pair.find(Side::Responder, received), None);
}

#[test]
fn finished_resource_that_is_advertised_again_is_proved_again_and_not_received_twice() {
    let mut pair = Pair::new(Pipe::default());
    transfer(&mut pair, Side::Initiator, &incompressible(b"twice", 3000));
    let advertisement = pair.sent[0].2.clone();
    pair.deliver_unfiltered(Side::Responder, &advertisement).unwrap();
    pair.run_for(Duration::from_secs(10));
    assert_eq!(pair.count(Side::Responder, |event| received(event).is_some()), 1);
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceProof), 2);
}

#[test]
fn a_segment_that_is_advertised_again_is_asked_for_again_at_once_until_a_part_is_here() {
    let mut pair = Pair::new(Pipe { delay: Duration::from_secs(1), ..Pipe::default() });
    pair.send_resource(Side::Initiator, &incompressible(b"missed", 3000));
    pair.pump();
    let advertisement = pair.sent[0].2.clone();
    let asked = |pair: &Pair| pair.sent_with(Side::Responder, Context::ResourceRequest);
    for requests in 1..=3 {
        pair.deliver_unfiltered(Side::Responder, &advertisement).unwrap();
        pair.run_for(Duration::from_millis(10));
        assert_eq!(asked(&pair), requests);
    }
    pair.run_while(|pair| pair.sent_with(Side::Initiator, Context::Resource) == 0);
    pair.run_for(Duration::from_secs(1));
    let before = asked(&pair);
    assert_eq!(pair.deliver_unfiltered(Side::Responder, &advertisement), Err(DropReason::Duplicate));
    pair.run_for(Duration::from_millis(10));
    assert_eq!(asked(&pair), before);
}

#[test]
fn incoming_resources_of_a_link_have_a_cap() {
    let mut pair = Pair::new(Pipe::default());
    for number in 0..10u8 {
        let hash = ResourceHash::from_bytes([number; 32]);
        let advertisement = Advertisement {
            transfer_size: 1000,
            data_size: 900,
            parts: 3,
            hash,
            random_hash: [number; 4],
            original: hash,
            segment: 1,
            segments: 1,
            purpose: Purpose::Plain,
            encoding: Encoding::Stored,
            metadata: Metadata::Absent,
            hashmap: vec![number; 12],
        };
        let frame = pair.sealed(Side::Initiator, Context::ResourceAdvertisement, &advertisement.pack());
        assert_eq!(pair.deliver_unfiltered(Side::Responder, &frame).is_ok(), number < 4);
    }
    pair.run_for(Duration::from_millis(100));
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceReceiverCancel), 6);
}

#[test]
fn segment_that_is_not_next_is_refused() {
    let mut pair = Pair::new(Pipe::default());
    offer(&mut pair, Side::Initiator, &incompressible(b"second", 600), |advertisement, _| {
        advertisement.segment = 2;
        advertisement.segments = 2;
    });
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceReceiverCancel), 1);
    assert_eq!(pair.sent_with(Side::Responder, Context::ResourceRequest), 0);
}

/// Asks from the initiator's side; the answer is given by hand.
fn ask(pair: &mut Pair) -> RequestId {
    let now = pair.now;
    let id = pair.initiator.request(now, "/api/v1/info", &[0xc0], None, &mut pair.random).unwrap();
    pair.run_for(Duration::from_millis(50));
    id
}

#[test]
fn file_in_answer_to_a_request_arrives_as_one_object() {
    let mut pair = Pair::new(Pipe::default());
    let id = ask(&mut pair);
    let plain = [&[0, 0, 1, 0xc0][..], b"content"].concat();
    offer(&mut pair, Side::Responder, &plain, |advertisement, _| {
        advertisement.metadata = Metadata::Prefixed;
        advertisement.purpose = Purpose::Response(id);
    });
    let response = pair.find(Side::Initiator, |event| match event {
        Event::Response { request_id, data, .. } => Some((*request_id, data.clone())),
        _ => None,
    });
    assert_eq!(response, Some((id, [&[0xc4, 7][..], b"content"].concat())));
    assert_eq!(pair.sent_with(Side::Initiator, Context::ResourceProof), 1, "responses are proved at once");
}

#[test]
fn response_whose_next_segment_never_comes_fails() {
    let mut pair = Pair::new(Pipe::default());
    let id = ask(&mut pair);
    let packed = [&[0x92, 0xc4, 16][..], id.as_bytes(), &[0xc4, 1, 7]].concat();
    offer(&mut pair, Side::Responder, &packed, |advertisement, _| {
        advertisement.purpose = Purpose::Response(id);
        advertisement.segments = 2;
    });
    assert_eq!(pair.sent_with(Side::Initiator, Context::ResourceProof), 1);
    pair.run_for(Duration::from_secs(100));
    let failed: Vec<_> = pair.events.iter().filter(|(at, _)| *at == Side::Initiator).collect();
    let link = pair.initiator.id();
    let expected = Event::RequestFailed { link, request_id: id, reason: FailReason::Timeout };
    assert_eq!(failed, [&(Side::Initiator, expected)]);
}
