//! Rows of `propagation_entries` and what belongs to them: what this host keeps as a propagation node.
//! Not what peers have been given of it; that is beside this.

use rusqlite::{OptionalExtension, named_params};

use super::columns::{integer, number_at};
use super::{StoreError, Transaction};
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;

/// An entry counts as young, and only its size counts, for so many seconds (`get_weight`).
const YOUNG: u64 = 4 * 24 * 60 * 60;
/// Where room has to be made, some more is made, a twentieth, so that the next does not have to look again.
const SPARE: u64 = 20;
/// Entries that are gone are remembered, and not taken again, at most so many; then the first of them are forgotten.
const MAX_GONE: u64 = 65_536;
/// Looked at in one step when room is made.
const STEP: usize = 64;

/// What an entry is called.
pub type EntryId = [u8; 32];

/// An entry to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRow<'a> {
    /// What it is called.
    pub id: &'a EntryId,
    /// To whom it is addressed.
    pub recipient: DestinationHash,
    /// What its stamp is worth.
    pub value: u16,
    /// The entry with its stamp.
    pub body: &'a [u8],
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// So many entries.
    pub entries: u64,
    /// So many bytes.
    pub bytes: u64,
}

impl Usage {
    fn exceeds(self, most: Self) -> bool {
        self.entries > most.entries || self.bytes > most.bytes
    }
}

impl Transaction<'_> {
    /// Is an entry here, or was it once?
    pub fn entry_was_here(&self, id: &EntryId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM propagation_entries WHERE id = ?1 \
                   UNION ALL SELECT 1 FROM propagation_gone WHERE id = ?1";
        Ok(self.sql.prepare_cached(sql)?.exists([id])?)
    }

    /// Keeps an entry that was never here.
    pub fn keep_entry(&self, entry: &EntryRow<'_>, now: UnixTime) -> Result<(), StoreError> {
        let size = u64::try_from(entry.body.len()).unwrap_or(u64::MAX);
        let sql = "INSERT INTO propagation_entries (id, recipient, received, value, size) \
                   VALUES (:id, :recipient, :received, :value, :size)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":id": entry.id,
            ":recipient": entry.recipient.as_bytes(),
            ":received": now.as_micros(),
            ":value": entry.value,
            ":size": integer(size),
        })?;
        let sql = "INSERT INTO propagation_bodies (id, body) VALUES (?1, ?2)";
        self.sql.prepare_cached(sql)?.execute((entry.id, entry.body))?;
        let sql = "UPDATE propagation_usage SET entries = entries + 1, bytes = bytes + ?1";
        self.sql.prepare_cached(sql)?.execute([integer(size)])?;
        Ok(())
    }

    /// How much is kept.
    pub fn propagation_usage(&self) -> Result<Usage, StoreError> {
        let sql = "SELECT entries, bytes FROM propagation_usage";
        let mut statement = self.sql.prepare_cached(sql)?;
        let usage =
            |row: &rusqlite::Row<'_>| Ok(Usage { entries: number_at(row, 0)?, bytes: number_at(row, 1)? });
        Ok(statement.query_row([], usage)?)
    }

    /// Drops entries until there is room for another one of `size` bytes: the largest and oldest first, by the weight
    /// that the reference gives them. Returns how many.
    pub fn make_room_for_entry(&self, size: u64, most: Usage, now: UnixTime) -> Result<u64, StoreError> {
        let with = |usage: Usage| Usage {
            entries: usage.entries.saturating_add(1),
            bytes: usage.bytes.saturating_add(size),
        };
        if !with(self.propagation_usage()?).exceeds(most) {
            return Ok(0);
        }
        let lower = |number: u64| number.saturating_sub(number / SPARE);
        let enough = Usage { entries: lower(most.entries), bytes: lower(most.bytes) };
        let mut dropped = 0u64;
        loop {
            let heaviest = self.heaviest_entries(now)?;
            for id in &heaviest {
                let usage = self.propagation_usage()?;
                if usage.entries == 0 || !with(usage).exceeds(enough) {
                    return Ok(dropped);
                }
                self.drop_entry(id, now)?;
                dropped = dropped.saturating_add(1);
            }
            if heaviest.is_empty() {
                return Ok(dropped);
            }
        }
    }

    fn heaviest_entries(&self, now: UnixTime) -> Result<Vec<EntryId>, StoreError> {
        let sql = "SELECT id FROM propagation_entries \
                   ORDER BY size * MAX(?1, (?2 - received) / 1000000) DESC, id LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let step = i64::try_from(STEP).unwrap_or(i64::MAX);
        let rows = statement.query_map((integer(YOUNG), now.as_micros(), step), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is kept for somebody, smallest first, and at most so many.
    pub fn entries_for(&self, recipient: DestinationHash, most: usize) -> Result<Vec<EntryId>, StoreError> {
        let sql = "SELECT id FROM propagation_entries WHERE recipient = ?1 ORDER BY size, id LIMIT ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map((recipient.as_bytes(), most), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Size of an entry, its stamp included, if it is for `recipient`.
    pub fn entry_size(&self, id: &EntryId, recipient: DestinationHash) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT size FROM propagation_entries WHERE id = ?1 AND recipient = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let size = statement.query_row((id, recipient.as_bytes()), |row| number_at(row, 0));
        Ok(size.optional()?)
    }

    /// An entry with its stamp.
    pub fn entry_body(&self, id: &EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT body FROM propagation_bodies WHERE id = ?1";
        Ok(self.sql.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
    }

    /// Drops an entry and remembers that it was here. One that is not here is remembered, too.
    pub fn drop_entry(&self, id: &EntryId, now: UnixTime) -> Result<(), StoreError> {
        let sql = "DELETE FROM propagation_entries WHERE id = ?1 RETURNING size";
        let size = self.sql.prepare_cached(sql)?.query_row([id], |row| row.get::<_, i64>(0)).optional()?;
        if let Some(size) = size {
            let sql = "UPDATE propagation_usage SET entries = entries - 1, bytes = bytes - ?1";
            self.sql.prepare_cached(sql)?.execute([size])?;
        }
        let sql = "INSERT OR REPLACE INTO propagation_gone (id, since) VALUES (?1, ?2)";
        self.sql.prepare_cached(sql)?.execute((id, now.as_micros()))?;
        Ok(())
    }

    /// Drops what was received before `before`, and forgets what has been gone for as long. Returns how many entries
    /// were dropped.
    pub fn expire_entries(&self, before: UnixTime, now: UnixTime) -> Result<u64, StoreError> {
        let sql = "DELETE FROM propagation_gone WHERE since < ?1";
        self.sql.prepare_cached(sql)?.execute([before.as_micros()])?;
        let sql = "DELETE FROM propagation_gone WHERE id IN \
                   (SELECT id FROM propagation_gone ORDER BY since DESC, id LIMIT -1 OFFSET ?1)";
        self.sql.prepare_cached(sql)?.execute([integer(MAX_GONE)])?;
        let sql = "SELECT id FROM propagation_entries WHERE received < ?1 ORDER BY received, id";
        let mut statement = self.sql.prepare_cached(sql)?;
        let old = statement.query_map([before.as_micros()], |row| row.get(0))?;
        let old: Vec<EntryId> = old.collect::<Result<_, _>>()?;
        for id in &old {
            self.drop_entry(id, now)?;
        }
        Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
    }
}
