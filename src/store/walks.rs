//! Walks over messages: the latest, older ones, what has changed, what is pinned; as much as the one who walks wants.
//! Not single messages, and not who may read at all; but what is for one is shown to two only.

use std::ops::ControlFlow;

use super::columns::integer;
use super::messages::{COLUMNS, JOIN, VISIBLE, message_row};
use super::{StoreError, StoredMessage, Transaction};
use crate::group::{GroupId, Seq};
use crate::rns::hash::IdentityHash;

/// Who reads, and whose messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reader {
    /// Who reads: they see what is for everybody, and what is from or for them.
    pub viewer: Option<IdentityHash>,
    /// Only messages of this person, if any.
    pub author: Option<IdentityHash>,
}

/// How far somebody is who follows a group: messages come in the order of their last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where they began: what had changed up to there, they know.
    pub known: Seq,
    /// The change that they have come to...
    pub changed: Seq,
    /// ... and the number of the message. One event may change many.
    pub seq: Seq,
}

impl Place {
    /// Behind all that an event and those before it have changed.
    pub const fn after(seq: Seq) -> Self {
        Self { known: seq, changed: seq, seq: Seq(u64::MAX) }
    }
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
pub type Visit<'a> = dyn FnMut(StoredMessage) -> Result<ControlFlow<()>, StoreError> + 'a;

/// Older messages: below ?3, above what retention took (?6).
pub(super) const BEFORE: &str =
    "m.seq < ?3 AND m.seq > ?6 AND +m.author IS NOT NULL ORDER BY m.seq DESC LIMIT ?4";
/// The same by one person (?5).
pub(super) const BEFORE_BY: &str = "m.author = ?5 AND m.seq < ?3 AND m.seq > ?6 ORDER BY m.seq DESC LIMIT ?4";
/// What has changed after (?3, ?6). Whoever has not known a message (?7) need not know that it is gone.
pub(super) const CHANGED: &str = "(m.changed, m.seq) > (?3, ?6) AND (+m.author IS NOT NULL OR m.seq <= ?7) \
    AND (?5 IS NULL OR +m.author = ?5 OR +m.author IS NULL) ORDER BY m.changed, m.seq LIMIT ?4";
/// What is pinned; as many as may be.
pub(super) const PINNED: &str = "m.pinned IS NOT NULL AND m.pinned > ?3 AND (?5 IS NULL OR +m.author = ?5) \
    AND ?6 = ?6 ORDER BY m.pinned LIMIT ?4";

/// A walk's statement. Who may see what stands in each.
pub(super) fn select(range: &str) -> String {
    format!("SELECT {COLUMNS} FROM {JOIN} WHERE m.gid = ?1 AND {VISIBLE} AND {range}")
}

impl Transaction<'_> {
    /// The messages with a number between `after` and `before`, newest first, `limit` at most, wiped ones left out.
    pub fn messages_before(
        &self,
        gid: GroupId,
        reader: Reader,
        (after, before): (Seq, Seq),
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        let range = if reader.author.is_some() { BEFORE_BY } else { BEFORE };
        let numbers = [before.0, after.0];
        self.walk(&select(range), gid, reader, &numbers, limit, visit)
    }

    /// The messages that have changed after `place`, in the order of their last change, `limit` at most. One that came
    /// and went since [`Place::known`] is left out.
    pub fn messages_changed(
        &self,
        gid: GroupId,
        reader: Reader,
        place: Place,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        let numbers = [place.changed.0, place.seq.0, place.known.0];
        self.walk(&select(CHANGED), gid, reader, &numbers, limit, visit)
    }

    /// The pinned messages, in the order of pinning.
    pub fn messages_pinned(
        &self,
        gid: GroupId,
        reader: Reader,
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        self.walk(&select(PINNED), gid, reader, &[0, 0], limit, visit)
    }

    /// Reads one row more than `limit`, to know whether there are more, but does not hand that one out.
    fn walk(
        &self,
        sql: &str,
        gid: GroupId,
        reader: Reader,
        numbers: &[u64],
        limit: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Scanned, StoreError> {
        let mut statement = self.sql.prepare_cached(sql)?;
        statement.raw_bind_parameter(1, gid.as_bytes())?;
        statement.raw_bind_parameter(2, reader.viewer.as_ref().map(|viewer| viewer.as_bytes()))?;
        statement.raw_bind_parameter(4, i64::from(limit) + 1)?;
        statement.raw_bind_parameter(5, reader.author.as_ref().map(|author| author.as_bytes()))?;
        for (at, number) in [3, 6, 7].into_iter().zip(numbers) {
            statement.raw_bind_parameter(at, integer(*number))?;
        }
        let mut rows = statement.raw_query();
        let mut scanned = Scanned { last: None, more: false };
        let mut left = limit;
        while let Some(row) = rows.next()? {
            if left == 0 {
                scanned.more = true;
                break;
            }
            let message = message_row(gid, row)?;
            let seq = message.seq;
            if visit(message)?.is_break() {
                scanned.more = true;
                break;
            }
            left -= 1;
            scanned.last = Some(seq);
        }
        Ok(scanned)
    }
}
