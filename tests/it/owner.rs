//! What stands for the node in tests of interfaces: it numbers them, holds their queues, collects what they say.
//! Not the interfaces.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use roost::interface::{
    Attachment, Bus, BusEnd, Condition, Direction, Hold, InterfaceEvent, Offered, TransmitQueue,
};
use roost::rns::interface::{InterfaceId, InterfaceSpec};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on a runtime like the daemon's, and fails it when it hangs.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE, test).await.expect("the test hangs") });
}

/// Stands for the node: numbers interfaces, holds their queues and collects what they say.
pub(crate) struct Owner {
    pub(crate) events: BusEnd,
    pub(crate) queues: BTreeMap<InterfaceId, TransmitQueue>,
    /// What interfaces have said of how they fare, until it is asked for.
    said: VecDeque<Condition>,
    holds: Vec<Hold>,
}

/// An interface that came up.
pub(crate) struct Up {
    pub(crate) id: InterfaceId,
    pub(crate) spec: InterfaceSpec,
    pub(crate) direction: Direction,
}

impl Owner {
    pub(crate) fn new(events: BusEnd) -> Self {
        Self { events, queues: BTreeMap::new(), said: VecDeque::new(), holds: Vec::new() }
    }

    /// A place for an interface, as long as the owner lives.
    pub(crate) fn attach(&mut self, bus: &Bus) -> Attachment {
        let (attachment, hold) = bus.attach();
        self.holds.push(hold);
        attachment
    }

    /// Tells all interfaces to stop.
    pub(crate) fn release(&mut self) {
        self.holds.clear();
        self.queues.clear();
    }

    pub(crate) async fn event(&mut self) -> InterfaceEvent {
        loop {
            match self.events.next().await.expect("interfaces are there") {
                InterfaceEvent::Fares { condition, .. } => self.said.push_back(condition),
                event => return event,
            }
        }
    }

    /// The next thing that an interface says of how it fares.
    pub(crate) async fn condition(&mut self) -> Condition {
        if let Some(condition) = self.said.pop_front() {
            return condition;
        }
        match self.events.next().await.expect("interfaces are there") {
            InterfaceEvent::Fares { condition, .. } => condition,
            other => panic!("expected how it fares, got {other:?}"),
        }
    }

    pub(crate) async fn up(&mut self) -> Up {
        match self.event().await {
            InterfaceEvent::Up { spec, direction, transmit, assigned, .. } => {
                let id = InterfaceId(self.queues.len() as u64);
                self.queues.insert(id, transmit);
                assigned.send(id).expect("the connection waits for its number");
                Up { id, spec, direction }
            }
            other => panic!("expected a connection, got {other:?}"),
        }
    }

    pub(crate) async fn frame(&mut self) -> (InterfaceId, Vec<u8>) {
        match self.event().await {
            InterfaceEvent::Frame { interface, frame } => (interface, frame),
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    pub(crate) fn offer(&self, interface: InterfaceId, frame: &[u8]) -> Offered {
        self.queues[&interface].offer(frame.to_vec())
    }

    pub(crate) async fn down(&mut self) -> InterfaceId {
        match self.event().await {
            InterfaceEvent::Down { interface } => interface,
            other => panic!("expected an end, got {other:?}"),
        }
    }
}
