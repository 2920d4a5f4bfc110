//! Rows of `group_copies`: which LXMF message carried a message of the group to whom, and what became of it.
//! Not the copies themselves, and no part of the log: a host that has lost these rows loses references only.

use rusqlite::{OptionalExtension, named_params};

use super::columns::{identity_at, integer, named_at};
use super::{StoreError, Transaction};
use crate::group::name::named_enum;
use crate::group::{GroupId, PostId, Seq};
use crate::rns::hash::IdentityHash;

/// Copies that a group keeps, about: some 40 MB. The copies of the oldest messages make room.
const MAX_COPIES: u64 = 262_144;
/// Messages whose copies a group keeps, counted in events: who replies to something older is shown without a
/// reference. Enough for a busy month, and a range that is cheap to delete each time.
const MOST_EVENTS: u64 = 4_096;
/// Even in the largest group the latest messages can be replied to.
const FEWEST_EVENTS: u64 = 16;

named_enum! {
    /// What became of a copy.
    pub enum CopyState {
        /// No copy: what the author sent.
        Original = "original",
        /// It has not arrived yet, as far as is known.
        Queued = "queued",
        /// Its recipient has proved it.
        Delivered = "delivered",
        /// A propagation node keeps it for its recipient.
        Stored = "stored",
        /// It is not tried any more.
        GivenUp = "given_up",
    }
}

/// The copy of a message that one person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyRow {
    /// Whose.
    pub recipient: IdentityHash,
    /// Its message hash.
    pub message_hash: [u8; 32],
    /// What became of it.
    pub state: CopyState,
}

/// What became of the copies of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopyCounts {
    /// Proved by their recipients.
    pub delivered: u32,
    /// On a propagation node.
    pub stored: u32,
    /// Still tried.
    pub waiting: u32,
    /// Not tried any more.
    pub given_up: u32,
}

pub(super) const POST_OF_COPY: &str = "SELECT m.post_id FROM group_copies AS c \
    CROSS JOIN group_messages AS m ON m.gid = c.gid AND m.seq = c.seq WHERE c.gid = ?1 AND c.message_hash = ?2";

impl Transaction<'_> {
    /// Keeps the copies of message `seq`, and drops those of the oldest messages that make them too many.
    pub fn put_copies(&self, gid: GroupId, seq: Seq, copies: &[CopyRow]) -> Result<(), StoreError> {
        if copies.is_empty() {
            return Ok(());
        }
        let sql = "INSERT OR IGNORE INTO group_copies (gid, seq, identity_hash, message_hash, state) \
                   VALUES (:gid, :seq, :identity, :hash, :state)";
        let mut statement = self.sql.prepare_cached(sql)?;
        for copy in copies {
            statement.execute(named_params! {
                ":gid": gid.as_bytes(),
                ":seq": integer(seq.0),
                ":identity": copy.recipient.as_bytes(),
                ":hash": copy.message_hash,
                ":state": copy.state.name(),
            })?;
        }
        let before = seq.0.saturating_sub(events_kept(copies.len()));
        let sql = "DELETE FROM group_copies WHERE gid = ?1 AND seq <= ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(before)))?;
        Ok(())
    }

    /// The post that an LXMF message of this hash carried, to whomever.
    pub fn post_of_copy(&self, gid: GroupId, message_hash: &[u8; 32]) -> Result<Option<PostId>, StoreError> {
        let mut statement = self.sql.prepare_cached(POST_OF_COPY)?;
        let post_id = statement.query_row((gid.as_bytes(), message_hash), |row| row.get(0)).optional()?;
        Ok(post_id.map(PostId::from_bytes))
    }

    /// The copies of a message, and what its author sent.
    pub fn copies(&self, gid: GroupId, seq: Seq) -> Result<Vec<CopyRow>, StoreError> {
        let sql = "SELECT identity_hash, message_hash, state FROM group_copies WHERE gid = ?1 AND seq = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), integer(seq.0)), |row| {
            let (recipient, message_hash) = (identity_at(row, 0)?, row.get(1)?);
            Ok(CopyRow { recipient, message_hash, state: named_at(row, 2, CopyState::from_name)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What became of the copies of a message.
    pub fn copy_counts(&self, gid: GroupId, seq: Seq) -> Result<CopyCounts, StoreError> {
        let sql = "SELECT state, count(*) FROM group_copies WHERE gid = ?1 AND seq = ?2 GROUP BY state";
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query((gid.as_bytes(), integer(seq.0)))?;
        let mut counts = CopyCounts::default();
        while let Some(row) = rows.next()? {
            let count = row.get(1)?;
            match named_at(row, 0, CopyState::from_name)? {
                CopyState::Original => {}
                CopyState::Queued => counts.waiting = count,
                CopyState::Delivered => counts.delivered = count,
                CopyState::Stored => counts.stored = count,
                CopyState::GivenUp => counts.given_up = count,
            }
        }
        Ok(counts)
    }

    /// Notes what became of somebody's copy of a message. `false` if that is not kept any more.
    pub fn set_copy_state(
        &self,
        gid: GroupId,
        seq: Seq,
        recipient: IdentityHash,
        state: CopyState,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE group_copies SET state = ?4 WHERE gid = ?1 AND seq = ?2 AND identity_hash = ?3";
        let place = (gid.as_bytes(), integer(seq.0), recipient.as_bytes(), state.name());
        Ok(self.sql.prepare_cached(sql)?.execute(place)? == 1)
    }

    /// Forgets the copies of a message.
    pub(super) fn wipe_copies(&self, gid: GroupId, seq: Seq) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_copies WHERE gid = ?1 AND seq = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0)))?;
        Ok(())
    }
}

/// How far back copies are kept when each message has so many.
fn events_kept(copies: usize) -> u64 {
    let each = u64::try_from(copies.max(1)).unwrap_or(u64::MAX);
    (MAX_COPIES / each).clamp(FEWEST_EVENTS, MOST_EVENTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_group_keeps_the_copies_of_fewer_messages_but_always_of_some() {
        assert_eq!([0, 1, 20, 64].map(events_kept), [MOST_EVENTS; 4]);
        assert_eq!(events_kept(500), 524);
        assert_eq!([20_000, usize::MAX].map(events_kept), [FEWEST_EVENTS; 2]);
    }
}
