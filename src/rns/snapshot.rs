//! Snapshots: what a node has heard of others, as plain records that can outlive the process.
//! Not a file, and nothing secret: keys and ratchets of our own are kept elsewhere.

use serde::{Deserialize, Serialize};

use super::announce::RandomBlob;
use super::hash::{DestinationHash, IdentityHash, PacketHash, TunnelId};
use super::time::UnixTime;

/// Known destinations and paths. Made by [`crate::rns::Node::snapshot`], given back to
/// [`crate::rns::Node::restore`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Destinations of others.
    pub destinations: Vec<DestinationRecord>,
    /// Paths, also those whose interface is not there now.
    pub paths: Vec<PathRecord>,
    /// Paths over connections whose peers prove who they are when they come back.
    #[serde(default)]
    pub tunnels: Vec<TunnelRecord>,
}

/// A destination that announced itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DestinationRecord {
    /// Which.
    pub destination: DestinationHash,
    /// Its identity's public key.
    #[serde(with = "serde_bytes")]
    pub public_key: [u8; 64],
    /// What its last announce said, if anything.
    #[serde(with = "serde_bytes")]
    pub app_data: Option<Vec<u8>>,
    /// Emission time of that announce, in seconds since 1970.
    pub emission: u64,
    /// Its newest ratchet.
    pub ratchet: Option<RatchetRecord>,
    /// When it was last heard or used.
    pub touched: UnixTime,
    /// Have we sent to it?
    pub used: bool,
}

/// A ratchet of somebody else's destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatchetRecord {
    /// Its public key.
    #[serde(with = "serde_bytes")]
    pub public: [u8; 32],
    /// When it was announced; it expires after 30 days (`Identity.RATCHET_EXPIRY`).
    pub heard: UnixTime,
}

/// A way to a destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathRecord {
    /// Where to.
    pub destination: DestinationHash,
    /// Name of the interface ([`crate::rns::interface::InterfaceSpec::name`]): numbers change with every start.
    pub interface: String,
    /// The transport node to name in the header, if any.
    pub next_hop: Option<IdentityHash>,
    /// How far it is.
    pub hops: u8,
    /// The announce that told us.
    pub announce: PacketHash,
    /// The last announces, so that none counts twice.
    pub blobs: Vec<RandomBlob>,
    /// When it was last heard or used.
    pub touched: UnixTime,
    /// Have we sent along it?
    pub used: bool,
    /// The announce itself, if the node passes it on to others.
    #[serde(default)]
    pub copy: Option<CopyRecord>,
}

/// What of an announce no hop changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRecord {
    /// Does it have a ratchet?
    pub context_flag: bool,
    /// What it says.
    #[serde(with = "serde_bytes")]
    pub payload: Vec<u8>,
}

/// A path over a tunnel. Its interface has no name that would mean anything later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunnelRecord {
    /// Which tunnel.
    pub tunnel: TunnelId,
    /// When the path was last in use.
    pub since: UnixTime,
    /// The path.
    pub path: PathRecord,
}

/// What a radio has sent lately. Made by [`crate::rns::Node::air_records`], given back to
/// [`crate::rns::Node::restore_air`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AirRecord {
    /// Name of the interface.
    pub interface: String,
    /// By when something had left the air, and how many microseconds of it that had taken; the oldest first.
    pub spent: Vec<(UnixTime, u64)>,
}
