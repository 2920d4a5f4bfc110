//! Opening: the groups in the database with their identities, or the first group on the first start.
//! Not the database file; that is the store's.

use std::path::Path;

use super::keyring::Keyring;
use super::outbox::Outbox;
use super::{Addresses, Effect, Schedule, Server, emissions, ratchets};
use crate::api::{ENDPOINTS, HostedAs, MAX_REQUEST, PROTOCOL_EMITS};
use crate::group::announcement::Announcement;
use crate::group::event::GroupCreated;
use crate::group::settings::{GroupKind, GroupMode, GroupRole};
use crate::group::{GroupEvent, GroupId, RoleTable, Settings};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::stamp::Purpose;
use crate::rns::destination::{destination_hash, name_hash};
use crate::rns::hash::{DestinationHash, PathHash, sha256};
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::ratchet::Ratchet;
use crate::rns::time::{Now, UnixTime};
use crate::store::{KeyPurpose, Store, StoreError, Transaction};

use super::HostedGroup;

/// App name and aspect of the destination that takes requests.
pub const GROUP_NAME: &str = "meshchat.group";
/// The name of the group that is made on the first start, unless another is given.
const FIRST_GROUP: &str = "Roost";
/// The number of the first key of a purpose.
pub(super) const FIRST_EPOCH: u64 = 1;
/// What the generator of first ratchets is derived for.
const RATCHET_LABEL: &[u8] = b"roost-ratchets1";
/// What the generator of the outbox is derived for.
const OUTBOX_LABEL: &[u8] = b"roost-outbox1";
/// What a request adds to its data: an array of three, a float, and the hash of the path.
const REQUEST_ENVELOPE: usize = 64;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys in the database cannot be opened with this host's identity.
    #[error(
        "the key of group {0} is sealed for another host; put back the identity file that belongs to this database"
    )]
    SealedForAnotherHost(GroupId),
}

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
        Schedule::Announced
    }
}

impl Server {
    /// Opens (or makes) the database at `path`. `host` is the identity of this server, which seals the groups' keys.
    /// `seed` must be secret and new at every start. Makes one public group when there is none, called `first_group`
    /// or "Roost".
    pub fn open(
        path: &Path,
        host: &Identity,
        first_group: Option<&str>,
        now: Now,
        seed: [u8; 32],
    ) -> Result<Self, OpenError> {
        Self::with_store(Store::open(path)?, host, first_group, now, seed)
    }

    /// A server over an open database.
    pub(super) fn with_store(
        mut store: Store,
        host: &Identity,
        first_group: Option<&str>,
        now: Now,
        seed: [u8; 32],
    ) -> Result<Self, OpenError> {
        let keyring = Keyring::new(host);
        let mut random = Random::from_seed(seed);
        let transaction = store.begin()?;
        if transaction.groups()?.is_empty() {
            create_group(&transaction, &keyring, first_group.unwrap_or(FIRST_GROUP), now.unix, &mut random)?;
        }
        // Their own generator: how many are drawn must not move the salts that golden bytes are made of.
        let mut ratchet_random = Random::from_seed(sha256(&[RATCHET_LABEL, &seed]));
        let groups = hosted(&transaction, &keyring, now, &mut ratchet_random)?;
        // The same holds for this one.
        let outbox_random = Random::from_seed(sha256(&[OUTBOX_LABEL, &seed]));
        let outbox = Outbox::open(&transaction, now, outbox_random)?;
        transaction.commit()?;
        Ok(Self::new(store, keyring, groups, outbox, random, now.instant))
    }
}

fn create_group(
    store: &Transaction<'_>,
    keyring: &Keyring,
    name: &str,
    now: UnixTime,
    random: &mut Random,
) -> Result<(), StoreError> {
    let gid = GroupId::from_bytes(random.bytes());
    let identity = Identity::generate(random);
    let created = GroupEvent::GroupCreated(GroupCreated {
        gid,
        kind: GroupKind::Group,
        mode: GroupMode::Plain,
        role: GroupRole::Origin,
        settings: Settings::public(name),
        roles: RoleTable::default(),
    });
    store.apply(gid, None, &created, now, random.bytes())?;
    let public = identity.public().as_bytes().to_vec();
    let purpose = KeyPurpose::Identity;
    let row = keyring.seal(gid, purpose, FIRST_EPOCH, public, &*identity.private_bytes(), random);
    store.put_key(gid, &row)
}

/// The groups whose newest identity is here. One without an identity is kept, but not put on the network.
fn hosted(
    store: &Transaction<'_>,
    keyring: &Keyring,
    now: Now,
    random: &mut Random,
) -> Result<Vec<Hosted>, OpenError> {
    let mut hosted = Vec::new();
    for row in store.groups()? {
        let gid = row.facts.gid;
        let keys = store.keys(gid)?;
        let identities =
            keys.iter().filter(|key| key.purpose == KeyPurpose::Identity && key.sealed.is_some());
        let Some(newest) = identities.max_by_key(|key| key.epoch) else { continue };
        let secret = keyring.open(gid, newest).ok_or(OpenError::SealedForAnotherHost(gid))?;
        let private = secret.as_slice().try_into().map_err(|_| OpenError::SealedForAnotherHost(gid))?;
        let identity = Identity::from_private_bytes(private);
        hosted.push(Hosted {
            gid,
            group: destination_hash(name_hash(GROUP_NAME), identity.hash()),
            delivery: delivery_destination(identity.hash()),
            identity,
            ratchets: ratchets::load(store, keyring, gid, &keys, now, random)?,
            last_emission: emissions::load(store, gid, &keys, now.unix)?,
            settings: row.facts.settings,
        });
    }
    Ok(hosted)
}
