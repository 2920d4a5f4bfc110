//! What an interface tells: a frame, a connection that comes or goes, how it fares; for whoever drives a node.
//! Not what comes of it for the driver, who has more to do than the node.

use super::interfaces::Registry;
use super::network_file::NetworkFile;
use crate::interface::{Direction, InterfaceEvent};
use crate::rns::Node;
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::time::Now;

/// What has become of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// One stands.
    Up(InterfaceId, Direction),
    /// One is gone, and the node knows it.
    Gone,
    /// They are as they were.
    Same,
}

/// Lets the node know, and those who keep count.
pub(super) fn handle(
    now: Now,
    event: InterfaceEvent,
    node: &mut Node,
    registry: &mut Registry,
    network: &mut NetworkFile,
) -> Turn {
    match event {
        InterfaceEvent::Frame { interface, frame } => {
            registry.received(interface, frame.len());
            node.handle_frame(now, interface, &frame);
            Turn::Same
        }
        InterfaceEvent::Up { attachment, spec, direction, transmit, assigned } => {
            if !registry.has(attachment) {
                return Turn::Same;
            }
            let interface = node.add_interface(now, spec.clone());
            // A shared instance that comes back is another one, and what led over it leads nowhere.
            if direction.is_ours() && spec.neighbour == Neighbour::Network {
                network.note_opened(interface, spec.name.clone());
            }
            registry.connected(now, interface, attachment, spec, direction, transmit);
            if assigned.send(interface).is_ok() {
                return Turn::Up(interface, direction);
            }
            remove(now, interface, node, registry, network);
            Turn::Gone
        }
        InterfaceEvent::Down { interface } => {
            remove(now, interface, node, registry, network);
            Turn::Gone
        }
        InterfaceEvent::Radio { attachment, statistics } => {
            registry.heard_of_radio(attachment, statistics);
            Turn::Same
        }
        InterfaceEvent::Fares { attachment, condition } => {
            registry.fares(now, attachment, condition);
            Turn::Same
        }
    }
}

/// A connection is gone, or to be let go.
pub(super) fn remove(
    now: Now,
    interface: InterfaceId,
    node: &mut Node,
    registry: &mut Registry,
    network: &mut NetworkFile,
) {
    registry.disconnected(interface);
    if network.note_gone(interface) {
        node.suspend_interface(now, interface);
    } else {
        node.remove_interface(now, interface);
    }
}
