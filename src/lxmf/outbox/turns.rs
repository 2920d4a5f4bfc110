//! Turns where not all may send at once: one message on the air of each slow interface, and so many links open.
//! Not when somebody's turn ends; the outbox tells.

use std::collections::{BTreeMap, VecDeque};

use super::route::Route;
use crate::rns::interface::InterfaceId;

/// Where not all may pass at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gate {
    /// A slow interface: what is sent there at once makes each other late.
    Air(InterfaceId),
    /// Room for one more link of ours.
    Links,
}

/// Who has the turn, and who is in line for it. Whoever is in line has a message in the outbox, which bounds them.
#[derive(Debug, Default)]
pub(super) struct Turns {
    on_air: BTreeMap<InterfaceId, Route>,
    /// Who no longer wants a turn may still stand here until it comes.
    lines: BTreeMap<Gate, VecDeque<Route>>,
}

impl Turns {
    /// May `route` send on a slow interface now? Whoever has sent and asks again lets those in line go first.
    pub(super) fn take(&mut self, interface: InterfaceId, route: Route) -> bool {
        match self.on_air.get(&interface) {
            Some(holder) if *holder != route => return false,
            Some(_) if self.lines.contains_key(&Gate::Air(interface)) => {
                self.on_air.remove(&interface);
                return false;
            }
            Some(_) | None => {}
        }
        self.on_air.insert(interface, route);
        true
    }

    /// `route` waits in line.
    pub(super) fn enter(&mut self, gate: Gate, route: Route) {
        self.lines.entry(gate).or_default().push_back(route);
    }

    /// `route` no longer sends anything: where has it had the turn?
    pub(super) fn release(&mut self, route: Route) -> Vec<Gate> {
        let held: Vec<_> =
            self.on_air.iter().filter(|(_, holder)| **holder == route).map(|(id, _)| *id).collect();
        self.on_air.retain(|_, holder| *holder != route);
        held.into_iter().map(Gate::Air).collect()
    }

    /// Takes the first in line, if it can be its turn.
    pub(super) fn next(&mut self, gate: Gate) -> Option<Route> {
        if let Gate::Air(interface) = gate
            && self.on_air.contains_key(&interface)
        {
            return None;
        }
        let line = self.lines.get_mut(&gate)?;
        let next = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&gate);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::DestinationHash;

    const SLOW: InterfaceId = InterfaceId(7);
    const AIR: Gate = Gate::Air(SLOW);

    fn route(n: u8) -> Route {
        Route { theirs: DestinationHash::from_bytes([n; 16]), ours: DestinationHash::from_bytes([0; 16]) }
    }

    #[test]
    fn whoever_asks_again_lets_those_in_line_go_first() {
        let mut turns = Turns::default();
        assert!(turns.take(SLOW, route(1)) && turns.take(SLOW, route(1)));
        assert!(!turns.take(SLOW, route(2)));
        turns.enter(AIR, route(2));
        assert_eq!(turns.next(AIR), None, "the first is on the air");
        assert!(!turns.take(SLOW, route(1)));
        turns.enter(AIR, route(1));
        assert_eq!(turns.next(AIR), Some(route(2)));
        assert!(turns.take(SLOW, route(2)));
        assert_eq!(turns.release(route(2)), [AIR]);
        assert_eq!((turns.next(AIR), turns.next(AIR)), (Some(route(1)), None));
    }

    #[test]
    fn one_slow_interface_does_not_hold_up_another() {
        let mut turns = Turns::default();
        assert!(turns.take(SLOW, route(1)) && turns.take(InterfaceId(8), route(2)));
        assert!(turns.release(route(3)).is_empty());
    }
}
