//! The announce queues: how many announces of others go out on each interface, and which wait.
//! Not our own announces and not answers to path requests, which go out at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::announce_table::Rebroadcast;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::InterfaceId;
use crate::rns::packet::HEADER_MAX;
use crate::rns::time::Instant;

/// Most announces that wait on one interface; the furthest goes first. `Reticulum.MAX_QUEUED_ANNOUNCES` is 4096, of
/// which a slow interface could not send a quarter before they are too old.
const MAX_QUEUED: usize = 512;
/// `Reticulum.QUEUED_ANNOUNCE_LIFE`.
const LIFETIME: Duration = Duration::from_secs(10_800);
/// Announces may take their share so much ahead of time. Where one takes less, several go out together, in one write;
/// on a slow interface this changes nothing.
const AHEAD: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
struct Queue {
    /// When what went out has taken no more than its share.
    allowed_at: Instant,
    waiting: BTreeMap<DestinationHash, (Instant, Rebroadcast)>,
    order: BTreeSet<(u8, Instant, DestinationHash)>,
}

/// The queues of all interfaces.
#[derive(Debug, Default)]
pub(crate) struct AnnounceQueues {
    queues: BTreeMap<InterfaceId, Queue>,
    deadlines: BTreeSet<(Instant, InterfaceId)>,
}

impl AnnounceQueues {
    pub(crate) fn len(&self) -> usize {
        self.queues.values().map(|queue| queue.waiting.len()).sum()
    }

    /// How many wait on an interface.
    pub(crate) fn on(&self, interface: InterfaceId) -> usize {
        self.queues.get(&interface).map_or(0, |queue| queue.waiting.len())
    }

    /// Forgets all that wait.
    pub(crate) fn clear(&mut self) {
        self.deadlines.clear();
        for queue in self.queues.values_mut() {
            queue.waiting.clear();
            queue.order.clear();
        }
    }

    /// May an announce go out on `interface` now, where all of them together may take `share` bits per second? If not, it
    /// waits.
    pub(crate) fn admits(
        &mut self,
        now: Instant,
        interface: InterfaceId,
        share: u64,
        announce: &Rebroadcast,
    ) -> bool {
        let queue = self.queues.entry(interface).or_default();
        if queue.waiting.is_empty() && queue.has_share(now) {
            queue.take_share(now, pause(announce, share));
            return true;
        }
        queue.insert(now, announce);
        self.deadlines.insert((queue.allowed_at, interface));
        false
    }

    /// Does nothing wait for `interface`, and might an announce go out there now?
    pub(crate) fn is_free(&self, now: Instant, interface: InterfaceId) -> bool {
        self.queues.get(&interface).is_none_or(|queue| queue.waiting.is_empty() && queue.has_share(now))
    }

    /// The next announce that may go out, and where.
    pub(crate) fn poll_due(
        &mut self,
        now: Instant,
        share: impl Fn(InterfaceId) -> u64,
    ) -> Option<(InterfaceId, Rebroadcast)> {
        while let Some((at, interface)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, interface));
            let Some(queue) = self.queues.get_mut(&interface) else { continue };
            let Some(announce) = queue.pop(now) else { continue };
            queue.take_share(now, pause(&announce, share(interface)));
            if !queue.waiting.is_empty() {
                let next = if queue.has_share(now) { now } else { queue.allowed_at };
                self.deadlines.insert((next, interface));
            }
            return Some((interface, announce));
        }
        None
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.queues.remove(&interface);
        self.deadlines.retain(|(_, on)| *on != interface);
    }
}

impl Queue {
    fn has_share(&self, now: Instant) -> bool {
        self.allowed_at <= now.after(AHEAD)
    }

    fn take_share(&mut self, now: Instant, pause: Duration) {
        self.allowed_at = self.allowed_at.max(now).after(pause);
    }

    /// A newer announce of a destination takes the place of an older one.
    fn insert(&mut self, now: Instant, announce: &Rebroadcast) {
        let destination = announce.destination;
        if let Some((since, old)) = self.waiting.get(&destination) {
            if announce.emission <= old.emission {
                return;
            }
            self.order.remove(&(old.hops, *since, destination));
        }
        self.order.insert((announce.hops, now, destination));
        self.waiting.insert(destination, (now, announce.clone()));
        if self.waiting.len() > MAX_QUEUED
            && let Some((_, _, furthest)) = self.order.pop_last()
        {
            self.waiting.remove(&furthest);
        }
    }

    /// The nearest that is not too old.
    fn pop(&mut self, now: Instant) -> Option<Rebroadcast> {
        while let Some((_, since, destination)) = self.order.pop_first() {
            let (_, announce) = self.waiting.remove(&destination)?;
            if now.since(since) < LIFETIME {
                return Some(announce);
            }
        }
        None
    }
}

/// How long an interface must be silent after an announce, so that announces take their share and no more.
fn pause(announce: &Rebroadcast, share: u64) -> Duration {
    let bytes = announce.copy.len().saturating_add(HEADER_MAX);
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
    let micros = bits.saturating_mul(1_000_000).checked_div(share).unwrap_or(0);
    Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::packet::{Context, DestinationType, Packet, PacketType};
    use crate::rns::transport::announce_copy::AnnounceCopy;

    const X: InterfaceId = InterfaceId(1);
    /// Two percent of 1200 bit/s. An announce of 165 and 35 bytes takes a second and a third, and with its share 66.7 s.
    const SLOW: u64 = 24;

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn announce(n: u16, hops: u8, emission: u64) -> Rebroadcast {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        let destination = DestinationHash::from_bytes(bytes);
        let (announce, single) = (PacketType::Announce, DestinationType::Single);
        let packet = Packet::new(announce, single, destination, Context::None, &[7; 165]);
        let copy = AnnounceCopy::of(&packet).unwrap();
        Rebroadcast { destination, from: InterfaceId(0), hops, emission, copy }
    }

    #[test]
    fn announces_take_their_share_of_the_time_on_air_nearest_first() {
        let mut queues = AnnounceQueues::default();
        assert!(queues.admits(at(0), X, SLOW, &announce(1, 5, 1)));
        assert!(!queues.admits(at(1), X, SLOW, &announce(2, 3, 1)));
        assert!(!queues.admits(at(2), X, SLOW, &announce(3, 1, 1)));
        assert!(!queues.admits(at(3), X, SLOW, &announce(4, 3, 1)));
        assert!(!queues.is_free(at(1000), X));
        let mut sent = Vec::new();
        while let Some(due) = queues.poll_timeout() {
            let (on, announce) = queues.poll_due(due, |_| SLOW).unwrap();
            assert_eq!(on, X);
            sent.push((due.as_micros() / 1_000_000, announce.destination.as_bytes()[1]));
        }
        assert_eq!(sent, [(66, 3), (133, 2), (199, 4)]);
        assert!(queues.is_free(at(1000), X));
    }

    #[test]
    fn on_a_fast_interface_several_go_out_together_and_take_no_more_than_their_share() {
        // Two percent of 10 Mbit/s: an announce is to pause for 8 ms.
        const FAST: u64 = 200_000;
        let mut queues = AnnounceQueues::default();
        let at_once = (0..100).filter(|n| queues.admits(at(0), X, FAST, &announce(*n, 1, 1))).count();
        assert_eq!(at_once, 7);
        let mut times = BTreeMap::new();
        while let Some(due) = queues.poll_timeout() {
            queues.poll_due(due, |_| FAST).unwrap();
            *times.entry(due.as_micros() / 1000).or_insert(0) += 1;
        }
        assert_eq!(times.values().sum::<usize>(), 93);
        assert!(times.values().all(|together| *together <= 7) && times.len() <= 15, "{times:?}");
        assert_eq!(times.last_key_value().map(|(at, _)| *at / 50), Some(15), "{times:?}");
    }

    #[test]
    fn a_newer_announce_replaces_the_one_that_waits_and_old_ones_are_not_sent() {
        let mut queues = AnnounceQueues::default();
        queues.admits(at(0), X, SLOW, &announce(1, 1, 1));
        queues.admits(at(0), X, SLOW, &announce(2, 1, 2));
        queues.admits(at(0), X, SLOW, &announce(2, 1, 1));
        queues.admits(at(0), X, SLOW, &announce(2, 1, 3));
        assert_eq!(queues.len(), 1);
        assert_eq!(queues.poll_due(at(67), |_| SLOW).unwrap().1.emission, 3);
        queues.admits(at(67), X, SLOW, &announce(3, 1, 1));
        assert!(queues.poll_due(at(20_000), |_| SLOW).is_none());
        assert_eq!((queues.len(), queues.poll_timeout()), (0, None));
    }

    #[test]
    fn a_full_queue_loses_the_furthest() {
        let mut queues = AnnounceQueues::default();
        queues.admits(at(0), X, SLOW, &announce(0, 1, 1));
        queues.admits(at(0), X, SLOW, &announce(1, 9, 1));
        for n in 2..1000 {
            queues.admits(at(0), X, SLOW, &announce(n, 2, 1));
        }
        assert_eq!(queues.len(), MAX_QUEUED);
        assert_eq!(queues.poll_due(at(67), |_| SLOW).unwrap().1.hops, 2);
        queues.remove_interface(X);
        assert_eq!((queues.len(), queues.poll_timeout()), (0, None));
    }
}
