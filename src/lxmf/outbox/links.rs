//! The links that messages can take: those that we opened, and those that a peer opened to us.
//! Not the sessions; the node keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::route::Route;
use crate::lxmf::message::delivery_destination;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::identity::PublicIdentity;
use crate::rns::time::Instant;

/// `LINK_MAX_INACTIVITY`: a link of ours that carries nothing for so long is closed.
const MAX_INACTIVITY: Duration = Duration::from_secs(600);
/// Most links that we keep open. The one that has been quiet longest makes room.
const MAX_OPENED: usize = 128;
/// Most links of others that are remembered. The one used least recently is forgotten; it stays open.
const MAX_BACKCHANNELS: usize = 1024;

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
    peer: PublicIdentity,
    last_used: Instant,
}

/// Who opened a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    Us,
    Them,
}

/// The links that the router knows.
#[derive(Debug, Default)]
pub(in crate::lxmf) struct Links {
    opened: BTreeMap<Route, Opened>,
    quiet: BTreeSet<(Instant, Route)>,
    backchannels: BTreeMap<(Route, LinkId), Backchannel>,
    routes: BTreeMap<LinkId, (Route, Opener)>,
}

impl Links {
    /// How many links of ours and of others there are.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.opened.len(), self.backchannels.len())
    }

    /// A link for `route`: our own, or one of the peer's.
    pub(super) fn carrier(&self, route: Route) -> Option<Carrier> {
        if let Some(opened) = self.opened.get(&route) {
            return Some(match opened.state {
                OpenedState::Opening => Carrier::Opening(opened.link),
                OpenedState::Quiet { .. } | OpenedState::Busy => Carrier::Active(opened.link),
            });
        }
        let (first, last) = (LinkId::from_bytes([0; LinkId::LEN]), LinkId::from_bytes([0xff; LinkId::LEN]));
        self.backchannels
            .range((route, first)..=(route, last))
            .max_by_key(|(_, channel)| channel.last_used)
            .map(|((_, link), _)| Carrier::Active(*link))
    }

    /// Is there room for one more link of ours? If not, perhaps after closing the one returned.
    pub(super) fn make_room(&mut self) -> Result<Option<LinkId>, Crowded> {
        if self.opened.len() < MAX_OPENED {
            return Ok(None);
        }
        let (_, quietest) = *self.quiet.first().ok_or(Crowded)?;
        Ok(self.forget_opened(quietest))
    }

    /// We are opening a link.
    pub(super) fn note_opening(&mut self, route: Route, link: LinkId) {
        self.forget_opened(route);
        self.opened.insert(route, Opened { link, state: OpenedState::Opening, identified: false });
        self.routes.insert(link, (route, Opener::Us));
    }

    /// A link of ours is established. `None` if it is none that the router opened.
    pub(super) fn note_established(&mut self, now: Instant, link: LinkId) -> Option<Route> {
        let (route, opener) = *self.routes.get(&link)?;
        self.set_state(route, link, OpenedState::Quiet { since: now });
        (opener == Opener::Us).then_some(route)
    }

    /// A message is under way on a link, which must not be closed meanwhile.
    pub(super) fn note_busy(&mut self, now: Instant, link: LinkId) {
        self.note_used(now, link, OpenedState::Busy);
    }

    /// A message was refused on a link, which itself is fine.
    pub(super) fn note_unused(&mut self, now: Instant, link: LinkId) {
        self.note_used(now, link, OpenedState::Quiet { since: now });
    }

    /// Something has arrived on a link.
    pub(in crate::lxmf) fn note_heard(&mut self, now: Instant, link: LinkId) {
        let state = match self.opened_by_us(link).map(|opened| opened.state) {
            Some(state @ (OpenedState::Opening | OpenedState::Busy)) => state,
            Some(OpenedState::Quiet { .. }) | None => OpenedState::Quiet { since: now },
        };
        self.note_used(now, link, state);
    }

    /// A message has been delivered on a link. If it is a link of ours, we should say once who we are, so that the
    /// other side can answer there.
    pub(super) fn note_delivered(&mut self, now: Instant, link: LinkId) -> Introduction {
        self.note_used(now, link, OpenedState::Quiet { since: now });
        let Some((route, Opener::Us)) = self.routes.get(&link) else { return Introduction::NotNeeded };
        let Some(opened) = self.opened.get_mut(route) else { return Introduction::NotNeeded };
        if std::mem::replace(&mut opened.identified, true) {
            Introduction::NotNeeded
        } else {
            Introduction::Due
        }
    }

    /// A peer has identified itself on a link to `ours`.
    pub(in crate::lxmf) fn note_identified(
        &mut self,
        now: Instant,
        link: LinkId,
        ours: DestinationHash,
        peer: &PublicIdentity,
    ) {
        let route = Route { ours, theirs: delivery_destination(peer.hash()) };
        self.remove(link);
        if self.backchannels.len() >= MAX_BACKCHANNELS {
            let stalest = self.backchannels.iter().min_by_key(|(_, channel)| channel.last_used);
            if let Some(((_, stalest), _)) = stalest {
                self.remove(*stalest);
            }
        }
        self.backchannels.insert((route, link), Backchannel { peer: peer.clone(), last_used: now });
        self.routes.insert(link, (route, Opener::Them));
    }

    /// Who has identified itself on a link.
    pub(in crate::lxmf) fn peer(&self, link: LinkId) -> Option<&PublicIdentity> {
        let (route, _) = self.routes.get(&link)?;
        self.backchannels.get(&(*route, link)).map(|channel| &channel.peer)
    }

    /// Is it a link that the router opened?
    pub(in crate::lxmf) fn is_opened(&self, link: LinkId) -> bool {
        self.opened_by_us(link).is_some()
    }

    /// Forgets a link. `None` if it was not known.
    pub(super) fn remove(&mut self, link: LinkId) -> Option<Route> {
        let (route, opener) = self.routes.remove(&link)?;
        match opener {
            Opener::Us => drop(self.forget_opened(route)),
            Opener::Them => drop(self.backchannels.remove(&(route, link))),
        }
        Some(route)
    }

    /// Forgets the links of ours that have been quiet for too long, and returns them to be closed.
    pub(super) fn take_idle(&mut self, now: Instant) -> Vec<LinkId> {
        let mut idle = Vec::new();
        while let Some((since, route)) = self.quiet.first().copied()
            && since.after(MAX_INACTIVITY) <= now
        {
            self.quiet.pop_first();
            idle.extend(self.forget_opened(route));
        }
        idle
    }

    /// When [`Self::take_idle`] has something to return.
    pub(super) fn next_idle(&self) -> Option<Instant> {
        self.quiet.first().map(|(since, _)| since.after(MAX_INACTIVITY))
    }

    fn opened_by_us(&self, link: LinkId) -> Option<&Opened> {
        let (route, _) = self.routes.get(&link)?;
        self.opened.get(route).filter(|opened| opened.link == link)
    }

    fn note_used(&mut self, now: Instant, link: LinkId, state: OpenedState) {
        match self.routes.get(&link) {
            Some((route, Opener::Us)) => self.set_state(*route, link, state),
            Some((route, Opener::Them)) => {
                if let Some(channel) = self.backchannels.get_mut(&(*route, link)) {
                    channel.last_used = now;
                }
            }
            None => {}
        }
    }

    fn set_state(&mut self, route: Route, link: LinkId, state: OpenedState) {
        let Some(opened) = self.opened.get_mut(&route).filter(|opened| opened.link == link) else { return };
        if let OpenedState::Quiet { since } = std::mem::replace(&mut opened.state, state) {
            self.quiet.remove(&(since, route));
        }
        if let OpenedState::Quiet { since } = state {
            self.quiet.insert((since, route));
        }
    }

    fn forget_opened(&mut self, route: Route) -> Option<LinkId> {
        let opened = self.opened.remove(&route)?;
        if let OpenedState::Quiet { since } = opened.state {
            self.quiet.remove(&(since, route));
        }
        self.routes.remove(&opened.link);
        Some(opened.link)
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
