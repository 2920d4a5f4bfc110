//! Messages of streams: whatever is packed is read as it was, and nothing unpacks to more than a chunk.

use roost::rns::link::{MAX_CHUNK, StreamChunk, StreamEnd, StreamId, pack_chunk};
use roost::rns::node::Compression;

use crate::bytes::Bytes;
use crate::vectors;

pub(super) fn run(input: &[u8]) {
    if let Ok(chunk) = StreamChunk::parse(input) {
        assert!(chunk.data.len() <= MAX_CHUNK);
    }
    let mut bytes = Bytes::new(input);
    let stream = StreamId::new(bytes.u16() & StreamId::MAX).expect("fourteen bits");
    let compression = if bytes.byte() & 1 == 0 { Compression::Off } else { Compression::Allowed };
    let room = usize::from(bytes.u16()) % 9_000;
    let repeats = 1 + bytes.below(16);
    let data = bytes.rest().repeat(repeats);
    let (body, taken) = pack_chunk(stream, &data, StreamEnd::Last, room, compression);
    assert!(body.len() <= room.max(2), "{} bytes in the room of {room}", body.len());
    let chunk = StreamChunk::parse(&body).expect("what we pack can be read");
    assert_eq!((chunk.stream, chunk.data.as_slice()), (stream, &data[..taken]));
    assert_eq!(chunk.end == StreamEnd::Last, taken == data.len());
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::rns(&["channel"], &["message", "data_on_wire", "stream_data"]);
    // A chunk of 64 letters, compressed; one that inflates; one to be compressed here.
    let compressed = "425a68393141592653591931653d000000810002440020002198682a6833338bb9229c28480c98b29e80";
    let bz2 = hex::decode(compressed).expect("it is hex");
    seeds.push([&[0x40, 5][..], &bz2].concat());
    seeds.push([&[0, 5, 1, 1, 0xa9, 7][..], "all work and no play ".repeat(20).as_bytes()].concat());
    seeds
}
