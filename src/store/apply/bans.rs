//! What a ban does to tables: the person is no member, nothing of theirs waits, and what it removes is wiped.
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
        let IdentityBanned { identity, reason, by, until, number, nick, removed } = event.clone();
        self.delete_member(gid, identity)?;
        self.delete_applicant(gid, identity)?;
        self.delete_preapproved(gid, identity)?;
        self.delete_invites_of(gid, identity)?;
        self.drop_held_of(gid, identity)?;
        removed.iter().try_for_each(|seq| self.wipe_said(gid, seq, head.seq))?;
        self.put_ban(gid, &Ban { identity, number, nick, reason, by, since: head.time, until })
    }
}
