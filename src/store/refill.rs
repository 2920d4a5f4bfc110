//! What later versions keep beside the events, filled once from the events that an older version has left.
//! Not a migration: SQL can't read events.

use super::columns::{identity_at, integer, seq_at};
use super::{Store, StoreError, Transaction};
use crate::group::encoding;
use crate::group::{GroupId, PostId};

impl Store {
    /// Whatever older versions lack.
    pub(super) fn refill(&mut self) -> Result<(), StoreError> {
        self.refill_looks()?;
        self.refill_history()
    }

    /// What members' nicks look like.
    fn refill_looks(&mut self) -> Result<(), StoreError> {
        let tx = self.begin()?;
        let sql =
            "SELECT gid, identity_hash, nick FROM group_members WHERE nick IS NOT NULL AND look IS NULL";
        let missing = {
            let mut statement = tx.sql.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                Ok((GroupId::from_bytes(row.get(0)?), identity_at(row, 1)?, row.get::<_, String>(2)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        for (gid, identity, nick) in missing {
            tx.set_nick(gid, identity, Some(&nick))?;
        }
        tx.commit()
    }

    /// Where there are messages and no words of any: keeps the words, and what people have reacted with.
    fn refill_history(&mut self) -> Result<(), StoreError> {
        let tx = self.begin()?;
        let is_due = "SELECT EXISTS (SELECT 1 FROM group_history WHERE messages > 0) \
                      AND NOT EXISTS (SELECT 1 FROM group_text_ordinals)";
        if !tx.sql.query_row(is_due, [], |row| row.get(0))? {
            return Ok(());
        }
        tx.refill_words()?;
        tx.refill_reactions()?;
        tx.commit()
    }
}

impl Transaction<'_> {
    fn refill_words(&self) -> Result<(), StoreError> {
        let sql = "SELECT m.gid, m.seq, m.post_id, e.private FROM group_messages AS m CROSS JOIN group_events AS e \
                   ON e.gid = m.gid AND e.seq = m.body WHERE e.private IS NOT NULL";
        let mut statement = self.sql.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let private = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
            if let Some(post) = encoding::decode_post(PostId::from_bytes(row.get(2)?), private) {
                self.index_words(GroupId::from_bytes(row.get(0)?), seq_at(row, 1)?, &post)?;
                self.write_words()?;
            }
        }
        Ok(())
    }

    fn refill_reactions(&self) -> Result<(), StoreError> {
        let sql = "SELECT r.gid, r.seq, r.post_id, r.target, e.private FROM group_reactions AS r \
                   CROSS JOIN group_events AS e ON e.gid = r.gid AND e.seq = r.seq WHERE e.private IS NOT NULL";
        let mut statement = self.sql.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let private = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
            let Some(post) = encoding::decode_post(PostId::from_bytes(row.get(2)?), private) else {
                continue;
            };
            let (gid, seq) = (GroupId::from_bytes(row.get(0)?), seq_at(row, 1)?);
            let emoji = post.body.fields().reaction().unwrap_or_default();
            let sql = "UPDATE group_reactions SET emoji = ?3 WHERE gid = ?1 AND seq = ?2";
            self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0), emoji))?;
            self.count_reaction(gid, PostId::from_bytes(row.get(3)?), 1, seq)?;
        }
        Ok(())
    }
}
