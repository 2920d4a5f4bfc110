//! The links that messages can take: those that we opened, and those that a peer opened to us.
//! Not the sessions; the node keeps them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::message::delivery_destination;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::PublicIdentity;
use crate::rns::time::Instant;

/// `LINK_MAX_INACTIVITY`: a link of ours that carries nothing for so long is closed.
const MAX_INACTIVITY: Duration = Duration::from_secs(600);
/// Most links that we keep open. The one that has been quiet longest makes room.
const MAX_OPENED: usize = 128;
/// Most links of others that are remembered. The one used least recently is forgotten; it stays open.
const MAX_BACKCHANNELS: usize = 1024;

/// Between whom messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    /// One of our delivery destinations.
    pub(super) ours: DestinationHash,
    /// The other's.
    pub(super) theirs: DestinationHash,
}

/// A link that could carry a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// It can now.
    Active(LinkId),
    /// It is being opened.
    Opening(LinkId),
}

/// Must a peer have identified itself on a link before it gets messages there? The reference takes messages on a
/// link that it opened only after it has identified itself there (page 12 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// A message came on it, signed by the peer.
    Wrote,
    /// The peer identified itself on it.
    Identified,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenedState {
    Opening,
    Quiet { since: Instant },
    Busy,
}

#[derive(Debug)]
struct Opened {
    link: LinkId,
    state: OpenedState,
    identified: bool,
}

#[derive(Debug)]
struct Backchannel {
    route: Route,
    peer: PublicIdentity,
    evidence: Evidence,
    last_used: Instant,
}

/// The links that the router knows.
#[derive(Debug, Default)]
pub(super) struct Links {
    opened: BTreeMap<Route, Opened>,
    backchannels: BTreeMap<LinkId, Backchannel>,
}

impl Links {
    /// A link for `route`: our own, or one of the peer's for which there is enough `evidence`.
    pub(super) fn carrier(&self, route: Route, evidence: Evidence) -> Option<Carrier> {
        if let Some(opened) = self.opened.get(&route) {
            return Some(match opened.state {
                OpenedState::Opening => Carrier::Opening(opened.link),
                OpenedState::Quiet { .. } | OpenedState::Busy => Carrier::Active(opened.link),
            });
        }
        self.backchannels
            .iter()
            .filter(|(_, channel)| channel.route == route && channel.evidence >= evidence)
            .max_by_key(|(_, channel)| channel.last_used)
            .map(|(link, _)| Carrier::Active(*link))
    }

    /// Is there room for one more link of ours? If not, perhaps after closing the one returned.
    pub(super) fn make_room(&mut self) -> Result<Option<LinkId>, Crowded> {
        if self.opened.len() < MAX_OPENED {
            return Ok(None);
        }
        let quietest = self
            .opened
            .iter()
            .filter_map(|(route, opened)| match opened.state {
                OpenedState::Quiet { since } => Some((since, *route)),
                OpenedState::Opening | OpenedState::Busy => None,
            })
            .min();
        let (_, route) = quietest.ok_or(Crowded)?;
        Ok(self.opened.remove(&route).map(|opened| opened.link))
    }

    /// We are opening a link.
    pub(super) fn note_opening(&mut self, route: Route, link: LinkId) {
        self.opened.insert(route, Opened { link, state: OpenedState::Opening, identified: false });
    }

    /// A link of ours is established. `None` if it is none that the router opened.
    pub(super) fn note_established(&mut self, now: Instant, link: LinkId) -> Option<Route> {
        let (route, opened) = self.opened.iter_mut().find(|(_, opened)| opened.link == link)?;
        opened.state = OpenedState::Quiet { since: now };
        Some(*route)
    }

    /// A message is under way on a link, which must not be closed meanwhile.
    pub(super) fn note_busy(&mut self, now: Instant, link: LinkId) {
        if let Some(opened) = self.opened.values_mut().find(|opened| opened.link == link) {
            opened.state = OpenedState::Busy;
        }
        if let Some(channel) = self.backchannels.get_mut(&link) {
            channel.last_used = now;
        }
    }

    /// A message was refused on a link, which itself is fine.
    pub(super) fn note_unused(&mut self, now: Instant, link: LinkId) {
        if let Some(opened) = self.opened.values_mut().find(|opened| opened.link == link) {
            opened.state = OpenedState::Quiet { since: now };
        }
    }

    /// Something has arrived on a link.
    pub(super) fn note_heard(&mut self, now: Instant, link: LinkId) {
        let quiet = self
            .opened
            .values_mut()
            .find(|opened| opened.link == link && matches!(opened.state, OpenedState::Quiet { .. }));
        if let Some(opened) = quiet {
            opened.state = OpenedState::Quiet { since: now };
        }
        if let Some(channel) = self.backchannels.get_mut(&link) {
            channel.last_used = now;
        }
    }

    /// A message has been delivered on a link. If it is a link of ours, we should say once who we are, so that the
    /// other side can answer there.
    pub(super) fn note_delivered(&mut self, now: Instant, link: LinkId) -> Introduction {
        let Some(opened) = self.opened.values_mut().find(|opened| opened.link == link) else {
            return Introduction::NotNeeded;
        };
        opened.state = OpenedState::Quiet { since: now };
        if std::mem::replace(&mut opened.identified, true) {
            Introduction::NotNeeded
        } else {
            Introduction::Due
        }
    }

    /// A peer showed, in the way that `evidence` tells, that it is on the other end of a link to `ours`.
    pub(super) fn note_peer(
        &mut self,
        now: Instant,
        link: LinkId,
        ours: DestinationHash,
        peer: &PublicIdentity,
        evidence: Evidence,
    ) {
        if let Some(channel) = self.backchannels.get_mut(&link)
            && channel.evidence > evidence
        {
            channel.last_used = now;
            return;
        }
        if self.backchannels.len() >= MAX_BACKCHANNELS && !self.backchannels.contains_key(&link) {
            let stalest =
                self.backchannels.iter().min_by_key(|(_, channel)| channel.last_used).map(|(id, _)| *id);
            if let Some(stalest) = stalest {
                self.backchannels.remove(&stalest);
            }
        }
        let route = Route { ours, theirs: delivery_destination(peer.hash()) };
        self.backchannels.insert(link, Backchannel { route, peer: peer.clone(), evidence, last_used: now });
    }

    /// Who has identified itself on a link.
    pub(super) fn peer(&self, link: LinkId) -> Option<&PublicIdentity> {
        self.backchannels
            .get(&link)
            .filter(|channel| channel.evidence == Evidence::Identified)
            .map(|channel| &channel.peer)
    }

    /// Is it a link that the router opened?
    pub(super) fn is_opened(&self, link: LinkId) -> bool {
        self.opened.values().any(|opened| opened.link == link)
    }

    /// Forgets a link.
    pub(super) fn remove(&mut self, link: LinkId) {
        self.opened.retain(|_, opened| opened.link != link);
        self.backchannels.remove(&link);
    }

    /// Forgets the links of ours that have been quiet for too long, and returns them to be closed.
    pub(super) fn take_idle(&mut self, now: Instant) -> Vec<LinkId> {
        let idle: Vec<_> = self
            .opened
            .values()
            .filter(|o| o.idle_at().is_some_and(|at| at <= now))
            .map(|o| o.link)
            .collect();
        self.opened.retain(|_, opened| !idle.contains(&opened.link));
        idle
    }

    /// When [`Self::take_idle`] has something to return.
    pub(super) fn next_idle(&self) -> Option<Instant> {
        self.opened.values().filter_map(Opened::idle_at).min()
    }
}

impl Opened {
    fn idle_at(&self) -> Option<Instant> {
        match self.state {
            OpenedState::Quiet { since } => Some(since.after(MAX_INACTIVITY)),
            OpenedState::Opening | OpenedState::Busy => None,
        }
    }
}

/// All links of ours are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowded;

/// Should we identify ourselves on a link?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Introduction {
    /// Yes, now.
    Due,
    /// It has been done, or it isn't for us to do.
    NotNeeded,
}
