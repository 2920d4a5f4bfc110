//! GROUP and PLAIN destinations of a node: those that it listens to, and what it sends to them.
//! Not SINGLE destinations, which have announces, paths and proofs.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use crate::rns::broadcast::{GROUP_MDU, GroupKey, GroupSpec};
use crate::rns::destination::{name_hash, plain_destination_hash};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::Event;
use crate::rns::hash::{DestinationHash, PacketHash};
use crate::rns::interface::InterfaceId;
use crate::rns::packet::{Context, DestinationType, MDU, Packet, PacketType};

/// Who is to read a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Who has the key of a GROUP destination.
    Group,
    /// Who listens to a PLAIN destination.
    Everybody,
}

/// What this node takes part in. Only our caller makes it longer.
#[derive(Debug, Default)]
pub(super) struct Broadcasts {
    groups: BTreeMap<DestinationHash, GroupKey>,
    plain: BTreeSet<DestinationHash>,
}

impl Node {
    /// Takes part in a GROUP destination: its packets are told as [`Event::GroupPacket`], and can be sent. Registered
    /// once more, the new key holds.
    pub fn register_group(&mut self, spec: GroupSpec) -> DestinationHash {
        let destination = spec.address();
        self.broadcasts.groups.insert(destination, spec.key);
        destination
    }

    /// Takes no part in a GROUP destination any more, and forgets its key.
    pub fn leave_group(&mut self, destination: DestinationHash) {
        self.broadcasts.groups.remove(&destination);
    }

    /// Sends at most [`GROUP_MDU`] bytes to a GROUP destination that is registered here. Everybody within one hop who has
    /// the key reads it; nobody proves it.
    pub fn send_to_group(
        &mut self,
        destination: DestinationHash,
        data: &[u8],
    ) -> Result<PacketHash, MisuseError> {
        if data.len() > GROUP_MDU {
            return Err(MisuseError::TooLarge { size: data.len(), limit: GROUP_MDU });
        }
        let key = self.broadcasts.groups.get(&destination).ok_or(MisuseError::NotOurs)?;
        let payload = key.encrypt(data, &mut self.random);
        Ok(self.broadcast(DestinationType::Group, destination, &payload))
    }

    /// Listens to the PLAIN destination of this name (app name and aspects, joined by dots): its packets are told as
    /// [`Event::PlainPacket`].
    pub fn register_plain(&mut self, full_name: &str) -> DestinationHash {
        let destination = plain_destination_hash(name_hash(full_name));
        self.broadcasts.plain.insert(destination);
        destination
    }

    /// Sends 1 to [`MDU`] bytes, unencrypted, to all within one hop who listen to a PLAIN destination. It need not be
    /// registered here.
    pub fn send_plain(
        &mut self,
        destination: DestinationHash,
        data: &[u8],
    ) -> Result<PacketHash, MisuseError> {
        within_a_packet(data)?;
        Ok(self.broadcast(DestinationType::Plain, destination, data))
    }

    /// Sends 1 to [`MDU`] bytes to all within one hop on one interface: as they are, or, if they are for a GROUP
    /// destination, as its key has encrypted them. This node need not have that key, nor take part.
    pub fn broadcast_on(
        &mut self,
        interface: InterfaceId,
        audience: Audience,
        destination: DestinationHash,
        payload: &[u8],
    ) -> Result<(), MisuseError> {
        within_a_packet(payload)?;
        let to = match audience {
            Audience::Group => DestinationType::Group,
            Audience::Everybody => DestinationType::Plain,
        };
        let packet = Packet::new(PacketType::Data, to, destination, Context::None, payload);
        self.wire.send_answer_on(interface, packet.pack());
        Ok(())
    }

    /// Is this interface a radio, where one packet reaches all who are near?
    pub fn is_radio(&self, interface: InterfaceId) -> bool {
        self.wire.channel(interface).is_some()
    }

    fn broadcast(&mut self, to: DestinationType, destination: DestinationHash, payload: &[u8]) -> PacketHash {
        let packet = Packet::new(PacketType::Data, to, destination, Context::None, payload);
        self.wire.send_answer_on_all(&packet.pack());
        packet.hash()
    }

    /// A packet to a group. Each is encrypted anew, so one that looks like another is a copy: from another interface, or
    /// by somebody who has recorded it.
    pub(super) fn handle_group(&mut self, packet: &Packet<'_>) -> Result<(), DropReason> {
        let destination = DestinationHash::from(packet.address);
        let key = self.broadcasts.groups.get(&destination).ok_or(DropReason::UnknownAddress)?;
        let fingerprint = self.unseen(packet)?;
        let data = key.decrypt(packet.payload).map_err(|_| DropReason::Undecryptable)?;
        self.seen.insert(fingerprint);
        self.events.push_back(Event::GroupPacket { destination, data });
        Ok(())
    }

    /// A packet to a PLAIN destination that is none of the protocol's own. Saying the same again is allowed.
    pub(super) fn handle_broadcast(
        &mut self,
        interface: InterfaceId,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        let destination = DestinationHash::from(packet.address);
        if !self.broadcasts.plain.contains(&destination) {
            return Err(DropReason::UnknownAddress);
        }
        let data = packet.payload.to_vec();
        self.events.push_back(Event::PlainPacket { destination, interface, data });
        Ok(())
    }
}

fn within_a_packet(payload: &[u8]) -> Result<(), MisuseError> {
    match payload.len() {
        0 => Err(MisuseError::Empty),
        size if size > MDU => Err(MisuseError::TooLarge { size, limit: MDU }),
        _ => Ok(()),
    }
}
