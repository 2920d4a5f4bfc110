//! One message of ours on its way: where it stands, and what has been tried.
//! Not the queue that it stands in, nor the decisions about it; the outbox makes those.

use std::time::Duration;

use super::job::JobId;
use super::message::{HEAD_LEN, MessageHash};
use super::outbound_message::Method;
use super::payload;
use super::ticket::Ticket;
use crate::rns::hash::{DestinationHash, LinkId, PacketHash, ResourceHash};
use crate::rns::time::Instant;

/// `PATH_REQUEST_WAIT`: for the first answer to a path request. Each further wait is twice as long, because every
/// request is heard by the whole network.
pub(super) const PATH_REQUEST_WAIT: Duration = Duration::from_secs(7);
/// A message that has not been delivered after so long is given up, once it is not on the air.
const LIFETIME: Duration = Duration::from_secs(900);

/// Why a message is not on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Its turn has come, or comes when those before it are done.
    Turn,
    /// An attempt was made; perhaps its proof still comes.
    Retry,
    /// No path is known, or the known one is being checked.
    Path,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waits until then.
    Waiting { until: Instant, wait: Wait },
    /// It waits for its stamp.
    Stamping { job: JobId },
    /// A link is being opened for it.
    Opening { link: LinkId },
    /// It left as a packet on a link.
    LinkPacket { link: LinkId, packet: PacketHash },
    /// It leaves as a Resource.
    Resource { link: LinkId, resource: ResourceHash },
}

/// Which stamp a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamped {
    No,
    /// One that was made with the recipient's ticket.
    Ticket,
    /// One that work has found, for this cost.
    Work(u8),
}

/// One message of ours.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) hash: MessageHash,
    pub(super) method: Method,
    pub(super) packed: Vec<u8>,
    pub(super) stamped: Stamped,
    /// To be used instead of work.
    pub(super) ticket: Option<Ticket>,
    pub(super) stage: Stage,
    pub(super) attempts: u32,
    pub(super) path_wait: Duration,
    pub(super) path_checked: bool,
    /// Opportunistic packets that carried it. A proof of any of them will do.
    pub(super) copies: Vec<PacketHash>,
    pub(super) enqueued: Instant,
}

impl Outbound {
    /// A message whose turn has come, or comes when those before it are done.
    pub(super) fn new(
        now: Instant,
        hash: MessageHash,
        method: Method,
        packed: Vec<u8>,
        ticket: Option<Ticket>,
    ) -> Self {
        Self {
            hash,
            method,
            packed,
            stamped: Stamped::No,
            ticket,
            stage: Stage::Waiting { until: now, wait: Wait::Turn },
            attempts: 0,
            path_wait: PATH_REQUEST_WAIT,
            path_checked: false,
            copies: Vec::new(),
            enqueued: now,
        }
    }

    /// Puts a stamp in, in the place of the one that is there.
    pub(super) fn put_stamp(&mut self, stamp: &[u8], stamped: Stamped) {
        let (head, payload) = self.packed.split_at_checked(HEAD_LEN).unwrap_or_default();
        self.packed = [head, &payload::with_stamp(payload, stamp)].concat();
        self.stamped = stamped;
    }

    /// The packed form without the destination, which the packet's address says (page 10 §4).
    pub(super) fn opportunistic(&self) -> &[u8] {
        self.packed.get(DestinationHash::LEN..).unwrap_or_default()
    }

    /// When it is given up, unless it is on the air.
    pub(super) fn expires(&self) -> Instant {
        self.enqueued.after(LIFETIME)
    }

    /// When there is something to do for it.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.stage {
            Stage::Waiting { until, .. } => Some(until.min(self.expires())),
            Stage::Stamping { .. } => Some(self.expires()),
            Stage::Opening { .. } | Stage::LinkPacket { .. } | Stage::Resource { .. } => None,
        }
    }
}

impl Stage {
    /// The link that the message waits for, or is on.
    pub(super) const fn link(self) -> Option<LinkId> {
        match self {
            Self::Waiting { .. } | Self::Stamping { .. } => None,
            Self::Opening { link } | Self::LinkPacket { link, .. } | Self::Resource { link, .. } => {
                Some(link)
            }
        }
    }

    /// The link that the message is on.
    pub(super) const fn carrying_link(self) -> Option<LinkId> {
        match self {
            Self::Waiting { .. } | Self::Stamping { .. } | Self::Opening { .. } => None,
            Self::LinkPacket { link, .. } | Self::Resource { link, .. } => Some(link),
        }
    }
}
