//! The propagation node of this host: its identity, and what the configuration says it offers. And which nodes of others
//! are used.
//! Not what it does; that is LXMF's.

use anyhow::Context;
use tracing::info;
use zeroize::Zeroizing;

use crate::config::lxmf::NodesSection;
use crate::config::propagation::PropagationSection;
use crate::lxmf::Router;
use crate::lxmf::propagation::storage::Quota;
use crate::lxmf::propagation::{NodeChoice, NodeTerms, TransientId};
use crate::rns::Node;
use crate::rns::crypto::derive;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::identity::Identity;
use crate::rns::random::Random;
use crate::rns::time::Now;
use crate::server::HostedGroup;
use crate::server::Server;

/// Most entries that are kept, however small: as many as the whole table is looked through for when room is to be made.
const MAX_ENTRIES: u64 = 20_000;
/// What a megabyte is here.
const MEGABYTE: u64 = 1_000_000;

/// Registers the propagation node, if the server is to be one.
pub(super) fn serve(
    section: Option<&PropagationSection>,
    host: &Identity,
    groups: &[HostedGroup],
    now: Now,
    node: &mut Node,
    router: &mut Router,
) -> Option<DestinationHash> {
    let section = section?;
    let destination = router.serve_propagation(now, node, identity(host), terms(section));
    // It is announced together with the groups, whose last announces are known.
    let last_emission = groups.iter().map(|group| group.last_emission).max().unwrap_or(0);
    node.date_announces_after(destination, last_emission);
    info!("propagation node at {destination} {section}");
    Some(destination)
}

/// Mail is fetched from these nodes, if there are any, but what is stored not once more; and what lies on our own is here.
pub(super) fn use_nodes(
    nodes: Option<NodesSection>,
    own: Option<DestinationHash>,
    now: Now,
    server: &mut Server,
    router: &mut Router,
) -> anyhow::Result<()> {
    let Some(nodes) = nodes else { return Ok(()) };
    let entries = server.collected_entries().context("cannot read which mail was fetched")?;
    router.know_entries(entries.into_iter().map(TransientId::from_bytes));
    let named = others(&nodes.named, own);
    router.use_nodes(now, NodeChoice { named, nearest: nodes.nearest }, nodes.interval);
    Ok(())
}

fn others(named: &[[u8; 16]], own: Option<DestinationHash>) -> Vec<DestinationHash> {
    let mut named: Vec<_> = named.iter().copied().map(DestinationHash::from_bytes).collect();
    if let Some(own) = own.filter(|own| named.contains(own)) {
        info!("{own} in propagation_nodes is this server; nothing needs to be fetched from it");
        named.retain(|node| *node != own);
    }
    named
}

/// The identity of the propagation node: another one than the server's, since it is named to everybody and talks to
/// strangers; made from it, so that the address stays the same as long as the server's file does.
fn identity(host: &Identity) -> Identity {
    derived(host, b"roost propagation identity")
}

/// Another identity that follows from the host's.
pub(super) fn derived(host: &Identity, label: &[u8]) -> Identity {
    let seed = derive(&*host.private_bytes(), label, 32);
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.iter_mut().zip(seed).for_each(|(to, from)| *to = from);
    Identity::generate(&mut Random::from_seed(*bytes))
}

/// What is offered, and for what.
fn terms(section: &PropagationSection) -> NodeTerms {
    NodeTerms {
        name: section.name.clone(),
        message_limit: section.message_limit,
        sync_limit: section.sync_limit,
        stamp_cost: section.stamp_cost,
        flexibility: section.stamp_flexibility,
        peering_cost: section.peering_cost,
        quota: Quota { bytes: section.storage.saturating_mul(MEGABYTE), entries: MAX_ENTRIES },
        peers: section.peers.iter().filter_map(|hash| DestinationHash::from_hex(hash)).collect(),
        clients: section.clients.iter().filter_map(|hash| IdentityHash::from_hex(hash)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fetched_from_ourselves() {
        let hash = |n| DestinationHash::from_bytes([n; 16]);
        let named = [[1; 16], [2; 16]];
        assert_eq!(others(&named, Some(hash(1))), [hash(2)]);
        assert_eq!(others(&named, Some(hash(3))), [hash(1), hash(2)]);
        assert_eq!(others(&named, None), [hash(1), hash(2)]);
    }
}
