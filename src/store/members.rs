//! Rows of `group_members`: who is in a group now.
//! Not who has been: the events tell that.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::{identity_at, named_at, time_at};
use super::outbox::Priority;
use super::{StoreError, Transaction};
use crate::group::{GroupId, Member, MemberNumber, Relay, Role, look};
use crate::rns::hash::IdentityHash;

const COLUMNS: &str = "identity_hash, number, nick, relay, joined, role";

impl Transaction<'_> {
    /// A person as a member; `None` if they are none.
    pub fn member(&self, gid: GroupId, identity: IdentityHash) -> Result<Option<Member>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM group_members WHERE gid = ?1 AND identity_hash = ?2");
        let mut statement = self.sql.prepare_cached(&sql)?;
        Ok(statement.query_row((gid.as_bytes(), identity.as_bytes()), member_row).optional()?)
    }

    /// How many members a group has; none, if there is no such group.
    pub fn member_count(&self, gid: GroupId) -> Result<u32, StoreError> {
        let mut statement = self.sql.prepare_cached("SELECT member_count FROM groups WHERE gid = ?1")?;
        Ok(statement.query_row([gid.as_bytes()], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// The number that the next one to join gets.
    pub fn next_member_number(&self, gid: GroupId) -> Result<MemberNumber, StoreError> {
        let mut statement =
            self.sql.prepare_cached("SELECT next_member_number FROM groups WHERE gid = ?1")?;
        let next = statement.query_row([gid.as_bytes()], |row| row.get(0)).optional()?;
        Ok(next.map_or(MemberNumber::FIRST, MemberNumber))
    }

    /// Members in the order of joining, those with a number over `after`, `limit` at most.
    pub fn members_page(
        &self,
        gid: GroupId,
        after: Option<MemberNumber>,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_members WHERE gid = ?1 AND number > ?2 ORDER BY number LIMIT ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let after = after.map_or(0, |number| number.0);
        let rows = statement.query_map((gid.as_bytes(), after, limit), member_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same, of those who have `part` in their nick, in any case, or whose identity hash begins with it in hex.
    pub fn members_like(
        &self,
        gid: GroupId,
        after: Option<MemberNumber>,
        limit: u32,
        part: &str,
    ) -> Result<Vec<Member>, StoreError> {
        // SQLite folds the case of ASCII only.
        let part = part.to_lowercase();
        let is_like = |member: &Member| {
            let nick = member.nick.as_ref().is_some_and(|nick| nick.to_lowercase().contains(&part));
            nick || member.identity.to_string().starts_with(&part)
        };
        let sql =
            format!("SELECT {COLUMNS} FROM group_members WHERE gid = ?1 AND number > ?2 ORDER BY number");
        let mut statement = self.sql.prepare_cached(&sql)?;
        let after = after.map_or(0, |number| number.0);
        let rows = statement.query_map((gid.as_bytes(), after), member_row)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(rows.filter(|row| row.as_ref().map_or(true, is_like)).take(limit).collect::<Result<_, _>>()?)
    }

    /// Do several members have this nick, or one that looks like it?
    pub fn nick_is_shared(&self, gid: GroupId, nick: &str) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM group_members WHERE gid = ?1 AND look = ?2 LIMIT 2)";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), look(nick)), |row| row.get::<_, u32>(0))? > 1)
    }

    /// Who wants to be sent every message, and in what form, in the order of joining.
    pub fn relaying_members(&self, gid: GroupId) -> Result<Vec<(IdentityHash, Relay)>, StoreError> {
        let sql = "SELECT identity_hash, relay FROM group_members WHERE gid = ?1 AND relay <> 'off' ORDER BY number";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([gid.as_bytes()], |row| {
            Ok((identity_at(row, 0)?, named_at(row, 1, Relay::from_name)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many owners a group has.
    pub fn owner_count(&self, gid: GroupId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM group_members WHERE gid = ?1 AND role = ?2 AND role <> 'member'";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row((gid.as_bytes(), Role::Owner.name()), |row| row.get(0))?)
    }

    /// Members whose role is not the usual one, in the order of joining.
    pub fn members_with_roles(&self, gid: GroupId) -> Result<Vec<Member>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM group_members WHERE gid = ?1 AND role <> 'member' ORDER BY number"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map([gid.as_bytes()], member_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Sets what a member is to the group. Nothing happens if they are no member.
    pub(super) fn set_role(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        role: Role,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE group_members SET role = ?3 WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes(), role.name()))?;
        Ok(())
    }

    /// Sets what a member is called. Nothing happens if they are no member.
    pub(super) fn set_nick(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        nick: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE group_members SET nick = ?3, look = ?4 WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes(), nick, nick.map(look)))?;
        Ok(())
    }

    /// Takes somebody in. Their number must be the next one, and they must be no member yet.
    pub(super) fn insert_member(&self, gid: GroupId, member: &Member) -> Result<(), StoreError> {
        if self.next_member_number(gid)? != member.number {
            return Err(StoreError::Constraint(format!(
                "member number {} is not the next one",
                member.number
            )));
        }
        let sql = format!(
            "INSERT INTO group_members (gid, {COLUMNS}, look) VALUES (:gid, :identity, :number, :nick, :relay, \
             :joined, :role, :look)"
        );
        self.sql.prepare_cached(&sql)?.execute(named_params! {
            ":gid": gid.as_bytes(),
            ":identity": member.identity.as_bytes(),
            ":number": member.number.0,
            ":nick": member.nick,
            ":relay": member.relay.name(),
            ":joined": member.joined.as_micros(),
            ":role": member.role.name(),
            ":look": member.nick.as_deref().map(look),
        })?;
        let sql = "UPDATE groups SET member_count = member_count + 1 WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute([gid.as_bytes()])?;
        self.use_up_member_number(gid)
    }

    /// Gives the next member number away, for good.
    pub(super) fn use_up_member_number(&self, gid: GroupId) -> Result<(), StoreError> {
        let sql = "UPDATE groups SET next_member_number = next_member_number + 1 WHERE gid = ?1";
        self.sql.prepare_cached(sql)?.execute([gid.as_bytes()])?;
        Ok(())
    }

    /// Lets somebody go, and with them what waits for them. Nothing happens if they are no member.
    pub(super) fn delete_member(&self, gid: GroupId, identity: IdentityHash) -> Result<(), StoreError> {
        let sql = "DELETE FROM group_members WHERE gid = ?1 AND identity_hash = ?2";
        if self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes()))? == 1 {
            let sql = "UPDATE groups SET member_count = member_count - 1 WHERE gid = ?1";
            self.sql.prepare_cached(sql)?.execute([gid.as_bytes()])?;
            self.delete_tickets(gid, identity)?;
        }
        self.delete_grants(gid, identity)?;
        self.forget_fetches(gid, identity)?;
        self.forget_visits(gid, identity)?;
        self.forget_language(gid, identity)?;
        self.forget_notify(gid, identity)?;
        self.give_up_for(gid, identity, Priority::Answer)
    }

    /// Sets what is sent to a member; who wants no messages any more gets none that wait. Nothing happens if they are
    /// no member.
    pub(super) fn set_relay(
        &self,
        gid: GroupId,
        identity: IdentityHash,
        relay: Relay,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE group_members SET relay = ?3 WHERE gid = ?1 AND identity_hash = ?2";
        self.sql.prepare_cached(sql)?.execute((gid.as_bytes(), identity.as_bytes(), relay.name()))?;
        match relay {
            Relay::Off => self.give_up_for(gid, identity, Priority::Relay),
            Relay::Everything | Relay::Text | Relay::Short | Relay::Mentions => Ok(()),
        }
    }
}

fn member_row(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        identity: identity_at(row, 0)?,
        number: MemberNumber(row.get(1)?),
        nick: row.get(2)?,
        relay: named_at(row, 3, Relay::from_name)?,
        joined: time_at(row, 4)?,
        role: named_at(row, 5, Role::from_name)?,
    })
}
