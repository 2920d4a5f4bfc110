//! HKDF-SHA-256 with an empty info string, as Reticulum uses it everywhere.

use ::hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Derives `length` bytes from `ikm`; an empty `salt` counts as 32 zero bytes.
///
/// The expansion is written out because the block counter wraps after 255 blocks on a Reticulum network,
/// where RFC 5869 (and the `hkdf` crate) stop: access codes mask frames longer than that.
pub fn derive(ikm: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let (pseudorandom_key, _) = Hkdf::<Sha256>::extract(Some(salt), ikm);
    let mut out = Vec::with_capacity(length.saturating_add(32));
    let Ok(keyed) = Hmac::<Sha256>::new_from_slice(&pseudorandom_key) else { return out };
    let mut mac = keyed.clone();
    let mut counter = 0u8;
    while out.len() < length {
        counter = counter.wrapping_add(1);
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
