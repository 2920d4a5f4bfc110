//! How a radio stands with its air, for who wants to see it.
//! Not the counting; the books do that.

use super::books::{Load, Tally};
use super::{Air, Class};

/// How a radio stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AirStatus {
    /// What it is.
    pub air: Air,
    /// What was sent and heard lately.
    pub load: Load,
    /// Something had to wait for the hour's budget, and less than half of it is free.
    pub used_up: bool,
    /// Each class, the most urgent first.
    pub classes: [ClassStatus; Class::ALL.len()],
}

/// How frames of one class fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassStatus {
    /// Which.
    pub class: Class,
    /// Since the start.
    pub sent: Tally,
    /// Now.
    pub waiting: Tally,
    /// Since the start: what waited longer than it was of use, or found no room.
    pub dropped: u64,
}
