//! Ratchets: their names, and encryption with them.
//! Not their rotation, which a node's announces bring about.

use roost::rns::identity::exchange_key;
use roost::rns::ratchet::RatchetId;
use serde_json::{Value, json};

use super::identity;
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Params};

pub(crate) const COMMANDS: Family = &[
    ("ratchet_id", id),
    ("ratchet_public_from_private", public_from_private),
    ("ratchet_encrypt", encrypt),
    ("ratchet_decrypt", decrypt),
];

fn id(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"ratchet_id": RatchetId::of(&params.get("ratchet_public")?)}))
}

fn public_from_private(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"ratchet_public": hex::encode(exchange_key(&params.get("ratchet_private")?))}))
}

fn encrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let (ratchet, plaintext): ([u8; 32], Vec<u8>) = (params.get("ratchet_public")?, params.get("plaintext")?);
    let ciphertext = identity::public(params)?
        .encrypt(&plaintext, Some(&ratchet), &mut bridge.random)
        .ok_or_else(|| Failure::new("the ratchet is of low order"))?;
    Ok(json!({"ciphertext": hex::encode(ciphertext)}))
}

fn decrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let identity = identity::private(params, "private_key")?;
    let ciphertext: Vec<u8> = params.get("ciphertext")?;
    let ratchets: Vec<[u8; 32]> = match params.optional("ratchet_privates")? {
        Some(List(ratchets)) => ratchets,
        None => params.optional("ratchet_private")?.into_iter().collect(),
    };
    // One at a time, since the answer names the one that fits.
    for ratchet in ratchets {
        if let Ok(plaintext) = identity.decrypt(&ciphertext, &[ratchet], true) {
            let id = RatchetId::of(&exchange_key(&ratchet));
            return Ok(json!({"plaintext": hex::encode(plaintext), "latest_ratchet_id": id}));
        }
    }
    let enforce = params.optional("enforce_ratchets")?.unwrap_or(false);
    let plaintext = identity.decrypt(&ciphertext, &[], enforce);
    Ok(json!({"plaintext": plaintext.ok().map(hex::encode), "latest_ratchet_id": null}))
}
