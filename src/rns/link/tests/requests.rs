//! Requests and responses between two ends, small and large.

use std::time::Duration;

use super::pair::{PATH, Pair, Pipe, Side};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::{Event, FailReason, InboundRequest};
use crate::rns::hash::RequestId;
use crate::rns::identity::Identity;
use crate::rns::link::answer::response_hold;
use crate::rns::link::{ResourceLimit, Terms};
use crate::rns::msgpack;
use crate::rns::node::Compression;
use crate::rns::packet::{Context, Packet};

fn request(event: &Event) -> Option<InboundRequest> {
    match event {
        Event::Request(request) => Some(request.clone()),
        _ => None,
    }
}

fn response(event: &Event) -> Option<(RequestId, Vec<u8>)> {
    match event {
        Event::Response { request_id, data, .. } => Some((*request_id, data.clone())),
        _ => None,
    }
}

fn failure(event: &Event) -> Option<(RequestId, FailReason)> {
    match event {
        Event::RequestFailed { request_id, reason, .. } => Some((*request_id, *reason)),
        _ => None,
    }
}

/// A packed `bin` of this length.
fn bin(length: usize) -> Vec<u8> {
    msgpack::encode(&rmpv::Value::Binary((0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()))
}

fn ask(pair: &mut Pair, path: &str, data: &[u8], timeout: Option<Duration>) -> RequestId {
    let now = pair.now;
    pair.initiator.request(now, path, data, timeout, &mut pair.random).unwrap()
}

fn answer(pair: &mut Pair, id: RequestId, data: &[u8], compression: Compression) {
    let now = pair.now;
    pair.responder.respond(now, id, data, compression, &mut pair.random);
}

#[test]
fn request_and_response_of_every_size_arrive_byte_for_byte() {
    for (asked, answered) in [(1, 1), (300, 2000), (60_000, 300), (20_000, 1_300_000)] {
        for compression in [Compression::Off, Compression::Allowed] {
            let mut pair = Pair::new(Pipe::default());
            let alice = Identity::from_private_bytes(&[4; 64]);
            let now = pair.now;
            pair.initiator.identify(now, &alice, &mut pair.random).unwrap();
            let id = ask(&mut pair, PATH, &bin(asked), None);
            pair.run_while(|pair| pair.find(Side::Responder, request).is_none());
            let inbound = pair.find(Side::Responder, request).unwrap();
            assert_eq!((inbound.request_id, &inbound.data), (id, &bin(asked)));
            assert_eq!(inbound.caller.as_ref(), Some(alice.public()));
            assert_eq!(inbound.requested_at, now.unix);
            assert_eq!(inbound.link_mdu, 431);
            answer(&mut pair, id, &bin(answered), compression);
            pair.run_while(|pair| pair.find(Side::Initiator, response).is_none());
            assert_eq!(pair.find(Side::Initiator, response), Some((id, bin(answered))));
            pair.run_for(Duration::from_secs(60));
            assert_eq!(pair.find(Side::Initiator, failure), None);
            assert_eq!(pair.count(Side::Initiator, |event| response(event).is_some()), 1);
        }
    }
}

#[test]
fn large_exchange_survives_loss_repetition_and_reordering() {
    let pipe = Pipe { loss: 50, repeat: 50, jitter: Duration::from_millis(15), ..Pipe::default() };
    let mut pair = Pair::new(pipe);
    let id = ask(&mut pair, PATH, &bin(20_000), None);
    pair.run_while(|pair| pair.find(Side::Responder, request).is_none());
    answer(&mut pair, id, &bin(200_000), Compression::Off);
    pair.run_while(|pair| pair.find(Side::Initiator, response).is_none());
    assert_eq!(pair.find(Side::Initiator, response), Some((id, bin(200_000))));
}

#[test]
fn unknown_path_is_silent_and_counted_and_the_request_times_out() {
    for size in [1, 2000] {
        let mut pair = Pair::new(Pipe::default());
        let id = ask(&mut pair, "/nobody", &bin(size), None);
        pair.run_while(|pair| pair.find(Side::Initiator, failure).is_none());
        assert_eq!(pair.find(Side::Initiator, failure), Some((id, FailReason::Timeout)));
        assert_eq!(pair.count(Side::Responder, |event| request(event).is_some()), 0);
        assert_eq!(pair.drops.get(DropReason::UnknownPath), 1);
        assert_eq!(pair.sent_with(Side::Responder, Context::Response), 0);
        assert!(pair.is_open());
    }
}

#[test]
fn initiator_serves_no_requests() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    for size in [1, 2000] {
        pair.responder.request(now, PATH, &bin(size), None, &mut pair.random).unwrap();
    }
    pair.run_for(Duration::from_secs(5));
    assert_eq!(pair.count(Side::Initiator, |event| request(event).is_some()), 0);
    assert_eq!(pair.drops.get(DropReason::UnknownPath), 1);
    let failed = pair.find(Side::Responder, failure).map(|(_, reason)| reason);
    assert_eq!(failed, Some(FailReason::Rejected), "the one that came as a Resource");
}

#[test]
fn request_times_out_when_its_caller_says_so() {
    let mut pair = Pair::new(Pipe::default());
    let start = pair.now.instant;
    ask(&mut pair, PATH, &bin(1), Some(Duration::from_secs(3)));
    pair.run_while(|pair| pair.find(Side::Initiator, failure).is_none());
    assert_eq!(pair.now.instant.since(start), Duration::from_secs(3));
}

#[test]
fn answer_never_leaves_within_a_millisecond_of_its_request() {
    for size in [1, 5000] {
        let mut pair = Pair::new(Pipe { delay: Duration::from_micros(50), ..Pipe::default() });
        let id = ask(&mut pair, PATH, &bin(1), None);
        pair.run_while(|pair| pair.find(Side::Responder, request).is_none());
        let arrived = pair.now.instant;
        answer(&mut pair, id, &bin(size), Compression::Off);
        pair.pump();
        assert_eq!(pair.sent.iter().filter(|(from, _, _)| *from == Side::Responder).count(), 0);
        pair.run_while(|pair| pair.find(Side::Initiator, response).is_none());
        let left = pair.sent.iter().find(|(from, _, _)| *from == Side::Responder).unwrap().1;
        assert_eq!(left.since(arrived), Duration::from_millis(1));
    }
}

#[test]
fn answer_to_a_request_that_came_as_a_resource_leaves_when_a_busy_caller_has_registered_it() {
    for (delay, expected) in [(Duration::from_micros(50), 101), (Duration::from_millis(600), 0)] {
        let mut pair = Pair::new(Pipe { delay, ..Pipe::default() });
        let id = ask(&mut pair, PATH, &bin(2000), None);
        pair.run_while(|pair| pair.find(Side::Responder, request).is_none());
        let arrived = pair.now.instant;
        answer(&mut pair, id, &bin(1), Compression::Off);
        pair.run_while(|pair| pair.sent_with(Side::Responder, Context::Response) == 0);
        assert_eq!(pair.now.instant.since(arrived), Duration::from_millis(expected));
    }
}

#[test]
fn answer_that_took_long_enough_leaves_at_once() {
    let mut pair = Pair::new(Pipe { delay: Duration::from_micros(50), ..Pipe::default() });
    let id = ask(&mut pair, PATH, &bin(1), None);
    pair.run_for(Duration::from_millis(20));
    answer(&mut pair, id, &bin(1), Compression::Off);
    pair.pump();
    assert_eq!(pair.sent_with(Side::Responder, Context::Response), 1);
}

#[test]
fn hold_is_a_millisecond_on_loopback_and_nothing_on_the_air() {
    assert_eq!(response_hold(Duration::ZERO), Duration::from_millis(1));
    assert_eq!(response_hold(Duration::from_millis(3)), Duration::from_millis(1));
    assert_eq!(response_hold(Duration::from_millis(90)), Duration::from_millis(5));
    assert_eq!(response_hold(Duration::from_secs(2)), Duration::ZERO);
}

#[test]
fn first_part_request_waits_too() {
    let mut pair = Pair::new(Pipe { delay: Duration::from_micros(50), ..Pipe::default() });
    pair.send_resource(Side::Initiator, &[7; 3000]);
    pair.run_while(|pair| pair.sent_with(Side::Responder, Context::ResourceRequest) == 0);
    let advertised = pair.sent[0].1;
    assert!(pair.now.instant.since(advertised) >= Duration::from_millis(1));
    assert!(pair.now.instant.since(advertised) < Duration::from_millis(2));
}

#[test]
fn sixty_requests_at_once_are_all_answered() {
    let mut pair = Pair::new(Pipe::default());
    let ids: Vec<_> = (0..60).map(|_| ask(&mut pair, PATH, &bin(1), None)).collect();
    pair.run_for(Duration::from_millis(15));
    for id in &ids {
        answer(&mut pair, *id, &bin(10), Compression::Off);
    }
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.count(Side::Initiator, |event| response(event).is_some()), 60);
}

#[test]
fn too_many_waiting_requests_are_refused_to_our_caller() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    let outcomes: Vec<_> =
        (0..100).map(|_| pair.initiator.request(now, PATH, &[0xc0], None, &mut pair.random)).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 64);
    assert_eq!(outcomes[99], Err(MisuseError::Full));
}

#[test]
fn response_to_nobody_is_dropped() {
    let mut pair = Pair::new(Pipe::default());
    let stray = RequestId::from_bytes([8; 16]);
    answer(&mut pair, stray, &bin(1), Compression::Off);
    answer(&mut pair, stray, &bin(5000), Compression::Off);
    pair.run_for(Duration::from_secs(5));
    assert!(pair.events.is_empty());
    assert_eq!(pair.drops.get(DropReason::OutOfOrder), 1);
    assert_eq!(pair.drops.get(DropReason::NotServed), 1);
    assert!(pair.is_open());
}

#[test]
fn request_resource_larger_than_the_limit_is_rejected() {
    let terms = Terms {
        resources: ResourceLimit::bytes(10_000),
        request_paths: vec![crate::rns::hash::PathHash::of(PATH)],
    };
    let mut pair = Pair::with_terms(Pipe::default(), terms);
    let id = ask(&mut pair, PATH, &bin(20_000), None);
    pair.run_while(|pair| pair.find(Side::Initiator, failure).is_none());
    assert_eq!(pair.find(Side::Initiator, failure), Some((id, FailReason::Rejected)));
    assert_eq!(pair.sent_with(Side::Initiator, Context::Resource), 0);
}

#[test]
fn response_larger_than_the_caller_takes_is_rejected_unseen() {
    let mut pair = Pair::new(Pipe::default());
    pair.initiator.limit_responses(ResourceLimit::bytes(10_000)).unwrap();
    for (size, outcome) in [(9_000, None), (20_000, Some(FailReason::Rejected))] {
        let id = ask(&mut pair, PATH, &bin(1), None);
        pair.run_while(|pair| pair.find(Side::Responder, request).is_none());
        answer(&mut pair, id, &bin(size), Compression::Off);
        pair.run_for(Duration::from_secs(5));
        assert_eq!(pair.find(Side::Initiator, failure), outcome.map(|reason| (id, reason)), "{size}");
        assert_eq!(pair.find(Side::Initiator, response).is_some(), outcome.is_none(), "{size}");
        pair.events.clear();
    }
}

#[test]
fn closing_the_link_fails_waiting_requests() {
    let mut pair = Pair::new(Pipe::default());
    let small = ask(&mut pair, PATH, &bin(1), None);
    let large = ask(&mut pair, PATH, &bin(5000), None);
    let now = pair.now;
    pair.initiator.close(now, &mut pair.random);
    pair.pump();
    let failed: Vec<_> = pair.events.iter().filter_map(|(_, event)| failure(event)).collect();
    assert_eq!(failed, [(large, FailReason::LinkClosed), (small, FailReason::LinkClosed)]);
}

#[test]
fn extra_elements_of_a_request_are_ignored_and_missing_ones_are_not() {
    let mut pair = Pair::new(Pipe::default());
    let hash = crate::rns::hash::PathHash::of(PATH);
    let mut packed = vec![0x94, 0x01, 0xc4, 16];
    packed.extend(hash.as_bytes());
    packed.extend([0x07, 0x08]);
    let frame = pair.sealed(Side::Initiator, Context::Request, &packed);
    pair.deliver_unfiltered(Side::Responder, &frame).unwrap();
    pair.pump();
    let inbound = pair.find(Side::Responder, request).unwrap();
    assert_eq!((inbound.data, inbound.requested_at.as_secs()), (vec![7], 1));
    let id = RequestId::from_slice(Packet::parse(&frame).unwrap().hash().truncated().as_bytes()).unwrap();
    assert_eq!(inbound.request_id, id);
    for bad in [&packed[..4], &packed[..20], &[0x92, 0xc0, 0xc0], &[0xc0], &[]] {
        let frame = pair.sealed(Side::Initiator, Context::Request, bad);
        assert_eq!(pair.deliver_unfiltered(Side::Responder, &frame), Err(DropReason::MalformedMsgpack));
    }
    assert!(pair.is_open());
}
