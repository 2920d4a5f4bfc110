//! Announce rates: who announces too often is still heard, but not passed on.
//! Not the bandwidth of an interface, and not floods of destinations nobody knows.

use std::time::Duration;

use super::fair::Fair;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::InterfaceId;
use crate::rns::policy::AnnounceRate;
use crate::rns::time::Instant;

/// Most destinations whose rate is watched.
const MAX_DESTINATIONS: usize = 8192;
/// After so long without an announce nothing speaks against a destination. Longer than any target and penalty that can be
/// configured, together.
const LIFETIME: Duration = Duration::from_secs(2 * 86_400);

#[derive(Debug)]
struct Rate {
    last: Instant,
    violations: u32,
    blocked_until: Instant,
}

/// The rates of all destinations that were passed on.
#[derive(Debug)]
pub(crate) struct AnnounceRates(Fair<DestinationHash, Rate>);

impl AnnounceRates {
    pub(crate) fn new() -> Self {
        Self(Fair::new(MAX_DESTINATIONS))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// An announce came in: may it be passed on (page 03 §5)?
    pub(crate) fn admits(
        &mut self,
        now: Instant,
        interface: InterfaceId,
        destination: DestinationHash,
        allowed: AnnounceRate,
    ) -> bool {
        let Some(rate) = self.0.get_mut(&destination) else {
            let rate = Rate { last: now, violations: 0, blocked_until: Instant::ZERO };
            self.0.insert(now, interface, destination, rate);
            return true;
        };
        if now <= rate.blocked_until {
            return false;
        }
        rate.violations = if now.since(rate.last) < allowed.target {
            rate.violations.saturating_add(1)
        } else {
            rate.violations.saturating_sub(1)
        };
        if rate.violations > allowed.grace {
            rate.blocked_until = rate.last.after(allowed.target.saturating_add(allowed.penalty));
            return false;
        }
        rate.last = now;
        self.0.touch(now, &destination);
        true
    }

    /// All of them: when each was last passed on, its violations, and until when it is not.
    pub(crate) fn survey(
        &self,
        now: Instant,
    ) -> impl Iterator<Item = (DestinationHash, Instant, u32, Option<Instant>)> {
        self.0.iter().map(move |(destination, rate, _)| {
            let blocked_until = Some(rate.blocked_until).filter(|until| *until >= now);
            (*destination, rate.last, rate.violations, blocked_until)
        })
    }

    pub(crate) fn expire(&mut self, now: Instant) {
        self.0.expire(now, LIFETIME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_announces_every_minute_is_passed_on_six_times_and_then_once_an_hour() {
        let mut rates = AnnounceRates::new();
        let (interface, destination) = (InterfaceId(1), DestinationHash::from_bytes([1; 16]));
        let mut passed_on = Vec::new();
        for minute in 0..240 {
            let now = Instant::ZERO.after(Duration::from_secs((minute + 1) * 60));
            if rates.admits(now, interface, destination, AnnounceRate::DEFAULT) {
                passed_on.push(minute);
            }
            rates.expire(now);
        }
        assert_eq!(passed_on, [0, 1, 2, 3, 4, 5, 66, 127, 188]);
    }

    #[test]
    fn who_announces_every_hour_is_always_passed_on() {
        let mut rates = AnnounceRates::new();
        let (interface, destination) = (InterfaceId(1), DestinationHash::from_bytes([1; 16]));
        for hour in 0..100 {
            let now = Instant::ZERO.after(Duration::from_secs(hour * 3600 + 1));
            assert!(rates.admits(now, interface, destination, AnnounceRate::DEFAULT), "{hour}");
        }
    }

    #[test]
    fn an_operator_can_say_how_often_is_too_often_and_for_how_long() {
        let mut rates = AnnounceRates::new();
        let (interface, destination) = (InterfaceId(1), DestinationHash::from_bytes([1; 16]));
        let minutes = |count: u64| Duration::from_secs(60 * count);
        let allowed = AnnounceRate { target: minutes(10), grace: 0, penalty: minutes(20) };
        let mut admits =
            |minute| rates.admits(Instant::ZERO.after(minutes(minute)), interface, destination, allowed);
        assert_eq!(
            [1, 11, 20, 31, 41, 42, 80].map(&mut admits),
            [true, true, false, false, false, true, true]
        );
    }
}
