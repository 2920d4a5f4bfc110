//! A group that this server has the identity of: how it is reached and how the network sees it.
//! Not what is in it; that is the store's.

use super::keyring::Keyring;
use super::{Addresses, Effect, HostedGroup, OpenError, Schedule, emissions, ratchets};
use crate::api::{ENDPOINTS, HostedAs, MAX_REQUEST, PROTOCOL_EMITS};
use crate::group::announcement::Announcement;
use crate::group::showing::Icon;
use crate::group::{GroupId, Settings};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::stamp::Purpose;
use crate::rns::destination::{destination_hash, name_hash};
use crate::rns::hash::{DestinationHash, PathHash};
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::ratchet::Ratchet;
use crate::rns::time::Now;
use crate::store::{GroupRow, KeyPurpose, StoreError, Transaction};

/// App name and aspect of the destination that takes requests.
pub const GROUP_NAME: &str = "meshchat.group";
/// The number of the first key of a purpose.
pub(super) const FIRST_EPOCH: u64 = 1;
/// What a request adds to its data: an array of three, a float, and the hash of the path.
const REQUEST_ENVELOPE: usize = 64;

/// A group that this server has the identity of.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) gid: GroupId,
    pub(super) identity: Identity,
    /// Its `meshchat.group`.
    pub(super) group: DestinationHash,
    /// Its `lxmf.delivery`.
    pub(super) delivery: DestinationHash,
    /// Of its `lxmf.delivery`, newest first, until the node has them.
    pub(super) ratchets: Vec<Ratchet>,
    last_emission: u64,
    pub(super) settings: Settings,
}

impl Hosted {
    /// Gives a group that has just begun its first identity and ratchet.
    pub(super) fn begin(
        store: &Transaction<'_>,
        keyring: &Keyring,
        gid: GroupId,
        now: Now,
        random: &mut Random,
    ) -> Result<Self, StoreError> {
        let row = store.group(gid)?.ok_or(StoreError::Conflict { found: None })?;
        let identity = Identity::generate(random);
        keep_identity(store, keyring, gid, &identity, random)?;
        Self::of(store, keyring, row, identity, now, random)
    }

    /// A group by its newest identity; `None` if it has none here.
    pub(super) fn load(
        store: &Transaction<'_>,
        keyring: &Keyring,
        row: GroupRow,
        now: Now,
        random: &mut Random,
    ) -> Result<Option<Self>, OpenError> {
        let gid = row.facts.gid;
        let keys = store.keys(gid)?;
        let identities =
            keys.iter().filter(|key| key.purpose == KeyPurpose::Identity && key.sealed.is_some());
        let Some(newest) = identities.max_by_key(|key| key.epoch) else { return Ok(None) };
        let secret = keyring.open(gid, newest).ok_or(OpenError::SealedForAnotherHost(gid))?;
        let private = secret.as_slice().try_into().map_err(|_| OpenError::SealedForAnotherHost(gid))?;
        Ok(Some(Self::of(store, keyring, row, Identity::from_private_bytes(private), now, random)?))
    }

    fn of(
        store: &Transaction<'_>,
        keyring: &Keyring,
        row: GroupRow,
        identity: Identity,
        now: Now,
        random: &mut Random,
    ) -> Result<Self, StoreError> {
        let gid = row.facts.gid;
        let keys = store.keys(gid)?;
        Ok(Self {
            gid,
            group: destination_hash(name_hash(GROUP_NAME), identity.hash()),
            delivery: delivery_destination(identity.hash()),
            identity,
            ratchets: ratchets::load(store, keyring, gid, &keys, now, random)?,
            last_emission: emissions::load(store, gid, &keys, now.unix)?,
            settings: row.facts.settings,
        })
    }
    pub(super) fn describe(&self) -> HostedGroup {
        HostedGroup {
            identity: self.identity.clone(),
            name: self.settings.public_name().to_owned(),
            app_data: self.app_data(),
            group: self.group,
            delivery: self.delivery,
            request_paths: ENDPOINTS.iter().map(|endpoint| PathHash::of(endpoint.path)).collect(),
            max_resource: MAX_REQUEST + REQUEST_ENVELOPE,
            stamp_cost: self.stamp_cost(),
            last_emission: self.last_emission,
            schedule: self.schedule(),
        }
    }

    /// Takes other settings. Says what there is to announce, if the network sees a difference.
    pub(super) fn change(&mut self, settings: Settings) -> Option<Effect> {
        let before = self.describe();
        self.settings = settings;
        (self.describe() != before).then(|| self.reannounce())
    }

    /// To announce it once more.
    pub(super) fn reannounce(&self) -> Effect {
        Effect::Reannounce {
            addresses: self.addresses(),
            name: self.settings.public_name().to_owned(),
            app_data: self.app_data(),
            stamp_cost: self.stamp_cost(),
            schedule: self.schedule(),
        }
    }

    /// The stamp of an LXMF message that pays for joining; none where clients would work for hours.
    pub(super) fn stamp_cost(&self) -> Option<u8> {
        Some(self.settings.joining.price).filter(|price| (1..=Purpose::Delivery.max_cost()).contains(price))
    }

    pub(super) const fn reached(&self) -> HostedAs {
        HostedAs { gid: self.gid, destination: self.group, delivery: self.delivery }
    }

    pub(super) const fn addresses(&self) -> Addresses {
        Addresses { group: self.group, delivery: self.delivery }
    }

    fn app_data(&self) -> Vec<u8> {
        Announcement::of(&self.settings, PROTOCOL_EMITS).encode()
    }

    const fn schedule(&self) -> Schedule {
        if self.settings.showing.silent { Schedule::Silent } else { Schedule::Announced }
    }

    /// What clients show beside its name.
    pub(super) const fn icon(&self) -> Option<&Icon> {
        self.settings.showing.icon.as_ref()
    }
}

/// Keeps the first identity of a group.
pub(super) fn keep_identity(
    store: &Transaction<'_>,
    keyring: &Keyring,
    gid: GroupId,
    identity: &Identity,
    random: &mut Random,
) -> Result<(), StoreError> {
    let public = identity.public().as_bytes().to_vec();
    let purpose = KeyPurpose::Identity;
    let row = keyring.seal(gid, purpose, FIRST_EPOCH, public, &*identity.private_bytes(), random);
    store.put_key(gid, &row)
}
