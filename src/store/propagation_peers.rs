//! Rows of `propagation_peers` and `propagation_unhandled`: what peers of this propagation node were not given yet.
//! Not the entries.

use super::columns::number_at;
use super::propagation::EntryId;
use super::{StoreError, Transaction};
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;

/// Most entries of one offer. What is over comes in the next.
const MAX_OFFER: usize = 1024;
/// What is counted for an offer as a whole, and for each entry beside its bytes (`LXMPeer.sync`).
const OFFER_OVERHEAD: u64 = 24;
/// See [`OFFER_OVERHEAD`].
const ENTRY_OVERHEAD: u64 = 16;

/// What a peer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerTerms {
    /// Least value of a stamp.
    pub least_value: u8,
    /// Most bytes of an entry.
    pub entry_size: u64,
    /// Most bytes of all.
    pub all: u64,
}

impl Transaction<'_> {
    /// These are the peers from now on. A new one is to be given everything that is here; what was to be given to
    /// others is forgotten.
    pub fn set_propagation_peers(&self, peers: &[DestinationHash]) -> Result<(), StoreError> {
        let mut statement = self.sql.prepare_cached("SELECT peer FROM propagation_peers")?;
        let known = statement.query_map([], |row| row.get(0).map(DestinationHash::from_bytes))?;
        let known: Vec<_> = known.collect::<Result<_, _>>()?;
        for gone in known.iter().filter(|peer| !peers.contains(peer)) {
            let sql = "DELETE FROM propagation_peers WHERE peer = ?1";
            self.sql.prepare_cached(sql)?.execute([gone.as_bytes()])?;
        }
        for new in peers.iter().filter(|peer| !known.contains(peer)) {
            let sql = "INSERT OR IGNORE INTO propagation_peers (peer) VALUES (?1)";
            self.sql.prepare_cached(sql)?.execute([new.as_bytes()])?;
            let sql = "INSERT OR IGNORE INTO propagation_unhandled (peer, id) \
                       SELECT ?1, id FROM propagation_entries";
            self.sql.prepare_cached(sql)?.execute([new.as_bytes()])?;
        }
        Ok(())
    }

    /// An entry is to be given to all peers but one, who has it.
    pub fn mark_unhandled(&self, id: &EntryId, except: Option<DestinationHash>) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO propagation_unhandled (peer, id) \
                   SELECT peer, ?1 FROM propagation_peers WHERE peer IS NOT ?2";
        let except = except.map(|peer| *peer.as_bytes());
        self.sql.prepare_cached(sql)?.execute((id, except))?;
        Ok(())
    }

    /// A peer has an entry, or is not to be given it.
    pub fn mark_handled(&self, peer: DestinationHash, id: &EntryId) -> Result<(), StoreError> {
        let sql = "DELETE FROM propagation_unhandled WHERE peer = ?1 AND id = ?2";
        self.sql.prepare_cached(sql)?.execute((peer.as_bytes(), id))?;
        Ok(())
    }

    /// What to offer a peer: the youngest and smallest first, as much as it takes at once. What it never takes is not
    /// looked at again.
    pub fn unhandled_entries(
        &self,
        peer: DestinationHash,
        terms: PeerTerms,
        now: UnixTime,
    ) -> Result<Vec<EntryId>, StoreError> {
        let sql = "SELECT u.id, e.value, e.size FROM propagation_unhandled u JOIN propagation_entries e USING (id) \
                   WHERE u.peer = ?1 \
                   ORDER BY e.size * MAX(345600, (?2 - e.received) / 1000000), u.id";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map((peer.as_bytes(), now.as_micros()), |row| {
            Ok((row.get::<_, EntryId>(0)?, number_at(row, 1)?, number_at(row, 2)?))
        })?;
        let (mut ids, mut never, mut all) = (Vec::new(), Vec::new(), OFFER_OVERHEAD);
        for row in rows {
            let (id, value, size) = row?;
            let size = size.saturating_add(ENTRY_OVERHEAD);
            let next = all.saturating_add(size);
            if value < u64::from(terms.least_value) || size > terms.entry_size {
                never.push(id);
            } else if next < terms.all && ids.len() < MAX_OFFER {
                all = next;
                ids.push(id);
            }
        }
        for id in &never {
            self.mark_handled(peer, id)?;
        }
        Ok(ids)
    }
}
