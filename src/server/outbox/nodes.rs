//! How it went with propagation nodes lately, so that none is asked again and again when there is none.
//! Not which nodes there are; the router chooses.

use std::time::Duration;

use crate::rns::time::Instant;

/// So many messages in a row that no propagation node took, and how long not to ask again then.
const NODE_FAILURES: u32 = 3;
const NODE_PAUSE: Duration = Duration::from_mins(10);

/// How it went with propagation nodes lately.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NodeHealth {
    failures: u32,
    pause: Instant,
}

impl NodeHealth {
    pub(super) fn are_usable(self, now: Instant) -> bool {
        self.pause <= now
    }

    /// No node has taken a message. One may be too large for them; several say that there is none.
    pub(super) fn have_failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= NODE_FAILURES {
            self.pause = now.after(NODE_PAUSE);
        }
    }
}
