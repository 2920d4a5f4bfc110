//! Rows of `group_heads`: every head that a group's identity has ever signed.
//! Not the heads themselves: the last event is one without a signature.

use rusqlite::{OptionalExtension, named_params};

use super::columns::{integer, time_at};
use super::{StoreError, Transaction};
use crate::group::encoding::Header;
use crate::group::{GroupId, Head, Seq};

/// A head and the signature of the group's identity over [`Head::to_sign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// What is signed.
    pub head: Head,
    /// Ed25519.
    pub signature: [u8; 64],
}

impl Transaction<'_> {
    /// The signature that was given for a (term, seq), if one was.
    pub fn signed_head(&self, gid: GroupId, term: u32, seq: Seq) -> Result<Option<SignedHead>, StoreError> {
        let sql = "SELECT time, hash, signature FROM group_heads WHERE gid = ?1 AND term = ?2 AND seq = ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let signed = statement.query_row((gid.as_bytes(), term, integer(seq.0)), |row| {
            let head = Head { term, seq, time: time_at(row, 0)?, hash: row.get(1)? };
            Ok(SignedHead { head, signature: row.get(2)? })
        });
        Ok(signed.optional()?)
    }

    /// Keeps a signature, which may leave the house after the commit and not before. Refused is a head that is not the
    /// stored event of that (term, seq), one that is not committed yet, and a second hash for the same (term, seq).
    pub fn put_signed_head(&self, gid: GroupId, signed: &SignedHead) -> Result<(), StoreError> {
        let SignedHead { head, signature } = signed;
        if self.uncommitted.borrow().get(&gid).is_some_and(|first| head.seq >= *first) {
            return Err(StoreError::Constraint("a head is signed after its commit".into()));
        }
        if let Some(before) = self.signed_head(gid, head.term, head.seq)? {
            return match before.head == *head {
                true => Ok(()),
                false => {
                    Err(StoreError::Constraint("another head was signed for this term and number".into()))
                }
            };
        }
        let event = self.event(gid, head.seq)?;
        let time = event.as_ref().and_then(|event| Header::decode(&event.header)).map(|header| header.time);
        let is_stored = event.is_some_and(|event| event.term == head.term && event.hash == head.hash);
        if !is_stored || time != Some(head.time) {
            return Err(StoreError::Constraint("a head that is signed is that of a stored event".into()));
        }
        let sql = "INSERT INTO group_heads (gid, term, seq, time, hash, signature) \
                   VALUES (:gid, :term, :seq, :time, :hash, :signature)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":term": head.term,
            ":seq": integer(head.seq.0),
            ":time": head.time.as_micros(),
            ":hash": head.hash,
            ":signature": signature,
        })?;
        Ok(())
    }
}
