//! Commands about GROUP destinations: their keys, and what is encrypted with them.
//! Not the packets to them; those are the node's.

use roost::rns::broadcast::{GroupKey, GroupSpec};
use roost::rns::identity::Identity;
use serde_json::{Value, json};

use super::{full_name, hash, node};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family =
    &[("wire_group_create", create), ("wire_group_encrypt", encrypt), ("wire_group_decrypt", decrypt)];

fn create(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let full_name = full_name(params)?;
    let given: Option<Vec<u8>> = params.optional("key")?;
    node(bridge, params)?.attempt(move |world, _| {
        let key = match given {
            Some(bytes) => GroupKey::from_bytes(&bytes)?,
            None => GroupKey::generate(&mut world.random),
        };
        // Nobody needs its keys; it only makes the address.
        let identity = Identity::generate(&mut world.random).hash();
        let shown = hex::encode(key.as_bytes());
        let kept = GroupKey::from_bytes(key.as_bytes())?;
        let destination = world.node.register_group(GroupSpec { identity, full_name, key });
        world.groups.insert(destination, kept);
        Ok(json!({"destination_hash": destination, "key": shown}))
    })
}

fn unknown() -> Failure {
    Failure::new("unknown destination")
}

fn encrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let (destination, plaintext) = (hash(params, "destination_hash")?, params.get::<Vec<u8>>("plaintext")?);
    node(bridge, params)?.attempt(move |world, _| {
        let key = world.groups.get(&destination).ok_or_else(unknown)?;
        Ok(json!({"ciphertext": hex::encode(key.encrypt(&plaintext, &mut world.random))}))
    })
}

fn decrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let (destination, ciphertext) = (hash(params, "destination_hash")?, params.get::<Vec<u8>>("ciphertext")?);
    node(bridge, params)?.attempt(move |world, _| {
        let key = world.groups.get(&destination).ok_or_else(unknown)?;
        let plaintext = key.decrypt(&ciphertext).ok();
        Ok(json!({"decrypted": plaintext.is_some(), "plaintext": plaintext.map(hex::encode)}))
    })
}
