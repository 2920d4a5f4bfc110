//! How full a router's tables are, for those who watch it.
//! Not the tables; each has its cap beside its own type.

use super::Router;

/// How many entries each table has; each has a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Stamps to find or to check.
    pub jobs: usize,
}

impl Router {
    /// How full the tables are.
    pub fn table_sizes(&self) -> TableSizes {
        TableSizes { jobs: self.delivery.stamps().len().saturating_add(self.outbox.stamps.len()) }
    }
}
