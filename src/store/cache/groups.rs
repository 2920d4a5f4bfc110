//! Rows of `groups`: where a member's groups are, and how far each was synced.
//! Not what was said in them.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Cache, StoreError};
use crate::group::GroupId;
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;

const COLUMNS: &str = "destination, gid, delivery, name, cursor";

/// A group that the member has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGroup {
    /// Its `meshchat.group`.
    pub destination: DestinationHash,
    /// Its id.
    pub gid: GroupId,
    /// Its `lxmf.delivery`.
    pub delivery: DestinationHash,
    /// What it is called.
    pub name: String,
    /// How far it was synced: what the server gave, packed.
    pub cursor: Option<Vec<u8>>,
}

impl Cache {
    /// Remembers a group, or what it is called now. How far it was synced stays.
    pub fn remember_group(&mut self, group: &KnownGroup, now: UnixTime) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO groups (destination, gid, delivery, name, used) \
             VALUES (:destination, :gid, :delivery, :name, :used) \
             ON CONFLICT DO UPDATE SET gid = excluded.gid, delivery = excluded.delivery, name = excluded.name, \
             used = excluded.used",
            named_params! {
                ":destination": group.destination.as_bytes(),
                ":gid": group.gid.as_bytes(),
                ":delivery": group.delivery.as_bytes(),
                ":name": group.name,
                ":used": now.as_micros(),
            },
        )?;
        Ok(())
    }

    /// The first sync begins here: what was said before joining is fetched on request only.
    pub fn start_from(&mut self, group: DestinationHash, cursor: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET cursor = ?2 WHERE destination = ?1 AND cursor IS NULL";
        self.connection.execute(sql, (group.as_bytes(), cursor))?;
        Ok(())
    }

    /// Somebody has named this group: it is the one that is meant when none is named.
    pub fn note_used(&mut self, group: DestinationHash, now: UnixTime) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET used = ?2 WHERE destination = ?1";
        self.connection.execute(sql, (group.as_bytes(), now.as_micros()))?;
        Ok(())
    }

    /// The group with this address.
    pub fn group(&self, destination: DestinationHash) -> Result<Option<KnownGroup>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM groups WHERE destination = ?1");
        Ok(self.connection.query_row(&sql, [destination.as_bytes()], group_row).optional()?)
    }

    /// All groups, the one that was used last first.
    pub fn groups(&self) -> Result<Vec<KnownGroup>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM groups ORDER BY used DESC, destination");
        let mut statement = self.connection.prepare(&sql)?;
        Ok(statement.query_map([], group_row)?.collect::<Result<_, _>>()?)
    }
}

fn group_row(row: &Row<'_>) -> rusqlite::Result<KnownGroup> {
    Ok(KnownGroup {
        destination: DestinationHash::from_bytes(row.get(0)?),
        gid: GroupId::from_bytes(row.get(1)?),
        delivery: DestinationHash::from_bytes(row.get(2)?),
        name: row.get(3)?,
        cursor: row.get(4)?,
    })
}

/// How far a group was synced.
pub(super) fn set_cursor(
    sql: &rusqlite::Transaction<'_>,
    group: DestinationHash,
    cursor: &[u8],
) -> Result<(), StoreError> {
    let update = "UPDATE groups SET cursor = ?2 WHERE destination = ?1";
    sql.execute(update, (group.as_bytes(), cursor))?;
    Ok(())
}
