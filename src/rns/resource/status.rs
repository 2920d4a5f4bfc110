//! How far a Resource has come, for those who watch it.
//! Not the Resource: this is a copy.

use super::super::hash::ResourceHash;

/// `Resource.QUEUED` and its siblings. A Resource that is over has no status: its end was an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceState {
    /// Another one is on its way.
    Queued,
    /// Offered, and not yet asked for.
    Advertised,
    /// Parts of it move, or the next segment is awaited.
    Transferring,
    /// Every part has left.
    AwaitingProof,
}

/// Which way a Resource goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To us.
    Incoming,
    /// To the peer.
    Outgoing,
}

/// How far a Resource has come. Sizes and parts are those of the segment that is on its way, where not said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceStatus {
    /// Names it: the hash of its first segment.
    pub resource: ResourceHash,
    /// Names the segment.
    pub segment_hash: ResourceHash,
    /// Which way it goes.
    pub direction: Direction,
    /// What is awaited.
    pub state: ResourceState,
    /// Plain bytes of the whole Resource, metadata included.
    pub size: usize,
    /// Bytes that cross the link.
    pub transfer_size: usize,
    /// Counts from 1.
    pub segment: usize,
    /// How many there are.
    pub segments: usize,
    /// How many there are.
    pub parts: usize,
    /// Sent, or received up to the first gap.
    pub parts_done: usize,
    /// Is it compressed?
    pub compressed: bool,
    /// Does the whole Resource have metadata?
    pub has_metadata: bool,
    /// Map hashes that the receiver has, as far as we know.
    pub map_height: usize,
    /// How often more of the map was asked for.
    pub map_requests: usize,
    /// How often more of the map came.
    pub map_updates: usize,
}

impl ResourceStatus {
    /// From 0 to 1 over all segments, each counted as equally long.
    pub fn progress(&self) -> f64 {
        let done = self.parts_done as f64 / self.parts.max(1) as f64;
        (self.segment.saturating_sub(1) as f64 + done) / self.segments.max(1) as f64
    }
}
