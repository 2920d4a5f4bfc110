//! Commands for Resources: sending, cancelling, and asking how they stand on either side.
//! Not those that carry requests and answers.

use roost::rns::hash::{LinkId, ResourceHash};
use roost::rns::msgpack;
use roost::rns::node::Compression;
use roost::rns::resource::{File, Packing};
use serde_json::{Value, json};

use super::listen::{hexed, known};
use super::outgoing::{COMPLETE, CORRUPT, FAILED, Sending, number};
use super::owned::{End, Incoming};
use super::requests::unpacked;
use super::{hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;
use crate::running::World as _;

pub(super) const COMMANDS: Family = &[
    ("wire_resource_send", send),
    ("wire_resource_poll", poll),
    ("wire_resource_receiver_status", receiver_status),
    ("wire_resource_cancel", cancel),
    ("wire_resource_create", create),
];

/// The names of the states, each at its number.
const STATES: [&str; 10] = [
    "NONE",
    "QUEUED",
    "ADVERTISED",
    "TRANSFERRING",
    "AWAITING_PROOF",
    "ASSEMBLING",
    "COMPLETE",
    "FAILED",
    "CORRUPT",
    "REJECTED",
];

fn send(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let data: Vec<u8> = params.get("data")?;
    let metadata: Option<Vec<u8>> = params.optional("metadata")?;
    let has_metadata = metadata.is_some();
    let running = node(bridge, params)?;
    let resource = running.attempt(move |world, now| {
        let resource = match metadata.map(|metadata| msgpack::encode(&rmpv::Value::Binary(metadata))) {
            Some(metadata) => {
                world.node.send_file(now, link, File { data, metadata }, Compression::Allowed)?
            }
            None => world.node.send_resource(now, link, data, Compression::Allowed)?,
        };
        world.outgoing.insert(resource, Sending { link, cancelled: false, end: None, seen: None });
        world.sending(resource);
        Ok(resource)
    })?;
    let wait = or(params, "wait", true)?;
    if wait {
        // Its counters are those from when anything last moved.
        running.wait(patience(params, 30_000)?, move |world, _| world.sending(resource)?.end)?;
    }
    running.attempt(move |world, _| {
        let sending = world.sending(resource).ok_or_else(|| Failure::new("the Resource is gone"))?;
        let mut answer = describe(sending, resource, has_metadata);
        if !wait {
            answer["started"] = true.into();
        }
        Ok(answer)
    })
}

fn describe(sending: &Sending, resource: ResourceHash, has_metadata: bool) -> Value {
    let seen = sending.seen.as_ref();
    json!({
        "success": sending.end == Some(COMPLETE),
        "status": sending.status(),
        "resource_id": resource.to_string(),
        "total_segments": seen.map(|seen| seen.segments),
        "has_metadata": has_metadata,
        "timed_out": sending.end.is_none(),
        "size": seen.map(|seen| seen.transfer_size),
        "hash": seen.map(|seen| seen.segment_hash.to_string()),
        "original_hash": resource.to_string(),
        "parts": seen.map(|seen| seen.parts),
        "compressed": seen.map(|seen| seen.compressed),
        "split": seen.map(|seen| seen.segments > 1),
        "segment_index": seen.map(|seen| seen.segment),
    })
}

fn poll(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let resources = node(bridge, params)?.wait(patience(params, 5000)?, move |world, _| {
        world.owned.get_mut(&destination)?.resources.drain()
    })?;
    Ok(json!({"resources": hexed(resources)}))
}

fn receiver_status(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let running = node(bridge, params)?;
    running.wait(patience(params, 0)?, move |world, _| {
        world.owned.get(&destination)?.incoming.last()?.end.is_some().then_some(())
    })?;
    running.attempt(move |world, _| {
        let incoming = &world.owned(destination)?.incoming;
        Ok(match incoming.last() {
            None => json!({"found": false, "resource_count": 0}),
            Some(newest) => describe_incoming(newest, incoming.len()),
        })
    })
}

fn describe_incoming(incoming: &Incoming, count: usize) -> Value {
    let seen = incoming.seen.as_ref();
    let (status, arrived) = match &incoming.end {
        None => (seen.map_or(0, |seen| number(seen.state)), None),
        Some(End::Corrupt) => (CORRUPT, None),
        Some(End::Failed) => (FAILED, None),
        Some(End::Arrived(data, metadata)) => (COMPLETE, Some((data, metadata))),
    };
    let metadata = arrived.and_then(|(_, metadata)| metadata.as_ref());
    json!({
        "found": true,
        "resource_count": count,
        "status": status,
        "status_name": STATES[status],
        "corrupt": status == CORRUPT,
        "has_metadata": metadata.is_some() || seen.is_some_and(|seen| seen.has_metadata),
        "metadata": metadata.and_then(|packed| unpacked(packed)),
        "data": arrived.map(|(data, _)| hex::encode(data)),
        "hmu_requests_sent": seen.map_or(0, |seen| seen.map_requests),
        "hashmap_updates_received": seen.map_or(0, |seen| seen.map_updates),
        "hashmap_height": seen.map_or(0, |seen| seen.map_height),
    })
}

fn cancel(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let resource = ResourceHash::from_bytes(params.get("resource_id")?);
    node(bridge, params)?.attempt(move |world, now| {
        let sending = world.sending(resource).ok_or_else(|| Failure::new("unknown Resource"))?;
        let link = sending.link;
        if sending.end.is_none() {
            sending.cancelled = true;
            world.node.cancel_resource(now, link, resource)?;
            world.settle(now);
        }
        let status = world.sending(resource).map(|sending| sending.status());
        Ok(json!({"cancelled": true, "status": status}))
    })
}

fn create(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let data: Vec<u8> = params.get("data")?;
    let metadata: Option<Vec<u8>> = params.optional("metadata")?;
    let compression =
        if or(params, "auto_compress", true)? { Compression::Allowed } else { Compression::Off };
    let packing = Packing { compression, sdu: params.optional("force_sdu")? };
    let plan = node(bridge, params)?.attempt(move |world, now| {
        let metadata = metadata.map(|metadata| msgpack::encode(&rmpv::Value::Binary(metadata)));
        Ok(world.node.plan_resource(now, link, data, metadata, packing)?)
    })?;
    let mut answer = json!({
        "hash": plan.hash.to_string(),
        "truncated_hash": hex::encode(&plan.hash.as_bytes()[..16]),
        "random_hash": hex::encode(plan.random_hash),
        "expected_proof": hex::encode(plan.proof),
        "hashmap": hex::encode(&plan.hashmap),
        "num_parts": plan.parts.len(),
        "encrypted": plan.flags & 1 != 0,
        "compressed": plan.compressed,
        "split": plan.segments > 1,
        "total_segments": plan.segments,
        "segment_index": 1,
        "original_hash": plan.hash.to_string(),
        "has_metadata": plan.has_metadata,
        "flags": plan.flags,
        "size": plan.transfer_size,
        "total_size": plan.size,
        "sdu": plan.sdu,
    });
    if or(params, "include_parts", false)? {
        answer["parts"] = plan.parts.iter().map(hex::encode).collect();
    }
    Ok(answer)
}
