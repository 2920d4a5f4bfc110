//! Inbound delivery: from bytes that a packet, a link or a Resource brought to a message with a known author.
//! Never a proof: whoever stores the message decides when it is proved.

use std::collections::VecDeque;
use std::time::Duration;

use super::held::HeldMessages;
use super::message::{UnverifiedMessage, delivery_destination};
use super::road::{DeliveryToken, Road};
use super::router::Event;
use crate::rns::Node;
use crate::rns::error::{DropCounts, DropReason};
use crate::rns::hash::DestinationHash;
use crate::rns::identity::PublicIdentity;
use crate::rns::time::{Instant, Now};

/// Path requests for unknown authors that may go out at once. Anybody can invent authors, and each request is heard
/// by the whole network.
const PATH_REQUEST_BURST: u32 = 10;
/// How long until another one may.
const PATH_REQUEST_GAP: Duration = Duration::from_secs(1);

/// Messages on their way in.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    held: HeldMessages,
    requests: PathRequestBudget,
    events: VecDeque<Event>,
    drops: DropCounts,
}

impl Delivery {
    /// A complete packed message arrived. `is_ours` tells which destinations are served, `peer` is who the link it
    /// came on has proved to be.
    pub(super) fn handle_message(
        &mut self,
        now: Now,
        node: &mut Node,
        packed: Vec<u8>,
        is_ours: impl Fn(DestinationHash) -> bool,
        peer: Option<&PublicIdentity>,
        proof: DeliveryToken,
    ) {
        let message = match UnverifiedMessage::unpack(&packed) {
            Ok(message) if is_ours(message.destination()) => message,
            Ok(_) => return self.drops.add(DropReason::NotForUs),
            Err(reason) => return self.drops.add(reason),
        };
        let source = message.source();
        let author = node
            .recall(source)
            .map(|known| known.identity.clone())
            .or_else(|| peer.filter(|peer| delivery_destination(peer.hash()) == source).cloned());
        if let Some(author) = author {
            return self.verify(message, author, proof);
        }

        let evicted = self.held.hold(now.instant, source, packed, proof);
        self.count(DropReason::TableFull, evicted);
        if self.requests.spend(now.instant) {
            node.request_path(now, source);
        }
    }

    /// The key of `author` has become known.
    pub(super) fn handle_identity(&mut self, author: &PublicIdentity) {
        for held in self.held.take(delivery_destination(author.hash())) {
            match UnverifiedMessage::unpack(&held.packed) {
                Ok(message) => self.verify(message, author.clone(), held.proof),
                Err(reason) => self.drops.add(reason),
            }
        }
    }

    /// Drops what has waited too long.
    pub(super) fn handle_timeout(&mut self, now: Now) {
        let expired = self.held.expire(now.instant);
        self.count(DropReason::KeyUnknown, expired);
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.held.next_expiry()
    }

    pub(super) fn drops(&self) -> &DropCounts {
        &self.drops
    }

    fn verify(&mut self, message: UnverifiedMessage, author: PublicIdentity, proof: DeliveryToken) {
        match message.verified_by(&author) {
            Ok(message) => {
                let road = Road::from(&proof);
                self.events.push_back(Event::Received { message, author, road, proof });
            }
            Err(reason) => self.drops.add(reason),
        }
    }

    fn count(&mut self, reason: DropReason, times: usize) {
        for _ in 0..times {
            self.drops.add(reason);
        }
    }
}

/// How many path requests for unknown authors may still go out.
#[derive(Debug, Default)]
struct PathRequestBudget {
    spent: u32,
    refilled: Instant,
}

impl PathRequestBudget {
    fn spend(&mut self, now: Instant) -> bool {
        while self.spent > 0 && self.refilled.after(PATH_REQUEST_GAP) <= now {
            self.spent = self.spent.saturating_sub(1);
            self.refilled = self.refilled.after(PATH_REQUEST_GAP);
        }
        if self.spent == 0 {
            self.refilled = now;
        }
        if self.spent >= PATH_REQUEST_BURST {
            return false;
        }
        self.spent = self.spent.saturating_add(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_authors_cause_few_path_requests() {
        let mut budget = PathRequestBudget::default();
        let start = Instant::from_micros(5_000_000_000);
        let asked = (0..1000).filter(|_| budget.spend(start)).count();
        assert_eq!(asked, 10);
        let later = start.after(Duration::from_secs(3));
        assert_eq!((0..1000).filter(|_| budget.spend(later)).count(), 3);
        let much_later = start.after(Duration::from_secs(3600));
        assert_eq!((0..1000).filter(|_| budget.spend(much_later)).count(), 10);
    }
}
