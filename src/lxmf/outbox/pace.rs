//! How fast to go on the way to a destination: how long to wait and how often to try, by what its interface carries.
//! Not what is sent meanwhile.

use std::time::Duration;

use crate::lxmf::message::MessageHash;
use crate::rns::Node;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::interface::InterfaceId;
use crate::rns::time::Now;

/// `MAX_DELIVERY_ATTEMPTS`: how often a message is sent, or a link opened for it.
const MAX_ATTEMPTS: u32 = 5;
/// The fewest, on the slowest way.
const MIN_ATTEMPTS: u32 = 3;
/// `DELIVERY_RETRY_WAIT`: between attempts, at least.
pub(super) const RETRY_WAIT: Duration = Duration::from_secs(10);
/// `PATH_REQUEST_WAIT`: for the answer to a path request, at least.
const PATH_REQUEST_WAIT: Duration = Duration::from_secs(7);
/// `DEFAULT_PER_HOP_TIMEOUT`: what others on the way may take.
const PER_HOP: Duration = Duration::from_secs(6);
/// `AIRTIME_AWARE_MTU_TIME`: an interface that takes longer for one full packet is slow.
const SLOW_PACKET: Duration = Duration::from_millis(500);
/// What the proof of a packet on a slow interface may take beyond the time of all attempts.
const PROOF_GRACE: Duration = Duration::from_secs(4);

/// The pace on the way to one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    interface: Option<InterfaceId>,
    /// How long one full packet takes on the interface that leads there; zero if none does.
    packet_time: Duration,
    /// How long one takes on the slowest interface that the answer may come by.
    slowest: Duration,
    /// If the interface is a radio: how long what waits for its air takes.
    backlog: Option<Duration>,
}

impl Pace {
    /// On the way to `theirs`, or to the other end of a link.
    pub(super) fn of(now: Now, node: &Node, theirs: DestinationHash, link: Option<LinkId>) -> Self {
        let interface = match link {
            Some(link) => node.link_interface(link),
            None => node.way_to(theirs).map(|(interface, _)| interface),
        };
        match interface {
            Some(interface) => {
                let packet_time = node.full_packet_time(interface).unwrap_or_default();
                let backlog = node.air_backlog(now, interface);
                Self { interface: Some(interface), packet_time, slowest: packet_time, backlog }
            }
            None => Self::of_search(node),
        }
    }

    /// While nobody knows the way.
    pub(super) fn of_search(node: &Node) -> Self {
        let slowest = node.slowest_packet_time().unwrap_or_default();
        Self { interface: None, packet_time: Duration::ZERO, slowest, backlog: None }
    }

    /// The interface on which one message at a time should be under way.
    pub(super) fn slow_interface(self) -> Option<InterfaceId> {
        self.interface.filter(|_| self.is_slow())
    }

    /// The interface, if it is a radio that has a budget or a queue for its air.
    pub(super) fn radio(self) -> Option<InterfaceId> {
        self.interface.filter(|_| self.backlog.is_some())
    }

    /// How long the answer to a path request is awaited. It may come by any interface.
    pub(super) fn path_wait(self) -> Duration {
        PATH_REQUEST_WAIT.max(self.path_time())
    }

    /// How often a path may be asked for in one round. Each request is heard by the whole network.
    pub(super) fn path_requests(self) -> u32 {
        if self.slowest > SLOW_PACKET { 1 } else { 2 }
    }

    /// How long after a path request the next one may go out, whoever it is for: they are a tenth of a full packet, and
    /// so they take a tenth of the air of the slowest interface when many are out of reach at once.
    pub(super) const fn search_gap(self) -> Duration {
        self.slowest
    }

    /// How long after an attempt the next may be made. Those who share a slow way spread out: the hash of a message is
    /// as good as a die.
    pub(super) fn retry_wait(self, hash: MessageHash, attempts: u32) -> Duration {
        let wait = RETRY_WAIT.max(self.round_trip()).saturating_add(self.backlog.unwrap_or_default());
        if !self.is_slow() {
            return wait;
        }
        let at =
            usize::try_from(attempts).unwrap_or_default().checked_rem(MessageHash::LEN).unwrap_or_default();
        let die = hash.as_bytes().get(at).copied().unwrap_or_default();
        let jitter = self.packet_time.saturating_mul(die.into()).checked_div(256).unwrap_or_default();
        wait.saturating_add(jitter)
    }

    /// How many attempts there are.
    pub(super) fn attempts(self) -> u32 {
        let round_trip = self.round_trip();
        if round_trip <= RETRY_WAIT {
            return MAX_ATTEMPTS;
        }
        let half = round_trip.as_millis().checked_div(2).unwrap_or_default();
        let rounded = half.saturating_add(50_000).checked_div(round_trip.as_millis()).unwrap_or_default();
        u32::try_from(rounded).unwrap_or(MAX_ATTEMPTS).max(MIN_ATTEMPTS)
    }

    /// How long the proof of a packet is awaited at least: on a slow way a late proof of any attempt is worth more than
    /// one attempt more.
    pub(super) fn proof_wait(self, attempts: u32) -> Duration {
        if !self.is_slow() {
            return Duration::ZERO;
        }
        let left = self.attempts().saturating_sub(attempts).saturating_add(1).max(1);
        let each = RETRY_WAIT.max(self.round_trip()).saturating_add(self.packet_time);
        let each = each.saturating_add(self.backlog.unwrap_or_default());
        each.saturating_mul(left).saturating_add(PROOF_GRACE)
    }

    fn is_slow(self) -> bool {
        self.backlog.is_some() || self.packet_time > SLOW_PACKET
    }

    fn round_trip(self) -> Duration {
        if self.interface.is_none() {
            return self.path_time();
        }
        self.packet_time.saturating_mul(2).saturating_add(PER_HOP)
    }

    fn path_time(self) -> Duration {
        self.slowest.saturating_mul(2).saturating_add(PER_HOP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On an interface of so many bits per second, which is the only one.
    fn at(bitrate: u64) -> Pace {
        let packet_time = Duration::from_micros(4_000_000_000 / bitrate);
        Pace { interface: Some(InterfaceId(1)), packet_time, slowest: packet_time, backlog: None }
    }

    const HASH: MessageHash = MessageHash::from_bytes([128; 32]);

    #[test]
    fn on_fast_interfaces_the_reference_s_constants_hold() {
        let pace = at(10_000_000);
        assert_eq!(pace.slow_interface(), None);
        assert_eq!((pace.path_wait(), pace.retry_wait(HASH, 0)), (PATH_REQUEST_WAIT, RETRY_WAIT));
        assert_eq!((pace.attempts(), pace.proof_wait(1), pace.path_requests()), (5, Duration::ZERO, 2));
    }

    #[test]
    fn on_slow_interfaces_everything_takes_longer_and_is_tried_less_often() {
        // A full packet takes 4 s, there and back 14 s.
        let pace = at(1000);
        assert!(pace.slow_interface().is_some());
        assert_eq!(pace.path_wait(), Duration::from_secs(14));
        assert_eq!(pace.retry_wait(HASH, 0), Duration::from_secs(16), "half a packet of jitter");
        assert_eq!((pace.attempts(), pace.path_requests()), (4, 1));
        assert_eq!(pace.proof_wait(1), Duration::from_secs((14 + 4) * 4 + 4));
        assert_eq!(pace.proof_wait(9), Duration::from_secs(14 + 4 + 4));
        assert_eq!(at(100).attempts(), 3);
    }

    #[test]
    fn what_waits_for_the_air_of_a_radio_is_waited_for() {
        let radio = Pace { backlog: Some(Duration::from_secs(7)), ..at(10_000) };
        assert!(radio.slow_interface().is_some() && radio.radio().is_some() && at(10_000).radio().is_none());
        assert_eq!(radio.retry_wait(HASH, 0), RETRY_WAIT + Duration::from_secs(7) + radio.packet_time / 2);
        assert_eq!(radio.attempts(), at(10_000).attempts());
    }

    #[test]
    fn between_fast_and_slow_one_at_a_time_is_sent_as_often_as_on_a_fast_interface() {
        let pace = at(3125);
        assert!(pace.slow_interface().is_some());
        assert_eq!(pace.attempts(), 5);
        let wait = pace.retry_wait(HASH, 3);
        assert!(wait > RETRY_WAIT && wait < RETRY_WAIT + pace.packet_time, "{wait:?}");
    }
}
