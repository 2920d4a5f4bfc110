//! Rows of `group_events`: the log of everything that has ever changed a group, chained by hashes.
//! Not what the events mean: [`crate::group::encoding`] reads them.

use std::ops::ControlFlow;

use super::{StoreError, Transaction};
use crate::group::{GroupId, Seq};

/// An event as it is stored. The hash covers the bytes as they stand here; they are never encoded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// In which group.
    pub gid: GroupId,
    /// In which term it was ordered.
    pub term: u32,
    /// Its number.
    pub seq: Seq,
    /// See [`crate::group::encoding::Header`].
    pub header: Vec<u8>,
    /// What the private part is hashed with, so that nobody can guess it from its digest; `None` when wiped.
    pub salt: Option<[u8; 16]>,
    /// See [`crate::group::encoding::encode_private`]; `None` when wiped.
    pub private: Option<Vec<u8>>,
    /// H(salt ‖ private part).
    pub private_digest: [u8; 32],
    /// H(label ‖ hash of the event before ‖ header ‖ private digest).
    pub hash: [u8; 32],
}

impl Transaction<'_> {
    /// The events after `since`, oldest first, until there are no more or `visit` breaks.
    pub fn events_since(
        &self,
        gid: GroupId,
        since: Seq,
        visit: &mut dyn FnMut(EventRow) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }
}
