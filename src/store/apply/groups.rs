//! What the beginning of a group does to tables.
//! Not its keys.

use super::{Change, What};
use crate::group::event::GroupCreated;
use crate::group::{GroupEvent, GroupFacts, Head, MemberNumber, Seq};
use crate::store::{GroupRow, StoreError, Transaction};

impl Transaction<'_> {
    pub(super) fn group_created(&self, change: &Change<'_>, head: &Head) -> Result<(), StoreError> {
        if let Some(found) = self.head(change.row.gid)? {
            return Err(StoreError::Conflict { found: Some(found) });
        }
        let What::Event(GroupEvent::GroupCreated(event)) = &change.what else {
            return Err(StoreError::Conflict { found: None });
        };
        let GroupCreated { gid, kind, mode, role, settings, roles } = event;
        if *gid != change.row.gid {
            return Err(StoreError::Constraint("a group's first event names another group".into()));
        }
        let facts = GroupFacts {
            gid: *gid,
            kind: *kind,
            mode: *mode,
            role: *role,
            settings: settings.clone(),
            roles: *roles,
            set_at: head.seq,
            grant_count: 0,
            member_count: 0,
            next_member_number: MemberNumber::FIRST,
            read_only: None,
        };
        self.insert_group(&GroupRow { facts, head: *head, created: head.time })?;
        self.insert_history(*gid)
    }
}

/// Nothing is left to do for the first event, and no other may be one.
pub(super) fn created_again(head: &Head) -> Result<(), StoreError> {
    match head.seq {
        Seq::FIRST => Ok(()),
        _ => Err(StoreError::Constraint("a group begins with its first event only".into())),
    }
}
