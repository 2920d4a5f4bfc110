//! The one way a group changes: an event, written to the log and to the tables at once.
//! Not the decision that it happens.

use super::{EventRow, StoreError, Transaction};
use crate::group::{GroupEvent, GroupId, Head};
use crate::rns::time::UnixTime;

impl Transaction<'_> {
    /// Applies `event` to a group that stands at `expected` (`None`: that does not exist), and says where it stands
    /// then. Anything else is [`StoreError::Conflict`]. `now` is put forward to the time of the event before if it
    /// lies earlier. `salt` must be random. Whatever fails leaves nothing behind.
    pub fn apply(
        &self,
        gid: GroupId,
        expected: Option<&Head>,
        event: &GroupEvent,
        now: UnixTime,
        salt: [u8; 16],
    ) -> Result<Head, StoreError> {
        unimplemented!()
    }

    /// Takes over an event that was made elsewhere, or before: its bytes stay as they are. Events of kinds that are not
    /// known are kept, hashed and skipped; a critical one makes the group read-only.
    pub fn append(&self, expected: Option<&Head>, row: &EventRow) -> Result<Head, StoreError> {
        unimplemented!()
    }
}
