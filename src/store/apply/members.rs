//! What joining does to tables.
//! Not leaving or choosing: those are one statement each.

use crate::group::event::MemberJoined;
use crate::group::{GroupId, Head, Member, Relay, Role};
use crate::store::{StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn member_joined(
        &self,
        gid: GroupId,
        head: &Head,
        event: &MemberJoined,
    ) -> Result<(), StoreError> {
        let MemberJoined { member: identity, number, nick, role, invite, way: _, by: _ } = event.clone();
        self.delete_applicant(gid, identity)?;
        self.delete_preapproved(gid, identity)?;
        if let Some(made) = invite {
            self.use_invite(gid, made)?;
        }
        let (role, relay, joined) = (role.unwrap_or(Role::Member), Relay::Off, head.time);
        self.insert_member(gid, &Member { identity, number, nick, relay, role, joined })
    }
}
