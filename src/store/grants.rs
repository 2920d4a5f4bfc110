//! Rows of `group_grants`: permissions that single people have beyond their role.
//! Not whether a grant still holds: [`Grant::holds`] says that.

use rusqlite::named_params;

use super::columns::{identity_at, named_at};
use super::{StoreError, Transaction};
use crate::group::{Grant, GrantSource, GroupFacts, GroupId, Permission};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

impl Transaction<'_> {
    /// What a person has been given, also what has run out.
    pub fn grants(&self, gid: GroupId, identity: IdentityHash) -> Result<Vec<Grant>, StoreError> {
        let sql = "SELECT permission, until FROM group_grants WHERE gid = ?1 AND identity_hash = ?2 ORDER BY permission";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), identity.as_bytes()), |row| {
            let permission = named_at(row, 0, Permission::from_name)?;
            let until = row.get::<_, Option<_>>(1)?.map(UnixTime::from_micros);
            Ok(Grant { permission, source: GrantSource::Direct { until } })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Everybody who has been given something, by identity hash.
    pub fn grantees(&self, gid: GroupId) -> Result<Vec<IdentityHash>, StoreError> {
        let sql = "SELECT DISTINCT identity_hash FROM group_grants WHERE gid = ?1 ORDER BY identity_hash";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([gid.as_bytes()], |row| identity_at(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same as [`Self::grants`], without looking where a group has none.
    pub(super) fn grants_in(
        &self,
        group: &GroupFacts,
        identity: IdentityHash,
    ) -> Result<Vec<Grant>, StoreError> {
        match group.grant_count {
            0 => Ok(Vec::new()),
            _ => self.grants(group.gid, identity),
        }
    }

    /// Gives a permission, in the place of an earlier grant of it.
    pub(super) fn put_grant(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        permission: Permission,
        by: Option<IdentityHash>,
        (since, until): (UnixTime, Option<UnixTime>),
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO group_grants (gid, identity_hash, permission, granted_by, since, until) \
                   VALUES (:gid, :identity, :permission, :by, :since, :until)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":identity": identity.as_bytes(),
            ":permission": permission.name(),
            ":by": by.as_ref().map(IdentityHash::as_bytes),
            ":since": since.as_micros(),
            ":until": until.map(UnixTime::as_micros),
        })?;
        self.count_grants(gid)
    }

    /// Takes a permission back. Nothing happens if the person has not been given it.
    pub(super) fn delete_grant(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        permission: Permission,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_grants WHERE gid = ?1 AND identity_hash = ?2 AND permission = ?3";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes(), permission.name()))?;
        self.count_grants(gid)
    }

    /// Takes back all that a person has been given.
    pub(super) fn delete_grants(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_grants WHERE gid = ?1 AND identity_hash = ?2";
        match self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))? {
            0 => Ok(()),
            _ => self.count_grants(gid),
        }
    }

    fn count_grants(&self, gid: GroupId) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET grant_count = (SELECT count(*) FROM group_grants WHERE gid = ?1) WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute([gid.as_bytes()])?;
        Ok(())
    }
}
