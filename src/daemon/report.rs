//! The line that says what was dropped and why: every hour if there is news, and at the end.
//! Not the counting; whoever drops something counts it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::info;

use crate::interface::{Counters, Loss};
use crate::rns::error::DropCounts;
use crate::rns::time::Instant;

/// Between two lines.
const INTERVAL: Duration = Duration::from_hours(1);

/// What the node's task itself had to let go.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TaskLosses {
    /// Requests that found the server's queue full.
    pub(super) requests: u64,
    /// Messages that did; they were not proved, so their senders try again.
    pub(super) messages: u64,
    /// Packets and Resources on destinations that only serve requests.
    pub(super) not_served: u64,
    /// Answers without a link to people of whom neither a key nor a way is known.
    pub(super) replies: u64,
    /// Messages of ours whose recipients ask for more work than is done.
    pub(super) too_costly: u64,
}

/// Writes the line when it is due.
#[derive(Debug)]
pub(super) struct Report {
    counters: Arc<Counters>,
    due: Instant,
    /// What the last line said.
    last: BTreeMap<String, u64>,
}

impl Report {
    pub(super) fn new(now: Instant, counters: Arc<Counters>) -> Self {
        Self { counters, due: now.after(INTERVAL), last: BTreeMap::new() }
    }

    /// When the next line is due.
    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// Writes what was dropped since the start, unless the last line said the same.
    pub(super) fn write(&mut self, now: Instant, drops: &[&DropCounts], losses: TaskLosses) {
        self.due = now.after(INTERVAL);
        let counts = self.collect(drops, losses);
        if counts != self.last {
            let list: Vec<_> = counts.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
            info!("dropped since the start: {}", list.join(", "));
            self.last = counts;
        }
    }

    fn collect(&self, drops: &[&DropCounts], losses: TaskLosses) -> BTreeMap<String, u64> {
        let packets =
            drops.iter().flat_map(|drops| drops.iter()).map(|(reason, count)| (reason.to_string(), count));
        let frames = Loss::ALL.iter().map(|loss| (loss.to_string(), self.counters.get(*loss)));
        let own = [
            ("request while the server was busy", losses.requests),
            ("message while the server was busy", losses.messages),
            ("data that no group serves", losses.not_served),
            ("answer without a link to somebody unknown", losses.replies),
            ("message whose recipient asks for too costly a stamp", losses.too_costly),
        ];
        let own = own.into_iter().map(|(reason, count)| (reason.to_owned(), count));
        let mut counts = BTreeMap::new();
        for (reason, count) in packets.chain(frames).chain(own).filter(|(_, count)| *count > 0) {
            let sum: &mut u64 = counts.entry(reason).or_default();
            *sum = sum.saturating_add(count);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::error::DropReason;

    #[test]
    fn a_report_names_every_reason_that_occurred_and_no_other() {
        let report = Report::new(Instant::ZERO, Arc::default());
        let mut drops = DropCounts::default();
        drops.add(DropReason::Duplicate);
        let mut others = DropCounts::default();
        others.add(DropReason::Duplicate);
        let losses = TaskLosses { requests: 3, ..TaskLosses::default() };
        let counts: Vec<_> = report.collect(&[&drops, &others], losses).into_iter().collect();
        assert_eq!(
            counts,
            [("duplicate".to_owned(), 2), ("request while the server was busy".to_owned(), 3)]
        );
    }

    #[test]
    fn the_next_report_is_due_an_hour_later() {
        let mut report = Report::new(Instant::ZERO, Arc::default());
        let now = report.due();
        report.write(now, &[&DropCounts::default()], TaskLosses::default());
        assert_eq!(report.due().since(now), INTERVAL);
    }
}
