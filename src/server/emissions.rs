//! Emission times of a group's announces, kept so that those of the next run are newer than all before.
//! Not the announces; the node makes them.

use super::batch::Batch;
use super::hosted::FIRST_EPOCH;
use crate::group::GroupId;
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;
use crate::store::{KeyPurpose, KeyRow, StoreError, Transaction};

impl Batch<'_, '_> {
    /// Keeps the highest emission time of a group's announces. Its destinations share one.
    pub(super) fn emissions(&mut self, destination: DestinationHash, until: u64) -> Result<(), StoreError> {
        let is_its = |hosted: &&super::hosted::Hosted| [hosted.group, hosted.delivery].contains(&destination);
        let Some(hosted) = self.groups.iter().find(is_its) else { return Ok(()) };
        let purpose = KeyPurpose::LastAnnounce;
        let kept = self.store.newest_key(hosted.gid, purpose)?.and_then(|row| read(&row));
        if kept.is_some_and(|kept| kept >= until) {
            return Ok(());
        }
        keep(self.store, hosted.gid, until)
    }
}

/// What the next announce of a group must be newer than; 0 if it never announced.
pub(super) fn load(
    store: &Transaction<'_>,
    gid: GroupId,
    keys: &[KeyRow],
    now: UnixTime,
) -> Result<u64, StoreError> {
    let kept = keys.iter().filter(|key| key.purpose == KeyPurpose::LastAnnounce).filter_map(read).max();
    match kept {
        // A crash may have come between an announce and its note; that was not later than now.
        Some(kept) => Ok(kept.max(now.as_secs())),
        None => keep(store, gid, 0).map(|()| 0),
    }
}

fn keep(store: &Transaction<'_>, gid: GroupId, until: u64) -> Result<(), StoreError> {
    let (purpose, public) = (KeyPurpose::LastAnnounce, until.to_be_bytes().to_vec());
    store.put_key(gid, &KeyRow { purpose, epoch: FIRST_EPOCH, public, sealed: None })
}

fn read(row: &KeyRow) -> Option<u64> {
    row.public.as_slice().try_into().ok().map(u64::from_be_bytes)
}
