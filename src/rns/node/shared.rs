//! The shared instance, from both ends: a program without interfaces introduces its destinations to the one that has
//! them, and that one lets its clients hear and be heard.
//! Not the packets along paths and links; those are passed on as a transport node does.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Node;
use super::forward::Arrival;
use crate::rns::announce::AnnounceKind;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::Neighbour;
use crate::rns::packet::{Context, DestinationType, Packet, PacketType, Propagation};
use crate::rns::time::{Instant, Now};
use crate::rns::transport::announce_copy::AnnounceCopy;

/// From being attached to introducing the destinations that there are.
const AFTER_ATTACHING: Duration = Duration::from_millis(250);
/// `LocalClientInterface.RECONNECT_WAIT` + 2 s: a shared instance that has just started may not have listened the first
/// time.
const AFTER_COMING_BACK: Duration = Duration::from_secs(10);

/// When our destinations are to be introduced to the shared instance. Three times at most wait.
#[derive(Debug, Default)]
pub(super) struct Introductions {
    due: BTreeSet<Instant>,
    attachments: u64,
}

impl Introductions {
    /// We are connected to the shared instance.
    pub(super) fn attached(&mut self, now: Instant) {
        self.due.clear();
        self.due.insert(now.after(AFTER_ATTACHING));
        if self.attachments > 0 {
            self.due.insert(now.after(AFTER_COMING_BACK));
        }
        self.attachments = self.attachments.saturating_add(1);
    }

    /// There is a new destination.
    pub(super) fn at_once(&mut self) {
        self.due.insert(Instant::ZERO);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().copied()
    }

    fn poll_due(&mut self, now: Instant) -> bool {
        let waiting = self.due.split_off(&now.after(Duration::from_micros(1)));
        !std::mem::replace(&mut self.due, waiting).is_empty()
    }
}

impl Node {
    /// Tells the shared instance where our destinations are. It tells nobody else before somebody asks.
    pub(super) fn introduce(&mut self, now: Now) {
        if !self.introductions.poll_due(now.instant) {
            return;
        }
        let destinations: Vec<_> = self.own.keys().copied().collect();
        for destination in destinations {
            let Some(own) = self.own.get_mut(&destination) else { continue };
            // What is too large to be announced was refused when it was registered or changed.
            let Ok(frame) = own.announce(now, AnnounceKind::PathResponse, &mut self.random) else { continue };
            self.tell_what_to_store(destination);
            self.wire.send_where(&frame, |_, spec| spec.neighbour == Neighbour::SharedInstance);
        }
    }

    /// A broadcast that nobody is named in: what a client says goes out everywhere, what comes in goes to all clients.
    pub(super) fn share_broadcast(&mut self, arrival: Arrival, packet: &Packet<'_>) {
        let broadcast = self.relay.is_some()
            && packet.packet_type == PacketType::Data
            && packet.destination_type == DestinationType::Plain
            && packet.propagation == Propagation::Broadcast
            && packet.transport_id.is_none();
        let address = DestinationHash::from(packet.address);
        if !broadcast || address == self.path_request_address || address == self.tunnel_address {
            return;
        }
        let from_client = arrival.neighbour == Neighbour::LocalClient;
        self.wire.send_where(&packet.pack(), |out, spec| {
            out != arrival.interface && (from_client || spec.neighbour == Neighbour::LocalClient)
        });
    }

    /// A valid announce has changed a path: all clients hear of it at once, and what a client announces goes out as if
    /// it were our own, once and without a hop.
    pub(super) fn share_announce(&mut self, arrival: Arrival, context: Context, copy: &AnnounceCopy) {
        let Some(id) = self.transport_id() else { return };
        let frame = copy.frame(id, arrival.hops, context);
        let live = context != Context::PathResponse && arrival.neighbour == Neighbour::LocalClient;
        self.wire.send_where(&frame, |out, spec| {
            let hears = spec.neighbour == Neighbour::LocalClient || (live && spec.mode.passes_own_announce());
            hears && out != arrival.interface
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(millis))
    }

    fn times(introductions: &mut Introductions) -> Vec<u64> {
        let mut times = Vec::new();
        while let Some(due) = introductions.poll_timeout() {
            assert!(introductions.poll_due(due));
            times.push(due.as_micros() / 1000);
        }
        times
    }

    #[test]
    fn destinations_are_introduced_a_moment_after_attaching_and_again_ten_seconds_after_coming_back() {
        let mut introductions = Introductions::default();
        introductions.attached(at(1000));
        assert_eq!(times(&mut introductions), [1250]);
        introductions.attached(at(60_000));
        assert_eq!(times(&mut introductions), [60_250, 70_000]);
    }

    #[test]
    fn a_connection_that_comes_and_goes_leaves_no_introductions_behind() {
        let mut introductions = Introductions::default();
        (0..1000).for_each(|n| introductions.attached(at(n)));
        assert_eq!(times(&mut introductions), [999 + 250, 999 + 10_000]);
        introductions.at_once();
        introductions.at_once();
        assert!(introductions.poll_due(at(20_000)) && !introductions.poll_due(at(20_000)));
    }
}
