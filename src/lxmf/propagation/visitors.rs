//! Who has a link to our propagation node, and what may be done on it.
//! Not the links; the node keeps them, and bounds how many there are.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::PublicIdentity;
use crate::rns::time::Instant;

/// `P_LINK_MAX_INACTIVITY`: a link that carries nothing for so long is closed.
const MAX_INACTIVITY: Duration = Duration::from_secs(180);
/// `PN_STAMP_THROTTLE`: how long a peer that sent stamps worth too little is turned away.
const THROTTLE: Duration = Duration::from_secs(180);
/// `MAX_INBOUND_SYNCS`: so many peers may be sending at once.
const MAX_INBOUND_SYNCS: usize = 3;

/// What somebody may send in one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowance {
    /// One entry, as a client.
    One,
    /// What was offered: the peering key was good.
    Many,
}

/// A link that somebody opened to us.
#[derive(Debug)]
struct Visitor {
    identity: Option<PublicIdentity>,
    allowance: Allowance,
    /// Resources on their way in.
    transfers: u32,
    heard: Instant,
}

/// One row for each open link; the node tells when one is closed, and closes those that are too many.
#[derive(Debug, Default)]
pub(super) struct Visitors {
    links: BTreeMap<LinkId, Visitor>,
    /// Only peers are in it, so it is as short as the list of them.
    throttled: BTreeMap<DestinationHash, Instant>,
}

impl Visitors {
    pub(super) fn came(&mut self, now: Instant, link: LinkId) {
        let visitor = Visitor { identity: None, allowance: Allowance::One, transfers: 0, heard: now };
        self.links.insert(link, visitor);
    }

    pub(super) fn left(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// Something has arrived on a link.
    pub(super) fn heard(&mut self, now: Instant, link: LinkId) {
        if let Some(visitor) = self.links.get_mut(&link) {
            visitor.heard = now;
        }
    }

    pub(super) fn identified(&mut self, link: LinkId, identity: PublicIdentity) {
        if let Some(visitor) = self.links.get_mut(&link) {
            visitor.identity = Some(identity);
        }
    }

    pub(super) fn identity(&self, link: LinkId) -> Option<&PublicIdentity> {
        self.links.get(&link)?.identity.as_ref()
    }

    /// The peering key on this link was good.
    pub(super) fn admit(&mut self, link: LinkId) {
        if let Some(visitor) = self.links.get_mut(&link) {
            visitor.allowance = Allowance::Many;
        }
    }

    pub(super) fn allowance(&self, link: LinkId) -> Allowance {
        self.links.get(&link).map_or(Allowance::One, |visitor| visitor.allowance)
    }

    pub(super) fn transfer_began(&mut self, now: Instant, link: LinkId) {
        if let Some(visitor) = self.links.get_mut(&link) {
            visitor.transfers = visitor.transfers.saturating_add(1);
            visitor.heard = now;
        }
    }

    pub(super) fn transfer_ended(&mut self, now: Instant, link: LinkId) {
        if let Some(visitor) = self.links.get_mut(&link) {
            visitor.transfers = visitor.transfers.saturating_sub(1);
            visitor.heard = now;
        }
    }

    /// Are as many peers sending as may at once?
    pub(super) fn are_busy(&self) -> bool {
        let sending = |visitor: &&Visitor| visitor.allowance == Allowance::Many && visitor.transfers > 0;
        self.links.values().filter(sending).count() >= MAX_INBOUND_SYNCS
    }

    pub(super) fn throttle(&mut self, now: Instant, peer: DestinationHash) {
        self.throttled.insert(peer, now.after(THROTTLE));
    }

    pub(super) fn is_throttled(&mut self, now: Instant, peer: DestinationHash) -> bool {
        self.throttled.retain(|_, until| *until > now);
        self.throttled.contains_key(&peer)
    }

    /// The links that have been quiet for too long.
    pub(super) fn idle(&self, now: Instant) -> Vec<LinkId> {
        let quiet = |visitor: &Visitor| visitor.transfers == 0 && visitor.heard.after(MAX_INACTIVITY) <= now;
        self.links.iter().filter(|(_, visitor)| quiet(visitor)).map(|(link, _)| *link).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.links.len()
    }
}
