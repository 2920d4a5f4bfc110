//! The advertisement of one segment of a Resource.
//! Not the decision whether it is wanted.

use rmpv::Value;

use super::super::error::DropReason;
use super::super::hash::{RequestId, ResourceHash};
use super::super::msgpack;
use super::hashmap::{HASHMAP_MAX_LEN, MAPHASH_LEN};

/// `Resource.MAX_EFFICIENT_SIZE` × 3: more than a segment's stream can be.
const MAX_TRANSFER_SIZE: usize = 3_145_725;
/// An IV, one block and an HMAC.
const MIN_TRANSFER_SIZE: usize = 64;

const FLAG_ENCRYPTED: u64 = 1;
const FLAG_COMPRESSED: u64 = 1 << 1;
const FLAG_SPLIT: u64 = 1 << 2;
const FLAG_REQUEST: u64 = 1 << 3;
const FLAG_RESPONSE: u64 = 1 << 4;
const FLAG_METADATA: u64 = 1 << 5;

/// What a Resource is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Application data.
    Plain,
    /// Carries this request.
    Request(RequestId),
    /// Answers this request.
    Response(RequestId),
}

/// Is the stream of a segment compressed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is.
    Stored,
    /// With bz2.
    Bzip2,
}

/// Does the Resource have metadata, in front of its first segment?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// No.
    Absent,
    /// Yes.
    Prefixed,
}

/// One advertisement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advertisement {
    /// `t`: bytes of this segment's encrypted stream.
    pub(crate) transfer_size: usize,
    /// `d`: uncompressed bytes of the whole Resource, metadata included.
    pub(crate) data_size: usize,
    /// `n`: parts of this segment.
    pub(crate) parts: usize,
    /// `h`: names this segment.
    pub(crate) hash: ResourceHash,
    /// `r`: salt of its hashes.
    pub(crate) random_hash: [u8; 4],
    /// `o`: names the Resource; the hash of its first segment.
    pub(crate) original: ResourceHash,
    /// `i`: from 1.
    pub(crate) segment: usize,
    /// `l`.
    pub(crate) segments: usize,
    /// `q` and flags 3 and 4.
    pub(crate) purpose: Purpose,
    /// Flag 1.
    pub(crate) encoding: Encoding,
    /// Flag 5.
    pub(crate) metadata: Metadata,
    /// `m`: the first map hashes.
    pub(crate) hashmap: Vec<u8>,
}

impl Advertisement {
    /// The plaintext of the advertisement packet.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let request_id = match &self.purpose {
            Purpose::Plain => Value::Nil,
            Purpose::Request(id) | Purpose::Response(id) => bin(id.as_bytes()),
        };
        msgpack::encode(&Value::Map(vec![
            ("t".into(), number(self.transfer_size)),
            ("d".into(), number(self.data_size)),
            ("n".into(), number(self.parts)),
            ("h".into(), bin(self.hash.as_bytes())),
            ("r".into(), bin(&self.random_hash)),
            ("o".into(), bin(self.original.as_bytes())),
            ("i".into(), number(self.segment)),
            ("l".into(), number(self.segments)),
            ("q".into(), request_id),
            ("f".into(), self.flags().into()),
            ("m".into(), bin(&self.hashmap)),
        ]))
    }

    /// `f`.
    pub(crate) fn flags(&self) -> u64 {
        let purpose = match &self.purpose {
            Purpose::Plain => 0,
            Purpose::Request(_) => FLAG_REQUEST,
            Purpose::Response(_) => FLAG_RESPONSE,
        };
        FLAG_ENCRYPTED
            | purpose
            | if self.encoding == Encoding::Bzip2 { FLAG_COMPRESSED } else { 0 }
            | if self.segments > 1 { FLAG_SPLIT } else { 0 }
            | if self.metadata == Metadata::Prefixed { FLAG_METADATA } else { 0 }
    }

    /// Reads the plaintext of an advertisement packet; keys that have no meaning here are ignored.
    pub(crate) fn parse(plaintext: &[u8]) -> Result<Self, DropReason> {
        let Value::Map(map) = msgpack::decode(plaintext)? else {
            return Err(DropReason::MalformedMsgpack);
        };
        let field = |name: &str| {
            let entry = map.iter().find(|(key, _)| key.as_str() == Some(name));
            entry.map(|(_, value)| value).ok_or(DropReason::MalformedMsgpack)
        };
        let size = |name: &str| {
            let value = field(name)?.as_u64().ok_or(DropReason::MalformedMsgpack)?;
            usize::try_from(value).map_err(|_| DropReason::Malformed)
        };
        let bytes = |name: &str| field(name)?.as_slice().ok_or(DropReason::MalformedMsgpack);
        let hash = |name: &str| ResourceHash::from_slice(bytes(name)?).ok_or(DropReason::Malformed);

        let flags = field("f")?.as_u64().ok_or(DropReason::MalformedMsgpack)?;
        let purpose = purpose(flags, field("q")?)?;
        let parsed = Self {
            transfer_size: size("t")?,
            data_size: size("d")?,
            parts: size("n")?,
            hash: hash("h")?,
            random_hash: bytes("r")?.try_into().map_err(|_| DropReason::Malformed)?,
            original: hash("o")?,
            segment: size("i")?,
            segments: size("l")?,
            purpose,
            encoding: if flags & FLAG_COMPRESSED == 0 { Encoding::Stored } else { Encoding::Bzip2 },
            metadata: if flags & FLAG_METADATA == 0 { Metadata::Absent } else { Metadata::Prefixed },
            hashmap: bytes("m")?.to_vec(),
        };
        parsed.check(flags)?;
        Ok(parsed)
    }

    fn check(&self, flags: u64) -> Result<(), DropReason> {
        let sound = flags & FLAG_ENCRYPTED != 0
            && (MIN_TRANSFER_SIZE..=MAX_TRANSFER_SIZE).contains(&self.transfer_size)
            && (1..=self.segments).contains(&self.segment)
            && self.hashmap.chunks_exact(MAPHASH_LEN).remainder().is_empty()
            && self.hashmap.len() <= HASHMAP_MAX_LEN.saturating_mul(MAPHASH_LEN);
        if sound { Ok(()) } else { Err(DropReason::Malformed) }
    }
}

/// The flags decide, and need an id; an id without a flag means nothing.
fn purpose(flags: u64, request_id: &Value) -> Result<Purpose, DropReason> {
    let id = match request_id {
        Value::Nil => None,
        other => {
            let bytes = other.as_slice().ok_or(DropReason::MalformedMsgpack)?;
            Some(RequestId::from_slice(bytes).ok_or(DropReason::Malformed)?)
        }
    };
    match (flags & FLAG_REQUEST != 0, flags & FLAG_RESPONSE != 0, id) {
        (false, false, _) => Ok(Purpose::Plain),
        (true, false, Some(id)) => Ok(Purpose::Request(id)),
        (false, true, Some(id)) => Ok(Purpose::Response(id)),
        (true, true, _) | (_, _, None) => Err(DropReason::Malformed),
    }
}

fn bin(bytes: &[u8]) -> Value {
    Value::Binary(bytes.to_vec())
}

fn number(value: usize) -> Value {
    Value::from(u64::try_from(value).unwrap_or(u64::MAX))
}
