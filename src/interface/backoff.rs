//! How long to wait before connecting again.
//! Not the waiting itself; that is the client's.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::rns::random::Random;

/// `BackboneInterface.FAST_FLAP_THRESHOLD`: a public node counts a shorter connection as a flap, and after five of
/// them it locks our address out for twelve hours.
pub(super) const FAST_FLAP_THRESHOLD: Duration = Duration::from_secs(20);

/// First wait after a failed attempt, or after a connection that stood for a while.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// Longest wait while a peer can't be reached.
const RETRY_MOST: Duration = Duration::from_secs(60);
/// First wait after a flap: `RECONNECT_WAIT`, what the reference waits always.
const FLAP_FIRST: Duration = Duration::from_secs(5);
/// Longest wait between flaps: a peer that shuts the door at once may have locked us out, and asking prolongs it.
const FLAP_MOST: Duration = Duration::from_mins(30);

/// How the last attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// No connection.
    Failed,
    /// A connection that did not live long; of a peer, shorter than [`FAST_FLAP_THRESHOLD`].
    Flapped,
    /// A connection that lived longer.
    Stood,
}

/// Grows with every failure, and starts anew after a connection that stood.
#[derive(Debug)]
pub struct Backoff {
    failures: u32,
    flaps: u32,
    random: Random,
}

impl Backoff {
    /// Nothing has failed yet; `random` spreads the attempts in time.
    pub fn new(random: Random) -> Self {
        Self { failures: 0, flaps: 0, random }
    }

    /// How long to wait after an attempt that ended so: up to a quarter more or less than planned, so that the
    /// clients of a peer that restarts don't come all at once.
    pub fn wait_after(&mut self, attempt: Attempt) -> Duration {
        let planned = match attempt {
            Attempt::Failed => {
                self.failures = self.failures.saturating_add(1);
                doubled(RETRY_FIRST, self.failures.saturating_sub(1), RETRY_MOST)
            }
            Attempt::Flapped => {
                self.failures = 0;
                self.flaps = self.flaps.saturating_add(1);
                doubled(FLAP_FIRST, self.flaps.saturating_sub(1), FLAP_MOST)
            }
            Attempt::Stood => {
                self.failures = 0;
                self.flaps = 0;
                RETRY_FIRST
            }
        };
        let millis = u64::try_from(planned.as_millis()).unwrap_or(u64::MAX);
        let least = millis.saturating_sub(millis / 4);
        Duration::from_millis(least.saturating_add(self.random.below(millis / 2)))
    }
}

/// The same for what is on this machine, where nobody is bothered and chance is of no use.
#[derive(Debug)]
pub(super) struct Doubling {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Doubling {
    /// Nothing has failed yet.
    pub(super) const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, failures: 0 }
    }

    /// How long to wait after an attempt that ended so.
    pub(super) fn wait_after(&mut self, attempt: Attempt) -> Duration {
        self.failures = match attempt {
            Attempt::Failed | Attempt::Flapped => self.failures.saturating_add(1),
            Attempt::Stood => 0,
        };
        doubled(self.first, self.failures.saturating_sub(1), self.most)
    }
}

/// Waits for the end of a connection; also how it was, which has stood if it lived for so long.
pub(super) async fn outlived<T>(connection: impl Future<Output = T>, long: Duration) -> (T, Attempt) {
    let mut connection = pin!(connection);
    tokio::select! {
        outcome = &mut connection => (outcome, Attempt::Flapped),
        () = sleep(long) => (connection.await, Attempt::Stood),
    }
}

/// `first`, doubled so many times, and at most `most`.
pub(super) fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    first.saturating_mul(2u32.saturating_pow(times)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff() -> Backoff {
        Backoff::new(Random::from_seed([7; 32]))
    }

    fn within(wait: Duration, planned: u64) -> bool {
        let planned = Duration::from_secs(planned);
        wait >= planned * 3 / 4 && wait <= planned * 5 / 4
    }

    #[test]
    fn an_unreachable_peer_is_tried_more_and_more_rarely_up_to_a_minute() {
        let mut backoff = backoff();
        for planned in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = backoff.wait_after(Attempt::Failed);
            assert!(within(wait, planned), "{wait:?} for {planned} s");
        }
    }

    #[test]
    fn a_thousand_failures_do_not_overflow() {
        let mut backoff = backoff();
        for _ in 0..1000 {
            assert!(backoff.wait_after(Attempt::Failed) <= Duration::from_secs(75));
        }
    }

    #[test]
    fn short_connections_come_more_and_more_rarely_up_to_half_an_hour() {
        let mut backoff = backoff();
        for planned in [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800] {
            let wait = backoff.wait_after(Attempt::Flapped);
            assert!(within(wait, planned), "{wait:?} for {planned} s");
        }
    }

    #[test]
    fn failed_attempts_between_flaps_do_not_make_flaps_forgotten() {
        let mut backoff = backoff();
        backoff.wait_after(Attempt::Flapped);
        backoff.wait_after(Attempt::Failed);
        assert!(within(backoff.wait_after(Attempt::Flapped), 10));
    }

    #[test]
    fn what_is_on_this_machine_is_tried_more_and_more_rarely_until_it_has_stood() {
        use Attempt::{Failed, Flapped, Stood};
        let mut waits = Doubling::new(Duration::from_secs(5), Duration::from_secs(30));
        let waits =
            [Failed, Flapped, Failed, Failed, Stood, Failed, Flapped].map(|end| waits.wait_after(end));
        assert_eq!(waits.map(|wait| wait.as_secs()), [5, 10, 20, 30, 5, 5, 10]);
    }

    #[test]
    fn a_connection_that_stood_starts_anew() {
        let mut backoff = backoff();
        for _ in 0..5 {
            backoff.wait_after(Attempt::Failed);
            backoff.wait_after(Attempt::Flapped);
        }
        assert!(within(backoff.wait_after(Attempt::Stood), 1));
        assert!(within(backoff.wait_after(Attempt::Failed), 1));
        assert!(within(backoff.wait_after(Attempt::Flapped), 5));
    }
}
