//! The primitives that Reticulum combines: key derivation and the symmetric token.
//! Not identities or packets; those decide which key and which salt.

mod hkdf;
mod token;

pub use hkdf::{derive, derive_for};
pub use token::{Token, TokenError};
