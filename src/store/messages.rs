//! Rows of `group_messages`: which events are messages. What they say is read from the event, where it stands once.
//! Not the chain of events.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{integer, seq_at, time_at};
use super::{StoreError, Transaction};
use crate::group::encoding;
use crate::group::{GroupId, Post, PostId, Seq};
use crate::rns::hash::IdentityHash;
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

/// Joined by (gid, seq): which event is a message, and what that event says.
pub(super) const SELECT: &str = "SELECT m.seq, m.post_id, m.host_time, e.private \
    FROM group_messages AS m CROSS JOIN group_events AS e ON e.gid = m.gid AND e.seq = m.seq WHERE m.gid = ?1";

impl Transaction<'_> {
    /// The latest messages, newest first, `limit` at most.
    pub fn latest_messages(
        &self,
        gid: GroupId,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        self.messages_before(gid, Seq(u64::MAX), limit, visit)
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
        self.walk("AND m.seq > ?2 ORDER BY m.seq LIMIT ?3", gid, since, limit, visit)
    }

    /// The messages before `before`, newest first, `limit` at most.
    pub fn messages_before(
        &self,
        gid: GroupId,
        before: Seq,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        self.walk("AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3", gid, before, limit, visit)
    }

    /// One message.
    pub fn message(&self, gid: GroupId, id: PostId) -> Result<Option<StoredMessage>, StoreError> {
        let mut statement = self.sql.prepare_cached(&format!("{SELECT} AND m.post_id = ?2"))?;
        let mut rows = statement.query((gid.as_bytes(), id.as_bytes()))?;
        rows.next()?.map(|row| message_row(gid, row)).transpose()
    }

    /// The message with this number.
    pub fn message_at(&self, gid: GroupId, seq: Seq) -> Result<Option<StoredMessage>, StoreError> {
        let mut statement = self.sql.prepare_cached(&format!("{SELECT} AND m.seq = ?2"))?;
        let mut rows = statement.query((gid.as_bytes(), integer(seq.0)))?;
        rows.next()?.map(|row| message_row(gid, row)).transpose()
    }

    /// The number of somebody's latest message, if it is among the group's latest.
    pub fn latest_by(
        &self,
        gid: GroupId,
        author: IdentityHash,
        among: u32,
    ) -> Result<Option<Seq>, StoreError> {
        let sql = "SELECT seq FROM (SELECT seq, author FROM group_messages WHERE gid = ?1 ORDER BY seq DESC LIMIT ?3) \
                   WHERE author = ?2 LIMIT 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), author.as_bytes(), among);
        Ok(statement.query_row(place, |row| seq_at(row, 0)).optional()?)
    }

    /// The number of a post that the group has, also of a wiped one.
    pub fn post_seq(&self, gid: GroupId, id: PostId) -> Result<Option<Seq>, StoreError> {
        let sql = "SELECT seq FROM group_messages WHERE gid = ?1 AND post_id = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), id.as_bytes()), |row| seq_at(row, 0)).optional()?)
    }

    /// Takes author, text and proof of a message away for good, its copies that are not sent yet, and leaves its place. `false` if there is no such
    /// message or nothing is left to take.
    pub fn wipe_post(&self, gid: GroupId, id: PostId) -> Result<bool, StoreError> {
        let sql = "UPDATE group_messages SET author = NULL, author_time = NULL \
                   WHERE gid = ?1 AND post_id = ?2 AND author IS NOT NULL RETURNING seq";
        let mut statement = self.sql.prepare_cached(sql)?;
        let wiped = statement.query_row((gid.as_bytes(), id.as_bytes()), |row| seq_at(row, 0)).optional()?;
        match wiped {
            Some(seq) => {
                self.wipe_copies(gid, seq)?;
                self.give_up_copies_of(gid, seq)?;
                self.wipe_event(gid, seq).map(|()| true)
            }
            None => Ok(false),
        }
    }

    /// Writes which event is a message, and whose, unless that is wiped.
    pub(super) fn insert_message(
        &self,
        gid: GroupId,
        (seq, host_time): (Seq, UnixTime),
        id: PostId,
        author: Option<(IdentityHash, UnixTime)>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_messages (gid, seq, post_id, host_time, author, author_time) \
                   VALUES (:gid, :seq, :post_id, :host_time, :author, :author_time)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":seq": integer(seq.0),
            ":post_id": id.as_bytes(),
            ":host_time": host_time.as_micros(),
            ":author": author.as_ref().map(|(identity, _)| identity.as_bytes()),
            ":author_time": author.map(|(_, time)| time.as_micros()),
        })?;
        Ok(())
    }

    /// Reads one row more than `limit`, to know whether there are more, but does not decode that one.
    fn walk(
        &self,
        range: &str,
        gid: GroupId,
        from: Seq,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        let mut statement = self.sql.prepare_cached(&format!("{SELECT} {range}"))?;
        let mut rows = statement.query((gid.as_bytes(), integer(from.0), i64::from(limit) + 1))?;
        let mut scanned = Scanned { last: None, more: false };
        let mut left = limit;
        while let Some(row) = rows.next()? {
            let seq = seq_at(row, 0)?;
            if left == 0 || visit(message_row(gid, row)?).is_break() {
                scanned.more = true;
                break;
            }
            left -= 1;
            scanned.last = Some(seq);
        }
        Ok(scanned)
    }
}

fn message_row(gid: GroupId, row: &Row<'_>) -> Result<StoredMessage, StoreError> {
    let seq = seq_at(row, 0)?;
    let id = PostId::from_bytes(row.get(1)?);
    let content = match row.get_ref(3)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        Some(private) => encoding::decode_post(id, private).map(|post| Content::Post(Box::new(post))),
        None => Some(Content::Wiped),
    };
    let what = "it stands among the messages but is none";
    let content = content.ok_or(StoreError::Damaged { gid, seq, what })?;
    Ok(StoredMessage { seq, id, host_time: time_at(row, 2)?, content })
}
