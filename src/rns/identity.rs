//! Identities: the two key pairs of a person or server, and what they sign, encrypt and decrypt.
//! Not destinations, which are names under an identity.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::crypto::SignatureCheck;
use super::crypto::{self, Token, TokenError};
use super::hash::{IdentityHash, truncated_sha256};
use super::random::Random;

/// The public half: X25519 ‖ Ed25519, 64 bytes, with its hash.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicIdentity {
    bytes: [u8; 64],
    hash: IdentityHash,
}

impl PublicIdentity {
    /// Length in bytes (`Identity.KEYSIZE` / 8).
    pub const LEN: usize = 64;
    /// Bytes of a signature (`Identity.SIGLENGTH` / 8).
    pub const SIGNATURE_LEN: usize = 64;

    /// Wraps 64 bytes of public key. That they are usable keys shows when they are used.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self { hash: IdentityHash::from_bytes(truncated_sha256(&[&bytes])), bytes }
    }

    /// Wraps a slice; `None` if it hasn't 64 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    /// X25519 ‖ Ed25519.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.bytes
    }

    /// Truncated SHA-256 of the 64 bytes.
    pub const fn hash(&self) -> IdentityHash {
        self.hash
    }

    /// The key that others encrypt to when no ratchet is known.
    pub fn x25519(&self) -> [u8; 32] {
        half(&self.bytes, 0)
    }

    /// The key that signatures are checked with.
    pub fn ed25519(&self) -> [u8; 32] {
        half(&self.bytes, 32)
    }

    /// Is this a signature of this identity over `message`?
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        verify(&self.ed25519(), message, signature)
    }

    /// A signature that is claimed to be this identity's, for a check together with others.
    pub(crate) fn signature_check(&self, message: Vec<u8>, signature: [u8; 64]) -> SignatureCheck {
        SignatureCheck { key: self.ed25519(), message, signature }
    }

    /// Encrypts for this identity (page 02 §5): ephemeral public ‖ token. `ratchet` is the newest announced
    /// ratchet of the destination. `None` if the target key is of low order.
    pub fn encrypt(
        &self,
        plaintext: &[u8],
        ratchet: Option<&[u8; 32]>,
        random: &mut Random,
    ) -> Option<Vec<u8>> {
        self.encrypt_with(plaintext, ratchet, random.bytes(), random.bytes())
    }

    /// As [`Self::encrypt`], with the ephemeral key and the IV given; golden vectors need it.
    pub fn encrypt_with(
        &self,
        plaintext: &[u8],
        ratchet: Option<&[u8; 32]>,
        ephemeral: [u8; 32],
        iv: [u8; 16],
    ) -> Option<Vec<u8>> {
        let ephemeral = StaticSecret::from(ephemeral);
        let target = ratchet.copied().unwrap_or_else(|| self.x25519());
        let shared = agree(&ephemeral, &target)?;
        let token = Token::new(&crypto::derive(&*shared, self.hash.as_bytes(), 64)).ok()?;
        let mut out = PublicKey::from(&ephemeral).as_bytes().to_vec();
        out.extend_from_slice(&token.encrypt(plaintext, iv));
        Some(out)
    }
}

impl std::fmt::Debug for PublicIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicIdentity({})", self.hash)
    }
}

/// Both halves. The private bytes are kept as imported and wiped on drop.
#[derive(Clone)]
pub struct Identity {
    private: Zeroizing<[u8; 64]>,
    signing: SigningKey,
    public: PublicIdentity,
}

impl Identity {
    /// Draws a new identity.
    pub fn generate(random: &mut Random) -> Self {
        Self::from_private_bytes(&random.bytes())
    }

    /// X25519 private ‖ Ed25519 seed, the content of a reference identity file.
    pub fn from_private_bytes(private: &[u8; 64]) -> Self {
        let signing = SigningKey::from_bytes(&half(private, 32));
        let exchange = exchange_key(&half(private, 0));
        let mut public = [0u8; 64];
        let keys = exchange.into_iter().chain(signing.verifying_key().to_bytes());
        public.iter_mut().zip(keys).for_each(|(to, from)| *to = from);
        Self { private: Zeroizing::new(*private), signing, public: PublicIdentity::from_bytes(public) }
    }

    /// What [`Self::from_private_bytes`] was given.
    pub fn private_bytes(&self) -> Zeroizing<[u8; 64]> {
        self.private.clone()
    }

    /// The public half.
    pub const fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// The hash of the public half.
    pub const fn hash(&self) -> IdentityHash {
        self.public.hash()
    }

    /// Ed25519 (RFC 8032), 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; PublicIdentity::SIGNATURE_LEN] {
        self.signing.sign(message).to_bytes()
    }

    /// Decrypts what [`PublicIdentity::encrypt`] made: with each of `ratchets` (private keys, newest first),
    /// then with the base key unless `enforce_ratchets`.
    pub fn decrypt(
        &self,
        payload: &[u8],
        ratchets: &[[u8; 32]],
        enforce_ratchets: bool,
    ) -> Result<Vec<u8>, TokenError> {
        let (ephemeral, token) = payload.split_first_chunk::<32>().ok_or(TokenError::TooShort)?;
        for ratchet in ratchets {
            match self.decrypt_token(&StaticSecret::from(*ratchet), ephemeral, token) {
                Err(TokenError::Forged) => {}
                outcome => return outcome,
            }
        }
        if enforce_ratchets {
            return Err(TokenError::Forged);
        }
        self.decrypt_token(&StaticSecret::from(half(&self.private, 0)), ephemeral, token)
    }

    /// Decrypts with one ratchet, given by its private key.
    pub(crate) fn decrypt_with(&self, ratchet: &[u8; 32], payload: &[u8]) -> Result<Vec<u8>, TokenError> {
        let (ephemeral, token) = payload.split_first_chunk::<32>().ok_or(TokenError::TooShort)?;
        self.decrypt_token(&StaticSecret::from(*ratchet), ephemeral, token)
    }

    fn decrypt_token(
        &self,
        own: &StaticSecret,
        ephemeral: &[u8; 32],
        token: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        let shared = agree(own, ephemeral).ok_or(TokenError::Forged)?;
        Token::new(&crypto::derive(&*shared, self.hash().as_bytes(), 64))?.decrypt(token)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({}, …)", self.hash())
    }
}

/// The X25519 public key of a private one, which need not be clamped.
pub fn exchange_key(private: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*private)).to_bytes()
}

/// X25519; `None` for a low-order peer key, whose shared secret anybody knows.
pub fn agree(own: &StaticSecret, peer: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let shared = own.diffie_hellman(&PublicKey::from(*peer));
    shared.was_contributory().then(|| Zeroizing::new(*shared.as_bytes()))
}

/// Is `signature` one of the Ed25519 key `key` over `message`?
pub fn verify(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

/// The 32 bytes from `start` on.
fn half(bytes: &[u8; 64], start: usize) -> [u8; 32] {
    let mut out = [0u8; 32];
    out.iter_mut().zip(bytes.iter().skip(start)).for_each(|(to, from)| *to = *from);
    out
}
