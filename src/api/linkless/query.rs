//! A question in one packet to a group, and the answer in one packet to whoever asked, byte by byte.
//! Not who may ask, and not what is in the messages.

use crate::api::bytes::Bytes;
use crate::api::messages::Cursor;
use crate::api::varint;
use crate::hash_type;
use crate::rns::hash::{IdentityHash, truncated_sha256};

/// App name and aspect of the destination that answers go to: of the identity that asks, or is asked for.
pub const CLIENT_NAME: &str = "meshchat.client";

/// The version of these packets, in the upper half of their first byte.
pub(super) const VERSION: u8 = 0x10;
/// In the lower half: the whole public key is there in place of its hash.
const WITH_KEY: u8 = 0x01;
/// What has changed after the event with this number, which is the rest as a varint.
const SINCE_SEQ: u8 = 0x02;
/// What has changed after this cursor, which is the rest.
const SINCE_CURSOR: u8 = 0x04;
/// Of an answer: its messages are compact.
const COMPACT: u8 = 0x00;

/// A packet's plaintext is padded to blocks of so many bytes, with at least one of padding.
const BLOCK: usize = 16;
/// Blocks of an answer unless a question wants something else: 355 bytes on the air.
const USUAL_BLOCKS: u8 = 16;
/// Fewest blocks of an answer: a compact body that is cut has room in them.
const LEAST_BLOCKS: u8 = 9;
/// Most blocks of an answer: 483 bytes on the air, the largest packet that there is.
pub const MOST_BLOCKS: u8 = 24;

hash_type! {
    /// Drawn by whoever asks, and kept from others: the answer that has it comes from the group.
    QueryId, 4
}

/// A question: for the latest messages, or for what has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What the answer repeats.
    pub id: QueryId,
    /// Whom the answer is for.
    pub who: Who,
    /// Most messages; 0 for as many as there is room for.
    pub limit: u8,
    /// Blocks of 16 bytes that the answer may have: 99 + 16 × this on the air. 0 stands for 16; 9 to 24.
    pub blocks: u8,
    /// What has changed after this; otherwise the latest.
    pub since: Option<Cursor>,
}

/// Whom an answer is for: nobody else can read it, so it needs no other proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Somebody whose key the server knows.
    Known(IdentityHash),
    /// Somebody with this public key (X25519 ‖ Ed25519).
    Key([u8; 64]),
}

impl Who {
    /// The person.
    pub fn identity(&self) -> IdentityHash {
        match self {
            Self::Known(identity) => *identity,
            Self::Key(key) => IdentityHash::from_bytes(truncated_sha256(&[key])),
        }
    }
}

impl Query {
    /// Reads a question. `None` if it is none, or one of a later version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let ([first, limit, blocks], rest) = bytes.split_first_chunk()?;
        let flags = first.checked_sub(VERSION)?;
        let (id, rest) = rest.split_first_chunk()?;
        let (who, rest) = match flags & WITH_KEY {
            0 => {
                let (hash, rest) = rest.split_first_chunk()?;
                (Who::Known(IdentityHash::from_bytes(*hash)), rest)
            }
            _ => {
                let (key, rest) = rest.split_first_chunk()?;
                (Who::Key(*key), rest)
            }
        };
        let since = match flags & !WITH_KEY {
            0 if rest.is_empty() => None,
            SINCE_SEQ => Some(Cursor::Seq(varint::only(rest)?)),
            SINCE_CURSOR if !rest.is_empty() => Some(Cursor::Within(Bytes(rest.to_vec()))),
            _ => return None,
        };
        Some(Self { id: QueryId::from_bytes(*id), who, limit: *limit, blocks: *blocks, since })
    }

    /// The plaintext of its packet.
    pub fn encode(&self) -> Vec<u8> {
        let who = if matches!(self.who, Who::Key(_)) { WITH_KEY } else { 0 };
        let since = match &self.since {
            None => 0,
            Some(Cursor::Seq(_)) => SINCE_SEQ,
            Some(Cursor::Within(_)) => SINCE_CURSOR,
        };
        let mut bytes = vec![VERSION | who | since, self.limit, self.blocks];
        bytes.extend_from_slice(self.id.as_bytes());
        match &self.who {
            Who::Known(identity) => bytes.extend_from_slice(identity.as_bytes()),
            Who::Key(key) => bytes.extend_from_slice(key),
        }
        match &self.since {
            None => {}
            Some(Cursor::Seq(seq)) => varint::push(&mut bytes, *seq),
            Some(Cursor::Within(cursor)) => bytes.extend_from_slice(&cursor.0),
        }
        bytes
    }

    /// Bytes of messages that the answer has room for.
    pub fn room(&self) -> usize {
        let blocks =
            if self.blocks == 0 { USUAL_BLOCKS } else { self.blocks.clamp(LEAST_BLOCKS, MOST_BLOCKS) };
        (usize::from(blocks) * BLOCK - 1).saturating_sub(Reply::FRAME)
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What is answered.
    pub id: QueryId,
    /// The messages, in compact form.
    pub body: Vec<u8>,
}

impl Reply {
    /// Bytes that are no messages.
    pub const FRAME: usize = 5;

    /// Reads an answer. `None` if it is none, or one of a later version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let (id, body) = rest.split_first_chunk()?;
        (*first == VERSION | COMPACT).then(|| Self { id: QueryId::from_bytes(*id), body: body.to_vec() })
    }

    /// The plaintext of its packet.
    pub fn encode(&self) -> Vec<u8> {
        [&[VERSION | COMPACT][..], self.id.as_bytes(), &self.body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(who: Who, since: Option<Cursor>) -> Query {
        Query { id: QueryId::from_bytes([1, 2, 3, 4]), who, limit: 5, blocks: 0, since }
    }

    fn known() -> Who {
        Who::Known(IdentityHash::from_bytes([7; 16]))
    }

    #[test]
    fn a_question_is_read_as_it_was_written() {
        for who in [known(), Who::Key([9; 64])] {
            for since in [
                None,
                Some(Cursor::Seq(0)),
                Some(Cursor::Seq(u64::MAX)),
                Some(Cursor::Within(Bytes(vec![0x77, 1, 2, 3]))),
            ] {
                let query = query(who.clone(), since);
                assert_eq!(Query::parse(&query.encode()), Some(query));
            }
        }
    }

    #[test]
    fn the_usual_question_takes_two_blocks_also_with_a_number_of_a_year() {
        assert_eq!(query(known(), None).encode().len(), 23);
        assert!(query(known(), Some(Cursor::Seq(1 << 40))).encode().len() <= 31);
    }

    #[test]
    fn what_is_cut_or_goes_on_or_is_of_another_version_is_no_question() {
        let whole = query(known(), Some(Cursor::Seq(300))).encode();
        for end in 0..whole.len() {
            assert_eq!(Query::parse(&whole[..end]), None, "{end}");
        }
        assert_eq!(Query::parse(&[&whole[..], &[0]].concat()), None);
        let plain = query(known(), None).encode();
        assert_eq!(Query::parse(&[&plain[..], &[0]].concat()), None);
        for first in (0..=u8::MAX).filter(|first| *first != 0x10) {
            let other = [&[first][..], &plain[1..]].concat();
            assert_eq!(Query::parse(&other), None, "{first:#x}");
        }
    }

    #[test]
    fn an_answer_fills_the_blocks_that_were_asked_for_and_no_more_than_a_packet_holds() {
        let room = |blocks| Query { blocks, ..query(known(), None) }.room();
        assert_eq!([0, 1, 16, 24, 25, 255].map(room), [250, 138, 250, 378, 378, 378]);
        assert_eq!(378 + Reply::FRAME, crate::rns::packet::ENCRYPTED_MDU);
        let reply = Reply { id: QueryId::from_bytes([1, 2, 3, 4]), body: vec![5; 250] };
        assert_eq!(reply.encode().len(), 255);
        assert_eq!(Reply::parse(&reply.encode()), Some(reply));
        assert_eq!(Reply::parse(&[0x10, 1, 2, 3]), None);
        assert_eq!(Reply::parse(&[0x20, 1, 2, 3, 4]), None);
    }
}
