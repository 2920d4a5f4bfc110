//! Golden vectors of the category `resource`, made with rns 1.5.7.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use super::incompressible;
use crate::rns::hash::{LinkId, RequestId};
use crate::rns::link::tests::{Side, bytes, session, vector};
use crate::rns::link::{Io, ResourceLimit, Session};
use crate::rns::node::Compression;
use crate::rns::packet::{Context, Packet};
use crate::rns::random::Random;
use crate::rns::resource::advertisement::{Advertisement, Encoding, Metadata, Purpose};
use crate::rns::resource::segment::Segment;
use crate::rns::resource::{Outcome, Transfers, hashmap};
use crate::rns::time::Instant;

const NAMES: [&str; 7] = [
    "resource_single_part",
    "resource_multi_part_uncompressed",
    "resource_compressed",
    "resource_with_metadata",
    "resource_hashmap_update",
    "response_as_resource",
    "request_as_resource",
];

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn vector_session(vector: &Value, side: Side) -> Session {
    let id = LinkId::from_bytes(array(&vector["inputs"]["link_id"]));
    session(id, &bytes(&vector["inputs"]["derived_key"]), 500, side)
}

/// D of the segment: what all hashes cover.
fn plain(vector: &Value) -> Vec<u8> {
    match vector["expected"]["hashed_data"].as_str() {
        Some(hex) => hex::decode(hex).unwrap(),
        None => incompressible(&bytes(&vector["inputs"]["label"]), number(&vector["inputs"]["length"])),
    }
}

fn compression(vector: &Value) -> Compression {
    match vector["inputs"]["auto_compress"].as_bool() {
        Some(true) => Compression::Allowed,
        Some(false) | None => Compression::Off,
    }
}

fn segment(vector: &Value) -> Segment {
    let expected = &vector["expected"];
    let iv = expected["stream_iv"].as_str().map(|_| array(&expected["stream_iv"])).unwrap();
    let session = vector_session(vector, Side::Initiator);
    Segment::build_with(
        &plain(vector),
        compression(vector),
        &session,
        session.sdu(),
        array(&expected["stream_prefix_random"]),
        iv,
        || array(&expected["advertisement"]["r"]),
    )
}

fn advertisement(vector: &Value, segment: &Segment) -> Advertisement {
    let expected = &vector["expected"]["advertisement"];
    let flags = number(&expected["f"]);
    let id = expected["q"].as_str().map(|_| RequestId::from_bytes(array(&expected["q"])));
    Advertisement {
        transfer_size: segment.stream.len(),
        data_size: plain(vector).len(),
        parts: segment.hashes.len(),
        hash: segment.hash,
        random_hash: segment.random_hash,
        original: segment.hash,
        segment: 1,
        segments: 1,
        purpose: match (flags & 8, flags & 16, id) {
            (8, 0, Some(id)) => Purpose::Request(id),
            (0, 16, Some(id)) => Purpose::Response(id),
            _ => Purpose::Plain,
        },
        encoding: segment.encoding,
        metadata: if flags & 32 == 0 { Metadata::Absent } else { Metadata::Prefixed },
        hashmap: hashmap::segment_bytes(&segment.hashes, 0),
    }
}

fn packets<'a>(vector: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = vector["expected"]["packets"].as_array().unwrap();
    all.iter().filter(move |packet| packet["kind"] == kind)
}

#[test]
fn segments_and_advertisements_are_those_of_the_reference() {
    for name in NAMES {
        let vector = vector(name);
        let expected = &vector["expected"];
        let segment = segment(&vector);
        assert_eq!(segment.hash.as_bytes().as_slice(), bytes(&expected["resource_hash"]), "{name}");
        assert_eq!(segment.proof.as_slice(), bytes(&expected["expected_proof"]), "{name}");
        assert_eq!(segment.stream.len(), number(&expected["encrypted_stream_length"]), "{name}");
        if let Some(stream) = expected["encrypted_stream"].as_str() {
            assert_eq!(hex::encode(&segment.stream), stream, "{name}");
        }
        assert_eq!(
            segment.encoding == Encoding::Bzip2,
            expected["advertisement_flags"]["compressed"] == 1,
            "{name}"
        );
        let packed = advertisement(&vector, &segment).pack();
        let adv = packets(&vector, "adv").next().unwrap();
        assert_eq!(packed, bytes(&adv["plaintext"]), "{name}");
        assert_eq!(Advertisement::parse(&packed), Ok(advertisement(&vector, &segment)), "{name}");
        for (part, expected) in packets(&vector, "part").enumerate() {
            let hash = hex::encode(segment.hashes[part].as_bytes());
            assert_eq!(expected["map_hash"], hash, "{name} part {part}");
        }
    }
}

#[test]
fn hashmap_update_is_that_of_the_reference() {
    let vector = vector("resource_hashmap_update");
    let segment = segment(&vector);
    let update = packets(&vector, "hmu").next().unwrap();
    let mut content = segment.hash.as_bytes().to_vec();
    content.extend(hashmap::pack_update(1, &hashmap::segment_bytes(&segment.hashes, 1)));
    assert_eq!(content, bytes(&update["plaintext"]));
}

/// A receiver that is fed by hand.
struct Receiving {
    session: Session,
    random: Random,
    frames: VecDeque<Vec<u8>>,
    transfers: Transfers,
    now: Instant,
}

impl Receiving {
    fn new(session: Session) -> Self {
        Self {
            session,
            random: Random::from_seed([0; 32]),
            frames: VecDeque::new(),
            transfers: Transfers::default(),
            now: Instant::from_micros(1_000_000),
        }
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Transfers, &mut Io<'_>) -> T) -> T {
        let mut io = Io {
            now: self.now,
            session: &self.session,
            round_trip: Duration::from_millis(250),
            random: &mut self.random,
            frames: &mut self.frames,
        };
        call(&mut self.transfers, &mut io)
    }
}

#[test]
fn frames_of_the_reference_are_received_and_proved_as_by_it() {
    for name in NAMES {
        let vector = vector(name);
        let segment = segment(&vector);
        let mut receiving = Receiving::new(vector_session(&vector, Side::Responder));
        let adv = bytes(&packets(&vector, "adv").next().unwrap()["raw"]);
        let plaintext = receiving.session.open(Packet::parse(&adv).unwrap().payload).unwrap();
        let advertisement = Advertisement::parse(&plaintext).unwrap();
        let limit = ResourceLimit::bytes(100_000);
        receiving
            .call(|transfers, io| transfers.handle_advertisement(io, advertisement, limit, Duration::ZERO))
            .unwrap();
        receiving.call(|transfers, io| transfers.handle_timeout(io));
        // Whatever is asked for is answered as the reference did: by its parts and its hashmap update.
        let mut proof = None;
        while let Some(frame) = receiving.frames.pop_front() {
            receiving.now = receiving.now.after(Duration::from_millis(100));
            let packet = Packet::parse(&frame).unwrap();
            match packet.context {
                Context::ResourceRequest => {
                    let request = receiving.session.open(packet.payload).unwrap();
                    answer(&mut receiving, &vector, &segment, &request);
                }
                Context::ResourceProof => proof = Some(frame),
                other => panic!("{name}: unexpected {other:?}"),
            }
        }
        let size = plain(&vector).len();
        let mut outcome = receiving.transfers.poll_outcome();
        if let Some(Outcome::Started { resource, size: advertised }) = outcome {
            assert_eq!((resource, advertised), (segment.hash, size), "{name}");
            outcome = receiving.transfers.poll_outcome();
        }
        let Some(Outcome::Arrived { hash, purpose, data, metadata }) = outcome else {
            panic!("{name} did not arrive")
        };
        assert_eq!(hash, segment.hash);
        let expected = plain(&vector);
        assert!(expected.ends_with(&data), "{name}");
        assert_eq!(data.len() + metadata.as_ref().map_or(0, |packed| packed.len() + 3), expected.len());
        assert_eq!(metadata.map(hex::encode).as_deref(), vector["inputs"]["metadata_msgpack"].as_str());
        if purpose == Purpose::Plain {
            assert_eq!(proof, None, "{name}: the proof waits until the data is stored");
            proof = receiving.transfers.prove(&receiving.session, hash);
        }
        assert_eq!(proof.unwrap(), bytes(&packets(&vector, "prf").next().unwrap()["raw"]), "{name}");
    }
}

fn answer(receiving: &mut Receiving, vector: &Value, segment: &Segment, request: &[u8]) {
    let exhausted = request[0] == 0xff;
    let wanted = &request[if exhausted { 37 } else { 33 }..];
    for hash in hashmap::read(wanted) {
        let position = segment.hashes.iter().position(|known| *known == hash).unwrap();
        let part = packets(vector, "part").nth(position).unwrap();
        let frame = match part["raw"].as_str() {
            Some(raw) => hex::decode(raw).unwrap(),
            None => receiving.session.frame(
                crate::rns::packet::PacketType::Data,
                Context::Resource,
                segment.part(position, 464).unwrap(),
            ),
        };
        if let Some(expected) = part["sha256_of_raw"].as_str() {
            assert_eq!(hex::encode(crate::rns::hash::sha256(&[&frame])), expected);
        }
        let payload = Packet::parse(&frame).unwrap().payload.to_vec();
        receiving.call(|transfers, io| transfers.handle_part(io, &payload)).unwrap();
    }
    if exhausted {
        let update = bytes(&packets(vector, "hmu").next().unwrap()["raw"]);
        let plaintext = receiving.session.open(Packet::parse(&update).unwrap().payload).unwrap();
        receiving.call(|transfers, io| transfers.handle_hashmap(io, &plaintext)).unwrap();
    }
}

#[test]
fn segments_of_a_split_resource_are_those_of_the_reference() {
    let vector = vector("resource_multi_segment_split");
    let inputs = &vector["inputs"];
    let metadata = bytes(&inputs["metadata_msgpack"]);
    let mut all = vec![0, 0, u8::try_from(metadata.len()).unwrap()];
    all.extend(&metadata);
    all.extend(incompressible(&bytes(&inputs["label"]), number(&inputs["length"])));
    let session = session(LinkId::from_bytes([1; 16]), &[1; 64], 500, Side::Initiator);
    let segments = vector["expected"]["segments"].as_array().unwrap();
    assert_eq!(all.chunks(crate::rns::resource::sender::SEGMENT_SIZE).len(), segments.len());
    for (plain, expected) in all.chunks(crate::rns::resource::sender::SEGMENT_SIZE).zip(segments) {
        assert_eq!(expected["data_size_d"], all.len());
        let random_hash = || array(&expected["random_hash"]);
        let sdu = session.sdu();
        let segment =
            Segment::build_with(plain, Compression::Off, &session, sdu, [0; 4], [0; 16], random_hash);
        assert_eq!(segment.hash.as_bytes().as_slice(), bytes(&expected["resource_hash"]));
        assert_eq!(segment.proof.as_slice(), bytes(&expected["expected_proof"]));
        assert_eq!(segment.stream.len(), number(&expected["transfer_size_t"]));
        assert_eq!(segment.hashes.len(), number(&expected["parts_n"]));
    }
}
