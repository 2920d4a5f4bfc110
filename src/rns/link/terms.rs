//! What a link may do, and which end of it this is.
//! Not the link.

use super::super::event::CloseReason;
use super::super::hash::PathHash;

/// What a link that arrives may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// Largest Resource in uncompressed bytes; 0 accepts none.
    pub(crate) max_resource: usize,
    /// Paths that are served.
    pub(crate) request_paths: Vec<PathHash>,
}

/// What is taken of one kind of Resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResourceLimit {
    /// Nothing.
    Nothing,
    /// At most so many uncompressed bytes.
    Bytes(usize),
}

/// Which end of the link this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Initiator,
    Responder,
}

impl Role {
    /// Why a link is closed when this end closes it.
    pub(super) const fn closes(self) -> CloseReason {
        match self {
            Self::Initiator => CloseReason::Initiator,
            Self::Responder => CloseReason::Destination,
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}
