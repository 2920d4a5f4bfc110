//! How a message of ours gets the stamp that its recipient asks for, before it leaves: with a ticket, or by work.
//! Not the work, which is a job, and not the way of the message afterwards.

use super::Outbox;
use super::outbound::{Stage, Stamped, Wait};
use super::pace::RETRY_WAIT;
use super::route::Route;
use crate::lxmf::announce::DeliveryAnnounce;
use crate::lxmf::job::{JobDone, Outcome as Made, Task};
use crate::lxmf::outbound_message::SendFailure;
use crate::lxmf::stamp::Purpose;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::time::Now;

impl Outbox {
    /// Sees to the stamp of the first message of a lane. True if it has to wait for it, or is given up.
    pub(super) fn wants_stamp(&mut self, now: Now, node: &Node, route: Route) -> bool {
        let asked = AskedFor::of(node, route.theirs);
        let Some(message) = self.lanes.first(route) else { return true };
        let (hash, cost) = match (asked, message.stamped) {
            (AskedFor::Nothing, _) | (_, Stamped::Ticket) => return false,
            (AskedFor::Cost(cost), Stamped::Work(worth)) if worth >= cost => return false,
            (AskedFor::Cost(_) | AskedFor::Unknown, _) if message.ticket.is_some() => {
                self.lanes.change(route, |message| {
                    if let Some(ticket) = message.ticket.take() {
                        message.put_stamp(&ticket.stamp(message.hash), Stamped::Ticket);
                    }
                });
                return false;
            }
            (AskedFor::Unknown, _) => return false,
            (AskedFor::Cost(cost), _) => (message.hash, cost),
        };
        if cost > Purpose::Delivery.max_cost() {
            self.give_up(now, route, SendFailure::StampTooCostly);
            return true;
        }
        let task = Task::Find { material: hash.as_bytes().to_vec(), purpose: Purpose::Delivery, cost };
        let stage = match self.stamps.submit((route, cost), task) {
            Ok(job) => Stage::Stamping { job },
            Err(_) => Stage::Waiting { until: now.instant.after(RETRY_WAIT), wait: Wait::Retry },
        };
        self.release_turn(now, route);
        self.lanes.change(route, |message| message.stage = stage);
        true
    }

    /// A stamp was found. Whether it still does shows when the message's turn comes, which is now.
    pub(in crate::lxmf) fn handle_job_done(&mut self, now: Now, node: &mut Node, done: JobDone) {
        let id = done.id;
        let Some(((route, cost), Made::Found(stamp))) = self.stamps.finish(done) else { return };
        if self.stage(route) == Some(Stage::Stamping { job: id }) {
            self.lanes.change(route, |message| message.put_stamp(&stamp, Stamped::Work(cost)));
            self.due_now(now, route);
            self.run(now, node);
        }
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
