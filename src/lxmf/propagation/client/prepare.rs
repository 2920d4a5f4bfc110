//! How a message to upload gets what it needs: the stamp for its recipient, a node, and the stamp for that.
//! Not the work, which is a job, and not the way to the node.

use super::nodes::{Nodes, Terms};
use super::session::{FIND_AGAIN, FIND_TIME};
use super::troubles::MAX_ATTEMPTS;
use super::upload::{Stage, Upload};
use super::uploads::Uploads;
use crate::lxmf::announce::DeliveryAnnounce;
use crate::lxmf::job::Task;
use crate::lxmf::outbound_message::SendFailure;
use crate::lxmf::propagation::{NodeAnnounce, TransientId};
use crate::lxmf::stamp::Purpose;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::time::{Instant, Now};

/// Can a message leave?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    Yes,
    /// When its stamp is made.
    Later,
}

impl Uploads {
    /// Stamps it for its recipient, encrypts it, and finds a node for it.
    pub(super) fn prepare(&mut self, now: Now, node: &mut Node, nodes: &Nodes, mut upload: Upload) {
        if upload.entry().is_none() {
            match self.stamp_for_recipient(node, &mut upload) {
                Ok(Ready::Yes) => {}
                Ok(Ready::Later) => return self.current = Some((upload, Stage::MessageStamp)),
                Err(reason) => return self.failed(&upload, reason),
            }
            if upload.seal(now, node).is_err() {
                // Only the recipient's announce has the key that it is encrypted to.
                node.request_path(now, upload.destination);
                return self.failed(&upload, SendFailure::NoPath);
            }
        }
        let chosen = nodes.chosen();
        self.troubles.keep(&chosen);
        while let Some((from, to)) = self.best_of(now, &chosen, &upload) {
            if from > now.instant {
                upload.rests = Some(from);
                return self.again(upload);
            }
            match nodes.terms(now.instant, node, to) {
                Terms::Fresh(terms) if !upload.suits(&terms) => upload.refused.push(to),
                Terms::Fresh(terms) if node.hops_to(to).is_some() => {
                    return self.stamp_for(to, &terms, upload);
                }
                Terms::Fresh(_) | Terms::Old(_) | Terms::Unknown => {
                    node.request_path_again(now, to);
                    // Each request is heard by the whole network, so that later attempts make one.
                    let again = if upload.attempts == 0 { FIND_AGAIN } else { FIND_TIME };
                    let (until, again) = (now.instant.after(FIND_TIME), now.instant.after(again));
                    return self.current = Some((upload, Stage::Finding { node: to, until, again }));
                }
            }
        }
        match (&mut self.kept_here, upload.entry()) {
            (Some(kept), Some(entry)) => kept.push_back((upload.hash, entry.to_vec())),
            _ => self.failed(&upload, SendFailure::NoNode),
        }
    }

    /// The node to use, and from when on: the first that is not spared, or else the one that is tried again first.
    fn best_of(
        &self,
        now: Now,
        chosen: &[DestinationHash],
        upload: &Upload,
    ) -> Option<(Instant, DestinationHash)> {
        let open = chosen.iter().copied().filter(|node| !upload.refused.contains(node));
        let good = open.clone().find(|node| !self.troubles.spare(now.instant, *node));
        let failing = || open.filter_map(|node| Some((self.troubles.again(node)?, node))).min();
        match good {
            Some(node) => Some((now.instant, node)),
            // Rather than wait, it is kept here, if it can be.
            None if self.kept_here.is_some() || upload.attempts >= MAX_ATTEMPTS => None,
            None => failing(),
        }
    }

    /// Has it the stamp that its recipient asks for? If not, that is made from now on.
    fn stamp_for_recipient(&mut self, node: &Node, upload: &mut Upload) -> Result<Ready, SendFailure> {
        let said = node.recall(upload.destination).and_then(|known| known.app_data.as_deref());
        let cost = said.and_then(|said| DeliveryAnnounce::decode(said).stamp_cost);
        let Some(cost) = cost.filter(|_| !upload.stamped) else { return Ok(Ready::Yes) };
        if let Some(ticket) = upload.ticket.take() {
            upload.put_stamp(&ticket.stamp(upload.hash));
            upload.stamped = true;
            return Ok(Ready::Yes);
        }
        if cost > Purpose::Delivery.max_cost() {
            return Err(SendFailure::StampTooCostly);
        }
        let material = upload.hash.as_bytes().to_vec();
        let task = Task::Find { material, purpose: Purpose::Delivery, cost };
        self.jobs.submit((), task).map(|_| Ready::Later).map_err(|()| SendFailure::Full)
    }

    fn stamp_for(&mut self, to: DestinationHash, terms: &NodeAnnounce, upload: Upload) {
        // The full price: a node has no way to say that the stamp of a Resource was worth too little.
        let cost = terms.stamp_cost;
        if upload.has_paid(cost) {
            return self.current = Some((upload, Stage::Ready { node: to }));
        }
        let material = TransientId::of(upload.entry().unwrap_or_default()).as_bytes().to_vec();
        let task = Task::Find { material, purpose: Purpose::Propagation, cost };
        match self.jobs.submit((), task) {
            Ok(_) => self.current = Some((upload, Stage::EntryStamp { node: to, cost })),
            Err(()) => self.failed(&upload, SendFailure::Full),
        }
    }

    /// The path or the announce that was waited for is there, or will not come.
    pub(super) fn search_ended(&mut self, now: Now, node: &Node, nodes: &Nodes) {
        match self.current.take() {
            Some((mut upload, Stage::Finding { node: to, .. })) => {
                let terms = nodes.terms(now.instant, node, to).known().filter(|_| node.hops_to(to).is_some());
                match terms {
                    Some(terms) if upload.suits(&terms) => self.stamp_for(to, &terms, upload),
                    Some(_) => {
                        upload.refused.push(to);
                        self.again(upload);
                    }
                    None => self.node_failed(now, upload, to),
                }
            }
            other => self.current = other,
        }
    }
}
