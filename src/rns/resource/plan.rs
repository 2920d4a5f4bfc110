//! A Resource that is made and not sent, for those who want to know beforehand what it costs.
//! Not a promise: the next one has other random values.

use super::super::hash::ResourceHash;
use super::super::link::Session;
use super::super::node::Compression;
use super::super::packet::{Context, PacketType};
use super::super::random::Random;
use super::advertisement::{Advertisement, Encoding, Metadata, Purpose};
use super::content::Content;
use super::segment::Segment;
use super::sender::{COMPRESS_MAX, SEGMENT_SIZE};

/// How a Resource is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// May it be compressed?
    pub compression: Compression,
    /// Bytes of a part (`Resource.sdu`); what the link carries if nothing is said.
    pub sdu: Option<usize>,
}

/// What a Resource would be. Hashes and parts are those of its first segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePlan {
    /// Names the segment, and with it the whole Resource.
    pub hash: ResourceHash,
    /// The salt of its hashes.
    pub random_hash: [u8; 4],
    /// What the receiver would have to answer.
    pub proof: [u8; 32],
    /// Four bytes for each part.
    pub hashmap: Vec<u8>,
    /// Flags of the advertisement.
    pub flags: u64,
    /// Plain bytes of the whole Resource, metadata included.
    pub size: usize,
    /// Bytes that would cross the link for the segment, without packet headers.
    pub transfer_size: usize,
    /// How many segments there are.
    pub segments: usize,
    /// Is it compressed?
    pub compressed: bool,
    /// Does it have metadata?
    pub has_metadata: bool,
    /// Bytes of a part.
    pub sdu: usize,
    /// The packets.
    pub parts: Vec<Vec<u8>>,
}

impl ResourcePlan {
    pub(crate) fn make(content: &Content, how: Packing, session: &Session, random: &mut Random) -> Self {
        let size = content.bytes.len();
        let compression = if size > COMPRESS_MAX { Compression::Off } else { how.compression };
        let sdu = how.sdu.unwrap_or_else(|| session.sdu()).max(1);
        let first = content.bytes.get(..SEGMENT_SIZE).unwrap_or(&content.bytes);
        let segment = Segment::build(first, compression, session, sdu, random);
        let advertisement = Advertisement {
            transfer_size: segment.stream.len(),
            data_size: size,
            parts: segment.hashes.len(),
            hash: segment.hash,
            random_hash: segment.random_hash,
            original: segment.hash,
            segment: 1,
            segments: size.div_ceil(SEGMENT_SIZE).max(1),
            purpose: Purpose::Plain,
            encoding: segment.encoding,
            metadata: content.metadata,
            hashmap: segment.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect(),
        };
        let frame = |part| session.frame(PacketType::Data, Context::Resource, part);
        Self {
            hash: segment.hash,
            random_hash: segment.random_hash,
            proof: segment.proof,
            flags: advertisement.flags(),
            size,
            transfer_size: segment.stream.len(),
            segments: advertisement.segments,
            compressed: segment.encoding == Encoding::Bzip2,
            has_metadata: content.metadata == Metadata::Prefixed,
            sdu,
            parts: segment.stream.chunks(sdu).map(frame).collect(),
            hashmap: advertisement.hashmap,
        }
    }
}
