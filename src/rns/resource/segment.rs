//! One segment of a Resource: from plain data to the encrypted stream that is cut into parts, and back.
//! Not its transfer; that is the sender's and the receiver's business.

use std::io::{Read, Write};

use bzip2::read::BzDecoder;
use bzip2::write::BzEncoder;
use sha2::{Digest, Sha256};

use super::super::hash::ResourceHash;
use super::super::link::Session;
use super::super::node::Compression;
use super::super::random::Random;
use super::advertisement::{Advertisement, Encoding};
use super::hashmap::{self, MapHash};

/// Random bytes in front of the data; the receiver throws them away.
const STREAM_PREFIX: usize = 4;

/// A segment that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Segment {
    /// SHA-256 of plain data and random hash.
    pub(crate) hash: ResourceHash,
    /// Salt of its hashes.
    pub(crate) random_hash: [u8; 4],
    /// What the receiver must answer: SHA-256 of plain data and hash.
    pub(crate) proof: [u8; 32],
    /// The encrypted stream.
    pub(crate) stream: Vec<u8>,
    /// One map hash per part.
    pub(crate) hashes: Vec<MapHash>,
    /// Was compression worth it?
    pub(crate) encoding: Encoding,
}

/// Why a stream that arrived whole is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Its hash, its key or its size is wrong.
    Corrupt,
    /// It unpacks to more than was advertised, or ends halfway: nobody does that by accident.
    Hostile,
}

impl Segment {
    /// Packs `plain` for this session, to be cut into parts of `sdu` bytes.
    pub(crate) fn build(
        plain: &[u8],
        compression: Compression,
        session: &Session,
        sdu: usize,
        random: &mut Random,
    ) -> Self {
        let (prefix, iv) = (random.bytes(), random.bytes());
        Self::build_with(plain, compression, session, sdu, prefix, iv, || random.bytes())
    }

    /// As [`Self::build`], with the random values given; golden vectors need it. `random_hash` is asked again
    /// while map hashes collide.
    pub(crate) fn build_with(
        plain: &[u8],
        compression: Compression,
        session: &Session,
        sdu: usize,
        prefix: [u8; STREAM_PREFIX],
        iv: [u8; 16],
        mut random_hash: impl FnMut() -> [u8; 4],
    ) -> Self {
        let compressed = match compression {
            Compression::Allowed => compress(plain).filter(|packed| packed.len() < plain.len()),
            Compression::Off => None,
        };
        let encoding = if compressed.is_some() { Encoding::Bzip2 } else { Encoding::Stored };
        let content = compressed.as_deref().unwrap_or(plain);
        let stream = session.token().encrypt(&[prefix.as_slice(), content].concat(), iv);
        let digest = PlainDigest::of(plain);
        let mut salt = random_hash();
        let hashes = loop {
            match hashmap::of_stream(&stream, sdu, salt) {
                Some(hashes) => break hashes,
                None => salt = random_hash(),
            }
        };
        let hash = digest.resource_hash(salt);
        Self { hash, random_hash: salt, proof: digest.proof(hash), stream, hashes, encoding }
    }

    /// The part at `position`.
    pub(crate) fn part(&self, position: usize, sdu: usize) -> Option<&[u8]> {
        self.stream.chunks(sdu.max(1)).nth(position)
    }
}

/// Undoes [`Segment::build`]: the plain data, of at most `room` bytes, and the proof to send.
pub(crate) fn unpack(
    session: &Session,
    advertisement: &Advertisement,
    stream: &[u8],
    room: usize,
) -> Result<(Vec<u8>, [u8; 32]), Damage> {
    let mut content = session.token().decrypt(stream).map_err(|_| Damage::Corrupt)?;
    if content.len() < STREAM_PREFIX {
        return Err(Damage::Corrupt);
    }
    content.drain(..STREAM_PREFIX);
    let plain = match advertisement.encoding {
        Encoding::Stored => content,
        Encoding::Bzip2 => decompress(&content, room).ok_or(Damage::Hostile)?,
    };
    let digest = PlainDigest::of(&plain);
    if plain.len() > room || digest.resource_hash(advertisement.random_hash) != advertisement.hash {
        return Err(Damage::Corrupt);
    }
    Ok((plain, digest.proof(advertisement.hash)))
}

/// The state of SHA-256 after the plain data: three hashes of a segment begin with it, and it may be large.
struct PlainDigest(Sha256);

impl PlainDigest {
    fn of(plain: &[u8]) -> Self {
        Self(Sha256::new().chain_update(plain))
    }

    fn resource_hash(&self, random_hash: [u8; 4]) -> ResourceHash {
        ResourceHash::from_bytes(self.0.clone().chain_update(random_hash).finalize().into())
    }

    fn proof(&self, hash: ResourceHash) -> [u8; 32] {
        self.0.clone().chain_update(hash.as_bytes()).finalize().into()
    }
}

fn compress(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// `None` for more than `limit` bytes and for a stream that is damaged or incomplete.
fn decompress(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let one_more = u64::try_from(limit).ok()?.saturating_add(1);
    let mut out = Vec::new();
    BzDecoder::new(packed).take(one_more).read_to_end(&mut out).ok()?;
    (out.len() <= limit).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decompression_stops_at_the_limit() {
        let packed = compress(&vec![0; 1_000_000]).unwrap();
        assert_eq!(decompress(&packed, 999_999), None);
        assert_eq!(decompress(&packed, 1_000_000), Some(vec![0; 1_000_000]));
    }

    #[test]
    fn half_a_compressed_stream_is_refused() {
        let packed = compress(b"a group server that real clients can use").unwrap();
        let half = &packed[..packed.len() - 6];
        assert_eq!(decompress(half, 1000), None);
        assert_eq!(decompress(b"", 1000).unwrap_or_default(), b"");
    }
}
