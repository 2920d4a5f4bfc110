//! What was brought to our propagation node, until its stamps are checked.
//! Not what is kept: nothing here has been paid for.

use std::collections::BTreeMap;

use super::entry::StampedEntry;
use crate::rns::event::ProofToken;
use crate::rns::hash::{DestinationHash, LinkId};

/// Most transfers that wait; the newcomer is turned away, and tries again later.
pub(super) const MAX_UPLOADS: usize = 64;
/// Most bytes of them all.
const MAX_BYTES: usize = 8 << 20;

/// Which transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UploadId(u64);

/// One transfer.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) link: LinkId,
    pub(super) proof: ProofToken,
    /// What can be entries.
    pub(super) entries: Vec<StampedEntry>,
    /// Whether there was more, which can't.
    pub(super) rest: Rest,
    /// The peer that sent it.
    pub(super) from: Option<DestinationHash>,
}

/// What else was in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing.
    None,
    /// What is too short to be an entry with a stamp.
    Rubbish,
}

/// There is no room for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowded;

/// The transfers that wait.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    waiting: BTreeMap<UploadId, Upload>,
    bytes: usize,
    count: u64,
}

impl Uploads {
    pub(super) fn add(&mut self, upload: Upload) -> Result<UploadId, Crowded> {
        let bytes = self.bytes.saturating_add(size(&upload));
        if self.waiting.len() >= MAX_UPLOADS || (bytes > MAX_BYTES && !self.waiting.is_empty()) {
            return Err(Crowded);
        }
        let id = UploadId(self.count);
        self.count = self.count.saturating_add(1);
        self.bytes = bytes;
        self.waiting.insert(id, upload);
        Ok(id)
    }

    pub(super) fn take(&mut self, id: UploadId) -> Option<Upload> {
        let upload = self.waiting.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(size(&upload));
        Some(upload)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

fn size(upload: &Upload) -> usize {
    upload.entries.iter().map(|entry| entry.bytes().len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::PacketHash;

    fn upload(len: usize) -> Upload {
        let (link, packet) = (LinkId::from_bytes([1; 16]), PacketHash::from_bytes([2; 32]));
        let entries = vec![StampedEntry::parse(&vec![7; len]).unwrap()];
        let proof = ProofToken::LinkPacket { link, packet };
        Upload { link, proof, entries, rest: Rest::None, from: None }
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes_and_the_books_are_kept() {
        let mut uploads = Uploads::default();
        let small: Vec<_> =
            std::iter::repeat_with(|| uploads.add(upload(150))).map_while(Result::ok).collect();
        assert_eq!(small.len(), MAX_UPLOADS);
        small.into_iter().for_each(|id| assert!(uploads.take(id).is_some()));
        let large: Vec<_> =
            std::iter::repeat_with(|| uploads.add(upload(3 << 20))).map_while(Result::ok).collect();
        assert_eq!(large.len(), 2);
        large.iter().for_each(|id| assert!(uploads.take(*id).is_some()));
        assert!(uploads.take(large[0]).is_none());
        assert_eq!((uploads.len(), uploads.bytes), (0, 0));
        assert!(uploads.add(upload(MAX_BYTES + 1)).is_ok(), "an empty table takes one of any size");
    }
}
