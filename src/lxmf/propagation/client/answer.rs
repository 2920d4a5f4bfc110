//! What a node answers when it is asked for mail: a list of what there is, or the entries, or no.
//! Not what is done with it; whatever it says is a claim.

use rmpv::Value;

use crate::lxmf::propagation::entry::bytes_in_array;
use crate::lxmf::propagation::{NodeRefusal, TransientId};
use crate::rns::error::DropReason;
use crate::rns::msgpack::{self, Walker};

/// Most ids in a list that is read at all: more than two megabytes of them.
const MAX_IDS: usize = 65_536;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// What was asked for.
    Yes(T),
    /// A number that says why not.
    No(NodeRefusal),
}

/// The ids in a list: `most` at most, and how many there are.
pub(super) fn list(data: &[u8], most: usize) -> Result<Answer<(Vec<TransientId>, usize)>, DropReason> {
    let Some(items) = items(data, MAX_IDS)? else { return refusal(data).map(Answer::No) };
    let ids = items.iter().take(most).map(|id| TransientId::from_slice(id).ok_or(DropReason::Malformed));
    Ok(Answer::Yes((ids.collect::<Result<_, _>>()?, items.len())))
}

/// The entries: no more than `most`, since so many were asked for.
pub(super) fn entries(data: &[u8], most: usize) -> Result<Answer<Vec<&[u8]>>, DropReason> {
    match items(data, most)? {
        Some(items) => Ok(Answer::Yes(items)),
        None => refusal(data).map(Answer::No),
    }
}

/// Asks for `wants` and has the node forget `haves`; what would make the answer larger than `limit` kB stays there.
pub(super) fn request(wants: Option<&[TransientId]>, haves: &[TransientId], limit: Option<u64>) -> Vec<u8> {
    let ids =
        |ids: &[TransientId]| Value::Array(ids.iter().map(|id| id.as_bytes().as_slice().into()).collect());
    let mut parts = vec![wants.map_or(Value::Nil, ids), ids(haves)];
    parts.extend(limit.map(Value::from));
    msgpack::encode(&Value::Array(parts))
}

/// Asks what there is.
pub(super) fn list_request() -> Vec<u8> {
    msgpack::encode(&Value::Array(vec![Value::Nil, Value::Nil]))
}

/// `None` if it is no array.
fn items(data: &[u8], most: usize) -> Result<Option<Vec<&[u8]>>, DropReason> {
    if msgpack::array_header(data).is_none() {
        return Ok(None);
    }
    let mut walker = Walker::new(data);
    let items = bytes_in_array(&mut walker, most)?;
    if walker.rest().is_empty() { Ok(Some(items)) } else { Err(DropReason::MalformedMsgpack) }
}

fn refusal(data: &[u8]) -> Result<NodeRefusal, DropReason> {
    NodeRefusal::of(&msgpack::decode(data)?).ok_or(DropReason::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> TransientId {
        TransientId::from_bytes([n; 32])
    }

    fn packed(items: Vec<Value>) -> Vec<u8> {
        msgpack::encode(&Value::Array(items))
    }

    #[test]
    fn of_a_long_list_the_first_are_read() {
        let long = packed((0..=255).map(|n| Value::from([n; 32].as_slice())).collect());
        assert_eq!(list(&long, 2), Ok(Answer::Yes((vec![id(0), id(1)], 256))));
        let endless = [&[0xdd, 0x7f, 0xff, 0xff, 0xff][..], &[0xc4, 0]].concat();
        assert_eq!(list(&endless, 2), Err(DropReason::TooLarge));
    }

    #[test]
    fn a_number_is_a_refusal_and_anything_else_is_nonsense() {
        assert_eq!(list(&[0xcc, 0xf1], 9), Ok(Answer::No(NodeRefusal::NoAccess)));
        assert_eq!(entries(&[0xcc, 0xf0], 9), Ok(Answer::No(NodeRefusal::NoIdentity)));
        for nonsense in [&[0x07][..], &[0xc0], &[0x80], &[0x91, 0x07], &[0x90, 0x90], &[]] {
            assert!(list(nonsense, 9).is_err(), "{nonsense:02x?}");
            assert!(entries(nonsense, 9).is_err(), "{nonsense:02x?}");
        }
        assert_eq!(list(&packed(vec![Value::from([1; 31].as_slice())]), 9), Err(DropReason::Malformed));
    }

    #[test]
    fn more_entries_than_were_asked_for_are_not_taken() {
        let three = packed((0..3).map(|n| Value::from([n; 200].as_slice())).collect());
        assert_eq!(entries(&three, 2), Err(DropReason::TooLarge));
        let Ok(Answer::Yes(read)) = entries(&three, 3) else { panic!("not read") };
        assert_eq!(read, [[0; 200], [1; 200], [2; 200]]);
    }

    #[test]
    fn requests_are_written_as_the_reference_does() {
        assert_eq!(list_request(), [0x92, 0xc0, 0xc0]);
        let fetch = request(Some(&[id(7)]), &[], Some(1000));
        assert_eq!(fetch[..4], [0x93, 0x91, 0xc4, 32]);
        assert_eq!(fetch[36..], [0x90, 0xcd, 0x03, 0xe8]);
        let purge = request(None, &[id(7)], None);
        assert_eq!(purge[..5], [0x92, 0xc0, 0x91, 0xc4, 32]);
    }
}
