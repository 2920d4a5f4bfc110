//! Commands for destinations that are listened on, and the links that come in to them.
//! Not requests and Resources on those links.

use roost::rns::hash::DestinationHash;
use serde_json::{Value, json};

use super::owned::{Prove, resource_limit};
use super::{full_name, hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Params};

pub(super) const COMMANDS: Family = &[
    ("wire_listen", listen),
    ("wire_link_poll", link_poll),
    ("wire_listener_link_status", listener_link_status),
    ("wire_opportunistic_poll", opportunistic_poll),
    ("wire_set_proof_strategy", set_proof_strategy),
];

fn listen(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let name = full_name(params)?;
    let with_ratchets = or(params, "enable_ratchets", false)?;
    let limit = resource_limit(&or(params, "resource_strategy", "all".to_owned())?)?;
    let (prove, _) = read_strategy(&or(params, "proof_strategy", "none".to_owned())?)?;
    let List(further) = or(params, "buffer_stream_ids", List(Vec::new()))?;
    let streams = or(params, "open_channel", true)?.then(|| [vec![0], further].concat());
    node(bridge, params)?.attempt(move |world, now| {
        let destination = world.own(now, name, Vec::new(), with_ratchets);
        world.node.announce(now, destination)?;
        let owned = world.owned(destination)?;
        (owned.limit, owned.prove, owned.streams) = (limit, prove, streams);
        let identity = owned.spec.identity.public();
        Ok(json!({
            "destination_hash": destination.to_string(),
            "identity_hash": identity.hash().to_string(),
            "public_key": hex::encode(identity.as_bytes()),
        }))
    })
}

fn link_poll(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let packets = node(bridge, params)?.wait(patience(params, 5000)?, move |world, _| {
        world.owned.get_mut(&destination)?.link_packets.drain()
    })?;
    Ok(json!({"packets": hexed(packets)}))
}

fn opportunistic_poll(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let packets = node(bridge, params)?
        .wait(patience(params, 5000)?, move |world, _| world.owned.get_mut(&destination)?.packets.drain())?;
    Ok(json!({"packets": hexed(packets)}))
}

fn listener_link_status(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let found = node(bridge, params)?.wait(patience(params, 0)?, move |world, now| {
        let links = &world.owned.get(&destination)?.links;
        let (link, count) = (*links.last()?, links.len());
        let mut status = world.describe_link(now, link).ok()?;
        status.insert("found".to_owned(), true.into());
        status.insert("link_count".to_owned(), count.into());
        status.insert("link_id".to_owned(), link.to_string().into());
        Some(Value::Object(status))
    })?;
    Ok(found.unwrap_or_else(|| json!({"found": false, "link_count": 0})))
}

fn set_proof_strategy(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    let (prove, number) = read_strategy(&params.get::<String>("strategy")?)?;
    node(bridge, params)?.attempt(move |world, _| {
        world.owned(destination)?.prove = prove;
        Ok(json!({"proof_strategy": number}))
    })
}

/// Whether to prove, and the number of the strategy (`Destination.PROVE_NONE` and its siblings). An application that
/// is asked here says yes.
fn read_strategy(name: &str) -> Result<(Prove, u8), Failure> {
    match name {
        "none" => Ok((Prove::No, 0x21)),
        "app" => Ok((Prove::Yes, 0x22)),
        "all" => Ok((Prove::Yes, 0x23)),
        other => Err(Failure::new(format!("a proof strategy is all, app or none, not {other}"))),
    }
}

/// A destination of ours that the parameters name.
pub(super) fn known(bridge: &Bridge, params: &Params) -> Result<DestinationHash, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    node(bridge, params)?.attempt(move |world, _| world.owned(destination).map(|_| destination))
}

/// Byte strings for an answer; none if nothing came.
pub(super) fn hexed(items: Option<Vec<Vec<u8>>>) -> Vec<String> {
    items.unwrap_or_default().iter().map(hex::encode).collect()
}
