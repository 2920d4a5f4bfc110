//! What of a node outlives the process: known destinations and paths, out and back in.
//! Not our own ratchets, which are stored one by one before they are announced.

use std::collections::BTreeMap;

use super::Node;
use crate::rns::interface::InterfaceId;
use crate::rns::snapshot::{PathRecord, Snapshot};
use crate::rns::time::Now;
use crate::rns::transport::path_table::MAX_PATHS;

/// Paths from an earlier run whose interface is not up yet, by its name; at most as many as the path table has.
#[derive(Debug, Default)]
pub(super) struct WaitingPaths(BTreeMap<String, Vec<PathRecord>>);

impl Node {
    /// What is known of others now. Which interfaces will have the same name after a restart, the caller knows:
    /// paths over any other are to be left out of what is kept.
    pub fn snapshot(&self, now: Now) -> Snapshot {
        let live = self.paths.records(now).filter_map(|(record, interface)| {
            let name = self.wire.spec(interface)?.name.clone();
            Some(PathRecord { interface: name, ..record })
        });
        let waiting = self.waiting_paths.0.values().flatten();
        let waiting = waiting.filter(|record| self.paths.get(record.destination).is_none()).cloned();
        Snapshot { destinations: self.known.records(now).collect(), paths: live.chain(waiting).collect() }
    }

    /// Takes in what an earlier run knew, as far as nothing newer is known. A path comes into use when its interface
    /// is added, under the name that it had. Called before any interface is.
    pub fn restore(&mut self, now: Now, snapshot: Snapshot) {
        for record in snapshot.destinations {
            self.known.restore(now, record);
        }
        self.known.expire(now.instant);
        for record in snapshot.paths.into_iter().take(MAX_PATHS) {
            self.waiting_paths.0.entry(record.interface.clone()).or_default().push(record);
        }
        self.arm_sweep(now);
    }

    /// An interface came up: paths that wait for one of its name lead over it.
    pub(super) fn take_up_waiting_paths(&mut self, now: Now, interface: InterfaceId) {
        let Some(spec) = self.wire.spec(interface) else { return };
        for record in self.waiting_paths.0.remove(&spec.name).unwrap_or_default() {
            if !self.own.contains_key(&record.destination) {
                self.paths.restore(now, interface, record);
            }
        }
        self.paths.expire(now.instant);
    }
}
