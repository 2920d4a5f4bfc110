//! The primitives that Reticulum combines: key derivation, the symmetric token, signatures in batches.
//! Not identities or packets; those decide which key and which salt.

mod hkdf;
mod signatures;
mod token;

pub use hkdf::{derive, derive_for};
pub(crate) use signatures::{SignatureCheck, check_all};
pub use token::{Token, TokenError};
