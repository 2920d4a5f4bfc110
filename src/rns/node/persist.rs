//! What of a node outlives the process: known destinations and paths, and what radios have sent, out and back in.
//! Not our own ratchets, which are stored one by one before they are announced.

use std::collections::BTreeMap;

use super::Node;
use crate::rns::interface::InterfaceId;
use crate::rns::snapshot::{AirRecord, PathRecord, Snapshot};
use crate::rns::time::Now;
use crate::rns::transport::path_table::MAX_PATHS;

/// Paths whose interface is not up now, by its name. At most as many as the path table has; with more, the newcomer
/// loses.
#[derive(Debug, Default)]
pub(super) struct WaitingPaths {
    by_interface: BTreeMap<String, Vec<PathRecord>>,
    count: usize,
}

impl WaitingPaths {
    fn iter(&self) -> impl Iterator<Item = &PathRecord> {
        self.by_interface.values().flatten()
    }

    fn add(&mut self, record: PathRecord) {
        if self.count < MAX_PATHS {
            self.count = self.count.saturating_add(1);
            self.by_interface.entry(record.interface.clone()).or_default().push(record);
        }
    }

    fn take(&mut self, interface: &str) -> Vec<PathRecord> {
        let taken = self.by_interface.remove(interface).unwrap_or_default();
        self.count = self.count.saturating_sub(taken.len());
        taken
    }
}

impl Node {
    /// What is known of others now. Which interfaces will have the same name after a restart, the caller knows:
    /// paths over any other are to be left out of what is kept.
    pub fn snapshot(&self, now: Now) -> Snapshot {
        let live = self.paths.records(now).filter_map(|(record, interface)| {
            let name = self.wire.spec(interface)?.name.clone();
            Some(PathRecord { interface: name, ..record })
        });
        let waiting =
            self.waiting_paths.iter().filter(|record| self.paths.get(record.destination).is_none()).cloned();
        Snapshot {
            destinations: self.known.records(now).collect(),
            paths: live.chain(waiting).collect(),
            tunnels: self.tunnel_records(now),
        }
    }

    /// Takes in what an earlier run knew, as far as nothing newer is known. A path comes into use when its interface
    /// is added, under the name that it had. Called before any interface is.
    pub fn restore(&mut self, now: Now, snapshot: Snapshot) {
        for record in snapshot.destinations {
            self.known.restore(now, record);
        }
        self.known.expire(now.instant);
        snapshot.paths.into_iter().for_each(|record| self.waiting_paths.add(record));
        self.restore_tunnels(now, snapshot.tunnels);
        self.arm_sweep(now);
    }

    /// What the radios have sent that still counts, also of those that are gone.
    pub fn air_records(&self, now: Now) -> Vec<AirRecord> {
        self.wire.air_records(now)
    }

    /// How many frames the radios have sent since the start: as long as that stays, so do the records.
    pub fn aired_frames(&self) -> u64 {
        self.wire.aired_frames()
    }

    /// Takes in what radios had sent in an earlier run: under the same name, one has no new budget. Called before any
    /// interface is added.
    pub fn restore_air(&mut self, now: Now, records: Vec<AirRecord>) {
        self.wire.restore_air(now, records);
    }

    /// As [`Self::remove_interface`], for one that will come back under the same name: paths over it come back too.
    pub fn suspend_interface(&mut self, now: Now, interface: InterfaceId) {
        let name = self.wire.spec(interface).map(|spec| spec.name.clone()).unwrap_or_default();
        let paths: Vec<_> = self.paths.records(now).filter(|(_, over)| *over == interface).collect();
        self.remove_interface(now, interface);
        for (record, _) in paths {
            self.waiting_paths.add(PathRecord { interface: name.clone(), ..record });
        }
    }

    /// An interface came up: paths that wait for one of its name lead over it.
    pub(super) fn take_up_waiting_paths(&mut self, now: Now, interface: InterfaceId) {
        let Some(spec) = self.wire.spec(interface) else { return };
        let waiting = self.waiting_paths.take(&spec.name);
        self.restore_paths(now, interface, waiting.into_iter());
    }

    /// Paths that were known over another connection lead over this one.
    pub(super) fn restore_paths(
        &mut self,
        now: Now,
        interface: InterfaceId,
        paths: impl Iterator<Item = PathRecord>,
    ) {
        let Some(spec) = self.wire.spec(interface) else { return };
        let (lifetime, gravity) = (spec.mode.path_lifetime(), spec.policy.gravity);
        let mut paths = paths.filter(|path| !self.own.contains_key(&path.destination)).peekable();
        if paths.peek().is_none() {
            return;
        }
        paths.for_each(|path| self.paths.restore(now, interface, lifetime, gravity, path));
        self.paths.expire(now.instant);
        self.arm_sweep(now);
    }
}
