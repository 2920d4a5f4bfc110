//! HKDF-SHA-256, as Reticulum uses it: for outputs of any length, with an empty info string everywhere.
//! Not what keys are derived from and for; that is the business of identities, links and access codes.

use ::hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Derives `length` bytes from `ikm`; an empty `salt` counts as 32 zero bytes.
pub fn derive(ikm: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    derive_for(ikm, salt, &[], length)
}

/// As [`derive`], with an info string that says what the bytes are for.
///
/// The expansion is written out because the block counter wraps after 255 blocks on a Reticulum network,
/// where RFC 5869 (and the `hkdf` crate) stop: access codes mask frames longer than that.
pub fn derive_for(ikm: &[u8], salt: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let (pseudorandom_key, _) = Hkdf::<Sha256>::extract(Some(salt), ikm);
    let mut out = Vec::with_capacity(length.saturating_add(32));
    let Ok(keyed) = Hmac::<Sha256>::new_from_slice(&pseudorandom_key) else { return out };
    let mut mac = keyed.clone();
    let mut counter = 0u8;
    while out.len() < length {
        counter = counter.wrapping_add(1);
        mac.update(info);
        mac.update(&[counter]);
        let block = mac.finalize().into_bytes();
        out.extend_from_slice(&block);
        // The keyed state is used again: a mask of a large frame has hundreds of blocks.
        mac = keyed.clone();
        mac.update(&block);
    }
    out.truncate(length);
    out
}
