//! When to announce: on a schedule, and soon after a way into the network has opened.
//! Not the announcing; that is the node's.

use std::time::Duration;

use crate::rns::random::Random;
use crate::rns::time::Instant;

/// Servers that were started together don't announce together for ever: an announce comes so much earlier or later, in
/// parts of the interval.
const JITTER_PART: u32 = 18;
/// After a connection came up: several that come up together share one announce.
const SETTLE: Duration = Duration::from_millis(500);
/// Between announces because of connections: one that comes and goes must not flood the others.
const SPACING: Duration = Duration::from_secs(30);

/// After a neighbour was found: the reference shows itself 1.92 s before it listens, and then first has to find us,
/// which takes as long again.
const FOUND_SETTLE: Duration = Duration::from_secs(5);
/// Between announces because of neighbours: anybody on a local network can be any number of them, and a radio may be
/// behind us.
const FOUND_SPACING: Duration = Duration::from_mins(5);

/// Knows when the next announce is due.
#[derive(Debug)]
pub(super) struct Announcer {
    due: Instant,
    last: Option<Instant>,
    /// Between scheduled announces, more or less.
    interval: Duration,
    random: Random,
}

impl Announcer {
    /// Nothing was announced yet: due at once.
    pub(super) const fn new(now: Instant, interval: Duration, random: Random) -> Self {
        Self { due: now, last: None, interval, random }
    }

    /// When the next announce is due.
    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// It was announced on at least one interface.
    pub(super) fn announced(&mut self, now: Instant) {
        self.last = Some(now);
        self.schedule(now);
    }

    /// It was announced, but there was no interface to hear it.
    pub(super) fn announced_to_nobody(&mut self, now: Instant) {
        self.schedule(now);
    }

    /// An outgoing connection came up.
    pub(super) fn connection_up(&mut self, now: Instant) {
        self.soon(now.after(SETTLE), SPACING);
    }

    /// A neighbour was found.
    pub(super) fn neighbour_found(&mut self, now: Instant) {
        self.soon(now.after(FOUND_SETTLE), FOUND_SPACING);
    }

    fn soon(&mut self, settled: Instant, spacing: Duration) {
        let soon = self.last.map_or(settled, |last| settled.max(last.after(spacing)));
        self.due = self.due.min(soon);
    }

    fn schedule(&mut self, now: Instant) {
        let jitter = self.interval.checked_div(JITTER_PART).unwrap_or_default();
        let least = self.interval.saturating_sub(jitter);
        let jitter = u64::try_from(jitter.as_micros()).unwrap_or(0);
        self.due = now.after(least.saturating_add(Duration::from_micros(self.random.below(2 * jitter))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn announcer() -> Announcer {
        Announcer::new(Instant::ZERO, Duration::from_hours(6), Random::from_seed([3; 32]))
    }

    #[test]
    fn announces_come_every_six_hours_and_never_at_the_same_distance() {
        let mut announcer = announcer();
        assert_eq!(announcer.due(), Instant::ZERO);
        let mut distances = Vec::new();
        for _ in 0..20 {
            let at = announcer.due();
            announcer.announced(at);
            let distance = announcer.due().since(at);
            assert!(distance >= Duration::from_mins(340) && distance <= Duration::from_mins(380));
            distances.push(distance);
        }
        distances.dedup();
        assert!(distances.len() > 15);
    }

    #[test]
    fn connections_that_come_up_together_share_one_announce() {
        let mut announcer = announcer();
        announcer.announced_to_nobody(Instant::ZERO);
        announcer.connection_up(seconds(10));
        let due = announcer.due();
        assert_eq!(due, seconds(10).after(SETTLE));
        announcer.connection_up(seconds(10).after(Duration::from_millis(400)));
        assert_eq!(announcer.due(), due);
    }

    #[test]
    fn a_connection_that_comes_and_goes_causes_at_most_one_announce_in_thirty_seconds() {
        let mut announcer = announcer();
        announcer.announced(seconds(100));
        announcer.connection_up(seconds(101));
        assert_eq!(announcer.due(), seconds(130));
        announcer.connection_up(seconds(125));
        assert_eq!(announcer.due(), seconds(130));
    }

    #[test]
    fn a_crowd_of_neighbours_causes_at_most_one_announce_in_five_minutes() {
        let mut announcer = announcer();
        announcer.announced(seconds(100));
        announcer.neighbour_found(seconds(101));
        assert_eq!(announcer.due(), seconds(400));
        announcer.announced(seconds(400));
        announcer.neighbour_found(seconds(1000));
        assert_eq!(announcer.due(), seconds(1005), "when it listens");
    }

    #[test]
    fn a_connection_never_puts_an_announce_off() {
        let mut announcer = announcer();
        announcer.announced(Instant::ZERO);
        let due = announcer.due();
        announcer.connection_up(due);
        assert_eq!(announcer.due(), due);
    }
}
