//! What has happened, one line of JSON each on standard error.
//! Not the log of the library; that has no subscriber here.

use roost::rns::hash::{DestinationHash, IdentityHash, LinkId};
use roost::rns::identity::Identity;
use roost::rns::snapshot::PathRecord;
use serde::Serialize;
use serde_json::{Value, json};

/// One line.
#[derive(Serialize)]
struct Event<'a> {
    r#type: &'a str,
    #[serde(flatten)]
    fields: &'a Value,
}

fn emit(kind: &str, fields: &Value) {
    // Values of JSON are always text.
    if let Ok(line) = serde_json::to_string(&Event { r#type: kind, fields }) {
        eprintln!("{line}");
    }
}

pub(crate) fn error(message: &str) {
    emit("error", &json!({"message": message}));
}

pub(crate) fn ready(identity: IdentityHash) {
    emit("ready", &json!({"identity_hash": identity}));
}

/// `announced` or `destination_created`.
pub(crate) fn destination(kind: &str, destination: DestinationHash, identity: &Identity) {
    emit(
        kind,
        &json!({
            "destination_hash": destination,
            "identity_hash": identity.hash(),
            "identity_public_key": hex::encode(identity.public().as_bytes()),
        }),
    );
}

pub(crate) fn announce_received(destination: DestinationHash, identity: IdentityHash, hops: u8) {
    emit(
        "announce_received",
        &json!({
            "destination_hash": destination,
            "identity_hash": identity,
            "hops": hops,
        }),
    );
}

pub(crate) fn path_table(paths: &[PathRecord]) {
    let entry = |path: &PathRecord| {
        json!({
            "destination_hash": path.destination,
            "hops": path.hops,
            // A neighbour is its own next hop.
            "next_hop": path.next_hop.map_or_else(|| path.destination.to_string(), |hop| hop.to_string()),
            // What has expired is no longer in the table.
            "expired": false,
        })
    };
    emit("path_table", &json!({"entries": paths.iter().map(entry).collect::<Vec<_>>()}));
}

/// `path_request_queued`, `path_request_sent` or `path_not_found`.
pub(crate) fn path_request(kind: &str, destination: DestinationHash) {
    emit(kind, &json!({"destination_hash": destination}));
}

pub(crate) fn path_discovered(destination: DestinationHash, hops: u8) {
    emit("path_discovered", &json!({"destination_hash": destination, "hops": hops}));
}

/// `link_established` or `link_closed`.
pub(crate) fn link(kind: &str, link: LinkId, destination: DestinationHash) {
    emit(kind, &json!({"link_id": link, "destination_hash": destination}));
}

/// `channel_sent` or `channel_data`.
pub(crate) fn channel(kind: &str, link: LinkId, data: &[u8]) {
    emit(
        kind,
        &json!({
            "link_id": link,
            "data_hex": hex::encode(data),
            "data_utf8": String::from_utf8_lossy(data),
        }),
    );
}
