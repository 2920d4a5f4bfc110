//! What came of asking one node for the mail of one destination.
//! Not what the messages say.

use crate::lxmf::propagation::NodeRefusal;
use crate::rns::hash::DestinationHash;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchReport {
    /// The node's `lxmf.propagation`.
    pub node: DestinationHash,
    /// Our `lxmf.delivery`.
    pub destination: DestinationHash,
    /// Entries that the node says it has.
    pub listed: usize,
    /// Entries that it gave.
    pub fetched: usize,
    /// Those whose message is stored.
    pub stored: usize,
    /// Those that nobody can read, or whose message was refused.
    pub refused: usize,
    /// Those that stay there for a later time.
    pub left: usize,
    /// Those that it was told to forget: what was stored before, and what was settled now.
    pub forgotten: usize,
    /// How it ended.
    pub outcome: Result<(), FetchFailure>,
}

impl FetchReport {
    pub(super) const fn new(node: DestinationHash, destination: DestinationHash) -> Self {
        let (listed, fetched, stored, refused, left, forgotten) = (0, 0, 0, 0, 0, 0);
        Self { node, destination, listed, fetched, stored, refused, left, forgotten, outcome: Ok(()) }
    }
}

/// Why a node could not be asked to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchFailure {
    /// Nobody knows the way to it.
    #[error("no path to it is known")]
    NoPath,
    /// No link came about, or it broke.
    #[error("the link to it failed")]
    NoLink,
    /// It took too long.
    #[error("it did not answer")]
    NoAnswer,
    /// It does not want to.
    #[error("it refused: {0}")]
    Refused(NodeRefusal),
    /// It answered something else than what was asked for.
    #[error("its answer made no sense")]
    Nonsense,
}
