//! Where the node's task carries what has happened: to the router first, and on to the server.
//! Not the effects that come back.

use tracing::{debug, info, warn};

use super::NodeTask;
use crate::api;
use crate::daemon::input_queue::Refused;
use crate::lxmf::message::DELIVERY_NAME;
use crate::lxmf::propagation::storage::StoreTask;
use crate::lxmf::propagation::{FetchReport, NodeRefusal};
use crate::lxmf::stamp::Purpose;
use crate::lxmf::{self, DeliveryToken, SendFailure};
use crate::rns::destination::name_hash;
use crate::rns::event::{Event, ProofToken};
use crate::rns::interface::InterfaceId;
use crate::rns::node::{Came, Compression};
use crate::rns::time::Now;
use crate::server::{GROUP_NAME, HeardAnnounce, InboundBroadcast, InboundQuery, Input, SendOutcome};

impl NodeTask {
    /// Gives events to the router first, and what is for the server to the server.
    pub(super) fn route_events(&mut self, now: Now) {
        loop {
            let events: Vec<_> = std::iter::from_fn(|| self.node.poll_event()).collect();
            let mut idle = events.is_empty();
            events.iter().for_each(|event| self.links.note(event));
            for event in self.router.handle_events(now, &mut self.node, events) {
                self.handle_node_event(now, event);
            }
            while let Some(event) = self.router.poll_event() {
                idle = false;
                self.handle_router_event(now, event);
            }
            if idle {
                return;
            }
        }
    }

    fn handle_node_event(&mut self, now: Now, event: Event) {
        match event {
            Event::Request(request) => {
                let (link, request_id) = (request.link, request.request_id);
                if self.offer(Input::Request(request)).is_err() {
                    self.losses.requests = self.losses.requests.saturating_add(1);
                    let data = api::answer_slow_down();
                    self.node.respond(now, link, request_id, &data, Compression::Off);
                }
            }
            // If the server is too busy, the node tells it again.
            Event::RatchetDrawn { destination, ratchet } => {
                let _ = self.offer(Input::Ratchet { destination, ratchet });
            }
            // Lost, it is told again when these are used up.
            Event::EmissionsTaken { destination, until } => {
                let _ = self.offer(Input::Emissions { destination, until });
            }
            // Nobody proves it: who gets no answer asks again.
            Event::Packet { destination, data, hops, proof: ProofToken::Packet { interface, .. } } => {
                let came = Came { interface, hops };
                if self.offer(Input::Query(InboundQuery { destination, came, data })).is_err() {
                    self.losses.requests = self.losses.requests.saturating_add(1);
                }
            }
            // On a wire nobody else would hear the answer.
            Event::PlainPacket { interface, data, .. } if self.node.is_radio(interface) => {
                if self.offer(Input::Broadcast(InboundBroadcast { interface, data })).is_err() {
                    self.losses.requests = self.losses.requests.saturating_add(1);
                }
            }
            Event::PlainPacket { .. } => {
                self.losses.not_served = self.losses.not_served.saturating_add(1);
            }
            Event::Packet { proof, .. }
            | Event::LinkPacket { proof, .. }
            | Event::ResourceReceived { proof, .. } => {
                self.losses.not_served = self.losses.not_served.saturating_add(1);
                self.node.refuse(now, &proof);
            }
            Event::LinkEstablished { link, destination, initiator, round_trip } => {
                debug!(%link, %destination, initiator, ?round_trip, "link established");
            }
            Event::LinkClosed { link, destination, reason } => {
                debug!(%link, %destination, ?reason, "link closed");
            }
            Event::ResourceFailed { link, resource, reason } => {
                debug!(%link, %resource, ?reason, "an answer did not arrive");
            }
            // Something may wait for them. What answers our own question tells of a path, not of them.
            Event::Announce { name_hash: name, identity, path_response, destination, app_data, hops } => {
                if name == name_hash(DELIVERY_NAME) && !path_response {
                    self.news.heard(identity.hash());
                } else if name == name_hash(GROUP_NAME) {
                    let (identity, app_data) = (identity.hash(), app_data.unwrap_or_default());
                    self.news.group_heard(HeardAnnounce { destination, identity, app_data, hops });
                }
            }
            Event::AirUsedUp { interface, until } => {
                let interface = self.node.interface_name(interface).unwrap_or_default();
                let seconds = until.since(now.instant).as_secs();
                warn!(
                    interface,
                    seconds,
                    "the airtime of an hour is used up: what is not urgent waits. roost air says what has used it"
                );
            }
            Event::AirFree { interface } => {
                let interface = self.node.interface_name(interface).unwrap_or_default();
                info!(interface, "half of the airtime of an hour is free again");
            }
            // These belong to calls that this task never makes.
            Event::PacketDelivered { .. }
            | Event::PacketTimedOut { .. }
            | Event::LinkIdentified { .. }
            | Event::Response { .. }
            | Event::RequestFailed { .. }
            | Event::GroupPacket { .. }
            | Event::ChannelMessage { .. }
            | Event::ChannelDelivered { .. }
            | Event::StreamData { .. }
            | Event::ChannelBroken { .. }
            | Event::ResourceStarted { .. }
            | Event::ResourceLost { .. }
            | Event::ResourceDelivered { .. } => {}
        }
    }

    fn handle_router_event(&mut self, now: Now, event: lxmf::Event) {
        match event {
            lxmf::Event::Received { message, author, road, stamp, proof } => {
                if self.offer(Input::Message { message, author, road, stamp, proof }).is_err() {
                    self.losses.messages = self.losses.messages.saturating_add(1);
                }
            }
            lxmf::Event::Store(task) => self.offer_task(now, task),
            lxmf::Event::Delivered { hash } => {
                debug!(%hash, "message delivered");
                self.news.ended(hash, SendOutcome::Delivered);
            }
            lxmf::Event::Stored { hash, node } => {
                debug!(%hash, %node, "message on a propagation node");
                self.news.ended(hash, SendOutcome::Stored);
            }
            lxmf::Event::Fetched(report) => tell_of(&report),
            lxmf::Event::Failed { hash, reason } => {
                if reason == SendFailure::StampTooCostly {
                    self.note_too_costly();
                }
                debug!(%hash, %reason, "message not delivered in this round");
                self.news.ended(hash, SendOutcome::Failed(reason));
            }
        }
    }

    /// One line, and the hourly one counts them: the recipient's client decides how often it happens.
    fn note_too_costly(&mut self) {
        if self.losses.too_costly == 0 {
            let most = Purpose::Delivery.max_cost();
            warn!(
                most,
                "somebody's client asks for more work with each message than Roost does; they get no messages until \
                 they set its stamp cost lower, or give the group a ticket"
            );
        }
        self.losses.too_costly = self.losses.too_costly.saturating_add(1);
    }

    /// Our propagation node wants something of the server.
    fn offer_task(&mut self, now: Now, task: StoreTask) {
        let request = match &task {
            StoreTask::Get { link, request_id, .. } | StoreTask::Offered { link, request_id, .. } => {
                Some((*link, *request_id))
            }
            _ => None,
        };
        if self.offer(Input::Propagation(task)).is_ok() {
            return;
        }
        // What was brought is not proved, and what was asked for a peer is asked again.
        self.losses.requests = self.losses.requests.saturating_add(1);
        if let Some((link, request_id)) = request {
            let answer = NodeRefusal::Throttled.answer();
            self.node.respond(now, link, request_id, &answer, Compression::Off);
        }
    }

    /// Tells the server how its messages have ended, and who was heard.
    pub(super) fn tell_news(&mut self, now: Now) {
        let mut news = std::mem::take(&mut self.news);
        news.tell(now.instant, |input| self.offer(input).is_ok());
        self.news = news;
    }

    /// Where a message came in.
    fn origin(&self, token: &DeliveryToken) -> Option<InterfaceId> {
        match token {
            DeliveryToken::Proof(ProofToken::Packet { interface, .. }) => Some(*interface),
            DeliveryToken::Proof(ProofToken::LinkPacket { link, .. } | ProofToken::Resource { link, .. }) => {
                self.node.link_interface(*link)
            }
            DeliveryToken::Kept(_) | DeliveryToken::Paper(_) | DeliveryToken::Entry(_) => None,
        }
    }

    /// Never waits for the server: while this task waited for it, it could wait for this task.
    fn offer(&mut self, input: Input) -> Result<(), Refused> {
        let origin = match &input {
            Input::Request(request) => self.node.link_interface(request.link),
            Input::Query(query) => Some(query.came.interface),
            Input::Broadcast(query) => Some(query.interface),
            Input::Message { proof, .. } => self.origin(proof),
            Input::Propagation(task) => task.link().and_then(|link| self.node.link_interface(link)),
            Input::Ratchet { .. }
            | Input::Emissions { .. }
            | Input::Command(_)
            | Input::NameAddressees { .. }
            | Input::Sent(_)
            | Input::Heard(_)
            | Input::GroupsHeard(_) => None,
        };
        let outcome = self.inputs.offer(origin, input);
        if outcome == Err(Refused::Full) && self.losses.requests == 0 && self.losses.messages == 0 {
            warn!("the server is busy; turning requests away. Peers ask again; the hourly line counts them");
        }
        outcome
    }
}

/// What came of a fetch is what a person wants to know who has asked for it, or waits for something.
fn tell_of(report: &FetchReport) {
    let FetchReport { node, destination, listed, stored, refused, left, .. } = report;
    match report.outcome {
        Ok(()) if *listed == 0 => debug!(%node, %destination, "no mail on this propagation node"),
        Ok(()) => {
            info!(%node, %destination, listed, stored, refused, left, "fetched mail from a propagation node")
        }
        Err(why) => warn!(
            %node,
            %destination,
            listed,
            stored,
            "cannot fetch mail from a propagation node: {why}. It is tried again"
        ),
    }
}
