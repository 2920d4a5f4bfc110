//! Finding people by what others call them: their number, their nick, or the beginning of a hash.
//! Not what a caller has typed; that is read in `api::person`.

use rusqlite::OptionalExtension;

use super::columns::identity_at;
use super::{StoreError, Transaction};
use crate::group::{GroupId, MemberNumber};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// Who has this number in a group.
    pub fn member_with_number(
        &self,
        gid: GroupId,
        number: MemberNumber,
    ) -> Result<Option<IdentityHash>, StoreError> {
        let sql = "SELECT identity_hash FROM group_members WHERE gid = ?1 AND number = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), number.0), |row| identity_at(row, 0)).optional()?)
    }

    /// Members whose nick is one that is meant, `limit` at most. Reads all nicks of the group, and nothing but those.
    pub fn members_called(
        &self,
        gid: GroupId,
        is_meant: &dyn Fn(&str) -> bool,
        limit: usize,
    ) -> Result<Vec<IdentityHash>, StoreError> {
        let sql = "SELECT identity_hash, nick FROM group_members WHERE gid = ?1 AND nick IS NOT NULL";
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query([gid.as_bytes()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()?
            && found.len() < limit
        {
            if is_meant(row.get_ref(1)?.as_str().unwrap_or_default()) {
                found.push(identity_at(row, 0)?);
            }
        }
        Ok(found)
    }

    /// Members and banned people with an identity hash or a destination between these two, `limit` at most.
    pub fn people_between(
        &self,
        gid: GroupId,
        (first, last): ([u8; 16], [u8; 16]),
        limit: u32,
    ) -> Result<Vec<IdentityHash>, StoreError> {
        let sql = "SELECT identity_hash FROM group_members WHERE gid = ?1 AND identity_hash BETWEEN ?2 AND ?3 \
             UNION SELECT identity_hash FROM group_banned_identities WHERE gid = ?1 AND identity_hash BETWEEN ?2 AND ?3 \
             UNION SELECT identity_hash FROM destinations AS d WHERE destination_hash BETWEEN ?2 AND ?3 AND ( \
                 EXISTS (SELECT 1 FROM group_members AS m WHERE m.gid = ?1 AND m.identity_hash = d.identity_hash) \
                 OR EXISTS (SELECT 1 FROM group_banned_identities AS b \
                            WHERE b.gid = ?1 AND b.identity_hash = d.identity_hash)) \
             LIMIT ?4";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), first, last, limit), |row| identity_at(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
