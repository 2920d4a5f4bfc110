//! The entries that this host keeps as a propagation node: what the node's task asks for them, in the batch's transaction.
//! Not what is taken from whom; the propagation node decides that.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Effect;
use super::batch::Batch;
use crate::lxmf::DeliveryToken;
use crate::lxmf::propagation::entry::STAMP_LEN;
use crate::lxmf::propagation::get::{ANSWER_OVERHEAD, ENTRY_OVERHEAD, MAX_IDS, pack_entries, pack_ids};
use crate::lxmf::propagation::storage::{Deposit, KeptOwn, OfferTerms, Quota, StoreNews, StoreTask};
use crate::lxmf::propagation::{GetRequest, OfferAnswer, StampedEntry, TransientId};
use crate::rns::hash::{DestinationHash, LinkId, RequestId};
use crate::rns::node::Compression;
use crate::rns::time::UnixTime;
use crate::store::{EntryRow, PeerTerms, StoreError, Usage};

/// `MESSAGE_EXPIRY`: nobody came for it.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Entries for our own groups that are handed out at once. What is over waits an hour.
const MAX_LOCAL: usize = 32;

/// What is known of the propagation node, if there is one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Keeper {
    /// What may be kept; nothing before the node has started.
    quota: Option<Quota>,
}

impl Batch<'_, '_> {
    pub(super) fn propagation(&mut self, task: &StoreTask) -> Result<(), StoreError> {
        match task {
            StoreTask::Start { peers, quota } => {
                self.keeper.quota = Some(*quota);
                self.store.set_propagation_peers(peers)?;
                self.expire()
            }
            StoreTask::Get { link, request_id, recipient, request, most } => {
                let answer = match request {
                    GetRequest::List => pack_ids(&ids(self.store.entries_for(*recipient, MAX_IDS)?)),
                    GetRequest::Fetch { wants, haves, limit } => {
                        self.purge(*recipient, haves)?;
                        let most = limit.map_or(*most, |limit| limit.min(*most));
                        pack_entries(self.fetch(*recipient, wants, most)?)
                    }
                };
                self.answer(*link, *request_id, answer);
                Ok(())
            }
            StoreTask::Offered { link, request_id, ids, peer } => {
                self.offered(*link, *request_id, ids, *peer)
            }
            StoreTask::Deposit(deposit) => self.deposit(deposit),
            StoreTask::KeepOwn { hash, entry } => {
                let outcome = match self.keep_entry(entry, 0, None)? {
                    Kept::New | Kept::Known => KeptOwn::Kept,
                    Kept::NoRoom => KeptOwn::NoRoom,
                };
                self.tell(StoreNews::KeptOwn { hash: *hash, outcome });
                Ok(())
            }
            StoreTask::Prepare { peer, terms } => {
                let ids = ids(self.store.unhandled_entries(*peer, peer_terms(*terms), self.now.unix)?);
                self.tell(StoreNews::Prepared { peer: *peer, ids });
                Ok(())
            }
            StoreTask::Load { peer, ids } => {
                let mut entries = Vec::new();
                for id in ids {
                    entries.extend(self.store.entry_body(id.as_bytes())?);
                }
                self.tell(StoreNews::Loaded { peer: *peer, entries });
                Ok(())
            }
            StoreTask::Handled { peer, ids } => {
                ids.iter().try_for_each(|id| self.store.mark_handled(*peer, id.as_bytes()))
            }
            StoreTask::Forget { id } => self.store.drop_entry(id.as_bytes(), self.now.unix),
            StoreTask::Expire => self.expire(),
        }
    }

    /// A message was taken or turned down for good: if our own propagation node kept it, it need not any more.
    pub(super) fn no_longer_kept(&self, token: &DeliveryToken) -> Result<(), StoreError> {
        match token {
            DeliveryToken::Kept(id) => self.store.drop_entry(id.as_bytes(), self.now.unix),
            DeliveryToken::Proof(_) | DeliveryToken::Paper(_) | DeliveryToken::Entry(_) => Ok(()),
        }
    }

    /// Forgets what its recipient has.
    fn purge(&self, recipient: DestinationHash, haves: &[TransientId]) -> Result<(), StoreError> {
        for id in haves {
            if self.store.entry_size(id.as_bytes(), recipient)?.is_some() {
                self.store.drop_entry(id.as_bytes(), self.now.unix)?;
            }
        }
        Ok(())
    }

    /// What fits into `most` bytes, each once. What does not stays for the next time, and what follows may fit.
    fn fetch(
        &self,
        recipient: DestinationHash,
        wants: &[TransientId],
        most: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let (mut seen, mut total, mut entries) = (BTreeSet::new(), ANSWER_OVERHEAD, Vec::new());
        for id in wants.iter().filter(|id| seen.insert(**id)) {
            let Some(size) = self.store.entry_size(id.as_bytes(), recipient)? else { continue };
            let next = total.saturating_add(size).saturating_add(ENTRY_OVERHEAD);
            if next > most {
                continue;
            }
            if let Some(entry) = self.entry(id)? {
                entries.push(entry);
                total = next;
            }
        }
        Ok(entries)
    }

    /// A peer has these: which of them are wanted? What is here already need not be given to it.
    fn offered(
        &mut self,
        link: LinkId,
        request_id: RequestId,
        ids: &[TransientId],
        peer: DestinationHash,
    ) -> Result<(), StoreError> {
        let mut wanted = Vec::new();
        for id in ids {
            if self.store.entry_was_here(id.as_bytes())? {
                self.store.mark_handled(peer, id.as_bytes())?;
            } else {
                wanted.push(*id);
            }
        }
        self.answer(link, request_id, OfferAnswer::of(ids.len(), wanted).encode());
        Ok(())
    }

    /// Keeps entries, and proves them: those that are here already, too, for their sender has missed the proof.
    fn deposit(&mut self, deposit: &Deposit) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for (entry, value) in &deposit.entries {
            match self.keep_entry(entry, *value, deposit.from)? {
                Kept::New => kept.push(entry),
                Kept::Known => {}
                Kept::NoRoom => {
                    // Its sender keeps it, and finds another node.
                    let token = deposit.proof.clone().map(DeliveryToken::from);
                    self.done.effects.extend(token.map(Effect::Refuse));
                    return Ok(());
                }
            }
        }
        let token = deposit.proof.clone().map(DeliveryToken::from);
        self.done.effects.extend(token.map(Effect::Accept));
        let (own, others): (Vec<_>, Vec<_>) =
            kept.into_iter().partition(|entry| self.is_own(entry.recipient()));
        for entry in own {
            self.tell(StoreNews::Local { id: entry.id(), entry: entry.entry().to_vec() });
        }
        if !others.is_empty() {
            self.tell(StoreNews::Waiting { except: deposit.from });
        }
        Ok(())
    }

    fn keep_entry(
        &self,
        entry: &StampedEntry,
        value: u16,
        from: Option<DestinationHash>,
    ) -> Result<Kept, StoreError> {
        let (id, body) = (entry.id(), entry.bytes());
        if self.store.entry_was_here(id.as_bytes())? {
            if let Some(peer) = from {
                self.store.mark_handled(peer, id.as_bytes())?;
            }
            return Ok(Kept::Known);
        }
        let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let Some(quota) = self.keeper.quota.filter(|quota| size <= quota.bytes && quota.entries > 0) else {
            return Ok(Kept::NoRoom);
        };
        let most = Usage { entries: quota.entries, bytes: quota.bytes };
        let dropped = self.store.make_room_for_entry(size, most, self.now.unix)?;
        if dropped > 0 {
            tracing::info!(dropped, "the propagation node is full; the largest and oldest entries made room");
        }
        let row = EntryRow { id: id.as_bytes(), recipient: entry.recipient(), value, body };
        self.store.keep_entry(&row, self.now.unix)?;
        // What is for our own groups is delivered here, and nobody else needs it.
        if !self.is_own(entry.recipient()) {
            self.store.mark_unhandled(id.as_bytes(), from)?;
        }
        Ok(Kept::New)
    }

    /// Drops what is too old, and delivers what is for our own groups and was not yet: the host may have crashed
    /// between, or an author's key may have been unknown.
    fn expire(&mut self) -> Result<(), StoreError> {
        let age = i64::try_from(MAX_AGE.as_micros()).unwrap_or(i64::MAX);
        let before = UnixTime::from_micros(self.now.unix.as_micros().saturating_sub(age));
        let expired = self.store.expire_entries(before, self.now.unix)?;
        let Usage { entries, bytes } = self.store.propagation_usage()?;
        tracing::info!(entries, bytes, expired, "the propagation node keeps messages for others");
        for hosted in self.groups {
            for id in ids(self.store.entries_for(hosted.delivery, MAX_LOCAL)?) {
                if let Some(entry) = self.entry(&id)? {
                    self.tell(StoreNews::Local { id, entry });
                }
            }
        }
        Ok(())
    }

    /// An entry as its recipient gets it: without the stamp.
    fn entry(&self, id: &TransientId) -> Result<Option<Vec<u8>>, StoreError> {
        let body = self.store.entry_body(id.as_bytes())?;
        Ok(body.map(|mut body| {
            body.truncate(body.len().saturating_sub(STAMP_LEN));
            body
        }))
    }

    fn is_own(&self, recipient: DestinationHash) -> bool {
        self.groups.iter().any(|hosted| hosted.delivery == recipient)
    }

    fn answer(&mut self, link: LinkId, request_id: RequestId, data: Vec<u8>) {
        self.done.answered = self.done.answered.saturating_add(data.len());
        // Ciphertext and hashes do not get smaller.
        self.done.effects.push(Effect::Respond { link, request_id, data, compress: Compression::Off });
    }

    fn tell(&mut self, news: StoreNews) {
        self.done.effects.push(Effect::Propagation(news));
    }
}

/// What became of an entry.
enum Kept {
    New,
    Known,
    NoRoom,
}

fn ids(ids: Vec<[u8; 32]>) -> Vec<TransientId> {
    ids.into_iter().map(TransientId::from_bytes).collect()
}

const fn peer_terms(terms: OfferTerms) -> PeerTerms {
    PeerTerms { least_value: terms.least_value, entry_size: terms.message_limit, all: terms.sync_limit }
}
