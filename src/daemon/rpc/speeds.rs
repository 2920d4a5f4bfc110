//! How fast traffic is: what has passed since somebody last asked, over the time since then.
//! Not a sample that is taken on its own; a server that nobody asks measures nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::daemon::interfaces::Traffic;
use crate::rns::time::{Instant, Now};

/// Speeds are averages over at least so long.
const SPEED_WINDOW: Duration = Duration::from_secs(1);

/// Traffic per second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Speed {
    pub(super) bits_in: f64,
    pub(super) bits_out: f64,
    pub(super) frames_in: f64,
    pub(super) frames_out: f64,
}

/// What speeds are measured against: what had passed when somebody last asked. Holds no more than there are
/// interfaces, for what nobody asks about any more is forgotten.
#[derive(Debug, Default)]
pub(super) struct Speeds(BTreeMap<String, Sample>);

#[derive(Debug)]
struct Sample {
    at: Instant,
    traffic: Traffic,
    /// Since the sample before.
    speed: Speed,
}

impl Speeds {
    /// The speed of what is called so, where so much has passed until now.
    pub(super) fn of(&mut self, now: Now, name: &str, traffic: Traffic) -> Speed {
        let Some(before) = self.0.get_mut(name) else {
            let sample = Sample { at: now.instant, traffic, speed: Speed::default() };
            self.0.insert(name.to_owned(), sample);
            return Speed::default();
        };
        let elapsed = now.instant.since(before.at);
        if elapsed < SPEED_WINDOW {
            return before.speed;
        }
        let rate = |now: u64, before: u64| {
            f64::from(u32::try_from(now.saturating_sub(before)).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
        };
        let speed = Speed {
            bits_in: rate(traffic.bytes_in, before.traffic.bytes_in) * 8.0,
            bits_out: rate(traffic.bytes_out, before.traffic.bytes_out) * 8.0,
            frames_in: rate(traffic.frames_in, before.traffic.frames_in),
            frames_out: rate(traffic.frames_out, before.traffic.frames_out),
        };
        *before = Sample { at: now.instant, traffic, speed };
        speed
    }

    /// Forgets what was not asked about this time.
    pub(super) fn forget_old(&mut self, now: Now) {
        self.0.retain(|_, sample| now.instant.since(sample.at) < SPEED_WINDOW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Now {
        Now { instant: Instant::from_micros(millis * 1000), ..Now::default() }
    }

    #[test]
    fn a_speed_is_that_since_somebody_last_asked_and_what_is_gone_is_forgotten() {
        let mut speeds = Speeds::default();
        let passed = |bytes_in| Traffic { bytes_in, frames_in: bytes_in / 100, ..Traffic::default() };
        assert_eq!(speeds.of(at(0), "a", passed(1000)), Speed::default());
        assert_eq!(speeds.of(at(500), "a", passed(9000)), Speed::default(), "too soon to say");
        let speed = speeds.of(at(2000), "a", passed(5000));
        assert_eq!((speed.bits_in, speed.frames_in), (16_000.0, 20.0));
        assert_eq!(speeds.of(at(2500), "a", passed(9000)), speed);
        speeds.forget_old(at(2900));
        assert_eq!(speeds.0.len(), 1);
        speeds.forget_old(at(3000));
        assert_eq!(speeds.0.len(), 0);
    }
}
