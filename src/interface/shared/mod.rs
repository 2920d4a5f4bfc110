//! The shared instance: programs on one machine that use the interfaces of one of them, over a socket inside it.
//! Wire-compatible with the reference's `LocalServerInterface` and `LocalClientInterface`.

mod client;
mod endpoint;
mod server;

use super::{Medium, TCP_HW_MTU};

pub use client::SharedClient;
pub use endpoint::{SharedEndpoint, SharedListener, SharedReader, SharedStream, SharedWriter, Which};
pub use server::{MAX_SHARED_CLIENTS, SharedServer};

/// `LocalClientInterface`'s bit rate, and less than its `HW_MTU` of 262,144: memory for frames that wait is reckoned
/// with [`TCP_HW_MTU`], and links agree on what both ends carry.
const MEDIUM: Medium = Medium { mtu_discovery: true, ..Medium::of_plain_links(1_000_000_000, TCP_HW_MTU) };
