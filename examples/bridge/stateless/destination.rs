//! Names of destinations and their hashes.
//! Not destinations that a node serves; those are tier W.

use roost::rns::destination::{destination_hash, full_name, name_hash};
use roost::rns::hash::IdentityHash;
use serde_json::{Value, json};

use super::identity;
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Params};

pub(crate) const COMMANDS: Family = &[
    ("name_hash", hash_of_name),
    ("destination_hash", hash_of_parts),
    ("app_and_aspects_from_name", app_and_aspects),
    ("hash_from_name_and_identity", hash_of_full_name),
    ("destination_expand_name", expand),
];

/// The full name that `app_name` and `aspects` make.
pub(crate) fn name(params: &Params) -> Result<String, Failure> {
    let (app_name, List(aspects)): (String, List<String>) = (params.get("app_name")?, params.get("aspects")?);
    full_name(&app_name, &aspects).ok_or_else(|| Failure::new("a name's parts have no dots"))
}

fn identity_hash(params: &Params) -> Result<IdentityHash, Failure> {
    Ok(IdentityHash::from_bytes(params.get("identity_hash")?))
}

fn hash_of_name(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"hash": name_hash(&params.get::<String>("name")?)}))
}

fn hash_of_parts(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let hash = destination_hash(name_hash(&name(params)?), identity_hash(params)?);
    Ok(json!({"destination_hash": hash}))
}

fn hash_of_full_name(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let hash = destination_hash(name_hash(&params.get::<String>("full_name")?), identity_hash(params)?);
    Ok(json!({"destination_hash": hash}))
}

fn app_and_aspects(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let full_name: String = params.get("full_name")?;
    let mut parts = full_name.split('.');
    Ok(json!({"app_name": parts.next(), "aspects": parts.collect::<Vec<_>>()}))
}

fn expand(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let name = name(params)?;
    if params.optional::<Vec<u8>>("identity_private_key")?.is_none() {
        return Ok(json!({"name": name, "identity_hexhash": null}));
    }
    let hash = identity::private(params, "identity_private_key")?.hash();
    Ok(json!({"name": format!("{name}.{hash}"), "identity_hexhash": hash}))
}
