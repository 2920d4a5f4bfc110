//! Files, limits, cancellation, and what is told of a Resource on its way.

use std::time::Duration;

use super::{delivered, failed, incompressible, received};
use crate::rns::error::MisuseError;
use crate::rns::event::{CloseReason, Event, FailReason};
use crate::rns::hash::ResourceHash;
use crate::rns::link::ResourceLimit;
use crate::rns::link::tests::{Pair, Pipe, Side};
use crate::rns::node::Compression;
use crate::rns::packet::Context;
use crate::rns::resource::{Content, Direction, File, MAX_METADATA, ResourceState, ResourceStatus};

/// `{"name": "a"}`.
const METADATA: [u8; 8] = [0x81, 0xa4, b'n', b'a', b'm', b'e', 0xa1, b'a'];

fn file(data: &[u8]) -> File {
    File { data: data.to_vec(), metadata: METADATA.to_vec() }
}

fn send_file(pair: &mut Pair, from: Side, file: File) -> ResourceHash {
    let now = pair.now;
    let content = Content::try_from(file).unwrap();
    let (link, random) = pair.link(from);
    link.send_resource(now, content, Compression::Off, random).unwrap()
}

fn started(event: &Event) -> Option<(ResourceHash, usize)> {
    match event {
        Event::ResourceStarted { resource, size, .. } => Some((*resource, *size)),
        _ => None,
    }
}

fn lost(event: &Event) -> Option<(ResourceHash, FailReason)> {
    match event {
        Event::ResourceLost { resource, reason, .. } => Some((*resource, *reason)),
        _ => None,
    }
}

fn status(pair: &mut Pair, side: Side) -> Option<ResourceStatus> {
    pair.link(side).0.resources().first().cloned()
}

#[test]
fn file_arrives_with_its_metadata_whether_it_has_one_segment_or_three() {
    for length in [0, 10, 1_048_575 - 11, 1_048_575 - 10, 2_500_000] {
        let mut pair = Pair::new(Pipe { mtu: 8192, delay: Duration::from_millis(1), ..Pipe::default() });
        let data = incompressible(b"file", length);
        let hash = send_file(&mut pair, Side::Initiator, file(&data));
        let size = length + METADATA.len() + 3;
        assert_eq!(status(&mut pair, Side::Initiator).unwrap().segments, size.div_ceil(1_048_575));
        pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
        let (arrived, token) = pair.find(Side::Responder, received).unwrap();
        assert!(arrived == data);
        let metadata = |event: &Event| match event {
            Event::ResourceReceived { metadata, .. } => Some(metadata.clone()),
            _ => None,
        };
        assert_eq!(pair.find(Side::Responder, metadata), Some(Some(METADATA.to_vec())));
        assert_eq!(pair.find(Side::Responder, started), Some((hash, size)));
        assert_eq!(pair.count(Side::Responder, |event| started(event).is_some()), 1, "once, not per segment");
        pair.prove(Side::Responder, &token);
        pair.run_while(|pair| pair.find(Side::Initiator, delivered).is_none());
    }
}

#[test]
fn metadata_that_does_not_fit_the_first_segment_is_refused_to_the_caller() {
    let of = |length| Content::try_from(File { data: vec![1], metadata: vec![0; length] });
    assert!(of(MAX_METADATA).is_ok());
    let refused = MisuseError::TooLarge { size: MAX_METADATA + 1, limit: MAX_METADATA };
    assert_eq!(of(MAX_METADATA + 1), Err(refused));
}

#[test]
fn small_file_in_answer_to_a_request_goes_as_a_resource_and_keeps_its_metadata() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    let id = pair.initiator.request(now, crate::rns::link::tests::PATH, &[0xc0], None, &mut pair.random);
    let id = id.unwrap();
    pair.run_while(|pair| pair.count(Side::Responder, |event| matches!(event, Event::Request(_))) == 0);
    let (now, content) = (pair.now, Content::try_from(file(b"hello")).unwrap());
    pair.responder.respond_with_file(now, id, content, Compression::Off, &mut pair.random);
    let response = |event: &Event| match event {
        Event::Response { request_id, data, metadata, .. } => {
            Some((*request_id, data.clone(), metadata.clone()))
        }
        _ => None,
    };
    pair.run_while(|pair| pair.find(Side::Initiator, response).is_none());
    let expected = (id, [&[0xc4, 5][..], b"hello"].concat(), Some(METADATA.to_vec()));
    assert_eq!(pair.find(Side::Initiator, response), Some(expected));
    assert_eq!(pair.sent_with(Side::Responder, Context::Response), 0);
}

#[test]
fn status_follows_a_transfer_on_both_sides() {
    let mut pair = Pair::new(Pipe::default());
    let data = incompressible(b"status", 60_000);
    let hash = pair.send_resource(Side::Initiator, &data);
    let second = pair.send_resource(Side::Initiator, b"waits");
    let sending = status(&mut pair, Side::Initiator).unwrap();
    assert_eq!(
        (sending.resource, sending.state, sending.direction),
        (hash, ResourceState::Advertised, Direction::Outgoing)
    );
    assert_eq!((sending.size, sending.segment, sending.segments), (60_000, 1, 1));
    assert_eq!((sending.parts, sending.parts_done, sending.map_height), (130, 0, 74));
    assert_eq!(sending.progress().total_cmp(&0.0), std::cmp::Ordering::Equal);
    let waiting = pair.initiator.resources()[1].clone();
    assert_eq!((waiting.resource, waiting.state), (second, ResourceState::Queued));

    pair.run_while(|pair| pair.sent_with(Side::Initiator, Context::ResourceHashmapUpdate) == 0);
    pair.run_for(Duration::from_millis(50));
    let receiving = status(&mut pair, Side::Responder).unwrap();
    assert_eq!((receiving.resource, receiving.direction), (hash, Direction::Incoming));
    assert_eq!((receiving.map_requests, receiving.map_updates, receiving.map_height), (1, 1, 130));
    assert!((50..130).contains(&receiving.parts_done), "{receiving:?}");
    assert!(receiving.progress() > 0.3 && receiving.progress() < 1.0);
    let sending = status(&mut pair, Side::Initiator).unwrap();
    assert_eq!(
        (sending.state, sending.map_requests, sending.map_height),
        (ResourceState::Transferring, 1, 130)
    );

    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
    assert_eq!(status(&mut pair, Side::Responder), None);
    assert_eq!(status(&mut pair, Side::Initiator).unwrap().state, ResourceState::AwaitingProof);
}

#[test]
fn resource_that_its_sender_cancels_is_lost_at_the_receiver_and_the_next_one_starts() {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(Side::Initiator, &incompressible(b"cancel", 40_000));
    let waiting = pair.send_resource(Side::Initiator, b"never");
    let next = pair.send_resource(Side::Initiator, b"next");
    pair.run_while(|pair| pair.sent_with(Side::Initiator, Context::Resource) < 40);
    let now = pair.now;
    for resource in [waiting, hash] {
        pair.initiator.cancel_resource(now, resource, &mut pair.random).unwrap();
    }
    let again = pair.initiator.cancel_resource(now, hash, &mut pair.random);
    assert_eq!(again, Err(MisuseError::NoResource));
    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
    let failures: Vec<_> = pair.events.iter().filter_map(|(_, event)| failed(event)).collect();
    assert_eq!(failures, [(waiting, FailReason::Cancelled), (hash, FailReason::Cancelled)]);
    assert_eq!(pair.find(Side::Responder, lost), Some((hash, FailReason::Cancelled)));
    let (data, token) = pair.find(Side::Responder, received).unwrap();
    assert_eq!(data, b"next");
    pair.prove(Side::Responder, &token);
    pair.run_while(|pair| pair.find(Side::Initiator, delivered).is_none());
    assert_eq!(pair.find(Side::Initiator, delivered), Some(next));
}

#[test]
fn resource_that_its_receiver_cancels_fails_at_the_sender() {
    let mut pair = Pair::new(Pipe::default());
    let hash = pair.send_resource(Side::Initiator, &incompressible(b"enough", 40_000));
    pair.run_while(|pair| pair.sent_with(Side::Initiator, Context::Resource) < 40);
    let now = pair.now;
    pair.responder.cancel_resource(now, hash, &mut pair.random).unwrap();
    pair.run_while(|pair| pair.find(Side::Initiator, failed).is_none());
    assert_eq!(pair.find(Side::Initiator, failed), Some((hash, FailReason::Cancelled)));
    assert_eq!(pair.find(Side::Responder, lost), Some((hash, FailReason::Cancelled)));
}

#[test]
fn limit_that_is_set_on_a_link_holds_for_the_next_resource() {
    let mut pair = Pair::new(Pipe::default());
    pair.responder.limit_resources(ResourceLimit::bytes(100)).unwrap();
    let hash = pair.send_resource(Side::Initiator, &[1; 101]);
    pair.run_while(|pair| pair.find(Side::Initiator, failed).is_none());
    assert_eq!(pair.find(Side::Initiator, failed), Some((hash, FailReason::Rejected)));
    assert_eq!(pair.find(Side::Responder, lost), Some((hash, FailReason::Rejected)));
    assert_eq!(pair.find(Side::Responder, started), None);
    pair.initiator.limit_resources(ResourceLimit::Nothing).unwrap();
    pair.send_resource(Side::Responder, b"x");
    pair.run_while(|pair| pair.find(Side::Responder, failed).is_none());
}

#[test]
fn compressed_resource_that_becomes_more_than_the_link_allows_closes_it_and_a_stored_one_passes() {
    let limit = ResourceLimit::UpTo { size: 1 << 20, unpacked: 50_000 };
    let mut pair = Pair::new(Pipe { mtu: 8192, ..Pipe::default() });
    pair.responder.limit_resources(limit).unwrap();
    pair.send_resource(Side::Initiator, &vec![0; 60_000]);
    pair.run_while(|pair| pair.find(Side::Responder, received).is_none());
    let now = pair.now;
    let bomb = vec![0; 60_000];
    pair.initiator.send_resource(now, bomb, Compression::Allowed, &mut pair.random).unwrap();
    let closed = |event: &Event| match event {
        Event::LinkClosed { reason, .. } => Some(*reason),
        _ => None,
    };
    let (_, token) = pair.find(Side::Responder, received).unwrap();
    pair.prove(Side::Responder, &token);
    pair.run_while(|pair| pair.find(Side::Responder, closed).is_none());
    assert_eq!(pair.find(Side::Responder, closed), Some(CloseReason::Protocol));
    assert_eq!(pair.count(Side::Responder, |event| received(event).is_some()), 1);
}
