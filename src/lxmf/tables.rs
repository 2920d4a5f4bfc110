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
    /// Messages that are to be uploaded to a propagation node.
    pub uploads: usize,
    /// Entries of propagation nodes that need no fetching, or none yet.
    pub known_entries: usize,
    /// Propagation nodes that were heard.
    pub nodes: usize,
    /// Transfers to our propagation node whose stamps are to be checked.
    pub unchecked_uploads: usize,
}

impl Router {
    /// How full the tables are.
    pub fn table_sizes(&self) -> TableSizes {
        let propagation_node = self.propagation_node();
        let node_jobs = propagation_node.map_or(0, PropagationNode::jobs);
        let (outbox, propagation) = (self.outbox.sizes(), self.propagation.sizes());
        let jobs = [self.delivery.stamps().len(), outbox.jobs, propagation.jobs, node_jobs];
        TableSizes {
            jobs: jobs.into_iter().fold(0, usize::saturating_add),
            messages: outbox.messages,
            message_bytes: outbox.bytes,
            opened_links: outbox.opened_links,
            backchannels: outbox.backchannels,
            unchecked_uploads: propagation_node.map_or(0, PropagationNode::uploads),
            uploads: propagation.uploads,
            known_entries: propagation.known_entries,
            nodes: propagation.nodes,
        }
    }
}
