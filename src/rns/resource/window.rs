//! How many parts a receiver asks for at once, and how fast it believes the link to be.
//! Not which parts.

/// `Resource.WINDOW`.
const WINDOW: usize = 4;
/// `Resource.WINDOW_MIN`.
const WINDOW_MIN: usize = 2;
/// `Resource.WINDOW_MAX_SLOW`.
const WINDOW_MAX_SLOW: usize = 10;
/// `Resource.WINDOW_MAX_VERY_SLOW`.
const WINDOW_MAX_VERY_SLOW: usize = 4;
/// `Resource.WINDOW_MAX_FAST`.
pub(crate) const WINDOW_MAX_FAST: usize = 75;
/// `Resource.WINDOW_FLEXIBILITY`, less one: the widest gap that is kept.
const FLEXIBILITY: usize = 3;
/// `Resource.FAST_RATE_THRESHOLD`.
const FAST_ROUNDS: u8 = 4;
/// `Resource.VERY_SLOW_RATE_THRESHOLD`.
const VERY_SLOW_ROUNDS: u8 = 2;
/// `Resource.RATE_FAST`, in bytes per second.
const RATE_FAST: f64 = 6250.0;
/// `Resource.RATE_VERY_SLOW`, in bytes per second.
const RATE_VERY_SLOW: f64 = 250.0;

/// The window of one incoming segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    size: usize,
    min: usize,
    max: usize,
    fast_rounds: u8,
    very_slow_rounds: u8,
}

impl Window {
    /// Starts where the link's previous Resource ended, if there was one.
    pub(crate) fn new(previous: Option<usize>) -> Self {
        Self {
            size: previous.unwrap_or(WINDOW).clamp(WINDOW_MIN, WINDOW_MAX_FAST),
            min: WINDOW_MIN,
            max: WINDOW_MAX_SLOW,
            fast_rounds: 0,
            very_slow_rounds: 0,
        }
    }

    /// Parts to ask for.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Everything that was asked for arrived, at this rate.
    pub(crate) fn round_answered(&mut self, bytes_per_second: f64) {
        if self.size < self.max {
            self.size = self.size.saturating_add(1);
            if self.size.saturating_sub(self.min) > FLEXIBILITY {
                self.min = self.min.saturating_add(1);
            }
        }
        self.count_if_fast(bytes_per_second);
        if self.fast_rounds == 0
            && bytes_per_second < RATE_VERY_SLOW
            && self.very_slow_rounds < VERY_SLOW_ROUNDS
        {
            self.very_slow_rounds = self.very_slow_rounds.saturating_add(1);
            if self.very_slow_rounds == VERY_SLOW_ROUNDS {
                self.max = WINDOW_MAX_VERY_SLOW;
            }
        }
    }

    /// The first part of a round arrived: a fast link gets a second count per round.
    pub(crate) fn first_part(&mut self, bytes_per_second: f64) {
        self.count_if_fast(bytes_per_second);
    }

    /// Something that was asked for did not arrive.
    pub(crate) fn timed_out(&mut self) {
        if self.size <= self.min {
            return;
        }
        self.size = self.size.saturating_sub(1);
        if self.max > self.min {
            self.max = self.max.saturating_sub(1);
            if self.max.saturating_sub(self.size) > FLEXIBILITY {
                self.max = self.max.saturating_sub(1);
            }
        }
    }

    fn count_if_fast(&mut self, bytes_per_second: f64) {
        if bytes_per_second > RATE_FAST && self.fast_rounds < FAST_ROUNDS {
            self.fast_rounds = self.fast_rounds.saturating_add(1);
            if self.fast_rounds == FAST_ROUNDS {
                self.max = WINDOW_MAX_FAST;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_grows_to_ten_on_a_slow_link_and_to_seventy_five_on_a_fast_one() {
        let (mut slow, mut fast) = (Window::new(None), Window::new(None));
        for _ in 0..200 {
            slow.round_answered(1000.0);
            fast.round_answered(1_000_000.0);
        }
        assert_eq!((slow.size(), slow.min), (10, 7));
        assert_eq!((fast.size(), fast.min), (75, 72));
    }

    #[test]
    fn window_stays_small_on_a_very_slow_link() {
        let mut window = Window::new(None);
        for _ in 0..20 {
            window.round_answered(100.0);
        }
        assert_eq!((window.max, window.size() <= 6), (4, true));
    }

    #[test]
    fn window_never_shrinks_below_its_minimum() {
        let mut window = Window::new(Some(75));
        for _ in 0..200 {
            window.timed_out();
        }
        assert_eq!(window.size(), WINDOW_MIN);
    }
}
