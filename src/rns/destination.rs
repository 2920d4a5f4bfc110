//! Destinations: names under an identity, ours and those we have heard of.
//! Not how to get there; that is the path table.

use super::hash::IdentityHash;
use super::hash::{DestinationHash, NameHash, PathHash, truncated_sha256};
use super::identity::{Identity, PublicIdentity};
use super::ratchet::Ratchets;

/// App name and aspects, joined by dots; `None` if one of them has a dot of its own.
pub fn full_name(app_name: &str, aspects: &[impl AsRef<str>]) -> Option<String> {
    let parts = || std::iter::once(app_name).chain(aspects.iter().map(AsRef::as_ref));
    parts().all(|part| !part.contains('.')).then(|| parts().collect::<Vec<_>>().join("."))
}

/// First 10 bytes of SHA-256 of a full name such as `lxmf.delivery`, without an identity.
pub fn name_hash(full_name: &str) -> NameHash {
    NameHash::from_bytes(truncated_sha256(&[full_name.as_bytes()]))
}

/// The hash of a SINGLE or GROUP destination.
pub fn destination_hash(name: NameHash, identity: IdentityHash) -> DestinationHash {
    DestinationHash::from_bytes(truncated_sha256(&[name.as_bytes(), identity.as_bytes()]))
}

/// The hash of a PLAIN destination.
pub fn plain_destination_hash(name: NameHash) -> DestinationHash {
    DestinationHash::from_bytes(truncated_sha256(&[name.as_bytes()]))
}

/// An inbound SINGLE destination to register.
#[derive(Debug, Clone)]
pub struct DestinationSpec {
    /// Whose destination.
    pub identity: Identity,
    /// App name and aspects, joined by dots: `meshchat.group`.
    pub full_name: String,
    /// What its announces say; at most 317 bytes, with ratchets 285, or a transport node cannot pass them on.
    pub app_data: Vec<u8>,
    /// Paths of requests that it serves; any other request is dropped in silence, as in the reference.
    pub request_paths: Vec<PathHash>,
    /// Largest Resource, in uncompressed bytes, that is accepted on links to it; 0 accepts none.
    /// Requests that come as a Resource obey it too.
    pub max_resource: usize,
    /// Whether its announces carry ratchets, and which there are.
    pub ratchets: Ratchets,
}

/// What is known of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDestination {
    /// Its identity.
    pub identity: PublicIdentity,
    /// What its last announce said, if anything.
    pub app_data: Option<Vec<u8>>,
    /// Its newest ratchet's public key.
    pub ratchet: Option<[u8; 32]>,
}
