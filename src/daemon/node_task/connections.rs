//! What the node's task does with interfaces: connections that come and go, and a configuration that is read again.
//! Not what comes in on them; the node knows what that means.

use super::NodeTask;
use crate::interface::{Direction, InterfaceEvent};
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::time::Now;

impl NodeTask {
    pub(super) fn handle_interface_event(&mut self, event: InterfaceEvent) {
        let now = self.clock.now();
        match event {
            InterfaceEvent::Frame { interface, frame } => {
                self.interfaces.received(interface, frame.len());
                self.node.handle_frame(now, interface, &frame);
            }
            InterfaceEvent::Up { attachment, spec, direction, transmit, assigned } => {
                if !self.interfaces.has(attachment) {
                    return;
                }
                let interface = self.node.add_interface(now, spec.clone());
                // A shared instance that comes back is another one, and what led over it leads nowhere.
                if direction.is_ours() && spec.neighbour == Neighbour::Network {
                    self.routine.network.note_opened(interface, spec.name.clone());
                }
                self.interfaces.connected(now, interface, attachment, spec, direction, transmit);
                if assigned.send(interface).is_err() {
                    self.remove_interface(now, interface);
                    return;
                }
                match direction {
                    Direction::Incoming => {}
                    Direction::Found => self.routine.announcer.neighbour_found(now.instant),
                    Direction::Outgoing | Direction::Dialled => {
                        if direction == Direction::Dialled {
                            self.node.offer_tunnel(interface);
                        }
                        self.routine.announcer.connection_up(now.instant);
                    }
                }
            }
            InterfaceEvent::Down { interface } => self.remove_interface(now, interface),
            InterfaceEvent::Radio { attachment, statistics } => {
                self.interfaces.heard_of_radio(attachment, statistics);
            }
            InterfaceEvent::Fares { attachment, condition } => {
                self.interfaces.fares(now, attachment, condition);
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
        self.interfaces.disconnected(interface);
        if self.routine.network.note_gone(interface) {
            self.node.suspend_interface(now, interface);
        } else {
            self.node.remove_interface(now, interface);
        }
        self.route_events(now);
    }
}
