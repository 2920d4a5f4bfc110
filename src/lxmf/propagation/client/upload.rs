//! One message on its way to a node: what it is encrypted into, where it stands, and which nodes were tried.
//! Not the line of those that wait, nor the decisions about it.

use super::nodes::Terms;
use crate::lxmf::message::{HEAD_LEN, MessageHash};
use crate::lxmf::payload;
use crate::lxmf::propagation::entry::pack_container;
use crate::lxmf::propagation::{KILOBYTE, NodeAnnounce};
use crate::lxmf::stamp::{Purpose, STAMP_LEN, Stamp};
use crate::lxmf::ticket::Ticket;
use crate::rns::Node;
use crate::rns::error::MisuseError;
use crate::rns::hash::{DestinationHash, PacketHash, ResourceHash};
use crate::rns::time::{Instant, Now};

/// What a container has beside its entry and the stamp of that, at most.
const CONTAINER_OVERHEAD: usize = 16;

/// A message to upload.
#[derive(Debug)]
pub(super) struct Upload {
    /// Its place in the line of those that wait.
    pub(super) number: u64,
    pub(super) hash: MessageHash,
    pub(super) destination: DestinationHash,
    pub(super) packed: Vec<u8>,
    /// Instead of work for the recipient; the node wants its own stamp.
    pub(super) ticket: Option<Ticket>,
    /// Has it the stamp that its recipient asks for?
    pub(super) stamped: bool,
    /// Encrypted once, so that all nodes know it by one id.
    entry: Option<Vec<u8>>,
    /// For a node, and what it cost. It is as good for any other that asks for no more.
    stamp: Option<(u8, Stamp)>,
    /// Nodes that don't take it, now or later.
    pub(super) refused: Vec<DestinationHash>,
    /// How often it did not arrive.
    pub(super) attempts: u32,
    /// Until then it waits for a node that failed to recover.
    pub(super) rests: Option<Instant>,
}

/// Where it stands.
#[derive(Debug)]
pub(super) enum Stage {
    /// The recipient asks for a stamp.
    MessageStamp,
    /// What the node asks for, or the way to it, is not known.
    Finding { node: DestinationHash, until: Instant, again: Instant },
    /// The node asks for a stamp.
    EntryStamp { node: DestinationHash, cost: u8 },
    /// It is ready to leave.
    Ready { node: DestinationHash },
    /// It left as a packet.
    Packet { node: DestinationHash, packet: PacketHash },
    /// It leaves as a Resource.
    Resource { node: DestinationHash, resource: ResourceHash },
    /// The Resource is there, and perhaps refused.
    Proved { node: DestinationHash, until: Instant },
}

impl Upload {
    pub(super) const fn new(
        hash: MessageHash,
        destination: DestinationHash,
        packed: Vec<u8>,
        ticket: Option<Ticket>,
    ) -> Self {
        Self {
            number: 0,
            hash,
            destination,
            packed,
            ticket,
            stamped: false,
            entry: None,
            stamp: None,
            refused: Vec::new(),
            attempts: 0,
            rests: None,
        }
    }

    /// Puts a stamp for the recipient in.
    pub(super) fn put_stamp(&mut self, stamp: &[u8]) {
        let (head, payload) = self.packed.split_at_checked(HEAD_LEN).unwrap_or_default();
        self.packed = [head, &payload::with_stamp(payload, stamp)].concat();
    }

    /// Encrypts it to its recipient.
    pub(super) fn seal(&mut self, now: Now, node: &mut Node) -> Result<(), MisuseError> {
        let plaintext = self.packed.get(DestinationHash::LEN..).unwrap_or_default();
        let sealed = node.seal(now, self.destination, plaintext)?;
        self.entry = Some([&self.destination.as_bytes()[..], &sealed].concat());
        Ok(())
    }

    /// What its recipient will get.
    pub(super) fn entry(&self) -> Option<&[u8]> {
        self.entry.as_deref()
    }

    /// Has it a stamp for a node that asks for so much?
    pub(super) fn has_paid(&self, cost: u8) -> bool {
        self.stamp.is_some_and(|(worth, _)| worth >= cost)
    }

    /// It has one now.
    pub(super) const fn pay(&mut self, cost: u8, stamp: Stamp) {
        self.stamp = Some((cost, stamp));
    }

    /// What the node gets.
    pub(super) fn container(&self, now: Now) -> Vec<u8> {
        let stamp = self.stamp.map_or([0; STAMP_LEN], |(_, stamp)| stamp);
        let stamped = [self.entry.as_deref().unwrap_or_default(), &stamp].concat();
        pack_container(now.unix, [stamped.as_slice()])
    }

    /// Would a node with these terms take it, at a price that is worth it?
    pub(super) fn suits(&self, terms: &NodeAnnounce) -> bool {
        let size = self.packed.len().max(self.entry.as_ref().map_or(0, Vec::len));
        let size = size.saturating_add(STAMP_LEN).saturating_add(CONTAINER_OVERHEAD);
        terms.stamp_cost <= Purpose::Propagation.max_cost()
            && u64::try_from(size).is_ok_and(|size| size <= terms.sync_limit.saturating_mul(KILOBYTE))
    }
}

impl Stage {
    /// The Resource that it is.
    pub(super) fn resource(&self) -> Option<ResourceHash> {
        match self {
            Self::Resource { resource, .. } => Some(*resource),
            Self::MessageStamp
            | Self::Finding { .. }
            | Self::EntryStamp { .. }
            | Self::Ready { .. }
            | Self::Packet { .. }
            | Self::Proved { .. } => None,
        }
    }

    /// The node that it is meant for, once it has something to do with it.
    pub(super) const fn node(&self) -> Option<DestinationHash> {
        match self {
            Self::MessageStamp => None,
            Self::Finding { node, .. }
            | Self::EntryStamp { node, .. }
            | Self::Ready { node }
            | Self::Packet { node, .. }
            | Self::Resource { node, .. }
            | Self::Proved { node, .. } => Some(*node),
        }
    }
}

impl Terms {
    /// What is known of them, however long.
    pub(super) fn known(self) -> Option<NodeAnnounce> {
        match self {
            Self::Fresh(terms) | Self::Old(terms) => Some(terms),
            Self::Unknown => None,
        }
    }
}
