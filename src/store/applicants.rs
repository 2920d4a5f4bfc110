//! Rows of `group_applicants` and `group_preapproved`: who waits for approval, and who was approved before they asked.
//! Not members: whoever becomes one has no row here.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{identity_at, integer, seq_at, time_at};
use super::{StoreError, Transaction};
use crate::group::{Applicant, GroupId, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

const COLUMNS: &str = "identity_hash, nick, text, asked, since";

impl Transaction<'_> {
    /// A person as somebody who waits; `None` if they don't.
    pub fn applicant(&self, gid: GroupId, identity: IdentityHash) -> Result<Option<Applicant>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_applicants WHERE gid = ?1 AND identity_hash = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), identity.as_bytes()), applicant_row).optional()?)
    }

    /// Who waits, longest first, those after `after`, `limit` at most.
    pub fn applicants_page(
        &self,
        gid: GroupId,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<Applicant>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_applicants WHERE gid = ?1 AND asked > ?2 ORDER BY asked LIMIT ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map((gid.as_bytes(), integer(after.0), limit), applicant_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many wait.
    pub fn applicant_count(&self, gid: GroupId) -> Result<u32, StoreError> {
        self.count_of(gid, "SELECT count(*) FROM group_applicants WHERE gid = ?1")
    }

    /// Was a person approved before they asked?
    pub fn is_preapproved(&self, gid: GroupId, identity: IdentityHash) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM group_preapproved WHERE gid = ?1 AND identity_hash = ?2";
        Ok(self.sql.prepare_cached(sql)?.exists((gid.as_bytes(), identity.as_bytes()))?)
    }

    /// How many people are approved and have not come.
    pub(super) fn preapproved_count(&self, gid: GroupId) -> Result<u32, StoreError> {
        self.count_of(gid, "SELECT count(*) FROM group_preapproved WHERE gid = ?1")
    }

    /// Somebody waits, or says something else while they wait: that keeps their place.
    pub(super) fn put_applicant(&self, gid: GroupId, applicant: &Applicant) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO group_applicants (gid, {COLUMNS}) VALUES (:gid, :identity, :nick, :text, :asked, :since) \
             ON CONFLICT DO UPDATE SET nick = excluded.nick, text = excluded.text"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":identity": applicant.identity.as_bytes(),
            ":nick": applicant.nick,
            ":text": applicant.text,
            ":asked": integer(applicant.asked.0),
            ":since": applicant.since.as_micros(),
        })?;
        Ok(())
    }

    /// Somebody waits no more. Nothing happens if they did not.
    pub(super) fn delete_applicant(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_applicants WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))?;
        Ok(())
    }

    /// Somebody may come in as soon as they ask.
    pub(super) fn put_preapproved(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        by: Option<IdentityHash>,
        since: UnixTime,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO group_preapproved (gid, identity_hash, approved_by, since) \
                   VALUES (?1, ?2, ?3, ?4)";
        let by = by.as_ref().map(IdentityHash::as_bytes);
        self.sql.prepare_cached(sql)?.execute((
            gid.as_bytes(),
            identity.as_bytes(),
            by,
            since.as_micros(),
        ))?;
        Ok(())
    }

    /// That is over. Nothing happens if it was not so.
    pub(super) fn delete_preapproved(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_preapproved WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))?;
        Ok(())
    }

    fn count_of(&self, gid: GroupId, sql: &str) -> Result<u32, StoreError> {
        Ok(self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| row.get(0))?)
    }
}

fn applicant_row(row: &Row<'_>) -> rusqlite::Result<Applicant> {
    Ok(Applicant {
        identity: identity_at(row, 0)?,
        nick: row.get(1)?,
        text: row.get(2)?,
        asked: seq_at(row, 3)?,
        since: time_at(row, 4)?,
    })
}
