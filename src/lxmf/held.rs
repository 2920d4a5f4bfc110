//! Messages that wait for their author's key.
//! Not messages that are believed: nothing here has been verified.

use std::collections::BTreeMap;
use std::time::Duration;

use super::road::DeliveryToken;
use crate::rns::hash::{DestinationHash, sha256};
use crate::rns::time::Instant;

/// Most messages that wait at once. The oldest makes room: its sender has had the most time to try again, and does.
const MAX_HELD: usize = 256;
/// Most bytes that wait at once; again the oldest make room.
const MAX_HELD_BYTES: usize = 8 * 1024 * 1024;
/// How long a message waits for the key.
const HOLD_TIME: Duration = Duration::from_secs(180);

/// SHA-256 of a message's packed form. Not its message hash, which leaves the signature out: a forged copy must not
/// stand in the place of the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CopyHash([u8; 32]);

/// A message that waits.
#[derive(Debug)]
pub(super) struct HeldMessage {
    pub(super) packed: Vec<u8>,
    pub(super) proof: DeliveryToken,
    source: DestinationHash,
    since: Instant,
    /// Order of arrival, for messages of the same instant.
    number: u64,
}

/// The messages that wait, each once.
#[derive(Debug, Default)]
pub(super) struct HeldMessages {
    messages: BTreeMap<CopyHash, HeldMessage>,
    bytes: usize,
    arrivals: u64,
}

impl HeldMessages {
    /// Keeps a message, or, if that very message waits already, its newer proof token: the older one may belong to
    /// a link that is gone. Returns those that had to go.
    pub(super) fn hold(
        &mut self,
        now: Instant,
        source: DestinationHash,
        packed: Vec<u8>,
        proof: DeliveryToken,
    ) -> Vec<HeldMessage> {
        let key = CopyHash(sha256(&[&packed]));
        if let Some(held) = self.messages.get_mut(&key) {
            held.proof = proof;
            return Vec::new();
        }
        self.arrivals = self.arrivals.saturating_add(1);
        let message = HeldMessage { packed, proof, source, since: now, number: self.arrivals };
        if message.packed.len() > MAX_HELD_BYTES {
            return vec![message];
        }
        self.bytes = self.bytes.saturating_add(message.packed.len());
        self.messages.insert(key, message);

        let mut evicted = Vec::new();
        while self.messages.len() > MAX_HELD || self.bytes > MAX_HELD_BYTES {
            let oldest = self.messages.iter().min_by_key(|(_, held)| held.number).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            evicted.extend(self.remove(oldest));
        }
        evicted
    }

    /// Takes all that claim to come from `source`, in the order in which they arrived.
    pub(super) fn take(&mut self, source: DestinationHash) -> Vec<HeldMessage> {
        self.take_where(|held| held.source == source)
    }

    /// Does any claim to come from `source`?
    pub(super) fn is_by(&self, source: DestinationHash) -> bool {
        self.messages.values().any(|held| held.source == source)
    }

    /// Takes what has waited too long.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<HeldMessage> {
        self.take_where(|held| held.since.after(HOLD_TIME) <= now)
    }

    /// When [`Self::expire`] has something to take.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.messages.values().map(|held| held.since.after(HOLD_TIME)).min()
    }

    fn take_where(&mut self, wanted: impl Fn(&HeldMessage) -> bool) -> Vec<HeldMessage> {
        let keys: Vec<_> =
            self.messages.iter().filter(|(_, held)| wanted(held)).map(|(key, _)| *key).collect();
        let mut taken: Vec<_> = keys.into_iter().filter_map(|key| self.remove(key)).collect();
        taken.sort_by_key(|held| held.number);
        taken
    }

    fn remove(&mut self, key: CopyHash) -> Option<HeldMessage> {
        let held = self.messages.remove(&key)?;
        self.bytes = self.bytes.saturating_sub(held.packed.len());
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::event::ProofToken;
    use crate::rns::hash::{LinkId, PacketHash};

    fn token(n: u8) -> DeliveryToken {
        let (link, packet) = (LinkId::from_bytes([n; 16]), PacketHash::from_bytes([n; 32]));
        ProofToken::LinkPacket { link, packet }.into()
    }

    fn source(n: u8) -> DestinationHash {
        DestinationHash::from_bytes([n; 16])
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn repeated_copy_waits_once_and_keeps_the_newer_token() {
        let mut held = HeldMessages::default();
        held.hold(at(0), source(1), b"same".to_vec(), token(1));
        held.hold(at(5), source(1), b"same".to_vec(), token(2));
        let taken = held.take(source(1));
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].proof, token(2));
    }

    #[test]
    fn only_the_messages_of_that_source_are_taken_in_order_of_arrival() {
        let mut held = HeldMessages::default();
        for text in ["c", "a", "b"] {
            held.hold(at(0), source(1), text.into(), token(1));
            held.hold(at(0), source(2), format!("{text}2").into(), token(1));
        }
        let texts: Vec<_> = held.take(source(1)).into_iter().map(|held| held.packed).collect();
        assert_eq!(texts, [b"c", b"a", b"b"]);
        assert_eq!(held.messages.len(), 3);
    }

    #[test]
    fn a_full_table_lets_the_oldest_go() {
        let mut held = HeldMessages::default();
        for n in 0..MAX_HELD {
            assert_eq!(held.hold(at(0), source(1), n.to_be_bytes().to_vec(), token(1)).len(), 0);
        }
        assert_eq!(held.hold(at(0), source(2), b"newest".to_vec(), token(1)).len(), 1);
        let left = held.take(source(1));
        assert_eq!(left.len(), MAX_HELD - 1);
        assert_eq!(left[0].packed, 1usize.to_be_bytes());
        assert_eq!(held.take(source(2)).len(), 1);
        assert_eq!(held.bytes, 0);
    }

    #[test]
    fn held_bytes_never_exceed_their_limit() {
        let mut held = HeldMessages::default();
        for n in 0..12u8 {
            held.hold(at(0), source(n), vec![n; 1024 * 1024], token(1));
            assert!(held.bytes <= MAX_HELD_BYTES);
        }
        assert!(held.take(source(3)).is_empty());
        assert_eq!(held.take(source(4)).len(), 1);
        assert_eq!(held.hold(at(0), source(9), vec![0; MAX_HELD_BYTES + 1], token(1)).len(), 1);
    }

    #[test]
    fn what_has_waited_too_long_is_dropped() {
        let mut held = HeldMessages::default();
        held.hold(at(0), source(1), b"early".to_vec(), token(1));
        held.hold(at(100), source(1), b"late".to_vec(), token(1));
        assert_eq!(held.next_expiry(), Some(at(180)));
        assert_eq!(held.expire(at(179)).len(), 0);
        assert_eq!(held.expire(at(180)).len(), 1);
        assert_eq!(held.next_expiry(), Some(at(280)));
    }
}
