//! Rows of `messages`: what was said in a group, as far as it was fetched, edits and deletions applied.
//! Not who is called what.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{integer, json, json_at, number_at};
use super::people::Author;
use super::{Cache, StoreError, groups};
use crate::rns::hash::{DestinationHash, IdentityHash};

const COLUMNS: &str = "seq, author, member, time, edited, recipient, recipient_member, reply_to, title, text, \
                       attached, cut, pinned, reactions";

/// A message as it stands in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CachedMessage {
    /// Its number.
    pub seq: u64,
    /// Who wrote it.
    pub author: Author,
    /// When, by the author's clock, in seconds since 1970.
    pub time: Option<u64>,
    /// When its text was changed last, in seconds since 1970.
    pub edited: Option<u64>,
    /// The one member whom it is for.
    pub recipient: Option<Author>,
    /// The message that it answers.
    pub reply_to: Option<u64>,
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub text: String,
    /// How many things are attached that were left out.
    pub attached: u32,
    /// The text is only the beginning.
    pub cut: bool,
    /// It is pinned.
    pub pinned: bool,
    /// What people have reacted with, and how many.
    pub reactions: Vec<(String, u32)>,
}

/// What has become of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new, or says something else.
    Said(CachedMessage),
    /// It is gone.
    Gone(u64),
    /// Its text is as it was.
    Marked {
        /// Its number.
        seq: u64,
        /// It is pinned.
        pinned: bool,
        /// What people have reacted with, and how many.
        reactions: Vec<(String, u32)>,
    },
}

/// What an answer says about a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What has changed, in the order of the answer.
    pub changes: Vec<Change>,
    /// What of the group it speaks of.
    pub reach: Reach,
    /// Messages with a lower number are gone but for pinned ones.
    pub kept: Option<u64>,
}

/// What of a group an answer speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// What has changed up to this cursor.
    UpTo(Vec<u8>),
    /// The latest messages, all of them down to the lowest: what is in between and not among them is gone.
    Latest,
    /// The latest messages up to this cursor, and what is here of older ones may be wrong.
    Afresh(Vec<u8>),
}

impl Cache {
    /// Takes in an answer, all of it or nothing. Answers what is new to the reader: messages that were not here, or said
    /// something else.
    pub fn take_in(&mut self, group: DestinationHash, page: Page) -> Result<Vec<CachedMessage>, StoreError> {
        let Page { changes, reach, kept } = page;
        let sql = self.begin()?;
        match &reach {
            Reach::UpTo(cursor) => groups::set_cursor(&sql, group, cursor)?,
            Reach::Latest => forget_unsaid(&sql, group, &changes)?,
            Reach::Afresh(cursor) => {
                sql.execute("DELETE FROM messages WHERE destination = ?1", [group.as_bytes()])?;
                groups::set_cursor(&sql, group, cursor)?;
            }
        }
        let mut new = Vec::new();
        for change in changes {
            match change {
                Change::Said(message) => {
                    let before = message_at(&sql, group, message.seq)?;
                    put(&sql, group, &message)?;
                    if before
                        .is_none_or(|before| before.text != message.text || before.title != message.title)
                    {
                        new.push(message);
                    }
                }
                Change::Gone(seq) => forget(&sql, group, seq)?,
                Change::Marked { seq, pinned, reactions } => {
                    sql.execute(
                        "UPDATE messages SET pinned = ?3, reactions = ?4 WHERE destination = ?1 AND seq = ?2",
                        (group.as_bytes(), integer(seq), pinned, json(&reactions)),
                    )?;
                }
            }
        }
        if let Some(kept) = kept {
            sql.execute(
                "DELETE FROM messages WHERE destination = ?1 AND seq < ?2 AND NOT pinned",
                (group.as_bytes(), integer(kept)),
            )?;
        }
        sql.commit()?;
        Ok(new)
    }

    /// The latest messages, the oldest of them first.
    pub fn latest(&self, group: DestinationHash, limit: u32) -> Result<Vec<CachedMessage>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE destination = ?1 ORDER BY seq DESC LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map((group.as_bytes(), limit), message_row)?;
        let mut messages = rows.collect::<Result<Vec<_>, _>>()?;
        messages.reverse();
        Ok(messages)
    }
}

/// Forgets what should be among these messages and is not.
fn forget_unsaid(
    sql: &rusqlite::Transaction<'_>,
    group: DestinationHash,
    changes: &[Change],
) -> Result<(), StoreError> {
    let said = changes.iter().filter_map(|change| match change {
        Change::Said(message) => Some(message.seq),
        Change::Gone(_) | Change::Marked { .. } => None,
    });
    let said: BTreeSet<u64> = said.collect();
    let Some(lowest) = said.first() else { return Ok(()) };
    let mut statement = sql.prepare("SELECT seq FROM messages WHERE destination = ?1 AND seq >= ?2")?;
    let here = statement.query_map((group.as_bytes(), integer(*lowest)), |row| number_at(row, 0))?;
    for seq in here.collect::<Result<Vec<_>, _>>()? {
        if !said.contains(&seq) {
            forget(sql, group, seq)?;
        }
    }
    Ok(())
}

fn forget(sql: &rusqlite::Transaction<'_>, group: DestinationHash, seq: u64) -> Result<(), StoreError> {
    let gone = "DELETE FROM messages WHERE destination = ?1 AND seq = ?2";
    sql.execute(gone, (group.as_bytes(), integer(seq)))?;
    Ok(())
}

fn message_at(
    sql: &rusqlite::Transaction<'_>,
    group: DestinationHash,
    seq: u64,
) -> Result<Option<CachedMessage>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM messages WHERE destination = ?1 AND seq = ?2");
    let mut statement = sql.prepare_cached(&select)?;
    Ok(statement.query_row((group.as_bytes(), integer(seq)), message_row).optional()?)
}

fn put(
    sql: &rusqlite::Transaction<'_>,
    group: DestinationHash,
    message: &CachedMessage,
) -> Result<(), StoreError> {
    let insert = format!(
        "INSERT OR REPLACE INTO messages (destination, {COLUMNS}) VALUES (:destination, :seq, :author, :member, \
         :time, :edited, :recipient, :recipient_member, :reply_to, :title, :text, :attached, :cut, :pinned, :reactions)"
    );
    sql.prepare_cached(&insert)?.execute(named_params! {
        ":destination": group.as_bytes(),
        ":seq": integer(message.seq),
        ":author": message.author.identity.map(|identity| *identity.as_bytes()),
        ":member": message.author.number,
        ":time": message.time.map(integer),
        ":edited": message.edited.map(integer),
        ":recipient": message.recipient.and_then(|to| to.identity).map(|identity| *identity.as_bytes()),
        ":recipient_member": message.recipient.and_then(|to| to.number),
        ":reply_to": message.reply_to.map(integer),
        ":title": message.title,
        ":text": message.text,
        ":attached": message.attached,
        ":cut": message.cut,
        ":pinned": message.pinned,
        ":reactions": json(&message.reactions),
    })?;
    Ok(())
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<CachedMessage> {
    let identity = |index| {
        let bytes = row.get::<_, Option<_>>(index);
        bytes.map(|bytes| bytes.map(IdentityHash::from_bytes))
    };
    let number = |index| match row.get_ref(index)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => number_at(row, index).map(Some),
    };
    let recipient = Author { identity: identity(5)?, number: row.get(6)? };
    Ok(CachedMessage {
        seq: number_at(row, 0)?,
        author: Author { identity: identity(1)?, number: row.get(2)? },
        time: number(3)?,
        edited: number(4)?,
        recipient: (recipient != Author::default()).then_some(recipient),
        reply_to: number(7)?,
        title: row.get(8)?,
        text: row.get(9)?,
        attached: row.get(10)?,
        cut: row.get(11)?,
        pinned: row.get(12)?,
        reactions: json_at(row, 13)?,
    })
}
