//! Digests and key derivation.
//! SHA-512 and HMAC alone are nothing that the library offers: they come from the crates that it builds on.

use hmac::{Hmac, KeyInit, Mac};
use roost::rns::crypto;
use roost::rns::hash::{Address, sha256, truncated_sha256};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

/// More than any mask or key; a harness that asks for more has made a mistake.
const MAX_DERIVED: usize = 16 << 20;

pub(crate) const COMMANDS: Family = &[
    ("sha256", hash_sha256),
    ("sha512", hash_sha512),
    ("truncated_hash", truncated_hash),
    ("hmac_sha256", hmac_sha256),
    ("hkdf", hkdf),
];

fn hash_sha256(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"hash": hex::encode(sha256(&[&params.get::<Vec<u8>>("data")?]))}))
}

fn hash_sha512(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"hash": hex::encode(Sha512::digest(params.get::<Vec<u8>>("data")?))}))
}

fn truncated_hash(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let data: Vec<u8> = params.get("data")?;
    let truncated = truncated_sha256::<{ Address::LEN }>(&[&data]);
    Ok(json!({"hash": hex::encode(truncated), "full_hash": hex::encode(sha256(&[&data]))}))
}

fn hmac_sha256(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&params.get::<Vec<u8>>("key")?)?;
    mac.update(&params.get::<Vec<u8>>("message")?);
    Ok(json!({"hmac": hex::encode(mac.finalize().into_bytes())}))
}

fn hkdf(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let ikm: Vec<u8> = params.get("ikm")?;
    let salt: Vec<u8> = params.optional("salt")?.unwrap_or_default();
    let info: Vec<u8> = params.optional("info")?.unwrap_or_default();
    let length: usize = params.get("length")?;
    if !(1..=MAX_DERIVED).contains(&length) {
        return Err(Failure::new(format!("length must be from 1 to {MAX_DERIVED}")));
    }
    Ok(json!({"derived_key": hex::encode(crypto::derive_for(&ikm, &salt, &info, length))}))
}
