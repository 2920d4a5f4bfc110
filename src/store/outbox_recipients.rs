//! Rows of `outbox_recipients`: for whom something waits, when they are to be tried, and how they were reached lately.
//! Not what waits for them.

use std::time::Duration;

use rusqlite::{OptionalExtension, named_params};

use super::columns::{identity_at, number_at};
use super::outbox::Priority;
use super::{StoreError, Transaction};
use crate::group::GroupId;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Somebody whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient {
    /// From which group something waits for them.
    pub gid: GroupId,
    /// Who.
    pub identity: IdentityHash,
    /// Rounds in a row that found them out of reach.
    pub failures: u32,
}

/// How somebody was reached lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Rounds in a row that found them out of reach.
    pub failures: u32,
    /// How long to remember that when nothing waits for them.
    pub remembered: UnixTime,
}

impl Transaction<'_> {
    /// For whom something is due, the most urgent first, `limit` at most.
    pub fn due_recipients(&self, now: UnixTime, limit: u32) -> Result<Vec<Recipient>, StoreError> {
        let sql = "SELECT gid, identity_hash, failures FROM outbox_recipients \
                   WHERE priority = ?1 AND due <= ?2 ORDER BY due LIMIT ?3";
        let mut due = Vec::new();
        for priority in Priority::ALL {
            let left = limit.saturating_sub(u32::try_from(due.len()).unwrap_or(u32::MAX));
            if left == 0 {
                break;
            }
            let mut statement = self.sql.prepare_cached(sql)?;
            let rows = statement.query_map((priority.number(), now.as_micros(), left), |row| {
                let (gid, identity) = (GroupId::from_bytes(row.get(0)?), identity_at(row, 1)?);
                Ok(Recipient { gid, identity, failures: row.get(2)? })
            })?;
            for row in rows {
                due.push(row?);
            }
        }
        Ok(due)
    }

    /// When somebody is due next.
    pub fn next_due(&self) -> Result<Option<UnixTime>, StoreError> {
        let sql = "SELECT min(due) FROM outbox_recipients WHERE priority = ?1 AND due IS NOT NULL";
        let mut next: Option<UnixTime> = None;
        for priority in Priority::ALL {
            let mut statement = self.sql.prepare_cached(sql)?;
            let due = statement.query_row([priority.number()], |row| row.get::<_, Option<i64>>(0))?;
            let due = due.map(UnixTime::from_micros);
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// Nothing is due for somebody until what is on its way to them has ended. Forgets them if nothing waits.
    pub fn occupy_recipient(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox_recipients WHERE gid = ?1 AND identity_hash = ?2 AND copies = 0";
        if self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))? == 1 {
            return Ok(());
        }
        let sql = "UPDATE outbox_recipients SET due = NULL WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))?;
        Ok(())
    }

    /// Somebody has been reached, so the next copy for them is due; forgets them if none waits.
    pub fn reached(&self, gid: GroupId, identity: IdentityHash, now: UnixTime) -> Result<(), StoreError> {
        self.set_due(gid, identity, now, Reach { failures: 0, remembered: now })?;
        self.forget_recipient(gid, identity)
    }

    /// The next copy for somebody is due then. Nothing happens if none waits and they are not remembered.
    pub fn set_due(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        due: UnixTime,
        reach: Reach,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox_recipients SET failures = :failures, \
                   due = CASE WHEN copies = 0 THEN :remembered ELSE :due END, \
                   priority = coalesce((SELECT min(priority) FROM outbox_copies \
                       WHERE gid = :gid AND identity_hash = :identity), priority) \
                   WHERE gid = :gid AND identity_hash = :identity";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":identity": identity.as_bytes(),
            ":due": due.as_micros(),
            ":failures": reach.failures,
            ":remembered": reach.remembered.as_micros(),
        })?;
        Ok(())
    }

    /// Somebody who was out of reach is there again: what waits for them is due, unless it is on its way. `false` if
    /// nothing waits for such a person.
    pub fn heard(&self, gid: GroupId, identity: IdentityHash, now: UnixTime) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox_recipients SET due = min(due, ?3), failures = 0 \
                   WHERE gid = ?1 AND identity_hash = ?2 AND failures > 0";
        let place = (gid.as_bytes(), identity.as_bytes(), now.as_micros());
        Ok(self.sql.prepare_cached(sql)?.execute(place)? == 1)
    }

    /// Nobody waits longer than until `latest`: a clock that was set back would make them. They are due `now`.
    pub fn wake_after(&self, latest: UnixTime, now: UnixTime) -> Result<(), StoreError> {
        let sql = "UPDATE outbox_recipients SET due = ?2 WHERE due > ?1";
        self.sql.prepare_cached(sql)?.execute((latest.as_micros(), now.as_micros()))?;
        Ok(())
    }

    /// After a start nothing is on its way and nobody knows who has come back: everybody is due, each after a delay of
    /// their own, drawn for so many people.
    pub fn wake_recipients(
        &self,
        now: UnixTime,
        mut delay: impl FnMut(usize) -> Duration,
    ) -> Result<(), StoreError> {
        let mut statement = self.sql.prepare_cached("SELECT gid, identity_hash FROM outbox_recipients")?;
        let rows =
            statement.query_map([], |row| Ok((GroupId::from_bytes(row.get(0)?), identity_at(row, 1)?)))?;
        let people = rows.collect::<Result<Vec<_>, _>>()?;
        let sql = "UPDATE outbox_recipients SET due = ?3 WHERE gid = ?1 AND identity_hash = ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        for (gid, identity) in &people {
            let delay = i64::try_from(delay(people.len()).as_micros()).unwrap_or(i64::MAX);
            let due = now.as_micros().saturating_add(delay);
            statement.execute((gid.as_bytes(), identity.as_bytes(), due))?;
        }
        Ok(())
    }

    /// One copy more for somebody. Says how many that makes.
    pub(super) fn add_to_recipient(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        priority: Priority,
        now: UnixTime,
    ) -> Result<u64, StoreError> {
        let sql = "INSERT INTO outbox_recipients (gid, identity_hash, copies, priority, due, failures) \
                   VALUES (:gid, :identity, 1, :priority, :now, 0) \
                   ON CONFLICT DO UPDATE SET copies = copies + 1, priority = CASE WHEN copies = 0 \
                       THEN excluded.priority ELSE min(priority, excluded.priority) END, \
                   due = CASE WHEN copies = 0 OR :urgent THEN excluded.due ELSE due END RETURNING copies";
        let values = named_params! {
            ":gid": gid.as_bytes(),
            ":identity": identity.as_bytes(),
            ":priority": priority.number(),
            ":now": now.as_micros(),
            ":urgent": priority == Priority::Answer,
        };
        Ok(self.sql.prepare_cached(sql)?.query_row(values, |row| number_at(row, 0))?)
    }

    /// One copy less. Who can't be reached is remembered until they are due again.
    pub(super) fn take_from_recipient(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "UPDATE outbox_recipients SET copies = copies - 1 WHERE gid = ?1 AND identity_hash = ?2 \
                   RETURNING copies = 0 AND failures = 0";
        let mut statement = self.sql.prepare_cached(sql)?;
        let place = (gid.as_bytes(), identity.as_bytes());
        let is_done = statement.query_row(place, |row| row.get::<_, bool>(0)).optional()?;
        if is_done == Some(true) {
            self.forget_recipient(gid, identity)?;
        }
        Ok(())
    }

    /// Forgets somebody for whom nothing waits.
    pub(super) fn forget_recipient(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox_recipients WHERE gid = ?1 AND identity_hash = ?2 AND copies = 0";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))?;
        Ok(())
    }
}
