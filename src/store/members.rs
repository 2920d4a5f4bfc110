//! Rows of `group_members`: who is in a group now.
//! Not who has been: the events tell that.

use super::{StoreError, Transaction};
use crate::group::{GroupId, Member, MemberNumber};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// A person as a member; `None` if they are none.
    pub fn member(&self, gid: GroupId, identity: IdentityHash) -> Result<Option<Member>, StoreError> {
        unimplemented!()
    }

    /// How many members a group has.
    pub fn member_count(&self, gid: GroupId) -> Result<u32, StoreError> {
        unimplemented!()
    }

    /// The number that the next one to join gets.
    pub fn next_member_number(&self, gid: GroupId) -> Result<MemberNumber, StoreError> {
        unimplemented!()
    }

    /// Members in the order of joining, those with a number over `after`, `limit` at most.
    pub fn members_page(
        &self,
        gid: GroupId,
        after: Option<MemberNumber>,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError> {
        unimplemented!()
    }

    /// Who wants to be sent every message.
    pub fn relaying_members(&self, gid: GroupId) -> Result<Vec<IdentityHash>, StoreError> {
        unimplemented!()
    }
}
