//! Rows of `group_reactions`: which events are reactions, to which post, and what they say, to be counted.
//! Not the posts that they are to.

use rusqlite::{OptionalExtension, named_params};

use super::columns::{identity_at, integer, seq_at};
use super::{StoreError, Transaction};
use crate::group::{GroupId, Post, PostId, Seq};
use crate::rns::hash::IdentityHash;

/// A reaction, as the rules need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReactionRow {
    /// Its number.
    pub seq: Seq,
    /// Whose it is; `None` when it is wiped.
    pub author: Option<IdentityHash>,
}

impl Transaction<'_> {
    /// A reaction that the group has, also a wiped one.
    pub fn reaction(&self, gid: GroupId, id: PostId) -> Result<Option<ReactionRow>, StoreError> {
        let sql = "SELECT seq, author FROM group_reactions WHERE gid = ?1 AND post_id = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let row = statement.query_row((gid.as_bytes(), id.as_bytes()), |row| {
            let author = row.get::<_, Option<[u8; 16]>>(1)?.map(IdentityHash::from_bytes);
            Ok(ReactionRow { seq: seq_at(row, 0)?, author })
        });
        Ok(row.optional()?)
    }

    /// The number of a reaction that the group has, also of a wiped one.
    pub fn reaction_seq(&self, gid: GroupId, id: PostId) -> Result<Option<Seq>, StoreError> {
        Ok(self.reaction(gid, id)?.map(|reaction| reaction.seq))
    }

    /// How somebody has reacted to a post with this, if they have.
    pub fn reaction_of(
        &self,
        gid: GroupId,
        target: PostId,
        emoji: &str,
        author: IdentityHash,
    ) -> Result<Option<(Seq, PostId)>, StoreError> {
        let sql = "SELECT seq, post_id FROM group_reactions \
                   WHERE gid = ?1 AND target = ?2 AND emoji = ?3 AND author = ?4 LIMIT 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), target.as_bytes(), emoji, author.as_bytes());
        let row =
            statement.query_row(place, |row| Ok((seq_at(row, 0)?, row.get(1).map(PostId::from_bytes)?)));
        Ok(row.optional()?)
    }

    /// How often people have reacted to a post with what, the most frequent first, `limit` at most.
    pub fn reaction_counts(
        &self,
        gid: GroupId,
        target: PostId,
        limit: u32,
    ) -> Result<Vec<(String, u32)>, StoreError> {
        let sql = "SELECT emoji, count(*) FROM group_reactions WHERE gid = ?1 AND target = ?2 \
                   AND author IS NOT NULL GROUP BY emoji ORDER BY count(*) DESC, emoji LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), target.as_bytes(), limit), |row| {
            Ok((row.get::<_, Option<String>>(0)?.unwrap_or_default(), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who has reacted to a post with what, by what, `limit` at most.
    pub fn reactors(
        &self,
        gid: GroupId,
        target: PostId,
        limit: u32,
    ) -> Result<Vec<(String, IdentityHash)>, StoreError> {
        let sql = "SELECT emoji, author FROM group_reactions WHERE gid = ?1 AND target = ?2 \
                   AND author IS NOT NULL ORDER BY emoji, author LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), target.as_bytes(), limit), |row| {
            Ok((row.get::<_, Option<String>>(0)?.unwrap_or_default(), identity_at(row, 1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The numbers of somebody's reactions, `limit` at most.
    pub(super) fn reactions_by(
        &self,
        gid: GroupId,
        author: IdentityHash,
        limit: u32,
    ) -> Result<Vec<Seq>, StoreError> {
        let sql = "SELECT seq FROM group_reactions WHERE gid = ?1 AND author = ?2 ORDER BY seq LIMIT ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), author.as_bytes(), limit), |row| seq_at(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes which event is a reaction, and whose, unless that is wiped. What it is to has changed by it.
    pub(super) fn insert_reaction(
        &self,
        gid: GroupId,
        seq: Seq,
        (id, target): (PostId, PostId),
        post: Option<&Post>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_reactions (gid, seq, post_id, target, author, emoji) \
                   VALUES (:gid, :seq, :post_id, :target, :author, :emoji)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":seq": integer(seq.0),
            ":post_id": id.as_bytes(),
            ":target": target.as_bytes(),
            ":author": post.as_ref().map(|post| post.author.as_bytes()),
            ":emoji": post.map(|post| post.body.fields().reaction().unwrap_or_default()),
        })?;
        self.count_reaction(gid, target, i64::from(post.is_some()), seq)
    }

    /// Takes one reaction away for good, as event `changed` says. Nothing happens if it is wiped already, but that what
    /// it is to has changed.
    pub(super) fn wipe_reaction(&self, gid: GroupId, seq: Seq, changed: Seq) -> Result<(), StoreError> {
        let sql = "SELECT target, author IS NOT NULL FROM group_reactions WHERE gid = ?1 AND seq = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let found = statement.query_row((gid.as_bytes(), integer(seq.0)), |row| {
            Ok((row.get(0).map(PostId::from_bytes)?, row.get::<_, bool>(1)?))
        });
        let Some((target, is_there)) = found.optional()? else { return Ok(()) };
        if is_there {
            self.wipe_reaction_row(gid, seq)?;
        }
        self.count_reaction(gid, target, -i64::from(is_there), changed)
    }

    /// Takes all reactions to a message away for good.
    pub(super) fn wipe_reactions(&self, gid: GroupId, message: Seq) -> Result<(), StoreError> {
        let sql = "SELECT r.seq FROM group_messages AS m CROSS JOIN group_reactions AS r \
                   ON r.gid = m.gid AND r.target = m.post_id AND r.author IS NOT NULL \
                   WHERE m.gid = ?1 AND m.seq = ?2 AND m.reactions > 0";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((gid.as_bytes(), integer(message.0)), |row| seq_at(row, 0))?;
        let reactions: Vec<_> = rows.collect::<Result<_, _>>()?;
        reactions.into_iter().try_for_each(|seq| self.wipe_reaction_row(gid, seq))
    }

    fn wipe_reaction_row(&self, gid: GroupId, seq: Seq) -> Result<(), StoreError> {
        let sql = "UPDATE group_reactions SET author = NULL, emoji = NULL WHERE gid = ?1 AND seq = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(seq.0)))?;
        self.give_up_copies_of(gid, seq)?;
        self.wipe_event(gid, seq)
    }

    /// What a post is reacted to with has changed, by event `changed`.
    pub(super) fn count_reaction(
        &self,
        gid: GroupId,
        target: PostId,
        more: i64,
        changed: Seq,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE group_messages SET reactions = reactions + ?3, changed = ?4 \
                   WHERE gid = ?1 AND post_id = ?2";
        let change = (gid.as_bytes(), target.as_bytes(), more, integer(changed.0));
        self.sql.prepare_cached(sql)?.execute(change)?;
        Ok(())
    }
}
