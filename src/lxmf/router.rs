//! The router: takes LXMF messages off the node and puts ours onto it.
//! Not a store: what must survive a crash is the server's to keep.

mod jobs;

use std::collections::BTreeMap;
use std::time::Duration;

use super::announce::DeliveryAnnounce;
use super::delivery::Delivery;
use super::event::Event;
use super::message::{DELIVERY_NAME, MessageHash, delivery_destination};
use super::outbound_message::{Method, OutboundMessage, SendFailure};
use super::outbox::Outbox;
use super::paper::{self, PaperError};
use super::propagation::client::{Client, Parcel, Settled};
use super::propagation::storage::StoreNews;
use super::propagation::{NodeChoice, NodeTerms, PropagationNode, TransientId};
use super::road::DeliveryToken;
use crate::rns::Node;
use crate::rns::destination::{DestinationSpec, name_hash};
use crate::rns::error::{DropCounts, MisuseError};
use crate::rns::event::{Event as NodeEvent, ProofToken};
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::ratchet::{BaseKey, Ratchet, RatchetTerms, Ratchets};
use crate::rns::time::{Instant, Now};

/// Largest message that is accepted, in bytes. Clients send up to one megabyte, attachments included.
pub const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// Between two rotations of a delivery destination's ratchet, at least. Messages wait on propagation nodes for up to 30
/// days, and 512 ratchets (`RATCHET_COUNT`) must last that long: 85 minutes each would just do.
const DELIVERY_RATCHET_INTERVAL: Duration = Duration::from_secs(90 * 60);

/// Delivery destinations, inbound messages, and outbound ones until they are delivered or given up.
#[derive(Debug, Default)]
pub struct Router {
    identities: BTreeMap<DestinationHash, Identity>,
    pub(super) delivery: Delivery,
    pub(super) outbox: Outbox,
    pub(super) propagation: Client,
    propagation_node: Option<Box<PropagationNode>>,
    /// Whose turn it is to have a job done: counts on.
    turn: usize,
}

impl Router {
    /// A router without destinations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for stamps of that cost, from 1 to 254, in what is announced for destinations registered from now on, and
    /// checks what messages bring.
    pub fn ask_for_stamps(&mut self, cost: u8) {
        self.delivery.stamps_mut().ask_for(cost);
    }

    /// The same for one destination of ours that asks for more than the others, or `None` if it asks for no more. What is
    /// announced for it changes when it is registered or renamed.
    pub fn ask_for_stamps_at(&mut self, destination: DestinationHash, cost: Option<u8>) {
        self.delivery.stamps_mut().ask_for_at(destination, cost);
    }

    /// Registers `lxmf.delivery` of `identity` at the node, announced as `display_name`. It has ratchets, for many
    /// clients send opportunistically only to whom they know one of; `ratchets` are the stored ones, newest first.
    pub fn register(
        &mut self,
        node: &mut Node,
        identity: Identity,
        display_name: &str,
        ratchets: Vec<Ratchet>,
    ) -> DestinationHash {
        let destination = node.register_destination(DestinationSpec {
            identity: identity.clone(),
            full_name: DELIVERY_NAME.to_owned(),
            app_data: self.announced_as(delivery_destination(identity.hash()), display_name),
            request_paths: Vec::new(),
            max_resource: MAX_MESSAGE,
            ratchets: Ratchets::On(RatchetTerms {
                stored: ratchets,
                interval: DELIVERY_RATCHET_INTERVAL,
                base_key: BaseKey::Accepted,
            }),
        });
        self.identities.insert(destination, identity);
        self.propagation.serve(destination);
        destination
    }

    /// Announces an `lxmf.delivery` as `display_name` from now on.
    pub fn rename(
        &self,
        node: &mut Node,
        destination: DestinationHash,
        display_name: &str,
    ) -> Result<(), MisuseError> {
        node.set_app_data(destination, self.announced_as(destination, display_name))
    }

    fn announced_as(&self, destination: DestinationHash, display_name: &str) -> Vec<u8> {
        let stamp_cost = self.delivery.stamps().cost_at(destination);
        DeliveryAnnounce { stamp_cost, ..DeliveryAnnounce::named(display_name) }.encode()
    }

    /// Is a propagation node from now on, with a destination of its own that wants to be announced.
    pub fn serve_propagation(
        &mut self,
        now: Now,
        node: &mut Node,
        identity: Identity,
        terms: NodeTerms,
    ) -> DestinationHash {
        let propagation_node = PropagationNode::new(now, identity, terms);
        let destination = propagation_node.register(now, node);
        self.propagation_node = Some(Box::new(propagation_node));
        self.propagation.keep_here();
        destination
    }

    /// Our propagation node, if there is one.
    pub fn propagation_node(&self) -> Option<&PropagationNode> {
        self.propagation_node.as_deref()
    }

    /// Whoever keeps the entries of our propagation node has news.
    pub fn handle_store_news(&mut self, now: Now, node: &mut Node, news: StoreNews) {
        match (news, &mut self.propagation_node) {
            (StoreNews::Local { id, entry }, _) => self.handle_kept_entry(now, node, id, &entry),
            (news, Some(propagation_node)) => propagation_node.handle_news(now, node, news),
            (_, None) => {}
        }
    }

    /// Somebody brought an entry for one of our own destinations to our own propagation node.
    fn handle_kept_entry(&mut self, now: Now, node: &mut Node, id: TransientId, entry: &[u8]) {
        let Some((recipient, sealed)) = entry.split_first_chunk::<16>() else { return };
        let destination = DestinationHash::from_bytes(*recipient);
        match node.unseal(destination, sealed) {
            Ok(message) => self.take_in(now, node, packed(destination, &message), DeliveryToken::Kept(id)),
            Err(reason) => {
                self.delivery.count(reason);
                if let Some(propagation_node) = &mut self.propagation_node {
                    propagation_node.forget(id);
                }
            }
        }
        self.settle(now, node);
    }

    /// Takes the events that are about messages; hands all others back. Announces are handed back too.
    pub fn handle_event(&mut self, now: Now, node: &mut Node, event: NodeEvent) -> Option<NodeEvent> {
        let event = self.take_event(now, node, event);
        self.settle(now, node);
        event
    }

    /// As [`Self::handle_event`], with many at once, which costs less than one after the other: signatures are checked
    /// together.
    pub fn handle_events(
        &mut self,
        now: Now,
        node: &mut Node,
        events: impl IntoIterator<Item = NodeEvent>,
    ) -> Vec<NodeEvent> {
        let others = events.into_iter().filter_map(|event| self.take_event(now, node, event)).collect();
        self.settle(now, node);
        others
    }

    /// Somebody has proved who they are, in another way than on a link.
    pub fn handle_identity(&mut self, now: Now, node: &mut Node, identity: &PublicIdentity) {
        self.meet(now, node, identity);
        self.settle(now, node);
    }

    /// Who asks for something may send messages, too, and need not announce for it.
    fn meet(&mut self, now: Now, node: &mut Node, identity: &PublicIdentity) {
        node.learn(now, name_hash(DELIVERY_NAME), identity);
        self.delivery.handle_identity(now, identity);
    }

    fn take_event(&mut self, now: Now, node: &mut Node, event: NodeEvent) -> Option<NodeEvent> {
        let event = match &mut self.propagation_node {
            Some(propagation_node) => propagation_node.handle_event(now, node, event)?,
            None => event,
        };
        if self.propagation.handle_event(now, node, &self.identities, &event) {
            return None;
        }
        match event {
            NodeEvent::Packet { destination, data, proof, .. } if self.serves(destination) => {
                self.take_in(now, node, packed(destination, &data), proof.into());
                None
            }
            NodeEvent::LinkPacket { link, destination, data, proof }
            | NodeEvent::ResourceReceived { link, destination, data, proof, .. }
                if self.carries_messages(link, destination) =>
            {
                self.handle_link_data(now, node, link, data, proof);
                None
            }
            NodeEvent::LinkIdentified { link, destination, identity } => {
                self.meet(now, node, &identity);
                if !self.serves(destination) {
                    return Some(NodeEvent::LinkIdentified { link, destination, identity });
                }
                self.outbox.links_mut().note_identified(now.instant, link, destination, &identity);
                None
            }
            other => {
                let taken = self.handle_progress(now, node, &other);
                (!taken).then_some(other)
            }
        }
    }

    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        self.delivery.handle_timeout(now, node);
        self.outbox.handle_timeout(now, node);
        if let Some(propagation_node) = &mut self.propagation_node {
            propagation_node.handle_timeout(now, node);
        }
        self.propagation.handle_timeout(now, node);
        if let Some(Parcel { id, packed }) = self.propagation.poll_parcel(now, node) {
            self.take_in(now, node, packed, DeliveryToken::Entry(id));
        }
        self.settle(now, node);
    }

    /// Which propagation nodes are used from now on, and how often they are asked for mail. Without one, none is fetched,
    /// and none is uploaded.
    pub fn use_nodes(&mut self, now: Now, choice: NodeChoice, interval: Duration) {
        self.propagation.choose(now.instant, choice, interval);
    }

    /// Entries of propagation nodes whose messages were stored before: they are not fetched again.
    pub fn know_entries(&mut self, entries: impl IntoIterator<Item = TransientId>) {
        self.propagation.know(entries);
    }

    /// Asks all propagation nodes in use for mail now, whatever they did before. Each time ends in [`Event::Fetched`];
    /// says how many there will be.
    pub fn fetch(&mut self, now: Now) -> usize {
        self.propagation.fetch_now(now.instant)
    }

    /// Sends a message the way its method says; asks for a path where none is known.
    /// Messages of one class to one destination leave in the order of these calls, each when the one before has ended.
    /// Ends in [`Event::Delivered`], [`Event::Stored`] or [`Event::Failed`], each under the hash returned; if the
    /// same message is on its way already, both end in one.
    pub fn send(&mut self, now: Now, node: &mut Node, message: &OutboundMessage) -> MessageHash {
        let hash = message.hash();
        match self.identities.get(&message.source) {
            None => self.outbox.fail(hash, SendFailure::NotOurs),
            Some(identity) if message.method == Method::Propagated => {
                let packed = message.pack(hash, identity);
                self.propagation.upload(now, node, message, hash, packed);
                self.settle(now, node);
            }
            Some(identity) => self.outbox.send(now, node, message, hash, identity),
        }
        hash
    }

    /// A message that [`Event::Received`] told of is stored: its sender may know.
    pub fn accept(&mut self, now: Now, node: &mut Node, token: &DeliveryToken) {
        match token {
            DeliveryToken::Proof(token) => node.prove(now, token),
            DeliveryToken::Kept(_) | DeliveryToken::Paper(_) => {}
            DeliveryToken::Entry(id) => self.propagation.settle(now, node, *id, Settled::Stored),
        }
    }

    /// A message that [`Event::Received`] told of is not taken, now or ever: its sender is told where there is a way.
    pub fn refuse(&mut self, now: Now, node: &mut Node, token: &DeliveryToken) {
        match token {
            DeliveryToken::Proof(token) => node.refuse(now, token),
            DeliveryToken::Kept(_) | DeliveryToken::Paper(_) => {}
            DeliveryToken::Entry(id) => self.propagation.settle(now, node, *id, Settled::Refused),
        }
    }

    /// The text that brings a message to its recipient on paper; nothing is sent.
    pub fn write_paper(
        &self,
        now: Now,
        node: &mut Node,
        message: &OutboundMessage,
    ) -> Result<String, PaperError> {
        let identity = self.identities.get(&message.source).ok_or(PaperError::NotOurs)?;
        let packed = message.pack(message.hash(), identity);
        let plaintext = packed.get(DestinationHash::LEN..).unwrap_or_default();
        let sealed = node.seal(now, message.destination, plaintext);
        paper::write(message.destination, &sealed.map_err(|_| PaperError::UnknownRecipient)?)
    }

    /// Takes in a message that somebody has read from paper. It is told as any other, and no stamp is asked for.
    pub fn read_paper(&mut self, now: Now, node: &mut Node, text: &str) -> Result<(), PaperError> {
        let (destination, sealed) = paper::read(text)?;
        if !self.serves(destination) {
            return Err(PaperError::NotForUs);
        }
        let plaintext = node.unseal(destination, &sealed).map_err(|_| PaperError::NotForUs)?;
        let token = DeliveryToken::Paper(paper::id(text)?);
        self.take_in(now, node, packed(destination, &plaintext), token);
        self.settle(now, node);
        Ok(())
    }

    /// The next thing that has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.delivery.poll_event().or_else(|| self.outbox.poll_event());
        let event = event.or_else(|| self.propagation.poll_event());
        event.or_else(|| self.propagation_node.as_mut()?.poll_event())
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let propagation_node = self.propagation_node.as_ref().and_then(|node| node.poll_timeout());
        let client = self.propagation.poll_timeout();
        [self.delivery.poll_timeout(), self.outbox.poll_timeout(), client, propagation_node]
            .into_iter()
            .flatten()
            .min()
    }

    /// What was dropped, by reason.
    pub fn drops(&self) -> &DropCounts {
        self.delivery.drops()
    }

    /// Checks the signatures that wait. What came from a propagation node and was dropped on the way stays there, or is
    /// forgotten there.
    fn settle(&mut self, now: Now, node: &mut Node) {
        self.delivery.check(now);
        while let Some((token, outcome)) = self.delivery.poll_lost() {
            match (token, outcome, &mut self.propagation_node) {
                (DeliveryToken::Entry(id), outcome, _) => self.propagation.settle(now, node, id, outcome),
                (DeliveryToken::Kept(id), Settled::Refused, Some(propagation_node)) => {
                    propagation_node.forget(id);
                }
                _ => {}
            }
        }
        if let Some(propagation_node) = &mut self.propagation_node {
            while let Some((hash, entry)) = self.propagation.poll_kept_here() {
                propagation_node.keep_own(hash, &entry);
            }
        }
        while let Some(token) = self.delivery.poll_refused() {
            node.refuse(now, &token);
        }
        while let Some(reason) = self.propagation.poll_drop() {
            self.delivery.count(reason);
        }
    }

    /// A complete packed message that came by itself: nobody has said who brings it.
    fn take_in(&mut self, now: Now, node: &mut Node, packed: Vec<u8>, token: DeliveryToken) {
        let is_ours = |destination| self.identities.contains_key(&destination);
        self.delivery.handle_message(now, node, packed, is_ours, None, token);
    }

    /// Bytes that came on a link, whole.
    fn handle_link_data(
        &mut self,
        now: Now,
        node: &mut Node,
        link: LinkId,
        data: Vec<u8>,
        proof: ProofToken,
    ) {
        let is_ours = |destination| self.identities.contains_key(&destination);
        let links = self.outbox.links_mut();
        links.note_heard(now.instant, link);
        self.delivery.handle_message(now, node, data, is_ours, links.peer(link), proof.into());
    }

    /// Takes what tells how our own messages, paths and links are doing. False if it is about something else, or
    /// for others as well.
    fn handle_progress(&mut self, now: Now, node: &mut Node, event: &NodeEvent) -> bool {
        match event {
            NodeEvent::Announce { destination, name_hash: name, identity, .. } => {
                if *name == name_hash(DELIVERY_NAME) {
                    self.delivery.handle_identity(now, identity);
                    self.outbox.handle_announce(now, node, *destination);
                }
                false
            }
            NodeEvent::PacketDelivered { packet, .. } => {
                self.outbox.handle_proof(now, node, *packet, &self.identities)
            }
            NodeEvent::PacketTimedOut { packet } => self.outbox.handle_packet_timeout(now, node, *packet),
            NodeEvent::ResourceDelivered { resource, .. } => {
                self.outbox.handle_resource_proof(now, node, *resource, &self.identities)
            }
            NodeEvent::ResourceFailed { resource, reason, .. } => {
                self.outbox.handle_resource_failure(now, node, *resource, *reason)
            }
            NodeEvent::LinkEstablished { link, destination, .. } => {
                self.outbox.handle_link_established(now, node, *link) || self.serves(*destination)
            }
            NodeEvent::LinkClosed { link, destination, .. } => {
                let taken = self.carries_messages(*link, *destination);
                self.outbox.handle_link_closed(now, node, *link);
                taken
            }
            NodeEvent::Packet { .. }
            | NodeEvent::LinkPacket { .. }
            | NodeEvent::ResourceStarted { .. }
            | NodeEvent::ResourceLost { .. }
            | NodeEvent::ResourceReceived { .. }
            | NodeEvent::LinkIdentified { .. }
            | NodeEvent::RatchetDrawn { .. }
            | NodeEvent::GroupPacket { .. }
            | NodeEvent::PlainPacket { .. }
            | NodeEvent::EmissionsTaken { .. }
            | NodeEvent::AirUsedUp { .. }
            | NodeEvent::AirFree { .. }
            | NodeEvent::ChannelMessage { .. }
            | NodeEvent::ChannelDelivered { .. }
            | NodeEvent::StreamData { .. }
            | NodeEvent::ChannelBroken { .. }
            | NodeEvent::Request(_)
            | NodeEvent::Response { .. }
            | NodeEvent::RequestFailed { .. } => false,
        }
    }

    fn serves(&self, destination: DestinationHash) -> bool {
        self.identities.contains_key(&destination)
    }

    /// Does a link to `destination` carry messages? Links to us do, and those that the router opened.
    fn carries_messages(&self, link: LinkId, destination: DestinationHash) -> bool {
        self.serves(destination) || self.outbox.links().is_opened(link)
    }
}

/// The complete packed form of what came without its destination: the address that it came to stands for that
/// (page 10 §4).
pub(super) fn packed(destination: DestinationHash, rest: &[u8]) -> Vec<u8> {
    [&destination.as_bytes()[..], rest].concat()
}

#[cfg(test)]
mod tests;
