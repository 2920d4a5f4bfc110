//! Stream data, the message type of buffers: a stream id, whether more follows, a chunk that may be compressed.
//! Not the order of chunks; that is the channel's.

use std::io::{Read, Write};

use bzip2::read::BzDecoder;
use bzip2::write::BzEncoder;

use super::super::super::error::{DropReason, MisuseError};
use super::super::super::node::Compression;

/// `StreamDataMessage.HEADER_LEN`.
pub(super) const HEADER: usize = 2;
/// `RawChannelWriter.MAX_CHUNK_LEN`: bytes that one message may hold once it is decompressed.
pub const MAX_CHUNK: usize = 16_384;
/// A shorter chunk is not worth the try.
const COMPRESS_MIN: usize = 33;
/// Compressed to more than so many hundredths, data is as good as random: shorter pieces won't be better.
const RANDOM_HUNDREDTHS: usize = 95;
/// `RawChannelWriter.COMPRESSION_TRIES`. The reference tries all, a half and a third of a chunk, whatever came of the
/// try before.
const TRIES: usize = 4;

const FLAG_END: u16 = 0x8000;
const FLAG_COMPRESSED: u16 = 0x4000;
/// `StreamDataMessage.STREAM_ID_MAX`.
const ID_MASK: u16 = 0x3fff;

/// Names a stream of one direction of a channel; its reader chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(u16);

impl StreamId {
    /// The largest.
    pub const MAX: u16 = ID_MASK;

    /// Refuses what doesn't fit in 14 bits.
    pub const fn new(id: u16) -> Result<Self, MisuseError> {
        if id > Self::MAX { Err(MisuseError::StreamId(id)) } else { Ok(Self(id)) }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// Does more of a stream follow?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// Yes.
    More,
    /// No, that was all.
    Last,
}

/// One stream data message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamChunk {
    /// Of which stream.
    pub stream: StreamId,
    /// Whether more follows.
    pub end: StreamEnd,
    /// The data, decompressed.
    pub data: Vec<u8>,
}

impl StreamChunk {
    /// Reads the body of a stream data message.
    pub fn parse(body: &[u8]) -> Result<Self, DropReason> {
        let (header, data) = body.split_first_chunk::<HEADER>().ok_or(DropReason::Truncated)?;
        let header = u16::from_be_bytes(*header);
        let data = if header & FLAG_COMPRESSED == 0 { data.to_vec() } else { decompress(data)? };
        let end = if header & FLAG_END == 0 { StreamEnd::More } else { StreamEnd::Last };
        Ok(Self { stream: StreamId(header & ID_MASK), end, data })
    }
}

/// The body of the next message of a stream, and how much of `data` is in it. `room` is what a body may have. The stream
/// ends with this message if it is to end and all of `data` is in.
pub fn pack_chunk(
    stream: StreamId,
    data: &[u8],
    end: StreamEnd,
    room: usize,
    compression: Compression,
) -> (Vec<u8>, usize) {
    let room = room.saturating_sub(HEADER);
    let compressed = match compression {
        Compression::Allowed => compress(data.get(..MAX_CHUNK).unwrap_or(data), room),
        Compression::Off => None,
    };
    let (flag, content, taken) = match &compressed {
        Some((content, taken)) => (FLAG_COMPRESSED, content.as_slice(), *taken),
        None => {
            let plain = data.get(..room.min(MAX_CHUNK)).unwrap_or(data);
            (0, plain, plain.len())
        }
    };
    let ends = end == StreamEnd::Last && taken == data.len();
    let header = stream.0 | flag | if ends { FLAG_END } else { 0 };
    ([&header.to_be_bytes(), content].concat(), taken)
}

/// As much from the front of `chunk` as fits into `room` compressed, if that is more than would fit as it is, or takes
/// less.
fn compress(chunk: &[u8], room: usize) -> Option<(Vec<u8>, usize)> {
    let mut length = chunk.len();
    for _ in 0..TRIES {
        let whole = length == chunk.len();
        if length < COMPRESS_MIN || (length <= room && !whole) {
            return None;
        }
        let packed = bzip2(chunk.get(..length)?)?;
        if packed.len() <= room && packed.len() < length {
            return Some((packed, length));
        }
        if packed.len().saturating_mul(100) > length.saturating_mul(RANDOM_HUNDREDTHS) {
            return None;
        }
        // What should fit by the measure of this try; a shorter piece compresses a little worse.
        let share = length.saturating_mul(room).checked_div(packed.len())?;
        length = share.saturating_sub(share >> 3).min(length.saturating_sub(1));
    }
    None
}

fn bzip2(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// More than [`MAX_CHUNK`] bytes are refused, and so is a stream that is damaged or incomplete.
fn decompress(packed: &[u8]) -> Result<Vec<u8>, DropReason> {
    let one_more = u64::try_from(MAX_CHUNK).unwrap_or(0).saturating_add(1);
    let mut out = Vec::new();
    // The decoder takes nothing at all for a stream of nothing.
    if packed.is_empty() {
        return Err(DropReason::Malformed);
    }
    BzDecoder::new(packed).take(one_more).read_to_end(&mut out).map_err(|_| DropReason::Malformed)?;
    if out.len() > MAX_CHUNK { Err(DropReason::TooLarge) } else { Ok(out) }
}
