//! Rows of `group_mutes`: who may read in a group and not write.
//! Not whether a mute still holds: [`Mute::holds`] says that.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{identity_at, time_at};
use super::{StoreError, Transaction};
use crate::group::{GroupId, Mute};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

const COLUMNS: &str = "identity_hash, reason, muted_by, since, until";

impl Transaction<'_> {
    /// A person's mute, also one that has run out.
    pub fn mute(&self, gid: GroupId, identity: IdentityHash) -> Result<Option<Mute>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_mutes WHERE gid = ?1 AND identity_hash = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), identity.as_bytes()), mute_row).optional()?)
    }

    /// Mutes in the order of identity hashes, those after `after` that hold, `limit` at most.
    pub fn mutes_page(
        &self,
        gid: GroupId,
        after: Option<IdentityHash>,
        limit: u32,
        now: UnixTime,
    ) -> Result<Vec<Mute>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_mutes WHERE gid = ?1 AND identity_hash > ?2 AND (until IS NULL OR until > ?4) \
             ORDER BY identity_hash LIMIT ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let after = after.as_ref().map_or(&[][..], |identity| identity.as_bytes());
        let rows = statement.query_map((gid.as_bytes(), after, limit, now.as_micros()), mute_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes somebody's voice, in the place of an earlier mute.
    pub(super) fn put_mute(&self, gid: GroupId, mute: &Mute) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO group_mutes (gid, {COLUMNS}) \
             VALUES (:gid, :identity, :reason, :by, :since, :until)"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":identity": mute.identity.as_bytes(),
            ":reason": mute.reason,
            ":by": mute.by.as_ref().map(IdentityHash::as_bytes),
            ":since": mute.since.as_micros(),
            ":until": mute.until.map(UnixTime::as_micros),
        })?;
        Ok(())
    }

    /// Gives somebody their voice back. Nothing happens if they are not muted.
    pub(super) fn delete_mute(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_mutes WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))?;
        Ok(())
    }
}

fn mute_row(row: &Row<'_>) -> rusqlite::Result<Mute> {
    Ok(Mute {
        identity: identity_at(row, 0)?,
        reason: row.get(1)?,
        by: row.get::<_, Option<_>>(2)?.map(IdentityHash::from_bytes),
        since: time_at(row, 3)?,
        until: row.get::<_, Option<_>>(4)?.map(UnixTime::from_micros),
    })
}
