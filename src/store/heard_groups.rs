//! Rows of `heard_groups`: groups of others that were announced.
//! Not our own groups; those are in `groups`.

use rusqlite::{Row, named_params};

use super::columns::{identity_at, time_at};
use super::{StoreError, Transaction};
use crate::group::announcement::{Announcement, Flags};
use crate::group::heard::HeardGroup;
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;

/// Most rows.
const MAX_HEARD: i64 = 1_000;
/// Most rows of groups that are newcomers. When there are more, newcomers make room for newcomers: whoever makes up
/// groups by the thousand pushes out none that was there before.
const MAX_NEW: i64 = 250;
/// A group that was heard again after so long is no newcomer, in microseconds.
const SETTLED: i64 = 3_600 * 1_000_000;

const COLUMNS: &str =
    "destination_hash, identity_hash, name, flags, protocol, price, kind, hops, first, heard";

/// Where a page begins: behind the group with this distance and destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardPlace {
    /// How far away that one is.
    pub hops: u8,
    /// Its `meshchat.group`.
    pub destination: DestinationHash,
}

impl Transaction<'_> {
    /// A group was heard; when it was heard first stays.
    pub fn note_heard_group(&self, group: &HeardGroup) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO heard_groups ({COLUMNS}) VALUES (:destination, :identity, :name, :flags, :protocol, :price, \
             :kind, :hops, :first, :heard) \
             ON CONFLICT DO UPDATE SET name = excluded.name, flags = excluded.flags, protocol = excluded.protocol, \
             price = excluded.price, kind = excluded.kind, hops = excluded.hops, heard = excluded.heard"
        );
        let said = &group.announcement;
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":destination": group.destination.as_bytes(),
            ":identity": group.identity.as_bytes(),
            ":name": said.name,
            ":flags": said.flags.0,
            ":protocol": said.protocol,
            ":price": said.price,
            ":kind": said.kind,
            ":hops": group.hops,
            ":first": group.first.as_micros(),
            ":heard": group.heard.as_micros(),
        })?;
        Ok(())
    }

    /// Forgets groups that were not heard since `oldest`, and those that are too many: first newcomers, of them those that
    /// were not heard for longest, and of those the farthest.
    pub fn trim_heard_groups(&self, oldest: UnixTime) -> Result<(), StoreError> {
        let run = |sql: &str, arguments: &[i64]| {
            self.sql.prepare_cached(sql)?.execute(rusqlite::params_from_iter(arguments))
        };
        run("DELETE FROM heard_groups WHERE heard < ?1", &[oldest.as_micros()])?;
        run(
            "DELETE FROM heard_groups WHERE destination_hash IN (SELECT destination_hash FROM heard_groups \
             WHERE heard - first < ?1 ORDER BY heard DESC, hops, destination_hash LIMIT -1 OFFSET ?2)",
            &[SETTLED, MAX_NEW],
        )?;
        run(
            "DELETE FROM heard_groups WHERE destination_hash IN (SELECT destination_hash FROM heard_groups \
             ORDER BY heard - first < ?1 DESC, heard DESC, hops, destination_hash LIMIT -1 OFFSET ?2)",
            &[SETTLED, MAX_HEARD],
        )?;
        Ok(())
    }

    /// Shows groups that were heard, the nearest first, those behind `after`, until `visit` says that it is enough.
    pub fn heard_groups(
        &self,
        after: Option<HeardPlace>,
        visit: &mut dyn FnMut(HeardGroup) -> bool,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM heard_groups WHERE (hops, destination_hash) > (?1, ?2) \
             ORDER BY hops, destination_hash"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let hops = after.map_or(-1, |after| i64::from(after.hops));
        let destination = after.map_or([0; 16], |after| *after.destination.as_bytes());
        let mut rows = statement.query((hops, destination))?;
        while let Some(row) = rows.next()? {
            if !visit(heard_row(row)?) {
                break;
            }
        }
        Ok(())
    }
}

fn heard_row(row: &Row<'_>) -> rusqlite::Result<HeardGroup> {
    Ok(HeardGroup {
        destination: DestinationHash::from_bytes(row.get(0)?),
        identity: identity_at(row, 1)?,
        announcement: Announcement {
            name: row.get(2)?,
            flags: Flags(row.get(3)?),
            protocol: row.get(4)?,
            price: row.get(5)?,
            kind: row.get(6)?,
        },
        hops: row.get(7)?,
        first: time_at(row, 8)?,
        heard: time_at(row, 9)?,
    })
}
