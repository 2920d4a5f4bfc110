//! What a router does as a client of propagation nodes: it fetches mail for its destinations, and uploads messages of
//! theirs. Which nodes those are, it was told.
//! Not being a node.

mod answer;
mod fetch;
mod known;
mod line;
mod nodes;
mod parcel;
mod prepare;
mod report;
mod session;
mod troubles;
mod turns;
mod upload;
mod uploads;

use std::collections::BTreeMap;
use std::time::Duration;

use super::{PROPAGATION_NAME, TransientId};
use crate::lxmf::event::Event;
use crate::lxmf::job::{Job, JobClass, JobDone};
use crate::lxmf::message::MessageHash;
use crate::lxmf::outbound_message::OutboundMessage;
use crate::rns::Node;
use crate::rns::destination::name_hash;
use crate::rns::error::DropReason;
use crate::rns::event::Event as NodeEvent;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::Identity;
use crate::rns::time::{Instant, Now};
use fetch::Fetcher;
use nodes::Nodes;
use upload::Upload;
use uploads::Uploads;

pub use known::MAX_KNOWN;
pub use nodes::NodeChoice;
pub(in crate::lxmf) use parcel::{Parcel, Settled};
pub use report::{FetchFailure, FetchReport};

/// The client's side of propagation.
#[derive(Debug, Default)]
pub(in crate::lxmf) struct Client {
    nodes: Nodes,
    fetcher: Fetcher,
    uploads: Uploads,
    /// Whose mail is fetched.
    ours: Vec<DestinationHash>,
}

/// How full its tables are.
#[derive(Debug, Clone, Copy)]
pub(in crate::lxmf) struct ClientSizes {
    /// Stamps to find.
    pub(in crate::lxmf) jobs: usize,
    /// Messages to upload.
    pub(in crate::lxmf) uploads: usize,
    /// Entries that need no fetching, or none yet.
    pub(in crate::lxmf) known_entries: usize,
    /// Nodes that were heard.
    pub(in crate::lxmf) nodes: usize,
}

impl Client {
    /// From now on these nodes are used, and asked for mail so often.
    pub(in crate::lxmf) fn choose(&mut self, now: Instant, choice: NodeChoice, interval: Duration) {
        self.nodes.choose(choice);
        self.fetcher.turns.set_interval(interval);
        self.set_turns(now);
    }

    /// Mail for this destination is fetched, too.
    pub(in crate::lxmf) fn serve(&mut self, ours: DestinationHash) {
        if !self.ours.contains(&ours) {
            self.ours.push(ours);
        }
    }

    /// These entries were stored before.
    pub(in crate::lxmf) fn know(&mut self, entries: impl IntoIterator<Item = TransientId>) {
        entries.into_iter().for_each(|id| self.fetcher.known.insert(id));
    }

    /// Everything is fetched now. Says how many times a node will be asked.
    pub(in crate::lxmf) fn fetch_now(&mut self, now: Instant) -> usize {
        self.fetcher.turns.all_now(now)
    }

    /// Sends a message of ours, packed, to a node.
    pub(in crate::lxmf) fn upload(
        &mut self,
        now: Now,
        node: &mut Node,
        message: &OutboundMessage,
        hash: MessageHash,
        packed: Vec<u8>,
    ) {
        self.uploads.send(Upload::new(hash, message.destination, packed, message.ticket.clone()));
        self.uploads.pump(now, node, &self.nodes);
    }

    /// What no other node can be given is kept by our own from now on.
    pub(in crate::lxmf) fn keep_here(&mut self) {
        self.uploads.kept_here.get_or_insert_default();
    }

    /// A message for our own node, by its hash, and the entry that it is encrypted into.
    pub(in crate::lxmf) fn poll_kept_here(&mut self) -> Option<(MessageHash, Vec<u8>)> {
        self.uploads.kept_here.as_mut()?.pop_front()
    }

    /// The next entry that was opened.
    pub(in crate::lxmf) fn poll_parcel(&mut self, now: Now, node: &mut Node) -> Option<Parcel> {
        self.fetcher.poll_parcel(now, node)
    }

    /// What has become of such an entry.
    pub(in crate::lxmf) fn settle(&mut self, now: Now, node: &mut Node, id: TransientId, outcome: Settled) {
        self.fetcher.settle(now, node, id, outcome);
    }

    pub(in crate::lxmf) fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        self.fetcher.handle_timeout(now, node);
        self.uploads.handle_timeout(now, node, &self.nodes);
        self.uploads.pump(now, node, &self.nodes);
    }

    pub(in crate::lxmf) fn poll_timeout(&self) -> Option<Instant> {
        self.fetcher.poll_timeout().into_iter().chain(self.uploads.poll_timeout()).min()
    }

    pub(in crate::lxmf) fn poll_event(&mut self) -> Option<Event> {
        self.uploads.poll_event().or_else(|| self.fetcher.poll_report().map(Event::Fetched))
    }

    pub(in crate::lxmf) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.uploads.poll_job(class)
    }

    pub(in crate::lxmf) fn handle_job_done(&mut self, now: Now, node: &mut Node, done: JobDone) {
        self.uploads.handle_job_done(done);
        self.uploads.pump(now, node, &self.nodes);
    }

    /// Why something that a node gave was dropped.
    pub(in crate::lxmf) fn poll_drop(&mut self) -> Option<DropReason> {
        self.fetcher.poll_drop()
    }

    pub(in crate::lxmf) fn sizes(&self) -> ClientSizes {
        ClientSizes {
            jobs: self.uploads.jobs(),
            uploads: self.uploads.len(),
            known_entries: self.fetcher.known.len().saturating_add(self.fetcher.deferred.len()),
            nodes: self.nodes.len(),
        }
    }

    /// Takes what happens on the links to nodes, and notes their announces. False if it is about something else, or for
    /// others as well.
    pub(in crate::lxmf) fn handle_event(
        &mut self,
        now: Now,
        node: &mut Node,
        identities: &BTreeMap<DestinationHash, Identity>,
        event: &NodeEvent,
    ) -> bool {
        let taken = match event {
            NodeEvent::Announce { destination, name_hash: name, app_data, hops, path_response, .. }
                if *name == name_hash(PROPAGATION_NAME) =>
            {
                let app_data = app_data.as_deref().unwrap_or_default();
                self.nodes.note(now.instant, *destination, app_data, *hops);
                self.set_turns(now.instant);
                self.fetcher.handle_announce(now, node, *destination);
                self.uploads.handle_announce(now, node, &self.nodes, *destination, *path_response);
                false
            }
            NodeEvent::PacketDelivered { packet, .. } => self.uploads.handle_proof(now, *packet),
            NodeEvent::PacketTimedOut { packet } => self.uploads.handle_packet_timeout(now, node, *packet),
            NodeEvent::ResourceDelivered { resource, .. } => {
                self.uploads.handle_resource_proof(now, *resource)
            }
            NodeEvent::ResourceFailed { resource, reason, .. } => {
                self.uploads.handle_resource_failure(now, node, *resource, *reason)
            }
            NodeEvent::LinkEstablished { link, .. } => self.handle_established(now, node, identities, *link),
            NodeEvent::LinkClosed { link, .. } => self.handle_closed(now, node, *link),
            NodeEvent::Response { link, request_id, data, .. } if self.fetcher.uses(*link) => {
                self.fetcher.handle_response(now, node, identities, *request_id, data);
                true
            }
            NodeEvent::RequestFailed { link, request_id, reason } if self.fetcher.uses(*link) => {
                self.fetcher.handle_request_failed(now, node, *request_id, *reason);
                true
            }
            NodeEvent::LinkPacket { link, data, .. } if self.uploads.uses(*link) => {
                self.uploads.handle_signal(now, node, &mut self.nodes, data);
                true
            }
            NodeEvent::Response { .. }
            | NodeEvent::RequestFailed { .. }
            | NodeEvent::LinkPacket { .. }
            | NodeEvent::Announce { .. }
            | NodeEvent::Packet { .. }
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
            | NodeEvent::Request(_) => return false,
        };
        self.uploads.pump(now, node, &self.nodes);
        taken
    }

    fn handle_established(
        &mut self,
        now: Now,
        node: &mut Node,
        identities: &BTreeMap<DestinationHash, Identity>,
        link: LinkId,
    ) -> bool {
        let (fetches, uploads) = (self.fetcher.uses(link), self.uploads.uses(link));
        if fetches {
            self.fetcher.handle_established(now, node, identities);
        } else if uploads {
            self.uploads.handle_established(now.instant);
        }
        fetches || uploads
    }

    fn handle_closed(&mut self, now: Now, node: &mut Node, link: LinkId) -> bool {
        let (fetches, uploads) = (self.fetcher.uses(link), self.uploads.uses(link));
        if fetches {
            self.fetcher.handle_closed(now, node);
        } else if uploads {
            self.uploads.handle_closed(now, node, &mut self.nodes);
        }
        fetches || uploads
    }

    fn set_turns(&mut self, now: Instant) {
        self.fetcher.turns.set(now, &self.nodes.chosen(), &self.ours);
    }
}
