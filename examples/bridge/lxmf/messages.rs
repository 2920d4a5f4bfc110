//! Commands that send messages, and that ask what has become of them and what has come.
//! Not where they are kept meanwhile; that is the world.

use roost::lxmf::{Message, Method};
use roost::rns::hash::DestinationHash;
use roost::rns::packet::ENCRYPTED_MDU;
use serde_json::{Map, Value, json};

use super::{destination, fields, running};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(super) const COMMANDS: Family = &[
    ("lxmf_send_opportunistic", send_opportunistic),
    ("lxmf_send_direct", send_direct),
    ("lxmf_get_message_state", get_message_state),
    ("lxmf_get_received_messages", get_received_messages),
];

/// Source address and signature, which stand before the payload in a packet that is addressed to the destination.
const HEAD: usize = 16 + 64;

fn send_opportunistic(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    send(bridge, params, Method::Opportunistic)
}

fn send_direct(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    send(bridge, params, Method::Direct)
}

pub(super) fn send(bridge: &mut Bridge, params: &Params, method: Method) -> Result<Value, Failure> {
    let (destination, message) = written(bridge, params)?;
    running(bridge)?.attempt(move |world, now| {
        if world.node.recall(destination).is_none() {
            return Err(Failure::new("the recipient's key is not known"));
        }
        let mut message = world.outbound(destination, &message);
        message.method = method;
        if method == Method::Opportunistic && message.payload.len() + HEAD > ENCRYPTED_MDU {
            return Err(Failure::new("the message does not fit one packet"));
        }
        Ok(json!({"message_hash": world.send(now, &message).to_string()}))
    })
}

/// The message that the parameters describe, and to whom.
pub(super) fn written(bridge: &Bridge, params: &Params) -> Result<(DestinationHash, Message), Failure> {
    let fields: Option<Map<String, Value>> = params.optional("fields")?;
    let message = Message {
        time: bridge.clock.now().unix,
        title: params.optional::<String>("title")?.unwrap_or_default().into_bytes(),
        content: params.get::<String>("content")?.into_bytes(),
        fields: fields::encode(&fields.unwrap_or_default())?,
    };
    Ok((destination(params)?, message))
}

fn get_message_state(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let hash = params.get("message_hash").map(roost::lxmf::MessageHash::from_bytes)?;
    running(bridge)?.call(move |world, _| json!({"state": world.state(hash)}))
}

fn get_received_messages(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let since: usize = params.optional("since_seq")?.unwrap_or(0);
    running(bridge)?.call(move |world, _| {
        let messages: Vec<_> = world.received.iter().skip(since).cloned().collect();
        json!({"messages": messages, "last_seq": world.received.len()})
    })
}
