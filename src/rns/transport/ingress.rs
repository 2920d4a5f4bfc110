//! Ingress control: a burst of destinations that nobody has heard of is held back and let in one by one.
//! Not for destinations that are known or asked for; their announces always come in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::rns::hash::DestinationHash;
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// `Interface.IC_NEW_TIME`: so long an interface counts as new.
const NEW_FOR: Duration = Duration::from_secs(7200);
/// `Interface.IC_BURST_FREQ_NEW` and `IC_BURST_FREQ`: announces per second.
const ANNOUNCES: Limit = Limit { new: 3, old: 10 };
/// The same for path requests that would be searched for.
const REQUESTS: Limit = Limit { new: 3, old: 8 };
/// What frequencies are averaged over. The reference takes whatever few samples it has, so that three announces at
/// once are a burst; that would hold back the destinations of a neighbour that has just connected.
const WINDOW: Duration = Duration::from_secs(10);
const WINDOW_SECS: usize = 10;
/// `Interface.IC_BURST_HOLD`: a burst is over so long after it was last too fast.
const HOLD: Duration = Duration::from_secs(15);
/// `Interface.IC_BURST_PENALTY`: and so long after that the first announce is let in.
const PENALTY: Duration = Duration::from_secs(15);
/// `Interface.IC_HELD_RELEASE_INTERVAL`: then one in so long.
const RELEASE_INTERVAL: Duration = Duration::from_secs(5);
/// `Interface.MAX_HELD_ANNOUNCES`, on each interface; further ones are dropped.
const MAX_HELD: usize = 256;

#[derive(Debug, Clone, Copy)]
struct Limit {
    new: usize,
    old: usize,
}

/// Arrivals of the last ten seconds, as many as it takes to know that there are too many.
#[derive(Debug, Default)]
struct Frequency(VecDeque<Instant>);

impl Frequency {
    /// Notes an arrival; were there more in the window than `limit` per second?
    fn note(&mut self, now: Instant, limit: usize) -> bool {
        let most = limit.saturating_mul(WINDOW_SECS);
        if self.0.len() > most {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.exceeds(now, limit)
    }

    fn exceeds(&mut self, now: Instant, limit: usize) -> bool {
        while self.0.front().is_some_and(|oldest| now.since(*oldest) >= WINDOW) {
            self.0.pop_front();
        }
        self.0.len() > limit.saturating_mul(WINDOW_SECS)
    }
}

#[derive(Debug)]
struct Ingress {
    since: Instant,
    announces: Frequency,
    requests: Frequency,
    /// When the burst that is on was last too fast.
    burst: Option<Instant>,
    release_at: Instant,
    held: BTreeMap<DestinationHash, (u8, Vec<u8>)>,
    order: BTreeSet<(u8, DestinationHash)>,
}

/// What becomes of an announce of a destination that nobody has heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It comes in.
    Admitted,
    /// It waits.
    Held,
}

/// Ingress control on all interfaces.
#[derive(Debug, Default)]
pub(crate) struct IngressControl {
    interfaces: BTreeMap<InterfaceId, Ingress>,
    deadlines: BTreeSet<(Instant, InterfaceId)>,
}

impl IngressControl {
    pub(crate) fn len(&self) -> usize {
        self.interfaces.values().map(|ingress| ingress.held.len()).sum()
    }

    /// How many are held on an interface.
    pub(crate) fn on(&self, interface: InterfaceId) -> usize {
        self.interfaces.get(&interface).map_or(0, |ingress| ingress.held.len())
    }

    /// An interface came up: its age counts from now.
    pub(crate) fn add_interface(&mut self, now: Instant, interface: InterfaceId) {
        self.interfaces.entry(interface).or_insert_with(|| Ingress {
            since: now,
            announces: Frequency::default(),
            requests: Frequency::default(),
            burst: None,
            release_at: now,
            held: BTreeMap::new(),
            order: BTreeSet::new(),
        });
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.interfaces.remove(&interface);
        self.deadlines.retain(|(_, on)| *on != interface);
    }

    /// Is so much held already that a newcomer is not worth checking its signature?
    pub(crate) fn is_full(&self, interface: InterfaceId) -> bool {
        self.interfaces
            .get(&interface)
            .is_some_and(|ingress| ingress.burst.is_some() && ingress.held.len() >= MAX_HELD)
    }

    /// A valid announce of an unknown destination came in on `interface`, as `frame` with `hops`.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        interface: InterfaceId,
        destination: DestinationHash,
        hops: u8,
        frame: impl FnOnce() -> Vec<u8>,
    ) -> Admission {
        self.add_interface(now, interface);
        let Some(ingress) = self.interfaces.get_mut(&interface) else { return Admission::Admitted };
        if !ingress.is_burst(now, Observation::Arrival) {
            return Admission::Admitted;
        }
        // One deadline at a time for each interface: where something is held already, there is one.
        if ingress.held.is_empty() {
            self.deadlines.insert((ingress.release_at, interface));
        }
        ingress.hold(destination, hops, frame());
        Admission::Held
    }

    /// A path request came in that would be searched for: are there too many of them?
    pub(crate) fn limits_request(&mut self, now: Instant, interface: InterfaceId) -> bool {
        self.add_interface(now, interface);
        let Some(ingress) = self.interfaces.get_mut(&interface) else { return true };
        let limit = ingress.limit(now, REQUESTS);
        ingress.requests.note(now, limit)
    }

    /// The next announce that is let in, the nearest first.
    pub(crate) fn poll_release(&mut self, now: Instant) -> Option<(InterfaceId, Vec<u8>)> {
        while let Some((at, interface)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, interface));
            let Some(ingress) = self.interfaces.get_mut(&interface) else { continue };
            let burst = ingress.is_burst(now, Observation::Look);
            let released = if burst || ingress.release_at > now { None } else { ingress.pop() };
            ingress.release_at = ingress.release_at.max(now.after(RELEASE_INTERVAL));
            if !ingress.held.is_empty() {
                self.deadlines.insert((ingress.release_at, interface));
            }
            if let Some(frame) = released {
                return Some((interface, frame));
            }
        }
        None
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Observation {
    Arrival,
    Look,
}

impl Ingress {
    fn limit(&self, now: Instant, limit: Limit) -> usize {
        if now.since(self.since) < NEW_FOR { limit.new } else { limit.old }
    }

    fn is_burst(&mut self, now: Instant, observation: Observation) -> bool {
        let limit = self.limit(now, ANNOUNCES);
        let over = match observation {
            Observation::Arrival => self.announces.note(now, limit),
            Observation::Look => self.announces.exceeds(now, limit),
        };
        if over {
            self.burst = Some(now);
            if self.held.is_empty() {
                self.release_at = now.after(HOLD);
            }
        } else if self.burst.is_some_and(|last| now.since(last) >= HOLD) {
            self.burst = None;
            self.release_at = now.after(PENALTY);
        }
        self.burst.is_some()
    }

    fn hold(&mut self, destination: DestinationHash, hops: u8, frame: Vec<u8>) {
        if let Some((hops, _)) = self.held.remove(&destination) {
            self.order.remove(&(hops, destination));
        } else if self.held.len() >= MAX_HELD {
            return;
        }
        self.order.insert((hops, destination));
        self.held.insert(destination, (hops, frame));
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        let (_, destination) = self.order.pop_first()?;
        self.held.remove(&destination).map(|(_, frame)| frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: InterfaceId = InterfaceId(1);
    const Y: InterfaceId = InterfaceId(2);

    fn at(millis: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(millis))
    }

    fn offer(control: &mut IngressControl, millis: u64, n: u16) -> Admission {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        let hops = u8::try_from(n % 5).unwrap();
        control.admit(at(millis), X, DestinationHash::from_bytes(bytes), hops, || vec![hops])
    }

    #[test]
    fn a_few_newcomers_come_in_at_once_and_a_flood_is_held() {
        let mut control = IngressControl::default();
        let admitted = (0..10_000).filter(|n| offer(&mut control, 0, *n) == Admission::Admitted).count();
        assert_eq!(admitted, 30);
        assert_eq!(control.len(), MAX_HELD);
        assert!(control.is_full(X) && !control.is_full(Y));
        let other = control.admit(at(0), Y, DestinationHash::from_bytes([1; 16]), 1, Vec::new);
        assert_eq!(other, Admission::Admitted);
    }

    #[test]
    fn what_is_held_comes_in_one_by_one_after_the_burst_nearest_first() {
        let mut control = IngressControl::default();
        for n in 0..34 {
            offer(&mut control, 0, n);
        }
        let mut released = Vec::new();
        while let Some(due) = control.poll_timeout() {
            assert!(due.as_micros() < 120_000_000, "never released");
            if let Some((_, frame)) = control.poll_release(due) {
                released.push((due.as_micros() / 1_000_000, frame[0]));
            }
        }
        let hops: Vec<_> = released.iter().map(|(_, hops)| *hops).collect();
        assert_eq!(hops, [0, 1, 2, 3]);
        assert!(released[0].0 >= 30, "{released:?}");
        assert!(released.windows(2).all(|two| two[1].0 - two[0].0 == 5), "{released:?}");
        assert_eq!(offer(&mut control, 120_000, 50), Admission::Admitted);
    }

    #[test]
    fn requests_to_search_for_are_limited_by_themselves() {
        let mut control = IngressControl::default();
        let limited = (0..100).filter(|_| control.limits_request(at(0), X)).count();
        assert_eq!(limited, 70);
        assert!(!control.limits_request(at(10_000), X));
        assert_eq!(offer(&mut control, 0, 1), Admission::Admitted);
    }
}
