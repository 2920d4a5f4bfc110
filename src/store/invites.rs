//! Rows of `group_invites`: the invites that stand.
//! Not their codes: those are only with people.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{integer, seq_at};
use super::{StoreError, Transaction};
use crate::group::{GroupId, Invite, InviteId, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

const COLUMNS: &str = "id, made, made_by, uses, used, until";

impl Transaction<'_> {
    /// The invite of a code.
    pub fn invite(&self, gid: GroupId, id: InviteId) -> Result<Option<Invite>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_invites WHERE gid = ?1 AND id = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), id.as_bytes()), invite_row).optional()?)
    }

    /// The invite with a number.
    pub fn invite_made(&self, gid: GroupId, made: Seq) -> Result<Option<Invite>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_invites WHERE gid = ?1 AND made = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), integer(made.0)), invite_row).optional()?)
    }

    /// Invites in the order in which they were made, those after `after`, `limit` at most.
    pub fn invites_page(&self, gid: GroupId, after: Seq, limit: u32) -> Result<Vec<Invite>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_invites WHERE gid = ?1 AND made > ?2 ORDER BY made LIMIT ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map((gid.as_bytes(), integer(after.0), limit), invite_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many invites stand, and how many of them somebody has made.
    pub(super) fn invite_counts(
        &self,
        gid: GroupId,
        by: Option<IdentityHash>,
    ) -> Result<(u32, u32), StoreError> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE made_by = ?2) FROM group_invites WHERE gid = ?1";
        let by = by.as_ref().map(IdentityHash::as_bytes);
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), by), |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// The invite that ends first, of all or of those that `by` has made.
    pub(super) fn first_invite_to_end(
        &self,
        gid: GroupId,
        by: Option<IdentityHash>,
    ) -> Result<Option<Invite>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_invites WHERE gid = ?1 AND until IS NOT NULL \
             AND (?2 IS NULL OR made_by = ?2) ORDER BY until, made LIMIT 1"
        );
        let by = by.as_ref().map(IdentityHash::as_bytes);
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), by), invite_row).optional()?)
    }

    pub(super) fn insert_invite(&self, gid: GroupId, invite: &Invite) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO group_invites (gid, {COLUMNS}) VALUES (:gid, :id, :made, :by, :uses, :used, :until)"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":id": invite.id.as_bytes(),
            ":made": integer(invite.made.0),
            ":by": invite.by.as_ref().map(IdentityHash::as_bytes),
            ":uses": invite.uses,
            ":used": invite.used,
            ":until": invite.until.map(UnixTime::as_micros),
        })?;
        Ok(())
    }

    /// One more has come in with it; the last one takes it along.
    pub(super) fn use_invite(&self, gid: GroupId, made: Seq) -> Result<(), StoreError> {
        let key = (gid.as_bytes(), integer(made.0));
        let sql = "UPDATE group_invites SET used = used + 1 WHERE gid = ?1 AND made = ?2";
        self.sql.prepare_cached(sql)?.execute(key)?;
        let sql = "DELETE FROM group_invites WHERE gid = ?1 AND made = ?2 AND used >= uses";
        self.sql.prepare_cached(sql)?.execute(key)?;
        Ok(())
    }

    /// It lets nobody in any more. Nothing happens if there is none.
    pub(super) fn delete_invite(&self, gid: GroupId, made: Seq) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_invites WHERE gid = ?1 AND made = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(made.0)))?;
        Ok(())
    }

    /// What a person has made lets nobody in any more.
    pub(super) fn delete_invites_of(&self, gid: GroupId, by: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_invites WHERE gid = ?1 AND made_by = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), by.as_bytes()))?;
        Ok(())
    }
}

fn invite_row(row: &Row<'_>) -> rusqlite::Result<Invite> {
    Ok(Invite {
        id: InviteId::from_bytes(row.get(0)?),
        made: seq_at(row, 1)?,
        by: row.get::<_, Option<_>>(2)?.map(IdentityHash::from_bytes),
        uses: row.get(3)?,
        used: row.get(4)?,
        until: row.get::<_, Option<_>>(5)?.map(UnixTime::from_micros),
    })
}
