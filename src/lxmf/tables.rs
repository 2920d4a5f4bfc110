//! How full a router's tables are, for those who watch it.
//! Not the tables; each has its cap beside its own type.

use super::Router;
use super::propagation::node::PropagationNode;

/// How many entries each table has; each has a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Stamps to find or to check.
    pub jobs: usize,
    /// Messages of ours that are not delivered or given up.
    pub messages: usize,
    /// Their bytes.
    pub message_bytes: usize,
    /// Links that we opened for them.
    pub opened_links: usize,
    /// Links that others opened, and that messages of ours could take.
    pub backchannels: usize,
    /// Transfers to our propagation node whose stamps are to be checked.
    pub uploads: usize,
}

impl Router {
    /// How full the tables are.
    pub fn table_sizes(&self) -> TableSizes {
        let propagation_node = self.propagation_node();
        let node_jobs = propagation_node.map_or(0, PropagationNode::jobs);
        let outbox = self.outbox.sizes();
        TableSizes {
            jobs: self.delivery.stamps().len().saturating_add(outbox.jobs).saturating_add(node_jobs),
            messages: outbox.messages,
            message_bytes: outbox.bytes,
            opened_links: outbox.opened_links,
            backchannels: outbox.backchannels,
            uploads: propagation_node.map_or(0, PropagationNode::uploads),
        }
    }
}
