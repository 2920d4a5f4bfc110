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

/// A link that a peer opened and identified itself on. A message that came on it, signed by the peer, would not be
/// enough: signed messages are shown to others, who could send them again on a link of theirs and get the answers.
/// Nor would the peer listen, as the reference does so only after it has identified itself (page 12 §6).
#[derive(Debug)]
struct Backchannel {
    route: Route,
    peer: PublicIdentity,
    last_used: Instant,
}

/// The links that the router knows.
#[derive(Debug, Default)]
pub(super) struct Links {
    opened: BTreeMap<Route, Opened>,
    backchannels: BTreeMap<LinkId, Backchannel>,
}

impl Links {
    /// A link for `route`: our own, or one of the peer's.
    pub(super) fn carrier(&self, route: Route) -> Option<Carrier> {
        if let Some(opened) = self.opened.get(&route) {
            return Some(match opened.state {
                OpenedState::Opening => Carrier::Opening(opened.link),
                OpenedState::Quiet { .. } | OpenedState::Busy => Carrier::Active(opened.link),
            });
        }
        self.backchannels
            .iter()
            .filter(|(_, channel)| channel.route == route)
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

    /// A peer has identified itself on a link to `ours`.
    pub(super) fn note_identified(
        &mut self,
        now: Instant,
        link: LinkId,
        ours: DestinationHash,
        peer: &PublicIdentity,
    ) {
        if self.backchannels.len() >= MAX_BACKCHANNELS && !self.backchannels.contains_key(&link) {
            let stalest =
                self.backchannels.iter().min_by_key(|(_, channel)| channel.last_used).map(|(id, _)| *id);
            if let Some(stalest) = stalest {
                self.backchannels.remove(&stalest);
            }
        }
        let route = Route { ours, theirs: delivery_destination(peer.hash()) };
        self.backchannels.insert(link, Backchannel { route, peer: peer.clone(), last_used: now });
    }

    /// Who has identified itself on a link.
    pub(super) fn peer(&self, link: LinkId) -> Option<&PublicIdentity> {
        self.backchannels.get(&link).map(|channel| &channel.peer)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn link(n: u16) -> LinkId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        LinkId::from_bytes(bytes)
    }

    fn route(n: u16) -> Route {
        let theirs = DestinationHash::from_bytes(*link(n).as_bytes());
        Route { ours: DestinationHash::from_bytes([0xff; 16]), theirs }
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn full() -> Links {
        let mut links = Links::default();
        for n in 0..128 {
            assert_eq!(links.make_room(), Ok(None));
            links.note_opening(route(n), link(n));
            links.note_established(at(1000 - u64::from(n)), link(n));
        }
        links
    }

    #[test]
    fn quietest_link_of_ours_makes_room() {
        let mut links = full();
        links.note_heard(at(2000), link(127));
        assert_eq!(links.make_room(), Ok(Some(link(126))));
        assert!(!links.is_opened(link(126)));
        assert_eq!(links.make_room(), Ok(None));
    }

    #[test]
    fn links_in_use_are_neither_idle_nor_in_the_way() {
        let mut links = full();
        for n in 0..128 {
            links.note_busy(at(2000), link(n));
        }
        assert_eq!(links.make_room(), Err(Crowded));
        assert_eq!(links.next_idle(), None);
        assert!(links.take_idle(at(100_000)).is_empty());
        assert_eq!(links.note_delivered(at(100_000), link(5)), Introduction::Due);
        assert_eq!(links.note_delivered(at(100_000), link(5)), Introduction::NotNeeded);
        assert_eq!(links.take_idle(at(100_600)), [link(5)]);
    }

    #[test]
    fn remembered_links_of_others_are_bounded_and_the_stalest_is_forgotten() {
        let mut links = Links::default();
        let peer = PublicIdentity::from_bytes([1; 64]);
        let ours = DestinationHash::from_bytes([2; 16]);
        for n in 0..1024 {
            links.note_identified(at(u64::from(n)), link(n), ours, &peer);
        }
        links.note_heard(at(5000), link(0));
        links.note_identified(at(5000), link(1024), ours, &peer);
        assert!(links.peer(link(0)).is_some());
        assert!(links.peer(link(1)).is_none());
        assert_eq!(links.backchannels.len(), 1024);
    }

    #[test]
    fn link_carries_messages_only_to_who_identified_on_it() {
        let mut links = Links::default();
        let (owner, other) = (PublicIdentity::from_bytes([1; 64]), PublicIdentity::from_bytes([2; 64]));
        let ours = DestinationHash::from_bytes([2; 16]);
        let route = |ours, peer: &PublicIdentity| Route { ours, theirs: delivery_destination(peer.hash()) };
        links.note_identified(at(1), link(1), ours, &owner);
        assert_eq!(links.peer(link(1)), Some(&owner));
        assert_eq!(links.carrier(route(ours, &owner)), Some(Carrier::Active(link(1))));
        assert_eq!(links.carrier(route(ours, &other)), None);
        assert_eq!(links.carrier(route(DestinationHash::from_bytes([3; 16]), &owner)), None);
        links.remove(link(1));
        assert_eq!(links.carrier(route(ours, &owner)), None);
    }
}
