//! Commands for messages on paper, beyond the contract: our own tests carry papers between us and the reference.
//! Not the commands that send.

use serde_json::{Value, json};

use super::messages::written;
use super::running;
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family = &[("lxmf_write_paper", write_paper), ("lxmf_read_paper", read_paper)];

fn write_paper(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let (destination, message) = written(bridge, params)?;
    running(bridge)?.attempt(move |world, now| {
        let message = world.outbound(destination, &message);
        let uri = world.router.write_paper(now, &mut world.node, &message)?;
        Ok(json!({"uri": uri, "message_hash": message.hash().to_string()}))
    })
}

fn read_paper(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let uri: String = params.get("uri")?;
    running(bridge)?.attempt(move |world, now| {
        world.router.read_paper(now, &mut world.node, &uri)?;
        Ok(json!({"read": true}))
    })
}
