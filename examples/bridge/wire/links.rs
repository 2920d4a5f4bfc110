//! Commands for links that we open.
//! Not what is requested and transferred on them.

use std::time::Duration;

use roost::rns::hash::{DestinationHash, LinkId};
use roost::rns::identity::Identity;
use serde_json::{Value, json};

use super::line::{ACTIVE, CLOSED, Line, STATES};
use super::{check_name, full_name, hash, node, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family = &[
    ("wire_link_open", open),
    ("wire_link_send", send),
    ("wire_link_status", status),
    ("wire_link_await_status", await_status),
    ("wire_link_set_watchdog", set_watchdog),
    ("wire_link_teardown", teardown),
    ("wire_link_identify", identify),
    ("wire_link_mtu", mtu),
];

fn open(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    let name = full_name(params)?;
    let running = node(bridge, params)?;
    let link = running.attempt(move |world, now| {
        let known = world.node.recall(destination);
        let known = known.ok_or_else(|| Failure::new("no identity is known for this destination"))?;
        check_name(&name, &known.identity, destination)?;
        let remote = known.identity.hash();
        let link = world.node.open_link(now, destination)?;
        world.lines.insert(link, Line::new(true, Some(remote)));
        Ok(link)
    })?;
    let state = running.wait(patience(params, 10_000)?, move |world, _| {
        world.line(link).ok().map(|line| line.state()).filter(|state| *state >= ACTIVE)
    })?;
    match state {
        Some(CLOSED) => Err(Failure::new("the link was not established")),
        Some(_) => Ok(json!({"link_id": link.to_string()})),
        None => Err(Failure::new("the link was not established in time")),
    }
}

fn send(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let data: Vec<u8> = params.get("data")?;
    node(bridge, params)?.attempt(move |world, now| {
        world.node.send_link_packet(now, link, &data)?;
        Ok(json!({"sent": true}))
    })
}

fn status(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link = hash(params, "link_id")?;
    node(bridge, params)?.attempt(move |world, now| world.describe_link(now, link).map(Value::Object))
}

fn await_status(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link = hash(params, "link_id")?;
    let target = match params.optional::<usize>("target_status") {
        Ok(number) => number.ok_or_else(|| Failure::new("target_status is missing"))?,
        Err(_) => {
            let name = params.get::<String>("target_status")?.to_uppercase();
            STATES.iter().position(|state| *state == name).ok_or_else(|| Failure::new("no such status"))?
        }
    };
    let running = node(bridge, params)?;
    running.attempt(move |world, _| world.line(link).map(|_| ()))?;
    let reached = running.wait(patience(params, 5000)?, move |world, _| {
        world.line(link).ok().filter(|line| line.state() >= target).map(|_| ())
    })?;
    running.attempt(move |world, now| {
        let mut status = world.describe_link(now, link)?;
        status.insert("reached".to_owned(), reached.is_some().into());
        Ok(Value::Object(status))
    })
}

fn set_watchdog(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let keepalive = Duration::try_from_secs_f64(params.get("keepalive_s")?)?;
    let stale_after = Duration::try_from_secs_f64(params.get("stale_time_s")?)?;
    node(bridge, params)?.attempt(move |world, now| {
        world.node.set_link_timers(now, link, keepalive, stale_after)?;
        Ok(json!({"keepalive_s": keepalive.as_secs_f64(), "stale_time_s": stale_after.as_secs_f64()}))
    })
}

fn teardown(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link = hash(params, "link_id")?;
    node(bridge, params)?.attempt(move |world, now| {
        world.line(link)?;
        world.node.close_link(now, link);
        Ok(json!({"torn_down": true}))
    })
}

fn identify(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let identity = Identity::from_private_bytes(&params.get("private_key")?);
    node(bridge, params)?.attempt(move |world, now| {
        world.node.identify(now, link, &identity)?;
        Ok(json!({"identity_hash": identity.hash().to_string()}))
    })
}

fn mtu(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link = hash(params, "link_id")?;
    node(bridge, params)?.attempt(move |world, now| {
        let mut status = world.describe_link(now, link)?;
        status.retain(|field, _| ["mtu", "mdu", "mode", "status", "status_name"].contains(&field.as_str()));
        Ok(Value::Object(status))
    })
}
