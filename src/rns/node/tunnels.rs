//! The node's work for tunnels: offering ours, and bringing back the paths of those who connect again.
//! Not what an offer looks like, nor what waits for whom; that is transport's.

use super::Node;
use super::forward::Arrival;
use crate::rns::error::DropReason;
use crate::rns::hash::TunnelId;
use crate::rns::identity::Identity;
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::packet::Packet;
use crate::rns::snapshot::{PathRecord, TunnelRecord};
use crate::rns::time::Now;
use crate::rns::transport::TunnelOffer;

impl Node {
    /// Whose connections peers are told that ours are: the identity of the transport node, if this is one.
    pub fn offer_tunnels_as(&mut self, identity: Identity) {
        self.tunnel_identity = Some(identity);
    }

    /// Tells the peer at the other end of `interface` which of our connections this is, so that it finds the paths again
    /// that led over the last one: that of the same identity, on an interface of the same name.
    pub fn offer_tunnel(&mut self, interface: InterfaceId) {
        if let (Some(identity), Some(spec)) = (&self.tunnel_identity, self.wire.spec(interface)) {
            let frame = TunnelOffer::pack(identity, &spec.name, self.random.bytes());
            self.wire.send_on(interface, frame);
        }
    }

    /// A peer has connected, perhaps again. An end node has no use for that.
    pub(super) fn handle_tunnel_offer(
        &mut self,
        now: Now,
        arrival: Arrival,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        let Arrival { interface, hops, neighbour } = arrival;
        if self.relay.is_none() {
            return Ok(());
        }
        if hops > 1 || neighbour != Neighbour::Network {
            return Err(DropReason::NotForUs);
        }
        let offer = TunnelOffer::parse(packet.payload)?;
        // Who has recorded an offer must not get the paths by repeating it.
        let fingerprint = self.unseen(packet)?;
        let relay = self.relay.as_deref_mut().ok_or(DropReason::NotServed)?;
        if !relay.tunnels.may_try(now.instant, interface) {
            return Err(DropReason::NotServed);
        }
        let tunnel = offer.verify()?;
        self.seen.insert(fingerprint);
        let former = relay.tunnels.attach(now.instant, interface, tunnel);
        // The peer has noticed before us that the old connection is dead.
        let live = former.map(|former| self.take_paths_over(now, former)).unwrap_or_default();
        let waiting = self.relay.as_deref_mut().map(|relay| relay.tunnels.take(tunnel).collect::<Vec<_>>());
        self.restore_paths(now, interface, live.into_iter().chain(waiting.unwrap_or_default()));
        Ok(())
    }

    /// An interface goes. If it is a tunnel, its paths wait until the peer connects again.
    pub(super) fn keep_tunnel_paths(&mut self, now: Now, interface: InterfaceId) {
        let Some(tunnel) = self.relay.as_deref().and_then(|relay| relay.tunnels.on(interface)) else {
            return;
        };
        let paths = self.take_paths_over(now, interface);
        if let Some(relay) = &mut self.relay {
            paths.into_iter().for_each(|path| relay.tunnels.keep(now.instant, tunnel, path));
        }
        self.arm_sweep(now);
    }

    /// All paths over tunnels, those that are up and those that are not.
    pub(super) fn tunnel_records(&self, now: Now) -> Vec<TunnelRecord> {
        let Some(relay) = self.relay.as_deref() else { return Vec::new() };
        let record = |tunnel: TunnelId, path, since| TunnelRecord { tunnel, since, path };
        let live = self.paths.records(now).filter_map(|(path, interface)| {
            relay.tunnels.on(interface).map(|tunnel| record(tunnel, path, now.unix))
        });
        let waiting = relay.tunnels.iter();
        live.chain(waiting.map(|(tunnel, path, since)| record(tunnel, path.clone(), now.wall_time_of(since))))
            .collect()
    }

    /// Takes back what [`Self::tunnel_records`] gave.
    pub(super) fn restore_tunnels(&mut self, now: Now, records: Vec<TunnelRecord>) {
        let Some(relay) = self.relay.as_deref_mut() else { return };
        for TunnelRecord { tunnel, since, path } in records {
            relay.tunnels.keep(now.instant_of(since), tunnel, path);
        }
        relay.tunnels.expire(now.instant);
    }

    fn take_paths_over(&mut self, now: Now, interface: InterfaceId) -> Vec<PathRecord> {
        let paths =
            self.paths.records(now).filter(|(_, over)| *over == interface).map(|(path, _)| path).collect();
        self.paths.remove_interface(interface);
        paths
    }
}
