//! What asking, approving and inviting do to tables.
//! Not becoming a member; that is `members`.

use crate::group::event::{IdentityPreapproved, InviteMade, JoinRequested};
use crate::group::{Applicant, GroupId, Head, Invite};
use crate::store::{StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn join_requested(
        &self,
        gid: GroupId,
        head: &Head,
        event: &JoinRequested,
    ) -> Result<(), StoreError> {
        let JoinRequested { identity, nick, text, instead_of } = event.clone();
        if let Some(before) = instead_of {
            self.delete_applicant(gid, before)?;
        }
        self.put_applicant(gid, &Applicant { identity, nick, text, asked: head.seq, since: head.time })
    }

    pub(super) fn identity_preapproved(
        &self,
        gid: GroupId,
        head: &Head,
        event: &IdentityPreapproved,
    ) -> Result<(), StoreError> {
        self.put_preapproved(gid, event.identity, event.by, head.time)
    }

    pub(super) fn invite_was_made(
        &self,
        gid: GroupId,
        head: &Head,
        event: &InviteMade,
    ) -> Result<(), StoreError> {
        let InviteMade { id, uses, until, by, instead_of } = *event;
        if let Some(before) = instead_of {
            self.delete_invite(gid, before)?;
        }
        self.insert_invite(gid, &Invite { id, made: head.seq, by, uses, used: 0, until })
    }
}
