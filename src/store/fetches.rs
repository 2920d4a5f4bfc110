//! Rows of `group_fetches`: up to which message members have fetched.
//! Not what they were sent; the states of copies tell that.

use super::columns::integer;
use super::{StoreError, Transaction};
use crate::group::{GroupId, Seq};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// A member has fetched messages up to `seq`. Nothing happens if they are no member.
    pub fn note_fetch(&self, gid: GroupId, member: IdentityHash, seq: Seq) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_fetches (gid, identity_hash, seq) SELECT ?1, ?2, ?3 \
                   WHERE EXISTS (SELECT 1 FROM group_members WHERE gid = ?1 AND identity_hash = ?2) \
                   ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), member.as_bytes(), integer(seq.0)))?;
        Ok(())
    }

    /// How many members have fetched message `seq` or a later one, `author` left out.
    pub fn fetched_by(&self, gid: GroupId, seq: Seq, author: IdentityHash) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM group_fetches WHERE gid = ?1 AND seq >= ?2 AND identity_hash <> ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), integer(seq.0), author.as_bytes()), |row| row.get(0))?)
    }

    /// Forgets what somebody has fetched.
    pub(super) fn forget_fetches(&self, gid: GroupId, member: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_fetches WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), member.as_bytes()))?;
        Ok(())
    }
}
