//! Commands about the access code of the node's interface.
//! Not its use, which is the node's business with every frame.

use roost::rns::ifac::{AccessCode, CodeSize};
use serde_json::{Value, json};

use super::node;
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family = &[("wire_ifac_compute", compute), ("wire_ifac_signature", signature)];

fn access(bridge: &Bridge, params: &Params) -> Result<AccessCode, Failure> {
    node(bridge, params)?.attempt(|world, _| {
        world.access.clone().ok_or_else(|| Failure::new("the interface has no access code"))
    })
}

fn compute(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let access = access(bridge, params)?;
    let packet: Vec<u8> = params.get("packet_data")?;
    let signature = access.sign(&packet);
    Ok(json!({
        "ifac_key": hex::encode(access.key()),
        "ifac_size": access.size(),
        "signature": hex::encode(signature),
        "ifac": hex::encode(&signature[signature.len() - access.size()..]),
    }))
}

fn signature(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let access = access(bridge, params)?;
    Ok(json!({
        "ifac_signature": hex::encode(access.fingerprint()),
        "ifac_key": hex::encode(access.key()),
        "ifac_size": access.size(),
        "default_ifac_size": CodeSize::IP.bytes(),
    }))
}
