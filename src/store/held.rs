//! Rows of `group_held`: posts that wait for somebody to look at them, and the places of those that were dropped.
//! Not what they say: that is read from the event that brought them, and wiped there when they wait no more.

use rusqlite::{OptionalExtension, Row};

use super::columns::{integer, seq_at};
use super::{StoreError, Transaction};
use crate::group::encoding::{self, Decoded, Header};
use crate::group::event::MessageHeld;
use crate::group::moderation::{HeldPost, HeldState};
use crate::group::{GroupEvent, GroupId, PostId, Seq};
use crate::rns::hash::IdentityHash;

impl Transaction<'_> {
    /// What became of a post that was held; `None` if it was not, or is published.
    pub fn held_post(&self, gid: GroupId, id: PostId) -> Result<Option<HeldState>, StoreError> {
        let sql = "SELECT seq, author IS NULL FROM group_held WHERE gid = ?1 AND post_id = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = |row: &Row<'_>| Ok((seq_at(row, 0)?, row.get::<_, bool>(1)?));
        match statement.query_row((gid.as_bytes(), id.as_bytes()), place).optional()? {
            Some((_, true)) => Ok(Some(HeldState::Dropped)),
            Some((seq, false)) => Ok(Some(HeldState::Waits(Box::new(self.held_at(gid, seq)?)))),
            None => Ok(None),
        }
    }

    /// Posts that wait, oldest first, those after `after`, `limit` at most.
    pub fn held_page(&self, gid: GroupId, after: Seq, limit: u32) -> Result<Vec<HeldPost>, StoreError> {
        let sql = "SELECT seq FROM group_held WHERE gid = ?1 AND seq > ?2 AND author IS NOT NULL \
                   ORDER BY seq LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), integer(after.0), limit), |row| seq_at(row, 0))?;
        let seqs = rows.collect::<Result<Vec<_>, _>>()?;
        seqs.into_iter().map(|seq| self.held_at(gid, seq)).collect()
    }

    /// The post that an event brought to wait, also if it was dropped.
    pub fn held_id(&self, gid: GroupId, seq: Seq) -> Result<Option<PostId>, StoreError> {
        let sql = "SELECT post_id FROM group_held WHERE gid = ?1 AND seq = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let id =
            statement.query_row((gid.as_bytes(), integer(seq.0)), |row| row.get(0).map(PostId::from_bytes));
        Ok(id.optional()?)
    }

    /// How many posts wait in a group, and how many of them are this author's.
    pub fn held_counts(&self, gid: GroupId, author: IdentityHash) -> Result<(u32, u32), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(author = ?2), 0) FROM group_held \
                   WHERE gid = ?1 AND author IS NOT NULL";
        let mut statement = self.sql.prepare_cached(sql)?;
        let counts = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(statement.query_row((gid.as_bytes(), author.as_bytes()), counts)?)
    }

    /// Writes which event is a post that waits, and whose, unless that is wiped.
    pub(super) fn insert_held(
        &self,
        gid: GroupId,
        seq: Seq,
        id: PostId,
        author: Option<IdentityHash>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_held (gid, seq, post_id, author) VALUES (?1, ?2, ?3, ?4)";
        let author = author.as_ref().map(IdentityHash::as_bytes);
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0), id.as_bytes(), author))?;
        Ok(())
    }

    /// A post is published, so it waits no more.
    pub(super) fn delete_held(&self, gid: GroupId, id: PostId) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_held WHERE gid = ?1 AND post_id = ?2 RETURNING seq";
        let mut statement = self.sql.prepare_cached(sql)?;
        match statement.query_row((gid.as_bytes(), id.as_bytes()), |row| seq_at(row, 0)).optional()? {
            Some(seq) => self.wipe_event(gid, seq),
            None => Ok(()),
        }
    }

    /// A post is not published. Its place stays, and nothing else.
    pub(super) fn drop_held(&self, gid: GroupId, id: PostId) -> Result<(), StoreError> {
        let sql = "UPDATE group_held SET author = NULL WHERE gid = ?1 AND post_id = ?2 RETURNING seq";
        let mut statement = self.sql.prepare_cached(sql)?;
        match statement.query_row((gid.as_bytes(), id.as_bytes()), |row| seq_at(row, 0)).optional()? {
            Some(seq) => self.wipe_event(gid, seq),
            None => Ok(()),
        }
    }

    /// Nothing that waits of somebody is published.
    pub(super) fn drop_held_of(&self, gid: GroupId, author: IdentityHash) -> Result<(), StoreError> {
        let sql = "SELECT seq FROM group_held WHERE gid = ?1 AND author = ?2 ORDER BY seq";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), author.as_bytes()), |row| seq_at(row, 0))?;
        for seq in rows.collect::<Result<Vec<_>, _>>()? {
            self.wipe_event(gid, seq)?;
        }
        let sql = "UPDATE group_held SET author = NULL WHERE gid = ?1 AND author = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), author.as_bytes()))?;
        Ok(())
    }

    fn held_at(&self, gid: GroupId, seq: Seq) -> Result<HeldPost, StoreError> {
        let damaged = StoreError::Damaged { gid, seq, what: "it stands among what is held but is not" };
        let Some(row) = self.event(gid, seq)? else { return Err(damaged) };
        let Some(header) = Header::decode(&row.header) else { return Err(damaged) };
        match encoding::decode(&header, row.private.as_deref()) {
            Decoded::Event(GroupEvent::MessageHeld(MessageHeld { post, why })) => {
                Ok(HeldPost { seq, since: header.time, post, why })
            }
            _ => Err(damaged),
        }
    }
}
