//! The interfaces that run and their connections: how each fares, and what has passed over it.
//! Not their opening, nor what the node knows of the connections.

use std::collections::BTreeMap;

use tracing::{debug, warn};

use super::status::{ConnectionStatus, InterfaceStatus, Traffic};
use crate::interface::rnode::Statistics;
use crate::interface::{AttachmentId, Condition, Direction, Hold, Offered, TransmitQueue};
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::time::Now;

/// Everything that is attached. What it holds is bounded by the configuration, and the connections by the limits of
/// their interfaces.
#[derive(Debug, Default)]
pub struct Registry {
    interfaces: BTreeMap<AttachmentId, Attached>,
    connections: BTreeMap<InterfaceId, Connection>,
}

#[derive(Debug)]
struct Attached {
    kind: &'static str,
    spec: InterfaceSpec,
    condition: Condition,
    since: Now,
    last_failure: Option<(Now, String)>,
    radio: Option<Statistics>,
    /// Over connections that are gone.
    gone: Traffic,
    _hold: Hold,
}

#[derive(Debug)]
struct Connection {
    attachment: AttachmentId,
    spec: InterfaceSpec,
    direction: Direction,
    since: Now,
    transmit: TransmitQueue,
    traffic: Traffic,
}

impl Registry {
    /// An interface starts; `spec` is what its connections are made from. It runs as long as it is kept here.
    pub fn attach(&mut self, now: Now, kind: &'static str, spec: InterfaceSpec, hold: Hold) {
        let attachment = hold.id();
        let attached = Attached {
            kind,
            spec,
            condition: Condition::Starting,
            since: now,
            last_failure: None,
            radio: None,
            gone: Traffic::default(),
            _hold: hold,
        };
        self.interfaces.insert(attachment, attached);
    }

    /// An interface says how it fares. One line in the log for every change, not for every attempt.
    pub fn fares(&mut self, now: Now, attachment: AttachmentId, condition: Condition) {
        let Some(attached) = self.interfaces.get_mut(&attachment) else { return };
        let interface = &attached.spec.name;
        let changed = std::mem::discriminant(&attached.condition) != std::mem::discriminant(&condition);
        match &condition {
            Condition::Retrying(reason) if changed => {
                warn!(%interface, %reason, "interface is down; trying again until it works");
            }
            Condition::Ended(reason) => warn!(%interface, %reason, "interface is down, and stays so"),
            Condition::Retrying(reason) => debug!(%interface, %reason, "interface is still down"),
            Condition::Starting | Condition::Up => {}
        }
        if let Condition::Retrying(reason) | Condition::Ended(reason) = &condition {
            attached.last_failure = Some((now, reason.clone()));
        }
        if changed {
            attached.since = now;
        }
        attached.condition = condition;
    }

    /// A radio has told something of itself.
    pub fn heard_of_radio(&mut self, attachment: AttachmentId, statistics: Statistics) {
        if let Some(attached) = self.interfaces.get_mut(&attachment) {
            attached.radio = Some(statistics);
        }
    }

    /// The connections of an interface.
    pub fn connections_of(&self, attachment: AttachmentId) -> Vec<InterfaceId> {
        let own = self.connections.iter().filter(|(_, connection)| connection.attachment == attachment);
        own.map(|(interface, _)| *interface).collect()
    }

    /// An interface is to stop.
    pub fn detach(&mut self, attachment: AttachmentId) {
        self.interfaces.remove(&attachment);
    }

    /// Is this interface still wanted?
    pub fn has(&self, attachment: AttachmentId) -> bool {
        self.interfaces.contains_key(&attachment)
    }

    /// A connection of an interface stands.
    pub fn connected(
        &mut self,
        now: Now,
        interface: InterfaceId,
        attachment: AttachmentId,
        spec: InterfaceSpec,
        direction: Direction,
        transmit: TransmitQueue,
    ) {
        let traffic = Traffic::default();
        let connection = Connection { attachment, spec, direction, since: now, transmit, traffic };
        self.connections.insert(interface, connection);
    }

    /// A connection is gone, or to be let go.
    pub fn disconnected(&mut self, interface: InterfaceId) {
        let Some(connection) = self.connections.remove(&interface) else { return };
        if let Some(attached) = self.interfaces.get_mut(&connection.attachment) {
            attached.gone = attached.gone.and(connection.traffic);
        }
    }

    /// A frame of so many bytes came in.
    pub fn received(&mut self, interface: InterfaceId, bytes: usize) {
        if let Some(connection) = self.connections.get_mut(&interface) {
            connection.traffic.received(bytes);
        }
    }

    /// Hands a frame to its connection. One that went away a moment ago is no news: that it is gone is on the way.
    pub fn send(&mut self, interface: InterfaceId, frame: Vec<u8>) {
        if let Some(connection) = self.connections.get_mut(&interface) {
            let bytes = frame.len();
            match connection.transmit.offer(frame) {
                Offered::Queued => connection.traffic.sent(bytes),
                Offered::Dropped => connection.traffic.lost(bytes),
                Offered::Closed => {}
            }
        }
    }

    /// How many connections stand.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// All interfaces, in the order in which they were started.
    pub fn snapshot(&self) -> Vec<InterfaceStatus> {
        self.interfaces.iter().map(|(attachment, attached)| self.status(*attachment, attached)).collect()
    }

    fn status(&self, attachment: AttachmentId, attached: &Attached) -> InterfaceStatus {
        let own = self.connections.iter().filter(|(_, connection)| connection.attachment == attachment);
        let connections: Vec<_> = own
            .map(|(interface, connection)| ConnectionStatus {
                interface: *interface,
                spec: connection.spec.clone(),
                direction: connection.direction,
                since: connection.since,
                traffic: connection.traffic,
                waiting: connection.transmit.waiting(),
                full: connection.transmit.is_full(),
            })
            .collect();
        let standing = connections.iter().map(|connection| connection.traffic);
        InterfaceStatus {
            kind: attached.kind,
            spec: attached.spec.clone(),
            condition: attached.condition.clone(),
            since: attached.since,
            last_failure: attached.last_failure.clone(),
            radio: attached.radio,
            traffic: standing.fold(attached.gone, Traffic::and),
            connections,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::{Bus, Medium, Template};
    use crate::rns::time::Instant;

    fn at(micros: u64) -> Now {
        Now { instant: Instant::from_micros(micros), ..Now::default() }
    }

    fn with_one() -> (Registry, AttachmentId) {
        let (bus, _end) = Bus::new();
        let (_, hold) = bus.attach();
        let attachment = hold.id();
        let mut registry = Registry::default();
        registry.attach(at(1), "PipeInterface", Template::new("Hub", Medium::default()).bare_spec(), hold);
        (registry, attachment)
    }

    fn only(registry: &Registry) -> InterfaceStatus {
        let mut all = registry.snapshot();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn an_interface_is_shown_with_since_when_and_why() {
        let (mut registry, attachment) = with_one();
        let status = only(&registry);
        assert_eq!((status.kind, status.spec.name.as_str()), ("PipeInterface", "Hub"));
        assert_eq!((status.condition, status.since), (Condition::Starting, at(1)));
        let down = |why: &str| Condition::Retrying(why.to_owned());
        registry.fares(at(2), attachment, down("refused"));
        registry.fares(at(3), attachment, down("no route"));
        let status = only(&registry);
        assert_eq!(
            (status.condition, status.since),
            (down("no route"), at(2)),
            "down since the first failure"
        );
        registry.fares(at(4), attachment, Condition::Up);
        let status = only(&registry);
        assert_eq!((status.condition, status.since), (Condition::Up, at(4)));
        assert_eq!(status.last_failure, Some((at(3), "no route".to_owned())));
    }
}
