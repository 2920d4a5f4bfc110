//! The log as staff looks through it: without what is said, and without what people choose for themselves.
//! Not who may.

use super::columns::integer;
use super::events::EventRow;
use super::{StoreError, Transaction};
use crate::group::encoding::{self, Decoded, Header};
use crate::group::{GroupId, Seq};

/// The kinds that are left out; the index `group_events_audit` says the same in the same words.
macro_rules! audited {
    () => {
        "substr(header, 3, 1) NOT IN (x'04', x'05', x'08', x'0f', x'10', x'28', x'2d')"
    };
}

/// Which end of the log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditWindow {
    /// The newest below this number, newest first.
    Before(Seq),
    /// Those after this number, oldest first.
    Since(Seq),
}

/// An entry as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, kind and time.
    pub header: Header,
    /// What happened, as far as that is kept and known.
    pub what: Decoded,
}

impl Transaction<'_> {
    /// Entries of the log for staff, `limit` at most.
    pub fn audit(
        &self,
        gid: GroupId,
        window: AuditWindow,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let (sql, seq) = match window {
            AuditWindow::Before(seq) => (
                concat!(
                    "SELECT header, private FROM group_events WHERE gid = ?1 AND seq < ?2 AND ",
                    audited!(),
                    " ORDER BY seq DESC LIMIT ?3"
                ),
                seq,
            ),
            AuditWindow::Since(seq) => (
                concat!(
                    "SELECT header, private FROM group_events WHERE gid = ?1 AND seq > ?2 AND ",
                    audited!(),
                    " ORDER BY seq LIMIT ?3"
                ),
                seq,
            ),
        };
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query((gid.as_bytes(), integer(seq.0), limit))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let header = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            // What can't be read is of a newer program; its place is known from the entries around it.
            let Some(header) = Header::decode(header) else { continue };
            let private = row.get_ref(1)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
            entries.push(AuditEntry { what: encoding::decode(&header, private), header });
        }
        Ok(entries)
    }

    /// One event for staff, whatever its kind.
    pub fn audit_entry(&self, gid: GroupId, seq: Seq) -> Result<Option<AuditEntry>, StoreError> {
        let Some(EventRow { header, private, .. }) = self.event(gid, seq)? else { return Ok(None) };
        let header = Header::decode(&header);
        Ok(header.map(|header| AuditEntry { what: encoding::decode(&header, private.as_deref()), header }))
    }
}

#[cfg(test)]
mod tests {
    use crate::store::Store;

    #[test]
    fn looking_through_the_log_passes_over_what_is_said_without_reading_it() {
        let mut store = Store::open_in_memory().unwrap();
        let tx = store.begin().unwrap();
        let sql = concat!(
            "EXPLAIN QUERY PLAN SELECT header, private FROM group_events WHERE gid = ?1 AND seq < ?2 AND ",
            audited!(),
            " ORDER BY seq DESC LIMIT ?3"
        );
        let plan: String = tx.sql.query_row(sql, ([0_u8; 16], 5, 5), |row| row.get(3)).unwrap();
        assert!(plan.contains("group_events_audit"), "{plan}");
    }
}
