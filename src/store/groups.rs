//! Rows of `groups`: what a group is, how it is set up, and where its chain of events stands.
//! Not its members or keys.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{integer, named_at, seq_at, time_at};
use super::{StoreError, Transaction};
use crate::group::showing::Showing;
use crate::group::{
    GroupFacts, GroupId, GroupKind, GroupMode, GroupRole, Head, JoinTerms, MemberNumber, Settings,
    Visibility, VisibilityClass,
};
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

const COLUMNS: &str = "gid, kind, mode, role, term, head_seq, head_time, head_hash, created, name, private_name, \
    description, visibility_info, visibility_children, visibility_members, visibility_messages, max_text, \
    max_members, member_count, next_member_number, read_only";

impl Transaction<'_> {
    /// All groups, by their ids.
    pub fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        let mut statement = self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM groups ORDER BY gid"))?;
        let rows = statement.query_map([], group_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One group.
    pub fn group(&self, gid: GroupId) -> Result<Option<GroupRow>, StoreError> {
        let mut statement =
            self.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM groups WHERE gid = ?1"))?;
        Ok(statement.query_row([gid.as_bytes()], group_row).optional()?)
    }

    /// Where a group's chain of events stands.
    pub fn head(&self, gid: GroupId) -> Result<Option<Head>, StoreError> {
        let sql = "SELECT term, head_seq, head_time, head_hash FROM groups WHERE gid = ?1";
        Ok(self.sql.prepare_cached(sql)?.query_row([gid.as_bytes()], |row| head_at(row, 0)).optional()?)
    }

    /// What counts when `person` wants another group.
    pub fn founding_facts(&self, person: Option<IdentityHash>) -> Result<FoundingFacts, StoreError> {
        let sql = "SELECT count(*), coalesce(sum(role = ?2), 0), count(role) FROM groups \
                   LEFT JOIN group_members ON group_members.gid = groups.gid AND identity_hash = ?1";
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
        let settings = &facts.settings;
        let sql = format!(
            "INSERT INTO groups ({COLUMNS}) VALUES (:gid, :kind, :mode, :role, :term, :seq, :time, :hash, :created, \
             :name, :private_name, :description, :info, :children, :members, :messages, :max_text, :max_members, \
             :member_count, :next_member_number, :read_only)"
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
            ":name": settings.name,
            ":private_name": settings.private_name,
            ":description": settings.description,
            ":info": settings.visibility.info.name(),
            ":children": settings.visibility.children.name(),
            ":members": settings.visibility.members.name(),
            ":messages": settings.visibility.messages.name(),
            ":max_text": settings.max_text,
            ":max_members": settings.max_members,
            ":member_count": facts.member_count,
            ":next_member_number": facts.next_member_number.0,
            ":read_only": facts.read_only,
        })?;
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
    pub(super) fn make_read_only(&self, gid: GroupId, why: &str) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET read_only = coalesce(read_only, ?2) WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), why))?;
        Ok(())
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

fn group_row(row: &Row<'_>) -> rusqlite::Result<GroupRow> {
    let class_at = |index| named_at(row, index, VisibilityClass::from_name);
    Ok(GroupRow {
        facts: GroupFacts {
            gid: GroupId::from_bytes(row.get(0)?),
            kind: named_at(row, 1, GroupKind::from_name)?,
            mode: named_at(row, 2, GroupMode::from_name)?,
            role: named_at(row, 3, GroupRole::from_name)?,
            settings: Settings {
                name: row.get(9)?,
                private_name: row.get(10)?,
                description: row.get(11)?,
                visibility: Visibility {
                    info: class_at(12)?,
                    children: class_at(13)?,
                    members: class_at(14)?,
                    messages: class_at(15)?,
                },
                max_text: row.get(16)?,
                max_members: row.get(17)?,
                joining: JoinTerms::default(),
                showing: Showing::default(),
            },
            member_count: row.get(18)?,
            next_member_number: MemberNumber(row.get(19)?),
            read_only: row.get(20)?,
        },
        head: head_at(row, 4)?,
        created: time_at(row, 8)?,
    })
}
