//! Between whom messages go.
//! Not the way between them; the node knows that.

use crate::rns::hash::DestinationHash;

/// Between whom messages go. All routes to one of theirs stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lxmf) struct Route {
    /// The other's delivery destination.
    pub(in crate::lxmf) theirs: DestinationHash,
    /// One of our delivery destinations.
    pub(in crate::lxmf) ours: DestinationHash,
}

impl Route {
    /// The first and the last of all routes to `theirs`.
    pub(super) const fn bounds(theirs: DestinationHash) -> std::ops::RangeInclusive<Self> {
        let first = DestinationHash::from_bytes([0; DestinationHash::LEN]);
        let last = DestinationHash::from_bytes([0xff; DestinationHash::LEN]);
        Self { theirs, ours: first }..=Self { theirs, ours: last }
    }
}
