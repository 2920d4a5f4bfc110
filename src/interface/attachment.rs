//! An interface while it runs: its way to the owner of the node, how it fares, and the word to stop.
//! Not its connections; it may have none, one or many.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::places::Place;
use super::transmit_queue::transmit_queue;
use super::{Bus, Counters, Direction, Enrolled, InterfaceEvent};
use crate::rns::interface::{InterfaceId, InterfaceSpec};

/// Names an interface while it runs; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentId(pub(super) u64);

/// How an interface fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It has not said yet.
    Starting,
    /// It does what it should.
    Up,
    /// It doesn't, for this reason, and tries again.
    Retrying(String),
    /// It doesn't, for this reason, and does not try again.
    Ended(String),
}

/// What an interface holds while it runs.
#[derive(Debug, Clone)]
pub struct Attachment {
    id: AttachmentId,
    bus: Bus,
    hold: watch::Receiver<()>,
    /// Of the one client that this is for, at a listener with a limit.
    place: Option<Arc<Place>>,
}

/// Who attached an interface keeps this; it stops when this is dropped, or when the bus is closed. The owner of the
/// node lets go of its connections then.
#[derive(Debug)]
pub struct Hold {
    id: AttachmentId,
    _hold: watch::Sender<()>,
}

impl Hold {
    /// Which.
    pub const fn id(&self) -> AttachmentId {
        self.id
    }
}

impl Attachment {
    pub(super) fn new(id: AttachmentId, bus: Bus) -> (Self, Hold) {
        let (sender, hold) = watch::channel(());
        (Self { id, bus, hold, place: None }, Hold { id, _hold: sender })
    }

    /// Waits until it is to stop.
    pub async fn released(&self) {
        let mut hold = self.hold.clone();
        tokio::select! {
            _ = hold.changed() => {}
            () = self.bus.events.closed() => {}
        }
    }

    /// Waits so long, if it is not to stop before that.
    pub async fn waits(&self, time: Duration) -> bool {
        tokio::select! {
            () = sleep(time) => true,
            () = self.released() => false,
        }
    }

    /// Says how it fares.
    pub async fn say(&self, condition: Condition) {
        let said = InterfaceEvent::Fares { attachment: self.id, condition };
        // Nobody is left to tell when that fails.
        let _ = self.bus.events.send(said).await;
    }

    /// Says what a radio tells of itself.
    pub(super) async fn tell_of_radio(&self, statistics: super::rnode::Statistics) {
        let said = InterfaceEvent::Radio { attachment: self.id, statistics };
        let _ = self.bus.events.send(said).await;
    }

    /// The same, for one client, as long as it has this place.
    pub(super) fn in_place(&self, place: Arc<Place>) -> Self {
        Self { place: Some(place), ..self.clone() }
    }

    /// Waits until another client takes the place.
    pub(super) async fn taken_over(&self) {
        match &self.place {
            Some(place) => place.taken_over().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.bus.counters
    }

    /// Makes a connection known; `None` if its owner does not want it.
    pub(super) async fn enrol(&self, spec: InterfaceSpec, direction: Direction) -> Option<Enrolled> {
        let (transmit, source) = transmit_queue(&self.bus);
        let (assigned, assignment) = oneshot::channel();
        let up = InterfaceEvent::Up { attachment: self.id, spec, direction, transmit, assigned };
        self.bus.events.send(up).await.ok()?;
        Some(Enrolled { interface: assignment.await.ok()?, source })
    }

    /// Hands a frame to the owner of the node; it is thrown away where there is none.
    pub(super) async fn deliver(&self, interface: InterfaceId, frame: Vec<u8>) {
        if let Some(place) = &self.place {
            place.note_frame();
        }
        let _ = self.bus.events.send(InterfaceEvent::Frame { interface, frame }).await;
    }

    /// Says that a connection is gone.
    pub(super) async fn leave(&self, interface: InterfaceId) {
        let _ = self.bus.events.send(InterfaceEvent::Down { interface }).await;
    }
}
