//! Rows of `groups`: what a group is, how it is set up, and where its chain of events stands.
//! Not its members or keys.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{integer, json, json_at, named_at, seq_at, time_at};
use super::{StoreError, Transaction};
use crate::group::{
    FoundingFacts, GroupFacts, GroupId, GroupKind, GroupMode, GroupRole, Head, MemberNumber, PermissionSet,
    Role, RoleTable, Sentence, Seq, Settings,
};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A group as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// What the rules need to know.
    pub facts: GroupFacts,
    /// Its last event.
    pub head: Head,
    /// When it began, by the host's clock.
    pub created: UnixTime,
}

const COLUMNS: &str = "gid, kind, mode, role, term, head_seq, head_time, head_hash, created, settings, roles, set_at, \
    grant_count, member_count, next_member_number, read_only";

impl Transaction<'_> {
    /// All groups, by their ids.
    pub fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        let mut statement = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM groups ORDER BY gid"))?;
        let rows = statement.query_map([], |row| self.group_row(row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One group.
    pub fn group(&self, gid: GroupId) -> Result<Option<GroupRow>, StoreError> {
        let mut statement =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM groups WHERE gid = ?1"))?;
        Ok(statement.query_row([gid.as_bytes()], |row| self.group_row(row)).optional()?)
    }

    /// Where a group's chain of events stands.
    pub fn head(&self, gid: GroupId) -> Result<Option<Head>, StoreError> {
        let sql = "SELECT term, head_seq, head_time, head_hash FROM groups WHERE gid = ?1";
        Ok(self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| head_at(row, 0)).optional()?)
    }

    /// What counts when `person` wants another group.
    pub fn founding_facts(&self, person: Option<IdentityHash>) -> Result<FoundingFacts, StoreError> {
        let sql = "SELECT count(*), coalesce(sum(m.role = ?2), 0), count(m.role) FROM groups \
                   LEFT JOIN group_members AS m ON m.gid = groups.gid AND m.identity_hash = ?1";
        let person = person.as_ref().map(IdentityHash::as_bytes);
        let facts = self.sql.prepare_cached(sql)?.query_row((person, Role::Owner.name()), |row| {
            let is_member = row.get::<_, u32>(2)? > 0;
            Ok(FoundingFacts { groups: row.get(0)?, owned: row.get(1)?, is_member })
        })?;
        Ok(facts)
    }

    /// Writes the row of a new group.
    pub(super) fn insert_group(&self, row: &GroupRow) -> Result<(), StoreError> {
        let GroupRow { facts, head, created } = row;
        let sql = format!(
            "INSERT INTO groups ({COLUMNS}) VALUES (:gid, :kind, :mode, :role, :term, :seq, :time, :hash, :created, \
             :settings, :roles, :set_at, :grant_count, :member_count, :next_member_number, :read_only)"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": facts.gid.as_bytes(),
            ":kind": facts.kind.name(),
            ":mode": facts.mode.name(),
            ":role": facts.role.name(),
            ":term": head.term,
            ":seq": integer(head.seq.0),
            ":time": head.time.as_micros(),
            ":hash": head.hash,
            ":created": created.as_micros(),
            ":settings": json(&facts.settings),
            ":roles": json(&facts.roles),
            ":set_at": integer(facts.set_at.0),
            ":grant_count": facts.grant_count,
            ":member_count": facts.member_count,
            ":next_member_number": facts.next_member_number.0,
            ":read_only": facts.read_only,
        })?;
        Ok(())
    }

    /// Sets a group up anew, with the event `seq`.
    pub(super) fn put_settings(&self, gid: GroupId, seq: Seq, settings: &Settings) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET settings = ?2, set_at = ?3 WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), json(settings), integer(seq.0)))?;
        Ok(())
    }

    /// Sets what a role may, with the event `seq`.
    pub(super) fn put_role(
        &self,
        gid: GroupId,
        seq: Seq,
        role: Role,
        permissions: PermissionSet,
    ) -> Result<(), StoreError> {
        let mut statement = self.sql.prepare_cached("SELECT roles FROM groups WHERE gid = ?1")?;
        let roles: RoleTable = statement.query_row([gid.as_bytes()], |row| json_at(row, 0))?;
        let sql = "UPDATE groups SET roles = ?2, set_at = ?3 WHERE gid = ?1";
        let roles = json(&roles.with(role, permissions));
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), roles, integer(seq.0)))?;
        Ok(())
    }

    /// Moves a group's head, if it stands where `from` says: the compare-and-set that every change goes through.
    pub(super) fn move_head(&self, gid: GroupId, from: &Head, to: &Head) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET term = :term, head_seq = :seq, head_time = :time, head_hash = :hash \
                   WHERE gid = :gid AND term = :from_term AND head_seq = :from_seq AND head_hash = :from_hash";
        let moved = self.sql.prepare_cached(sql)?.execute(named_params! {
            ":term": to.term,
            ":seq": integer(to.seq.0),
            ":time": to.time.as_micros(),
            ":hash": to.hash,
            ":gid": gid.as_bytes(),
            ":from_term": from.term,
            ":from_seq": integer(from.seq.0),
            ":from_hash": from.hash,
        })?;
        match moved {
            1 => Ok(()),
            _ => Err(StoreError::Conflict { found: self.head(gid)? }),
        }
    }

    /// Lets nobody change a group any more; the first sentence that says why stays.
    pub(super) fn make_read_only(&self, gid: GroupId, why: &Sentence) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET read_only = coalesce(read_only, ?2) WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), why.to_string()))?;
        Ok(())
    }

    fn group_row(&self, row: &Row<'_>) -> rusqlite::Result<GroupRow> {
        let gid = GroupId::from_bytes(row.get(0)?);
        let (settings, roles) = self.set_ups.at(gid, row, (9, 10))?;
        Ok(GroupRow {
            facts: GroupFacts {
                gid,
                kind: named_at(row, 1, GroupKind::from_name)?,
                mode: named_at(row, 2, GroupMode::from_name)?,
                role: named_at(row, 3, GroupRole::from_name)?,
                settings,
                roles,
                set_at: seq_at(row, 11)?,
                grant_count: row.get(12)?,
                member_count: row.get(13)?,
                next_member_number: MemberNumber(row.get(14)?),
                read_only: row.get(15)?,
            },
            head: head_at(row, 4)?,
            created: time_at(row, 8)?,
        })
    }
}

fn head_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Head> {
    Ok(Head {
        term: row.get(first)?,
        seq: seq_at(row, first + 1)?,
        time: time_at(row, first + 2)?,
        hash: row.get(first + 3)?,
    })
}
