//! Groups of others that were heard, before they are written: an announce must not cost a write.
//! Not the directory itself; that is a table of the store. Not exact: a crash forgets the latest.

use std::collections::BTreeMap;
use std::time::Duration;

use super::batch::Batch;
use super::io::HeardAnnounce;
use crate::group::announcement::Announcement;
use crate::group::heard::HeardGroup;
use crate::rns::hash::DestinationHash;
use crate::rns::time::{Instant, UnixTime};
use crate::store::{StoreError, Transaction};

/// Cap of the table. What comes when it is full is heard with its next announce.
const MAX_PENDING: usize = 200;
/// What is older is written with the next batch.
const OLD: Duration = Duration::from_mins(1);
/// A group that was not heard for so long is forgotten: announces come every few hours.
const FORGOTTEN: Duration = Duration::from_hours(30 * 24);

/// What is not written yet.
#[derive(Debug)]
pub(super) struct Directory {
    pending: BTreeMap<DestinationHash, HeardGroup>,
    since: Option<Instant>,
    /// Does anybody want to know?
    pub(super) keeps: bool,
}

impl Default for Directory {
    fn default() -> Self {
        Self { pending: BTreeMap::new(), since: None, keeps: true }
    }
}

impl Directory {
    fn note(&mut self, now: Instant, group: HeardGroup) {
        if self.pending.len() < MAX_PENDING || self.pending.contains_key(&group.destination) {
            self.pending.insert(group.destination, group);
            self.since = self.since.or(Some(now));
        }
    }

    /// When it is to be written.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since.after(OLD))
    }

    /// Writes what there is.
    pub(super) fn write(&mut self, store: &Transaction<'_>, now: UnixTime) -> Result<(), StoreError> {
        if self.since.take().is_none() {
            return Ok(());
        }
        for group in std::mem::take(&mut self.pending).into_values() {
            store.note_heard_group(&group)?;
        }
        let long = i64::try_from(FORGOTTEN.as_micros()).unwrap_or(i64::MAX);
        store.trim_heard_groups(UnixTime::from_micros(now.as_micros().saturating_sub(long)))
    }
}

impl Batch<'_, '_> {
    /// Groups were announced. Our own are in the directory anyway.
    pub(super) fn groups_heard(&mut self, announces: &[HeardAnnounce]) {
        if !self.directory.keeps {
            return;
        }
        for announce in announces {
            let is_ours = self.groups.iter().any(|hosted| hosted.group == announce.destination);
            let Some(announcement) = Announcement::read(&announce.app_data).filter(|_| !is_ours) else {
                continue;
            };
            let heard = HeardGroup {
                destination: announce.destination,
                identity: announce.identity,
                announcement,
                hops: announce.hops.max(1),
                first: self.now.unix,
                heard: self.now.unix,
            };
            self.directory.note(self.now.instant, heard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Flags;
    use crate::rns::hash::IdentityHash;
    use crate::store::Store;

    fn group(number: u32) -> HeardGroup {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let time = UnixTime::from_micros(5);
        HeardGroup {
            destination: DestinationHash::from_bytes(bytes),
            identity: IdentityHash::from_bytes(bytes),
            announcement: Announcement {
                name: "Perch".into(),
                flags: Flags(Flags::JOINABLE),
                protocol: Some(1),
                price: 0,
                kind: None,
            },
            hops: 1,
            first: time,
            heard: time,
        }
    }

    #[test]
    fn a_flood_of_announces_is_written_once_a_minute_and_takes_little_memory() {
        let mut store = Store::open_in_memory().unwrap();
        let mut directory = Directory::default();
        assert_eq!(directory.due(), None);
        (0..10_000).for_each(|number| directory.note(Instant::ZERO, group(number)));
        assert_eq!(directory.pending.len(), MAX_PENDING);
        assert_eq!(directory.due(), Some(Instant::ZERO.after(OLD)));
        let transaction = store.begin().unwrap();
        directory.write(&transaction, UnixTime::from_micros(5)).unwrap();
        assert!(directory.pending.is_empty() && directory.due().is_none());
        let mut rows = 0;
        transaction
            .heard_groups(None, &mut |_| {
                rows += 1;
                true
            })
            .unwrap();
        assert_eq!(rows, MAX_PENDING);
    }
}
