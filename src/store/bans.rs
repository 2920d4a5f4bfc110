//! Rows of `group_banned_identities`: who is kept out of a group.
//! Not whether a ban still holds: [`Ban::holds`] says that.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{identity_at, time_at};
use super::{StoreError, Transaction};
use crate::group::{Ban, GroupId, MemberNumber};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

const COLUMNS: &str = "identity_hash, reason, banned_by, since, until, member_number, nick";

impl Transaction<'_> {
    /// A person's ban, also one that has run out.
    pub fn ban(&self, gid: GroupId, identity: IdentityHash) -> Result<Option<Ban>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM group_banned_identities WHERE gid = ?1 AND identity_hash = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), identity.as_bytes()), ban_row).optional()?)
    }

    /// Bans in the order of identity hashes, those after `after` that hold, `limit` at most.
    pub fn bans_page(
        &self,
        gid: GroupId,
        after: Option<IdentityHash>,
        limit: u32,
        now: UnixTime,
    ) -> Result<Vec<Ban>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_banned_identities WHERE gid = ?1 AND identity_hash > ?2 AND (until IS NULL OR until > ?4) \
             ORDER BY identity_hash LIMIT ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let after = after.as_ref().map_or(&[][..], |identity| identity.as_bytes());
        let rows = statement.query_map((gid.as_bytes(), after, limit, now.as_micros()), ban_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// People whose ban holds and who were called what `is_meant` takes when they were banned, `limit` at most.
    pub fn banned_called(
        &self,
        gid: GroupId,
        is_meant: &dyn Fn(&str) -> bool,
        limit: usize,
        now: UnixTime,
    ) -> Result<Vec<IdentityHash>, StoreError> {
        let sql = "SELECT identity_hash, nick FROM group_banned_identities \
                   WHERE gid = ?1 AND nick IS NOT NULL AND (until IS NULL OR until > ?2)";
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query((gid.as_bytes(), now.as_micros()))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()?
            && found.len() < limit
        {
            if is_meant(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?) {
                found.push(identity_at(row, 0)?);
            }
        }
        Ok(found)
    }

    /// Keeps somebody out, in the place of an earlier ban.
    pub(super) fn put_ban(&self, gid: GroupId, ban: &Ban) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO group_banned_identities (gid, {COLUMNS}) \
             VALUES (:gid, :identity, :reason, :by, :since, :until, :number, :nick)"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":identity": ban.identity.as_bytes(),
            ":reason": ban.reason,
            ":by": ban.by.as_ref().map(IdentityHash::as_bytes),
            ":since": ban.since.as_micros(),
            ":until": ban.until.map(UnixTime::as_micros),
            ":number": ban.number.map(|number| number.0),
            ":nick": ban.nick,
        })?;
        Ok(())
    }

    /// Lets somebody in again. Nothing happens if they are not banned.
    pub(super) fn delete_ban(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_banned_identities WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))?;
        Ok(())
    }
}

fn ban_row(row: &Row<'_>) -> rusqlite::Result<Ban> {
    Ok(Ban {
        identity: identity_at(row, 0)?,
        reason: row.get(1)?,
        by: row.get::<_, Option<_>>(2)?.map(IdentityHash::from_bytes),
        since: time_at(row, 3)?,
        until: row.get::<_, Option<_>>(4)?.map(UnixTime::from_micros),
        number: row.get::<_, Option<_>>(5)?.map(MemberNumber),
        nick: row.get(6)?,
    })
}
