//! The check of a group's whole chain of events, from the first to the head.
//! Not its repair.

use super::{StoreError, Transaction};
use crate::group::{GroupId, Head};

impl Transaction<'_> {
    /// Computes every hash of a group's log again. Good if the last one is the head that the group has.
    pub fn verify_chain(&self, gid: GroupId) -> Result<Option<Head>, StoreError> {
        unimplemented!()
    }
}
