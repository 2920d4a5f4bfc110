//! The outbox: messages of ours, from [`super::Router::send`] until they are delivered or given up.
//! Not durable: what must survive a restart is the server's to keep.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::announce::DeliveryAnnounce;
use super::job::{Job, JobArea, JobClass};
use super::job_queue::JobQueue;
use super::links::{Carrier, Introduction, Links, Route};
use super::message::MessageHash;
use super::outbound::{Outbound, PATH_REQUEST_WAIT, Stage, Wait};
use super::outbound_message::{Method, OutboundMessage, SendFailure};
use super::router::Event;
use crate::rns::Node;
use crate::rns::error::MisuseError;
use crate::rns::event::FailReason;
use crate::rns::hash::{DestinationHash, LinkId, PacketHash, ResourceHash};
use crate::rns::identity::Identity;
use crate::rns::node::Compression;
use crate::rns::packet::ENCRYPTED_MDU;
use crate::rns::time::{Instant, Now};

/// `Link.MDU`: most bytes of a message in one packet on a link, whatever MTU that link has negotiated.
const LINK_PACKET_MAX: usize = 431;
/// `MAX_DELIVERY_ATTEMPTS`: how often a message is sent, or a link opened for it.
const MAX_ATTEMPTS: u32 = 5;
/// After so many attempts without an answer the path is asked for again: it may be out of date.
const ATTEMPTS_ON_ONE_PATH: u32 = 2;
/// `DELIVERY_RETRY_WAIT`: between attempts.
pub(super) const RETRY_WAIT: Duration = Duration::from_secs(10);
/// Most messages in the outbox. When it is full, the oldest that waits for a path makes room; when none does, the
/// newcomer is turned away.
const MAX_MESSAGES: usize = 1024;
/// Most bytes in the outbox, with the same rule.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most messages for one destination; here the newcomer is turned away, so that order is kept.
const MAX_PER_ROUTE: usize = 64;

/// Messages by route, each route in the order of sending: only the first of a route is on the air.
#[derive(Debug)]
pub(super) struct Outbox {
    routes: BTreeMap<Route, VecDeque<Outbound>>,
    messages: usize,
    pub(super) bytes: usize,
    /// Stamps that are being made, each for the first message of its route and what its recipient asks for.
    pub(super) stamps: JobQueue<(Route, u8)>,
    links: Links,
    events: VecDeque<Event>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            routes: BTreeMap::new(),
            messages: 0,
            bytes: 0,
            stamps: JobQueue::new(JobArea::Outbox, MAX_MESSAGES),
            links: Links::default(),
            events: VecDeque::new(),
        }
    }
}

impl Outbox {
    /// Queues a message and, if none is before it, sends it.
    pub(super) fn send(
        &mut self,
        now: Now,
        node: &mut Node,
        message: &OutboundMessage,
        hash: MessageHash,
        identity: &Identity,
    ) {
        if message.method == Method::Propagated {
            return self.fail(hash, SendFailure::NoNode);
        }
        let route = Route { ours: message.source, theirs: message.destination };
        let waiting = self.routes.get(&route);
        if waiting.is_some_and(|queue| queue.iter().any(|other| other.hash == hash)) {
            return;
        }
        let crowded = waiting.is_some_and(|queue| queue.len() >= MAX_PER_ROUTE);
        let queued = Outbound::new(
            now.instant,
            hash,
            message.method,
            message.pack(hash, identity),
            message.ticket.clone(),
        );
        if crowded || !self.make_room(queued.packed.len()) {
            return self.fail(hash, SendFailure::Full);
        }
        self.messages = self.messages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(queued.packed.len());
        self.routes.entry(route).or_default().push_back(queued);
        self.pump(now, node, route);
    }

    /// A message is not sent.
    pub(super) fn fail(&mut self, hash: MessageHash, reason: SendFailure) {
        self.events.push_back(Event::Failed { hash, reason });
    }

    /// A delivery announce of `theirs` was heard: what waits for a path to it is due.
    pub(super) fn handle_announce(&mut self, now: Now, node: &mut Node, theirs: DestinationHash) {
        let routes: Vec<_> = self.routes.keys().filter(|route| route.theirs == theirs).copied().collect();
        for route in routes {
            if let Some(message) = self.first(route)
                && let Stage::Waiting { wait: Wait::Path, .. } = message.stage
            {
                message.stage = Stage::Waiting { until: now.instant, wait: Wait::Turn };
                self.pump(now, node, route);
            }
        }
    }

    /// A packet was proved. False if it carried no message of ours.
    pub(super) fn handle_proof(
        &mut self,
        now: Now,
        node: &mut Node,
        packet: PacketHash,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) -> bool {
        let Some(route) = self.route_where(|message| {
            message.copies.contains(&packet)
                || matches!(message.stage, Stage::LinkPacket { packet: sent, .. } if sent == packet)
        }) else {
            return false;
        };
        self.delivered(now, node, route, identities);
        true
    }

    /// A packet was not proved in time. False if it carried no message of ours.
    pub(super) fn handle_packet_timeout(&mut self, now: Now, node: &mut Node, packet: PacketHash) -> bool {
        let on_link = self.route_where(
            |message| matches!(message.stage, Stage::LinkPacket { packet: sent, .. } if sent == packet),
        );
        if let Some(route) = on_link {
            // Whoever doesn't prove a packet on a link has probably lost the link.
            self.give_up_link(now, node, route);
            return true;
        }
        // The next copy leaves when its time comes; a late proof of this one still counts.
        self.route_where(|message| message.copies.contains(&packet)).is_some()
    }

    /// A Resource was proved. False if it carried no message of ours.
    pub(super) fn handle_resource_proof(
        &mut self,
        now: Now,
        node: &mut Node,
        resource: ResourceHash,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) -> bool {
        let Some(route) = self.route_of_resource(resource) else { return false };
        self.delivered(now, node, route, identities);
        true
    }

    /// A Resource did not arrive. False if it carried no message of ours.
    pub(super) fn handle_resource_failure(
        &mut self,
        now: Now,
        node: &mut Node,
        resource: ResourceHash,
        reason: FailReason,
    ) -> bool {
        let Some(route) = self.route_of_resource(resource) else { return false };
        match reason {
            // Too large for the recipient, and it will be the next time.
            FailReason::Rejected => {
                if let Some(link) = self.finish(route, Outcome::Failed(SendFailure::Rejected)) {
                    self.links.note_unused(now.instant, link);
                }
                self.pump(now, node, route);
            }
            FailReason::Timeout | FailReason::Cancelled | FailReason::Corrupt | FailReason::LinkClosed => {
                self.give_up_link(now, node, route);
            }
        }
        true
    }

    /// A link is established. False if it is none that we opened.
    pub(super) fn handle_link_established(&mut self, now: Now, node: &mut Node, link: LinkId) -> bool {
        let Some(route) = self.links.note_established(now.instant, link) else { return false };
        if self.first(route).is_some_and(|message| message.stage == Stage::Opening { link }) {
            self.send_on_link(now, node, route, link);
            self.pump(now, node, route);
        }
        true
    }

    /// A link is closed.
    pub(super) fn handle_link_closed(&mut self, now: Now, node: &mut Node, link: LinkId) {
        self.links.remove(link);
        if let Some(route) = self.route_where(|message| message.stage.link() == Some(link)) {
            // The path may be why it could not be opened, or why it broke.
            node.request_path(now, route.theirs);
            self.retry_later(now, route);
            self.pump(now, node, route);
        }
    }

    /// Sends what is due, drops what is too old, closes links that are idle.
    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        for link in self.links.take_idle(now.instant) {
            node.close_link(now, link);
        }
        let routes: Vec<_> = self.routes.keys().copied().collect();
        for route in routes {
            self.pump(now, node, route);
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let due = self.routes.values().filter_map(VecDeque::front).filter_map(Outbound::due);
        due.chain(self.links.next_idle()).min()
    }

    /// The next stamp to make.
    pub(super) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.stamps.poll(class)
    }

    pub(super) const fn links(&self) -> &Links {
        &self.links
    }

    pub(super) const fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }

    /// Works on a route until its first message is on the air or waits.
    pub(super) fn pump(&mut self, now: Now, node: &mut Node, route: Route) {
        while let Some(message) = self.first(route) {
            let expired = message.expires() <= now.instant;
            let exhausted = message.attempts >= MAX_ATTEMPTS;
            let stage = message.stage;
            match stage {
                Stage::Waiting { wait, .. } if expired => {
                    let reason = if wait == Wait::Path { SendFailure::NoPath } else { SendFailure::NoAnswer };
                    self.finish(route, Outcome::Failed(reason));
                }
                Stage::Waiting { until, .. } if until > now.instant => return,
                Stage::Waiting { .. } if exhausted => {
                    self.finish(route, Outcome::Failed(SendFailure::NoAnswer));
                }
                Stage::Waiting { .. } if self.wants_stamp(now, node, route) => {}
                Stage::Waiting { .. } => self.attempt(now, node, route),
                // So many stamps are to be made that its turn has not come.
                Stage::Stamping { .. } if expired => {
                    self.finish(route, Outcome::Failed(SendFailure::Full));
                }
                Stage::Stamping { .. } => return,
                Stage::Opening { .. } | Stage::LinkPacket { .. } | Stage::Resource { .. } => return,
            }
        }
    }

    /// Starts one attempt with the first message of a route.
    fn attempt(&mut self, now: Now, node: &mut Node, route: Route) {
        let reachable = node.hops_to(route.theirs).is_some() && node.recall(route.theirs).is_some();
        let carrier = self.links.carrier(route);
        let Some(message) = self.first(route) else { return };
        if reachable {
            message.path_wait = PATH_REQUEST_WAIT;
        }
        let one_packet = message.method != Method::Direct && message.opportunistic().len() <= ENCRYPTED_MDU;
        if reachable && one_packet {
            return self.send_opportunistic(now, node, route);
        }
        match carrier {
            Some(Carrier::Active(link)) => {
                message.attempts = message.attempts.saturating_add(1);
                self.send_on_link(now, node, route, link);
            }
            Some(Carrier::Opening(link)) => message.stage = Stage::Opening { link },
            None if reachable => self.open_link(now, node, route),
            None => self.ask_for_path(now, node, route),
        }
    }

    fn send_opportunistic(&mut self, now: Now, node: &mut Node, route: Route) {
        let Some(message) = self.first(route) else { return };
        if message.attempts == ATTEMPTS_ON_ONE_PATH && !std::mem::replace(&mut message.path_checked, true) {
            return self.ask_for_path(now, node, route);
        }
        message.attempts = message.attempts.saturating_add(1);
        message.stage = Stage::Waiting { until: now.instant.after(RETRY_WAIT), wait: Wait::Retry };
        if let Ok(packet) = node.send_packet(now, route.theirs, message.opportunistic()) {
            message.copies.push(packet);
        }
    }

    fn open_link(&mut self, now: Now, node: &mut Node, route: Route) {
        let room = self.links.make_room();
        if let Ok(Some(quietest)) = room {
            node.close_link(now, quietest);
        }
        let Some(message) = self.first(route) else { return };
        message.attempts = message.attempts.saturating_add(1);
        match room.map(|_| node.open_link(now, route.theirs)) {
            Ok(Ok(link)) => {
                message.stage = Stage::Opening { link };
                self.links.note_opening(route, link);
            }
            _ => self.retry_later(now, route),
        }
    }

    fn send_on_link(&mut self, now: Now, node: &mut Node, route: Route, link: LinkId) {
        let compression = compression(node, route.theirs);
        let Some(message) = self.first(route) else { return };
        let sent = if message.packed.len() <= LINK_PACKET_MAX {
            let sent = node.send_link_packet(now, link, &message.packed);
            sent.map(|packet| Stage::LinkPacket { link, packet })
        } else {
            let sent = node.send_resource(now, link, message.packed.clone(), compression);
            sent.map(|resource| Stage::Resource { link, resource })
        };
        match sent {
            Ok(stage) => {
                message.stage = stage;
                self.links.note_busy(now.instant, link);
            }
            Err(MisuseError::NoLink) => {
                self.links.remove(link);
                self.retry_later(now, route);
            }
            Err(_) => self.retry_later(now, route),
        }
    }

    /// Asking costs no attempt; the message's lifetime bounds how often it happens.
    fn ask_for_path(&mut self, now: Now, node: &mut Node, route: Route) {
        node.request_path(now, route.theirs);
        if let Some(message) = self.first(route) {
            message.stage = Stage::Waiting { until: now.instant.after(message.path_wait), wait: Wait::Path };
            message.path_wait = message.path_wait.saturating_mul(2);
        }
    }

    fn retry_later(&mut self, now: Now, route: Route) {
        if let Some(message) = self.first(route) {
            message.stage = Stage::Waiting { until: now.instant.after(RETRY_WAIT), wait: Wait::Retry };
        }
    }

    /// The link that the first message of a route took is of no use.
    fn give_up_link(&mut self, now: Now, node: &mut Node, route: Route) {
        if let Some(link) = self.first(route).and_then(|message| message.stage.link()) {
            self.links.remove(link);
            node.close_link(now, link);
        }
        self.retry_later(now, route);
    }

    fn delivered(
        &mut self,
        now: Now,
        node: &mut Node,
        route: Route,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) {
        if let Some(link) = self.finish(route, Outcome::Delivered)
            && self.links.note_delivered(now.instant, link) == Introduction::Due
            && let Some(identity) = identities.get(&route.ours)
        {
            // A link that closes in this instant needs no introduction.
            let _ = node.identify(now, link, identity);
        }
        self.pump(now, node, route);
    }

    /// Takes the first message off its route, and returns the link that carried it.
    pub(super) fn finish(&mut self, route: Route, outcome: Outcome) -> Option<LinkId> {
        let queue = self.routes.get_mut(&route)?;
        let message = queue.pop_front()?;
        if queue.is_empty() {
            self.routes.remove(&route);
        }
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(message.packed.len());
        if let Stage::Stamping { job } = message.stage {
            self.stamps.cancel(job);
        }
        let hash = message.hash;
        self.events.push_back(match outcome {
            Outcome::Delivered => Event::Delivered { hash },
            Outcome::Failed(reason) => Event::Failed { hash, reason },
        });
        message.stage.carrying_link()
    }

    /// Makes room for so many bytes, at the cost of the messages that have waited longest for a path.
    fn make_room(&mut self, bytes: usize) -> bool {
        let fits =
            |outbox: &Self| outbox.messages < MAX_MESSAGES && outbox.bytes.saturating_add(bytes) <= MAX_BYTES;
        while !fits(self) {
            let pathless = self.routes.iter().filter_map(|(route, queue)| {
                let message = queue.front()?;
                matches!(message.stage, Stage::Waiting { wait: Wait::Path, .. })
                    .then_some((message.enqueued, *route))
            });
            let Some((_, route)) = pathless.min() else { return false };
            self.finish(route, Outcome::Failed(SendFailure::Full));
        }
        true
    }

    pub(super) fn first(&mut self, route: Route) -> Option<&mut Outbound> {
        self.routes.get_mut(&route).and_then(VecDeque::front_mut)
    }

    fn route_where(&self, wanted: impl Fn(&Outbound) -> bool) -> Option<Route> {
        self.routes.iter().find(|(_, queue)| queue.front().is_some_and(&wanted)).map(|(route, _)| *route)
    }

    fn route_of_resource(&self, resource: ResourceHash) -> Option<Route> {
        self.route_where(
            |message| matches!(message.stage, Stage::Resource { resource: sent, .. } if sent == resource),
        )
    }
}

/// How a message ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Delivered,
    Failed(SendFailure),
}

/// What the recipient has announced.
fn compression(node: &Node, theirs: DestinationHash) -> Compression {
    let known = node.recall(theirs).and_then(|known| known.app_data.as_deref());
    known.map_or(Compression::Allowed, |app_data| DeliveryAnnounce::decode(app_data).compression)
}
