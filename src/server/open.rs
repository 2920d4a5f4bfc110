//! Opening: the groups in the database with their identities, or the first group on the first start.
//! Not the database file; that is the store's.

use std::path::Path;

use super::Server;
use super::hosted::{Hosted, keep_identity};
use super::keyring::Keyring;
use super::outbox::Outbox;
use crate::group::event::GroupCreated;
use crate::group::settings::{GroupKind, GroupMode, GroupRole};
use crate::group::{GroupEvent, GroupId, RoleTable, Settings};
use crate::rns::hash::sha256;
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::time::{Now, UnixTime};
use crate::store::{Store, StoreError, Transaction};

/// The name of the group that is made on the first start, unless another is given.
const FIRST_GROUP: &str = "Roost";
/// What the generator of first ratchets is derived for.
const RATCHET_LABEL: &[u8] = b"roost-ratchets1";
/// What the generator of the outbox is derived for.
const OUTBOX_LABEL: &[u8] = b"roost-outbox1";

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
    pub fn with_store(
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
    keep_identity(store, keyring, gid, &identity, random)
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
        hosted.extend(Hosted::load(store, keyring, row, now, random)?);
    }
    Ok(hosted)
}
