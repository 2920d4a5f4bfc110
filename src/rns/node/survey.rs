//! Questions about what a node knows of the network, and orders to forget some of it: for people who look after it.
//! Not how it comes to know; that is in the tables.

use super::Node;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::interface::InterfaceId;
use crate::rns::time::{Now, UnixTime};

/// A path, as people are told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPath {
    /// Where to.
    pub destination: DestinationHash,
    /// The transport node to name in the header, if any.
    pub next_hop: Option<IdentityHash>,
    /// How far it is.
    pub hops: u8,
    /// Where packets go out.
    pub interface: InterfaceId,
    /// When it was last announced or used.
    pub refreshed: UnixTime,
    /// When it is forgotten, if it is not used again.
    pub expires: UnixTime,
}

/// How often a destination announces itself, as far as it counts for passing that on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRate {
    /// Which destination.
    pub destination: DestinationHash,
    /// When an announce of it was last passed on.
    pub last: UnixTime,
    /// How much too often it has announced itself.
    pub violations: u32,
    /// Until when its announces are not passed on.
    pub blocked_until: Option<UnixTime>,
}

impl Node {
    /// All paths.
    pub fn known_paths(&self, now: Now) -> impl Iterator<Item = KnownPath> {
        self.paths.survey().map(move |(destination, path, refreshed, expires)| KnownPath {
            destination,
            next_hop: path.next_hop,
            hops: path.hops,
            interface: path.interface,
            refreshed: now.wall_time_of(refreshed),
            expires: now.wall_time_at(expires),
        })
    }

    /// The interface that leads to a destination, and the transport node there, if any.
    pub fn way_to(&self, destination: DestinationHash) -> Option<(InterfaceId, Option<IdentityHash>)> {
        self.paths.get(destination).map(|path| (path.interface, path.next_hop))
    }

    /// How often others announce themselves.
    pub fn known_rates(&self, now: Now) -> impl Iterator<Item = KnownRate> {
        let rates = self.relay.as_deref().into_iter().flat_map(move |relay| relay.rates.survey(now.instant));
        rates.map(move |(destination, last, violations, blocked_until)| KnownRate {
            destination,
            last: now.wall_time_of(last),
            violations,
            blocked_until: blocked_until.map(|until| now.wall_time_at(until)),
        })
    }

    /// Announces of others that wait on an interface: to go out, and to come in.
    pub fn waiting_announces(&self, interface: InterfaceId) -> (usize, usize) {
        self.relay
            .as_deref()
            .map_or((0, 0), |relay| (relay.queues.on(interface), relay.ingress.on(interface)))
    }

    /// Links between others that run through here and are up.
    pub fn open_relayed_links(&self) -> usize {
        self.relay.as_deref().map_or(0, |relay| relay.links.open())
    }

    /// Forgets the path to a destination. Was there one?
    pub fn drop_path(&mut self, destination: DestinationHash) -> bool {
        let known = self.paths.get(destination).is_some();
        self.paths.remove(destination);
        known
    }

    /// Forgets all paths by way of a transport node. How many?
    pub fn drop_paths_via(&mut self, next_hop: IdentityHash) -> usize {
        let known = self.paths.len();
        self.paths.remove_via(next_hop);
        known.saturating_sub(self.paths.len())
    }

    /// Forgets announces of others that wait to go out.
    pub fn drop_announce_queues(&mut self) {
        if let Some(relay) = &mut self.relay {
            relay.queues.clear();
        }
    }
}
