//! Rows of `group_tickets`: tickets that a group has given to people, and those that they have given to it.
//! Not when one is given or used; the rules of tickets say that. No part of the log.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::time_at;
use super::{StoreError, Transaction};
use crate::group::GroupId;
use crate::group::name::named_enum;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Tickets of the group that one person has, at most; the one that ends first makes room. Given anew in the last of
/// three weeks, no more than two hold at a time.
const MAX_GIVEN: u32 = 4;

named_enum! {
    /// Who gave a ticket.
    pub enum Giver {
        /// The group, which takes messages that were sent with it.
        Group = "group",
        /// A person, to whom the group sends with it.
        Person = "person",
    }
}

/// A ticket as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// The secret.
    pub ticket: [u8; 16],
    /// When it ends.
    pub expires: UnixTime,
    /// When the group last put it into a message, if it is the group's.
    pub given: Option<UnixTime>,
}

impl std::fmt::Debug for TicketRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TicketRow").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Transaction<'_> {
    /// The tickets that the group has given to somebody, also those that have ended; the newest first.
    pub fn tickets_given(&self, gid: GroupId, person: IdentityHash) -> Result<Vec<TicketRow>, StoreError> {
        let sql = "SELECT ticket, expires, given FROM group_tickets \
                   WHERE gid = ?1 AND identity_hash = ?2 AND giver = ?3 ORDER BY expires DESC";
        let mut statement = self.sql.prepare_cached(sql)?;
        let key = (gid.as_bytes(), person.as_bytes(), Giver::Group.name());
        Ok(statement.query_map(key, ticket_row)?.collect::<Result<_, _>>()?)
    }

    /// The ticket that somebody has given to the group.
    pub fn ticket_granted(
        &self,
        gid: GroupId,
        person: IdentityHash,
    ) -> Result<Option<TicketRow>, StoreError> {
        let sql = "SELECT ticket, expires, given FROM group_tickets \
                   WHERE gid = ?1 AND identity_hash = ?2 AND giver = ?3";
        let mut statement = self.sql.prepare_cached(sql)?;
        let key = (gid.as_bytes(), person.as_bytes(), Giver::Person.name());
        Ok(statement.query_row(key, ticket_row).optional()?)
    }

    /// Keeps a ticket: the group's beside the earlier ones of that person, a person's in the place of theirs.
    pub fn put_ticket(
        &self,
        gid: GroupId,
        person: IdentityHash,
        giver: Giver,
        row: &TicketRow,
    ) -> Result<(), StoreError> {
        let others = match giver {
            Giver::Person => 0,
            Giver::Group => MAX_GIVEN - 1,
        };
        let sql = "DELETE FROM group_tickets WHERE gid = :gid AND identity_hash = :person AND giver = :giver \
                   AND expires <> :expires AND expires NOT IN \
                   (SELECT expires FROM group_tickets WHERE gid = :gid AND identity_hash = :person \
                   AND giver = :giver AND expires <> :expires ORDER BY expires DESC LIMIT :others)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":person": person.as_bytes(),
            ":giver": giver.name(),
            ":expires": row.expires.as_micros(),
            ":others": others,
        })?;
        let sql = "INSERT OR REPLACE INTO group_tickets (gid, identity_hash, giver, expires, ticket, given) \
                   VALUES (:gid, :person, :giver, :expires, :ticket, :given)";
        self.sql.prepare_cached(sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":person": person.as_bytes(),
            ":giver": giver.name(),
            ":expires": row.expires.as_micros(),
            ":ticket": row.ticket,
            ":given": row.given.map(UnixTime::as_micros),
        })?;
        Ok(())
    }

    /// Forgets the tickets of all groups that ended before then.
    pub fn forget_tickets_before(&self, expires: UnixTime) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_tickets WHERE expires < ?1";
        self.sql.prepare_cached(sql)?.execute([expires.as_micros()])?;
        Ok(())
    }

    /// Forgets the tickets of somebody who is no member any more.
    pub(super) fn delete_tickets(&self, gid: GroupId, person: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_tickets WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), person.as_bytes()))?;
        Ok(())
    }
}

fn ticket_row(row: &Row<'_>) -> rusqlite::Result<TicketRow> {
    Ok(TicketRow {
        ticket: row.get(0)?,
        expires: time_at(row, 1)?,
        given: row.get::<_, Option<_>>(2)?.map(UnixTime::from_micros),
    })
}
