//! Replies: one packet for one packet, back to where the question came from.
//! Not answers to requests; those go back on their links.

use super::Node;
use crate::rns::air::Class;
use crate::rns::destination::destination_hash;
use crate::rns::error::MisuseError;
use crate::rns::hash::{IdentityHash, NameHash};
use crate::rns::identity::PublicIdentity;
use crate::rns::interface::{InterfaceId, Neighbour};
use crate::rns::packet::{Context, DestinationType, ENCRYPTED_MDU, Packet, PacketType};
use crate::rns::time::Now;

/// How a packet has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    /// Over this interface.
    pub interface: InterfaceId,
    /// From so far away: 1 from a neighbour.
    pub hops: u8,
}

/// Whom a reply is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Whose destination.
    pub person: IdentityHash,
    /// Their key, if whoever replies knows it. What the node knows of them is enough as well.
    pub key: Option<PublicIdentity>,
    /// Which of their destinations.
    pub name: NameHash,
}

/// What came of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replied {
    /// It is on its way.
    Sent,
    /// Nobody knows the way there; the network is asked for it, and whoever asks again may have luck.
    NoPath,
    /// Nobody knows their key.
    NoKey,
}

impl Node {
    /// Sends one encrypted packet of at most [`ENCRYPTED_MDU`] bytes that nobody proves: along its path, or, where none is
    /// known, to the neighbour that has asked. It never goes out on more than one interface.
    pub fn reply(
        &mut self,
        now: Now,
        came: Came,
        to: &Recipient,
        data: &[u8],
    ) -> Result<Replied, MisuseError> {
        if data.len() > ENCRYPTED_MDU {
            return Err(MisuseError::TooLarge { size: data.len(), limit: ENCRYPTED_MDU });
        }
        let destination = destination_hash(to.name, to.person);
        let (announced, ratchet) = match self.known.take_up(now.instant, destination) {
            Some((known, ratchet)) => (Some(known.identity.clone()), ratchet),
            None => (None, None),
        };
        let other = || self.known.of_identity(to.person).map(|known| known.identity.clone());
        let Some(key) = announced.or_else(|| to.key.clone()).or_else(other) else {
            return Ok(Replied::NoKey);
        };
        let payload = key.encrypt(data, ratchet.as_ref(), &mut self.random);
        let payload = payload.ok_or(MisuseError::UnknownDestination)?;
        let (packet_type, destination_type) = (PacketType::Data, DestinationType::Single);
        let packet = Packet::new(packet_type, destination_type, destination, Context::None, &payload);
        if self.paths.get(destination).is_some() {
            self.wire.send_to_single(now.instant, &mut self.paths, &packet, Class::Answer);
        } else if came.hops <= 1 && self.wire.neighbour(came.interface) != Neighbour::SharedInstance {
            self.wire.send_answer_on(came.interface, packet.pack());
        } else {
            self.request_path(now, destination);
            return Ok(Replied::NoPath);
        }
        Ok(Replied::Sent)
    }
}
