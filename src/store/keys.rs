//! Rows of `group_keys`: what a group signs and decrypts with, by purpose and epoch.
//! Not the sealing: private bytes come and go sealed.

use super::{StoreError, Transaction};
use crate::group::GroupId;

/// What a key is for. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyPurpose {
    /// The identity whose destinations the group is reached at.
    Identity,
    /// A ratchet of its `lxmf.delivery`.
    Ratchet,
    /// A ticket given to or by a member.
    Ticket,
    /// The GROUP key of its radio broadcast.
    RadioGroup,
    /// The time of its last announce, so that the next one is later.
    LastAnnounce,
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Which of that purpose, in order of time.
    pub epoch: u64,
    /// What others may know.
    pub public: Vec<u8>,
    /// What only the host may know, sealed; `None` if the host does not have it.
    pub sealed: Option<Vec<u8>>,
}

impl Transaction<'_> {
    /// All keys of a group, by purpose and epoch.
    pub fn keys(&self, gid: GroupId) -> Result<Vec<KeyRow>, StoreError> {
        unimplemented!()
    }

    /// Keeps a key, in the place of the one of that purpose and epoch. The group must exist at the commit.
    pub fn put_key(&self, gid: GroupId, key: &KeyRow) -> Result<(), StoreError> {
        unimplemented!()
    }
}
