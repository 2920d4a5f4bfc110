//! Tunnels: who connects again is known by a signature, and the paths that led over the lost connection come back.
//! Not paths over a connection that is up; those are in the path table.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fair::Fair;
use crate::rns::destination::{name_hash, plain_destination_hash};
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, TunnelId, sha256};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::interface::InterfaceId;
use crate::rns::packet::{Context, DestinationType, Packet, PacketType};
use crate::rns::snapshot::PathRecord;
use crate::rns::time::Instant;

/// Most paths that wait for their peers; the tunnel that has most of them loses the one that waits longest.
const MAX_WAITING: usize = 4096;
/// `Transport.TUNNEL_TIMEOUT` and `TUNNEL_PATH_TIMEOUT`: so long a path waits.
const LIFETIME: Duration = Duration::from_secs(28_800);
/// An offer costs the check of a signature, and whoever connects makes one. On each interface there is one in so long.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
/// What the signature covers: public key, interface and random bytes.
const SIGNED_LEN: usize = 112;
/// What the id follows from: public key and interface.
const NAMED_LEN: usize = 96;

/// What a node says right after it has connected: that this is the connection which it had before (page 04 §10).
#[derive(Debug)]
pub struct TunnelOffer<'p> {
    signed: &'p [u8; SIGNED_LEN],
    signature: &'p [u8],
}

impl<'p> TunnelOffer<'p> {
    /// The PLAIN destination of all offers, `rnstransport.tunnel.synthesize`.
    pub fn address() -> DestinationHash {
        plain_destination_hash(name_hash("rnstransport.tunnel.synthesize"))
    }

    /// The packet by which `identity` offers a tunnel over its interface of this name.
    pub fn pack(identity: &Identity, interface: &str, random: [u8; 16]) -> Vec<u8> {
        let public = *identity.public().as_bytes();
        let signed = [&public[..], &sha256(&[interface.as_bytes()]), &random].concat();
        let payload = [&signed[..], &identity.sign(&signed)].concat();
        let (data, plain) = (PacketType::Data, DestinationType::Plain);
        Packet::new(data, plain, Self::address(), Context::None, &payload).pack()
    }

    /// Reads the payload of a packet to [`Self::address`].
    pub fn parse(payload: &'p [u8]) -> Result<Self, DropReason> {
        let (signed, signature) = payload.split_first_chunk().ok_or(DropReason::Truncated)?;
        Ok(Self { signed, signature })
    }

    /// The tunnel that is offered, if whoever offers it holds its key.
    pub fn verify(&self) -> Result<TunnelId, DropReason> {
        let public = self.signed.first_chunk().map(|public| PublicIdentity::from_bytes(*public));
        let named = self.signed.first_chunk::<NAMED_LEN>();
        match (public, named) {
            (Some(public), Some(named)) if public.verify(self.signed, self.signature) => {
                Ok(TunnelId::from_bytes(sha256(&[named])))
            }
            _ => Err(DropReason::BadSignature),
        }
    }
}

#[derive(Debug)]
struct Connection {
    tunnel: Option<TunnelId>,
    tried: Instant,
}

/// Which tunnel each interface is, and the paths of those that are no interface now.
#[derive(Debug)]
pub(crate) struct Tunnels {
    connections: BTreeMap<InterfaceId, Connection>,
    waiting: Fair<(TunnelId, DestinationHash), PathRecord, TunnelId>,
}

impl Tunnels {
    pub(crate) fn new() -> Self {
        Self { connections: BTreeMap::new(), waiting: Fair::new(MAX_WAITING) }
    }

    /// Paths that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Is an offer on `interface` worth checking now?
    pub(crate) fn may_try(&mut self, now: Instant, interface: InterfaceId) -> bool {
        match self.connections.get_mut(&interface) {
            Some(connection) if now.since(connection.tried) < MIN_INTERVAL => false,
            Some(connection) => {
                connection.tried = now;
                true
            }
            None => {
                self.connections.insert(interface, Connection { tunnel: None, tried: now });
                true
            }
        }
    }

    /// `interface` is this tunnel from now on; returns another that was it until now.
    pub(crate) fn attach(
        &mut self,
        now: Instant,
        interface: InterfaceId,
        tunnel: TunnelId,
    ) -> Option<InterfaceId> {
        let is_it = |(at, connection): (&InterfaceId, &mut Connection)| {
            (*at != interface && connection.tunnel.take_if(|other| *other == tunnel).is_some()).then_some(*at)
        };
        let former = self.connections.iter_mut().find_map(is_it);
        self.connections.insert(interface, Connection { tunnel: Some(tunnel), tried: now });
        former
    }

    /// The tunnel that an interface is.
    pub(crate) fn on(&self, interface: InterfaceId) -> Option<TunnelId> {
        self.connections.get(&interface).and_then(|connection| connection.tunnel)
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.connections.remove(&interface);
    }

    /// A path waits from `since` on.
    pub(crate) fn keep(&mut self, since: Instant, tunnel: TunnelId, path: PathRecord) {
        self.waiting.insert(since, tunnel, (tunnel, path.destination), path);
    }

    /// The paths that waited for a tunnel.
    pub(crate) fn take(&mut self, tunnel: TunnelId) -> impl Iterator<Item = PathRecord> {
        self.waiting.remove_all_of(tunnel).into_iter().map(|(_, path)| path)
    }

    /// All paths that wait, and since when.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TunnelId, &PathRecord, Instant)> {
        self.waiting.iter().map(|((tunnel, _), path, since)| (*tunnel, path, since))
    }

    /// Forgets paths that waited too long.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.waiting.expire(now, LIFETIME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::PacketHash;
    use crate::rns::time::UnixTime;

    const X: InterfaceId = InterfaceId(1);
    const Y: InterfaceId = InterfaceId(2);
    const TUNNEL: TunnelId = TunnelId::from_bytes([1; 32]);
    const OTHER: TunnelId = TunnelId::from_bytes([2; 32]);

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn path(n: u16) -> PathRecord {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        PathRecord {
            destination: DestinationHash::from_bytes(bytes),
            interface: String::new(),
            next_hop: None,
            hops: 1,
            announce: PacketHash::from_bytes([0; 32]),
            blobs: Vec::new(),
            touched: UnixTime::default(),
            used: false,
            copy: None,
        }
    }

    #[test]
    fn an_offer_is_checked_once_in_a_second_on_each_interface() {
        let mut tunnels = Tunnels::new();
        assert!(tunnels.may_try(at(0), X) && tunnels.may_try(at(0), Y));
        assert!(!tunnels.may_try(at(0), X));
        tunnels.attach(at(0), X, TUNNEL);
        assert!(!tunnels.may_try(at(0), X) && tunnels.may_try(at(1), X));
    }

    #[test]
    fn a_tunnel_is_one_interface_and_an_interface_one_tunnel() {
        let mut tunnels = Tunnels::new();
        assert_eq!(tunnels.attach(at(0), X, TUNNEL), None);
        assert_eq!(tunnels.attach(at(0), X, TUNNEL), None);
        assert_eq!(tunnels.attach(at(0), Y, TUNNEL), Some(X));
        assert_eq!((tunnels.on(X), tunnels.on(Y)), (None, Some(TUNNEL)));
        assert_eq!(tunnels.attach(at(0), Y, OTHER), None);
        assert_eq!(tunnels.on(Y), Some(OTHER));
        tunnels.remove_interface(Y);
        assert_eq!(tunnels.on(Y), None);
    }

    #[test]
    fn paths_wait_eight_hours_and_a_greedy_tunnel_pushes_out_only_its_own() {
        let mut tunnels = Tunnels::new();
        tunnels.keep(at(0), TUNNEL, path(1));
        for n in 0..5000 {
            tunnels.keep(at(1), OTHER, path(n));
        }
        assert_eq!(tunnels.len(), MAX_WAITING);
        tunnels.expire(at(28_799));
        assert_eq!(tunnels.take(TUNNEL).collect::<Vec<_>>(), [path(1)]);
        assert_eq!(tunnels.take(TUNNEL).count(), 0);
        tunnels.expire(at(28_801));
        assert_eq!(tunnels.len(), 0);
    }
}
