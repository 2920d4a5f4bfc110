//! What the rules need to know of a caller, gathered in one place.
//! Not the rules.

use super::{StoreError, Transaction};
use crate::group::{Act, Caller, GroupId, Standing};

impl Transaction<'_> {
    /// The standing of `caller` in a group, for reading (`None`) or for an act.
    pub fn standing(&self, gid: GroupId, caller: Caller, act: Option<&Act>) -> Result<Standing, StoreError> {
        unimplemented!()
    }
}
