//! Commands for requests: who serves them, what is asked, and what was asked of us.
//! Not the carrying, in a packet or a Resource as it fits.

use std::time::Duration;

use rmpv::Value as Packed;
use roost::rns::event::{FailReason, InboundRequest};
use roost::rns::hash::{DestinationHash, IdentityHash, LinkId, PathHash};
use roost::rns::msgpack;
use roost::rns::node::Compression;
use roost::rns::resource::File;
use roost::rns::time::{Now, UnixTime};
use serde_json::{Value, json};

use super::listen::known;
use super::queue::Queue;
use super::world::{Reply, World};
use super::{hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Params};

pub(super) const COMMANDS: Family = &[
    ("wire_register_request_handler", register),
    ("wire_deregister_request_handler", deregister),
    ("wire_link_request", request),
    ("wire_link_request_large", request_large),
    ("wire_get_request_log", get_log),
];

/// Who is answered (`Destination.ALLOW_ALL` and its siblings).
#[derive(Debug, Clone)]
enum Allow {
    All,
    Only(Vec<IdentityHash>),
    Nobody,
}

/// What is answered.
#[derive(Debug, Clone)]
enum Answer {
    Bytes(Vec<u8>),
    File(File),
    Nothing,
}

/// A path that is served.
#[derive(Debug)]
pub(super) struct Served {
    allow: Allow,
    answer: Answer,
}

impl Allow {
    fn allows(&self, caller: Option<IdentityHash>) -> bool {
        match self {
            Self::All => true,
            Self::Only(list) => caller.is_some_and(|caller| list.contains(&caller)),
            Self::Nobody => false,
        }
    }
}

fn register(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let path = PathHash::of(&params.get::<String>("path")?);
    let List(list) = or(params, "allowed_identity_hashes", List(Vec::new()))?;
    let allow = match or(params, "allow", "all".to_owned())?.as_str() {
        "all" => Allow::All,
        "list" => Allow::Only(list.into_iter().map(IdentityHash::from_bytes).collect()),
        "none" => Allow::Nobody,
        other => return Err(Failure::new(format!("allow is all, list or none, not {other}"))),
    };
    let answer = if or(params, "response_none", false)? {
        Answer::Nothing
    } else if let Some(data) = params.optional("response_file")? {
        let metadata = params.optional::<Vec<u8>>("response_metadata")?.map_or(Packed::Nil, Packed::Binary);
        Answer::File(File { data, metadata: msgpack::encode(&metadata) })
    } else {
        Answer::Bytes(or(params, "response", Vec::new())?)
    };
    node(bridge, params)?.attempt(move |world, _| {
        world.owned(destination)?.served.insert(path, Served { allow, answer });
        world.serve_paths(destination)?;
        Ok(json!({"registered": true}))
    })
}

fn deregister(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let path = PathHash::of(&params.get::<String>("path")?);
    node(bridge, params)?.attempt(move |world, _| {
        let served = world.owned(destination)?.served.remove(&path);
        world.serve_paths(destination)?;
        Ok(json!({"deregistered": served.is_some()}))
    })
}

fn request(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    ask(bridge, params, patience(params, 10_000)?)
}

fn request_large(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    ask(bridge, params, patience(params, 60_000)?)
}

fn ask(bridge: &Bridge, params: &Params, patience: Duration) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let path: String = params.get("path")?;
    let data: Vec<u8> = or(params, "data", Vec::new())?;
    let data = msgpack::encode(&if data.is_empty() { Packed::Nil } else { Packed::Binary(data) });
    let running = node(bridge, params)?;
    let asked = bridge.clock.now().instant;
    let request = running.attempt(move |world, now| {
        let request = world.node.request(now, link, &path, &data, Some(patience))?;
        world.replies.insert(request, Reply::Waiting);
        Ok(request)
    })?;
    let reply = running.wait(patience, move |world, _| match world.replies.get(&request) {
        Some(Reply::Waiting) | None => None,
        Some(Reply::Ready(..) | Reply::Failed(_)) => world.replies.remove(&request),
    })?;
    let (status, answer) = match reply {
        Some(Reply::Ready(data, metadata)) => ("ready", Some((data, metadata))),
        Some(Reply::Failed(FailReason::Timeout)) => ("timeout", None),
        Some(Reply::Failed(_)) => ("failed", None),
        Some(Reply::Waiting) | None => ("timeout", None),
    };
    let took = answer.is_some().then(|| bridge.clock.now().instant.since(asked).as_secs_f64());
    let (response, metadata) = answer.unzip();
    Ok(json!({
        "status": status,
        "response": response.and_then(|packed| unpacked(&packed)),
        "response_metadata": metadata.flatten().and_then(|packed| unpacked(&packed)),
        "response_time_s": took,
    }))
}

fn get_log(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination: DestinationHash = known(bridge, params)?;
    let path = PathHash::of(&params.get::<String>("path")?);
    let entries = node(bridge, params)?
        .attempt(move |world, _| Ok(world.owned(destination)?.logs.get_mut(&path).and_then(Queue::drain)))?;
    let entries = entries.unwrap_or_default();
    Ok(json!({"count": entries.len(), "entries": entries}))
}

/// The bytes in a packed answer as hex; `None` for nil.
pub(super) fn unpacked(packed: &[u8]) -> Option<String> {
    match msgpack::decode(packed) {
        Ok(Packed::Binary(bytes)) => Some(hex::encode(bytes)),
        Ok(Packed::String(text)) => Some(hex::encode(text.as_bytes())),
        Ok(Packed::Nil) => None,
        Ok(_) | Err(_) => Some(hex::encode(packed)),
    }
}

impl World {
    /// Tells the node which paths the destination serves, also on links that stand.
    fn serve_paths(&mut self, destination: DestinationHash) -> Result<(), Failure> {
        let paths: Vec<_> = self.owned(destination)?.served.keys().copied().collect();
        self.node.set_request_paths(destination, paths)?;
        Ok(())
    }

    /// A request came in.
    pub(super) fn serve(&mut self, now: Now, request: &InboundRequest) {
        let Some(owned) = self.owned.get_mut(&request.destination) else { return };
        let caller = request.caller.as_ref().map(|caller| caller.hash());
        let served = owned.served.get(&request.path_hash).filter(|served| served.allow.allows(caller));
        let Some(answer) = served.map(|served| served.answer.clone()) else { return };
        owned.logs.entry(request.path_hash).or_default().push(json!({
            "data": unpacked(&request.data).unwrap_or_default(),
            "request_id": request.request_id.to_string(),
            "link_id": request.link.to_string(),
            "remote_identity_hash": caller.map(|caller| caller.to_string()),
            "requested_at": UnixTime::as_secs_f64(request.requested_at),
        }));
        let (link, id) = (request.link, request.request_id);
        match answer {
            Answer::Nothing => {}
            Answer::Bytes(bytes) => {
                let packed = msgpack::encode(&Packed::Binary(bytes));
                self.node.respond(now, link, id, &packed, Compression::Allowed);
            }
            Answer::File(file) => {
                // The only misuse is metadata of more than a megabyte; then there is no answer, as in the reference.
                let _ = self.node.respond_with_file(now, link, id, file, Compression::Allowed);
            }
        }
    }
}
