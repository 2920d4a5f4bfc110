//! How a message of ours gets the stamp that its recipient asks for, before it leaves: with a ticket, or by work.
//! Not the work, which is a job, and not the way of the message afterwards.

use super::announce::DeliveryAnnounce;
use super::job::{JobDone, Outcome as Made, Task};
use super::links::Route;
use super::outbound::{Stage, Stamped, Wait};
use super::outbound_message::SendFailure;
use super::outbox::{Outbox, Outcome, RETRY_WAIT};
use super::stamp::Purpose;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::time::Now;

impl Outbox {
    /// Sees to the stamp of the first message of a route. True if it has to wait for it, or is given up.
    pub(super) fn wants_stamp(&mut self, now: Now, node: &Node, route: Route) -> bool {
        let asked = AskedFor::of(node, route.theirs);
        let Some(message) = self.first(route) else { return true };
        let (hash, cost) = match (asked, message.stamped) {
            (AskedFor::Nothing, _) | (_, Stamped::Ticket) => return false,
            (AskedFor::Cost(cost), Stamped::Work(worth)) if worth >= cost => return false,
            (AskedFor::Cost(_) | AskedFor::Unknown, _) if message.ticket.is_some() => {
                if let Some(ticket) = message.ticket.take() {
                    let stamp = ticket.stamp(message.hash);
                    self.put_stamp(route, &stamp, Stamped::Ticket);
                }
                return false;
            }
            (AskedFor::Unknown, _) => return false,
            (AskedFor::Cost(cost), _) => (message.hash, cost),
        };
        if cost > Purpose::Delivery.max_cost() {
            self.finish(route, Outcome::Failed(SendFailure::StampTooCostly));
            return true;
        }
        let task = Task::Find { material: hash.as_bytes().to_vec(), purpose: Purpose::Delivery, cost };
        let stage = match self.stamps.submit((route, cost), task) {
            Ok(job) => Stage::Stamping { job },
            Err(_) => Stage::Waiting { until: now.instant.after(RETRY_WAIT), wait: Wait::Retry },
        };
        if let Some(message) = self.first(route) {
            message.stage = stage;
        }
        true
    }

    /// A stamp was found. Whether it still does shows when the message's turn comes, which is now.
    pub(super) fn handle_job_done(&mut self, now: Now, node: &mut Node, done: JobDone) {
        let id = done.id;
        let Some(((route, cost), Made::Found(stamp))) = self.stamps.finish(done) else { return };
        if self.first(route).is_some_and(|message| message.stage == Stage::Stamping { job: id }) {
            self.put_stamp(route, &stamp, Stamped::Work(cost));
            if let Some(message) = self.first(route) {
                message.stage = Stage::Waiting { until: now.instant, wait: Wait::Turn };
            }
            self.pump(now, node, route);
        }
    }

    fn put_stamp(&mut self, route: Route, stamp: &[u8], stamped: Stamped) {
        let Some(message) = self.first(route) else { return };
        let before = message.packed.len();
        message.put_stamp(stamp, stamped);
        let after = message.packed.len();
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
    }
}

/// What the last announce of a recipient asks for.
#[derive(Debug, Clone, Copy)]
enum AskedFor {
    Nothing,
    Cost(u8),
    /// It was not heard, or says nothing.
    Unknown,
}

impl AskedFor {
    fn of(node: &Node, theirs: DestinationHash) -> Self {
        match node.recall(theirs).and_then(|known| known.app_data.as_deref()) {
            None => Self::Unknown,
            Some(app_data) => DeliveryAnnounce::decode(app_data).stamp_cost.map_or(Self::Nothing, Self::Cost),
        }
    }
}
