//! Stream chunks: what goes into one, and what is not taken out of one.

use proptest::prelude::*;

use crate::rns::error::{DropReason, MisuseError};
use crate::rns::hash::sha256;
use crate::rns::link::channel::{MAX_CHUNK, StreamChunk, StreamEnd, StreamId, pack_chunk};
use crate::rns::node::Compression;

const ROOM: usize = 425;

fn stream() -> StreamId {
    StreamId::new(5).unwrap()
}

fn noise(length: usize) -> Vec<u8> {
    (0u32..).flat_map(|number| sha256(&[&number.to_be_bytes()])).take(length).collect()
}

/// Packs all of `data`; how many bytes each message took.
fn pack_all(data: &[u8], compression: Compression) -> Vec<usize> {
    let (mut rest, mut taken, mut arrived) = (data, Vec::new(), Vec::new());
    loop {
        let (body, used) = pack_chunk(stream(), rest, StreamEnd::Last, ROOM, compression);
        assert!(body.len() <= ROOM);
        let chunk = StreamChunk::parse(&body).unwrap();
        assert_eq!((chunk.stream, chunk.data.as_slice()), (stream(), &rest[..used]));
        arrived.extend(chunk.data);
        taken.push(used);
        rest = &rest[used..];
        assert_eq!(chunk.end == StreamEnd::Last, rest.is_empty(), "the last message ends it");
        if rest.is_empty() {
            assert!(arrived == data);
            return taken;
        }
    }
}

#[test]
fn what_compresses_well_goes_16384_bytes_at_a_time_and_noise_as_it_is() {
    assert_eq!(pack_all(&[7; 40_000], Compression::Allowed), [16_384, 16_384, 7232]);
    assert_eq!(pack_all(&noise(1000), Compression::Allowed), [423, 423, 154]);
    assert_eq!(pack_all(&[7; 1000], Compression::Off), [423, 423, 154]);
    assert_eq!(pack_all(b"", Compression::Allowed), [0]);
}

#[test]
fn text_goes_more_at_a_time_than_plain() {
    let text: Vec<u8> =
        noise(3000).iter().flat_map(|byte| format!("word{} ", byte % 40).into_bytes()).collect();
    let taken = pack_all(&text, Compression::Allowed);
    assert!(taken.len() < text.len() / (3 * 423), "{taken:?}");
}

#[test]
fn a_chunk_that_becomes_too_large_or_is_damaged_is_refused() {
    let compressed = |length| {
        let (body, _) = pack_chunk(stream(), &vec![0; length], StreamEnd::More, ROOM, Compression::Allowed);
        body
    };
    let whole = compressed(MAX_CHUNK);
    assert_eq!(StreamChunk::parse(&whole).unwrap().data.len(), MAX_CHUNK);
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    std::io::Write::write_all(&mut encoder, &vec![0; MAX_CHUNK + 1]).unwrap();
    let bomb = [&[0x40, 5][..], &encoder.finish().unwrap()].concat();
    assert_eq!(StreamChunk::parse(&bomb), Err(DropReason::TooLarge));
    for length in 2..whole.len() {
        assert_eq!(StreamChunk::parse(&whole[..length]), Err(DropReason::Malformed), "{length}");
    }
    assert_eq!(StreamChunk::parse(&whole[..1]), Err(DropReason::Truncated));
    assert_eq!(StreamChunk::parse(&[0x40, 5, 1, 2, 3]), Err(DropReason::Malformed));
}

#[test]
fn stream_ids_have_fourteen_bits() {
    assert_eq!(StreamId::new(16_383).map(StreamId::number), Ok(16_383));
    assert_eq!(StreamId::new(16_384), Err(MisuseError::StreamId(16_384)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_data_survives_packing_in_any_room(
        data in proptest::collection::vec(0u8..4, 0..3000),
        room in 3usize..2000,
        compress in any::<bool>(),
    ) {
        let compression = if compress { Compression::Allowed } else { Compression::Off };
        let (body, used) = pack_chunk(stream(), &data, StreamEnd::More, room, compression);
        prop_assert!(body.len() <= room && (used > 0 || data.is_empty()));
        prop_assert_eq!(StreamChunk::parse(&body).unwrap().data, data[..used].to_vec());
    }

    #[test]
    fn no_bytes_hurt_the_reader(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = StreamChunk::parse(&body);
    }
}
