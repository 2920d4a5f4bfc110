//! The link table: links between others that run through this node.
//! Not the links that end here; those are the node's own.

use std::time::Duration;

use super::fair::Fair;
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// Most links whose proof has not passed yet.
const MAX_PENDING: usize = 4096;
/// Most links that are up.
const MAX_OPEN: usize = 16_384;
/// `Transport.LINK_TIMEOUT`: a link without traffic for so long is gone.
const LIFETIME: Duration = Duration::from_secs(900);

/// A link that runs through this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelayedLink {
    /// Whom the link leads to.
    pub(crate) destination: DestinationHash,
    /// Where the request came in.
    pub(crate) received_on: InterfaceId,
    /// How many hops it had made then.
    pub(crate) taken_hops: u8,
    /// Where it was passed on to.
    pub(crate) next_hop_interface: InterfaceId,
    /// How many hops it had still to go.
    pub(crate) remaining_hops: u8,
    /// When the proof must have passed.
    pub(crate) proof_deadline: Instant,
}

impl RelayedLink {
    /// Where a packet of the link goes that came in on `interface` after `hops` hops. A packet that made another
    /// way than the link is dropped.
    fn onward(&self, interface: InterfaceId, hops: u8) -> Result<InterfaceId, DropReason> {
        let from_responder = interface == self.next_hop_interface;
        let from_initiator = interface == self.received_on;
        if from_responder && hops == self.remaining_hops {
            return Ok(self.received_on);
        }
        if from_initiator && hops == self.taken_hops {
            return Ok(self.next_hop_interface);
        }
        Err(if from_responder || from_initiator { DropReason::WrongHops } else { DropReason::WrongInterface })
    }

    fn touches(&self, interface: InterfaceId) -> bool {
        self.received_on == interface || self.next_hop_interface == interface
    }
}

/// All links through this node.
#[derive(Debug)]
pub(crate) struct RelayedLinks {
    pending: Fair<LinkId, RelayedLink>,
    open: Fair<LinkId, RelayedLink>,
}

impl RelayedLinks {
    pub(crate) fn new() -> Self {
        Self { pending: Fair::new(MAX_PENDING), open: Fair::new(MAX_OPEN) }
    }

    pub(crate) fn len(&self) -> usize {
        self.pending.len().saturating_add(self.open.len())
    }

    /// How many are up.
    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn contains(&self, id: LinkId) -> bool {
        self.pending.contains(&id) || self.open.contains(&id)
    }

    /// A link request was passed on.
    pub(crate) fn insert(&mut self, now: Instant, id: LinkId, link: RelayedLink) {
        self.pending.insert(now, link.received_on, id, link);
    }

    /// The link whose proof is waited for.
    pub(crate) fn pending(&self, id: LinkId) -> Option<&RelayedLink> {
        self.pending.get(&id)
    }

    /// A valid proof came in after `hops` hops: where it goes. From now on packets pass.
    pub(crate) fn validate(&mut self, now: Instant, id: LinkId, hops: u8) -> Option<InterfaceId> {
        let link = self.pending.remove(&id)?;
        let received_on = link.received_on;
        self.open.insert(now, received_on, id, RelayedLink { remaining_hops: hops, ..link });
        Some(received_on)
    }

    /// Where a packet of a link goes.
    pub(crate) fn onward(
        &self,
        id: LinkId,
        interface: InterfaceId,
        hops: u8,
    ) -> Result<InterfaceId, DropReason> {
        // Before its proof has passed, a link carries nothing.
        self.open.get(&id).ok_or(DropReason::OutOfOrder)?.onward(interface, hops)
    }

    /// A packet of the link was passed on.
    pub(crate) fn touch(&mut self, now: Instant, id: LinkId) {
        self.open.touch(now, &id);
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.pending.extract(|link| link.touches(interface));
        self.open.extract(|link| link.touches(interface));
    }

    /// Forgets silent links; returns those whose proof never came.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<RelayedLink> {
        self.open.expire(now, LIFETIME);
        let overdue = self.pending.extract(|link| link.proof_deadline <= now);
        overdue.into_iter().map(|(_, link)| link).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: InterfaceId = InterfaceId(1);
    const Y: InterfaceId = InterfaceId(2);
    const Z: InterfaceId = InterfaceId(3);
    const ID: LinkId = LinkId::from_bytes([7; 16]);

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn link(received_on: InterfaceId, next_hop_interface: InterfaceId) -> RelayedLink {
        RelayedLink {
            destination: DestinationHash::from_bytes([1; 16]),
            received_on,
            taken_hops: 1,
            next_hop_interface,
            remaining_hops: 3,
            proof_deadline: at(18),
        }
    }

    #[test]
    fn nothing_passes_before_the_proof_and_then_only_along_the_way_of_the_link() {
        let mut links = RelayedLinks::new();
        links.insert(at(0), ID, link(X, Y));
        assert_eq!(links.onward(ID, X, 1), Err(DropReason::OutOfOrder));
        assert_eq!(links.validate(at(1), ID, 3), Some(X));
        assert_eq!(links.validate(at(1), ID, 3), None);
        assert_eq!(links.onward(ID, X, 1), Ok(Y));
        assert_eq!(links.onward(ID, Y, 3), Ok(X));
        assert_eq!(links.onward(ID, Y, 1), Err(DropReason::WrongHops));
        assert_eq!(links.onward(ID, X, 3), Err(DropReason::WrongHops));
        assert_eq!(links.onward(ID, Z, 1), Err(DropReason::WrongInterface));
    }

    #[test]
    fn on_one_interface_the_hops_tell_the_direction() {
        let mut links = RelayedLinks::new();
        links.insert(at(0), ID, link(X, X));
        links.validate(at(1), ID, 3);
        assert_eq!(links.onward(ID, X, 1), Ok(X));
        assert_eq!(links.onward(ID, X, 3), Ok(X));
        assert_eq!(links.onward(ID, X, 2), Err(DropReason::WrongHops));
    }

    #[test]
    fn unproved_links_go_at_their_deadline_and_silent_ones_after_a_quarter_of_an_hour() {
        let mut links = RelayedLinks::new();
        let other = LinkId::from_bytes([8; 16]);
        links.insert(at(0), ID, link(X, Y));
        links.insert(at(0), other, link(X, Y));
        links.validate(at(1), other, 3);
        assert_eq!(links.expire(at(17)), []);
        assert_eq!(links.expire(at(18)), [link(X, Y)]);
        links.touch(at(500), other);
        links.expire(at(1399));
        assert!(links.contains(other));
        links.expire(at(1400));
        assert_eq!(links.len(), 0);
    }

    #[test]
    fn a_link_goes_with_either_of_its_interfaces() {
        let mut links = RelayedLinks::new();
        links.insert(at(0), ID, link(X, Y));
        links.validate(at(0), ID, 3);
        links.insert(at(0), LinkId::from_bytes([8; 16]), link(Z, Y));
        links.remove_interface(Y);
        assert_eq!(links.len(), 0);
    }
}
