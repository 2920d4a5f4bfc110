//! Identities: hashes, signatures, encryption, and their files.
//! Not the destinations under them.

use roost::daemon::data_dir::{read_identity, write_identity};
use roost::rns::identity::{Identity, PublicIdentity};
use serde_json::{Value, json};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(crate) const COMMANDS: Family = &[
    ("identity_from_private_key", from_private_key),
    ("identity_hash", hash),
    ("identity_sign", sign),
    ("identity_verify", verify),
    ("identity_encrypt", encrypt),
    ("identity_decrypt", decrypt),
    ("identity_to_file", to_file),
    ("identity_from_file", from_file),
    ("identity_random_hash", random_hash),
];

/// The identity whose 64 private bytes a parameter holds.
pub(crate) fn private(params: &Params, name: &str) -> Result<Identity, Failure> {
    Ok(Identity::from_private_bytes(&params.get(name)?))
}

/// The identity whose 64 public bytes a parameter holds.
pub(crate) fn public(params: &Params) -> Result<PublicIdentity, Failure> {
    Ok(PublicIdentity::from_bytes(params.get("public_key")?))
}

fn from_private_key(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(describe(private(params, "private_key")?.public()))
}

fn describe(identity: &PublicIdentity) -> Value {
    json!({
        "public_key": hex::encode(identity.as_bytes()),
        "hash": identity.hash(),
        "hexhash": identity.hash(),
    })
}

fn hash(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    Ok(json!({"hash": public(params)?.hash()}))
}

fn sign(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let signature = private(params, "private_key")?.sign(&params.get::<Vec<u8>>("message")?);
    Ok(json!({"signature": hex::encode(signature)}))
}

fn verify(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let key: Vec<u8> = params.get("public_key")?;
    let (message, signature): (Vec<u8>, Vec<u8>) = (params.get("message")?, params.get("signature")?);
    let identity = PublicIdentity::from_slice(&key);
    Ok(json!({"valid": identity.is_some_and(|identity| identity.verify(&message, &signature))}))
}

fn encrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let ciphertext = public(params)?
        .encrypt(&params.get::<Vec<u8>>("plaintext")?, None, &mut bridge.random)
        .ok_or_else(|| Failure::new("the key is of low order"))?;
    Ok(json!({"ciphertext": hex::encode(ciphertext)}))
}

fn decrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let ciphertext: Vec<u8> = params.get("ciphertext")?;
    let plaintext = private(params, "private_key")?.decrypt(&ciphertext, &[], false);
    Ok(json!({"plaintext": plaintext.ok().map(hex::encode)}))
}

fn to_file(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let (_, path) = tempfile::Builder::new().prefix("roost-identity-").tempfile()?.keep()?;
    write_identity(&path, &private(params, "private_key")?)?;
    Ok(json!({"path": path}))
}

fn from_file(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut answer = match read_identity(params.get::<String>("path")?.as_ref()) {
        Ok(identity) => describe(identity.public()),
        Err(_) => return Ok(json!({"found": false})),
    };
    answer["found"] = true.into();
    Ok(answer)
}

fn random_hash(bridge: &mut Bridge, _: &Params) -> Result<Value, Failure> {
    Ok(json!({"random_hash": hex::encode(bridge.random.bytes::<16>())}))
}
