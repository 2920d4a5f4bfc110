//! Joining in one packet, and being told in one what has come of it, byte by byte: the same request and answer as on a link.
//! Not who may join, and not the signature itself; `api` knows bytes.

use super::query::{QueryId, VERSION};
use crate::rns::hash::DestinationHash;

/// In the lower half of the first byte: it is about joining.
const KNOCK: u8 = 0x08;
/// What the signature is over begins so: nothing else that an identity signs does.
const LABEL: &[u8] = b"roost-knock1";
/// Blocks of the largest answer, as of any packet.
const MOST_BLOCKS: usize = 24;
const BLOCK: usize = 16;

/// Somebody wants to come in, and has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knock {
    /// What the answer repeats.
    pub id: QueryId,
    /// Who (X25519 ‖ Ed25519).
    pub key: [u8; 64],
    /// Theirs, over [`Self::signed_part`].
    pub signature: [u8; 64],
    /// The packed request, as for `/api/v1/join`.
    pub request: Vec<u8>,
}

impl Knock {
    /// Reads one. `None` if it is none, or one of a later version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (signature, request) = rest.split_first_chunk()?;
        let id = QueryId::from_bytes(*id);
        (*first == VERSION | KNOCK).then(|| Self {
            id,
            key: *key,
            signature: *signature,
            request: request.to_vec(),
        })
    }

    /// The plaintext of its packet.
    pub fn encode(&self) -> Vec<u8> {
        let Self { id, key, signature, request } = self;
        [&[VERSION | KNOCK][..], id.as_bytes(), key, signature, request].concat()
    }

    /// What is signed: it holds in this group alone, and for this question.
    pub fn signed_part(group: DestinationHash, id: QueryId, key: &[u8; 64], request: &[u8]) -> Vec<u8> {
        [LABEL, group.as_bytes(), id.as_bytes(), key, request].concat()
    }
}

/// What has come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnockReply {
    /// What is answered.
    pub id: QueryId,
    /// The packed answer of `/api/v1/join`, or a refusal.
    pub answer: Vec<u8>,
}

impl KnockReply {
    /// Most bytes of an answer: 483 bytes on the air.
    pub const ROOM: usize = MOST_BLOCKS * BLOCK - 1 - Self::FRAME;
    const FRAME: usize = 5;

    /// Reads one. `None` if it is none, or one of a later version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let (id, answer) = rest.split_first_chunk()?;
        let id = QueryId::from_bytes(*id);
        (*first == VERSION | KNOCK).then(|| Self { id, answer: answer.to_vec() })
    }

    /// The plaintext of its packet.
    pub fn encode(&self) -> Vec<u8> {
        [&[VERSION | KNOCK][..], self.id.as_bytes(), &self.answer].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Query, Reply};
    use super::*;

    fn query() -> Knock {
        let id = QueryId::from_bytes([1, 2, 3, 4]);
        Knock { id, key: [5; 64], signature: [6; 64], request: vec![0x81, 36, 0xa1, b'A'] }
    }

    #[test]
    fn it_is_read_as_it_was_written_and_is_no_other_question() {
        let query = query();
        let bytes = query.encode();
        assert_eq!(Knock::parse(&bytes), Some(query.clone()));
        assert_eq!(Query::parse(&bytes), None);
        for end in 0..133 {
            assert_eq!(Knock::parse(&bytes[..end]), None, "{end}");
        }
        for first in (0..=u8::MAX).filter(|first| *first != 0x18) {
            assert_eq!(Knock::parse(&[&[first][..], &bytes[1..]].concat()), None, "{first:#x}");
        }
        let reply = KnockReply { id: query.id, answer: vec![0x80; KnockReply::ROOM] };
        assert_eq!(reply.encode().len(), crate::rns::packet::ENCRYPTED_MDU);
        assert_eq!(KnockReply::parse(&reply.encode()), Some(reply.clone()));
        assert_eq!((Reply::parse(&reply.encode()), KnockReply::parse(&[0x18, 1, 2, 3])), (None, None));
    }

    #[test]
    fn what_is_signed_names_group_question_person_and_request() {
        let Knock { id, key, request, .. } = query();
        let group = DestinationHash::from_bytes([7; 16]);
        let signed = |group, id, key, request: &[u8]| Knock::signed_part(group, id, key, request);
        let one = signed(group, id, &key, &request);
        for other in [
            signed(DestinationHash::from_bytes([8; 16]), id, &key, &request),
            signed(group, QueryId::from_bytes([1, 2, 3, 5]), &key, &request),
            signed(group, id, &[9; 64], &request),
            signed(group, id, &key, &request[1..]),
        ] {
            assert_ne!(one, other);
        }
    }
}
