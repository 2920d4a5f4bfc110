//! Rows of `group_visits`: when members were last heard of.
//! Not exact: what is written is about a day's worth.

use super::columns::identity_at;
use super::{StoreError, Transaction};
use crate::group::GroupId;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Whoever was seen less than this before is not written again, in microseconds: a day.
const FRESH: i64 = 86_400 * 1_000_000;

impl Transaction<'_> {
    /// A member was heard of. Nothing happens if they are no member, or were heard of lately.
    pub fn note_visit(&self, gid: GroupId, member: IdentityHash, seen: UnixTime) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_visits (gid, identity_hash, seen) SELECT ?1, ?2, ?3 \
                   WHERE EXISTS (SELECT 1 FROM group_members WHERE gid = ?1 AND identity_hash = ?2) \
                   ON CONFLICT DO UPDATE SET seen = excluded.seen WHERE excluded.seen >= seen + ?4";
        let key = (gid.as_bytes(), member.as_bytes(), seen.as_micros(), FRESH);
        self.sql.prepare_cached(sql)?.execute(key)?;
        Ok(())
    }

    /// Counts members as heard of now of whom nothing is known, `limit` at most: so nobody is let go for what was not
    /// written down. Says how many there were.
    pub fn note_first_visits(&self, gid: GroupId, now: UnixTime, limit: u32) -> Result<usize, StoreError> {
        let sql = "INSERT INTO group_visits (gid, identity_hash, seen) \
                   SELECT m.gid, m.identity_hash, ?2 FROM group_members AS m WHERE m.gid = ?1 AND NOT EXISTS \
                   (SELECT 1 FROM group_visits AS v WHERE v.gid = ?1 AND v.identity_hash = m.identity_hash) \
                   LIMIT ?3";
        Ok(self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), now.as_micros(), limit))?)
    }

    /// Members who were last heard of before `before`, longest ago first, `limit` at most. Staff stay, and are none.
    pub fn idle_members(
        &self,
        gid: GroupId,
        before: UnixTime,
        limit: u32,
    ) -> Result<Vec<IdentityHash>, StoreError> {
        let sql = "SELECT v.identity_hash FROM group_visits AS v JOIN group_members AS m \
                   ON m.gid = v.gid AND m.identity_hash = v.identity_hash \
                   WHERE v.gid = ?1 AND v.seen < ?2 AND m.role IN ('member', 'reader', 'newcomer') ORDER BY v.seen LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows =
            statement.query_map((gid.as_bytes(), before.as_micros(), limit), |row| identity_at(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets when somebody was heard of.
    pub(super) fn forget_visits(&self, gid: GroupId, member: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_visits WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), member.as_bytes()))?;
        Ok(())
    }
}
