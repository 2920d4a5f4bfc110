//! A bucket: so many at once, and one more each time that a while has passed.
//! Not what it is that is counted.

use std::time::Duration;

use crate::rns::time::Instant;

/// What is left, and when it was last filled up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    spare: u32,
    burst: u32,
    refill: Duration,
    refilled: Instant,
}

impl Bucket {
    /// A full one of `burst`; one more comes each `refill`.
    pub(super) const fn new(now: Instant, burst: u32, refill: Duration) -> Self {
        Self { spare: burst, burst, refill, refilled: now }
    }

    /// Takes one, if one is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        while self.spare < self.burst && self.refilled.after(self.refill) <= now {
            self.spare += 1;
            self.refilled = self.refilled.after(self.refill);
        }
        if self.spare == self.burst {
            self.refilled = now;
        }
        let left = self.spare.checked_sub(1);
        self.spare = left.unwrap_or(0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_one_at_a_time() {
        let at = |seconds| Instant::ZERO.after(Duration::from_secs(seconds));
        let mut bucket = Bucket::new(at(0), 3, Duration::from_secs(10));
        assert_eq!((0..9).filter(|_| bucket.take(at(0))).count(), 3);
        assert_eq!((0..9).filter(|_| bucket.take(at(9))).count(), 0);
        assert_eq!((0..9).filter(|_| bucket.take(at(25))).count(), 2);
        assert_eq!((0..9).filter(|_| bucket.take(at(30))).count(), 1, "half a refill is not lost");
        assert_eq!((0..9).filter(|_| bucket.take(at(1_000_000))).count(), 3);
    }
}
