//! X25519 and Ed25519, each for itself.
//! Not identities, which hold a key of both.

use roost::rns::identity::{Identity, PublicIdentity, agree, exchange_key, verify};
use serde_json::{Value, json};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(crate) const COMMANDS: Family = &[
    ("x25519_generate", x25519_generate),
    ("x25519_public_from_private", x25519_public_from_private),
    ("x25519_exchange", x25519_exchange),
    ("ed25519_generate", ed25519_generate),
    ("ed25519_sign", ed25519_sign),
    ("ed25519_verify", ed25519_verify),
];

fn x25519_generate(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let seed = params.get("seed")?;
    Ok(json!({"private_key": hex::encode(seed), "public_key": hex::encode(exchange_key(&seed))}))
}

fn x25519_public_from_private(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"public_key": hex::encode(exchange_key(&params.get("private_key")?))}))
}

fn x25519_exchange(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let own: [u8; 32] = params.get("private_key")?;
    let shared = agree(&own.into(), &params.get("peer_public_key")?)
        .ok_or_else(|| Failure::new("the peer's key is of low order"))?;
    Ok(json!({"shared_secret": hex::encode(*shared)}))
}

/// An identity that signs with this seed; its other key plays no part.
fn signer(seed: [u8; 32]) -> Identity {
    let mut private = [0; 64];
    private[32..].copy_from_slice(&seed);
    Identity::from_private_bytes(&private)
}

fn ed25519_generate(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let seed = params.get("seed")?;
    let public = signer(seed).public().ed25519();
    Ok(json!({"private_key": hex::encode(seed), "public_key": hex::encode(public)}))
}

fn ed25519_sign(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let signature: [u8; PublicIdentity::SIGNATURE_LEN] =
        signer(params.get("private_key")?).sign(&params.get::<Vec<u8>>("message")?);
    Ok(json!({"signature": hex::encode(signature)}))
}

fn ed25519_verify(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let key: Vec<u8> = params.get("public_key")?;
    let (message, signature): (Vec<u8>, Vec<u8>) = (params.get("message")?, params.get("signature")?);
    let valid = <[u8; 32]>::try_from(key).is_ok_and(|key| verify(&key, &message, &signature));
    Ok(json!({"valid": valid}))
}
