//! What later versions keep beside the events, filled once from the events that an older version has left.
//! Not a migration: SQL can't read events.

use super::columns::{identity_at, integer, seq_at};
use super::{Store, StoreError, Transaction};
use crate::group::encoding;
use crate::group::{GroupId, PostId};

/// Members whose nicks were not looked at.
const NO_LOOK: &str =
    "SELECT gid, identity_hash, nick FROM group_members WHERE nick IS NOT NULL AND look IS NULL";

impl Store {
    /// Whatever older versions lack.
    pub(super) fn refill(&mut self) -> Result<(), StoreError> {
        let tx = self.begin()?;
        tx.refill_looks()?;
        tx.refill_history()?;
        tx.commit()
    }
}

impl Transaction<'_> {
    /// What members' nicks look like.
    fn refill_looks(&self) -> Result<(), StoreError> {
        let missing = {
            let mut statement = self.sql.prepare(NO_LOOK)?;
            let rows = statement.query_map([], |row| {
                Ok((GroupId::from_bytes(row.get(0)?), identity_at(row, 1)?, row.get::<_, String>(2)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        missing.iter().try_for_each(|(gid, identity, nick)| self.set_nick(*gid, *identity, Some(nick)))
    }

    /// Where there are messages and no words of any: keeps the words, and what people have reacted with.
    fn refill_history(&self) -> Result<(), StoreError> {
        let is_due = "SELECT EXISTS (SELECT 1 FROM group_history WHERE messages > 0) \
                      AND NOT EXISTS (SELECT 1 FROM group_text_ordinals)";
        if self.sql.query_row(is_due, [], |row| row.get(0))? {
            self.refill_words()?;
            self.refill_reactions()?;
        }
        Ok(())
    }

    fn refill_words(&self) -> Result<(), StoreError> {
        let sql = "SELECT m.gid, m.seq, m.post_id, e.private FROM group_messages AS m CROSS JOIN group_events AS e \
                   ON e.gid = m.gid AND e.seq = m.body WHERE e.private IS NOT NULL";
        let mut statement = self.sql.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let private = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
            if let Some(post) = encoding::decode_post(PostId::from_bytes(row.get(2)?), private) {
                self.index_words(GroupId::from_bytes(row.get(0)?), seq_at(row, 1)?, &post);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_looks_at_no_member_whose_nick_was_looked_at() {
        let mut store = Store::open_in_memory().unwrap();
        let tx = store.begin().unwrap();
        let plan =
            tx.sql.query_row(&format!("EXPLAIN QUERY PLAN {NO_LOOK}"), [], |row| row.get::<_, String>(3));
        let plan = plan.unwrap();
        assert!(plan.contains("USING INDEX group_members_no_look"), "{plan}");
    }
}
