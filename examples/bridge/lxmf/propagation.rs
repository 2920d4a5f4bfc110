//! Commands that send by way of a propagation node, and fetch what it keeps.
//! Not what passes directly.

use std::time::Duration;

use roost::lxmf::Method;
use roost::lxmf::propagation::NodeChoice;
use serde_json::{Value, json};

use super::messages::send;
use super::{destination, running};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family = &[
    ("lxmf_set_outbound_propagation_node", set_outbound_propagation_node),
    ("lxmf_send_propagated", send_propagated),
    ("lxmf_sync_inbound", sync_inbound),
];

/// Nothing is fetched but when a command says so.
const NEVER: Duration = Duration::from_hours(24 * 365);

/// What its stamps cost the router knows from the node's announce, or asks for it.
fn set_outbound_propagation_node(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let choice = NodeChoice { named: vec![destination(params)?], nearest: 0 };
    running(bridge)?.call(move |world, now| world.router.use_nodes(now, choice, NEVER))?;
    Ok(json!({"set": true}))
}

fn send_propagated(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    send(bridge, params, Method::Propagated)
}

fn sync_inbound(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let seconds = params.optional::<f64>("timeout_sec")?.unwrap_or(30.0);
    let expected = running(bridge)?.call(|world, now| {
        world.reports.clear();
        world.router.fetch(now)
    })?;
    if expected == 0 {
        return Err(Failure::new("lxmf_set_outbound_propagation_node comes first"));
    }
    let patience = Duration::try_from_secs_f64(seconds)?;
    let reports = running(bridge)?
        .wait(patience, move |world, _| (world.reports.len() >= expected).then(|| world.reports.clone()))?;
    let failure = reports.as_ref().and_then(|reports| reports.iter().find_map(|report| report.outcome.err()));
    Ok(match (reports, failure) {
        (None, _) => json!({"final_state": "timeout"}),
        (Some(_), Some(failure)) => {
            json!({"final_state": format!("{failure:?}").replace("NoPath", "noPath")})
        }
        (Some(reports), None) => {
            let stored: usize = reports.iter().map(|report| report.stored).sum();
            json!({"final_state": "complete", "messages_received": stored})
        }
    })
}
