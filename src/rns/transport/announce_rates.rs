//! Announce rates: who announces too often is still heard, but not passed on.
//! Not the bandwidth of an interface, and not floods of destinations nobody knows.

use std::time::Duration;

use super::fair::Fair;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// Most destinations whose rate is watched.
const MAX_DESTINATIONS: usize = 8192;
/// `Interface.DEFAULT_AR_TARGET`: announces of one destination are to be so far apart.
const TARGET: Duration = Duration::from_secs(3600);
/// `Interface.DEFAULT_AR_GRACE`: so many may come sooner.
const GRACE: u32 = 5;
/// After so long without an announce nothing speaks against a destination.
const LIFETIME: Duration = Duration::from_secs(7200);

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
    ) -> bool {
        let Some(rate) = self.0.get_mut(&destination) else {
            let rate = Rate { last: now, violations: 0, blocked_until: Instant::ZERO };
            self.0.insert(now, interface, destination, rate);
            return true;
        };
        if now <= rate.blocked_until {
            return false;
        }
        rate.violations = if now.since(rate.last) < TARGET {
            rate.violations.saturating_add(1)
        } else {
            rate.violations.saturating_sub(1)
        };
        if rate.violations > GRACE {
            rate.blocked_until = rate.last.after(TARGET);
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
            if rates.admits(now, interface, destination) {
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
            assert!(rates.admits(now, interface, destination), "{hour}");
        }
    }
}
