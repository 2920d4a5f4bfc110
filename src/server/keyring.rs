//! The keyring: seals and opens the private keys of groups, so that the database alone gives nobody a key.
//! Not where they are kept; that is the store's.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::group::GroupId;
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::store::{KeyPurpose, KeyRow};

/// What the sealing key is derived for.
const LABEL: &[u8] = b"roost-keyring1";
/// Bytes before the sealed ones.
const NONCE_LEN: usize = 12;

/// Seals with AES-256-GCM under a key that follows from the host's identity. A sealed key opens only in its place:
/// group, purpose and epoch are authenticated with it.
pub(super) struct Keyring(Aes256Gcm);

impl Keyring {
    pub(super) fn new(host: &Identity) -> Self {
        let mut key = Zeroizing::new([0u8; 32]);
        Hkdf::<Sha256>::new(None, &*host.private_bytes())
            .expand(LABEL, &mut *key)
            .expect("HKDF-SHA-256 gives up to 8160 bytes");
        Self(Aes256Gcm::new(&(*key).into()))
    }

    /// The row that keeps `secret`.
    pub(super) fn seal(
        &self,
        gid: GroupId,
        purpose: KeyPurpose,
        epoch: u64,
        public: Vec<u8>,
        secret: &[u8],
        random: &mut Random,
    ) -> KeyRow {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let place = place(gid, purpose, epoch);
        let ciphertext = self
            .0
            .encrypt(&Nonce::from(nonce), Payload { msg: secret, aad: &place })
            .expect("AES-GCM seals anything shorter than 64 GiB");
        let sealed = [&nonce[..], &ciphertext].concat();
        KeyRow { purpose, epoch, public, sealed: Some(sealed) }
    }

    /// The secret of a row. `None` if the host doesn't have it, or another host has sealed it, or it is damaged.
    pub(super) fn open(&self, gid: GroupId, row: &KeyRow) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = row.sealed.as_deref()?.split_first_chunk::<NONCE_LEN>()?;
        let place = place(gid, row.purpose, row.epoch);
        let opened = self.0.decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: &place });
        opened.ok().map(Zeroizing::new)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}

/// Where a key stands. The epoch has a fixed length, so no two places are written alike.
fn place(gid: GroupId, purpose: KeyPurpose, epoch: u64) -> Vec<u8> {
    [gid.as_bytes(), purpose.name().as_bytes(), &epoch.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> (Keyring, GroupId, KeyRow) {
        let mut random = Random::from_seed([1; 32]);
        let keyring = Keyring::new(&Identity::generate(&mut random));
        let gid = GroupId::from_bytes([2; 16]);
        let row = keyring.seal(gid, KeyPurpose::Identity, 3, vec![9], b"secret", &mut random);
        (keyring, gid, row)
    }

    #[test]
    fn a_sealed_key_opens_for_its_host_and_shows_nothing() {
        let (keyring, gid, row) = sealed();
        assert_eq!(keyring.open(gid, &row).unwrap().as_slice(), b"secret");
        let sealed = row.sealed.unwrap();
        assert_eq!(sealed.len(), NONCE_LEN + 6 + 16);
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn a_sealed_key_opens_in_no_other_place_and_for_no_other_host() {
        let (keyring, gid, row) = sealed();
        let other_host = Keyring::new(&Identity::generate(&mut Random::from_seed([4; 32])));
        assert!(other_host.open(gid, &row).is_none());
        assert!(keyring.open(GroupId::from_bytes([3; 16]), &row).is_none());
        assert!(keyring.open(gid, &KeyRow { epoch: 4, ..row.clone() }).is_none());
        assert!(keyring.open(gid, &KeyRow { purpose: KeyPurpose::Ratchet, ..row.clone() }).is_none());
        assert!(keyring.open(gid, &KeyRow { sealed: None, ..row.clone() }).is_none());
        for at in 0..row.sealed.as_ref().unwrap().len() {
            let mut damaged = row.clone();
            damaged.sealed.as_mut().unwrap()[at] ^= 1;
            assert!(keyring.open(gid, &damaged).is_none());
        }
    }
}
