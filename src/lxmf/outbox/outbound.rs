//! One message of ours on its way: where it stands, and what has been tried.
//! Not the lane that it stands in, nor the decisions about it; the outbox makes those.

use std::time::Duration;

use super::turns::Gate;
use crate::lxmf::job::JobId;
use crate::lxmf::message::{HEAD_LEN, MessageHash};
use crate::lxmf::outbound_message::{Method, SendFailure};
use crate::lxmf::payload;
use crate::lxmf::ticket::Ticket;
use crate::rns::air::Class;
use crate::rns::hash::{DestinationHash, LinkId, PacketHash, ResourceHash};
use crate::rns::packet::ENCRYPTED_MDU;
use crate::rns::time::Instant;

/// A message that has not been delivered after so long is given up, once it is not on the air. Only a message that
/// stands in line for a slow interface gets this old; all others have had their attempts by then.
const LIFETIME: Duration = Duration::from_secs(900);
/// `Link.MDU`: most bytes of a message in one packet on a link, whatever MTU that link has negotiated.
const LINK_PACKET_MAX: usize = 431;

/// Why a message is not on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Its turn has come, or comes when those before it are done.
    Turn,
    /// An attempt was made; perhaps its proof still comes.
    Retry,
    /// No path is known; it is asked for when that request's turn has come.
    Search,
    /// No path is known, or the known one is being checked.
    Path,
    /// The radio that leads there has no air for it.
    Air,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waits until then.
    Waiting { until: Instant, wait: Wait },
    /// Stands in line where not all can pass at once.
    InLine { gate: Gate },
    /// It waits for its stamp.
    Stamping { job: JobId },
    /// A link is being opened for it.
    Opening { link: LinkId },
    /// It left as a packet on a link.
    LinkPacket { link: LinkId, packet: PacketHash },
    /// It leaves as a Resource.
    Resource { link: LinkId, resource: ResourceHash },
}

/// Something that carried a message. A proof of any of them will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Copy {
    /// A packet, on a link or by itself.
    Packet(PacketHash),
    /// A Resource.
    Resource(ResourceHash),
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
    pub(super) class: Class,
    pub(super) packed: Vec<u8>,
    pub(super) stamped: Stamped,
    /// To be used instead of work.
    pub(super) ticket: Option<Ticket>,
    pub(super) stage: Stage,
    /// How often it was sent, or a link opened for it.
    pub(super) attempts: u32,
    /// How often a path was asked for since one was known.
    pub(super) asked: u32,
    /// Its path was asked for although one is known.
    pub(super) path_checked: bool,
    /// A link that was there already has been tried, which is no attempt: perhaps the peer has left it long ago.
    pub(super) link_tried: bool,
    pub(super) copies: Vec<Copy>,
    pub(super) enqueued: Instant,
}

impl Outbound {
    /// A message whose turn has come, or comes when those before it are done.
    pub(super) const fn new(
        now: Instant,
        hash: MessageHash,
        (method, class): (Method, Class),
        packed: Vec<u8>,
        ticket: Option<Ticket>,
    ) -> Self {
        Self {
            hash,
            method,
            class,
            packed,
            stamped: Stamped::No,
            ticket,
            stage: Stage::Waiting { until: now, wait: Wait::Turn },
            attempts: 0,
            asked: 0,
            path_checked: false,
            link_tried: false,
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

    /// May it travel in a packet of its own, and does it fit?
    pub(super) fn fits_one_packet(&self) -> bool {
        self.method != Method::Direct && self.opportunistic().len() <= ENCRYPTED_MDU
    }

    /// Does it fit one packet on a link?
    pub(super) const fn fits_link_packet(&self) -> bool {
        self.packed.len() <= LINK_PACKET_MAX
    }

    /// Has it not been on the air, and is nothing under way for it?
    pub(super) fn can_be_passed(&self) -> bool {
        let waits = matches!(
            self.stage,
            Stage::Waiting { wait: Wait::Turn | Wait::Air, .. } | Stage::InLine { gate: Gate::Air(_) }
        );
        waits && self.copies.is_empty()
    }

    /// When there is something to do for it.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.stage {
            Stage::Waiting { until, .. } => Some(until.min(self.expires())),
            Stage::InLine { .. } | Stage::Stamping { .. } => Some(self.expires()),
            Stage::Opening { .. } | Stage::LinkPacket { .. } | Stage::Resource { .. } => None,
        }
    }

    /// Why it is to be given up now, if it is. `attempts` is how often it may be sent.
    pub(super) fn failure(&self, now: Instant, attempts: u32) -> Option<SendFailure> {
        let expired = self.expires() <= now;
        match self.stage {
            Stage::Waiting { wait: Wait::Search | Wait::Path, .. } if expired => Some(SendFailure::NoPath),
            Stage::Waiting { wait: Wait::Air, .. } => expired.then_some(SendFailure::NoAir),
            // So many are in line, or so many stamps are to be made, that its turn has not come.
            Stage::InLine { .. } | Stage::Stamping { .. } if expired => Some(SendFailure::Full),
            Stage::Waiting { until, .. } if expired || (until <= now && self.attempts >= attempts) => {
                Some(SendFailure::NoAnswer)
            }
            Stage::Waiting { .. }
            | Stage::InLine { .. }
            | Stage::Stamping { .. }
            | Stage::Opening { .. }
            | Stage::LinkPacket { .. }
            | Stage::Resource { .. } => None,
        }
    }

    fn expires(&self) -> Instant {
        self.enqueued.after(LIFETIME)
    }
}

impl Stage {
    /// The link that the message waits for, or is on.
    pub(super) const fn link(self) -> Option<LinkId> {
        match self {
            Self::Waiting { .. } | Self::InLine { .. } | Self::Stamping { .. } => None,
            Self::Opening { link } | Self::LinkPacket { link, .. } | Self::Resource { link, .. } => {
                Some(link)
            }
        }
    }

    /// The link that the message is on.
    pub(super) const fn carrying_link(self) -> Option<LinkId> {
        match self {
            Self::Waiting { .. } | Self::InLine { .. } | Self::Stamping { .. } | Self::Opening { .. } => None,
            Self::LinkPacket { link, .. } | Self::Resource { link, .. } => Some(link),
        }
    }
}
