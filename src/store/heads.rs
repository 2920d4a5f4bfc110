//! Rows of `group_heads`: every head that a group's identity has ever signed.
//! Not the heads themselves: the last event is one without a signature.

use super::{StoreError, Transaction};
use crate::group::{GroupId, Head, Seq};

/// A head and the signature of the group's identity over [`Head::to_sign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// What is signed.
    pub head: Head,
    /// Ed25519.
    pub signature: [u8; 64],
}

impl Transaction<'_> {
    /// The signature that was given for a (term, seq), if one was.
    pub fn signed_head(&self, gid: GroupId, term: u32, seq: Seq) -> Result<Option<SignedHead>, StoreError> {
        unimplemented!()
    }

    /// Keeps a signature, which may leave the house after the commit and not before. Refused is a head that is not the
    /// stored event of that (term, seq), one that is not committed yet, and a second hash for the same (term, seq).
    pub fn put_signed_head(&self, gid: GroupId, signed: &SignedHead) -> Result<(), StoreError> {
        unimplemented!()
    }
}
