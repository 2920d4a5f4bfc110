//! What the peer does by itself, and when: a state machine with deadlines.
//! Not what it only reports.

use std::path::PathBuf;
use std::time::Duration;

use roost::rns::Node;
use roost::rns::hash::DestinationHash;
use roost::rns::time::{Instant, Now};

use crate::events;

/// How long to wait for the file with the hash.
const FILE_PATIENCE: Duration = Duration::from_secs(30);
/// How often to look for it, and for the path.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Between `path_request_queued` and `path_request_sent`.
const REQUEST_DELAY: Duration = Duration::from_secs(1);
/// How long to wait for the path.
const PATH_PATIENCE: Duration = Duration::from_secs(20);

/// A search for a path.
#[derive(Debug)]
pub(crate) enum Search {
    /// Looks into the file until there is a hash.
    AwaitsFile {
        path: PathBuf,
        until: Instant,
    },
    /// Has said that it will ask.
    Queued {
        destination: DestinationHash,
        at: Instant,
    },
    /// Has asked.
    Asked {
        destination: DestinationHash,
        until: Instant,
    },
    Over,
}

impl Search {
    pub(crate) fn in_file(now: Instant, path: PathBuf) -> Self {
        Self::AwaitsFile { path, until: now.after(FILE_PATIENCE) }
    }

    pub(crate) fn of(now: Instant, destination: DestinationHash) -> Self {
        events::path_request("path_request_queued", destination);
        Self::Queued { destination, at: now.after(REQUEST_DELAY) }
    }

    /// When [`Self::proceed`] wants to be called.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        match self {
            Self::AwaitsFile { .. } | Self::Asked { .. } => Some(now.after(LOOK_INTERVAL)),
            Self::Queued { at, .. } => Some(*at),
            Self::Over => None,
        }
    }

    /// Does what is due.
    #[must_use]
    pub(crate) fn proceed(self, now: Now, node: &mut Node) -> Self {
        match self {
            Self::AwaitsFile { path, until } => {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if let Some(destination) = DestinationHash::from_hex(text.trim()) {
                    return Self::of(now.instant, destination);
                }
                if now.instant < until {
                    return Self::AwaitsFile { path, until };
                }
                events::error(&format!("no destination hash in {}", path.display()));
                Self::Over
            }
            Self::Queued { destination, at } if at <= now.instant => {
                node.request_path(now, destination);
                events::path_request("path_request_sent", destination);
                Self::Asked { destination, until: now.instant.after(PATH_PATIENCE) }
            }
            Self::Asked { destination, until } => {
                if let Some(hops) = node.hops_to(destination) {
                    events::path_discovered(destination, hops);
                    return Self::Over;
                }
                if now.instant < until {
                    return Self::Asked { destination, until };
                }
                events::path_request("path_not_found", destination);
                Self::Over
            }
            waiting @ (Self::Queued { .. } | Self::Over) => waiting,
        }
    }
}
