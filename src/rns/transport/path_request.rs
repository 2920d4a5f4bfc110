//! Path requests: how a node asks where a destination is, and which of these were asked and heard lately.
//! Not the answer: that is an announce.

use std::collections::BTreeMap;
use std::time::Duration;

use super::hashlist::Generations;
use crate::rns::destination::{name_hash, plain_destination_hash};
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::packet::{Context, DestinationType, Packet, PacketType};
use crate::rns::time::Instant;

/// Longest tag in bytes; more is cut off.
const MAX_TAG: usize = 16;
/// Heard requests remembered per generation, each for a destination of ours.
const MAX_HEARD: usize = 16_000;
/// Own requests remembered; with more at once, the newest is not sent.
const MAX_ASKED: usize = 1024;
/// `Transport.PATH_REQUEST_MI`: own requests for one destination are at least so far apart.
const MIN_INTERVAL: Duration = Duration::from_secs(20);
/// `Transport.PATH_REQUEST_GATE_TIMEOUT`: how long an answer is awaited.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(45);

/// What a path request says (page 04 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PathRequest {
    /// Where to.
    pub destination: DestinationHash,
    /// The transport node that asks, if it is one.
    pub requester: Option<IdentityHash>,
    tag: [u8; MAX_TAG],
    tag_length: usize,
}

impl PathRequest {
    /// The PLAIN destination of all path requests, `rnstransport.path.request`.
    pub fn address() -> DestinationHash {
        plain_destination_hash(name_hash("rnstransport.path.request"))
    }

    /// A request with a tag that no earlier one had.
    pub const fn new(
        destination: DestinationHash,
        requester: Option<IdentityHash>,
        tag: [u8; MAX_TAG],
    ) -> Self {
        Self { destination, requester, tag, tag_length: MAX_TAG }
    }

    /// Reads the payload of a packet to [`Self::address`].
    pub fn parse(payload: &[u8]) -> Result<Self, DropReason> {
        let (destination, rest) = payload.split_first_chunk::<16>().ok_or(DropReason::Truncated)?;
        let (requester, rest) = match rest.split_first_chunk::<16>() {
            Some((id, tag)) if !tag.is_empty() => (Some(IdentityHash::from_bytes(*id)), tag),
            Some(_) | None => (None, rest),
        };
        if rest.is_empty() {
            return Err(DropReason::Malformed);
        }
        let mut tag = [0u8; MAX_TAG];
        tag.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let destination = DestinationHash::from_bytes(*destination);
        Ok(Self { destination, requester, tag, tag_length: rest.len().min(MAX_TAG) })
    }

    /// The same question, asked by another: a transport node passes a request on with its tag.
    pub(crate) const fn passed_on_by(self, requester: Option<IdentityHash>) -> Self {
        Self { requester, ..self }
    }

    /// The tag: tells a repeated request from an echo of the first.
    pub fn tag(&self) -> &[u8] {
        self.tag.get(..self.tag_length).unwrap_or(&self.tag)
    }

    /// The packet.
    pub fn pack(&self) -> Vec<u8> {
        let mut payload = self.destination.as_bytes().to_vec();
        if let Some(requester) = &self.requester {
            payload.extend_from_slice(requester.as_bytes());
        }
        payload.extend_from_slice(self.tag());
        let (packet_type, destination_type) = (PacketType::Data, DestinationType::Plain);
        Packet::new(packet_type, destination_type, Self::address(), Context::None, &payload).pack()
    }
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Instant,
    waiting: bool,
}

/// Which requests were heard and which were sent lately.
#[derive(Debug)]
pub(crate) struct PathRequests {
    heard: Generations<(DestinationHash, [u8; MAX_TAG], usize)>,
    asked: BTreeMap<DestinationHash, Asked>,
}

impl PathRequests {
    pub(crate) fn new() -> Self {
        Self { heard: Generations::new(MAX_HEARD), asked: BTreeMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.heard.len().saturating_add(self.asked.len())
    }

    /// Notes a request for a destination of ours; one that was heard before is a duplicate.
    pub(crate) fn hear(&mut self, request: &PathRequest) -> Result<(), DropReason> {
        let key = (request.destination, request.tag, request.tag_length);
        if self.heard.contains(&key) {
            return Err(DropReason::Duplicate);
        }
        self.heard.insert(key);
        Ok(())
    }

    /// May we ask for `destination` now? If so it counts as asked.
    pub(crate) fn ask(&mut self, now: Instant, destination: DestinationHash) -> bool {
        if self.asked.get(&destination).is_some_and(|asked| now.since(asked.at) < MIN_INTERVAL) {
            return false;
        }
        if self.asked.len() >= MAX_ASKED {
            self.asked.retain(|_, asked| now.since(asked.at) < MIN_INTERVAL);
        }
        if self.asked.len() >= MAX_ASKED {
            return false;
        }
        self.asked.insert(destination, Asked { at: now, waiting: true });
        true
    }

    /// The next question may follow at once.
    pub(crate) fn forget_asked(&mut self, destination: DestinationHash) {
        self.asked.remove(&destination);
    }

    /// A valid announce of `destination` arrived: no answer is awaited any more.
    pub(crate) fn settle(&mut self, destination: DestinationHash) {
        if let Some(asked) = self.asked.get_mut(&destination) {
            asked.waiting = false;
        }
    }

    /// Is an answer for `destination` awaited?
    pub(crate) fn awaits(&self, now: Instant, destination: DestinationHash) -> bool {
        self.asked
            .get(&destination)
            .is_some_and(|asked| asked.waiting && now.since(asked.at) < ANSWER_TIMEOUT)
    }

    /// Were any requests sent that are not forgotten yet?
    pub(crate) fn awaits_any(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Forgets requests that no longer matter.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.asked.retain(|_, asked| now.since(asked.at) < ANSWER_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESTINATION: DestinationHash = DestinationHash::from_bytes([1; 16]);

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn the_length_tells_who_asks() {
        let payload: Vec<u8> = (0..60).collect();
        assert_eq!(PathRequest::parse(&payload[..15]), Err(DropReason::Truncated));
        assert_eq!(PathRequest::parse(&payload[..16]), Err(DropReason::Malformed));
        for length in 17..=32 {
            let request = PathRequest::parse(&payload[..length]).unwrap();
            assert_eq!(request.requester, None);
            assert_eq!(request.tag(), &payload[16..length]);
        }
        for length in 33..=60 {
            let request = PathRequest::parse(&payload[..length]).unwrap();
            assert_eq!(request.requester.unwrap().as_bytes()[..], payload[16..32]);
            assert_eq!(request.tag(), &payload[32..length.min(48)]);
        }
    }

    #[test]
    fn one_destination_is_not_asked_for_twice_in_twenty_seconds() {
        let mut requests = PathRequests::new();
        assert!(requests.ask(at(0), DESTINATION));
        assert!(!requests.ask(at(19), DESTINATION));
        assert!(requests.awaits(at(19), DESTINATION));
        requests.settle(DESTINATION);
        assert!(!requests.awaits(at(19), DESTINATION));
        assert!(!requests.ask(at(19), DESTINATION));
        assert!(requests.ask(at(20), DESTINATION));
    }

    #[test]
    fn own_requests_are_capped_until_older_ones_have_rested() {
        let mut requests = PathRequests::new();
        let destination = |n: u16| {
            let [a, b] = n.to_be_bytes();
            DestinationHash::from_bytes([a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        };
        assert!((0..1024).all(|n| requests.ask(at(0), destination(n))));
        assert!(!requests.ask(at(1), destination(2000)));
        assert!(requests.ask(at(20), destination(2000)));
    }
}
