//! A serial port that can't be had, in words for who has to do something about it.
//! Not one that is lost later; that is an error of reading or writing.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Line, found_ports};

/// A port that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Nothing is there.
    #[error("there is no port {}; plug the device in, or name another port: {}", path.display(), listed(there))]
    Missing {
        /// Where.
        path: PathBuf,
        /// Which ports there are.
        there: Vec<PathBuf>,
    },
    /// We may not.
    #[error(
        "no permission to open {}; add the user that runs Roost to the group of the port, which is dialout on Debian \
         and uucp on Arch, and log in again",
        path.display()
    )]
    NotPermitted {
        /// Where.
        path: PathBuf,
    },
    /// Somebody else has it.
    #[error("{} is in use; stop the other program that has it, only one can use a port", path.display())]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// Something else than a port.
    #[error("{} is no serial port; `roost radio list` shows which there are", path.display())]
    NotAPort {
        /// Where.
        path: PathBuf,
    },
    /// The device can't be set so.
    #[error("{} can't be set to {line}; write what the device can do", path.display())]
    Line {
        /// Where.
        path: PathBuf,
        /// How.
        line: Line,
        /// What the system says.
        source: Error,
    },
    /// Anything else.
    #[error("cannot open {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: Error,
    },
}

impl PortError {
    /// Of what the system said when the port was to be opened.
    pub(super) fn of_opening(path: &Path, source: Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            // Without a device behind it, the system says the one or the other.
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                Self::Missing { path, there: found_ports().into_iter().map(|port| port.path).collect() }
            }
            ErrorKind::PermissionDenied => Self::NotPermitted { path },
            ErrorKind::ResourceBusy => Self::InUse { path },
            ErrorKind::IsADirectory => Self::NotAPort { path },
            _ => Self::Io { path, source },
        }
    }
}

fn listed(ports: &[PathBuf]) -> String {
    if ports.is_empty() {
        return "none is there now".to_owned();
    }
    ports.iter().map(|port| port.display().to_string()).collect::<Vec<_>>().join(", ")
}
