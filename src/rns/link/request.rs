//! Requests and responses: how they are packed, and which of ours still wait for an answer.
//! Not how long an answer of ours is held; that is `answer`.

use std::time::Duration;

use rmpv::Value;

use super::super::error::{DropReason, MisuseError};
use super::super::event::FailReason;
use super::super::hash::{PathHash, RequestId, truncated_sha256};
use super::super::msgpack;
use super::super::time::{Instant, UnixTime};

/// Requests of ours per link that wait; the newcomer loses, because the caller can wait.
const MAX_PENDING: usize = 64;
/// Round trips in the default timeout.
const TIMEOUT_ROUND_TRIPS: u32 = 6;
/// `Resource.RESPONSE_MAX_GRACE_TIME` × 1.125.
const TIMEOUT_GRACE: Duration = Duration::from_millis(11_250);

/// A request as it stands on the wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ParsedRequest {
    pub(super) requested_at: UnixTime,
    pub(super) path_hash: PathHash,
    pub(super) data: Vec<u8>,
}

/// Packs `[time, path hash, data]`; `data` is one packed object.
pub(super) fn pack_request(requested_at: UnixTime, path: &str, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x93];
    out.extend_from_slice(&msgpack::encode(&Value::F64(requested_at.as_secs_f64())));
    out.extend_from_slice(&msgpack::encode(&Value::from(PathHash::of(path).as_bytes().as_slice())));
    out.extend_from_slice(data);
    out
}

/// Reads `[time, path hash, data]`. Elements behind these are ignored.
pub(super) fn parse_request(packed: &[u8]) -> Result<ParsedRequest, DropReason> {
    let (length, rest) = msgpack::array_header(packed).ok_or(DropReason::MalformedMsgpack)?;
    if length < 3 {
        return Err(DropReason::MalformedMsgpack);
    }
    let (time, rest) = msgpack::decode_prefix(rest)?;
    let (path_hash, rest) = msgpack::decode_prefix(rest)?;
    Ok(ParsedRequest {
        requested_at: UnixTime::from_secs_f64(time.as_f64().ok_or(DropReason::MalformedMsgpack)?),
        path_hash: path_hash.as_slice().and_then(PathHash::from_slice).ok_or(DropReason::MalformedMsgpack)?,
        data: msgpack::split_object(rest)?.0.to_vec(),
    })
}

/// Packs `[request id, value]`; `data` is one packed object.
pub(super) fn pack_response(request_id: RequestId, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().saturating_add(19));
    out.push(0x92);
    out.extend_from_slice(&msgpack::encode(&Value::from(request_id.as_bytes().as_slice())));
    out.extend_from_slice(data);
    out
}

/// Reads `[request id, value]`. Elements behind these are ignored.
pub(super) fn parse_response(packed: &[u8]) -> Result<(RequestId, Vec<u8>), DropReason> {
    let (length, rest) = msgpack::array_header(packed).ok_or(DropReason::MalformedMsgpack)?;
    if length < 2 {
        return Err(DropReason::MalformedMsgpack);
    }
    let (id, rest) = msgpack::decode_prefix(rest)?;
    let id = id.as_slice().and_then(RequestId::from_slice).ok_or(DropReason::MalformedMsgpack)?;
    Ok((id, msgpack::split_object(rest)?.0.to_vec()))
}

/// The id of a request that goes as a Resource; one in a packet has that packet's truncated hash instead.
pub(super) fn resource_request_id(packed: &[u8]) -> RequestId {
    RequestId::from_bytes(truncated_sha256(&[packed]))
}

/// Requests of ours that wait for an answer.
#[derive(Debug, Default)]
pub(super) struct PendingRequests(Vec<Pending>);

#[derive(Debug)]
struct Pending {
    id: RequestId,
    timeout: Duration,
    state: PendingState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PendingState {
    /// The request goes as a Resource that has not been proved yet; its timeouts rule.
    Sending,
    /// The clock runs.
    Waiting { deadline: Instant },
    /// The response comes as a Resource; its timeouts rule.
    Receiving,
}

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Packet,
    Resource,
}

impl PendingRequests {
    pub(super) fn check_room(&self) -> Result<(), MisuseError> {
        if self.0.len() < MAX_PENDING { Ok(()) } else { Err(MisuseError::Full) }
    }

    pub(super) fn add(
        &mut self,
        now: Instant,
        id: RequestId,
        carrier: Carrier,
        timeout: Option<Duration>,
        round_trip: Duration,
    ) {
        let timeout = timeout
            .unwrap_or_else(|| round_trip.saturating_mul(TIMEOUT_ROUND_TRIPS).saturating_add(TIMEOUT_GRACE));
        let state = match carrier {
            Carrier::Packet => PendingState::Waiting { deadline: now.after(timeout) },
            Carrier::Resource => PendingState::Sending,
        };
        self.0.push(Pending { id, timeout, state });
    }

    pub(super) fn contains(&self, id: RequestId) -> bool {
        self.0.iter().any(|pending| pending.id == id)
    }

    /// The Resource that carried the request was proved.
    pub(super) fn delivered(&mut self, now: Instant, id: RequestId) {
        for pending in self.0.iter_mut().filter(|pending| pending.id == id) {
            // The response may have begun to arrive before the proof did.
            if pending.state == PendingState::Sending {
                pending.state = PendingState::Waiting { deadline: now.after(pending.timeout) };
            }
        }
    }

    /// The response was advertised.
    pub(super) fn receiving(&mut self, id: RequestId) {
        for pending in self.0.iter_mut().filter(|pending| pending.id == id) {
            pending.state = PendingState::Receiving;
        }
    }

    /// Takes a request that is answered or has failed; false if nobody waits for it.
    pub(super) fn remove(&mut self, id: RequestId) -> bool {
        let position = self.0.iter().position(|pending| pending.id == id);
        position.map(|position| self.0.swap_remove(position)).is_some()
    }

    /// Takes one request whose time is over.
    pub(super) fn expired(&mut self, now: Instant) -> Option<(RequestId, FailReason)> {
        let over = |pending: &Pending| match pending.state {
            PendingState::Waiting { deadline } => now >= deadline,
            PendingState::Sending | PendingState::Receiving => false,
        };
        let position = self.0.iter().position(over)?;
        Some((self.0.swap_remove(position).id, FailReason::Timeout))
    }

    /// Takes any request: the link is closed.
    pub(super) fn take(&mut self) -> Option<RequestId> {
        self.0.pop().map(|pending| pending.id)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0
            .iter()
            .filter_map(|pending| match pending.state {
                PendingState::Waiting { deadline } => Some(deadline),
                PendingState::Sending | PendingState::Receiving => None,
            })
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_very_many_parts_is_taken_whole_and_one_in_the_wrong_place_is_dropped() {
        let many = [&[0xdd, 0, 0x10, 0, 0][..], &[0xc0; 0x10_0000]].concat();
        let packed = pack_request(UnixTime::from_micros(1), "/x", &many);
        assert_eq!(parse_request(&packed).unwrap().data, many);
        let bad = [&[0x93][..], &many, &[0xc0, 0xc0]].concat();
        assert_eq!(parse_request(&bad), Err(DropReason::TooLarge));
    }
}
