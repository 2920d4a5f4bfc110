//! Map hashes: four bytes per part, by which a receiver asks for parts and knows them again.
//! Not the parts.

use std::collections::BTreeMap;

use rmpv::Value;

use super::super::error::DropReason;
use super::super::hash::truncated_sha256;
use super::super::msgpack;

/// `Resource.MAPHASH_LEN`.
pub(crate) const MAPHASH_LEN: usize = 4;
/// `ResourceAdvertisement.HASHMAP_MAX_LEN`: map hashes in an advertisement and in each update, whatever the MTU.
pub(crate) const HASHMAP_MAX_LEN: usize = 74;
/// `ResourceAdvertisement.COLLISION_GUARD_SIZE`: within so many parts a map hash must be unique.
pub(crate) const COLLISION_GUARD: usize = 224;

/// Names a part within [`COLLISION_GUARD`] positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MapHash([u8; MAPHASH_LEN]);

impl MapHash {
    /// The hash of `part`, salted with the Resource's random hash.
    pub(crate) fn of(part: &[u8], random_hash: [u8; 4]) -> Self {
        Self(truncated_sha256(&[part, &random_hash]))
    }

    /// The four bytes.
    pub(crate) const fn as_bytes(&self) -> &[u8; MAPHASH_LEN] {
        &self.0
    }
}

/// Reads consecutive map hashes; a remainder is ignored.
pub(crate) fn read(bytes: &[u8]) -> impl Iterator<Item = MapHash> {
    bytes.as_chunks::<MAPHASH_LEN>().0.iter().map(|chunk| MapHash(*chunk))
}

/// The map hashes of a part stream; `None` if two of them could be confused, and another salt is needed.
pub(crate) fn of_stream(stream: &[u8], sdu: usize, random_hash: [u8; 4]) -> Option<Vec<MapHash>> {
    let mut seen: BTreeMap<MapHash, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for (position, part) in stream.chunks(sdu.max(1)).enumerate() {
        let hash = MapHash::of(part, random_hash);
        if seen.insert(hash, position).is_some_and(|before| position.abs_diff(before) < COLLISION_GUARD) {
            return None;
        }
        out.push(hash);
    }
    Some(out)
}

/// The hashes of map segment `segment`, concatenated; empty behind the end.
pub(crate) fn segment_bytes(hashes: &[MapHash], segment: usize) -> Vec<u8> {
    let start = segment.saturating_mul(HASHMAP_MAX_LEN);
    hashes.iter().skip(start).take(HASHMAP_MAX_LEN).flat_map(|hash| *hash.as_bytes()).collect()
}

/// The content of a hashmap update behind the resource hash.
pub(crate) fn pack_update(segment: usize, hashes: &[u8]) -> Vec<u8> {
    let segment = Value::from(u64::try_from(segment).unwrap_or(u64::MAX));
    msgpack::encode(&Value::Array(vec![segment, Value::Binary(hashes.to_vec())]))
}

/// Reads the content of a hashmap update behind the resource hash.
pub(crate) fn parse_update(bytes: &[u8]) -> Result<(usize, Vec<u8>), DropReason> {
    let Value::Array(fields) = msgpack::decode(bytes)? else {
        return Err(DropReason::MalformedMsgpack);
    };
    let [segment, hashes, ..] = fields.as_slice() else {
        return Err(DropReason::MalformedMsgpack);
    };
    let segment = segment.as_u64().and_then(|segment| usize::try_from(segment).ok());
    match (segment, hashes.as_slice()) {
        (Some(segment), Some(hashes)) => Ok((segment, hashes.to_vec())),
        _ => Err(DropReason::MalformedMsgpack),
    }
}

/// What a receiver knows of the map: always a prefix, because updates come in order.
#[derive(Debug)]
pub(crate) struct KnownMap {
    hashes: Vec<MapHash>,
    parts: usize,
}

impl KnownMap {
    /// The map of a segment of `parts` parts, beginning with what its advertisement said.
    pub(crate) fn new(parts: usize, advertised: &[u8]) -> Self {
        Self { hashes: read(advertised).take(parts).collect(), parts }
    }

    /// How many parts the segment has.
    pub(crate) const fn parts(&self) -> usize {
        self.parts
    }

    /// The map hash of the part at `position`, if known yet.
    pub(crate) fn get(&self, position: usize) -> Option<MapHash> {
        self.hashes.get(position).copied()
    }

    /// How many map hashes are known.
    pub(crate) const fn height(&self) -> usize {
        self.hashes.len()
    }

    /// The last map hash that is known.
    pub(crate) fn last(&self) -> Option<MapHash> {
        self.hashes.last().copied()
    }

    /// Takes map segment `segment`; false if it brings nothing that continues the known prefix.
    pub(crate) fn extend(&mut self, segment: usize, bytes: &[u8]) -> bool {
        let start = segment.saturating_mul(HASHMAP_MAX_LEN);
        let Some(known) = self.hashes.len().checked_sub(start) else { return false };
        let room = self.parts.saturating_sub(self.hashes.len());
        let before = self.hashes.len();
        self.hashes.extend(read(bytes).take(HASHMAP_MAX_LEN).skip(known).take(room));
        self.hashes.len() > before
    }
}
