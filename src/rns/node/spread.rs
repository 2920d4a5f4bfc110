//! Telling others the way: announces that are passed on, and answers to path requests for destinations of others.
//! Not packets along those ways, and not announces of our own.

use std::time::Duration;

use super::forward::Arrival;
use super::{MTU_BITS, Node};
use crate::rns::announce::Announce;
use crate::rns::error::DropReason;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use crate::rns::packet::{Context, MAX_HOPS, Packet};
use crate::rns::time::Now;
use crate::rns::transport::PathRequest;
use crate::rns::transport::announce_copy::AnnounceCopy;
use crate::rns::transport::announce_table::Rebroadcast;
use crate::rns::transport::ingress::Admission;
use crate::rns::transport::link_table::RelayedLink;
use crate::rns::transport::onward::OnwardSearch;
use crate::rns::transport::path_answers::Search;
use crate::rns::transport::relay::{Relay, Scope};
use crate::rns::transport::repairs::Repair;

/// `Transport.PATH_REQUEST_TIMEOUT`: at least so long the answer of a search is of use to who asked.
const SEARCH_WINDOW: Duration = Duration::from_secs(15);

/// What becomes of announces of destinations that nobody has heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newcomers {
    /// Too many at once are held back.
    Limited,
    /// This one was held back long enough.
    LetIn,
}

impl Node {
    /// Is a genuine announce of what nobody has heard of or asks for to be held back?
    pub(super) fn holds_back(&mut self, now: Now, arrival: Arrival, packet: &Packet<'_>) -> bool {
        let Some(relay) = self.relay.as_deref_mut() else { return false };
        let destination = DestinationHash::from(packet.address);
        let controlled = arrival.neighbour != Neighbour::LocalClient
            && self.wire.policy(arrival.interface).ingress_control;
        if !controlled || arrival.hops >= MAX_HOPS {
            return false;
        }
        let (interface, hops) = (arrival.interface, arrival.hops);
        relay.ingress.admit(now.instant, interface, destination, hops, || packet.pack()) == Admission::Held
    }

    /// Are so many held back already that a newcomer is not even checked?
    pub(super) fn is_flooded(&self, interface: InterfaceId) -> bool {
        self.relay.as_deref().is_some_and(|relay| relay.ingress.is_full(interface))
    }

    /// A valid announce has changed a path: what is noted beside it, and what a transport node or a shared instance does
    /// then.
    pub(super) fn spread_announce(
        &mut self,
        now: Now,
        arrival: Arrival,
        packet: &Packet<'_>,
        announce: &Announce,
    ) {
        let Some(mode) = self.wire.spec(arrival.interface).map(|spec| spec.mode) else { return };
        let destination = announce.destination;
        let passes = self.relay.is_some() && arrival.hops < MAX_HOPS;
        let copy = if passes { AnnounceCopy::of(packet) } else { None };
        self.paths.keep_copy(destination, mode.path_lifetime(), copy.clone());
        let (Some(copy), Some(relay)) = (copy, self.relay.as_deref_mut()) else { return };
        relay.onward.settle(destination);
        for asker in relay.answers.found(now.instant, destination) {
            // Clients are told anyway.
            if self.wire.neighbour(asker) != Neighbour::LocalClient {
                self.wire.send_on(asker, copy.frame(relay.id(), arrival.hops, Context::PathResponse));
            }
        }
        if packet.context != Context::PathResponse
            && relay.scope() == Scope::Everybody
            && arrival.neighbour != Neighbour::LocalClient
            && relay.rates.admits(
                now.instant,
                arrival.interface,
                destination,
                self.wire.policy(arrival.interface).announce_rate,
            )
        {
            let rebroadcast = Rebroadcast {
                destination,
                from: arrival.interface,
                hops: arrival.hops,
                emission: announce.random_blob.emission(),
                copy: copy.clone(),
            };
            relay.announces.insert(now.instant, packet.hash(), rebroadcast, &mut self.random);
        }
        self.share_announce(arrival, packet.context, &copy);
    }

    /// Somebody asks for a destination that is not ours (page 04 §5).
    pub(super) fn answer_for_others(
        &mut self,
        now: Now,
        interface: InterfaceId,
        request: &PathRequest,
    ) -> Result<(), DropReason> {
        let destination = request.destination;
        let to_client = self.leads_to_client(destination);
        let relay = self.relay.as_deref_mut().ok_or(DropReason::UnknownAddress)?;
        let InterfaceSpec { mode, neighbour, .. } = self.wire.spec(interface).ok_or(DropReason::NotForUs)?;
        let from_client = *neighbour == Neighbour::LocalClient;
        relay.answers.hear(request)?;
        let serves = relay.scope() == Scope::Everybody || from_client || to_client;
        let Some(path) = self.paths.get(destination).filter(|_| serves) else {
            return self.search_for_others(now, interface, request);
        };
        // Who asks is on the way there itself, or hears whoever is.
        let pointless = (request.requester.is_some() && request.requester == path.next_hop)
            || ((*mode == Mode::Roaming || from_client) && path.interface == interface);
        let Some(copy) = self.paths.copy(destination).filter(|_| !pointless) else {
            return Err(DropReason::NotServed);
        };
        if from_client || to_client {
            // Nobody nearer can answer.
            self.wire.send_on(interface, copy.frame(relay.id(), path.hops, Context::PathResponse));
            return Ok(());
        }
        relay.answers.answer_later(now.instant, destination, interface, *mode)
    }

    /// Asks those who could know: for a client all others, for the network those that the interface's mode allows, and
    /// in any case our clients.
    fn search_for_others(
        &mut self,
        now: Now,
        interface: InterfaceId,
        request: &PathRequest,
    ) -> Result<(), DropReason> {
        let has_clients = self.wire.has(Neighbour::LocalClient);
        let relay = self.relay.as_deref_mut().ok_or(DropReason::UnknownAddress)?;
        let spec = self.wire.spec(interface).ok_or(DropReason::NotForUs)?;
        let (mode, from_client) = (spec.mode, spec.neighbour == Neighbour::LocalClient);
        let (searches, controlled) =
            (relay.scope() == Scope::Everybody && spec.searches(), spec.policy.ingress_control);
        if !searches && !has_clients {
            return Err(DropReason::UnknownAddress);
        }
        if !from_client && controlled && relay.ingress.limits_request(now.instant, interface) {
            return Err(DropReason::NotServed);
        }
        let slowest = self.wire.interfaces().map(|(_, spec)| spec.bitrate).min().unwrap_or(u64::MAX);
        let both_ways = MTU_BITS.saturating_mul(2_000_000).checked_div(slowest).unwrap_or(u64::MAX);
        let window =
            Duration::from_micros(both_ways).saturating_add(super::PER_HOP_TIMEOUT).max(SEARCH_WINDOW);
        let search = relay.answers.search(now.instant, request.destination, interface, window);
        relay.arm_sweep(now.instant);
        if search == Search::Begin {
            let onward = if from_client {
                // The question is the client's and ours at once, so it is a new one.
                PathRequest::new(request.destination, relay.requester(), self.random.bytes())
            } else {
                request.passed_on_by(relay.requester())
            };
            let (frame, destination, until) = (onward.pack(), request.destination, now.instant.after(window));
            self.wire.send_where(&frame, |out, spec| {
                let at_once = spec.neighbour == Neighbour::LocalClient || from_client;
                if out == interface || !(at_once || (searches && mode.searches_on(spec.mode))) {
                    return false;
                }
                if at_once || relay.queues.is_free(now.instant, out) {
                    return true;
                }
                let frame = frame.clone();
                relay.onward.insert(now.instant, OnwardSearch { destination, interface: out, frame, until });
                false
            });
        }
        Ok(())
    }

    pub(super) fn handle_relay_timeouts(&mut self, now: Now) {
        let Some(relay) = self.relay.as_deref_mut() else { return };
        let id = relay.id();
        let mut queued = Vec::new();
        for announce in relay.announces.poll_due(now.instant) {
            let Some(from) = self.wire.spec(announce.from) else { continue };
            let (from, came_in) = (from.mode, from.policy);
            let frame = announce.copy.frame(id, announce.hops, Context::None);
            let queues = &mut relay.queues;
            // Also back to where it was heard: on radio, others there are further away.
            self.wire.send_where(&frame, |out, spec| {
                spec.policy.passes_announce_from(spec.mode, from, &came_in)
                    // Those have heard it already.
                    && spec.neighbour != Neighbour::LocalClient
                    && (!spec.mode.caps_announces()
                        || queues.admits(
                            now.instant,
                            out,
                            spec.policy.announce_bitrate(spec.bitrate),
                            &announce,
                        ))
            });
        }
        let share = |interface| {
            let spec = self.wire.spec(interface);
            spec.map_or(u64::MAX, |spec| spec.policy.announce_bitrate(spec.bitrate))
        };
        while let Some((interface, announce)) = relay.queues.poll_due(now.instant, share) {
            queued.push((interface, announce.copy.frame(id, announce.hops, Context::None)));
        }
        for (interface, frame) in queued {
            self.wire.send_on(interface, frame);
        }
        while let Some((destination, interface)) = relay.answers.poll_due(now.instant) {
            if let (Some(path), Some(copy)) = (self.paths.get(destination), self.paths.copy(destination)) {
                self.wire.send_on(interface, copy.frame(id, path.hops, Context::PathResponse));
            }
        }
        let queues = &relay.queues;
        for search in
            relay.onward.poll_due(now.instant, |search| queues.is_free(now.instant, search.interface))
        {
            self.wire.send_on(search.interface, search.frame);
        }
        for link in relay.sweep(now.instant) {
            self.repair_path_for_others(&link);
        }
        while let Some(Repair { destination, except }) =
            self.relay.as_deref_mut().and_then(|relay| relay.repairs.poll_due(now.instant))
        {
            self.request_path_except(now, destination, except);
        }
        self.let_held_announces_in(now);
    }

    fn let_held_announces_in(&mut self, now: Now) {
        while let Some((interface, frame)) =
            self.relay.as_deref_mut().and_then(|relay| relay.ingress.poll_release(now.instant))
        {
            let outcome = Packet::parse(&frame).and_then(|packet| {
                let arrival = Arrival::new(interface, self.wire.neighbour(interface), packet.hops);
                // Its signature was checked before it was held back.
                let (announce, _) = Announce::parse(&packet)?;
                self.take_in_announce(now, arrival, &packet, &announce, Newcomers::LetIn)
            });
            if let Err(reason) = outcome {
                self.drops.add(reason);
            }
        }
    }

    /// A link request that we passed on was never answered (page 04 §12).
    fn repair_path_for_others(&mut self, link: &RelayedLink) {
        let destination = link.destination;
        let except = match self.paths.get(destination).map(|path| path.hops) {
            None => None,
            Some(hops) if hops == 1 || link.taken_hops <= 1 => Some(link.received_on),
            Some(_) => return,
        };
        let asker = self.wire.spec(link.received_on);
        if except.is_some()
            && asker
                .is_some_and(|spec| spec.mode != Mode::Boundary && spec.neighbour != Neighbour::LocalClient)
        {
            self.paths.mark_unresponsive(destination);
        }
        if let Some(relay) = &mut self.relay {
            relay.repairs.insert(Repair { destination, except });
        }
    }

    fn request_path_except(&mut self, now: Now, destination: DestinationHash, except: Option<InterfaceId>) {
        if self.path_requests.ask(now.instant, destination) {
            let frame = self.path_request(destination);
            self.wire.send_where(&frame, |out, _| Some(out) != except);
            self.arm_sweep(now);
        }
    }

    /// A new path request of this node.
    pub(super) fn path_request(&mut self, destination: DestinationHash) -> Vec<u8> {
        let requester = self.relay.as_deref().and_then(Relay::requester);
        PathRequest::new(destination, requester, self.random.bytes()).pack()
    }
}
