//! What a node knows of its air, for those who have something to send: when it may, and what that costs.
//! Not the queue; that is in [`crate::rns::air`].

use std::time::Duration;

use super::Node;
use crate::rns::air::queue::News;
use crate::rns::air::{AirStatus, Class};
use crate::rns::error::DropReason;
use crate::rns::event::Event;
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::time::{Instant, Now};

impl Node {
    /// When a packet of so many bytes may be sent on an interface, if not now: the budget of that radio is used up as far
    /// as this class may use it, or much waits there already. What costs no air is free at once.
    pub fn air_on(
        &mut self,
        now: Now,
        interface: InterfaceId,
        class: Class,
        bytes: usize,
    ) -> Option<Instant> {
        let opens = self.wire.opens(now.instant, interface, class, bytes);
        self.handle_air(now);
        opens
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
