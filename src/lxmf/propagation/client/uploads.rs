//! Uploads: messages for people who are offline go to a node that keeps them, one after the other.
//! Not durable: who is to get what, and by which way, is the server's to know.

use std::collections::VecDeque;
use std::time::Duration;

use super::line::{Line, Lost};
use super::nodes::Nodes;
use super::session::FIND_AGAIN;
use super::troubles::Troubles;
use super::upload::{Stage, Upload};
use crate::lxmf::event::Event;
use crate::lxmf::job::{Job, JobArea, JobClass, JobDone, Outcome};
use crate::lxmf::job_queue::JobQueue;
use crate::lxmf::message::MessageHash;
use crate::lxmf::outbound_message::SendFailure;
use crate::lxmf::propagation::NodeRefusal;
use crate::rns::Node;
use crate::rns::event::FailReason;
use crate::rns::hash::{DestinationHash, LinkId, PacketHash, ResourceHash};
use crate::rns::node::Compression;
use crate::rns::time::{Instant, Now};

/// `LINK_PACKET_MAX_CONTENT`: largest container that goes as a packet.
const PACKET_MAX: usize = 319;
/// Most messages that wait. The newcomer is turned away: whoever keeps it sends it again later.
const MAX_WAITING: usize = 256;
/// Most bytes of them, with the same rule.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;
/// A node that dislikes the stamp of a Resource has proved it before it looked, and then closes the link (page 13 §4).
const GRACE: Duration = Duration::from_secs(2);
/// How long the proof of a packet is awaited at least: a node checks the stamp before, which takes a small one seconds.
const PROOF_TIME: Duration = Duration::from_secs(15);

/// Messages on their way to a node.
#[derive(Debug)]
pub(super) struct Uploads {
    /// In the order in which they came.
    waiting: VecDeque<Upload>,
    next_number: u64,
    bytes: usize,
    pub(super) current: Option<(Upload, Stage)>,
    line: Line,
    pub(super) troubles: Troubles,
    pub(super) jobs: JobQueue<()>,
    /// What no other node could be given, if this host is a node itself. Taken at once.
    pub(super) kept_here: Option<VecDeque<(MessageHash, Vec<u8>)>>,
    events: VecDeque<Event>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            next_number: 0,
            bytes: 0,
            current: None,
            line: Line::default(),
            troubles: Troubles::default(),
            jobs: JobQueue::new(JobArea::Upload, 1),
            kept_here: None,
            events: VecDeque::new(),
        }
    }
}

impl Uploads {
    /// Queues a message.
    pub(super) fn send(&mut self, mut upload: Upload) {
        let mut uploads = self.waiting.iter().chain(self.current.as_ref().map(|(upload, _)| upload));
        if uploads.any(|other| other.hash == upload.hash) {
            return;
        }
        let bytes = self.bytes.saturating_add(upload.packed.len());
        if self.waiting.len() >= MAX_WAITING || bytes > MAX_WAITING_BYTES {
            return self.failed(&upload, SendFailure::Full);
        }
        self.bytes = bytes;
        upload.number = self.next_number;
        self.next_number = self.next_number.saturating_add(1);
        self.waiting.push_back(upload);
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.jobs.poll(class)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len().saturating_add(usize::from(self.current.is_some()))
    }

    pub(super) fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// Is this the link to a node?
    pub(super) fn uses(&self, link: LinkId) -> bool {
        self.line.is(link)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match &self.current {
            Some((_, Stage::Finding { until, again, .. })) => Some((*until).min(*again)),
            Some((_, Stage::Proved { until, .. })) => Some(*until),
            Some(_) => None,
            None => {
                let rests = self.waiting.iter().filter_map(|upload| upload.rests);
                rests.chain(self.line.idle_at()).min()
            }
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node, nodes: &Nodes) {
        match &mut self.current {
            Some((_, Stage::Finding { until, .. })) if *until <= now.instant => {
                self.search_ended(now, node, nodes)
            }
            Some((_, Stage::Finding { node: searched, again, .. })) if *again <= now.instant => {
                *again = now.instant.after(FIND_AGAIN);
                node.request_path_again(now, *searched);
            }
            Some((_, Stage::Proved { until, .. })) if *until <= now.instant => self.stored(now),
            Some(_) => {}
            None => self.line.hang_up_if_idle(now, node),
        }
    }

    /// A node has announced itself, or somebody has repeated what it said once.
    pub(super) fn handle_announce(
        &mut self,
        now: Now,
        node: &Node,
        nodes: &Nodes,
        announced: DestinationHash,
        repeated: bool,
    ) {
        if repeated {
            self.troubles.way_found(now.instant, announced);
        } else {
            self.troubles.over(announced);
        }
        self.waiting.iter_mut().for_each(|upload| upload.rests = None);
        if matches!(&self.current, Some((_, Stage::Finding { node, .. })) if *node == announced) {
            self.search_ended(now, node, nodes);
        }
    }

    pub(super) fn handle_established(&mut self, now: Instant) {
        self.line.established(now);
    }

    pub(super) fn handle_closed(&mut self, now: Now, node: &mut Node, nodes: &mut Nodes) {
        let lost = self.line.lost();
        match self.current.take() {
            Some((upload, Stage::Proved { node: to, .. })) => {
                nodes.distrust(to);
                self.refused(now, upload, to);
            }
            Some((
                upload,
                Stage::Ready { node: to } | Stage::Packet { node: to, .. } | Stage::Resource { node: to, .. },
            )) => {
                // The path may be why it could not be opened, or why it broke.
                node.request_path_again(now, to);
                self.not_arrived(now, upload, to, lost);
            }
            other => self.current = other,
        }
    }

    /// The node says something about what is being uploaded. It does not say which, so it is the one under way.
    pub(super) fn handle_signal(&mut self, now: Now, node: &mut Node, nodes: &mut Nodes, packet: &[u8]) {
        if NodeRefusal::of_signal(packet).is_none() {
            return;
        }
        match self.current.take() {
            Some((
                upload,
                Stage::Packet { node: to, .. }
                | Stage::Resource { node: to, .. }
                | Stage::Proved { node: to, .. },
            )) => {
                nodes.distrust(to);
                self.line.hang_up(now, node);
                self.refused(now, upload, to);
            }
            other => self.current = other,
        }
    }

    /// A packet was proved. False if it was no upload.
    pub(super) fn handle_proof(&mut self, now: Now, proved: PacketHash) -> bool {
        let ours = self.carries(proved);
        if ours {
            self.stored(now);
        }
        ours
    }

    /// A packet was not proved in time. False if it was no upload.
    pub(super) fn handle_packet_timeout(&mut self, now: Now, node: &mut Node, late: PacketHash) -> bool {
        let ours = self.carries(late);
        if ours {
            self.given_up(now, node);
        }
        ours
    }

    /// A Resource was proved. False if it was no upload.
    pub(super) fn handle_resource_proof(&mut self, now: Now, proved: ResourceHash) -> bool {
        match &mut self.current {
            Some((_, stage)) if stage.resource() == Some(proved) => {
                if let Some(node) = stage.node() {
                    *stage = Stage::Proved { node, until: now.instant.after(GRACE) };
                }
                true
            }
            Some(_) | None => false,
        }
    }

    /// A Resource did not arrive. False if it was no upload.
    pub(super) fn handle_resource_failure(
        &mut self,
        now: Now,
        node: &mut Node,
        failed: ResourceHash,
        why: FailReason,
    ) -> bool {
        let ours = self.current.as_ref().is_some_and(|(_, stage)| stage.resource() == Some(failed));
        match self.current.take() {
            Some((mut upload, Stage::Resource { node: to, .. })) if ours && why == FailReason::Rejected => {
                // Too large for that node, which is fine otherwise.
                self.line.quiet(now.instant);
                upload.refused.push(to);
                self.again(upload);
            }
            current => {
                self.current = current;
                if ours {
                    self.given_up(now, node);
                }
            }
        }
        ours
    }

    /// A stamp was made.
    pub(super) fn handle_job_done(&mut self, done: JobDone) {
        let Some(((), Outcome::Found(stamp))) = self.jobs.finish(done) else { return };
        match self.current.take() {
            Some((mut upload, Stage::MessageStamp)) => {
                upload.put_stamp(&stamp);
                upload.stamped = true;
                self.again(upload);
            }
            Some((mut upload, Stage::EntryStamp { node, cost })) => {
                upload.pay(cost, stamp);
                self.current = Some((upload, Stage::Ready { node }));
            }
            other => self.current = other,
        }
    }

    /// Does what can be done now. Called after everything that has changed something.
    pub(super) fn pump(&mut self, now: Now, node: &mut Node, nodes: &Nodes) {
        loop {
            match self.current.take() {
                Some((upload, Stage::Ready { node: to })) => {
                    if !self.transmit(now, node, upload, to) {
                        return;
                    }
                }
                Some(other) => {
                    self.current = Some(other);
                    return;
                }
                None => {
                    let Some(upload) = self.next(now.instant) else { return };
                    self.prepare(now, node, nodes, upload);
                }
            }
        }
    }

    /// Sends what is ready, if the link is. True if there is something else to do at once.
    fn transmit(&mut self, now: Now, node: &mut Node, upload: Upload, to: DestinationHash) -> bool {
        let link = match self.line.to(now, node, to) {
            Ok(Some(link)) => link,
            Ok(None) => {
                self.current = Some((upload, Stage::Ready { node: to }));
                return false;
            }
            Err(_) => {
                node.request_path_again(now, to);
                self.node_failed(now, upload, to);
                return true;
            }
        };
        let container = upload.container(now);
        let sent = if container.len() <= PACKET_MAX {
            let sent = node.send_link_packet_patiently(now, link, &container, PROOF_TIME);
            sent.map(|packet| Stage::Packet { node: to, packet })
        } else {
            let sent = node.send_resource(now, link, container, Compression::Allowed);
            sent.map(|resource| Stage::Resource { node: to, resource })
        };
        match sent {
            Ok(stage) => {
                self.current = Some((upload, stage));
                false
            }
            Err(_) => {
                let lost = self.line.hang_up(now, node);
                self.not_arrived(now, upload, to, lost);
                true
            }
        }
    }

    fn carries(&self, wanted: PacketHash) -> bool {
        matches!(&self.current, Some((_, Stage::Packet { packet, .. })) if *packet == wanted)
    }

    fn stored(&mut self, now: Now) {
        let Some((upload, stage)) = self.current.take() else { return };
        self.line.quiet(now.instant);
        if let Some(node) = stage.node() {
            self.troubles.over(node);
            self.events.push_back(Event::Stored { hash: upload.hash, node });
        }
    }

    /// What is under way does not arrive.
    fn given_up(&mut self, now: Now, node: &mut Node) {
        let lost = self.line.hang_up(now, node);
        if let Some((upload, stage)) = self.current.take() {
            match stage.node() {
                Some(to) => self.not_arrived(now, upload, to, lost),
                None => self.current = Some((upload, stage)),
            }
        }
    }

    /// The link that it was to take is of no use.
    fn not_arrived(&mut self, now: Now, upload: Upload, to: DestinationHash, lost: Lost) {
        match lost {
            // It was quiet for long, perhaps, which says nothing of the node.
            Lost::AfterUse => self.current = Some((upload, Stage::Ready { node: to })),
            Lost::Unused => self.node_failed(now, upload, to),
        }
    }

    /// The message goes to another node, if there is one, or waits for this one.
    pub(super) fn node_failed(&mut self, now: Now, mut upload: Upload, to: DestinationHash) {
        self.troubles.failed(now.instant, to);
        upload.attempts = upload.attempts.saturating_add(1);
        self.again(upload);
    }

    /// The node says no to this message: it goes to another.
    fn refused(&mut self, now: Now, mut upload: Upload, to: DestinationHash) {
        self.troubles.failed(now.instant, to);
        upload.refused.push(to);
        self.again(upload);
    }

    /// The first message that need not rest, or has rested.
    fn next(&mut self, now: Instant) -> Option<Upload> {
        let at = self.waiting.iter().position(|upload| upload.rests.is_none_or(|until| until <= now))?;
        let mut upload = self.waiting.remove(at)?;
        upload.rests = None;
        self.bytes = self.bytes.saturating_sub(upload.packed.len());
        Some(upload)
    }

    /// It waits once more, where it stood before.
    pub(super) fn again(&mut self, upload: Upload) {
        self.bytes = self.bytes.saturating_add(upload.packed.len());
        let place = self.waiting.partition_point(|other| other.number < upload.number);
        self.waiting.insert(place, upload);
    }

    pub(super) fn failed(&mut self, upload: &Upload, reason: SendFailure) {
        self.events.push_back(Event::Failed { hash: upload.hash, reason });
    }
}
