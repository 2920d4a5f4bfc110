//! One LXMF message: what is packed, hashed and signed.
//! Not how it travels; that is the router's.

use crate::hash_type;
use crate::rns::error::DropReason;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::{Identity, PublicIdentity};
use crate::rns::time::UnixTime;

hash_type! {
    /// SHA-256 of destination, source and payload without stamp: the message's id on the network.
    MessageHash, 32
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
    /// Fields: one MessagePack map with integer keys, as received; `80` when empty.
    pub fields: Vec<u8>,
}

/// A message with its addresses and its signature, as it was received or is about to be sent.
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
    pub fn sign(message: Message, destination: DestinationHash, identity: &Identity) -> Self {
        unimplemented!()
    }
    /// Parses the complete packed form: destination ‖ source ‖ signature ‖ payload.
    pub fn unpack(packed: &[u8]) -> Result<Self, DropReason> {
        unimplemented!()
    }
    /// Rebuilds a message from its parts, as they stand in a store or in a request: `payload` is the signed array.
    pub fn from_parts(
        destination: DestinationHash,
        source: DestinationHash,
        signature: [u8; 64],
        payload: &[u8],
    ) -> Result<Self, DropReason> {
        unimplemented!()
    }
    /// The complete packed form.
    pub fn pack(&self) -> Vec<u8> {
        unimplemented!()
    }
    /// Is the signature `author`'s, and is the source that identity's `lxmf.delivery`?
    pub fn verify(&self, author: &PublicIdentity) -> bool {
        unimplemented!()
    }
}
