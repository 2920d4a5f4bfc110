//! How many messages of a channel may be on their way at once.
//! Not which.

use std::time::Duration;

/// `Channel.WINDOW`.
const WINDOW: usize = 2;
/// `Channel.WINDOW_MIN`.
const WINDOW_MIN: usize = 2;
/// `Channel.WINDOW_MAX_SLOW`.
const WINDOW_MAX_SLOW: usize = 5;
/// `Channel.WINDOW_MAX_MEDIUM`.
const WINDOW_MAX_MEDIUM: usize = 12;
/// `Channel.WINDOW_MAX`: as large as `WINDOW_MAX_FAST`. A receiver takes messages so far ahead.
pub(super) const WINDOW_MAX: u16 = 48;
const WINDOW_MAX_FAST: usize = 48;
/// `Channel.WINDOW_MIN_LIMIT_MEDIUM`.
const WINDOW_MIN_MEDIUM: usize = 5;
/// `Channel.WINDOW_MIN_LIMIT_FAST`.
const WINDOW_MIN_FAST: usize = 16;
/// `Channel.WINDOW_FLEXIBILITY`: the gap between most and least that losses leave.
const FLEXIBILITY: usize = 4;
/// `Channel.FAST_RATE_THRESHOLD`: deliveries in a row before more is allowed.
const RATE_ROUNDS: u32 = 10;
/// `Channel.RTT_FAST`.
const RTT_FAST: Duration = Duration::from_millis(180);
/// `Channel.RTT_MEDIUM`.
const RTT_MEDIUM: Duration = Duration::from_millis(750);
/// `Channel.RTT_SLOW`: above it, one message at a time.
const RTT_SLOW: Duration = Duration::from_millis(1450);

/// The window, and what it may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) size: usize,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) flexibility: usize,
    pub(super) fast_rounds: u32,
    pub(super) medium_rounds: u32,
    round_trip: Duration,
}

impl Window {
    /// For a link of this round trip time.
    pub(super) const fn new(round_trip: Duration) -> Self {
        let slow = round_trip.as_micros() > RTT_SLOW.as_micros();
        let (size, min, max, flexibility) =
            if slow { (1, 1, 1, 1) } else { (WINDOW, WINDOW_MIN, WINDOW_MAX_SLOW, FLEXIBILITY) };
        Self { size, min, max, flexibility, fast_rounds: 0, medium_rounds: 0, round_trip }
    }

    /// A message was proved.
    pub(super) fn delivered(&mut self) {
        if self.size < self.max {
            self.size = self.size.saturating_add(1);
        }
        if self.round_trip > RTT_MEDIUM {
            (self.fast_rounds, self.medium_rounds) = (0, 0);
        } else if self.round_trip > RTT_FAST {
            self.fast_rounds = 0;
            self.medium_rounds = self.medium_rounds.saturating_add(1);
            if self.medium_rounds == RATE_ROUNDS && self.max < WINDOW_MAX_MEDIUM {
                (self.max, self.min) = (WINDOW_MAX_MEDIUM, WINDOW_MIN_MEDIUM);
            }
        } else {
            self.fast_rounds = self.fast_rounds.saturating_add(1);
            if self.fast_rounds == RATE_ROUNDS && self.max < WINDOW_MAX_FAST {
                (self.max, self.min) = (WINDOW_MAX_FAST, WINDOW_MIN_FAST);
            }
        }
    }

    /// A message was not proved in time.
    pub(super) fn timed_out(&mut self) {
        if self.size > self.min {
            self.size = self.size.saturating_sub(1);
            if self.max > self.min.saturating_add(self.flexibility) {
                self.max = self.max.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(round_trip: u64, deliveries: u32) -> (usize, usize, usize) {
        let mut window = Window::new(Duration::from_millis(round_trip));
        (0..deliveries).for_each(|_| window.delivered());
        (window.size, window.min, window.max)
    }

    #[test]
    fn window_grows_as_far_as_the_round_trip_time_allows() {
        assert_eq!(after(10, 0), (2, 2, 5));
        assert_eq!(after(10, 9), (5, 2, 5));
        assert_eq!(after(180, 10), (5, 16, 48));
        assert_eq!(after(180, 60), (48, 16, 48));
        assert_eq!(after(181, 10), (5, 5, 12));
        assert_eq!(after(750, 60), (12, 5, 12));
        assert_eq!(after(751, 60), (5, 2, 5));
        assert_eq!(after(1451, 60), (1, 1, 1));
    }

    #[test]
    fn window_shrinks_to_its_least_and_the_most_follows_at_a_distance() {
        let mut window = Window::new(Duration::from_millis(10));
        (0..60).for_each(|_| window.delivered());
        (0..20).for_each(|_| window.timed_out());
        assert_eq!((window.size, window.max), (28, 28));
        (0..60).for_each(|_| window.timed_out());
        assert_eq!((window.size, window.min, window.max), (16, 16, 20));
        let mut slow = Window::new(Duration::from_secs(5));
        slow.timed_out();
        assert_eq!((slow.size, slow.max), (1, 1));
    }
}
