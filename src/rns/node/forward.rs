//! Passing packets on for others: along paths, back along the reverse table, both ways along links.
//! Not announces and path requests; those are told anew.

use super::Node;
use super::links::may_repeat;
use crate::rns::error::DropReason;
use crate::rns::hash::{Address, DestinationHash, LinkId};
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::link::{self, Signalling};
use crate::rns::packet::{Context, DestinationType, MAX_HOPS, Packet, PacketType, Propagation};
use crate::rns::time::Now;
use crate::rns::transport::link_table::RelayedLink;
use crate::rns::transport::path_table::Path;
use crate::rns::transport::relay::{Relay, Scope};

/// Where a packet came in, from whom, and how many hops it had made then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) interface: InterfaceId,
    pub(super) neighbour: Neighbour,
    pub(super) hops: u8,
}

impl Arrival {
    /// Of a packet that says `hops_on_wire` in its header.
    pub(super) const fn new(interface: InterfaceId, neighbour: Neighbour, hops_on_wire: u8) -> Self {
        Self { interface, neighbour, hops: neighbour.hops_of(hops_on_wire) }
    }
}

impl Node {
    /// Passes a packet on, if this node does so for others and the packet is not for the node itself; `None` otherwise.
    pub(super) fn pass_on(
        &mut self,
        now: Now,
        arrival: Arrival,
        packet: &Packet<'_>,
    ) -> Option<Result<(), DropReason>> {
        let relay = self.relay.as_deref()?;
        match (packet.packet_type, packet.destination_type) {
            (PacketType::Data | PacketType::LinkRequest, DestinationType::Single)
                if !self.own.contains_key(&packet.address.into()) && self.carries(relay, arrival, packet) =>
            {
                Some(self.pass_along_path(now, arrival, packet))
            }
            (PacketType::Proof, DestinationType::Single) if relay.reverse.contains(packet.address) => {
                Some(self.return_proof(arrival, packet))
            }
            (PacketType::Data | PacketType::Proof, DestinationType::Link)
                if relay.links.contains(packet.address.into()) =>
            {
                Some(self.pass_along_link(now, arrival, packet))
            }
            (
                PacketType::Data | PacketType::Announce | PacketType::LinkRequest | PacketType::Proof,
                DestinationType::Single
                | DestinationType::Group
                | DestinationType::Plain
                | DestinationType::Link,
            ) => None,
        }
    }

    /// Is a packet to a destination of somebody else ours to carry? One that names us is, if we work for its sender or
    /// receiver; one for a client of ours is, even if it names nobody.
    fn carries(&self, relay: &Relay, arrival: Arrival, packet: &Packet<'_>) -> bool {
        self.leads_to_client(packet.address.into())
            || (packet.transport_id.is_some()
                && (relay.scope() == Scope::Everybody || arrival.neighbour == Neighbour::LocalClient))
    }

    /// Is that a destination of a program that uses us as its shared instance?
    pub(super) fn leads_to_client(&self, destination: DestinationHash) -> bool {
        let path = self.paths.get(destination);
        path.is_some_and(|path| self.wire.neighbour(path.interface) == Neighbour::LocalClient)
    }

    /// Rewrites the header by what is left of the path (page 04 §3).
    fn pass_along_path(&mut self, now: Now, arrival: Arrival, packet: &Packet<'_>) -> Result<(), DropReason> {
        let fingerprint = self.not_passed_on(packet)?;
        if arrival.hops >= MAX_HOPS {
            return Err(DropReason::TooManyHops);
        }
        let destination = DestinationHash::from(packet.address);
        let path = self.paths.get(destination).ok_or(DropReason::NoPath)?.clone();
        let onward = match path.next_hop {
            // A client takes what its shared instance gives it, whatever the header says.
            _ if self.wire.neighbour(path.interface) == Neighbour::LocalClient => {
                Packet { hops: arrival.hops, ..*packet }
            }
            Some(_) if path.hops > 1 => Packet { transport_id: path.next_hop, hops: arrival.hops, ..*packet },
            Some(_) | None => Packet {
                transport_id: None,
                propagation: Propagation::Broadcast,
                context_flag: false,
                hops: arrival.hops,
                ..*packet
            },
        };
        let frame = match packet.packet_type {
            PacketType::LinkRequest => self.relay_link_request(now, arrival, &path, &onward)?,
            PacketType::Data | PacketType::Announce | PacketType::Proof => {
                if let Some(relay) = &mut self.relay {
                    relay.reverse.insert(now.instant, fingerprint, arrival.interface, path.interface);
                }
                onward.pack()
            }
        };
        if let Some(relay) = &mut self.relay {
            relay.passed_on.insert(fingerprint);
            relay.arm_sweep(now.instant);
        }
        self.paths.pass_along(now.instant, destination);
        self.wire.send_on(path.interface, frame);
        Ok(())
    }

    /// Notes a link that is to run through this node; returns its request with a size that both sides carry.
    fn relay_link_request(
        &mut self,
        now: Now,
        arrival: Arrival,
        path: &Path,
        onward: &Packet<'_>,
    ) -> Result<Vec<u8>, DropReason> {
        let relay = self.relay.as_deref_mut().ok_or(DropReason::NotForUs)?;
        let id = link::link_id(onward);
        // The id leaves out the signalling bytes, so another packet can lead to it. It never replaces a link.
        if relay.links.contains(id) {
            return Err(DropReason::Duplicate);
        }
        let inbound = self.wire.spec(arrival.interface).ok_or(DropReason::NotForUs)?;
        let outbound = self.wire.spec(path.interface).ok_or(DropReason::NoPath)?;
        let carried = outbound.mtu_discovery.then_some(outbound.hw_mtu);
        let payload = Signalling::clamp(onward.payload, inbound.hw_mtu, carried)?;
        let entry = RelayedLink {
            destination: onward.address.into(),
            received_on: arrival.interface,
            taken_hops: arrival.hops,
            next_hop_interface: path.interface,
            remaining_hops: path.hops,
            proof_deadline: now.instant.after(link::relay_timeout(path.hops, outbound.bitrate)),
        };
        relay.links.insert(now.instant, id, entry);
        Ok(Packet { payload: &payload, ..*onward }.pack())
    }

    fn return_proof(&mut self, arrival: Arrival, packet: &Packet<'_>) -> Result<(), DropReason> {
        let relay = self.relay.as_deref_mut().ok_or(DropReason::NotForUs)?;
        let back = relay.reverse.take(packet.address, arrival.interface)?;
        self.send_onward(back, arrival, packet)
    }

    fn pass_along_link(&mut self, now: Now, arrival: Arrival, packet: &Packet<'_>) -> Result<(), DropReason> {
        let id = LinkId::from(packet.address);
        if packet.context == Context::LinkRequestProof {
            return self.pass_link_proof(now, arrival, packet);
        }
        let fingerprint = if may_repeat(packet.context) { None } else { Some(self.not_passed_on(packet)?) };
        let relay = self.relay.as_deref_mut().ok_or(DropReason::NotForUs)?;
        let onward = relay.links.onward(id, arrival.interface, arrival.hops)?;
        if let Some(fingerprint) = fingerprint {
            relay.passed_on.insert(fingerprint);
        }
        relay.links.touch(now.instant, id);
        self.send_onward(onward, arrival, packet)
    }

    /// Lets a link pass once its destination has signed that it is there (page 04 §6).
    fn pass_link_proof(&mut self, now: Now, arrival: Arrival, packet: &Packet<'_>) -> Result<(), DropReason> {
        let id = LinkId::from(packet.address);
        let relay = self.relay.as_deref_mut().ok_or(DropReason::NotForUs)?;
        let link = relay.links.pending(id).ok_or(DropReason::Duplicate)?;
        if link.next_hop_interface != arrival.interface {
            return Err(DropReason::WrongInterface);
        }
        let (destination, expected_hops) = (link.destination, link.remaining_hops);
        let known = self.known.get(destination).ok_or(DropReason::KeyUnknown)?;
        link::check_proof(id, packet.payload, &known.identity)?;
        if arrival.hops != expected_hops {
            self.paths.correct_hops(destination, arrival.hops);
        }
        let back = relay.links.validate(now.instant, id, arrival.hops).ok_or(DropReason::Duplicate)?;
        self.send_onward(back, arrival, packet)
    }

    fn not_passed_on(&self, packet: &Packet<'_>) -> Result<Address, DropReason> {
        let fingerprint = packet.hash().truncated();
        let seen = self.relay.as_deref().is_some_and(|relay| relay.passed_on.contains(&fingerprint));
        if seen { Err(DropReason::Duplicate) } else { Ok(fingerprint) }
    }

    fn send_onward(
        &mut self,
        interface: InterfaceId,
        arrival: Arrival,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        if arrival.hops >= MAX_HOPS {
            return Err(DropReason::TooManyHops);
        }
        self.wire.send_on(interface, Packet { hops: arrival.hops, ..*packet }.pack());
        Ok(())
    }
}
