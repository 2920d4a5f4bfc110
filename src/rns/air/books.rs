//! The books of one radio: what it has sent and heard, in the last hour and since the start, and what that leaves.
//! Not the frames that wait. The books outlive a connection: a modem that is plugged in again has no new budget.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ledger::Ledger;
use super::limits::{LONG, SHORT};
use super::told::Told;
use super::{Air, Class};
use crate::rns::hash::Address;
use crate::rns::time::{Instant, Now, UnixTime};

/// A channel that is taken for more than this part of 15 seconds is busy.
const BUSY_PART: u32 = 4;
/// Used up, it counts as free again when half of the budget is.
const FREE_PART: u32 = 2;

/// Frames, their bytes, and how long they were on the air.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub frames: u64,
    /// Access codes included.
    pub bytes: u64,
    /// On the air.
    pub time: Duration,
}

/// What was counted.
#[derive(Debug)]
pub(crate) struct Books {
    sent_long: Ledger,
    sent_short: Ledger,
    heard_long: Ledger,
    heard_short: Ledger,
    sent: BTreeMap<Class, Tally>,
    dropped: BTreeMap<Class, u64>,
    told: Told,
    /// Something had to wait for the hour's budget, and there is little again.
    used_up: bool,
}

/// How busy a radio and its channel are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// What we have sent in the last hour.
    pub sent_long: Duration,
    /// And in the last 15 seconds.
    pub sent_short: Duration,
    /// What we have heard in the last hour.
    pub heard_long: Duration,
    /// And in the last 15 seconds.
    pub heard_short: Duration,
}

impl Load {
    /// How long the channel was taken in the last 15 seconds.
    pub const fn taken_short(&self) -> Duration {
        self.sent_short.saturating_add(self.heard_short)
    }

    /// And in the last hour.
    pub const fn taken_long(&self) -> Duration {
        self.sent_long.saturating_add(self.heard_long)
    }
}

impl Default for Books {
    fn default() -> Self {
        let (sent_long, sent_short) = (Ledger::long(), Ledger::short());
        let (heard_long, heard_short) = (Ledger::long(), Ledger::short());
        let (sent, dropped, told) = (BTreeMap::new(), BTreeMap::new(), Told::default());
        Self { sent_long, sent_short, heard_long, heard_short, sent, dropped, told, used_up: false }
    }
}

impl Books {
    pub(super) fn note_sent(&mut self, now: Instant, class: Class, bytes: usize, time: Duration) {
        let ends = now.after(time);
        self.sent_long.book(ends, time);
        self.sent_short.book(ends, time);
        self.sent.entry(class).or_default().add(bytes, time);
    }

    /// What was sent as a notice, and to whom.
    pub(super) fn note_told(&mut self, now: Instant, destination: Address, bytes: usize, time: Duration) {
        self.told.note(now, destination, bytes, time);
    }

    /// What notices to a destination took in the last day.
    pub(crate) fn told(&self, now: Instant, destination: Address) -> Tally {
        self.told.of(now, destination)
    }

    /// How many destinations of notices are remembered.
    pub(crate) fn told_destinations(&self) -> usize {
        self.told.len()
    }

    pub(super) fn note_heard(&mut self, now: Instant, time: Duration) {
        self.heard_long.book(now, time);
        self.heard_short.book(now, time);
    }

    pub(super) fn note_dropped(&mut self, class: Class) {
        let dropped = self.dropped.entry(class).or_default();
        *dropped = dropped.saturating_add(1);
    }

    /// What counts of the hour.
    pub(crate) fn records(&self, now: Now) -> Vec<(UnixTime, u64)> {
        self.sent_long.records(now)
    }

    /// The books of a radio that an earlier run has had.
    pub(crate) fn restored(now: Now, records: &[(UnixTime, u64)]) -> Self {
        let mut books = Self::default();
        books.sent_long.restore(now, records);
        books
    }

    /// Frames that were sent since the start.
    pub(crate) fn frames(&self) -> u64 {
        self.sent.values().map(|tally| tally.frames).sum()
    }

    /// When a frame of this class may begin that takes `time`; never, if no budget of an hour has room for it.
    pub(super) fn room(&self, now: Instant, air: Air, class: Class, time: Duration) -> Option<Instant> {
        let long = match air.limits.long {
            Some(share) => self.sent_long.room(now, class.share_of(share.of(LONG)), time)?,
            None => now,
        };
        // A packet that takes longer than the short limit goes when nothing else has for a while, as in the firmware.
        let short = air.limits.short.map_or(now, |share| {
            let allowed = share.of(SHORT).max(time);
            self.sent_short.room(now, allowed, time).unwrap_or(now)
        });
        Some(long.max(short))
    }

    /// Is so much going on that who has no hurry should be silent?
    pub(super) fn is_busy(&self, now: Instant) -> bool {
        let taken = self.sent_short.spent(now).saturating_add(self.heard_short.spent(now));
        taken > SHORT.checked_div(BUSY_PART).unwrap_or_default()
    }

    /// Something has to wait for the hour's budget. True if that is news.
    pub(super) fn note_used_up(&mut self, air: Air) -> bool {
        air.limits.long.is_some() && !std::mem::replace(&mut self.used_up, true)
    }

    /// When a budget that was used up counts as free again.
    pub(super) fn free_again(&self, now: Instant, air: Air) -> Option<Instant> {
        let allowed = air.limits.long.filter(|_| self.used_up)?.of(LONG);
        self.sent_long.room(now, allowed.checked_div(FREE_PART).unwrap_or_default(), Duration::ZERO)
    }

    pub(super) fn note_free(&mut self) {
        self.used_up = false;
    }

    pub(super) const fn is_used_up(&self) -> bool {
        self.used_up
    }

    pub(super) fn load(&self, now: Instant) -> Load {
        Load {
            sent_long: self.sent_long.spent(now),
            sent_short: self.sent_short.spent(now),
            heard_long: self.heard_long.spent(now),
            heard_short: self.heard_short.spent(now),
        }
    }

    pub(super) fn sent(&self, class: Class) -> Tally {
        self.sent.get(&class).copied().unwrap_or_default()
    }

    pub(super) fn dropped(&self, class: Class) -> u64 {
        self.dropped.get(&class).copied().unwrap_or_default()
    }
}

impl Tally {
    pub(super) fn add(&mut self, bytes: usize, time: Duration) {
        self.frames = self.frames.saturating_add(1);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.time = self.time.saturating_add(time);
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: Self) {
        self.frames = self.frames.saturating_add(other.frames);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.time = self.time.saturating_add(other.time);
    }
}
