//! What posts and reactions do to tables, also when nothing but their place is left.
//! Not what they say: that is read from the event.

use crate::group::encoding::Header;
use crate::group::event::{DirectPosted, MessagePosted, Reacted};
use crate::group::{GroupId, Head, Post};
use crate::store::{StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn message_posted(
        &self,
        gid: GroupId,
        head: &Head,
        event: &MessagePosted,
    ) -> Result<(), StoreError> {
        let post = &event.post;
        check_id(gid, post)?;
        self.delete_held(gid, post.id)?;
        self.insert_message(gid, (head.seq, head.time), post.id, Some(post), None)
    }

    pub(super) fn direct_posted(
        &self,
        gid: GroupId,
        head: &Head,
        event: &DirectPosted,
    ) -> Result<(), StoreError> {
        let DirectPosted { post, to } = event;
        check_id(gid, post)?;
        self.insert_message(gid, (head.seq, head.time), post.id, Some(post), Some(*to))
    }

    pub(super) fn reacted(&self, gid: GroupId, head: &Head, event: &Reacted) -> Result<(), StoreError> {
        let Reacted { target, post } = event;
        check_id(gid, post)?;
        self.insert_reaction(gid, head.seq, (post.id, *target), Some(post))
    }

    /// Of what was said, to all or to one, its place stays.
    pub(super) fn posted_wiped(&self, gid: GroupId, header: &Header) -> Result<(), StoreError> {
        let place = (header.seq, header.time);
        header.post_ids.iter().try_for_each(|id| {
            self.delete_held(gid, *id)?;
            self.insert_message(gid, place, *id, None, None)
        })
    }

    /// Its place stays, so that whoever recorded the reaction can't bring it back.
    pub(super) fn reacted_wiped(&self, gid: GroupId, header: &Header) -> Result<(), StoreError> {
        match *header.post_ids.as_slice() {
            [id, target, ..] => self.insert_reaction(gid, header.seq, (id, target), None),
            _ => Ok(()),
        }
    }
}

pub(super) fn check_id(gid: GroupId, post: &Post) -> Result<(), StoreError> {
    match post.id == post.authorship.post_id(gid, post.author) {
        true => Ok(()),
        false => Err(StoreError::Constraint("a post's id does not follow from the post".into())),
    }
}
