//! What clients ask a propagation node for with `/get`, and the answers.
//! Not what is there; whoever keeps the entries knows that.

use rmpv::Value;

use super::KILOBYTE;
use super::entry::{TransientId, bytes_in_array, expect_array};
use crate::rns::error::DropReason;
use crate::rns::msgpack::{self, Walker};

/// Most ids of one request that are looked at. Whoever has more entries waiting asks again when it has these.
pub const MAX_IDS: usize = 4096;
/// Nil, in MessagePack.
const NIL: u8 = 0xc0;

/// A request of a client, for entries that are addressed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GetRequest {
    /// What is there?
    List,
    /// Forget some, then give some.
    Fetch {
        /// To be given.
        wants: Vec<TransientId>,
        /// To be forgotten: the client has them.
        haves: Vec<TransientId>,
        /// Most bytes of the answer, if the client says.
        limit: Option<u64>,
    },
}

impl GetRequest {
    /// Reads the data of a request: `[wants, haves]` or `[wants, haves, kB]`.
    pub fn parse(data: &[u8]) -> Result<Self, DropReason> {
        let mut walker = Walker::new(data);
        let elements = expect_array(&mut walker, 2..16)?;
        let wants = ids_or_nil(&mut walker)?;
        let haves = ids_or_nil(&mut walker)?;
        let limit = if elements > 2 { msgpack::decode_prefix(walker.rest())?.0 } else { Value::Nil };
        if wants.is_none() && haves.is_none() {
            return Ok(Self::List);
        }
        Ok(Self::Fetch {
            wants: wants.unwrap_or_default(),
            haves: haves.unwrap_or_default(),
            limit: bytes_of_kilobytes(&limit),
        })
    }
}

/// The answer to [`GetRequest::List`], and what a peer wants of an offer.
pub fn pack_ids(ids: &[TransientId]) -> Vec<u8> {
    msgpack::encode(&Value::Array(ids.iter().map(|id| Value::Binary(id.as_bytes().to_vec())).collect()))
}

/// The answer to [`GetRequest::Fetch`]: entries without their stamps.
pub fn pack_entries(entries: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    msgpack::encode(&Value::Array(entries.into_iter().map(Value::Binary).collect()))
}

/// What is counted for the answer as a whole, and for each entry beside its bytes and its stamp
/// (`message_get_request`).
pub const ANSWER_OVERHEAD: u64 = 24;
/// See [`ANSWER_OVERHEAD`].
pub const ENTRY_OVERHEAD: u64 = 16;

/// Ids in an array; those beyond [`MAX_IDS`], and what is no id, are passed over.
fn ids_or_nil(walker: &mut Walker<'_>) -> Result<Option<Vec<TransientId>>, DropReason> {
    if walker.rest().first() == Some(&NIL) {
        let _ = walker.token();
        return Ok(None);
    }
    let ids = bytes_in_array(walker, usize::MAX)?;
    Ok(Some(ids.into_iter().filter_map(TransientId::from_slice).take(MAX_IDS).collect()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, which is what is wanted"
)]
fn bytes_of_kilobytes(limit: &Value) -> Option<u64> {
    match limit {
        Value::Integer(kilobytes) => Some(kilobytes.as_u64().unwrap_or(0).saturating_mul(KILOBYTE)),
        Value::F64(_) | Value::F32(_) => limit.as_f64().map(|kilobytes| (kilobytes * 1000.0) as u64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> TransientId {
        TransientId::from_bytes([n; 32])
    }

    fn parse(value: &Value) -> Result<GetRequest, DropReason> {
        GetRequest::parse(&msgpack::encode(value))
    }

    fn ids(ids: &[u8]) -> Value {
        Value::Array(ids.iter().map(|n| Value::Binary(vec![*n; 32])).collect())
    }

    #[test]
    fn a_client_may_leave_parts_of_its_request_away() {
        let nil = || Value::Nil;
        assert_eq!(parse(&Value::Array(vec![nil(), nil()])), Ok(GetRequest::List));
        assert_eq!(
            parse(&Value::Array(vec![nil(), ids(&[1])])),
            Ok(GetRequest::Fetch { wants: vec![], haves: vec![id(1)], limit: None })
        );
        let limited = |limit| match parse(&Value::Array(vec![ids(&[1, 2]), ids(&[]), limit])) {
            Ok(GetRequest::Fetch { wants, limit, .. }) if wants == [id(1), id(2)] => limit,
            other => panic!("{other:?}"),
        };
        assert_eq!(limited(1000.into()), Some(1_000_000));
        assert_eq!(limited(0.5.into()), Some(500));
        assert_eq!(limited(f64::NAN.into()), Some(0));
        assert_eq!(limited((-3).into()), Some(0));
        assert_eq!(limited(f64::INFINITY.into()), Some(u64::MAX));
        assert_eq!(limited(nil()), None);
    }

    #[test]
    fn what_is_no_request_is_not_taken_for_one() {
        for broken in [nil_array(0), nil_array(1), Value::Nil, Value::from("x"), ids(&[1, 2])] {
            assert!(parse(&broken).is_err());
        }
        assert!(GetRequest::parse(&[]).is_err());
        assert!(GetRequest::parse(&[0x92, 0xdd, 0xff, 0xff, 0xff, 0xff]).is_err());
    }

    #[test]
    fn more_ids_than_anybody_has_are_passed_over() {
        let many = Value::Array(vec![Value::Binary(vec![7; 32]); MAX_IDS + 5]);
        let Ok(GetRequest::Fetch { wants, .. }) = parse(&Value::Array(vec![many, Value::Nil])) else {
            panic!("not read");
        };
        assert_eq!(wants.len(), MAX_IDS);
    }

    fn nil_array(count: usize) -> Value {
        Value::Array(vec![Value::Nil; count])
    }
}
