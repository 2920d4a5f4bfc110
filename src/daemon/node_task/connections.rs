//! What the node's task does with interfaces: connections that come and go, and a configuration that is read again.
//! Not what comes in on them; the node knows what that means.

use super::NodeTask;
use crate::daemon::connections::{self, Turn};
use crate::interface::{Direction, InterfaceEvent};
use crate::rns::interface::InterfaceId;
use crate::rns::time::Now;

impl NodeTask {
    pub(super) fn handle_interface_event(&mut self, event: InterfaceEvent) {
        let now = self.clock.now();
        let network = &mut self.routine.network;
        match connections::handle(now, event, &mut self.node, &mut self.interfaces, network) {
            Turn::Same | Turn::Up(_, Direction::Incoming) => {}
            Turn::Gone => self.route_events(now),
            Turn::Up(_, Direction::Found) => self.routine.announcer.neighbour_found(now.instant),
            Turn::Up(_, Direction::Outgoing) => self.routine.announcer.connection_up(now.instant),
            Turn::Up(interface, Direction::Dialled) => {
                self.node.offer_tunnel(interface);
                self.routine.announcer.connection_up(now.instant);
            }
        }
    }

    /// Reads the configuration again, and makes what runs what it says.
    pub(super) fn reload(&mut self) {
        let Some(changes) = self.plan.read_again() else { return };
        let now = self.clock.now();
        for attachment in &changes.stop {
            let gone = self.interfaces.connections_of(*attachment);
            let links: Vec<_> = self
                .links
                .all()
                .into_iter()
                .filter(|link| {
                    self.node.link_interface(*link).is_some_and(|interface| gone.contains(&interface))
                })
                .collect();
            for link in links {
                self.node.close_link(now, link);
            }
            self.flush(now);
            self.interfaces.detach(*attachment);
            for interface in gone {
                self.remove_interface(now, interface);
            }
        }
        self.plan.start_new(now, changes, &mut self.interfaces);
    }

    fn remove_interface(&mut self, now: Now, interface: InterfaceId) {
        let network = &mut self.routine.network;
        connections::remove(now, interface, &mut self.node, &mut self.interfaces, network);
        self.route_events(now);
    }
}
