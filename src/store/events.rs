//! Rows of `group_events`: the log of everything that has ever changed a group, chained by hashes.
//! Not what the events mean: [`crate::group::encoding`] reads them.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{integer, seq_at};
use super::{StoreError, Transaction};
use crate::group::encoding::Header;
use crate::group::{GroupId, Head, Seq};
use crate::rns::hash::sha256;

/// An event as it is stored. The hash covers the bytes as they stand here; they are never encoded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// In which group.
    pub gid: GroupId,
    /// In which term it was ordered.
    pub term: u32,
    /// Its number.
    pub seq: Seq,
    /// See [`crate::group::encoding::Header`].
    pub header: Vec<u8>,
    /// What the private part is hashed with, so that nobody can guess it from its digest; `None` when wiped.
    pub salt: Option<[u8; 16]>,
    /// See [`crate::group::encoding::encode_private`]; `None` when wiped.
    pub private: Option<Vec<u8>>,
    /// H(salt ‖ private part).
    pub private_digest: [u8; 32],
    /// H(label ‖ hash of the event before ‖ header ‖ private digest).
    pub hash: [u8; 32],
}

const COLUMNS: &str = "gid, term, seq, header, salt, private, private_digest, hash";

impl EventRow {
    /// An event in its place after `before`.
    pub(super) fn new(
        gid: GroupId,
        (term, seq): (u32, Seq),
        before: Option<&Head>,
        header: Vec<u8>,
        salt: [u8; 16],
        private: Vec<u8>,
    ) -> Self {
        let private_digest = sha256(&[&salt, &private]);
        let hash = chained(&hash_before(gid, before), &header, &private_digest);
        Self { gid, term, seq, header, salt: Some(salt), private: Some(private), private_digest, hash }
    }

    /// Its header, if the event is whole, and in its place after `before`.
    pub(super) fn check(&self, before: Option<&Head>) -> Result<Header, StoreError> {
        self.checked(before).map_err(|what| StoreError::Damaged { gid: self.gid, seq: self.seq, what })
    }

    fn checked(&self, before: Option<&Head>) -> Result<Header, &'static str> {
        match (&self.salt, &self.private) {
            (Some(salt), Some(private)) if sha256(&[salt, private]) != self.private_digest => {
                return Err("its private part is not what was hashed");
            }
            (Some(_), Some(_)) | (None, None) => {}
            (Some(_), None) | (None, Some(_)) => return Err("it is half wiped"),
        }
        if chained(&hash_before(self.gid, before), &self.header, &self.private_digest) != self.hash {
            return Err("its hash does not follow from it and the one before");
        }
        let header = Header::decode(&self.header).ok_or("its header cannot be read")?;
        let (term, seq) = before.map_or((Head::FIRST_TERM, Seq::FIRST), |head| (head.term, head.seq.next()));
        if self.seq != seq || header.seq != seq {
            return Err("its number is not the next one");
        }
        if self.term < term {
            return Err("its term is over");
        }
        if before.is_some_and(|before| header.time < before.time) {
            return Err("its time is before that of the event before");
        }
        Ok(header)
    }

    /// Where a group stands after this event.
    pub(super) fn head(&self, header: &Header) -> Head {
        Head { term: self.term, seq: self.seq, time: header.time, hash: self.hash }
    }
}

/// The hash before an event. Before the first one, the group's id stands for it and ties the whole chain to the group.
fn hash_before(gid: GroupId, before: Option<&Head>) -> [u8; 32] {
    before.map_or_else(|| sha256(&[b"roost-group1", gid.as_bytes()]), |head| head.hash)
}

fn chained(before: &[u8; 32], header: &[u8], private_digest: &[u8; 32]) -> [u8; 32] {
    sha256(&[b"roost-event1", before, header, private_digest])
}

impl Transaction<'_> {
    /// The events after `since`, oldest first, until there are no more or `visit` breaks.
    pub fn events_since(
        &self,
        gid: GroupId,
        since: Seq,
        visit: &mut dyn FnMut(EventRow) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_events WHERE gid = ?1 AND seq > ?2 ORDER BY seq");
        let mut statement = self.sql.prepare_cached(&sql)?;
        let mut rows = statement.query((gid.as_bytes(), integer(since.0)))?;
        while let Some(row) = rows.next()? {
            if visit(event_row(row)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// One event.
    pub fn event(&self, gid: GroupId, seq: Seq) -> Result<Option<EventRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_events WHERE gid = ?1 AND seq = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), integer(seq.0)), event_row).optional()?)
    }

    /// Writes an event to the log.
    pub(super) fn insert_event(&self, row: &EventRow) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO group_events ({COLUMNS}) \
             VALUES (:gid, :term, :seq, :header, :salt, :private, :private_digest, :hash)"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": row.gid.as_bytes(),
            ":term": row.term,
            ":seq": integer(row.seq.0),
            ":header": row.header,
            ":salt": row.salt,
            ":private": row.private,
            ":private_digest": row.private_digest,
            ":hash": row.hash,
        })?;
        Ok(())
    }

    /// Takes salt and private part of an event away for good.
    pub(super) fn wipe_event(&self, gid: GroupId, seq: Seq) -> Result<(), StoreError> {
        let sql = "UPDATE group_events SET salt = NULL, private = NULL WHERE gid = ?1 AND seq = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0)))?;
        self.note_wiped();
        Ok(())
    }
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        gid: GroupId::from_bytes(row.get(0)?),
        term: row.get(1)?,
        seq: seq_at(row, 2)?,
        header: row.get(3)?,
        salt: row.get(4)?,
        private: row.get(5)?,
        private_digest: row.get(6)?,
        hash: row.get(7)?,
    })
}
