//! How full a router's tables are, for those who watch it.
//! Not the tables; each has its cap beside its own type.

use super::Router;

/// How many entries each table has; each has a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Stamps to find or to check.
    pub jobs: usize,
    /// Messages that are to be uploaded to a propagation node.
    pub uploads: usize,
    /// Entries of propagation nodes that need no fetching, or none yet.
    pub known_entries: usize,
    /// Propagation nodes that were heard.
    pub nodes: usize,
}

impl Router {
    /// How full the tables are.
    pub fn table_sizes(&self) -> TableSizes {
        let (uploads, known_entries, nodes) = self.propagation.table_sizes();
        let jobs = [self.delivery.stamps().len(), self.outbox.stamps.len(), self.propagation.jobs()];
        TableSizes { jobs: jobs.into_iter().fold(0, usize::saturating_add), uploads, known_entries, nodes }
    }
}
