//! Rows of `collected_entries`: what propagation nodes call the entries whose messages are stored.
//! Not the messages.

use super::{StoreError, Transaction};

/// Most rows; the oldest goes. Nodes keep an entry for 30 days, and who sends more to a group than this in that time has
/// some of it fetched twice.
const MAX_COLLECTED: i64 = 16_384;

impl Transaction<'_> {
    /// The message of this entry is stored.
    pub fn remember_entry(&self, id: &[u8; 32]) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO collected_entries (number, transient_id) \
                   VALUES ((SELECT coalesce(max(number), 0) + 1 FROM collected_entries), ?1)";
        self.sql.prepare_cached(sql)?.execute([id])?;
        let sql =
            "DELETE FROM collected_entries WHERE number <= (SELECT max(number) FROM collected_entries) - ?1";
        self.sql.prepare_cached(sql)?.execute([MAX_COLLECTED])?;
        Ok(())
    }

    /// All that are remembered, the oldest first.
    pub fn collected_entries(&self) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut statement =
            self.sql.prepare_cached("SELECT transient_id FROM collected_entries ORDER BY number")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
