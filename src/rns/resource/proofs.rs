//! Proofs of segments that arrived: withheld until the layer above has stored them, and kept once sent.
//! Not their making.

use std::collections::VecDeque;

use super::super::hash::{PacketHash, ResourceHash};
use super::super::link::Session;
use super::sender::proof_packet_hash;

/// Withheld proofs per link; the oldest is forgotten, and its sender tries again.
const MAX_WITHHELD: usize = 16;
/// Sent proofs per link that can be sent again; the oldest is forgotten, and its sender gives up waiting.
const MAX_SENT: usize = 16;

/// The proofs of one link.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    withheld: VecDeque<(ResourceHash, [u8; 32])>,
    sent: VecDeque<Sent>,
}

#[derive(Debug)]
struct Sent {
    resource: ResourceHash,
    packet: PacketHash,
    payload: Vec<u8>,
}

/// What is known of a segment that is advertised again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known<'a> {
    Unknown,
    Withheld,
    Sent(&'a [u8]),
}

impl Proofs {
    /// Keeps a proof back until [`Self::release`].
    pub(super) fn withhold(&mut self, resource: ResourceHash, proof: [u8; 32]) {
        if self.withheld.len() >= MAX_WITHHELD {
            self.withheld.pop_front();
        }
        self.withheld.push_back((resource, proof));
    }

    /// The payload of the proof that was withheld for this segment, if any.
    pub(super) fn release(&mut self, session: &Session, resource: ResourceHash) -> Option<Vec<u8>> {
        let position = self.withheld.iter().position(|(held, _)| *held == resource)?;
        let (_, proof) = self.withheld.remove(position)?;
        Some(self.keep(session, resource, proof))
    }

    /// Drops the proof that was withheld for this segment; false if there is none.
    pub(super) fn forget(&mut self, resource: ResourceHash) -> bool {
        let before = self.withheld.len();
        self.withheld.retain(|(held, _)| *held != resource);
        self.withheld.len() < before
    }

    /// The payload of a proof that is about to be sent; it is kept for [`Self::by_packet`].
    pub(super) fn keep(&mut self, session: &Session, resource: ResourceHash, proof: [u8; 32]) -> Vec<u8> {
        if self.sent.len() >= MAX_SENT {
            self.sent.pop_front();
        }
        let payload = [resource.as_bytes().as_slice(), &proof].concat();
        let packet = proof_packet_hash(session, resource, &proof);
        self.sent.push_back(Sent { resource, packet, payload: payload.clone() });
        payload
    }

    /// The payload of the proof packet of this hash, if it was sent.
    pub(super) fn by_packet(&self, packet: PacketHash) -> Option<&[u8]> {
        self.sent.iter().find(|sent| sent.packet == packet).map(|sent| sent.payload.as_slice())
    }

    pub(super) fn known(&self, resource: ResourceHash) -> Known<'_> {
        if self.withheld.iter().any(|(held, _)| *held == resource) {
            return Known::Withheld;
        }
        let sent = self.sent.iter().find(|sent| sent.resource == resource);
        sent.map_or(Known::Unknown, |sent| Known::Sent(&sent.payload))
    }
}
