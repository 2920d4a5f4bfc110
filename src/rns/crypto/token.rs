//! The symmetric token: AES-CBC and an HMAC over it (Fernet without version and time).
//! Which key it is made with is the caller's business: identity, group or link.

use aes::{Aes128, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::rns::random::Random;

/// Why a token could not be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// A key is neither 32 nor 64 bytes long.
    #[error("a token key has 32 or 64 bytes")]
    KeyLength,
    /// No room for an IV and an HMAC.
    #[error("token too short")]
    TooShort,
    /// The HMAC does not belong to this key and these bytes.
    #[error("token not made with this key")]
    Forged,
    /// The HMAC is right, the padding is not: the sender is broken.
    #[error("token padding is wrong")]
    Padding,
}

/// A key for tokens: half for the HMAC, half for AES.
pub struct Token {
    key: Zeroizing<Vec<u8>>,
}

impl Token {
    /// Bytes that a token adds to the padded plaintext: IV and HMAC (`Token.TOKEN_OVERHEAD`).
    pub const OVERHEAD: usize = 48;
    /// Bytes of a block; plaintexts are padded to whole ones (`Token` uses AES in CBC mode with PKCS #7).
    pub const BLOCK: usize = 16;
    const IV: usize = 16;
    const HMAC: usize = 32;

    /// A key of 64 bytes (AES-256) or, from before RNS 1.0, of 32 (AES-128).
    pub fn new(key: &[u8]) -> Result<Self, TokenError> {
        match key.len() {
            32 | 64 => Ok(Self { key: Zeroizing::new(key.to_vec()) }),
            _ => Err(TokenError::KeyLength),
        }
    }

    /// A new key of 64 bytes.
    pub fn generate(random: &mut Random) -> Self {
        Self { key: Zeroizing::new(random.bytes::<64>().to_vec()) }
    }

    /// The key, for those who are to have it.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// IV ‖ ciphertext ‖ HMAC. The IV must never be used twice with one key.
    pub fn encrypt(&self, plaintext: &[u8], iv: [u8; 16]) -> Vec<u8> {
        let (_, cipher_key) = self.halves();
        let ciphertext = if cipher_key.len() == 32 {
            cbc::Encryptor::<Aes256>::new_from_slices(cipher_key, &iv)
                .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(plaintext))
        } else {
            cbc::Encryptor::<Aes128>::new_from_slices(cipher_key, &iv)
                .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(plaintext))
        }
        .unwrap_or_default();
        let mut out = Vec::with_capacity(ciphertext.len().saturating_add(Self::OVERHEAD));
        out.extend_from_slice(&iv);
        out.extend_from_slice(&ciphertext);
        let mac = self.mac(&out).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
        out.extend_from_slice(&mac);
        out
    }

    /// The plaintext, if [`Self::authenticate`] finds nothing wrong.
    pub fn decrypt(&self, token: &[u8]) -> Result<Vec<u8>, TokenError> {
        let body = self.authenticate(token)?;
        let (iv, ciphertext) = body.split_at_checked(Self::IV).ok_or(TokenError::TooShort)?;
        let (_, cipher_key) = self.halves();
        if cipher_key.len() == 32 {
            cbc::Decryptor::<Aes256>::new_from_slices(cipher_key, iv)
                .map_err(|_| TokenError::KeyLength)?
                .decrypt_padded_vec::<Pkcs7>(ciphertext)
        } else {
            cbc::Decryptor::<Aes128>::new_from_slices(cipher_key, iv)
                .map_err(|_| TokenError::KeyLength)?
                .decrypt_padded_vec::<Pkcs7>(ciphertext)
        }
        .map_err(|_| TokenError::Padding)
    }

    /// What the HMAC covers, IV ‖ ciphertext, if the HMAC (compared in constant time) is right.
    pub fn authenticate<'a>(&self, token: &'a [u8]) -> Result<&'a [u8], TokenError> {
        let length = token.len().checked_sub(Self::HMAC).filter(|length| *length > 0);
        let (body, mac) =
            length.and_then(|length| token.split_at_checked(length)).ok_or(TokenError::TooShort)?;
        self.mac(body)?.verify_slice(mac).map_err(|_| TokenError::Forged)?;
        Ok(body)
    }

    fn halves(&self) -> (&[u8], &[u8]) {
        let middle = self.key.len() >> 1;
        self.key.split_at_checked(middle).unwrap_or((&[], &[]))
    }

    fn mac(&self, body: &[u8]) -> Result<Hmac<Sha256>, TokenError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.halves().0).map_err(|_| TokenError::KeyLength)?;
        mac.update(body);
        Ok(mac)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
