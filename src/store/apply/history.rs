//! What changing what was said does to tables: also when nothing is left of the event but its header.
//! Not how a text is wiped; `messages` knows that.

use super::posts::check_id;
use crate::group::encoding::Header;
use crate::group::event::{EventKind, MessageEdited, MessagesPurged};
use crate::group::{GroupId, Head, PostId, Seq};
use crate::store::messages::Edit;
use crate::store::{StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn message_edited(
        &self,
        gid: GroupId,
        head: &Head,
        event: &MessageEdited,
    ) -> Result<(), StoreError> {
        let MessageEdited { target, post, first, to } = event;
        check_id(gid, post)?;
        let edit = Edit { event: head.seq, post, first: *first, recipient: *to };
        match self.post_seq(gid, *target)? {
            Some(seq) => self.replace_text(gid, seq, &edit),
            None => Err(nothing_there()),
        }
    }

    pub(super) fn message_edited_wiped(&self, gid: GroupId, header: &Header) -> Result<(), StoreError> {
        match header.post_ids.as_slice() {
            [_, target, ..] => match self.post_seq(gid, *target)? {
                Some(seq) => self.replace_text_wiped(gid, seq, header.seq),
                None => Err(nothing_there()),
            },
            _ => Ok(()),
        }
    }

    pub(super) fn message_deleted(&self, gid: GroupId, event: Seq, target: PostId) -> Result<(), StoreError> {
        if let Some(seq) = self.post_seq(gid, target)? {
            return self.wipe_message(gid, seq, event);
        }
        match self.reaction_seq(gid, target)? {
            Some(seq) => self.wipe_reaction(gid, seq, event),
            None => Err(nothing_there()),
        }
    }

    pub(super) fn messages_purged(
        &self,
        gid: GroupId,
        event: Seq,
        purged: &MessagesPurged,
    ) -> Result<(), StoreError> {
        purged.seqs().try_for_each(|seq| self.wipe_said(gid, seq, event))
    }

    /// Takes away what has that number, a message or a reaction.
    pub(super) fn wipe_said(&self, gid: GroupId, seq: Seq, event: Seq) -> Result<(), StoreError> {
        self.wipe_message(gid, seq, event)?;
        self.wipe_reaction(gid, seq, event)
    }

    pub(super) fn message_pinned(&self, gid: GroupId, event: Seq, target: PostId) -> Result<(), StoreError> {
        match self.post_seq(gid, target)? {
            Some(seq) => self.set_pinned(gid, seq, Some(event), event),
            None => Err(nothing_there()),
        }
    }

    /// What retention would have taken, had it not been pinned, goes now.
    pub(super) fn message_unpinned(
        &self,
        gid: GroupId,
        event: Seq,
        target: PostId,
    ) -> Result<(), StoreError> {
        let Some(seq) = self.post_seq(gid, target)? else { return Err(nothing_there()) };
        if seq <= self.kept(gid)?.pruned_to {
            return self.wipe_message(gid, seq, event);
        }
        self.set_pinned(gid, seq, None, event)
    }

    /// Which message it was about, the header tells.
    pub(super) fn changed_by_wiped(
        &self,
        gid: GroupId,
        header: &Header,
        kind: EventKind,
    ) -> Result<(), StoreError> {
        let Some(target) = header.post_ids.first() else { return Ok(()) };
        match kind {
            EventKind::MessagePinned => self.message_pinned(gid, header.seq, *target),
            EventKind::MessageUnpinned => self.message_unpinned(gid, header.seq, *target),
            _ => self.message_deleted(gid, header.seq, *target),
        }
    }
}

fn nothing_there() -> StoreError {
    StoreError::Constraint("an event changes a message that is not there".into())
}
