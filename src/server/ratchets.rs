//! Ratchets of groups as the store keeps them: sealed, one row each, with the time at which each was drawn.
//! Not when a new one comes; the node decides that.

use zeroize::Zeroizing;

use super::batch::Batch;
use super::keyring::Keyring;
use super::{Effect, hosted};
use crate::group::GroupId;
use crate::rns::hash::DestinationHash;
use crate::rns::random::Random;
use crate::rns::ratchet::{RATCHET_COUNT, Ratchet};
use crate::rns::time::{Now, UnixTime};
use crate::store::{KeyPurpose, KeyRow, StoreError, Transaction};

/// Rows that are kept: the announced ones that still decrypt, and the next.
const MOST_ROWS: u64 = RATCHET_COUNT as u64 + 1;
const MICROS_PER_SECOND: i64 = 1_000_000;

impl Batch<'_, '_> {
    /// Keeps the next ratchet of a group. Told twice, it is kept once.
    pub(super) fn ratchet(
        &mut self,
        destination: DestinationHash,
        ratchet: &Ratchet,
    ) -> Result<(), StoreError> {
        let Some(hosted) = self.groups.iter().find(|hosted| hosted.delivery == destination) else {
            return Ok(());
        };
        let newest = self.store.newest_key(hosted.gid, KeyPurpose::Ratchet)?;
        let (public, id) = (public_column(ratchet), ratchet.id());
        if newest.as_ref().is_none_or(|row| row.public != public) {
            let epoch = newest.map_or(hosted::FIRST_EPOCH, |row| row.epoch.saturating_add(1));
            keep(self.store, self.keyring, hosted.gid, epoch, ratchet, self.random)?;
        }
        self.done.effects.push(Effect::RatchetStored { destination, ratchet: id });
        Ok(())
    }
}

/// The ratchets of a group, newest first. Draws and keeps the first one of a group that has none.
pub(super) fn load(
    store: &Transaction<'_>,
    keyring: &Keyring,
    gid: GroupId,
    keys: &[KeyRow],
    now: Now,
    random: &mut Random,
) -> Result<Vec<Ratchet>, StoreError> {
    let rows = || keys.iter().filter(|key| key.purpose == KeyPurpose::Ratchet);
    let mut ratchets: Vec<_> = rows().rev().filter_map(|row| read(keyring, gid, row)).collect();
    let unreadable = rows().count().saturating_sub(ratchets.len());
    if unreadable > 0 {
        tracing::warn!(group = %gid, unreadable, "ratchets cannot be opened; messages for them are lost");
    }
    if ratchets.is_empty() {
        let first = Ratchet::draw(now.unix, random);
        let epoch = rows().next_back().map_or(hosted::FIRST_EPOCH, |row| row.epoch.saturating_add(1));
        keep(store, keyring, gid, epoch, &first, random)?;
        ratchets.push(first);
    }
    Ok(ratchets)
}

fn keep(
    store: &Transaction<'_>,
    keyring: &Keyring,
    gid: GroupId,
    epoch: u64,
    ratchet: &Ratchet,
    random: &mut Random,
) -> Result<(), StoreError> {
    let (purpose, secret) = (KeyPurpose::Ratchet, ratchet.private_bytes());
    let row = keyring.seal(gid, purpose, epoch, public_column(ratchet), &**secret, random);
    store.put_key(gid, &row)?;
    store.forget_keys_before(gid, purpose, epoch.saturating_add(1).saturating_sub(MOST_ROWS))
}

/// The public key, and when the ratchet was drawn, in seconds since 1970.
fn public_column(ratchet: &Ratchet) -> Vec<u8> {
    [&ratchet.public()[..], &ratchet.drawn().as_secs().to_be_bytes()].concat()
}

fn read(keyring: &Keyring, gid: GroupId, row: &KeyRow) -> Option<Ratchet> {
    let drawn = row.public.last_chunk::<8>().map(|bytes| i64::from_be_bytes(*bytes))?;
    let private = keyring.open(gid, row)?.as_slice().try_into().map(Zeroizing::new).ok()?;
    Some(Ratchet::from_private_bytes(private, UnixTime::from_micros(drawn.saturating_mul(MICROS_PER_SECOND))))
}
