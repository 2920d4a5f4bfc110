//! What a node knows of its air, for those who have something to send: when it may, and what that costs.
//! Not the queue; that is in [`crate::rns::air`].

use std::time::Duration;

use super::Node;
use crate::rns::air::queue::News;
use crate::rns::air::{AirStatus, Class, Tally};
use crate::rns::error::DropReason;
use crate::rns::event::Event;
use crate::rns::hash::DestinationHash;
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::packet::{HEADER_MAX, HEADER_MIN, encrypted_len};
use crate::rns::time::{Instant, Now};

/// What a packet takes of the air of the first hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// No path to its destination is known.
    NoWay,
    /// The path begins on an interface that is no radio.
    Nothing,
    /// So long.
    Air(Duration),
}

impl Node {
    /// When a packet of so many bytes to a destination may be sent on an interface, if not now: the budget of that radio is
    /// used up as far as this class may use it, or much waits there already; or a notice to somebody else has waited longer
    /// than this one. What costs no air is free at once.
    pub fn air_on(
        &mut self,
        now: Now,
        interface: InterfaceId,
        class: Class,
        bytes: usize,
        to: DestinationHash,
    ) -> Option<Instant> {
        let opens = self.wire.opens(now.instant, interface, class, bytes, to);
        self.handle_air(now);
        opens
    }

    /// What a packet that carries so many bytes to a destination costs.
    pub fn price(&self, destination: DestinationHash, data: usize) -> Price {
        let path = self.paths.get(destination);
        let Some((path, spec)) = path.and_then(|path| Some((path, self.wire.spec(path.interface)?))) else {
            return Price::NoWay;
        };
        let Some(air) = spec.air else { return Price::Nothing };
        let header = if path.hops > 1 { HEADER_MAX } else { HEADER_MIN };
        let bytes = header.saturating_add(encrypted_len(data)).saturating_add(spec.code_size());
        Price::Air(air.channel.time_on_air(bytes))
    }

    /// What notices to a destination took of the air of our radios in the last day, or since the start.
    pub fn told(&self, now: Now, destination: DestinationHash) -> Tally {
        self.wire.told(now.instant, destination.into())
    }

    /// How long what waits for the air of an interface takes; `None` if it is no radio.
    pub fn air_backlog(&self, now: Now, interface: InterfaceId) -> Option<Duration> {
        self.wire.backlog(now.instant, interface)
    }

    /// How the radios stand.
    pub fn air(&self, now: Now) -> Vec<(InterfaceId, AirStatus)> {
        self.wire.air(now.instant)
    }

    /// What an interface is called.
    pub fn interface_name(&self, interface: InterfaceId) -> Option<&str> {
        self.wire.spec(interface).map(|spec: &InterfaceSpec| spec.name.as_str())
    }

    pub(super) fn handle_air(&mut self, now: Now) {
        let events = &mut self.events;
        let lost = self.wire.handle_air(now.instant, &mut self.random, |interface, news| {
            events.push_back(match news {
                News::UsedUp(until) => Event::AirUsedUp { interface, until },
                News::Free => Event::AirFree { interface },
            });
        });
        for _ in 0..lost {
            self.drops.add(DropReason::NoAir);
        }
    }
}
