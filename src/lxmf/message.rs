//! One LXMF message: what is packed, hashed and signed.
//! Not how it travels; that is the router's.

use super::payload::{self, NO_FIELDS, Payload};
use crate::hash_type;
use crate::rns::crypto::SignatureCheck;
use crate::rns::destination::{destination_hash, name_hash};
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, IdentityHash, sha256};
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::time::UnixTime;

/// `APP_NAME` and aspect of the destination that messages go to.
pub const DELIVERY_NAME: &str = "lxmf.delivery";

/// Bytes before the payload: two addresses and a signature.
pub(super) const HEAD_LEN: usize = 2 * DestinationHash::LEN + 64;

hash_type! {
    /// SHA-256 of destination, source and payload without stamp: the message's id on the network.
    MessageHash, 32
}

/// The `lxmf.delivery` of an identity.
pub fn delivery_destination(identity: IdentityHash) -> DestinationHash {
    destination_hash(name_hash(DELIVERY_NAME), identity)
}

/// What a message says, before or after it is signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The author's clock.
    pub time: UnixTime,
    /// Title, UTF-8 by convention only.
    pub title: Vec<u8>,
    /// Text, UTF-8 by convention only.
    pub content: Vec<u8>,
    /// Fields: one MessagePack map with integer keys, as received; `80`, or nothing, when empty.
    pub fields: Vec<u8>,
}

impl Message {
    /// What is hashed and signed of it: one MessagePack array of time, title, content and fields.
    pub fn payload(&self) -> Vec<u8> {
        payload::encode(self)
    }
}

/// A message with its addresses and its signature, as its author signed it.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedMessage {
    /// To whose `lxmf.delivery`.
    pub destination: DestinationHash,
    /// From whose `lxmf.delivery`.
    pub source: DestinationHash,
    /// Ed25519 over destination ‖ source ‖ payload ‖ hash.
    pub signature: [u8; 64],
    /// The four elements as signed: one MessagePack array without stamp.
    pub payload: Vec<u8>,
    /// The hash that the payload gives.
    pub hash: MessageHash,
    /// The stamp, if one came along.
    pub stamp: Option<Vec<u8>>,
    /// The payload, parsed.
    pub message: Message,
}

impl SignedMessage {
    /// Signs a message of `identity` (whose `lxmf.delivery` is the source) for `destination`.
    pub fn sign(mut message: Message, destination: DestinationHash, identity: &Identity) -> Self {
        if message.fields.is_empty() {
            message.fields.push(NO_FIELDS);
        }
        let source = delivery_destination(identity.hash());
        let payload = payload::encode(&message);
        let hash = hash(destination, source, &payload);
        let signature = identity.sign(&signed_part(destination, source, &payload, hash));
        Self { destination, source, signature, payload, hash, stamp: None, message }
    }

    /// Rebuilds a message from its parts, as they stand in a store or in a request: `payload` is the signed array.
    /// Whether the signature is good shows [`Self::verify`].
    pub fn from_parts(
        destination: DestinationHash,
        source: DestinationHash,
        signature: [u8; 64],
        payload: &[u8],
    ) -> Result<Self, DropReason> {
        let message = Payload::parse_four(payload)?.message;
        let hash = hash(destination, source, payload);
        Ok(Self { destination, source, signature, payload: payload.to_vec(), hash, stamp: None, message })
    }

    /// The complete packed form: destination ‖ source ‖ signature ‖ payload.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = [&self.destination.as_bytes()[..], self.source.as_bytes(), &self.signature].concat();
        match &self.stamp {
            None => out.extend_from_slice(&self.payload),
            Some(stamp) => out.extend_from_slice(&payload::with_stamp(&self.payload, stamp)),
        }
        out
    }

    /// Is the signature `author`'s, and is the source that identity's `lxmf.delivery`?
    pub fn verify(&self, author: &PublicIdentity) -> bool {
        self.is_from(author) && author.verify(&self.signed_part(), &self.signature)
    }

    /// Does it claim to come from the `lxmf.delivery` of `author`?
    fn is_from(&self, author: &PublicIdentity) -> bool {
        delivery_destination(author.hash()) == self.source
    }

    fn signed_part(&self) -> Vec<u8> {
        signed_part(self.destination, self.source, &self.payload, self.hash)
    }
}

/// A message as it came off the air. Nobody has vouched for it yet, and beside a stamp the same bytes can be read
/// in two ways: only the author's key tells which of them was signed, and with it the message's hash.
#[derive(Debug, Clone)]
pub struct UnverifiedMessage {
    as_received: SignedMessage,
    reencoded: Option<SignedMessage>,
}

impl UnverifiedMessage {
    /// Parses the complete packed form: destination ‖ source ‖ signature ‖ payload.
    pub fn unpack(packed: &[u8]) -> Result<Self, DropReason> {
        let (destination, rest) = packed.split_first_chunk::<16>().ok_or(DropReason::Truncated)?;
        let (source, rest) = rest.split_first_chunk::<16>().ok_or(DropReason::Truncated)?;
        let (signature, rest) = rest.split_first_chunk::<64>().ok_or(DropReason::Truncated)?;
        let payload = Payload::parse(rest)?;
        let (destination, source) =
            (DestinationHash::from_bytes(*destination), DestinationHash::from_bytes(*source));

        let reencoded = match payload.canonical {
            Some(four) => {
                let mut reading = SignedMessage::from_parts(destination, source, *signature, &four)?;
                reading.stamp.clone_from(&payload.stamp);
                Some(reading)
            }
            None => None,
        };
        let as_received = SignedMessage {
            destination,
            source,
            signature: *signature,
            hash: hash(destination, source, &payload.four),
            payload: payload.four,
            stamp: payload.stamp,
            message: payload.message,
        };
        Ok(Self { as_received, reencoded })
    }

    /// To whose `lxmf.delivery` it claims to go.
    pub fn destination(&self) -> DestinationHash {
        self.as_received.destination
    }

    /// From whose `lxmf.delivery` it claims to come.
    pub fn source(&self) -> DestinationHash {
        self.as_received.source
    }

    /// What is to be checked, of many together, for [`Self::read_by`].
    pub(super) fn signature_check(&self, author: &PublicIdentity) -> SignatureCheck {
        author.signature_check(self.as_received.signed_part(), self.as_received.signature)
    }

    /// The message, if `author` signed it.
    pub fn verified_by(self, author: &PublicIdentity) -> Result<SignedMessage, DropReason> {
        let passed = self.as_received.verify(author);
        self.read_by(author, passed)
    }

    /// The reading that `author` signed: the first, if its signature has passed, or else perhaps the other.
    pub(super) fn read_by(self, author: &PublicIdentity, passed: bool) -> Result<SignedMessage, DropReason> {
        if passed && self.as_received.is_from(author) {
            return Ok(self.as_received);
        }
        self.reencoded.filter(|reading| reading.verify(author)).ok_or(DropReason::BadSignature)
    }
}

/// The hash that names a message of `source` to `destination`, on every host: the same parts always give the same one.
pub fn hash(destination: DestinationHash, source: DestinationHash, payload: &[u8]) -> MessageHash {
    MessageHash::from_bytes(sha256(&[destination.as_bytes(), source.as_bytes(), payload]))
}

pub(super) fn signed_part(
    destination: DestinationHash,
    source: DestinationHash,
    payload: &[u8],
    hash: MessageHash,
) -> Vec<u8> {
    [&destination.as_bytes()[..], source.as_bytes(), payload, hash.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
