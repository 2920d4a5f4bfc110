//! Commands for announces and paths.
//! Not messages.

use serde_json::{Value, json};

use super::{destination, running};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family =
    &[("lxmf_announce", announce), ("lxmf_request_path", request_path), ("lxmf_has_path", has_path)];

fn announce(bridge: &mut Bridge, _: &Params) -> Result<Value, Failure> {
    running(bridge)?.attempt(|world, now| {
        world.node.announce(now, world.address)?;
        Ok(json!({"delivery_destination_hash": world.address.to_string()}))
    })
}

fn request_path(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = destination(params)?;
    running(bridge)?.call(move |world, now| world.node.request_path_again(now, destination))?;
    Ok(json!({"requested": true}))
}

fn has_path(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = destination(params)?;
    running(bridge)?.call(move |world, _| {
        let known = world.node.hops_to(destination).is_some() && world.node.recall(destination).is_some();
        json!({"has_path": known})
    })
}
