//! Destinations that everybody within one hop hears: GROUP, for those who share a key, and PLAIN, for all.
//! Not the groups of this server: their members are reached one by one.

use super::crypto::{Token, TokenError};
use super::destination::{destination_hash, name_hash};
use super::hash::{DestinationHash, IdentityHash};
use super::packet::MDU;
use super::random::Random;

/// Most plaintext in one packet to a GROUP destination, so that it passes every interface: 415 bytes.
pub const GROUP_MDU: usize = ((MDU - Token::OVERHEAD) / Token::BLOCK) * Token::BLOCK - 1;

/// The key that a GROUP destination's members share.
pub struct GroupKey(Token);

impl GroupKey {
    /// A new key (`Destination.create_keys`).
    pub fn generate(random: &mut Random) -> Self {
        Self(Token::generate(random))
    }

    /// A key of 64 bytes (AES-256) or, from before RNS 1.0, of 32 (AES-128) (`Destination.load_private_key`).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenError> {
        Token::new(bytes).map(Self)
    }

    /// The bytes, for those who are to have it.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.key()
    }

    /// The payload of a packet with this plaintext.
    pub fn encrypt(&self, plaintext: &[u8], random: &mut Random) -> Vec<u8> {
        self.0.encrypt(plaintext, random.bytes())
    }

    /// The plaintext of a packet, if it was made with this key.
    pub fn decrypt(&self, payload: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.0.decrypt(payload)
    }
}

impl std::fmt::Debug for GroupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GroupKey(…)")
    }
}

/// A GROUP destination to take part in.
#[derive(Debug)]
pub struct GroupSpec {
    /// The identity that its address is made with; nobody has to hold its keys.
    pub identity: IdentityHash,
    /// App name and aspects, joined by dots.
    pub full_name: String,
    /// What its packets are encrypted with.
    pub key: GroupKey,
}

impl GroupSpec {
    /// Its address.
    pub fn address(&self) -> DestinationHash {
        destination_hash(name_hash(&self.full_name), self.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_packet_of_full_size_fits_every_interface() {
        let mut random = Random::from_seed([1; 32]);
        let key = GroupKey::generate(&mut random);
        assert_eq!(GROUP_MDU, 415);
        assert_eq!(key.encrypt(&[0; GROUP_MDU], &mut random).len(), MDU);
        assert!(key.encrypt(&[0; GROUP_MDU + 1], &mut random).len() > MDU);
    }

    #[test]
    fn only_the_same_key_of_a_known_length_reads_what_was_encrypted() {
        let mut random = Random::from_seed([2; 32]);
        for length in [32, 64] {
            let key = GroupKey::from_bytes(&vec![7; length]).unwrap();
            let payload = key.encrypt(b"to the group", &mut random);
            assert_eq!(key.decrypt(&payload).as_deref(), Ok(&b"to the group"[..]));
            assert_ne!(payload, key.encrypt(b"to the group", &mut random), "never twice the same");
            assert_eq!(GroupKey::generate(&mut random).decrypt(&payload), Err(TokenError::Forged));
        }
        assert_eq!(GroupKey::from_bytes(&[7; 48]).err(), Some(TokenError::KeyLength));
    }
}
