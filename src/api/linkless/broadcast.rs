//! Questions that one member asks and all who are near are answered: a PLAIN packet there, a GROUP packet back, byte by
//! byte; and `/api/v1/broadcast`, where members get the key. Not when the server answers.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::api::bytes::FixedBytes;
use crate::api::format::Style;
use crate::api::messages::Cursor;
use crate::api::{Call, Failure, varint};
use crate::group::{Refusal, RefusalCode, Sentence, rules};
use crate::hash_type;
use crate::rns::hash::DestinationHash;

/// App name and aspect of the PLAIN destination where members ask. With a dot and the number of the key it is the GROUP
/// destination where they are answered.
pub const BROADCAST_NAME: &str = "meshchat.broadcast";

/// The version of these packets, in the upper half of their first byte.
const VERSION: u8 = 0x10;
/// In the lower half: what has changed after the event with this number, which is a varint.
const SINCE_SEQ: u8 = 0x02;
/// Of an answer: the key that was asked with is old.
const OLD_KEY: u8 = 0x08;
/// Bytes at the end of a question that only who has the key can make.
const MAC: usize = 4;

hash_type! {
    /// The beginning of the address of a `meshchat.group`.
    GroupTag, 3
}

impl GroupTag {
    /// Of this group.
    pub fn of(group: DestinationHash) -> Self {
        let [a, b, c, ..] = *group.as_bytes();
        Self::from_bytes([a, b, c])
    }
}

/// The full name of the GROUP destination that answers to this key go to.
pub fn group_name(epoch: u64) -> String {
    format!("{BROADCAST_NAME}.{epoch}")
}

/// A question of a member to a group, in the hearing of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastQuery {
    /// The group.
    pub tag: GroupTag,
    /// The lowest byte of the number of the member's key.
    pub epoch: u8,
    /// Most messages; 0 for as many as there is room for.
    pub limit: u8,
    /// What has changed after the event with this number; otherwise the latest.
    pub since: Option<u64>,
    said: Vec<u8>,
    mac: [u8; MAC],
}

impl BroadcastQuery {
    /// A question of somebody who has this key.
    pub fn new(tag: GroupTag, (epoch, key): (u64, &[u8; 64]), limit: u8, since: Option<u64>) -> Self {
        let [epoch, ..] = epoch.to_le_bytes();
        let mut said = vec![VERSION | if since.is_some() { SINCE_SEQ } else { 0 }];
        said.extend_from_slice(tag.as_bytes());
        said.extend_from_slice(&[epoch, limit]);
        if let Some(seq) = since {
            varint::push(&mut said, seq);
        }
        let whole: [u8; 32] = hmac(key, &said).finalize().into_bytes().into();
        let [a, b, c, d, ..] = whole;
        Self { tag, epoch, limit, since, said, mac: [a, b, c, d] }
    }

    /// Reads a question. `None` if it is none, or one of a later version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (said, mac) = bytes.split_last_chunk::<MAC>()?;
        let ([first, a, b, c, epoch, limit], rest) = said.split_first_chunk()?;
        let since = match first.checked_sub(VERSION)? {
            0 if rest.is_empty() => None,
            SINCE_SEQ => Some(varint::only(rest)?),
            _ => return None,
        };
        let tag = GroupTag::from_bytes([*a, *b, *c]);
        Some(Self { tag, epoch: *epoch, limit: *limit, since, said: said.to_vec(), mac: *mac })
    }

    /// Was it made with this key?
    pub fn is_made_with(&self, key: &[u8; 64]) -> bool {
        hmac(key, &self.said).verify_truncated_left(&self.mac).is_ok()
    }

    /// What the packet says.
    pub fn encode(&self) -> Vec<u8> {
        [&self.said[..], &self.mac].concat()
    }

    /// The place in the log that it asks from.
    pub fn since(&self) -> Option<Cursor> {
        self.since.map(Cursor::Seq)
    }
}

fn hmac(key: &[u8; 64], bytes: &[u8]) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(bytes);
    hmac
}

/// What everybody who is near hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broadcast {
    /// For who has the key, as the plaintext of a GROUP packet: messages, in compact form.
    Messages(Vec<u8>),
    /// For everybody, as a PLAIN packet: the group has another key now. Anybody can say so; ask for the key to know.
    OldKey {
        /// The group.
        tag: GroupTag,
        /// The number of its key.
        epoch: u64,
    },
}

impl Broadcast {
    /// Most bytes of messages: 323 bytes on the air.
    pub const ROOM: usize = 254;

    /// Reads what was heard. `None` if it is neither, or of a later version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        match first.checked_sub(VERSION)? {
            0 => Some(Self::Messages(rest.to_vec())),
            OLD_KEY => {
                let (tag, rest) = rest.split_first_chunk()?;
                Some(Self::OldKey { tag: GroupTag::from_bytes(*tag), epoch: varint::only(rest)? })
            }
            _ => None,
        }
    }

    /// What the packet says, before it is encrypted if it is.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Messages(body) => [&[VERSION][..], body].concat(),
            Self::OldKey { tag, epoch } => {
                let mut bytes = [&[VERSION | OLD_KEY][..], tag.as_bytes()].concat();
                varint::push(&mut bytes, *epoch);
                bytes
            }
        }
    }
}

/// The key of a group's broadcast.
#[derive(Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Which key it is, in order of time.
    pub number: u64,
    /// The GROUP destination that answers go to.
    pub destination: DestinationHash,
    /// The key: what a GROUP destination of Reticulum takes.
    pub key: [u8; 64],
}

impl std::fmt::Debug for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Epoch({}, …)", self.number)
    }
}

/// Asks for the key.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct BroadcastRequest {}

/// What a member needs to listen, and to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct BroadcastAnswer {
    /// The GROUP destination where messages are heard: `meshchat.broadcast.EPOCH` of the group's identity.
    #[schemars(with = "FixedBytes<16>")]
    pub destination: DestinationHash,
    /// Its key. Members keep it to themselves.
    pub key: FixedBytes<64>,
    /// The number of the key. When somebody goes, there is a new one.
    pub epoch: u64,
}

/// Serves `/api/v1/broadcast`.
pub fn broadcast(call: &mut Call<'_, '_>, _: BroadcastRequest, _: Style) -> Result<BroadcastAnswer, Failure> {
    let caller = call.who.caller;
    let Some(identity) = caller.identity() else {
        return Err(rules::identify().into());
    };
    if call.store.member(call.group.facts.gid, identity)?.is_none() {
        return Err(rules::not_member().into());
    }
    if !call.settings().may_broadcast() {
        let (what, then) = (Sentence::NoBroadcast, Sentence::AskAlone);
        return Err(Refusal::new(RefusalCode::NotAllowed, what, then).into());
    }
    let Epoch { number, destination, key } = call.host.broadcast_key(call.store)?;
    Ok(BroadcastAnswer { destination, key: FixedBytes(key), epoch: number })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 64] = [7; 64];
    const TAG: GroupTag = GroupTag::from_bytes([1, 2, 3]);

    #[test]
    fn a_question_has_ten_bytes_and_is_read_as_it_was_written() {
        let query = BroadcastQuery::new(TAG, (259, &KEY), 5, None);
        assert_eq!((query.encode().len(), query.epoch), (10, 3));
        for since in [None, Some(0), Some(300), Some(u64::MAX)] {
            let query = BroadcastQuery::new(TAG, (1, &KEY), 5, since);
            assert_eq!(BroadcastQuery::parse(&query.encode()), Some(query));
        }
    }

    #[test]
    fn only_who_has_the_key_can_ask() {
        let whole = BroadcastQuery::new(TAG, (1, &KEY), 5, Some(300)).encode();
        assert!(BroadcastQuery::parse(&whole).unwrap().is_made_with(&KEY));
        assert!(!BroadcastQuery::parse(&whole).unwrap().is_made_with(&[8; 64]));
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(BroadcastQuery::parse(&damaged).is_none_or(|query| !query.is_made_with(&KEY)), "{at}");
            assert!(BroadcastQuery::parse(&whole[..at]).is_none_or(|query| !query.is_made_with(&KEY)));
        }
    }

    #[test]
    fn what_is_heard_is_read_as_it_was_said() {
        for heard in [
            Broadcast::Messages(vec![1, 2, 3]),
            Broadcast::Messages(Vec::new()),
            Broadcast::OldKey { tag: TAG, epoch: 300 },
        ] {
            assert_eq!(Broadcast::parse(&heard.encode()), Some(heard));
        }
        for odd in [&[][..], &[0x20], &[0x11, 1], &[0x18, 1, 2, 3], &[0x18, 1, 2]] {
            assert_eq!(Broadcast::parse(odd), None, "{odd:?}");
        }
    }
}
