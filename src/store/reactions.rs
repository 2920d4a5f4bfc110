//! Rows of `group_reactions`: which events are reactions, and to which post.
//! Not what they say: that stands in the event.

use rusqlite::{OptionalExtension, named_params};

use super::columns::{integer, seq_at};
use super::{StoreError, Transaction};
use crate::group::{GroupId, PostId, Seq};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// The number of a reaction that the group has, also of a wiped one.
    pub fn reaction_seq(&self, gid: GroupId, id: PostId) -> Result<Option<Seq>, StoreError> {
        let sql = "SELECT seq FROM group_reactions WHERE gid = ?1 AND post_id = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), id.as_bytes()), |row| seq_at(row, 0)).optional()?)
    }

    /// Writes which event is a reaction, and whose, unless that is wiped.
    pub(super) fn insert_reaction(
        &self,
        gid: GroupId,
        seq: Seq,
        id: PostId,
        target: PostId,
        author: Option<IdentityHash>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_reactions (gid, seq, post_id, target, author) \
                   VALUES (:gid, :seq, :post_id, :target, :author)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":seq": integer(seq.0),
            ":post_id": id.as_bytes(),
            ":target": target.as_bytes(),
            ":author": author.as_ref().map(IdentityHash::as_bytes),
        })?;
        Ok(())
    }
}
