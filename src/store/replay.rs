//! Making the tables again from nothing but the log of events.
//! Not a backup: keys and signed heads are no events.

use std::ops::ControlFlow;

use super::{StoreError, Transaction};
use crate::group::{GroupId, Head, Seq};

/// Appends all events of group `gid` in `from` to `to`, which must not have the group. The tables come out the same.
pub fn replay(
    from: &Transaction<'_>,
    to: &Transaction<'_>,
    gid: GroupId,
) -> Result<Option<Head>, StoreError> {
    let mut head = None;
    from.events_since(gid, Seq(0), &mut |row| {
        head = Some(to.append(head.as_ref(), &row)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(head)
}
