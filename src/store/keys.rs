//! Rows of `group_keys`: what a group signs and decrypts with, by purpose and epoch.
//! Not the sealing: private bytes come and go sealed.

use rusqlite::{OptionalExtension, named_params};

use super::columns::{integer, named_at, number_at};
use super::{StoreError, Transaction};
use crate::group::GroupId;
use crate::group::name::named_enum;

named_enum! {
    /// What a key is for.
    pub enum KeyPurpose {
        /// The identity whose destinations the group is reached at.
        Identity = "identity",
        /// A ratchet of its `lxmf.delivery`.
        Ratchet = "ratchet",
        /// The GROUP key of its radio broadcast.
        RadioGroup = "radio_group",
        /// The time of its last announce, so that the next one is later.
        LastAnnounce = "last_announce",
    }
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Which of that purpose, in order of time.
    pub epoch: u64,
    /// What others may know.
    pub public: Vec<u8>,
    /// What only the host may know, sealed; `None` if the host does not have it.
    pub sealed: Option<Vec<u8>>,
}

impl Transaction<'_> {
    /// All keys of a group, by purpose and epoch.
    pub fn keys(&self, gid: GroupId) -> Result<Vec<KeyRow>, StoreError> {
        let sql =
            "SELECT purpose, epoch, public, sealed FROM group_keys WHERE gid = ?1 ORDER BY purpose, epoch";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([gid.as_bytes()], |row| {
            Ok(KeyRow {
                purpose: named_at(row, 0, KeyPurpose::from_name)?,
                epoch: number_at(row, 1)?,
                public: row.get(2)?,
                sealed: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The key of the highest epoch, for one purpose.
    pub fn newest_key(&self, gid: GroupId, purpose: KeyPurpose) -> Result<Option<KeyRow>, StoreError> {
        let sql = "SELECT epoch, public, sealed FROM group_keys WHERE gid = ?1 AND purpose = ?2 \
                   ORDER BY epoch DESC LIMIT 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let row = statement.query_row((gid.as_bytes(), purpose.name()), |row| {
            Ok(KeyRow { purpose, epoch: number_at(row, 0)?, public: row.get(1)?, sealed: row.get(2)? })
        });
        Ok(row.optional()?)
    }

    /// Forgets the keys of one purpose whose epoch is below `epoch`.
    pub fn forget_keys_before(
        &self,
        gid: GroupId,
        purpose: KeyPurpose,
        epoch: u64,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_keys WHERE gid = ?1 AND purpose = ?2 AND epoch < ?3";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), purpose.name(), integer(epoch)))?;
        Ok(())
    }

    /// Keeps a key, in the place of the one of that purpose and epoch. The group must exist at the commit.
    pub fn put_key(&self, gid: GroupId, key: &KeyRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO group_keys (gid, purpose, epoch, public, sealed) \
                   VALUES (:gid, :purpose, :epoch, :public, :sealed)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":purpose": key.purpose.name(),
            ":epoch": integer(key.epoch),
            ":public": key.public,
            ":sealed": key.sealed,
        })?;
        Ok(())
    }
}
