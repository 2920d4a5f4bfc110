//! Propagation nodes: which of them are used, and what they ask for.
//! Not when; each use has its own patience with them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::lxmf::propagation::NodeAnnounce;
use crate::lxmf::propagation::announce::NodeState;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::time::Instant;

/// Most nodes that were heard and are remembered, beside those that were named. The farthest makes room.
const MAX_HEARD: usize = 64;
/// What a node said longer ago is asked for again before a stamp is made for it.
const FRESH: Duration = Duration::from_secs(86_400);

/// Which propagation nodes are used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeChoice {
    /// These, the first rather than the second.
    pub named: Vec<DestinationHash>,
    /// And so many more: the nearest that were heard.
    pub nearest: usize,
}

#[derive(Debug)]
struct Heard {
    announce: NodeAnnounce,
    hops: u8,
    /// When; `None` if it did not hold.
    at: Option<Instant>,
}

/// What a node asks for, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Terms {
    /// It said so lately.
    Fresh(NodeAnnounce),
    /// It said so once.
    Old(NodeAnnounce),
    Unknown,
}

/// The nodes.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    choice: NodeChoice,
    heard: BTreeMap<DestinationHash, Heard>,
}

impl Nodes {
    pub(super) fn choose(&mut self, choice: NodeChoice) {
        self.choice = choice;
    }

    /// A node has announced itself.
    pub(super) fn note(&mut self, now: Instant, node: DestinationHash, app_data: &[u8], hops: u8) {
        let Some(announce) = NodeAnnounce::decode(app_data) else { return };
        self.heard.insert(node, Heard { announce, hops, at: Some(now) });
        let strangers = self.heard.iter().filter(|(node, _)| !self.choice.named.contains(node));
        if strangers.clone().count() > MAX_HEARD
            && let Some((_, _, farthest)) =
                strangers.map(|(node, heard)| (heard.hops, std::cmp::Reverse(heard.at), *node)).max()
        {
            self.heard.remove(&farthest);
        }
    }

    /// The nodes that are used, best first.
    pub(super) fn chosen(&self) -> Vec<DestinationHash> {
        let named = &self.choice.named;
        let mut others: Vec<_> = self
            .heard
            .iter()
            .filter(|(node, heard)| !named.contains(node) && heard.announce.state == NodeState::Active)
            .map(|(node, heard)| (heard.hops, *node))
            .collect();
        others.sort_unstable();
        let nearest = others.into_iter().map(|(_, node)| node).take(self.choice.nearest);
        named.iter().copied().chain(nearest).collect()
    }

    /// What `hash` asks for: from its announce, or from one that the node remembers from before.
    pub(super) fn terms(&self, now: Instant, node: &Node, hash: DestinationHash) -> Terms {
        match self.heard.get(&hash) {
            Some(heard) if heard.at.is_some_and(|at| now.since(at) < FRESH) => {
                Terms::Fresh(heard.announce.clone())
            }
            Some(heard) => Terms::Old(heard.announce.clone()),
            None => node
                .recall(hash)
                .and_then(|known| NodeAnnounce::decode(known.app_data.as_deref()?))
                .map_or(Terms::Unknown, Terms::Old),
        }
    }

    /// What a node said is not what it does: it is to be asked again.
    pub(super) fn distrust(&mut self, node: DestinationHash) {
        if let Some(heard) = self.heard.get_mut(&node) {
            heard.at = None;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.heard.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::time::UnixTime;

    fn hash(n: u8) -> DestinationHash {
        DestinationHash::from_bytes([n; 16])
    }

    fn announce(secs: i64, state: NodeState, stamp_cost: u8) -> Vec<u8> {
        let announce = NodeAnnounce {
            time: UnixTime::from_micros(secs * 1_000_000),
            state,
            message_limit: 256,
            sync_limit: 1024,
            stamp_cost,
            flexibility: 3,
            peering_cost: 18,
            name: None,
        };
        announce.encode()
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn named_nodes_come_first_and_then_the_nearest_active_ones() {
        let mut nodes = Nodes::default();
        nodes.choose(NodeChoice { named: vec![hash(9), hash(8)], nearest: 2 });
        assert_eq!(nodes.chosen(), [hash(9), hash(8)], "whether they were heard or not");
        for (node, hops, state) in [
            (1, 5, NodeState::Active),
            (2, 1, NodeState::Inactive),
            (3, 2, NodeState::Active),
            (4, 3, NodeState::Active),
            (8, 1, NodeState::Active),
        ] {
            nodes.note(at(1), hash(node), &announce(1, state, 13), hops);
        }
        assert_eq!(nodes.chosen(), [hash(9), hash(8), hash(3), hash(4)]);
        nodes.note(at(2), hash(5), b"no announce", 0);
        nodes.choose(NodeChoice { named: Vec::new(), nearest: 2 });
        assert_eq!(nodes.chosen(), [hash(8), hash(3)]);
    }

    #[test]
    fn a_crowd_of_nodes_takes_little_memory_and_pushes_no_named_one_out() {
        let mut nodes = Nodes::default();
        nodes.choose(NodeChoice { named: vec![hash(255)], nearest: 1 });
        nodes.note(at(0), hash(255), &announce(1, NodeState::Active, 13), 120);
        nodes.note(at(0), hash(254), &announce(1, NodeState::Active, 13), 1);
        for n in 0..200 {
            nodes.note(at(1), hash(n), &announce(1, NodeState::Active, 13), 7);
        }
        assert_eq!(nodes.len(), MAX_HEARD + 1);
        assert_eq!(nodes.chosen(), [hash(255), hash(254)]);
    }

    #[test]
    fn what_a_node_asks_for_gets_old_and_what_did_not_hold_at_once() {
        let mut nodes = Nodes::default();
        let node = Node::new([1; 32]);
        let cost = |terms| match terms {
            Terms::Fresh(announce) => (announce.stamp_cost, "fresh"),
            Terms::Old(announce) => (announce.stamp_cost, "old"),
            Terms::Unknown => (0, "unknown"),
        };
        assert_eq!(cost(nodes.terms(at(1), &node, hash(1))), (0, "unknown"));
        nodes.note(at(2), hash(1), &announce(10, NodeState::Active, 16), 1);
        assert_eq!(cost(nodes.terms(at(3), &node, hash(1))), (16, "fresh"));
        assert_eq!(cost(nodes.terms(at(90_000), &node, hash(1))), (16, "old"));
        nodes.distrust(hash(1));
        assert_eq!(cost(nodes.terms(at(3), &node, hash(1))), (16, "old"));
    }
}
