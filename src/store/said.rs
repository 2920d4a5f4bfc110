//! All that one person has said in a group, by the numbers of the events.
//! Not what it says.

use rusqlite::OptionalExtension;

use super::columns::{integer, seq_at};
use super::{StoreError, Transaction};
use crate::group::{GroupId, Remove, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

impl Transaction<'_> {
    /// The messages and reactions of a person that are to go, by rising numbers.
    pub fn said_by(
        &self,
        gid: GroupId,
        author: IdentityHash,
        remove: Remove,
    ) -> Result<Vec<Seq>, StoreError> {
        let after = match remove {
            Remove::Nothing => return Ok(Vec::new()),
            Remove::Since(time) => self.last_before(gid, time)?,
            Remove::All => Seq(0),
        };
        let sql = "SELECT seq FROM group_messages WHERE gid = ?1 AND author = ?2 AND seq > ?3 UNION ALL \
                   SELECT seq FROM group_reactions WHERE gid = ?1 AND author = ?2 AND seq > ?3 ORDER BY 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), author.as_bytes(), integer(after.0));
        let rows = statement.query_map(place, |row| seq_at(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last message before a time. Times rise with numbers, so the search goes back no further than it must.
    fn last_before(&self, gid: GroupId, time: UnixTime) -> Result<Seq, StoreError> {
        let sql =
            "SELECT seq FROM group_messages WHERE gid = ?1 AND host_time < ?2 ORDER BY seq DESC LIMIT 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let found = statement.query_row((gid.as_bytes(), time.as_micros()), |row| seq_at(row, 0));
        Ok(found.optional()?.unwrap_or(Seq(0)))
    }

    /// Has the group published something of this author that is still there?
    pub fn has_said_something(&self, gid: GroupId, author: IdentityHash) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM group_messages WHERE gid = ?1 AND author = ?2)";
        Ok(self.sql.prepare_cached(sql)?.query_row((gid.as_bytes(), author.as_bytes()), |row| row.get(0))?)
    }

    /// Deletes a message or a reaction by its number.
    pub(super) fn remove_said(&self, gid: GroupId, seq: Seq) -> Result<(), StoreError> {
        let Some(message) = self.message_at(gid, seq)? else { return Ok(()) };
        self.wipe_post(gid, message.id).map(drop)
    }
}
