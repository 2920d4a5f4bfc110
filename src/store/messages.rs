//! Rows of `group_messages`: which events are messages. What they say is read from the event, where it stands once.
//! Not the chain of events, and not the walks over many messages.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{identity_at, integer, seq_at, time_at};
use super::{StoreError, Transaction};
use crate::group::encoding::{self, Header};
use crate::group::rules::MAX_PURGE;
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
    /// The event that changed it last.
    pub changed: Seq,
    /// The event that holds what it says now.
    pub body: Seq,
    /// When it was first said, by the author's clock; `None` when wiped.
    pub first: Option<UnixTime>,
    /// When it was edited last.
    pub edited: Option<UnixTime>,
    /// Whom it is for, if only for one.
    pub recipient: Option<IdentityHash>,
    /// Is it pinned?
    pub pinned: bool,
    /// How many reactions it has.
    pub reactions: u32,
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

/// What [`message_row`] reads.
pub(super) const COLUMNS: &str = "m.seq, m.post_id, m.host_time, m.changed, m.body, m.recipient, m.pinned, \
    m.reactions, e.private, CASE WHEN m.body <> m.seq THEN e.header END, m.author_time";
/// Joined by (gid, seq): which event is a message, and what the event says that holds its text.
pub(super) const JOIN: &str =
    "group_messages AS m CROSS JOIN group_events AS e ON e.gid = m.gid AND e.seq = m.body";
/// May the reader (?2) see it? What is for one is seen by two. A place without text has nothing to see.
pub(super) const VISIBLE: &str = "(m.recipient IS NULL OR m.recipient = ?2 OR m.author = ?2)";

/// What one person (?2) has said.
pub(super) const PURGE_OF: &str = "SELECT seq FROM group_messages WHERE gid = ?1 AND author = ?2 \
    AND host_time > ?3 AND host_time < ?4 ORDER BY seq LIMIT ?5";
/// What all have said.
pub(super) const PURGE_ALL: &str = "SELECT seq FROM group_messages WHERE gid = ?1 AND +author IS NOT NULL AND ?2 IS NULL \
    AND host_time > ?3 AND host_time < ?4 ORDER BY seq LIMIT ?5";

impl Transaction<'_> {
    /// One message, if `viewer` may see it.
    pub fn message(
        &self,
        gid: GroupId,
        viewer: Option<IdentityHash>,
        id: PostId,
    ) -> Result<Option<StoredMessage>, StoreError> {
        match self.post_seq(gid, id)? {
            Some(seq) => self.message_at(gid, viewer, seq),
            None => Ok(None),
        }
    }

    /// The message with this number, if `viewer` may see it.
    pub fn message_at(
        &self,
        gid: GroupId,
        viewer: Option<IdentityHash>,
        seq: Seq,
    ) -> Result<Option<StoredMessage>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM {JOIN} WHERE m.gid = ?1 AND {VISIBLE} AND m.seq = ?3");
        let mut statement = self.sql.prepare_cached(&sql)?;
        let viewer = viewer.as_ref().map(IdentityHash::as_bytes);
        let mut rows = statement.query((gid.as_bytes(), viewer, integer(seq.0)))?;
        rows.next()?.map(|row| message_row(gid, row)).transpose()
    }

    /// The number of somebody's latest message.
    pub fn latest_by(&self, gid: GroupId, author: IdentityHash) -> Result<Option<Seq>, StoreError> {
        let sql = "SELECT seq FROM group_messages WHERE gid = ?1 AND author = ?2 ORDER BY seq DESC LIMIT 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), author.as_bytes());
        Ok(statement.query_row(place, |row| seq_at(row, 0)).optional()?)
    }

    /// The number of a post that the group has, also of a wiped one.
    pub fn post_seq(&self, gid: GroupId, id: PostId) -> Result<Option<Seq>, StoreError> {
        let sql = "SELECT seq FROM group_messages WHERE gid = ?1 AND post_id = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), id.as_bytes()), |row| seq_at(row, 0)).optional()?)
    }

    /// How many messages are pinned.
    pub(super) fn pin_count(&self, gid: GroupId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM group_messages WHERE gid = ?1 AND pinned IS NOT NULL";
        Ok(self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| row.get(0))?)
    }

    /// The messages and reactions of one person, or of all, between two times: as many as may be deleted together.
    pub(super) fn to_purge(
        &self,
        gid: GroupId,
        of: Option<IdentityHash>,
        (since, before): (Option<UnixTime>, Option<UnixTime>),
    ) -> Result<Vec<Seq>, StoreError> {
        let range = (
            gid.as_bytes(),
            of.as_ref().map(IdentityHash::as_bytes),
            since.map_or(i64::MIN, UnixTime::as_micros),
            before.map_or(i64::MAX, UnixTime::as_micros),
            MAX_PURGE,
        );
        let sql = match of {
            Some(_) => PURGE_OF,
            None => PURGE_ALL,
        };
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map(range, |row| seq_at(row, 0))?;
        let mut seqs = rows.collect::<Result<Vec<_>, _>>()?;
        if let (Some(of), true) = (of, since.is_none() && before.is_none()) {
            seqs.extend(self.reactions_by(gid, of, MAX_PURGE)?);
            seqs.sort_unstable();
            seqs.truncate(usize::try_from(MAX_PURGE).unwrap_or(usize::MAX));
        }
        Ok(seqs)
    }

    /// Writes which event is a message, and whose, unless that is wiped.
    pub(super) fn insert_message(
        &self,
        gid: GroupId,
        (seq, host_time): (Seq, UnixTime),
        id: PostId,
        post: Option<&Post>,
        recipient: Option<IdentityHash>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_messages \
                   (gid, seq, post_id, host_time, author, author_time, changed, body, recipient) \
                   VALUES (:gid, :seq, :post_id, :host_time, :author, :author_time, :seq, :seq, :recipient)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":seq": integer(seq.0),
            ":post_id": id.as_bytes(),
            ":host_time": host_time.as_micros(),
            ":author": post.as_ref().map(|post| post.author.as_bytes()),
            ":author_time": post.map(|post| post.author_time.as_micros()),
            ":recipient": recipient.as_ref().map(IdentityHash::as_bytes),
        })?;
        match post {
            Some(post) => {
                self.index_words(gid, seq, post);
                self.count_kept(gid, 1, self.private_len(gid, seq)?)
            }
            None => Ok(()),
        }
    }

    /// Puts the text of `edit` in the place of what a message said, which is wiped.
    pub(super) fn replace_text(&self, gid: GroupId, seq: Seq, edit: &Edit<'_>) -> Result<(), StoreError> {
        let was_there = self.forget_text(gid, seq)?;
        let sql = "UPDATE group_messages SET author = :author, author_time = :author_time, \
                   recipient = :recipient, body = :event, changed = :event WHERE gid = :gid AND seq = :seq";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":seq": integer(seq.0),
            ":author": edit.post.author.as_bytes(),
            ":author_time": edit.first.as_micros(),
            ":recipient": edit.recipient.as_ref().map(IdentityHash::as_bytes),
            ":event": integer(edit.event.0),
        })?;
        self.index_words(gid, seq, edit.post);
        self.give_up_copies_of(gid, seq)?;
        self.count_kept(gid, i64::from(!was_there), self.private_len(gid, edit.event)?)
    }

    /// The same for an edit that is wiped: what it said is not known, only that it was said.
    pub(super) fn replace_text_wiped(&self, gid: GroupId, seq: Seq, event: Seq) -> Result<(), StoreError> {
        let sql = "UPDATE group_messages SET body = ?3, changed = ?3 WHERE gid = ?1 AND seq = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0), integer(event.0)))?;
        Ok(())
    }

    /// Takes author, text and proof of a message away for good, its copies that are not sent yet and what people
    /// reacted with, and leaves its place. `changed` is the event that does it.
    pub(super) fn wipe_message(&self, gid: GroupId, seq: Seq, changed: Seq) -> Result<(), StoreError> {
        if self.forget_text(gid, seq)? {
            self.count_kept(gid, -1, 0)?;
            self.wipe_copies(gid, seq)?;
            self.give_up_copies_of(gid, seq)?;
        }
        self.wipe_reactions(gid, seq)?;
        let sql = "UPDATE group_messages SET author = NULL, author_time = NULL, recipient = NULL, body = seq, \
                   pinned = NULL, reactions = 0, changed = ?3 WHERE gid = ?1 AND seq = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0), integer(changed.0)))?;
        Ok(())
    }

    /// Wipes the event that holds a message's text, and the words that it is found by. Was there a text?
    fn forget_text(&self, gid: GroupId, seq: Seq) -> Result<bool, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM {JOIN} WHERE m.gid = ?1 AND m.seq = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        let mut rows = statement.query((gid.as_bytes(), integer(seq.0)))?;
        let Some(row) = rows.next()? else { return Ok(false) };
        let message = message_row(gid, row)?;
        let Content::Post(post) = message.content else { return Ok(false) };
        self.forget_words(gid, seq, &post);
        self.count_kept(gid, 0, self.private_len(gid, message.body)?.saturating_neg())?;
        self.wipe_event(gid, message.body)?;
        Ok(true)
    }

    /// Pins a message with an event, or not any more.
    pub(super) fn set_pinned(
        &self,
        gid: GroupId,
        seq: Seq,
        pinned: Option<Seq>,
        changed: Seq,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE group_messages SET pinned = ?3, changed = ?4 WHERE gid = ?1 AND seq = ?2";
        let pinned = pinned.map(|event| integer(event.0));
        let place = (gid.as_bytes(), integer(seq.0), pinned, integer(changed.0));
        self.sql.prepare_cached(sql)?.execute(place)?;
        Ok(())
    }
}

/// What an edit puts in the place of a message's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit<'a> {
    /// The event of the edit.
    pub(super) event: Seq,
    /// What is said now.
    pub(super) post: &'a Post,
    /// When it was first said, by the author's clock.
    pub(super) first: UnixTime,
    /// Whom it is for, if only for one.
    pub(super) recipient: Option<IdentityHash>,
}

/// Reads [`COLUMNS`].
pub(super) fn message_row(gid: GroupId, row: &Row<'_>) -> Result<StoredMessage, StoreError> {
    let seq = seq_at(row, 0)?;
    let damaged = |what| StoreError::Damaged { gid, seq, what };
    let id = PostId::from_bytes(row.get(1)?);
    let recipient = match row.get_ref(5)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        Some(_) => Some(identity_at(row, 5)?),
        None => None,
    };
    let header = row.get_ref(9)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let header = header.map(|header| Header::decode(header).ok_or(damaged("its edit has no header")));
    let header = header.transpose()?;
    let private = row.get_ref(8)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let content = match private {
        Some(private) => {
            let post = encoding::decode_post(id, private);
            Content::Post(Box::new(post.ok_or(damaged("it stands among the messages but is none"))?))
        }
        None => Content::Wiped,
    };
    Ok(StoredMessage {
        seq,
        id,
        host_time: time_at(row, 2)?,
        changed: seq_at(row, 3)?,
        body: seq_at(row, 4)?,
        first: row.get::<_, Option<i64>>(10)?.map(UnixTime::from_micros),
        edited: header.map(|header| header.time),
        recipient,
        pinned: row.get::<_, Option<i64>>(6)?.is_some(),
        reactions: row.get(7)?,
        content,
    })
}
