//! Announces: built without a node, and checked.
//! Not what a node learns from them.

use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::destination::name_hash;
use roost::rns::hash::DestinationHash;
use roost::rns::identity::PublicIdentity;
use roost::rns::packet::{Packet, PacketType};
use roost::rns::ratchet::Ratchet;
use serde_json::{Value, json};

use super::{destination, identity};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(crate) const COMMANDS: Family = &[("announce_build", build), ("announce_validate", validate)];

fn build(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let identity = identity::private(params, "private_key")?;
    let name = name_hash(&destination::name(params)?);
    let app_data: Vec<u8> = params.optional("app_data")?.unwrap_or_default();
    let now = bridge.clock.now().unix;
    let emission = params.optional("emission_ts")?.unwrap_or_else(|| now.as_secs());
    let blob = RandomBlob::draw(emission, &mut bridge.random);
    let ratchet = params
        .optional("enable_ratchets")?
        .unwrap_or(false)
        .then(|| Ratchet::draw(now, &mut bridge.random).public());
    let raw = Announce::sign(&identity, name, blob, ratchet.as_ref(), &app_data, AnnounceKind::Live)?;
    let packet = Packet::parse(&raw)?;
    let announce = Announce::validate(&packet)?;
    let behind_signature = packet.payload.len() - app_data.len();
    let signature = &packet.payload[behind_signature - PublicIdentity::SIGNATURE_LEN..behind_signature];
    Ok(json!({
        "raw": hex::encode(&raw),
        "destination_hash": announce.destination,
        "announce_data": hex::encode(packet.payload),
        "public_key": hex::encode(announce.identity.as_bytes()),
        "name_hash": announce.name_hash,
        "random_hash": hex::encode(announce.random_blob.as_bytes()),
        "ratchet": announce.ratchet.map_or_else(String::new, hex::encode),
        "signature": hex::encode(signature),
        "app_data": hex::encode(announce.app_data.unwrap_or_default()),
        "has_ratchet": announce.ratchet.is_some(),
    }))
}

fn validate(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let raw: Vec<u8> = params.get("raw")?;
    let Ok(packet) = Packet::parse(&raw) else { return Ok(json!({"valid": false})) };
    let destination_hash = DestinationHash::from(packet.address);
    if packet.packet_type != PacketType::Announce {
        return Ok(json!({"valid": false, "destination_hash": destination_hash}));
    }
    let announce = Announce::validate(&packet);
    let mut answer = json!({
        "valid": announce.is_ok(),
        "destination_hash": destination_hash,
        "has_ratchet": packet.context_flag,
    });
    if let Ok(Announce { ratchet: Some(ratchet), .. }) = announce {
        answer["ratchet"] = hex::encode(ratchet).into();
    }
    Ok(answer)
}
