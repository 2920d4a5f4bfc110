//! The probe responder: a destination of the transport node that proves whatever comes, so that others can measure the
//! way to it (page 04 §11).
//! Not a destination that anybody can open a link to.

use std::time::Duration;

use super::Node;
use crate::rns::destination::DestinationSpec;
use crate::rns::hash::DestinationHash;
use crate::rns::ratchet::Ratchets;
use crate::rns::time::{Instant, Now};
use crate::rns::transport::relay::Scope;

/// From the start to the first announce.
const FIRST_INTERVAL: Duration = Duration::from_secs(15);
/// `Transport.mgmt_announce_interval`: between two announces.
const INTERVAL: Duration = Duration::from_secs(7200);

/// Where probes go, and when that is announced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    destination: DestinationHash,
    due: Instant,
}

impl Probe {
    pub(super) const fn due(&self) -> Instant {
        self.due
    }
}

impl Node {
    /// Answers probes from now on, at the destination that is returned; `None` if this is no transport node.
    pub fn answer_probes(&mut self, now: Now) -> Option<DestinationHash> {
        let relay = self.relay.as_deref().filter(|relay| relay.scope() == Scope::Everybody)?;
        let identity = relay.identity().clone();
        let destination = self.register_destination(DestinationSpec {
            identity,
            full_name: "rnstransport.probe".to_owned(),
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: Ratchets::Off,
        });
        self.probe = Some(Probe { destination, due: now.instant.after(FIRST_INTERVAL) });
        Some(destination)
    }

    /// Is that where probes go?
    pub(super) fn is_probe(&self, destination: DestinationHash) -> bool {
        self.probe.is_some_and(|probe| probe.destination == destination)
    }

    pub(super) fn announce_probe_if_due(&mut self, now: Now) {
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.due <= now.instant) else { return };
        probe.due = now.instant.after(INTERVAL);
        let destination = probe.destination;
        // It is registered, and has no app data that could be too long.
        let _ = self.announce(now, destination);
    }
}
