//! What posts and reactions do to tables, also when nothing but their place is left.
//! Not what they say: that is read from the event.

use crate::group::encoding::Header;
use crate::group::event::{MessagePosted, Reacted};
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
        self.insert_message(gid, (head.seq, head.time), post.id, Some((post.author, post.author_time)))
    }

    pub(super) fn reacted(&self, gid: GroupId, head: &Head, event: &Reacted) -> Result<(), StoreError> {
        let Reacted { target, post } = event;
        check_id(gid, post)?;
        self.insert_reaction(gid, head.seq, post.id, *target, Some(post.author))
    }

    pub(super) fn message_posted_wiped(&self, gid: GroupId, header: &Header) -> Result<(), StoreError> {
        let place = (header.seq, header.time);
        header.post_ids.iter().try_for_each(|id| self.insert_message(gid, place, *id, None))
    }

    /// Its place stays, so that whoever recorded the reaction can't bring it back.
    pub(super) fn reacted_wiped(&self, gid: GroupId, header: &Header) -> Result<(), StoreError> {
        match *header.post_ids.as_slice() {
            [id, target, ..] => self.insert_reaction(gid, header.seq, id, target, None),
            _ => Ok(()),
        }
    }
}

fn check_id(gid: GroupId, post: &Post) -> Result<(), StoreError> {
    match post.id == post.authorship.post_id(gid, post.author) {
        true => Ok(()),
        false => Err(StoreError::Constraint("a post's id does not follow from the post".into())),
    }
}
