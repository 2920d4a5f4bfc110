//! Tests of Resources: golden vectors, and transfers over a pipe that loses, repeats and reorders.

mod advertisements;
mod files;
mod offers;
mod transfers;
mod vectors;

use super::advertisement::{Advertisement, Metadata, Purpose};
use super::hashmap;
use super::segment::Segment;
use crate::rns::event::{Event, FailReason, ProofToken};
use crate::rns::hash::ResourceHash;
use crate::rns::link::tests::{Pair, Side};
use crate::rns::node::Compression;
use crate::rns::packet::{Context, PacketType};

/// Data that does not compress: SHA-256 of label and counter, one after the other.
fn incompressible(label: &[u8], length: usize) -> Vec<u8> {
    let blocks = (0u32..).flat_map(|i| super::super::hash::sha256(&[label, &i.to_be_bytes()]));
    blocks.take(length).collect()
}

fn received(event: &Event) -> Option<(Vec<u8>, ProofToken)> {
    match event {
        Event::ResourceReceived { data, proof, .. } => Some((data.clone(), proof.clone())),
        _ => None,
    }
}

fn delivered(event: &Event) -> Option<ResourceHash> {
    match event {
        Event::ResourceDelivered { resource, .. } => Some(*resource),
        _ => None,
    }
}

fn failed(event: &Event) -> Option<(ResourceHash, FailReason)> {
    match event {
        Event::ResourceFailed { resource, reason, .. } => Some((*resource, *reason)),
        _ => None,
    }
}

/// Runs a transfer to its end, storing and proving what arrives.
fn transfer(pair: &mut Pair, from: Side, data: &[u8]) {
    let hash = pair.send_resource(from, data);
    pair.run_while(|pair| pair.find(from.other(), received).is_none());
    let (arrived, token) = pair.find(from.other(), received).unwrap();
    assert!(arrived == data, "{} bytes instead of {}", arrived.len(), data.len());
    pair.prove(from.other(), &token);
    pair.run_while(|pair| pair.find(from, delivered).is_none());
    assert_eq!(pair.find(from, delivered), Some(hash));
    assert_eq!(pair.count(from.other(), |event| received(event).is_some()), 1);
}

/// Advertises a segment of `plain` as `from` would, and answers the first request with all of it.
fn offer(pair: &mut Pair, from: Side, plain: &[u8], change: impl FnOnce(&mut Advertisement, &mut Segment)) {
    let mut random = crate::rns::random::Random::from_seed([8; 32]);
    let session = pair.session(from);
    let mut segment = Segment::build(plain, Compression::Allowed, session, session.sdu(), &mut random);
    let mut advertisement = Advertisement {
        transfer_size: segment.stream.len(),
        data_size: plain.len(),
        parts: segment.hashes.len(),
        hash: segment.hash,
        random_hash: segment.random_hash,
        original: segment.hash,
        segment: 1,
        segments: 1,
        purpose: Purpose::Plain,
        encoding: segment.encoding,
        metadata: Metadata::Absent,
        hashmap: hashmap::segment_bytes(&segment.hashes, 0),
    };
    change(&mut advertisement, &mut segment);
    let frame = pair.sealed(from, Context::ResourceAdvertisement, &advertisement.pack());
    let _ = pair.deliver_unfiltered(from.other(), &frame);
    pair.run_for(std::time::Duration::from_millis(20));
    for part in segment.stream.chunks(464) {
        let frame = pair.plain(from, PacketType::Data, Context::Resource, part);
        let _ = pair.deliver_unfiltered(from.other(), &frame);
    }
    pair.pump();
}
