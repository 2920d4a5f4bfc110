//! Rows of `outbox_bodies` and `outbox_copies`: what is still to be sent, and to whom.
//! Not when it is sent; that is in the rows of recipients, and decided by the server.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{OptionalExtension, Row};

use super::columns::{identity_at, integer, number_at, seq_at};
use super::copies::CopyState;
use super::{StoreError, Transaction};
use crate::group::{GroupId, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Most copies in the outbox, about 30 MB. The oldest of the lowest priority make room.
pub(super) const MAX_COPIES: u64 = 262_144;
/// Most bytes of bodies in the outbox, with the same rule.
pub(super) const MAX_BYTES: u64 = 256 << 20;
/// Most copies for one person, with the same rule among those. Who was away for longer reads the rest with `/history`.
pub(super) const MAX_PER_RECIPIENT: u64 = 512;
/// Copies that are looked at in one go.
const PAGE: u32 = 256;

/// What is sent first to one person, and when there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// What somebody asked for.
    Answer,
    /// What the host has to say to somebody.
    Notice,
    /// A copy of a message of the group.
    Relay,
}

/// One message for some people, as it is queued.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// What goes first.
    pub priority: Priority,
    /// The message of the group that it carries.
    pub seq: Option<Seq>,
    /// The four elements, as they are signed.
    pub payload: &'a [u8],
}

/// The place of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopyKey {
    /// From which group.
    pub gid: GroupId,
    /// To whom.
    pub recipient: IdentityHash,
    /// How urgent.
    pub priority: Priority,
    /// In which order.
    pub number: u64,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxSize {
    /// Copies that wait or are on their way.
    pub copies: u64,
    /// Bytes of what they say; what many get counts once.
    pub bytes: u64,
}

impl Priority {
    /// All, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Notice, Self::Relay];

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Answer => 0,
            Self::Notice => 1,
            Self::Relay => 2,
        }
    }
}

impl FromSql for Priority {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        let found = Self::ALL.into_iter().find(|priority| i64::from(priority.number()) == number);
        found.ok_or(FromSqlError::OutOfRange(number))
    }
}

impl Transaction<'_> {
    /// Queues one message for some people. Each of them is due now if nothing else waits for them, or if it is an
    /// answer: who asks is there. Nothing happens if there is nobody. Says how many copies were given up for want of
    /// room.
    pub fn queue(
        &self,
        gid: GroupId,
        message: Outgoing<'_>,
        recipients: &[IdentityHash],
        now: UnixTime,
    ) -> Result<u64, StoreError> {
        if recipients.is_empty() {
            return Ok(0);
        }
        let mut given_up = 0;
        let number = self.next_number(now)?;
        let sql = "INSERT INTO outbox_bodies (gid, number, seq, payload) VALUES (?1, ?2, ?3, ?4)";
        let seq = message.seq.map(|seq| integer(seq.0));
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), integer(number), seq, message.payload))?;
        self.count(as_integer(recipients.len()), as_integer(message.payload.len()))?;
        let sql = "INSERT INTO outbox_copies (gid, identity_hash, priority, number) VALUES (?1, ?2, ?3, ?4)";
        let mut statement = self.sql.prepare_cached(sql)?;
        for recipient in recipients {
            let priority = message.priority.number();
            statement.execute((gid.as_bytes(), recipient.as_bytes(), priority, integer(number)))?;
            let copies = self.add_to_recipient(gid, *recipient, message.priority, now)?;
            if copies > MAX_PER_RECIPIENT {
                self.make_room_for(gid, *recipient)?;
                given_up += 1;
            }
        }
        Ok(given_up + self.make_room()?)
    }

    /// How much waits.
    pub fn outbox_size(&self) -> Result<OutboxSize, StoreError> {
        let sql = "SELECT copies, bytes FROM outbox_totals WHERE one = 1";
        let size = |row: &Row<'_>| Ok(OutboxSize { copies: number_at(row, 0)?, bytes: number_at(row, 1)? });
        Ok(self.sql.prepare_cached(sql)?.query_row([], size)?)
    }

    /// The first copy for somebody after those of priority `after`.
    pub fn next_copy(
        &self,
        gid: GroupId,
        recipient: IdentityHash,
        after: Option<Priority>,
    ) -> Result<Option<CopyKey>, StoreError> {
        let sql = "SELECT priority, number FROM outbox_copies \
                   WHERE gid = ?1 AND identity_hash = ?2 AND priority > ?3 ORDER BY priority, number LIMIT 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let after = after.map_or(-1, |priority| i64::from(priority.number()));
        let key =
            |row: &Row<'_>| Ok(CopyKey { gid, recipient, priority: row.get(0)?, number: number_at(row, 1)? });
        Ok(statement.query_row((gid.as_bytes(), recipient.as_bytes(), after), key).optional()?)
    }

    /// What a message says.
    pub fn payload(&self, gid: GroupId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT payload FROM outbox_bodies WHERE gid = ?1 AND number = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), integer(number)), |row| row.get(0)).optional()?)
    }

    /// A copy has ended like this. `false` if it was not there any more.
    pub fn end_copy(&self, key: &CopyKey, end: CopyState) -> Result<bool, StoreError> {
        let CopyKey { gid, recipient, priority, number } = key;
        let sql = "DELETE FROM outbox_copies \
                   WHERE gid = ?1 AND identity_hash = ?2 AND priority = ?3 AND number = ?4";
        let place = (gid.as_bytes(), recipient.as_bytes(), priority.number(), integer(*number));
        if self.sql.prepare_cached(sql)?.execute(place)? == 0 {
            return Ok(false);
        }
        self.take_from_recipient(*gid, *recipient)?;
        if let Some(seq) = self.seq_in_body(*gid, *number)? {
            self.set_copy_state(*gid, seq, *recipient, end)?;
        }
        let sql = "DELETE FROM outbox_bodies WHERE gid = ?1 AND number = ?2 AND NOT EXISTS \
                   (SELECT 1 FROM outbox_copies WHERE priority = ?3 AND number = ?2) RETURNING length(payload)";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), integer(*number), priority.number());
        let freed = statement.query_row(place, |row| row.get::<_, i64>(0)).optional()?;
        self.count(-1, -freed.unwrap_or(0))?;
        Ok(true)
    }

    /// Gives up copies of this priority that were queued before `before`, so many in one go. Says how many.
    pub fn give_up_older(&self, priority: Priority, before: UnixTime) -> Result<usize, StoreError> {
        let sql = format!(
            "SELECT gid, identity_hash, priority, number FROM outbox_copies \
             WHERE priority = ?1 AND number < ?2 ORDER BY number LIMIT {PAGE}"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map((priority.number(), before.as_micros()), copy_key)?;
        self.give_up(&rows.collect::<Result<Vec<_>, _>>()?)
    }

    /// Gives up what waits for somebody: all of it, or the copies of messages only.
    pub(super) fn give_up_for(
        &self,
        gid: GroupId,
        recipient: IdentityHash,
        least: Priority,
    ) -> Result<(), StoreError> {
        let sql = "SELECT gid, identity_hash, priority, number FROM outbox_copies \
                   WHERE gid = ?1 AND identity_hash = ?2 AND priority >= ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), recipient.as_bytes(), least.number());
        let rows = statement.query_map(place, copy_key)?;
        self.give_up(&rows.collect::<Result<Vec<_>, _>>()?).map(drop)
    }

    /// Gives up the copies of a message.
    pub(super) fn give_up_copies_of(&self, gid: GroupId, seq: Seq) -> Result<(), StoreError> {
        let sql = "SELECT c.gid, c.identity_hash, c.priority, c.number FROM outbox_bodies AS b \
                   CROSS JOIN outbox_copies AS c ON c.priority = ?3 AND c.number = b.number \
                   WHERE b.gid = ?1 AND b.seq = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), integer(seq.0), Priority::Relay.number());
        let rows = statement.query_map(place, copy_key)?;
        self.give_up(&rows.collect::<Result<Vec<_>, _>>()?).map(drop)
    }

    fn give_up(&self, copies: &[CopyKey]) -> Result<usize, StoreError> {
        for key in copies {
            self.end_copy(key, CopyState::GivenUp)?;
        }
        Ok(copies.len())
    }

    fn seq_in_body(&self, gid: GroupId, number: u64) -> Result<Option<Seq>, StoreError> {
        let sql = "SELECT seq FROM outbox_bodies WHERE gid = ?1 AND number = ?2 AND seq IS NOT NULL";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), integer(number)), |row| seq_at(row, 0)).optional()?)
    }

    /// Numbers follow the clock, but never go back.
    fn next_number(&self, now: UnixTime) -> Result<u64, StoreError> {
        let sql = "UPDATE outbox_totals SET last = max(last + 1, ?1) WHERE one = 1 RETURNING last";
        Ok(self.sql.prepare_cached(sql)?.query_row([now.as_micros()], |row| number_at(row, 0))?)
    }

    fn count(&self, copies: i64, bytes: i64) -> Result<(), StoreError> {
        let sql = "UPDATE outbox_totals SET copies = copies + ?1, bytes = bytes + ?2 WHERE one = 1";
        self.sql.prepare_cached(sql)?.execute((copies, bytes))?;
        Ok(())
    }

    /// One of somebody's many copies makes room.
    fn make_room_for(&self, gid: GroupId, recipient: IdentityHash) -> Result<(), StoreError> {
        let sql = "SELECT gid, identity_hash, priority, number FROM outbox_copies \
                   WHERE gid = ?1 AND identity_hash = ?2 AND priority = ?3 ORDER BY number LIMIT 1";
        for priority in Priority::ALL.into_iter().rev() {
            let mut statement = self.sql.prepare_cached(sql)?;
            let place = (gid.as_bytes(), recipient.as_bytes(), priority.number());
            if let Some(oldest) = statement.query_row(place, copy_key).optional()? {
                return self.end_copy(&oldest, CopyState::GivenUp).map(drop);
            }
        }
        Ok(())
    }

    fn make_room(&self) -> Result<u64, StoreError> {
        let mut given_up = 0;
        let sql = "SELECT gid, identity_hash, priority, number FROM outbox_copies \
                   WHERE priority = ?1 ORDER BY number LIMIT 1";
        for priority in Priority::ALL.into_iter().rev() {
            loop {
                let size = self.outbox_size()?;
                if size.copies <= MAX_COPIES && size.bytes <= MAX_BYTES {
                    return Ok(given_up);
                }
                let mut statement = self.sql.prepare_cached(sql)?;
                let Some(oldest) = statement.query_row([priority.number()], copy_key).optional()? else {
                    break;
                };
                self.end_copy(&oldest, CopyState::GivenUp)?;
                given_up += 1;
            }
        }
        Ok(given_up)
    }
}

fn copy_key(row: &Row<'_>) -> rusqlite::Result<CopyKey> {
    Ok(CopyKey {
        gid: GroupId::from_bytes(row.get(0)?),
        recipient: identity_at(row, 1)?,
        priority: row.get(2)?,
        number: number_at(row, 3)?,
    })
}

fn as_integer(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
