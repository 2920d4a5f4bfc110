//! Our propagation node: clients bring and fetch entries, peers offer what they have and are offered what we have.
//! Not a store: what is proved was kept by somebody else first, who is told what to do and asked what there is.

mod reception;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use super::announce::{NodeAnnounce, NodeState};
use super::entry::{STAMP_LEN, StampedEntry, TransientId};
use super::get::GetRequest;
use super::offer::{Offer, key_is_valid};
use super::peer::PeeringKey;
use super::peers::{MAX_PEERS, Peers};
use super::refusal::NodeRefusal;
use super::storage::{KeptOwn, Quota, StoreNews, StoreTask};
use super::uploads::{MAX_UPLOADS, UploadId, Uploads};
use super::visitors::Visitors;
use super::{GET_PATH, KILOBYTE, OFFER_PATH, PROPAGATION_NAME, propagation_destination};
use crate::lxmf::event::Event as RouterEvent;
use crate::lxmf::job::{Job, JobArea, JobClass, JobDone, Outcome};
use crate::lxmf::job_queue::JobQueue;
use crate::lxmf::message::{MessageHash, delivery_destination};
use crate::lxmf::outbound_message::SendFailure;
use crate::rns::Node;
use crate::rns::destination::{DestinationSpec, name_hash};
use crate::rns::error::DropCounts;
use crate::rns::event::{Event, InboundRequest};
use crate::rns::hash::{DestinationHash, IdentityHash, PathHash};
use crate::rns::identity::Identity;
use crate::rns::node::Compression;
use crate::rns::ratchet::Ratchets;
use crate::rns::time::{Instant, Now, UnixTime};

/// Between looks at links that have gone quiet.
const SWEEP: Duration = Duration::from_secs(60);
/// Between looks at entries that have become too old.
const EXPIRY_CHECK: Duration = Duration::from_secs(3600);

/// What a propagation node offers, and for what.
#[derive(Debug, Clone)]
pub struct NodeTerms {
    /// What it calls itself.
    pub name: Option<String>,
    /// Largest entry that peers may send, in kB.
    pub message_limit: u64,
    /// Largest transfer, in kB.
    pub sync_limit: u64,
    /// Value that the stamp of an upload should have.
    pub stamp_cost: u8,
    /// So much less is taken, too.
    pub flexibility: u8,
    /// What a peer must have worked.
    pub peering_cost: u8,
    /// What is kept at most.
    pub quota: Quota,
    /// The peers, by their `lxmf.propagation`.
    pub peers: Vec<DestinationHash>,
    /// Who may fetch; nobody named means everybody.
    pub clients: Vec<IdentityHash>,
}

/// What happened since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeCounts {
    /// Entries whose stamps were good, from clients and from peers.
    pub taken: u64,
    /// Transfers that were refused.
    pub refused: u64,
    /// Requests of clients.
    pub requests: u64,
    /// Entries that peers took.
    pub given: u64,
}

/// What a job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// The stamps of a transfer.
    Stamps(UploadId),
    /// A key for a peer.
    PeeringKey { peer: DestinationHash, cost: u8 },
}

/// What the node wants done.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) tasks: VecDeque<StoreTask>,
    pub(super) jobs: JobQueue<Work>,
    pub(super) counts: NodeCounts,
}

/// A propagation node, without its entries.
#[derive(Debug)]
pub struct PropagationNode {
    identity: Identity,
    destination: DestinationHash,
    terms: NodeTerms,
    visitors: Visitors,
    uploads: Uploads,
    peers: Peers,
    out: Output,
    /// What has become of messages of ours.
    own: VecDeque<RouterEvent>,
    drops: DropCounts,
    sweep: Instant,
    expiry: Instant,
}

impl PropagationNode {
    /// A node that nobody can reach yet.
    pub fn new(now: Now, identity: Identity, terms: NodeTerms) -> Self {
        let mut out = Output {
            tasks: VecDeque::new(),
            jobs: JobQueue::new(JobArea::PropagationNode, MAX_UPLOADS.saturating_add(MAX_PEERS)),
            counts: NodeCounts::default(),
        };
        let peers = Peers::new(now.instant, identity.clone(), &terms.peers);
        out.tasks.push_back(StoreTask::Start { peers: peers.list(), quota: terms.quota });
        Self {
            destination: propagation_destination(identity.hash()),
            peers,
            identity,
            terms,
            visitors: Visitors::default(),
            uploads: Uploads::default(),
            out,
            own: VecDeque::new(),
            drops: DropCounts::default(),
            sweep: now.instant.after(SWEEP),
            expiry: now.instant.after(EXPIRY_CHECK),
        }
    }

    /// Registers its destination. It has no ratchets, as those of others.
    pub fn register(&self, now: Now, node: &mut Node) -> DestinationHash {
        node.register_destination(DestinationSpec {
            identity: self.identity.clone(),
            full_name: PROPAGATION_NAME.to_owned(),
            app_data: self.announce(now.unix).encode(),
            request_paths: [GET_PATH, OFFER_PATH].map(PathHash::of).to_vec(),
            max_resource: usize::try_from(self.most_bytes()).unwrap_or(usize::MAX),
            ratchets: Ratchets::Off,
        })
    }

    /// Its `lxmf.propagation`.
    pub const fn destination(&self) -> DestinationHash {
        self.destination
    }

    /// What happened since the start.
    pub const fn counts(&self) -> NodeCounts {
        self.out.counts
    }

    /// What was dropped, by reason.
    pub const fn drops(&self) -> &DropCounts {
        &self.drops
    }

    /// How many transfers wait for a check.
    pub fn uploads(&self) -> usize {
        self.uploads.len()
    }

    /// How many jobs wait or are under way.
    pub fn jobs(&self) -> usize {
        self.out.jobs.len()
    }

    fn announce(&self, time: UnixTime) -> NodeAnnounce {
        NodeAnnounce {
            time,
            // Programs list only active nodes. Peers that try, though nobody named them, are told no.
            state: NodeState::Active,
            message_limit: self.terms.message_limit,
            sync_limit: self.terms.sync_limit,
            stamp_cost: self.terms.stamp_cost,
            flexibility: self.terms.flexibility,
            peering_cost: self.terms.peering_cost,
            name: self.terms.name.clone(),
        }
    }

    const fn most_bytes(&self) -> u64 {
        self.terms.sync_limit.saturating_mul(KILOBYTE)
    }

    /// Takes the events that are about it; hands all others back. Announces and identities are handed back too.
    pub fn handle_event(&mut self, now: Now, node: &mut Node, event: Event) -> Option<Event> {
        match event {
            Event::Request(request) if request.destination == self.destination => {
                self.handle_request(now, node, &request);
                None
            }
            Event::LinkPacket { link, destination, data, proof } if destination == self.destination => {
                self.visitors.heard(now.instant, link);
                self.handle_upload(now, node, link, &data, proof);
                None
            }
            Event::ResourceReceived { link, destination, data, proof, .. }
                if destination == self.destination =>
            {
                self.visitors.transfer_ended(now.instant, link);
                self.handle_upload(now, node, link, &data, proof);
                None
            }
            Event::ResourceStarted { link, destination, .. } if destination == self.destination => {
                self.visitors.transfer_began(now.instant, link);
                None
            }
            Event::ResourceLost { link, destination, .. } if destination == self.destination => {
                self.visitors.transfer_ended(now.instant, link);
                None
            }
            Event::LinkEstablished { link, destination, initiator: false, .. }
                if destination == self.destination =>
            {
                self.visitors.came(now.instant, link);
                None
            }
            Event::LinkClosed { link, destination, .. } if destination == self.destination => {
                self.visitors.left(link);
                None
            }
            other => self.pass_on(now, node, other),
        }
    }

    /// Looks at what others may want, too.
    fn pass_on(&mut self, now: Now, node: &mut Node, event: Event) -> Option<Event> {
        match &event {
            Event::LinkIdentified { link, destination, identity } if *destination == self.destination => {
                self.visitors.identified(*link, identity.clone());
            }
            Event::Announce { destination, name_hash: name, app_data: Some(app_data), .. }
                if *name == name_hash(PROPAGATION_NAME) =>
            {
                self.peers.handle_announce(now, node, *destination, app_data, &mut self.out);
            }
            other => {
                if self.peers.handle_event(now, node, other, &mut self.out) {
                    return None;
                }
            }
        }
        Some(event)
    }

    fn handle_request(&mut self, now: Now, node: &mut Node, request: &InboundRequest) {
        self.visitors.heard(now.instant, request.link);
        let asked = if request.path_hash == PathHash::of(GET_PATH) {
            self.get(request)
        } else {
            self.offer(now, request)
        };
        match asked {
            Ok(task) => self.out.tasks.push_back(task),
            Err(refusal) => {
                let (link, answer) = (request.link, refusal.answer());
                node.respond(now, link, request.request_id, &answer, Compression::Off);
            }
        }
    }

    /// A client asks for what is addressed to it.
    fn get(&mut self, request: &InboundRequest) -> Result<StoreTask, NodeRefusal> {
        let caller = request.caller.as_ref().ok_or(NodeRefusal::NoIdentity)?.hash();
        if !self.terms.clients.is_empty() && !self.terms.clients.contains(&caller) {
            return Err(NodeRefusal::NoAccess);
        }
        let asked = GetRequest::parse(&request.data).map_err(|_| NodeRefusal::InvalidData)?;
        self.out.counts.requests = self.out.counts.requests.saturating_add(1);
        Ok(StoreTask::Get {
            link: request.link,
            request_id: request.request_id,
            recipient: delivery_destination(caller),
            request: asked,
            most: self.most_bytes(),
        })
    }

    /// A peer says what it has. The checks are in the order of page 13 §6.
    fn offer(&mut self, now: Now, request: &InboundRequest) -> Result<StoreTask, NodeRefusal> {
        let caller = request.caller.as_ref().ok_or(NodeRefusal::NoIdentity)?.hash();
        let peer = propagation_destination(caller);
        if self.visitors.are_busy() || self.visitors.is_throttled(now.instant, peer) {
            return Err(NodeRefusal::Throttled);
        }
        if !self.peers.contains(peer) {
            return Err(NodeRefusal::NoAccess);
        }
        let offer = Offer::parse(&request.data).map_err(|_| NodeRefusal::InvalidData)?;
        // 25 rounds: cheaper than a signature. And who is no peer did not get so far.
        if !key_is_valid(self.identity.hash(), caller, &offer.key, self.terms.peering_cost) {
            return Err(NodeRefusal::InvalidKey);
        }
        self.visitors.admit(request.link);
        let (link, request_id, ids) = (request.link, request.request_id, offer.ids);
        Ok(StoreTask::Offered { link, request_id, ids, peer })
    }

    /// A job is done.
    pub(in crate::lxmf) fn handle_job_done(&mut self, now: Now, node: &mut Node, done: JobDone) {
        match self.out.jobs.finish(done) {
            Some((Work::Stamps(upload), Outcome::Checked(values))) => {
                self.handle_checked(now, node, upload, values);
            }
            Some((Work::PeeringKey { peer, cost }, Outcome::Found(stamp))) => {
                self.peers.handle_key(now, node, peer, PeeringKey { stamp, cost }, &mut self.out);
            }
            // Nothing of this is ever cancelled.
            Some(_) | None => {}
        }
    }

    /// Whoever keeps the entries has news.
    pub fn handle_news(&mut self, now: Now, node: &mut Node, news: StoreNews) {
        match news {
            StoreNews::Waiting { except } => self.peers.handle_waiting(now.instant, except),
            StoreNews::Prepared { peer, ids } => self.peers.handle_prepared(now, node, peer, ids),
            StoreNews::Loaded { peer, entries } => self.peers.handle_loaded(now, node, peer, &entries),
            StoreNews::KeptOwn { hash, outcome } => self.own.push_back(match outcome {
                KeptOwn::Kept => RouterEvent::Stored { hash, node: self.destination },
                KeptOwn::NoRoom => RouterEvent::Failed { hash, reason: SendFailure::NoNode },
            }),
            // The router reads these.
            StoreNews::Local { .. } => {}
        }
    }

    /// An entry for one of our own destinations can never be read.
    pub(in crate::lxmf) fn forget(&mut self, id: TransientId) {
        self.out.tasks.push_back(StoreTask::Forget { id });
    }

    /// A message of ours is to be kept for its recipient. Nobody has worked for it, so peers are not given it unless they
    /// ask for no work. Ends in [`RouterEvent::Stored`] or [`RouterEvent::Failed`].
    pub(in crate::lxmf) fn keep_own(&mut self, hash: MessageHash, entry: &[u8]) {
        match StampedEntry::new(entry, &[0; STAMP_LEN]) {
            Ok(entry) => self.out.tasks.push_back(StoreTask::KeepOwn { hash, entry }),
            Err(_) => self.own.push_back(RouterEvent::Failed { hash, reason: SendFailure::NoNode }),
        }
    }

    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        if self.sweep <= now.instant {
            self.sweep = now.instant.after(SWEEP);
            for link in self.visitors.idle(now.instant) {
                node.close_link(now, link);
            }
        }
        if self.expiry <= now.instant {
            self.expiry = now.instant.after(EXPIRY_CHECK);
            self.out.tasks.push_back(StoreTask::Expire);
        }
        self.peers.handle_timeout(now, node, &mut self.out);
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let sweep = (self.visitors.len() > 0).then_some(self.sweep);
        [sweep, Some(self.expiry), self.peers.poll_timeout()].into_iter().flatten().min()
    }

    /// The next thing for whoever keeps the entries.
    pub fn poll_task(&mut self) -> Option<StoreTask> {
        self.out.tasks.pop_front()
    }

    /// The same, and what has become of messages of ours.
    pub(in crate::lxmf) fn poll_event(&mut self) -> Option<RouterEvent> {
        self.own.pop_front().or_else(|| self.poll_task().map(RouterEvent::Store))
    }

    /// The next job of a class.
    pub(in crate::lxmf) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.out.jobs.poll(class)
    }
}
