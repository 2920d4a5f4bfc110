//! Rows of `group_banned_identities`: who is kept out of a group.
//! Not whether a ban still holds: [`Ban::holds`] says that.

use super::{StoreError, Transaction};
use crate::group::{Ban, GroupId};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// A person's ban, also one that has run out.
    pub fn ban(&self, gid: GroupId, identity: IdentityHash) -> Result<Option<Ban>, StoreError> {
        unimplemented!()
    }

    /// Bans in the order of identity hashes, those after `after`, `limit` at most.
    pub fn bans_page(
        &self,
        gid: GroupId,
        after: Option<IdentityHash>,
        limit: u32,
    ) -> Result<Vec<Ban>, StoreError> {
        unimplemented!()
    }
}
