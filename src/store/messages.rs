//! Rows of `group_messages`: which events are messages. What they say is read from the event, where it stands once.
//! Not the chain of events.

use std::ops::ControlFlow;

use super::{StoreError, Transaction};
use crate::group::{GroupId, Post, PostId, Seq};
use crate::rns::time::UnixTime;

/// A message in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its number.
    pub seq: Seq,
    /// Its id, which outlives its text.
    pub id: PostId,
    /// When the host took it in; never before the one before.
    pub host_time: UnixTime,
    /// What is left of it.
    pub content: Content,
}

/// What is left of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Post(Box<Post>),
    /// Nothing but its place: author, text and proof are gone.
    Wiped,
}

/// How far a walk over messages came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// The last message that was taken; `None` if none was.
    pub last: Option<Seq>,
    /// Are there more in that direction?
    pub more: bool,
}

/// Takes messages one by one. `Break` means: not this one any more, and none after it.
pub type Visit<'a> = dyn FnMut(StoredMessage) -> ControlFlow<()> + 'a;

impl Transaction<'_> {
    /// The latest messages, newest first, `limit` at most.
    pub fn latest_messages(
        &self,
        gid: GroupId,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        unimplemented!()
    }

    /// The messages after `since`, oldest first, `limit` at most. When no more are left, a cursor moves on to the
    /// group's head: the events up to there are no messages.
    pub fn messages_since(
        &self,
        gid: GroupId,
        since: Seq,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        unimplemented!()
    }

    /// The messages before `before`, newest first, `limit` at most.
    pub fn messages_before(
        &self,
        gid: GroupId,
        before: Seq,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        unimplemented!()
    }

    /// One message.
    pub fn message(&self, gid: GroupId, id: PostId) -> Result<Option<StoredMessage>, StoreError> {
        unimplemented!()
    }

    /// The number of a post that the group has, also of a wiped one.
    pub fn post_seq(&self, gid: GroupId, id: PostId) -> Result<Option<Seq>, StoreError> {
        unimplemented!()
    }

    /// Takes author, text and proof of a message away for good and leaves its place. `false` if there is no such
    /// message or nothing is left to take.
    pub fn wipe_post(&self, gid: GroupId, id: PostId) -> Result<bool, StoreError> {
        unimplemented!()
    }
}
