//! A group of somebody else, as its announces have told of it.
//! Not a group of this host, and nothing that is part of a log: another host hears others.

use super::announcement::Announcement;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

/// A group that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardGroup {
    /// Its `meshchat.group`.
    pub destination: DestinationHash,
    /// Whose that is.
    pub identity: IdentityHash,
    /// What it said last.
    pub announcement: Announcement,
    /// How far away it is; 1 for a neighbour.
    pub hops: u8,
    /// When it was heard first, by the host's clock.
    pub first: UnixTime,
    /// When it was heard last.
    pub heard: UnixTime,
}
