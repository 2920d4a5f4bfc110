//! A message of ours that is to be sent, how, and how sending can fail.
//! Not its way to the recipient; the outbox follows that.

use super::message::{self, Message, MessageHash};
use super::ticket::Ticket;
use crate::rns::air::Class;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;

/// A message of ours to send.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundMessage {
    /// From which of our registered delivery destinations.
    pub source: DestinationHash,
    /// To whose `lxmf.delivery`.
    pub destination: DestinationHash,
    /// What it says, as it is hashed and signed: one MessagePack array of time, title, content and fields.
    pub payload: Vec<u8>,
    /// How it may travel.
    pub method: Method,
    /// A ticket that the recipient has given to the source, and which holds: it stands in for the work of a stamp.
    pub ticket: Option<Ticket>,
    /// How urgent it is on a radio whose air is scarce.
    pub class: Class,
}

/// How a message may travel. On paper is none of these: a message on paper is made and handed out, not sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// Whatever is cheapest: one packet if it fits, a link otherwise.
    #[default]
    Any,
    /// `OPPORTUNISTIC`: one packet to the destination, or a link if it doesn't fit.
    Opportunistic,
    /// `DIRECT`: on a link, also what would fit one packet.
    Direct,
    /// `PROPAGATED`: to a propagation node, where the recipient fetches it.
    Propagated,
}

/// Why a message did not get to its recipient in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendFailure {
    /// Nobody has answered for the destination: it is offline, or out of reach.
    #[error("no path to the recipient")]
    NoPath,
    /// A path is known, but nothing that was sent along it was proved.
    #[error("the recipient did not answer")]
    NoAnswer,
    /// The recipient refuses it, and will the next time: it is too large, most likely.
    #[error("the recipient refused it")]
    Rejected,
    /// The recipient asks for a stamp that would take too long to make.
    #[error("the recipient asks for too costly a stamp")]
    StampTooCostly,
    /// No propagation node takes it.
    #[error("no propagation node takes it")]
    NoNode,
    /// Too much is being sent already.
    #[error("the outbox is full")]
    Full,
    /// The air of the radio that leads to the recipient is used up, or was for as long as it waited here.
    #[error("there is no air for it")]
    NoAir,
    /// The source is none of our destinations.
    #[error("its source is not a destination of ours")]
    NotOurs,
}

impl OutboundMessage {
    /// `message` from `source` to `destination`, however it gets there, for somebody who waits for it.
    pub fn new(source: DestinationHash, destination: DestinationHash, message: &Message) -> Self {
        let (method, ticket, class) = (Method::Any, None, Class::Answer);
        Self { source, destination, payload: message.payload(), method, ticket, class }
    }

    /// The hash that names it, here and on the network. The same parts always give the same one.
    pub fn hash(&self) -> MessageHash {
        message::hash(self.destination, self.source, &self.payload)
    }

    /// Its complete packed form, signed by `identity`: destination ‖ source ‖ signature ‖ payload.
    pub(super) fn pack(&self, hash: MessageHash, identity: &Identity) -> Vec<u8> {
        let Self { source, destination, payload, .. } = self;
        let signature = identity.sign(&message::signed_part(*destination, *source, payload, hash));
        [&destination.as_bytes()[..], source.as_bytes(), &signature, payload].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lxmf::{SignedMessage, UnverifiedMessage, delivery_destination};
    use crate::rns::random::Random;
    use crate::rns::time::UnixTime;

    #[test]
    fn what_is_sent_is_what_signing_the_message_gives() {
        let identity = Identity::generate(&mut Random::from_seed([1; 32]));
        let destination = DestinationHash::from_bytes([7; 16]);
        let message = Message {
            time: UnixTime::from_micros(1_700_000_000_250_000),
            title: b"title".to_vec(),
            content: b"content".to_vec(),
            fields: Vec::new(),
        };
        let outbound = OutboundMessage::new(delivery_destination(identity.hash()), destination, &message);
        let signed = SignedMessage::sign(message, destination, &identity);
        assert_eq!(outbound.hash(), signed.hash);
        let packed = outbound.pack(outbound.hash(), &identity);
        assert_eq!(packed, signed.pack());
        assert!(UnverifiedMessage::unpack(&packed).unwrap().verified_by(identity.public()).is_ok());
    }
}
