//! What a ban does to tables.
//! Not to links that are open.

use crate::group::event::IdentityBanned;
use crate::group::{Ban, GroupId, Head};
use crate::store::{StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn identity_banned(
        &self,
        gid: GroupId,
        head: &Head,
        event: &IdentityBanned,
    ) -> Result<(), StoreError> {
        let IdentityBanned { identity, reason, by, until } = event.clone();
        self.delete_member(gid, identity)?;
        self.delete_applicant(gid, identity)?;
        self.delete_preapproved(gid, identity)?;
        self.delete_invites_of(gid, identity)?;
        self.put_ban(gid, &Ban { identity, reason, by, since: head.time, until })
    }
}
