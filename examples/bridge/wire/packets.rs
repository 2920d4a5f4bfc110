//! Commands that send single packets, and ask what became of them.
//! Not their delivery at the other end, which is asked of the listener.

use std::time::Duration;

use roost::rns::hash::{DestinationHash, LinkId, PacketHash};
use roost::rns::packet::{Packet, PacketType};
use serde_json::{Value, json};

use super::world::{Damage, Receipt, World};
use super::{check_name, full_name, hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;
use crate::running::{Running, World as _};

pub(super) const COMMANDS: Family = &[
    ("wire_send_packet", send_packet),
    ("wire_packet_receipt_status", receipt_status),
    ("wire_send_packet_with_proof_request", send_packet_with_proof_request),
    ("wire_set_proof_implicit", set_proof_implicit),
    ("wire_send_link_data", send_link_data),
    ("wire_send_opportunistic", send_opportunistic),
    ("wire_send_undecryptable", send_undecryptable),
];

/// `PacketReceipt.IMPL_LENGTH` and `EXPL_LENGTH` in bytes.
const IMPLICIT: usize = 64;
const EXPLICIT: usize = 96;

/// A packet that left.
struct Sent {
    packet: PacketHash,
    hops: Option<u8>,
}

fn send(running: &Running<World>, params: &Params, damage: Option<Damage>) -> Result<Sent, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    let name = full_name(params)?;
    let data: Vec<u8> = params.get("data")?;
    running.attempt(move |world, now| {
        let known = world.node.recall(destination);
        let known = known.ok_or_else(|| Failure::new("no identity is known for this destination"))?;
        check_name(&name, &known.identity, destination)?;
        let packet = world.node.send_packet(now, destination, &data)?;
        world.receipts.insert(packet, Receipt::Sent);
        world.damage = damage;
        world.settle(now);
        world.damage = None;
        Ok(Sent { packet, hops: world.node.hops_to(destination) })
    })
}

/// What became of a packet; as it stands when the time is over.
fn await_receipt(
    running: &Running<World>,
    packet: PacketHash,
    patience: Duration,
) -> Result<Receipt, Failure> {
    let concluded = running.wait(patience, move |world, _| {
        world.receipts.get(&packet).copied().filter(|receipt| *receipt != Receipt::Sent)
    })?;
    Ok(concluded.unwrap_or(Receipt::Sent))
}

fn send_packet(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let sent = send(node(bridge, params)?, params, None)?;
    let receipt = or(params, "create_receipt", true)?.then(|| sent.packet.to_string());
    Ok(json!({"sent": true, "receipt_id": receipt, "hops": sent.hops}))
}

fn receipt_status(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let running = node(bridge, params)?;
    let packet = PacketHash::from_bytes(params.get("receipt_id")?);
    running.attempt(move |world, _| match world.receipts.contains_key(&packet) {
        true => Ok(()),
        false => Err(Failure::new("unknown receipt")),
    })?;
    let receipt = await_receipt(running, packet, patience(params, 0)?)?;
    let (status, name) = match receipt {
        Receipt::Failed => (0, "FAILED"),
        Receipt::Sent => (1, "SENT"),
        Receipt::Delivered => (2, "DELIVERED"),
    };
    let delivered = receipt == Receipt::Delivered;
    Ok(json!({"delivered": delivered, "proved": delivered, "status": status, "status_name": name}))
}

fn send_packet_with_proof_request(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let running = node(bridge, params)?;
    let Sent { packet, hops } = send(running, params, None)?;
    let delivered = await_receipt(running, packet, patience(params, 10_000)?)? == Receipt::Delivered;
    let (proof, implicit) = running.call(move |world, _| {
        let is_proof = |heard: &Packet<'_>| {
            heard.packet_type == PacketType::Proof && heard.address == packet.truncated()
        };
        let proof = world.tap.last(is_proof).filter(|_| delivered);
        (proof, world.implicit_proofs)
    })?;
    let data = proof.as_deref().and_then(|raw| Packet::parse(raw).ok().map(|packet| packet.payload.to_vec()));
    let length = data.as_ref().map(Vec::len);
    Ok(json!({
        "sent": true,
        "receipt_id": packet.to_string(),
        "hops": hops,
        "delivered": delivered,
        "proved": delivered,
        "implicit_proof_config": implicit,
        "proof_data": data.map(hex::encode),
        "proof_len": length,
        "proof_is_implicit": length == Some(IMPLICIT),
        "proof_is_explicit": length == Some(EXPLICIT),
        "impl_length": IMPLICIT,
        "expl_length": EXPLICIT,
        "proof_raw": proof.map(hex::encode),
        "proved_packet_hash": packet.to_string(),
    }))
}

fn set_proof_implicit(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let enabled = params.get("enabled")?;
    node(bridge, params)?.call(move |world, _| {
        world.set_implicit_proofs(enabled);
        json!({"implicit_proof": world.implicit_proofs})
    })
}

fn send_link_data(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let data: Vec<u8> = params.get("data")?;
    let wants_receipt = or(params, "create_receipt", true)?;
    node(bridge, params)?.attempt(move |world, now| {
        let packet = world.node.send_link_packet(now, link, &data)?;
        world.receipts.insert(packet, Receipt::Sent);
        Ok(json!({"sent": true, "receipt_id": wants_receipt.then(|| packet.to_string())}))
    })
}

fn send_opportunistic(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let running = node(bridge, params)?;
    let Ok(sent) = send(running, params, None) else {
        return Ok(json!({"sent": false, "delivered": false, "status": "send_failed"}));
    };
    let delivered = await_receipt(running, sent.packet, patience(params, 5000)?)? == Receipt::Delivered;
    let status = if delivered { "delivered" } else { "timeout" };
    Ok(json!({"sent": true, "delivered": delivered, "status": status}))
}

fn send_undecryptable(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let damage = match params.get::<String>("corruption")?.as_str() {
        "ciphertext" => Damage::LastByte,
        "truncate" => Damage::Cut,
        other => return Err(Failure::new(format!("corruption is ciphertext or truncate, not {other}"))),
    };
    let running = node(bridge, params)?;
    let sent = send(running, params, Some(damage))?;
    let delivered = await_receipt(running, sent.packet, patience(params, 2000)?)? == Receipt::Delivered;
    Ok(json!({"sent": true, "receipt_id": sent.packet.to_string(), "delivered": delivered}))
}
