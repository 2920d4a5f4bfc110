//! How an interface makes itself known to the owner of the node: its number, and what it is to transmit.
//! Not the carrying of frames; every kind of interface has its own way.

use tokio::sync::oneshot;

use super::transmit_queue::{TransmitSource, transmit_queue};
use super::{Bus, Direction, InterfaceEvent};
use crate::rns::interface::{InterfaceId, InterfaceSpec};

/// An interface that the owner of the node knows.
#[derive(Debug)]
pub(super) struct Enrolled {
    /// Its number.
    pub(super) interface: InterfaceId,
    /// What it is to transmit; ends when the owner lets go of the interface.
    pub(super) source: TransmitSource,
}

/// Makes an interface known; `None` if the owner of the node is gone.
pub(super) async fn enrol(spec: InterfaceSpec, direction: Direction, bus: &Bus) -> Option<Enrolled> {
    let (transmit, source) = transmit_queue(bus);
    let (assigned, assignment) = oneshot::channel();
    bus.events.send(InterfaceEvent::Up { spec, direction, transmit, assigned }).await.ok()?;
    Some(Enrolled { interface: assignment.await.ok()?, source })
}

/// Says that an interface is gone. Nobody is left to tell when that fails.
pub(super) async fn leave(interface: InterfaceId, bus: &Bus) {
    let _ = bus.events.send(InterfaceEvent::Down { interface }).await;
}
