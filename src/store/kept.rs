//! Rows of `group_history`: how much is kept of what was said in a group, and up to where retention has taken it.
//! Not how much may be kept; the settings say that.

use rusqlite::OptionalExtension;

use super::columns::{integer, number_at, seq_at, time_at};
use super::{StoreError, Transaction};
use crate::group::{GroupId, Retention, Seq};
use crate::rns::time::UnixTime;
/// What retention takes does not stand among the changes: one number tells it.
const NO_CHANGE: Seq = Seq(0);

/// How much is kept of what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Messages that are not wiped.
    pub messages: u64,
    /// Bytes of the events that hold them.
    pub bytes: u64,
    /// Up to this number messages are kept only if they are pinned. 0: retention has taken none.
    pub pruned_to: Seq,
    /// The event that said so last.
    pub pruned_at: Seq,
}

impl Transaction<'_> {
    /// How much is kept.
    pub fn kept(&self, gid: GroupId) -> Result<Kept, StoreError> {
        let sql = "SELECT messages, bytes, pruned_to, pruned_at FROM group_history WHERE gid = ?1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let kept = statement.query_row([gid.as_bytes()], |row| {
            let (messages, bytes) = (number_at(row, 0)?, number_at(row, 1)?);
            Ok(Kept { messages, bytes, pruned_to: seq_at(row, 2)?, pruned_at: seq_at(row, 3)? })
        });
        Ok(kept.optional()?.unwrap_or_default())
    }

    /// The row of a new group.
    pub(super) fn insert_history(&self, gid: GroupId) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO group_history (gid, messages, bytes, pruned_to, pruned_at) VALUES (?1, 0, 0, 0, 0)";
        self.sql.prepare_cached(sql)?.execute([gid.as_bytes()])?;
        Ok(())
    }

    /// Counts messages and bytes that came, or went.
    pub(super) fn count_kept(&self, gid: GroupId, messages: i64, bytes: i64) -> Result<(), StoreError> {
        let sql = "UPDATE group_history SET messages = messages + ?2, bytes = bytes + ?3 WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), messages, bytes))?;
        Ok(())
    }

    /// Wipes all messages up to number `to` that are not pinned, as event `at` says. Those that were wiped before are
    /// told with them, in one number.
    pub(super) fn prune(&self, gid: GroupId, to: Seq, at: Seq) -> Result<(), StoreError> {
        let from = self.kept(gid)?.pruned_to;
        let sql =
            "SELECT seq FROM group_messages WHERE gid = ?1 AND seq > ?2 AND seq <= ?3 AND pinned IS NULL";
        let mut statement = self.sql.prepare_cached(sql)?;
        let range = (gid.as_bytes(), integer(from.0), integer(to.0));
        let due: Vec<_> = statement.query_map(range, |row| seq_at(row, 0))?.collect::<Result<_, _>>()?;
        for seq in due {
            self.wipe_message(gid, seq, NO_CHANGE)?;
        }
        let sql = "UPDATE group_history SET pruned_to = max(pruned_to, ?2), pruned_at = ?3 WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(to.0), integer(at.0)))?;
        Ok(())
    }

    /// Up to where a group that keeps no more than `bounds` lets go of messages now, `limit` of them at most, and
    /// whether there may be more. What is pinned counts, and stays.
    pub fn to_prune(
        &self,
        gid: GroupId,
        bounds: &Retention,
        now: UnixTime,
        limit: u32,
    ) -> Result<Option<(Seq, bool)>, StoreError> {
        let Kept { mut messages, mut bytes, pruned_to, .. } = self.kept(gid)?;
        let sql = "SELECT m.seq, m.host_time, m.author IS NOT NULL AND m.pinned IS NULL, \
                   coalesce(length(e.private), 0) FROM group_messages AS m \
                   CROSS JOIN group_events AS e ON e.gid = m.gid AND e.seq = m.body \
                   WHERE m.gid = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query((gid.as_bytes(), integer(pruned_to.0), limit))?;
        let (oldest, mut to, mut taken) = (bounds.oldest(now), None, 0);
        while let Some(row) = rows.next()? {
            let is_old = match oldest {
                Some(oldest) => time_at(row, 1)? < oldest,
                None => false,
            };
            let too_many = bounds.messages.is_some_and(|most| messages > most);
            let too_large = bounds.bytes.is_some_and(|most| bytes > most);
            if !(is_old || too_many || too_large) {
                break;
            }
            if row.get(2)? {
                messages = messages.saturating_sub(1);
                bytes = bytes.saturating_sub(number_at(row, 3)?);
            }
            (to, taken) = (Some(seq_at(row, 0)?), taken + 1);
        }
        Ok(to.map(|to| (to, taken == limit)))
    }

    /// Bytes of what an event has to wipe.
    pub(super) fn private_len(&self, gid: GroupId, seq: Seq) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(length(private), 0) FROM group_events WHERE gid = ?1 AND seq = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let len = statement.query_row((gid.as_bytes(), integer(seq.0)), |row| row.get(0));
        Ok(len.optional()?.unwrap_or(0))
    }
}
