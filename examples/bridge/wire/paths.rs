//! Commands for announces, paths and identities, and for what crossed the interface.
//! Not links, and not destinations that are listened on.

use std::time::Duration;

use roost::rns::destination::DestinationSpec;
use roost::rns::hash::{DestinationHash, IdentityHash};
use roost::rns::identity::Identity;
use roost::rns::ratchet::{BaseKey, RATCHET_INTERVAL, Ratchet, RatchetTerms, Ratchets};
use roost::rns::time::Now;
use serde_json::{Value, json};

use super::owned::Owned;
use super::world::World;
use super::{full_name, hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;
use crate::running::World as _;

pub(super) const COMMANDS: Family = &[
    ("wire_announce", announce),
    ("wire_reannounce", reannounce),
    ("wire_poll_path", poll_path),
    ("wire_request_path", request_path),
    ("wire_read_path_entry", read_path_entry),
    ("wire_identity_recall", identity_recall),
    ("wire_identity_keypair", identity_keypair),
    ("wire_transport_enabled", transport_enabled),
    ("wire_tx_bytes", tx_bytes),
    ("wire_get_received_packets", get_received_packets),
];

fn announce(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let name = full_name(params)?;
    let app_data: Vec<u8> = or(params, "app_data", Vec::new())?;
    let with_ratchets = or(params, "enable_ratchets", false)?;
    node(bridge, params)?.attempt(move |world, now| {
        let destination = world.own(now, name, app_data, with_ratchets);
        world.node.announce(now, destination)?;
        world.settle(now);
        let owned = world.owned(destination)?;
        let mut answer = json!({
            "destination_hash": destination.to_string(),
            "identity_hash": owned.spec.identity.hash().to_string(),
        });
        if with_ratchets {
            answer["ratchets_enabled"] = true.into();
            answer["current_ratchet_id"] = owned.current_ratchet().map(|id| id.to_string()).into();
            answer["ratchet_count"] = owned.ratchets.len().saturating_sub(1).into();
        }
        Ok(answer)
    })
}

fn reannounce(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    let app_data: Vec<u8> = or(params, "app_data", Vec::new())?;
    let rotated_ago = params.optional("rotate_ago_s")?.map(Duration::try_from_secs_f64).transpose()?;
    node(bridge, params)?.attempt(move |world, now| {
        if let Some(ago) = rotated_ago {
            // Long enough ago is as good as an interval that is over.
            let interval = if ago > RATCHET_INTERVAL { Duration::ZERO } else { Duration::MAX };
            world.set_ratchet_interval(destination, interval)?;
        }
        world.node.set_app_data(destination, app_data)?;
        world.node.announce(now, destination)?;
        world.settle(now);
        if rotated_ago.is_some() {
            world.set_ratchet_interval(destination, RATCHET_INTERVAL)?;
        }
        let ratchet = world.owned(destination)?.current_ratchet();
        Ok(json!({"announced": true, "current_ratchet_id": ratchet.map(|id| id.to_string())}))
    })
}

fn poll_path(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = hash(params, "destination_hash")?;
    let hops = node(bridge, params)?
        .wait(patience(params, 5000)?, move |world, _| world.node.hops_to(destination))?;
    Ok(json!({"found": hops.is_some(), "hops": hops}))
}

fn request_path(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = hash(params, "destination_hash")?;
    node(bridge, params)?.call(move |world, now| world.node.request_path_again(now, destination))?;
    Ok(json!({"sent": true}))
}

fn read_path_entry(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination: DestinationHash = hash(params, "destination_hash")?;
    node(bridge, params)?.attempt(move |world, now| {
        Ok(match world.node.path_to(now, destination) {
            None => json!({"found": false}),
            Some(path) => json!({
                "found": true,
                "timestamp": path.refreshed.as_micros() / 1000,
                "expires": path.refreshed.as_micros() / 1000 + i64::try_from(path.lifetime.as_millis())?,
                "hops": path.hops,
                // The reference names the destination itself where it is a neighbour.
                "next_hop": path.next_hop.map_or_else(|| destination.to_string(), |id| id.to_string()),
                "receiving_interface_name": path.interface_name,
            }),
        })
    })
}

fn identity_recall(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let value: DestinationHash = hash(params, "destination_hash")?;
    let by_identity = or(params, "from_identity_hash", false)?;
    let found = node(bridge, params)?.wait(patience(params, 0)?, move |world, _| {
        let known = if by_identity {
            world.node.recall_identity(IdentityHash::from_bytes(*value.as_bytes()))
        } else {
            world.node.recall(value)
        };
        known.map(|known| {
            json!({
                "found": true,
                "public_key": hex::encode(known.identity.as_bytes()),
                "hash": known.identity.hash().to_string(),
                "app_data": known.app_data.as_ref().map(hex::encode),
            })
        })
    })?;
    Ok(found.unwrap_or_else(|| json!({"found": false})))
}

fn identity_keypair(bridge: &mut Bridge, _: &Params) -> Result<Value, Failure> {
    let identity = Identity::generate(&mut bridge.random);
    Ok(json!({
        "private_key": hex::encode(identity.private_bytes()),
        "public_key": hex::encode(identity.public().as_bytes()),
        "hash": identity.hash().to_string(),
    }))
}

fn transport_enabled(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    node(bridge, params)?.call(|world, _| {
        json!({
            "transport_enabled": world.node.is_transport_node(),
            "is_shared_instance": world.shares_instance,
        })
    })
}

fn tx_bytes(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    node(bridge, params)?.call(|world, _| {
        let interfaces = world.interfaces.snapshot();
        json!({"tx_bytes": interfaces.iter().map(|interface| interface.traffic.bytes_out).sum::<u64>()})
    })
}

fn get_received_packets(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let since = or(params, "since_seq", 0)?;
    node(bridge, params)?.call(move |world, _| world.tap.since(since))
}

impl World {
    /// A destination under a new identity.
    pub(super) fn own(
        &mut self,
        now: Now,
        full_name: String,
        app_data: Vec<u8>,
        with_ratchets: bool,
    ) -> DestinationHash {
        let identity = Identity::generate(&mut self.random);
        let first = with_ratchets.then(|| Ratchet::draw(now.unix, &mut self.random));
        let spec = DestinationSpec {
            identity,
            full_name,
            app_data,
            request_paths: Vec::new(),
            // Links that arrive are told more precisely.
            max_resource: usize::MAX,
            ratchets: first
                .clone()
                .map_or(Ratchets::Off, |first| Ratchets::On(terms(vec![first], RATCHET_INTERVAL))),
        };
        let mut owned = Owned::new(spec.clone());
        first.iter().for_each(|first| owned.ratchets.push(first.id()));
        let destination = self.node.register_destination(spec);
        self.owned.insert(destination, owned);
        destination
    }

    pub(super) fn owned(&mut self, destination: DestinationHash) -> Result<&mut Owned, Failure> {
        self.owned.get_mut(&destination).ok_or_else(|| Failure::new("unknown destination"))
    }

    fn set_ratchet_interval(
        &mut self,
        destination: DestinationHash,
        interval: Duration,
    ) -> Result<(), Failure> {
        let owned = self.owned(destination)?;
        if matches!(owned.spec.ratchets, Ratchets::On(_)) {
            owned.spec.ratchets = Ratchets::On(terms(Vec::new(), interval));
            let spec = owned.spec.clone();
            self.node.register_destination(spec);
        }
        Ok(())
    }
}

fn terms(stored: Vec<Ratchet>, interval: Duration) -> RatchetTerms {
    RatchetTerms { stored, interval, base_key: BaseKey::Accepted }
}
