//! The file in which known destinations and paths wait for the next start.
//! Not keys of ours, and nothing that cannot be heard again: a file that is lost costs some path requests.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tracing::info;

use super::kept_file::{KeptFile, Kind};
use crate::rns::interface::InterfaceId;
use crate::rns::snapshot::Snapshot;
use crate::rns::time::Instant;

/// `Reticulum.GRACIOUS_PERSIST_INTERVAL`: from the start to the first writing.
const FIRST_INTERVAL: Duration = Duration::from_mins(5);
/// Between two writings. Full tables take some megabytes, and flash cards wear.
const INTERVAL: Duration = Duration::from_hours(1);
/// Full tables with the longest of everything take half of that.
const KIND: Kind =
    Kind { magic: b"roostnet\x01", most_bytes: 64 * 1024 * 1024, what: "what is known of the network" };

/// Writes the file now and then, off the event loop.
#[derive(Debug)]
pub(super) struct NetworkFile {
    file: KeptFile<Snapshot>,
    due: Instant,
    /// Names of interfaces that mean the same in the next run: those that we open ourselves, to an address that people
    /// configured. A client of a listener comes from another port every time; paths over it are kept if it has offered a
    /// tunnel.
    lasting: BTreeSet<String>,
    /// Those of them that are up.
    opened: BTreeSet<InterfaceId>,
}

impl NetworkFile {
    /// The file at `path`, and what it holds; nothing if there is none or it is damaged.
    pub(super) fn open(path: PathBuf, now: Instant) -> (Self, Snapshot) {
        let (file, snapshot) = KeptFile::<Snapshot>::open(path, &KIND);
        let (destinations, paths) = (snapshot.destinations.len(), snapshot.paths.len());
        if destinations > 0 {
            info!(destinations, paths, "known from before");
        }
        // An interface that stays down in this run may be up in the next.
        let lasting = snapshot.paths.iter().map(|path| path.interface.clone()).collect();
        let due = now.after(FIRST_INTERVAL);
        (Self { file, due, lasting, opened: BTreeSet::new() }, snapshot)
    }

    /// When to write.
    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// We have opened an interface of this name.
    pub(super) fn note_opened(&mut self, interface: InterfaceId, name: String) {
        self.lasting.insert(name);
        self.opened.insert(interface);
    }

    /// An interface is gone. Is it one that we open again?
    pub(super) fn note_gone(&mut self, interface: InterfaceId) -> bool {
        self.opened.remove(&interface)
    }

    /// Starts to write; skipped while the last writing still goes on.
    pub(super) fn write_soon(&mut self, now: Instant, snapshot: Snapshot) {
        self.due = now.after(INTERVAL);
        if !self.file.is_busy() {
            let snapshot = self.lasting_part(snapshot);
            self.file.write_soon(snapshot);
        }
    }

    /// Writes for the last time.
    pub(super) async fn finish(self, snapshot: Snapshot) {
        let snapshot = self.lasting_part(snapshot);
        self.file.finish(snapshot).await;
    }

    fn lasting_part(&self, mut snapshot: Snapshot) -> Snapshot {
        snapshot.paths.retain(|path| self.lasting.contains(&path.interface));
        snapshot
    }
}

#[cfg(test)]
mod tests;
