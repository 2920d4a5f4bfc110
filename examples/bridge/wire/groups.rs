//! Commands for GROUP destinations: their keys, and what is encrypted with them.
//! Not packets to them; the contract has no command for those.

use std::collections::BTreeMap;

use roost::rns::broadcast::{GroupKey, GroupSpec};
use roost::rns::hash::DestinationHash;
use roost::rns::identity::Identity;
use serde_json::{Value, json};

use super::world::World;
use super::{full_name, hash, node};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family = &[
    ("wire_group_create", create),
    ("wire_group_encrypt", encrypt),
    ("wire_group_decrypt", decrypt),
];

/// The keys of the GROUP destinations that the node takes part in.
pub(super) type Groups = BTreeMap<DestinationHash, GroupKey>;

fn create(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let full_name = full_name(params)?;
    let key = match params.optional::<Vec<u8>>("key")? {
        Some(bytes) => GroupKey::from_bytes(&bytes)?,
        None => GroupKey::generate(&mut bridge.random),
    };
    // Nobody has to hold the keys of the identity that its address is made with.
    let identity = Identity::generate(&mut bridge.random).hash();
    node(bridge, params)?.attempt(move |world, _| {
        let bytes = key.as_bytes().to_vec();
        let spec = GroupSpec { identity, full_name, key: GroupKey::from_bytes(&bytes)? };
        let destination = world.node.register_group(spec);
        world.groups.insert(destination, key);
        Ok(json!({"destination_hash": destination.to_string(), "key": hex::encode(bytes)}))
    })
}

fn encrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = hash(params, "destination_hash")?;
    let plaintext: Vec<u8> = params.get("plaintext")?;
    node(bridge, params)?.attempt(move |world, _| {
        let World { groups, random, .. } = world;
        let key = groups.get(&destination).ok_or_else(|| Failure::new("unknown destination"))?;
        Ok(json!({"ciphertext": hex::encode(key.encrypt(&plaintext, random))}))
    })
}

fn decrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    let ciphertext: Vec<u8> = params.get("ciphertext")?;
    node(bridge, params)?.attempt(move |world, _| {
        let key = world.groups.get(&destination).ok_or_else(|| Failure::new("unknown destination"))?;
        let plaintext = key.decrypt(&ciphertext).ok();
        Ok(json!({"decrypted": plaintext.is_some(), "plaintext": plaintext.map(hex::encode)}))
    })
}
