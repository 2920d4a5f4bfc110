//! A destination of the running node: how it was asked to behave, and the queues of what came to it.
//! Not its links; each has an entry of its own.

use std::collections::BTreeMap;

use roost::rns::destination::DestinationSpec;
use roost::rns::hash::{LinkId, PathHash, ResourceHash};
use roost::rns::link::ResourceLimit;
use roost::rns::ratchet::RatchetId;
use roost::rns::resource::ResourceStatus;
use serde_json::Value;

use super::queue::Queue;
use super::requests::Served;
use crate::failure::Failure;

/// What an application accepts when it is asked.
const APP_LIMIT: usize = 4096;
/// What a segment of a Resource may inflate to.
const INFLATE_LIMIT: usize = 262_144;

/// Are packets proved?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prove {
    /// Each is.
    Yes,
    /// None is.
    No,
}

/// Which Resources are accepted (`resource_strategy`).
pub(super) fn resource_limit(strategy: &str) -> Result<ResourceLimit, Failure> {
    match strategy {
        "all" => Ok(ResourceLimit::UpTo { size: usize::MAX, unpacked: INFLATE_LIMIT }),
        "app" => Ok(ResourceLimit::UpTo { size: APP_LIMIT, unpacked: INFLATE_LIMIT }),
        "none" => Ok(ResourceLimit::Nothing),
        other => Err(Failure::new(format!("resource_strategy must be all, none or app, not {other}"))),
    }
}

/// A Resource that came, or is on its way here.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) link: LinkId,
    pub(super) resource: ResourceHash,
    /// How it stood when anything last moved.
    pub(super) seen: Option<ResourceStatus>,
    /// `None` while it is on its way.
    pub(super) end: Option<End>,
}

/// How a Resource ended.
#[derive(Debug)]
pub(super) enum End {
    /// With data, and perhaps metadata as MessagePack.
    Arrived(Vec<u8>, Option<Vec<u8>>),
    /// It was damaged.
    Corrupt,
    /// Any other way.
    Failed,
}

/// One of our destinations.
#[derive(Debug)]
pub(super) struct Owned {
    /// As it is registered.
    pub(super) spec: DestinationSpec,
    pub(super) prove: Prove,
    pub(super) limit: ResourceLimit,
    /// Streams that are read on the channel of each link; `None` if no channel is opened.
    pub(super) streams: Option<Vec<u16>>,
    /// All ratchets that were drawn, oldest first. The last is not announced yet.
    pub(super) ratchets: Queue<RatchetId>,
    pub(super) packets: Queue<Vec<u8>>,
    pub(super) link_packets: Queue<Vec<u8>>,
    pub(super) resources: Queue<Vec<u8>>,
    pub(super) links: Queue<LinkId>,
    pub(super) incoming: Queue<Incoming>,
    pub(super) served: BTreeMap<PathHash, Served>,
    /// What was asked, also where it is no longer served.
    pub(super) logs: BTreeMap<PathHash, Queue<Value>>,
}

impl Owned {
    pub(super) fn new(spec: DestinationSpec) -> Self {
        Self {
            spec,
            prove: Prove::No,
            limit: ResourceLimit::Nothing,
            streams: None,
            ratchets: Queue::default(),
            packets: Queue::default(),
            link_packets: Queue::default(),
            resources: Queue::default(),
            links: Queue::default(),
            incoming: Queue::default(),
            served: BTreeMap::new(),
            logs: BTreeMap::new(),
        }
    }

    /// The ratchet that the last announce carried.
    pub(super) fn current_ratchet(&mut self) -> Option<RatchetId> {
        self.ratchets.iter_mut().rev().nth(1).copied()
    }
}
