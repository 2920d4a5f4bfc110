//! What a node does with a packet that arrives: the filter, and the way to whom it is for.
//! Not what links do with theirs, and not announces.

use super::Node;
use super::forward::Arrival;
use crate::rns::error::DropReason;
use crate::rns::event::{Event, ProofToken};
use crate::rns::hash::{Address, DestinationHash, IdentityHash};
use crate::rns::ifac;
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::packet::{DestinationType, Packet, PacketType};
use crate::rns::time::Now;
use crate::rns::transport::PathRequest;

impl Node {
    pub(super) fn receive(
        &mut self,
        now: Now,
        interface: InterfaceId,
        frame: &[u8],
    ) -> Result<(), DropReason> {
        let spec = self.wire.spec(interface).ok_or(DropReason::NotForUs)?;
        let neighbour = spec.neighbour;
        let frame = ifac::admit(spec, frame)?;
        let packet = Packet::parse(&frame)?;
        filter(&packet, neighbour, self.transport_id())?;
        let arrival = Arrival::new(interface, neighbour, packet.hops);
        self.share_broadcast(arrival, &packet);
        if let Some(outcome) = self.pass_on(now, arrival, &packet) {
            return outcome;
        }
        match (packet.packet_type, packet.destination_type) {
            (PacketType::Announce, _) => self.handle_announce(now, interface, &packet),
            (PacketType::LinkRequest, DestinationType::Single) => {
                self.handle_link_request(now, interface, &packet, arrival.hops)
            }
            (PacketType::Data, DestinationType::Single) => self.handle_single(now, arrival, &packet),
            (PacketType::Data, DestinationType::Plain) => self.handle_plain(now, arrival, &packet),
            (PacketType::Data | PacketType::Proof, DestinationType::Link) => {
                self.handle_link_packet(now, interface, &packet)
            }
            (PacketType::Proof, DestinationType::Single) => self.handle_proof(now, &packet),
            (PacketType::Data, DestinationType::Group) => self.handle_group(&packet),
            (
                PacketType::LinkRequest,
                DestinationType::Group | DestinationType::Plain | DestinationType::Link,
            )
            | (PacketType::Proof, DestinationType::Group | DestinationType::Plain) => {
                Err(DropReason::Malformed)
            }
        }
    }

    /// The fingerprint of a packet that was not taken in before.
    pub(super) fn unseen(&self, packet: &Packet<'_>) -> Result<Address, DropReason> {
        let fingerprint = packet.hash().truncated();
        if self.seen.contains(&fingerprint) { Err(DropReason::Duplicate) } else { Ok(fingerprint) }
    }

    fn handle_single(&mut self, now: Now, arrival: Arrival, packet: &Packet<'_>) -> Result<(), DropReason> {
        let (interface, hops) = (arrival.interface, arrival.hops);
        let destination = DestinationHash::from(packet.address);
        let own = self.own.get(&destination).ok_or(DropReason::UnknownAddress)?;
        let fingerprint = self.unseen(packet)?;
        let data = own.decrypt(now.instant, interface, packet.payload, &mut self.searches)?;
        self.seen.insert(fingerprint);
        let proof = ProofToken::Packet { destination, packet: packet.hash(), interface };
        if self.is_probe(destination) {
            self.prove(now, &proof);
        } else {
            self.events.push_back(Event::Packet { destination, data, hops, proof });
        }
        Ok(())
    }

    fn handle_plain(&mut self, now: Now, arrival: Arrival, packet: &Packet<'_>) -> Result<(), DropReason> {
        let address = DestinationHash::from(packet.address);
        if address == self.path_request_address {
            return self.handle_path_request(now, arrival.interface, packet.payload);
        }
        if address == self.tunnel_address {
            return self.handle_tunnel_offer(now, arrival, packet);
        }
        self.handle_broadcast(arrival.interface, packet)
    }

    fn handle_path_request(
        &mut self,
        now: Now,
        interface: InterfaceId,
        payload: &[u8],
    ) -> Result<(), DropReason> {
        let request = PathRequest::parse(payload)?;
        let Some(own) = self.own.get_mut(&request.destination) else {
            return self.answer_for_others(now, interface, &request);
        };
        self.path_requests.hear(&request)?;
        let air = self.wire.channel(interface);
        let frame = own.path_response(now, interface, air, &mut self.random)?;
        self.tell_what_to_store(request.destination);
        self.wire.send_on(interface, frame);
        Ok(())
    }

    fn handle_proof(&mut self, now: Now, packet: &Packet<'_>) -> Result<(), DropReason> {
        let (packet, round_trip) = self.receipts.handle_proof(now.instant, packet.address, packet.payload)?;
        self.events.push_back(Event::PacketDelivered { packet, round_trip });
        Ok(())
    }
}

/// The packet filter (page 04 §7), as far as it needs no memory. `transport_id` is ours, if we pass on packets.
fn filter(
    packet: &Packet<'_>,
    neighbour: Neighbour,
    transport_id: Option<IdentityHash>,
) -> Result<(), DropReason> {
    if packet.packet_type == PacketType::Announce {
        return match packet.destination_type {
            DestinationType::Single => Ok(()),
            DestinationType::Group | DestinationType::Plain | DestinationType::Link => {
                Err(DropReason::Malformed)
            }
        };
    }
    // A shared instance has filtered already, and what it passes to us may still name a transport node.
    if neighbour == Neighbour::SharedInstance {
        return Ok(());
    }
    // Somebody else's to pass on; an end node is nobody's next hop.
    if packet.transport_id.is_some() && packet.transport_id != transport_id {
        return Err(DropReason::NotForUs);
    }
    match packet.destination_type {
        DestinationType::Plain | DestinationType::Group if packet.hops > 1 => Err(DropReason::NotForUs),
        DestinationType::Plain | DestinationType::Group | DestinationType::Single | DestinationType::Link => {
            Ok(())
        }
    }
}
