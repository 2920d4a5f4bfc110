//! What a node knows of others, for those who ask: their keys, and the ways to them.
//! Not what it does with them.

use std::time::Duration;

use super::Node;
use crate::rns::destination::KnownDestination;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::packet::MTU;
use crate::rns::time::{Now, UnixTime};

/// A path, as it stood when somebody asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStatus {
    /// How far the destination is: 1 for a neighbour.
    pub hops: u8,
    /// The transport node that packets go to; `None` if the destination itself was heard.
    pub next_hop: Option<IdentityHash>,
    /// Where packets go out.
    pub interface: InterfaceId,
    /// What that is called.
    pub interface_name: String,
    /// When the path was heard or used last.
    pub refreshed: UnixTime,
    /// How long it lasts from then on.
    pub lifetime: Duration,
}

impl Node {
    /// What is known of a destination, from announces or because it is ours.
    pub fn recall(&self, destination: DestinationHash) -> Option<&KnownDestination> {
        self.known.get(destination)
    }

    /// What is known of an identity, from any of its destinations.
    pub fn recall_identity(&self, identity: IdentityHash) -> Option<&KnownDestination> {
        self.known.of_identity(identity)
    }

    /// Is a path known, and how many hops is it?
    pub fn hops_to(&self, destination: DestinationHash) -> Option<u8> {
        self.paths.get(destination).map(|path| path.hops)
    }

    /// How long a packet of full size takes on an interface.
    pub fn full_packet_time(&self, interface: InterfaceId) -> Option<Duration> {
        self.packet_time(interface, MTU)
    }

    /// How long a packet of so many bytes, header included, takes on an interface.
    pub fn packet_time(&self, interface: InterfaceId, bytes: usize) -> Option<Duration> {
        packet_time(self.wire.spec(interface)?, bytes)
    }

    /// How long one takes on the slowest interface.
    pub fn slowest_packet_time(&self) -> Option<Duration> {
        self.wire.interfaces().filter_map(|(_, spec)| packet_time(spec, MTU)).max()
    }

    /// The path to a destination.
    pub fn path_to(&self, now: Now, destination: DestinationHash) -> Option<PathStatus> {
        let path = self.paths.get(destination)?;
        let (refreshed, lifetime) = self.paths.age(destination)?;
        Some(PathStatus {
            hops: path.hops,
            next_hop: path.next_hop,
            interface: path.interface,
            interface_name: self.wire.spec(path.interface).map(|spec| spec.name.clone()).unwrap_or_default(),
            refreshed: now.wall_time_of(refreshed),
            lifetime,
        })
    }
}

/// An interface that says nothing of its speed takes no time.
fn packet_time(spec: &InterfaceSpec, bytes: usize) -> Option<Duration> {
    let bytes = bytes.saturating_add(spec.code_size());
    if let Some(air) = spec.air {
        return Some(air.channel.time_on_air(bytes));
    }
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
    bits.saturating_mul(1_000_000).checked_div(spec.bitrate).map(Duration::from_micros)
}
