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
        let MemberJoined { member: identity, number, nick, role, by: _ } = event.clone();
        let role = role.unwrap_or(Role::Member);
        self.insert_member(
            gid,
            &Member { identity, number, nick, relay: Relay::Off, role, joined: head.time },
        )
    }
}
