//! A peer of our propagation node, and how far we are with giving it what it does not have.
//! Not the choice of the peer whose turn it is, and not what peers bring us.

use std::time::Duration;

use super::announce::NodeAnnounce;
use super::entry::{TransientId, pack_container};
use super::node::{Output, Work};
use super::offer::{Offer, OfferAnswer, key_material};
use super::refusal::NodeRefusal;
use super::storage::{OfferTerms, StoreTask};
use super::{KILOBYTE, OFFER_PATH};
use crate::lxmf::job::Task;
use crate::lxmf::stamp::{Purpose, Stamp};
use crate::rns::Node;
use crate::rns::error::MisuseError;
use crate::rns::hash::{DestinationHash, LinkId, RequestId, ResourceHash};
use crate::rns::identity::Identity;
use crate::rns::node::Compression;
use crate::rns::time::{Instant, Now};

/// `SYNC_BACKOFF_STEP`: so much longer after each failure.
const BACKOFF_STEP: Duration = Duration::from_secs(12 * 60);
/// And at most so long.
const MAX_BACKOFF: Duration = Duration::from_secs(12 * 60 * 60);
/// A peer that does not want us is asked again after so long: its operator may have changed that.
const NO_ACCESS_BACKOFF: Duration = Duration::from_secs(24 * 60 * 60);
/// `PN_STAMP_THROTTLE`: a peer that is busy is asked again after so long.
const THROTTLED: Duration = Duration::from_secs(180);
/// How long the answer to a path request may take. The reference waits 7.5 s (`PATH_REQUEST_GRACE`), and a radio longer.
const PATH_PATIENCE: Duration = Duration::from_secs(30);
/// How long whoever keeps the entries, or works for the key, may take before all begins again.
const OWN_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Most bytes of one transfer, whatever a peer takes: we have all of them in memory.
const MAX_SYNC: u64 = 4_000_000;
/// After something came in for a peer, the peer was heard, or it was given something: what comes together goes together.
const SETTLE: Duration = Duration::from_secs(5);

/// A node that we give what it does not have.
#[derive(Debug)]
pub(super) struct Peer {
    destination: DestinationHash,
    announce: Option<NodeAnnounce>,
    key: Option<PeeringKey>,
    stage: Stage,
    /// When to begin, if there is anything to begin for.
    due: Option<Instant>,
    failures: u32,
}

/// A peering key, and what it is worth.
#[derive(Debug)]
pub(super) struct PeeringKey {
    pub(super) stamp: Stamp,
    pub(super) cost: u8,
}

#[derive(Debug)]
enum Stage {
    /// Nothing is under way.
    Resting,
    /// Its announce or the way to it is not known.
    Seeking { until: Instant },
    /// The peering key is being worked for.
    Working { until: Instant },
    /// Whoever keeps the entries looks for what it has not been given.
    Preparing { until: Instant },
    /// A link to it is being opened.
    Opening { link: LinkId, ids: Vec<TransientId> },
    /// It has been told what there is.
    Offering { link: LinkId, request: RequestId, ids: Vec<TransientId>, identified: Identified },
    /// What it wants is being fetched.
    Loading { link: LinkId, ids: Vec<TransientId>, until: Instant },
    /// What it wants is on its way.
    Transferring { link: LinkId, resource: ResourceHash, ids: Vec<TransientId> },
}

/// How often we said who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identified {
    Once,
    Again,
}

impl Peer {
    /// There may be something for it from before.
    pub(super) const fn new(now: Instant, destination: DestinationHash) -> Self {
        Self { destination, announce: None, key: None, stage: Stage::Resting, due: Some(now), failures: 0 }
    }

    pub(super) const fn is_resting(&self) -> bool {
        matches!(self.stage, Stage::Resting)
    }

    /// When it wants to be begun with, or when its patience ends.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Resting => self.due,
            Stage::Seeking { until }
            | Stage::Working { until }
            | Stage::Preparing { until }
            | Stage::Loading { until, .. } => Some(*until),
            Stage::Opening { .. } | Stage::Offering { .. } | Stage::Transferring { .. } => None,
        }
    }

    /// Something has come in that it was not given yet.
    pub(super) fn handle_waiting(&mut self, now: Instant) {
        self.due.get_or_insert(now.after(SETTLE));
    }

    pub(super) fn handle_announce(
        &mut self,
        now: Now,
        node: &mut Node,
        own: &Identity,
        announce: NodeAnnounce,
        out: &mut Output,
    ) {
        if self.announce.as_ref().is_none_or(|known| known.time <= announce.time) {
            self.announce = Some(announce);
        }
        match self.stage {
            Stage::Seeking { .. } => self.begin(now, node, own, out),
            // It is back.
            Stage::Resting if self.failures > 0 => {
                self.failures = 0;
                self.due = self.due.map(|due| due.min(now.instant.after(SETTLE)));
            }
            _ => {}
        }
    }

    /// Its turn: what is needed first, step by step.
    pub(super) fn begin(&mut self, now: Now, node: &mut Node, own: &Identity, out: &mut Output) {
        let known = node.recall(self.destination);
        if self.announce.is_none() {
            let app_data = known.and_then(|known| known.app_data.as_deref());
            self.announce = app_data.and_then(NodeAnnounce::decode);
        }
        let identity = known.map(|known| known.identity.hash());
        let (Some(announce), Some(identity), Some(_)) =
            (&self.announce, identity, node.hops_to(self.destination))
        else {
            node.request_path(now, self.destination);
            self.stage = Stage::Seeking { until: now.instant.after(PATH_PATIENCE) };
            return;
        };
        let (cost, terms) = (announce.peering_cost, terms_of(announce));
        if cost > Purpose::Peering.max_cost() {
            return self.rest(Some(now.instant.after(NO_ACCESS_BACKOFF)));
        }
        let until = now.instant.after(OWN_PATIENCE);
        if self.key.as_ref().is_none_or(|key| key.cost < cost) {
            let material = key_material(identity, own.hash());
            let task = Task::Find { material, purpose: Purpose::Peering, cost };
            match out.jobs.submit(Work::PeeringKey { peer: self.destination, cost }, task) {
                Ok(_) => self.stage = Stage::Working { until },
                Err(_) => self.fail(now, node),
            }
            return;
        }
        out.tasks.push_back(StoreTask::Prepare { peer: self.destination, terms });
        self.stage = Stage::Preparing { until };
    }

    /// The key has been worked for.
    pub(super) fn handle_key(
        &mut self,
        now: Now,
        node: &mut Node,
        own: &Identity,
        key: PeeringKey,
        out: &mut Output,
    ) {
        self.key = Some(key);
        if matches!(self.stage, Stage::Working { .. }) {
            self.begin(now, node, own, out);
        }
    }

    /// What there is for it.
    pub(super) fn handle_prepared(&mut self, now: Now, node: &mut Node, ids: Vec<TransientId>) {
        if !matches!(self.stage, Stage::Preparing { .. }) {
            return;
        }
        if ids.is_empty() {
            return self.rest(None);
        }
        match node.open_link(now, self.destination) {
            Ok(link) => self.stage = Stage::Opening { link, ids },
            Err(_) => self.fail(now, node),
        }
    }

    pub(super) fn handle_established(&mut self, now: Now, node: &mut Node, own: &Identity) {
        let Stage::Opening { link, ids } = std::mem::replace(&mut self.stage, Stage::Resting) else { return };
        self.failures = 0;
        self.offer(now, node, own, link, ids, Identified::Once);
    }

    fn offer(
        &mut self,
        now: Now,
        node: &mut Node,
        own: &Identity,
        link: LinkId,
        ids: Vec<TransientId>,
        identified: Identified,
    ) {
        let key = self.key.as_ref().map(|key| key.stamp.to_vec()).unwrap_or_default();
        let offer = Offer { key, ids };
        let asked = node
            .identify(now, link, own)
            .and_then(|()| node.request(now, link, OFFER_PATH, &offer.pack(), None));
        match asked {
            Ok(request) => self.stage = Stage::Offering { link, request, ids: offer.ids, identified },
            Err(_) => self.give_up(now, node, link),
        }
    }

    /// What it says to the offer.
    pub(super) fn handle_response(
        &mut self,
        now: Now,
        node: &mut Node,
        own: &Identity,
        data: &[u8],
        out: &mut Output,
    ) {
        let stage = std::mem::replace(&mut self.stage, Stage::Resting);
        let Stage::Offering { link, ids, identified, .. } = stage else {
            self.stage = stage;
            return;
        };
        match OfferAnswer::decode(data) {
            Ok(OfferAnswer::Nothing) => {
                self.handled(ids, out);
                node.close_link(now, link);
                self.rest(Some(now.instant.after(SETTLE)));
            }
            Ok(OfferAnswer::All) => self.load(now, link, ids, out),
            Ok(OfferAnswer::Some(wanted)) => {
                let (wanted, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| wanted.contains(id));
                self.handled(others, out);
                if wanted.is_empty() {
                    node.close_link(now, link);
                    self.rest(Some(now.instant.after(SETTLE)));
                } else {
                    self.load(now, link, wanted, out);
                }
            }
            Ok(OfferAnswer::Refused(NodeRefusal::NoIdentity)) if identified == Identified::Once => {
                self.offer(now, node, own, link, ids, Identified::Again);
            }
            Ok(OfferAnswer::Refused(refusal)) => self.refused(now, node, link, refusal),
            Err(_) => self.give_up(now, node, link),
        }
    }

    fn refused(&mut self, now: Now, node: &mut Node, link: LinkId, refusal: NodeRefusal) {
        node.close_link(now, link);
        let pause = match refusal {
            NodeRefusal::Throttled => THROTTLED,
            NodeRefusal::NoAccess => NO_ACCESS_BACKOFF,
            NodeRefusal::InvalidKey => {
                // Its cost has risen, or it has another identity: its announce will say so.
                self.key = None;
                BACKOFF_STEP
            }
            NodeRefusal::NoIdentity
            | NodeRefusal::InvalidData
            | NodeRefusal::InvalidStamp
            | NodeRefusal::NotFound
            | NodeRefusal::Timeout => BACKOFF_STEP,
        };
        self.rest(Some(now.instant.after(pause)));
    }

    fn load(&mut self, now: Now, link: LinkId, ids: Vec<TransientId>, out: &mut Output) {
        out.tasks.push_back(StoreTask::Load { peer: self.destination, ids: ids.clone() });
        self.stage = Stage::Loading { link, ids, until: now.instant.after(OWN_PATIENCE) };
    }

    /// The entries that it wants.
    pub(super) fn handle_loaded(&mut self, now: Now, node: &mut Node, entries: &[Vec<u8>]) {
        let stage = std::mem::replace(&mut self.stage, Stage::Resting);
        let Stage::Loading { link, ids, .. } = stage else {
            self.stage = stage;
            return;
        };
        let container = pack_container(now.unix, entries.iter().map(Vec::as_slice));
        // Ciphertext does not get smaller.
        match node.send_resource(now, link, container, Compression::Off) {
            Ok(resource) => self.stage = Stage::Transferring { link, resource, ids },
            Err(MisuseError::NoLink) => self.fail(now, node),
            Err(_) => self.give_up(now, node, link),
        }
    }

    /// It has them.
    pub(super) fn handle_delivered(&mut self, now: Now, node: &mut Node, out: &mut Output) {
        let stage = std::mem::replace(&mut self.stage, Stage::Resting);
        let Stage::Transferring { link, ids, .. } = stage else {
            self.stage = stage;
            return;
        };
        out.counts.given = out.counts.given.saturating_add(u64::try_from(ids.len()).unwrap_or(0));
        self.handled(ids, out);
        node.close_link(now, link);
        // There may be more than fits one transfer.
        self.rest(Some(now.instant.after(SETTLE)));
    }

    /// What was under way has failed: later once more.
    pub(super) fn fail(&mut self, now: Now, node: &mut Node) {
        if let Some(link) = self.link() {
            node.close_link(now, link);
        }
        self.failures = self.failures.saturating_add(1);
        let pause = BACKOFF_STEP.saturating_mul(self.failures).min(MAX_BACKOFF);
        self.rest(Some(now.instant.after(pause)));
    }

    fn give_up(&mut self, now: Now, node: &mut Node, link: LinkId) {
        node.close_link(now, link);
        self.fail(now, node);
    }

    fn rest(&mut self, due: Option<Instant>) {
        self.stage = Stage::Resting;
        self.due = due;
    }

    fn handled(&self, ids: Vec<TransientId>, out: &mut Output) {
        if !ids.is_empty() {
            out.tasks.push_back(StoreTask::Handled { peer: self.destination, ids });
        }
    }

    /// The link that is in use.
    pub(super) fn link(&self) -> Option<LinkId> {
        match &self.stage {
            Stage::Opening { link, .. }
            | Stage::Offering { link, .. }
            | Stage::Loading { link, .. }
            | Stage::Transferring { link, .. } => Some(*link),
            Stage::Resting | Stage::Seeking { .. } | Stage::Working { .. } | Stage::Preparing { .. } => None,
        }
    }

    /// Is it waiting for the answer to this request?
    pub(super) fn awaits(&self, request: RequestId) -> bool {
        matches!(&self.stage, Stage::Offering { request: asked, .. } if *asked == request)
    }

    /// Is this what it is being sent?
    pub(super) fn is_sent(&self, resource: ResourceHash) -> bool {
        matches!(&self.stage, Stage::Transferring { resource: sent, .. } if *sent == resource)
    }
}

fn terms_of(announce: &NodeAnnounce) -> OfferTerms {
    OfferTerms {
        least_value: announce.least_value(),
        message_limit: announce.message_limit.saturating_mul(KILOBYTE),
        sync_limit: announce.sync_limit.saturating_mul(KILOBYTE).min(MAX_SYNC),
    }
}
