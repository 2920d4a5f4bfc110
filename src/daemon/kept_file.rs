//! A file in the data directory in which something waits for the next start, with a sum that shows damage.
//! Not what is worth keeping, nor when it is written.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::warn;

use super::data_dir::replace_file;
use crate::rns::hash::sha256;

/// What a file is renamed to that cannot be read.
const DAMAGED: &str = "damaged";

/// What a file holds.
#[derive(Debug)]
pub(super) struct Kind {
    /// What the file starts with; the last byte is the version of what follows.
    pub(super) magic: &'static [u8; 9],
    /// Largest file that is read.
    pub(super) most_bytes: u64,
    /// What it holds, as a part of a sentence.
    pub(super) what: &'static str,
}

/// Written off the event loop, and never half.
#[derive(Debug)]
pub(super) struct KeptFile<T> {
    path: PathBuf,
    kind: &'static Kind,
    writing: Option<JoinHandle<()>>,
    holds: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned + Default + Send + 'static> KeptFile<T> {
    /// The file at `path`, and what it holds; nothing if there is none or it is damaged.
    pub(super) fn open(path: PathBuf, kind: &'static Kind) -> (Self, T) {
        let content = read(&path, kind).unwrap_or_else(|error| {
            set_aside(&path, kind, &error);
            T::default()
        });
        (Self { path, kind, writing: None, holds: PhantomData }, content)
    }

    /// Is the last writing still going on?
    pub(super) fn is_busy(&self) -> bool {
        self.writing.as_ref().is_some_and(|writing| !writing.is_finished())
    }

    /// Starts to write.
    pub(super) fn write_soon(&mut self, content: T) {
        let (path, kind) = (self.path.clone(), self.kind);
        self.writing = Some(spawn_blocking(move || write_or_warn(&path, kind, &content)));
    }

    /// Waits until what was started is written.
    pub(super) async fn settle(&mut self) {
        if let Some(writing) = self.writing.take()
            && writing.await.is_err()
        {
            warn!("writing {} was broken off", self.kind.what);
        }
    }

    /// Writes for the last time.
    pub(super) async fn finish(mut self, content: T) {
        self.settle().await;
        write_or_warn(&self.path, self.kind, &content);
    }
}

impl Kind {
    /// Magic ‖ SHA-256 of the rest ‖ the rest, in MessagePack.
    pub(super) fn encode<T: Serialize>(&self, content: &T) -> io::Result<Vec<u8>> {
        let body = rmp_serde::to_vec(content).map_err(io::Error::other)?;
        Ok([&self.magic[..], &sha256(&[&body]), &body].concat())
    }

    pub(super) fn decode<T: DeserializeOwned>(&self, content: &[u8]) -> io::Result<T> {
        let damaged = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
        let rest = content.strip_prefix(self.magic).ok_or_else(|| damaged("not a file of this version"))?;
        let (sum, body) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("cut short"))?;
        if sha256(&[body]) != *sum {
            return Err(damaged("changed since it was written"));
        }
        rmp_serde::from_slice(body).map_err(|error| damaged(&error.to_string()))
    }
}

fn read<T: DeserializeOwned + Default>(path: &Path, kind: &Kind) -> io::Result<T> {
    let mut content = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(kind.most_bytes).read_to_end(&mut content)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(T::default()),
        Err(error) => return Err(error),
    };
    kind.decode(&content)
}

fn set_aside(path: &Path, kind: &Kind, error: &io::Error) {
    let (aside, what) = (path.with_added_extension(DAMAGED), kind.what);
    match fs::rename(path, &aside) {
        Ok(()) => warn!(
            %error, file = %aside.display(),
            "cannot read {what}; starting without it. The file is kept under this name"
        ),
        Err(renaming) => warn!(
            %error, %renaming, file = %path.display(),
            "cannot read {what}, nor move the file away; starting without it"
        ),
    }
}

fn write_or_warn<T: Serialize>(path: &Path, kind: &Kind, content: &T) {
    if let Err(error) = kind.encode(content).and_then(|content| replace_file(path, &content)) {
        warn!(%error, file = %path.display(), "cannot write {}; a restart forgets it", kind.what);
    }
}
