//! The file in which known destinations and paths wait for the next start.
//! Not keys of ours, and nothing that cannot be heard again: a file that is lost costs some path requests.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tracing::{info, warn};

use super::data_dir::replace_file;
use crate::rns::hash::sha256;
use crate::rns::interface::InterfaceId;
use crate::rns::snapshot::Snapshot;
use crate::rns::time::Instant;

/// `Reticulum.GRACIOUS_PERSIST_INTERVAL`: from the start to the first writing.
const FIRST_INTERVAL: Duration = Duration::from_mins(5);
/// Between two writings. Full tables take some megabytes, and flash cards wear.
const INTERVAL: Duration = Duration::from_hours(1);
/// What the file starts with; the last byte is the version of what follows.
const MAGIC: &[u8; 9] = b"roostnet\x01";
/// Largest file that is read: full tables with the longest of everything take half of it.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// What a file is renamed to that cannot be read.
const DAMAGED: &str = "damaged";

/// Writes the file now and then, off the event loop.
#[derive(Debug)]
pub(super) struct NetworkFile {
    path: PathBuf,
    due: Instant,
    /// Names of interfaces that mean the same in the next run: those that we open ourselves, to an address that people
    /// configured. A client of a listener comes from another port every time; paths over it are kept if it has offered a
    /// tunnel.
    lasting: BTreeSet<String>,
    /// Those of them that are up.
    opened: BTreeSet<InterfaceId>,
    writing: Option<JoinHandle<()>>,
}

impl NetworkFile {
    /// The file at `path`, and what it holds; nothing if there is none or it is damaged.
    pub(super) fn open(path: PathBuf, now: Instant) -> (Self, Snapshot) {
        let snapshot = read(&path).unwrap_or_else(|error| {
            set_aside(&path, &error);
            Snapshot::default()
        });
        // An interface that stays down in this run may be up in the next.
        let lasting = snapshot.paths.iter().map(|path| path.interface.clone()).collect();
        let file =
            Self { path, due: now.after(FIRST_INTERVAL), lasting, opened: BTreeSet::new(), writing: None };
        (file, snapshot)
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
        if self.writing.as_ref().is_none_or(JoinHandle::is_finished) {
            let (path, snapshot) = (self.path.clone(), self.lasting_part(snapshot));
            self.writing = Some(spawn_blocking(move || write_or_warn(&path, &snapshot)));
        }
    }

    /// Writes for the last time.
    pub(super) async fn finish(mut self, snapshot: Snapshot) {
        if let Some(writing) = self.writing.take()
            && writing.await.is_err()
        {
            warn!("writing what is known of the network was broken off");
        }
        write_or_warn(&self.path, &self.lasting_part(snapshot));
    }

    fn lasting_part(&self, mut snapshot: Snapshot) -> Snapshot {
        snapshot.paths.retain(|path| self.lasting.contains(&path.interface));
        snapshot
    }
}

/// Magic ‖ SHA-256 of the rest ‖ the rest, in MessagePack.
fn encode(snapshot: &Snapshot) -> io::Result<Vec<u8>> {
    let body = rmp_serde::to_vec(snapshot).map_err(io::Error::other)?;
    Ok([&MAGIC[..], &sha256(&[&body]), &body].concat())
}

fn decode(content: &[u8]) -> io::Result<Snapshot> {
    let damaged = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
    let rest = content.strip_prefix(MAGIC).ok_or_else(|| damaged("not a file of this version"))?;
    let (sum, body) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("cut short"))?;
    if sha256(&[body]) != *sum {
        return Err(damaged("changed since it was written"));
    }
    rmp_serde::from_slice(body).map_err(|error| damaged(&error.to_string()))
}

fn read(path: &Path) -> io::Result<Snapshot> {
    let mut content = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MAX_BYTES).read_to_end(&mut content)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Snapshot::default()),
        Err(error) => return Err(error),
    };
    let snapshot = decode(&content)?;
    info!(destinations = snapshot.destinations.len(), paths = snapshot.paths.len(), "known from before");
    Ok(snapshot)
}

fn set_aside(path: &Path, error: &io::Error) {
    let aside = path.with_added_extension(DAMAGED);
    match fs::rename(path, &aside) {
        Ok(()) => warn!(
            %error, file = %aside.display(),
            "cannot read what was known of the network; starting without it. The file is kept under this name"
        ),
        Err(renaming) => warn!(
            %error, %renaming, file = %path.display(),
            "cannot read what was known of the network, nor move the file away; starting without it"
        ),
    }
}

fn write_or_warn(path: &Path, snapshot: &Snapshot) {
    if let Err(error) = encode(snapshot).and_then(|content| replace_file(path, &content)) {
        warn!(%error, file = %path.display(), "cannot write what is known of the network; a restart forgets it");
    }
}

#[cfg(test)]
mod tests;
