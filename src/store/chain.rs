//! The check of a group's whole chain of events, from the first to the head.
//! Not its repair.

use std::ops::ControlFlow;

use super::{StoreError, Transaction};
use crate::group::{GroupId, Head, Seq};

impl Transaction<'_> {
    /// Computes every hash of a group's log again. Good if the last one is the head that the group has.
    pub fn verify_chain(&self, gid: GroupId) -> Result<Option<Head>, StoreError> {
        let mut head: Option<Head> = None;
        self.events_since(gid, Seq(0), &mut |row| {
            let header = row.check(head.as_ref())?;
            head = Some(row.head(&header));
            Ok(ControlFlow::Continue(()))
        })?;
        if head != self.head(gid)? {
            let seq = head.map_or(Seq::FIRST, |head| head.seq);
            return Err(StoreError::Damaged {
                gid,
                seq,
                what: "it is the last one, but not the group's head",
            });
        }
        Ok(head)
    }
}
