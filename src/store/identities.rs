//! Rows of `identities`: the public keys of authors and members.
//! Not keys of ours.

use super::{StoreError, Transaction};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// Keeps a person's public key. Refused if the hash does not follow from it.
    pub fn remember_identity(&self, identity: IdentityHash, public: &[u8; 64]) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// A person's public key: X25519 ‖ Ed25519.
    pub fn identity_key(&self, identity: IdentityHash) -> Result<Option<[u8; 64]>, StoreError> {
        unimplemented!()
    }
}
