//! One attempt with the first message of a lane: what carries it, and what has to happen before.
//! Not what follows from its success or failure.

use super::Outbox;
use super::links::Carrier;
use super::outbound::{Copy, Stage, Wait};
use super::pace::Pace;
use super::route::Route;
use super::turns::Gate;
use crate::lxmf::announce::DeliveryAnnounce;
use crate::lxmf::outbound_message::{Method, SendFailure};
use crate::rns::Node;
use crate::rns::error::MisuseError;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::node::Compression;
use crate::rns::time::Now;

/// What a packet has beyond the message, more or less: it is counted to see whether there is air for it.
const HEADERS: usize = 100;
/// After so many attempts without an answer the path is asked for again: it may be out of date.
const ATTEMPTS_ON_ONE_PATH: u32 = 2;

impl Outbox {
    /// Starts one attempt with the first message of a lane. A link at hand is the cheapest way: it needs no path and
    /// no new key. A packet of its own is next; a link is opened for what doesn't fit one.
    pub(super) fn attempt(&mut self, now: Now, node: &mut Node, route: Route) {
        let reachable = node.hops_to(route.theirs).is_some() && node.recall(route.theirs).is_some();
        let carrier = self.links.carrier(route);
        if (reachable || carrier.is_some()) && self.wants_stamp(now, node, route) {
            return;
        }
        let Some(message) = self.lanes.first(route) else { return };
        let one_packet = reachable && message.fits_one_packet();
        let by_itself = one_packet && message.method == Method::Opportunistic;
        if reachable {
            self.lanes.change(route, |message| message.asked = 0);
        }
        match carrier {
            Some(Carrier::Active(link)) if !by_itself => self.use_link(now, node, route, link),
            _ if one_packet => self.send_opportunistic(now, node, route),
            Some(Carrier::Opening(link)) => {
                self.lanes.change(route, |message| message.stage = Stage::Opening { link });
            }
            Some(Carrier::Active(_)) | None if reachable => self.open_link(now, node, route),
            Some(Carrier::Active(_)) | None => self.ask_for_path(now, node, route),
        }
    }

    fn send_opportunistic(&mut self, now: Now, node: &mut Node, route: Route) {
        let Some(message) = self.lanes.first(route) else { return };
        if message.attempts == ATTEMPTS_ON_ONE_PATH && !message.path_checked {
            self.lanes.change(route, |message| message.path_checked = true);
            return self.ask_for_path(now, node, route);
        }
        let pace = Pace::of(now, node, route.theirs, None);
        if !self.take_turn(now, node, pace, route) {
            return;
        }
        let Some(message) = self.lanes.first(route) else { return };
        let patience = pace.proof_wait(message.attempts.saturating_add(1));
        let sent =
            node.send_packet_patiently(now, route.theirs, message.opportunistic(), message.class, patience);
        if let Ok(packet) = sent {
            self.lanes.note_carried(route, Copy::Packet(packet));
        }
        self.lanes.change(route, |message| {
            message.attempts = message.attempts.saturating_add(1);
            let wait = pace.retry_wait(message.hash, message.attempts);
            message.stage = Stage::Waiting { until: now.instant.after(wait), wait: Wait::Retry };
        });
    }

    /// Sends on a link that is there already. The first time that costs no attempt.
    fn use_link(&mut self, now: Now, node: &mut Node, route: Route, link: LinkId) {
        let pace = Pace::of(now, node, route.theirs, Some(link));
        if !self.take_turn(now, node, pace, route) {
            return;
        }
        self.lanes.change(route, |message| {
            if std::mem::replace(&mut message.link_tried, true) {
                message.attempts = message.attempts.saturating_add(1);
            }
        });
        self.send_on_link(now, node, route, link);
    }

    fn open_link(&mut self, now: Now, node: &mut Node, route: Route) {
        let pace = Pace::of(now, node, route.theirs, None);
        if !self.take_turn(now, node, pace, route) {
            return;
        }
        match self.links.make_room() {
            Ok(quietest) => quietest.into_iter().for_each(|link| node.close_link(now, link)),
            Err(_) => return self.stand_in_line(now, route, Gate::Links),
        }
        match node.open_link(now, route.theirs) {
            Ok(link) => {
                self.links.note_opening(route, link);
                self.lanes.change(route, |message| {
                    message.attempts = message.attempts.saturating_add(1);
                    message.stage = Stage::Opening { link };
                });
            }
            Err(_) => self.retry_later(now, node, route),
        }
    }

    pub(super) fn send_on_link(&mut self, now: Now, node: &mut Node, route: Route, link: LinkId) {
        let compression = compression(node, route.theirs);
        let Some(message) = self.lanes.first(route) else { return };
        let sent = if message.fits_link_packet() {
            let sent = node.send_link_packet(now, link, &message.packed);
            sent.map(|packet| (Copy::Packet(packet), Stage::LinkPacket { link, packet }))
        } else {
            let sent = node.send_resource(now, link, message.packed.clone(), compression);
            sent.map(|resource| (Copy::Resource(resource), Stage::Resource { link, resource }))
        };
        match sent {
            Ok((copy, stage)) => {
                self.lanes.note_carried(route, copy);
                self.lanes.change(route, |message| message.stage = stage);
                self.links.note_busy(now.instant, link);
            }
            Err(MisuseError::NoLink) => {
                self.links.remove(link);
                self.pass_turn(now, Gate::Links);
                self.retry_later(now, node, route);
            }
            Err(_) => self.retry_later(now, node, route),
        }
    }

    /// Asking costs no attempt. Who is not found in one round is out of reach; its next announce tells when it is back.
    fn ask_for_path(&mut self, now: Now, node: &mut Node, route: Route) {
        let pace = Pace::of_search(node);
        self.release_turn(now, route);
        let asked = self.lanes.first(route).map_or(0, |message| message.asked);
        if asked >= pace.path_requests() {
            return self.give_up_lane(now, route, SendFailure::NoPath);
        }
        if !self.may_search(now, pace, route) {
            return;
        }
        if asked == 0 {
            node.request_path(now, route.theirs);
        } else {
            node.request_path_again(now, route.theirs);
        }
        let wait = pace.path_wait().saturating_mul(asked.saturating_add(1));
        self.lanes.change(route, |message| {
            message.asked = asked.saturating_add(1);
            message.stage = Stage::Waiting { until: now.instant.after(wait), wait: Wait::Path };
        });
    }

    /// May the path request for this lane go out now? If not, its time is fixed.
    fn may_search(&mut self, now: Now, pace: Pace, route: Route) -> bool {
        if matches!(self.stage(route), Some(Stage::Waiting { wait: Wait::Search, .. })) {
            return true;
        }
        let at = self.next_search.max(now.instant);
        self.next_search = at.after(pace.search_gap());
        if at > now.instant {
            let stage = Stage::Waiting { until: at, wait: Wait::Search };
            self.lanes.change(route, |message| message.stage = stage);
        }
        at == now.instant
    }

    /// Is it this lane's turn on the interface it sends on? If not, it stands in line, or waits for air: that costs no
    /// attempt.
    fn take_turn(&mut self, now: Now, node: &mut Node, pace: Pace, route: Route) -> bool {
        let asked = pace.radio().zip(self.lanes.first(route));
        let opens = asked.and_then(|(radio, message)| {
            let bytes = message.packed.len().saturating_add(HEADERS);
            node.air_on(now, radio, message.class, bytes, route.theirs)
        });
        if let Some(until) = opens {
            self.release_turn(now, route);
            let stage = Stage::Waiting { until, wait: Wait::Air };
            self.lanes.change(route, |message| message.stage = stage);
            return false;
        }
        let Some(interface) = pace.slow_interface() else { return true };
        let taken = self.turns.take(interface, route);
        if !taken {
            self.stand_in_line(now, route, Gate::Air(interface));
        }
        taken
    }

    fn stand_in_line(&mut self, now: Now, route: Route, gate: Gate) {
        self.release_turn(now, route);
        self.turns.enter(gate, route);
        self.lanes.change(route, |message| message.stage = Stage::InLine { gate });
        if matches!(gate, Gate::Air(_)) {
            self.pass_turn(now, gate);
        }
    }
}

/// What the recipient has announced.
fn compression(node: &Node, theirs: DestinationHash) -> Compression {
    let known = node.recall(theirs).and_then(|known| known.app_data.as_deref());
    known.map_or(Compression::Allowed, |app_data| DeliveryAnnounce::decode(app_data).compression)
}
