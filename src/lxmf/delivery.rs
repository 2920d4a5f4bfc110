//! Inbound delivery: from bytes that a packet, a link or a Resource brought to a message with a known author.
//! Never a proof: whoever stores the message decides when it is proved.

use std::collections::VecDeque;
use std::time::Duration;

use super::budget::Budget;
use super::held::HeldMessages;
use super::inbound_stamps::{Arrived, InboundStamps, StampState};
use super::job::{Job, JobClass, JobDone};
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
    stamps: InboundStamps,
    /// For path requests.
    requests: Budget,
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
            return self.verify(now, message, author, proof);
        }

        let evicted = self.held.hold(now.instant, source, packed, proof);
        self.count(DropReason::TableFull, evicted);
        if self.requests.spend(now.instant, PATH_REQUEST_BURST, PATH_REQUEST_GAP) {
            node.request_path(now, source);
        }
    }

    /// The key of `author` has become known.
    pub(super) fn handle_identity(&mut self, now: Now, author: &PublicIdentity) {
        for held in self.held.take(delivery_destination(author.hash())) {
            match UnverifiedMessage::unpack(&held.packed) {
                Ok(message) => self.verify(now, message, author.clone(), held.proof),
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

    /// What is asked of those who send to us.
    pub(super) const fn stamps(&self) -> &InboundStamps {
        &self.stamps
    }

    pub(super) const fn stamps_mut(&mut self) -> &mut InboundStamps {
        &mut self.stamps
    }

    /// The next stamp to check.
    pub(super) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.stamps.poll_job(class)
    }

    /// A stamp was checked.
    pub(super) fn handle_job_done(&mut self, now: Now, done: JobDone) {
        if let Some((arrived, stamp)) = self.stamps.handle_job_done(now.instant, done) {
            self.received(arrived, stamp);
        }
    }

    /// The signature comes first: what it costs is little beside a stamp.
    fn verify(&mut self, now: Now, message: UnverifiedMessage, author: PublicIdentity, token: DeliveryToken) {
        let message = match message.verified_by(&author) {
            Ok(message) => message,
            Err(reason) => return self.drops.add(reason),
        };
        if token == DeliveryToken::Paper {
            return self.received(Arrived { message, author, token }, StampState::NotAsked);
        }
        match self.stamps.judge(now, Arrived { message, author, token }) {
            Ok(Some((arrived, stamp))) => self.received(arrived, stamp),
            Ok(None) => {}
            Err(reason) => self.drops.add(reason),
        }
    }

    fn received(&mut self, Arrived { message, author, token: proof }: Arrived, stamp: StampState) {
        let road = Road::from(&proof);
        self.events.push_back(Event::Received { message, author, road, stamp, proof });
    }

    fn count(&mut self, reason: DropReason, times: usize) {
        for _ in 0..times {
            self.drops.add(reason);
        }
    }
}
