//! The outbox: messages of ours, from [`super::Router::send`] until they are delivered or given up.
//! Not durable: what must survive a restart is the server's to keep.

mod attempt;
mod lanes;
mod links;
mod outbound;
mod pace;
mod route;
mod stamping;
mod turns;

use std::collections::{BTreeMap, VecDeque};

use super::event::Event;
use super::job::{Job, JobArea, JobClass};
use super::job_queue::JobQueue;
use super::message::MessageHash;
use super::outbound_message::{OutboundMessage, SendFailure};
use crate::rns::Node;
use crate::rns::event::FailReason;
use crate::rns::hash::{DestinationHash, LinkId, PacketHash, ResourceHash};
use crate::rns::identity::Identity;
use crate::rns::time::{Instant, Now};
use lanes::Lanes;
use links::{Introduction, Links};
use outbound::{Copy, Outbound, Stage, Wait};
use pace::Pace;
use route::Route;
use turns::{Gate, Turns};

/// Messages on their way out, and the links that they can take.
#[derive(Debug)]
pub(super) struct Outbox {
    lanes: Lanes,
    links: Links,
    turns: Turns,
    /// When the next path request may go out.
    next_search: Instant,
    /// Stamps that are being made, each for the first message of its route and what its recipient asks for.
    stamps: JobQueue<(Route, u8)>,
    /// Lanes to work on before the call ends.
    ready: VecDeque<Route>,
    events: VecDeque<Event>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            lanes: Lanes::default(),
            links: Links::default(),
            turns: Turns::default(),
            next_search: Instant::ZERO,
            stamps: JobQueue::new(JobArea::Outbox, lanes::MAX_MESSAGES),
            ready: VecDeque::new(),
            events: VecDeque::new(),
        }
    }
}

/// How full the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) messages: usize,
    pub(super) bytes: usize,
    pub(super) jobs: usize,
    pub(super) opened_links: usize,
    pub(super) backchannels: usize,
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
        let route = Route { ours: message.source, theirs: message.destination };
        if self.lanes.contains(route, hash) {
            return;
        }
        let queued = Outbound::new(
            now.instant,
            hash,
            (message.method, message.class),
            message.pack(hash, identity),
            message.ticket.clone(),
        );
        loop {
            match self.lanes.room(route, queued.packed.len()) {
                None => return self.fail(hash, SendFailure::Full),
                Some(Some(other)) => self.give_up(now, other, SendFailure::Full),
                Some(None) => break,
            }
        }
        self.lanes.push(route, queued);
        self.ready.push_back(route);
        self.run(now, node);
    }

    /// A message is not sent.
    pub(super) fn fail(&mut self, hash: MessageHash, reason: SendFailure) {
        self.events.push_back(Event::Failed { hash, reason });
    }

    /// A delivery announce of `theirs` was heard: what waits for a path to it is due.
    pub(super) fn handle_announce(&mut self, now: Now, node: &mut Node, theirs: DestinationHash) {
        for route in self.lanes.to(theirs) {
            let stage = self.lanes.first(route).map(|message| message.stage);
            if let Some(Stage::Waiting { wait: Wait::Search | Wait::Path, .. }) = stage {
                self.due_now(now, route);
            }
        }
        self.run(now, node);
    }

    /// A packet was proved. False if it carried no message of ours.
    pub(super) fn handle_proof(
        &mut self,
        now: Now,
        node: &mut Node,
        packet: PacketHash,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) -> bool {
        let Some(route) = self.lanes.carried_by(Copy::Packet(packet)) else { return false };
        self.delivered(now, node, route, identities);
        true
    }

    /// A packet was not proved in time. False if it carried no message of ours.
    pub(super) fn handle_packet_timeout(&mut self, now: Now, node: &mut Node, packet: PacketHash) -> bool {
        let Some(route) = self.lanes.carried_by(Copy::Packet(packet)) else { return false };
        // After a packet of its own, the next copy leaves when its time comes. Whoever doesn't prove a packet on a link
        // has probably lost the link.
        if let Some(Stage::LinkPacket { packet: sent, .. }) = self.stage(route)
            && sent == packet
        {
            self.give_up_link(now, node, route);
            self.run(now, node);
        }
        true
    }

    /// A Resource was proved. False if it carried no message of ours.
    pub(super) fn handle_resource_proof(
        &mut self,
        now: Now,
        node: &mut Node,
        resource: ResourceHash,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) -> bool {
        let Some(route) = self.lanes.carried_by(Copy::Resource(resource)) else { return false };
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
        let Some(route) = self.lanes.carried_by(Copy::Resource(resource)) else { return false };
        if !matches!(self.stage(route), Some(Stage::Resource { resource: sent, .. }) if sent == resource) {
            return true;
        }
        match reason {
            // Too large for the recipient, and it will be the next time. The link itself is fine.
            FailReason::Rejected => self.give_up(now, route, SendFailure::Rejected),
            FailReason::Timeout | FailReason::Cancelled | FailReason::Corrupt | FailReason::LinkClosed => {
                self.give_up_link(now, node, route);
            }
        }
        self.run(now, node);
        true
    }

    /// A link is established. False if it is none that we opened.
    pub(super) fn handle_link_established(&mut self, now: Now, node: &mut Node, link: LinkId) -> bool {
        let Some(route) = self.links.note_established(now.instant, link) else { return false };
        if self.stage(route) == Some(Stage::Opening { link }) {
            self.send_on_link(now, node, route, link);
        } else {
            self.pass_turn(now, Gate::Links);
        }
        self.run(now, node);
        true
    }

    /// A link is closed.
    pub(super) fn handle_link_closed(&mut self, now: Now, node: &mut Node, link: LinkId) {
        self.links.remove(link);
        self.pass_turn(now, Gate::Links);
        if let Some(route) = self.lanes.on_link(link) {
            // The path may be why it could not be opened, or why it broke.
            node.request_path(now, route.theirs);
            self.retry_later(now, node, route);
        }
        self.run(now, node);
    }

    /// Sends what is due, drops what is too old, closes links that are idle.
    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        for link in self.links.take_idle(now.instant) {
            node.close_link(now, link);
            self.pass_turn(now, Gate::Links);
        }
        self.ready.extend(self.lanes.due(now.instant));
        self.run(now, node);
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.lanes.next_due().into_iter().chain(self.links.next_idle()).min()
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

    /// How full its tables are.
    pub(super) fn sizes(&self) -> Sizes {
        let (opened_links, backchannels) = self.links.len();
        Sizes {
            messages: self.lanes.len(),
            bytes: self.lanes.bytes(),
            jobs: self.stamps.len(),
            opened_links,
            backchannels,
        }
    }

    fn stage(&self, route: Route) -> Option<Stage> {
        self.lanes.first(route).map(|message| message.stage)
    }

    /// Works on lanes until the first message of each is on the air or waits.
    fn run(&mut self, now: Now, node: &mut Node) {
        while let Some(route) = self.ready.pop_front() {
            let mut before = None;
            while let Some(message) = self.lanes.first(route) {
                let attempts = Pace::of(now, node, route.theirs, None).attempts();
                if let Some(reason) = message.failure(now.instant, attempts) {
                    // What stood behind a message for which there was no air has found none either.
                    let found_no_air = before == Some(SendFailure::NoAir) && message.can_be_passed();
                    let reason = if found_no_air { SendFailure::NoAir } else { reason };
                    before = Some(reason);
                    self.give_up(now, route, reason);
                } else if matches!(message.stage, Stage::Waiting { until, .. } if until <= now.instant) {
                    self.attempt(now, node, route);
                } else {
                    break;
                }
            }
        }
    }

    /// The first message of a lane is due.
    fn due_now(&mut self, now: Now, route: Route) {
        let stage = Stage::Waiting { until: now.instant, wait: Wait::Turn };
        self.lanes.change(route, |message| message.stage = stage);
        self.ready.push_back(route);
    }

    fn retry_later(&mut self, now: Now, node: &Node, route: Route) {
        self.release_turn(now, route);
        let pace = Pace::of(now, node, route.theirs, None);
        self.lanes.change(route, |message| {
            let wait = pace.retry_wait(message.hash, message.attempts);
            message.stage = Stage::Waiting { until: now.instant.after(wait), wait: Wait::Retry };
        });
    }

    /// The link that the first message of a lane took is of no use.
    fn give_up_link(&mut self, now: Now, node: &mut Node, route: Route) {
        if let Some(link) = self.stage(route).and_then(Stage::link) {
            self.links.remove(link);
            node.close_link(now, link);
            self.pass_turn(now, Gate::Links);
        }
        // A link that had been there before may have been left by the peer long ago; that says nothing about the way.
        let stale =
            self.lanes.first(route).is_some_and(|message| message.link_tried && message.attempts == 0);
        if stale {
            self.release_turn(now, route);
            self.due_now(now, route);
        } else {
            self.retry_later(now, node, route);
        }
    }

    fn delivered(
        &mut self,
        now: Now,
        node: &mut Node,
        route: Route,
        identities: &BTreeMap<DestinationHash, Identity>,
    ) {
        if let Some(message) = self.finish(now, route) {
            self.events.push_back(Event::Delivered { hash: message.hash });
            if let Some(link) = message.stage.carrying_link()
                && self.links.note_delivered(now.instant, link) == Introduction::Due
                && let Some(identity) = identities.get(&route.ours)
            {
                // A link that closes in this instant needs no introduction.
                let _ = node.identify(now, link, identity);
            }
            self.pass_turn(now, Gate::Links);
        }
        self.run(now, node);
    }

    pub(super) fn give_up(&mut self, now: Now, route: Route, reason: SendFailure) {
        if let Some(message) = self.finish(now, route) {
            self.fail(message.hash, reason);
            if let Some(link) = message.stage.carrying_link() {
                self.links.note_unused(now.instant, link);
                self.pass_turn(now, Gate::Links);
            }
        }
    }

    /// What is the matter with the first message of a lane is the matter with all of them.
    pub(super) fn give_up_lane(&mut self, now: Now, route: Route, reason: SendFailure) {
        while self.lanes.first(route).is_some() {
            self.give_up(now, route, reason);
        }
    }

    /// Takes the first message off its lane. Others have their turn before the next of the same lane.
    fn finish(&mut self, now: Now, route: Route) -> Option<Outbound> {
        let message = self.lanes.pop(route)?;
        if let Stage::Stamping { job } = message.stage {
            self.stamps.cancel(job);
        }
        self.release_turn(now, route);
        self.ready.push_back(route);
        Some(message)
    }

    /// The first message of a lane is not on the air any more.
    fn release_turn(&mut self, now: Now, route: Route) {
        for gate in self.turns.release(route) {
            self.pass_turn(now, gate);
        }
    }

    /// Lets the next in line pass, if there is room.
    fn pass_turn(&mut self, now: Now, gate: Gate) {
        while let Some(route) = self.turns.next(gate) {
            // Whoever was given up meanwhile still stands there.
            if self.stage(route) == Some(Stage::InLine { gate }) {
                return self.due_now(now, route);
            }
        }
    }
}
