//! Resources of ours: how each stands, and how it ended.
//! Not those that come in.

use std::collections::BTreeMap;

use roost::rns::event::{Event, FailReason};
use roost::rns::hash::{LinkId, ResourceHash};
use roost::rns::resource::{Direction, ResourceState, ResourceStatus};
use roost::rns::time::Now;

use super::owned::{End, Incoming};
use super::world::World;

/// `Resource.COMPLETE` and its siblings.
pub(super) const COMPLETE: usize = 6;
pub(super) const FAILED: usize = 7;
pub(super) const CORRUPT: usize = 8;
pub(super) const REJECTED: usize = 9;

/// A Resource that we send.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) link: LinkId,
    /// We gave it up.
    pub(super) cancelled: bool,
    pub(super) end: Option<usize>,
    /// How it stood when it was last looked at.
    pub(super) seen: Option<ResourceStatus>,
}

impl Sending {
    /// The number of its state.
    pub(super) fn status(&self) -> usize {
        self.end.or_else(|| self.seen.as_ref().map(|seen| number(seen.state))).unwrap_or(0)
    }
}

/// `Resource.QUEUED` and its siblings.
pub(super) const fn number(state: ResourceState) -> usize {
    match state {
        ResourceState::Queued => 1,
        ResourceState::Advertised => 2,
        ResourceState::Transferring => 3,
        ResourceState::AwaitingProof => 4,
    }
}

/// All of ours, by hash.
pub(super) type Outgoing = BTreeMap<ResourceHash, Sending>;

impl World {
    /// A Resource of ours, freshly looked at.
    pub(super) fn sending(&mut self, resource: ResourceHash) -> Option<&mut Sending> {
        let sending = self.outgoing.get_mut(&resource)?;
        let now = self.node.resources(sending.link);
        if let Some(status) = now
            .into_iter()
            .find(|status| status.resource == resource && status.direction == Direction::Outgoing)
        {
            sending.seen = Some(status);
        }
        Some(sending)
    }

    pub(super) fn handle_resource_event(&mut self, now: Now, event: Event) {
        match event {
            Event::ResourceStarted { link, destination, resource, .. } => {
                if let Some(owned) = self.owned.get_mut(&destination) {
                    owned.incoming.push(Incoming { link, resource, seen: None, end: None });
                }
            }
            Event::ResourceReceived { link, destination, data, metadata, proof } => {
                if let Some(owned) = self.owned.get_mut(&destination) {
                    owned.resources.push(data.clone());
                    let arriving =
                        owned.incoming.iter_mut().find(|each| each.link == link && each.end.is_none());
                    if let Some(incoming) = arriving {
                        incoming.end = Some(End::Arrived(data, metadata));
                    }
                }
                self.node.prove(now, &proof);
            }
            Event::ResourceLost { link, destination, resource, reason } => {
                let incoming = self.owned.get_mut(&destination).and_then(|owned| {
                    owned.incoming.iter_mut().find(|each| each.link == link && each.resource == resource)
                });
                if let Some(incoming) = incoming {
                    incoming.end =
                        Some(if reason == FailReason::Corrupt { End::Corrupt } else { End::Failed });
                }
            }
            Event::ResourceDelivered { resource, .. } => self.end(resource, COMPLETE),
            Event::ResourceFailed { resource, reason, .. } => {
                let ours = self.outgoing.get(&resource).is_some_and(|sending| sending.cancelled);
                // Whenever the receiver gives it up, the reference speaks of a rejection.
                let rejected = matches!(reason, FailReason::Rejected | FailReason::Cancelled) && !ours;
                self.end(resource, if rejected { REJECTED } else { FAILED });
            }
            _ => {}
        }
    }

    /// Looks at the Resources that are on their way here, while they still are.
    pub(super) fn watch_incoming(&mut self) {
        let Self { node, owned, .. } = self;
        for incoming in owned.values_mut().flat_map(|owned| owned.incoming.iter_mut()) {
            if incoming.end.is_none() {
                let status = node.resources(incoming.link).into_iter().find(|status| {
                    status.resource == incoming.resource && status.direction == Direction::Incoming
                });
                incoming.seen = status.or(incoming.seen.take());
            }
        }
    }

    fn end(&mut self, resource: ResourceHash, state: usize) {
        if let Some(sending) = self.outgoing.get_mut(&resource) {
            sending.end = Some(state);
        }
    }
}
