//! How full a router's tables are, for those who watch it.
//! Not the tables; each has its cap beside its own type.

use super::Router;
use super::propagation::node::PropagationNode;

/// How many entries each table has; each has a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Stamps to find or to check.
    pub jobs: usize,
    /// Transfers to our propagation node whose stamps are to be checked.
    pub uploads: usize,
}

impl Router {
    /// How full the tables are.
    pub fn table_sizes(&self) -> TableSizes {
        let propagation_node = self.propagation_node();
        let jobs = [
            self.delivery.stamps().len(),
            self.outbox.stamps.len(),
            propagation_node.map_or(0, PropagationNode::jobs),
        ];
        TableSizes {
            jobs: jobs.into_iter().fold(0, usize::saturating_add),
            uploads: propagation_node.map_or(0, PropagationNode::uploads),
        }
    }
}
