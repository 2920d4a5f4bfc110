//! What kicks, mutes and held posts do to tables.
//! Not bans.

use crate::group::encoding::Header;
use crate::group::event::{MemberMuted, MessageHeld};
use crate::group::{GroupId, Head, Mute};
use crate::store::{StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn member_muted(
        &self,
        gid: GroupId,
        head: &Head,
        event: &MemberMuted,
    ) -> Result<(), StoreError> {
        let MemberMuted { identity, reason, by, until } = event.clone();
        self.put_mute(gid, &Mute { identity, reason, by, since: head.time, until })
    }

    pub(super) fn message_held(
        &self,
        gid: GroupId,
        head: &Head,
        event: &MessageHeld,
    ) -> Result<(), StoreError> {
        let post = &event.post;
        super::posts::check_id(gid, post)?;
        self.insert_held(gid, head.seq, post.id, Some(post.author))
    }

    /// It waits no more. If it was published, that event takes its place away again.
    pub(super) fn message_held_wiped(&self, gid: GroupId, header: &Header) -> Result<(), StoreError> {
        header.post_ids.iter().try_for_each(|id| self.insert_held(gid, header.seq, *id, None))
    }
}
