//! A budget: so much at once, and one more each time that a while has passed.
//! Not what it is spent on.

use std::time::Duration;

use super::time::Instant;

/// What was spent and has not come back yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budget {
    spent: u32,
    refilled: Instant,
}

impl Budget {
    /// Spends one, if fewer than `burst` are spent; one comes back each `gap`.
    pub fn spend(&mut self, now: Instant, burst: u32, gap: Duration) -> bool {
        let has_one = self.has_one(now, burst, gap);
        if has_one {
            self.spent = self.spent.saturating_add(1);
        }
        has_one
    }

    /// Could one be spent?
    pub fn has_one(&mut self, now: Instant, burst: u32, gap: Duration) -> bool {
        while self.spent > 0 && self.refilled.after(gap) <= now {
            self.spent = self.spent.saturating_sub(1);
            self.refilled = self.refilled.after(gap);
        }
        if self.spent == 0 {
            self.refilled = now;
        }
        self.spent < burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_gives_its_burst_and_then_one_at_a_time() {
        let mut budget = Budget::default();
        let start = Instant::from_micros(5_000_000_000);
        let mut spend = |secs| {
            let now = start.after(Duration::from_secs(secs));
            (0..1000).filter(|_| budget.spend(now, 10, Duration::from_secs(1))).count()
        };
        assert_eq!((spend(0), spend(3), spend(3600)), (10, 3, 10));
    }

    #[test]
    fn half_a_refill_is_not_lost() {
        let mut budget = Budget::default();
        let mut spend = |secs| {
            let now = Instant::ZERO.after(Duration::from_secs(secs));
            (0..9).filter(|_| budget.spend(now, 3, Duration::from_secs(10))).count()
        };
        assert_eq!((spend(0), spend(9), spend(25), spend(30), spend(1_000_000)), (3, 0, 2, 1, 3));
    }
}
