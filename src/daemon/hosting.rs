//! Putting groups on the network, those of the start and those that come while it runs.
//! Not what they are; the server says that.

use crate::api::linkless::BROADCAST_NAME;
use crate::lxmf::Router;
use crate::rns::Node;
use crate::rns::destination::DestinationSpec;
use crate::rns::error::MisuseError;
use crate::rns::ratchet::{Ratchet, Ratchets};
use crate::server::{Addresses, GROUP_NAME, HostedGroup};

/// A group's key has other addresses than the group.
#[derive(Debug, thiserror::Error)]
#[error("the addresses of a group do not follow from its key; restore the database from a backup")]
pub(super) struct StrangeAddresses;

/// Registers both destinations of a group, and listens to what its members ask near a radio. Announces nothing.
pub(super) fn register(
    group: HostedGroup,
    ratchets: Vec<Ratchet>,
    node: &mut Node,
    router: &mut Router,
) -> Result<Addresses, StrangeAddresses> {
    let expected = Addresses { group: group.group, delivery: group.delivery };
    node.register_plain(BROADCAST_NAME);
    let requests = node.register_destination(DestinationSpec {
        identity: group.identity.clone(),
        full_name: GROUP_NAME.to_owned(),
        app_data: group.app_data,
        request_paths: group.request_paths,
        max_resource: group.max_resource,
        ratchets: Ratchets::Off,
    });
    router.ask_for_stamps_at(expected.delivery, group.stamp_cost);
    let delivery = router.register(node, group.identity, &group.name, ratchets);
    let addresses = Addresses { group: requests, delivery };
    if addresses != expected {
        return Err(StrangeAddresses);
    }
    for destination in [requests, delivery] {
        node.date_announces_after(destination, group.last_emission);
    }
    Ok(addresses)
}

/// Lets a group announce something else from now on.
pub(super) fn change(
    group: Addresses,
    (name, stamp_cost): (&str, Option<u8>),
    app_data: Vec<u8>,
    node: &mut Node,
    router: &mut Router,
) -> Result<(), MisuseError> {
    router.ask_for_stamps_at(group.delivery, stamp_cost);
    node.set_app_data(group.group, app_data)?;
    router.rename(node, group.delivery, name)
}
