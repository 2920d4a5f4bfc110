//! Rows of `group_notify`, what members want to be told of, and of `group_notices`, what they were told.
//! Not the telling.

use rusqlite::{OptionalExtension, Row};

use super::columns::{identity_at, integer, json, json_at, named_at, number_at, seq_at, time_at};
use super::{Priority, StoreError, Transaction};
use crate::group::{GroupId, NotifyChoice, NotifyMode, NotifyWay, PostId, Seq};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

/// Most messages that are counted: more are many, too.
const MOST_COUNTED: u32 = 1_000;

/// A member who wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifiedMember {
    /// Who.
    pub person: IdentityHash,
    /// Of what, and how.
    pub choice: NotifyChoice,
    /// Up to which message they know of messages: told, fetched, or there when they chose.
    pub told: Seq,
    /// Not to be told again before this.
    pub due: UnixTime,
    /// Messages that name them and that they were not told of: how many, and the last.
    pub mentions: Option<(u32, Seq)>,
    /// A notice that has not left the outbox.
    pub waiting: Option<WaitingNotice>,
}

/// A notice in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingNotice {
    /// Its number there.
    pub number: u64,
    /// Up to which message its recipient knew of messages before it, or has fetched since.
    pub before: Seq,
}

impl Transaction<'_> {
    /// What a member has chosen; off, if nothing.
    pub fn notify_choice(&self, gid: GroupId, person: IdentityHash) -> Result<NotifyChoice, StoreError> {
        let sql = "SELECT mode, way, ping, times FROM group_notify WHERE gid = ?1 AND identity_hash = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let chosen =
            statement.query_row((gid.as_bytes(), person.as_bytes()), |row| choice_at(row, 0)).optional()?;
        Ok(chosen.unwrap_or(NotifyChoice::OFF))
    }

    /// Does anybody want to be told?
    pub fn somebody_is_notified(&self, gid: GroupId) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM group_notify WHERE gid = ?1)";
        Ok(self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| row.get(0))?)
    }

    /// All members who want to be told, and what they know.
    pub fn notified_members(&self, gid: GroupId) -> Result<Vec<NotifiedMember>, StoreError> {
        let sql = "SELECT n.identity_hash, n.mode, n.way, n.ping, n.times, \
                          max(n.since, coalesce(t.told, 0), coalesce(f.seq, 0)), coalesce(t.due, 0), \
                          coalesce(t.mentions, 0), coalesce(t.mentioned, 0), \
                          c.number, max(t.before, coalesce(f.seq, 0)) \
                   FROM group_notify AS n \
                   LEFT JOIN group_notices AS t ON t.gid = n.gid AND t.identity_hash = n.identity_hash \
                   LEFT JOIN group_fetches AS f ON f.gid = n.gid AND f.identity_hash = n.identity_hash \
                   LEFT JOIN outbox_copies AS c ON c.gid = n.gid AND c.identity_hash = n.identity_hash \
                                               AND c.priority = ?2 AND c.number = t.notice \
                   WHERE n.gid = ?1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let what = (gid.as_bytes(), Priority::Notice.number());
        let rows = statement.query_map(what, |row| {
            let (told, mentions, mentioned) = (seq_at(row, 5)?, row.get::<_, u32>(7)?, seq_at(row, 8)?);
            Ok(NotifiedMember {
                person: identity_at(row, 0)?,
                choice: choice_at(row, 1)?,
                told,
                due: time_at(row, 6)?,
                mentions: (mentions > 0 && mentioned > told).then_some((mentions, mentioned)),
                waiting: match row.get::<_, Option<i64>>(9)? {
                    Some(_) => Some(WaitingNotice { number: number_at(row, 9)?, before: seq_at(row, 10)? }),
                    None => None,
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many messages of others there are after `told`, and the last; `None` if none.
    pub fn unseen(
        &self,
        gid: GroupId,
        person: IdentityHash,
        told: Seq,
    ) -> Result<Option<(u32, Seq)>, StoreError> {
        let sql = "SELECT count(*), coalesce(max(seq), 0) FROM ( \
                       SELECT seq FROM group_messages WHERE gid = ?1 AND seq > ?2 \
                       AND author IS NOT NULL AND author <> ?3 \
                       AND (recipient IS NULL OR recipient = ?3) ORDER BY seq DESC LIMIT ?4)";
        let mut statement = self.sql.prepare_cached(sql)?;
        let what = (gid.as_bytes(), integer(told.0), person.as_bytes(), MOST_COUNTED);
        let (count, latest) = statement.query_row(what, |row| Ok((row.get(0)?, seq_at(row, 1)?)))?;
        Ok((count > 0).then_some((count, latest)))
    }

    /// Who wrote a message that is not wiped.
    pub fn author_of(&self, gid: GroupId, post: PostId) -> Result<Option<IdentityHash>, StoreError> {
        let sql = "SELECT author FROM group_messages WHERE gid = ?1 AND post_id = ?2 AND author IS NOT NULL";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), post.as_bytes()), |row| identity_at(row, 0)).optional()?)
    }

    /// Somebody is told of messages up to `told`, and not again before `due`; before, they knew of those up to `before`.
    /// What names them is counted on until a notice has left.
    pub fn note_told(
        &self,
        gid: GroupId,
        person: IdentityHash,
        (told, before): (Seq, Seq),
        due: UnixTime,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_notices (gid, identity_hash, told, due, mentions, mentioned, before) \
                   VALUES (?1, ?2, ?3, ?4, 0, 0, ?5) \
                   ON CONFLICT DO UPDATE SET told = excluded.told, due = excluded.due, \
                                             before = excluded.before, notice = NULL";
        let what = (gid.as_bytes(), person.as_bytes(), integer(told.0), due.as_micros(), integer(before.0));
        self.sql.prepare_cached(sql)?.execute(what)?;
        Ok(())
    }

    /// What was queued last is the notice for somebody.
    pub fn note_notice(&self, gid: GroupId, person: IdentityHash) -> Result<(), StoreError> {
        let sql = "UPDATE group_notices SET notice = (SELECT last FROM outbox_totals WHERE one = 1) \
                   WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), person.as_bytes()))?;
        Ok(())
    }

    /// Who wants to be told of what names them, and what they are called.
    pub fn told_of_mentions(&self, gid: GroupId) -> Result<Vec<(IdentityHash, Option<String>)>, StoreError> {
        let sql = "SELECT n.identity_hash, m.nick FROM group_notify AS n \
                   JOIN group_members AS m ON m.gid = n.gid AND m.identity_hash = n.identity_hash \
                   WHERE n.gid = ?1 AND n.mode = 'mentions'";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([gid.as_bytes()], |row| Ok((identity_at(row, 0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A message names somebody.
    pub fn note_mention(&self, gid: GroupId, person: IdentityHash, seq: Seq) -> Result<(), StoreError> {
        let sql = "INSERT INTO group_notices (gid, identity_hash, told, due, mentions, mentioned) \
                   VALUES (?1, ?2, 0, 0, 1, ?3) \
                   ON CONFLICT DO UPDATE SET mentioned = excluded.mentioned, \
                   mentions = CASE WHEN mentioned > told OR EXISTS (SELECT 1 FROM outbox_copies AS c WHERE c.gid = ?1 \
                       AND c.identity_hash = ?2 AND c.priority = ?4 AND c.number = notice) \
                       THEN mentions + 1 ELSE 1 END";
        let priority = Priority::Notice.number();
        self.sql.prepare_cached(sql)?.execute((
            gid.as_bytes(),
            person.as_bytes(),
            integer(seq.0),
            priority,
        ))?;
        Ok(())
    }

    /// Sets what a member wants to be told of, at `now`, from message `since` on. Nothing happens if they are no member.
    pub(super) fn set_notify(
        &self,
        gid: GroupId,
        person: IdentityHash,
        choice: NotifyChoice,
        (since, now): (Seq, UnixTime),
    ) -> Result<(), StoreError> {
        self.forget_notify(gid, person)?;
        let (way, ping) = match choice.way {
            NotifyWay::Text => ("text", None),
            NotifyWay::Silent => ("silent", None),
            NotifyWay::Ping(destination) => ("ping", Some(*destination.as_bytes())),
        };
        if choice.mode == NotifyMode::Off {
            return Ok(());
        }
        let sql = "INSERT INTO group_notify (gid, identity_hash, mode, way, ping, since, times) \
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM group_members WHERE gid = ?1 AND identity_hash = ?2)";
        let who = (gid.as_bytes(), person.as_bytes());
        let what = (who.0, who.1, choice.mode.name(), way, ping, integer(since.0), json(&choice.times));
        let chosen = self.sql.prepare_cached(sql)?.execute(what)?;
        match choice.times.first(now) {
            // Not before the first of the times that were set.
            first if chosen > 0 && first > now => self.note_told(gid, person, (since, since), first),
            _ => Ok(()),
        }
    }

    /// Forgets what somebody wanted to be told of, and what they were told.
    pub(super) fn forget_notify(&self, gid: GroupId, person: IdentityHash) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM group_notify WHERE gid = ?1 AND identity_hash = ?2",
            "DELETE FROM group_notices WHERE gid = ?1 AND identity_hash = ?2",
        ] {
            self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), person.as_bytes()))?;
        }
        Ok(())
    }
}

fn choice_at(row: &Row<'_>, first: usize) -> rusqlite::Result<NotifyChoice> {
    let mode = named_at(row, first, NotifyMode::from_name)?;
    let ping: Option<[u8; 16]> = row.get(first + 2)?;
    let way = match (row.get_ref(first + 1)?.as_str()?, ping) {
        ("ping", Some(destination)) => NotifyWay::Ping(DestinationHash::from_bytes(destination)),
        ("silent", _) => NotifyWay::Silent,
        _ => NotifyWay::Text,
    };
    Ok(NotifyChoice { mode, way, times: json_at(row, first + 3)? })
}
