//! The test's own ledger: what was on the air by when, and how long people waited.
//! Not the server's; it has never seen that.

use std::fmt::Write;
use std::time::Duration;

use crate::network::Seat;
use crate::radio::Aired;

const HOUR: u64 = 3_600_000_000;

/// The most that a station was on the air within any hour.
pub(super) fn most_within_an_hour(log: &[Aired], seat: Seat) -> Duration {
    let own: Vec<_> = log.iter().filter(|aired| aired.from == seat).collect();
    // An hour with the most in it can be moved until it ends with the end of a packet.
    let most = own.iter().enumerate().map(|(index, last)| {
        let begin = last.ends.saturating_sub(HOUR);
        let within = own[..=index].iter().rev().take_while(|aired| aired.ends > begin);
        within.map(|aired| aired.ends - aired.began.max(begin)).sum::<u64>()
    });
    Duration::from_micros(most.max().unwrap_or(0))
}

/// Half waited no longer than this, and nobody longer than that.
pub(super) fn waits(name: &str, waits: &mut [Duration]) -> String {
    waits.sort_unstable();
    let mut line = format!("{name}: {}", waits.len());
    if let (Some(median), Some(slowest)) = (waits.get(waits.len() / 2), waits.last()) {
        let (median, slowest) = (median.as_secs(), slowest.as_secs());
        let _ = write!(line, ", half within {median} s, the slowest after {slowest} s");
    }
    line
}
