//! What one propagation node offers another with `/offer`, and what the other wants of it.
//! Not the transfer that follows: that is a container like an upload's.

use rmpv::Value;

use super::entry::{TransientId, bytes_in_array, bytes_of, expect_array};
use super::get::{MAX_IDS, pack_ids};
use super::refusal::NodeRefusal;
use crate::lxmf::stamp::{Purpose, Workblock};
use crate::rns::error::DropReason;
use crate::rns::hash::IdentityHash;
use crate::rns::msgpack::{self, Walker};

/// A peer says what it has, and shows a key that it has worked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The peering key; from a peer it may be anything.
    pub key: Vec<u8>,
    /// What it has.
    pub ids: Vec<TransientId>,
}

/// What the other node says to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferAnswer {
    /// It has everything.
    Nothing,
    /// It has nothing of it.
    All,
    /// It wants these.
    Some(Vec<TransientId>),
    /// It refuses.
    Refused(NodeRefusal),
}

/// What a peering key is over: `responder` is whose node the entries are offered to.
pub fn key_material(responder: IdentityHash, initiator: IdentityHash) -> Vec<u8> {
    [responder.as_bytes().as_slice(), initiator.as_bytes()].concat()
}

/// Is `key` worth `cost`, from `initiator` to `responder`?
pub fn key_is_valid(responder: IdentityHash, initiator: IdentityHash, key: &[u8], cost: u8) -> bool {
    Workblock::new(&key_material(responder, initiator), Purpose::Peering).accepts(key, cost)
}

impl Offer {
    /// Reads the data of a request. Of very many ids only the first are looked at.
    pub fn parse(data: &[u8]) -> Result<Self, DropReason> {
        let mut walker = Walker::new(data);
        expect_array(&mut walker, 2..16)?;
        let (_, raw) = walker.token().ok_or(DropReason::MalformedMsgpack)?;
        let key = bytes_of(raw).ok_or(DropReason::MalformedMsgpack)?.to_vec();
        let ids = bytes_in_array(&mut walker, usize::MAX)?;
        Ok(Self { key, ids: ids.into_iter().filter_map(TransientId::from_slice).take(MAX_IDS).collect() })
    }

    /// The data of a request.
    pub fn pack(&self) -> Vec<u8> {
        let ids = self.ids.iter().map(|id| Value::Binary(id.as_bytes().to_vec())).collect();
        msgpack::encode(&Value::Array(vec![Value::Binary(self.key.clone()), Value::Array(ids)]))
    }
}

impl OfferAnswer {
    /// What to say when `wanted` of the `offered` ids are wanted.
    pub fn of(offered: usize, wanted: Vec<TransientId>) -> Self {
        match wanted.len() {
            0 => Self::Nothing,
            all if all == offered => Self::All,
            _ => Self::Some(wanted),
        }
    }

    /// As the answer to a request.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Nothing => msgpack::encode(&Value::from(false)),
            Self::All => msgpack::encode(&Value::from(true)),
            Self::Some(ids) => pack_ids(ids),
            Self::Refused(refusal) => refusal.answer(),
        }
    }

    /// Reads the answer to a request.
    pub fn decode(answer: &[u8]) -> Result<Self, DropReason> {
        if matches!(answer.first(), Some(0x90..=0x9f | 0xdc | 0xdd)) {
            let ids = bytes_in_array(&mut Walker::new(answer), usize::MAX)?;
            return Ok(Self::Some(
                ids.into_iter().filter_map(TransientId::from_slice).take(MAX_IDS).collect(),
            ));
        }
        match msgpack::decode(answer)? {
            Value::Boolean(false) => Ok(Self::Nothing),
            Value::Boolean(true) => Ok(Self::All),
            other => NodeRefusal::of(&other).map(Self::Refused).ok_or(DropReason::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> TransientId {
        TransientId::from_bytes([n; 32])
    }

    #[test]
    fn what_is_offered_and_wanted_is_read() {
        let offer = Offer { key: vec![5; 32], ids: vec![id(1), id(2)] };
        assert_eq!(Offer::parse(&offer.pack()), Ok(offer));
        for answer in [
            OfferAnswer::of(2, vec![]),
            OfferAnswer::of(2, vec![id(1), id(2)]),
            OfferAnswer::of(2, vec![id(2)]),
            OfferAnswer::Refused(NodeRefusal::Throttled),
        ] {
            assert_eq!(OfferAnswer::decode(&answer.encode()), Ok(answer));
        }
        for nonsense in [&[][..], &[0x07], &[0xc0], &[0xdd, 0xff, 0xff, 0xff, 0xff], &[0xcc]] {
            assert!(OfferAnswer::decode(nonsense).is_err(), "{nonsense:02x?}");
            assert!(Offer::parse(nonsense).is_err(), "{nonsense:02x?}");
        }
    }
}
