//! Rows of `groups`: what a group is, how it is set up, and where its chain of events stands.
//! Not its members or keys.

use super::{StoreError, Transaction};
use crate::group::{GroupFacts, GroupId, Head};
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

impl Transaction<'_> {
    /// All groups, by their ids.
    pub fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        unimplemented!()
    }

    /// One group.
    pub fn group(&self, gid: GroupId) -> Result<Option<GroupRow>, StoreError> {
        unimplemented!()
    }

    /// Where a group's chain of events stands.
    pub fn head(&self, gid: GroupId) -> Result<Option<Head>, StoreError> {
        unimplemented!()
    }
}
