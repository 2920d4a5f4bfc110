//! What a link may do, and which end of it this is.
//! Not the link.

use super::super::event::CloseReason;
use super::super::hash::PathHash;

/// What a link that arrives may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// What is taken of Resources that are no responses.
    pub(crate) resources: ResourceLimit,
    /// Paths that are served.
    pub(crate) request_paths: Vec<PathHash>,
}

/// Largest Resource that is taken on links that we opened: LXMF peers send back on them.
const MAX_RESOURCE_ON_OWN_LINK: usize = 8 << 20;

impl Terms {
    /// What a link that we opened may do, if nobody says otherwise.
    pub(super) const fn of_initiator() -> Self {
        Self { resources: ResourceLimit::bytes(MAX_RESOURCE_ON_OWN_LINK), request_paths: Vec::new() }
    }
}

/// What is taken of Resources (`Link.ACCEPT_NONE` and its siblings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResourceLimit {
    /// None: each is rejected.
    #[default]
    Nothing,
    /// Those that are not larger.
    UpTo {
        /// Uncompressed bytes, as advertised.
        size: usize,
        /// Bytes that one segment may become when it is decompressed; more closes the link.
        unpacked: usize,
    },
}

impl ResourceLimit {
    /// At most so many uncompressed bytes; 0 takes none.
    pub const fn bytes(size: usize) -> Self {
        if size == 0 { Self::Nothing } else { Self::UpTo { size, unpacked: size } }
    }
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
