//! The peers of our propagation node, and whose turn it is: one at a time.
//! Not what a turn consists of; that is the peer's.

use std::collections::BTreeMap;

use super::announce::NodeAnnounce;
use super::entry::TransientId;
use super::node::Output;
use super::peer::{Peer, PeeringKey};
use crate::rns::Node;
use crate::rns::event::Event;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::time::{Instant, Now};

/// `MAX_PEERS`: more are not taken; they stand in the configuration, which says so.
pub const MAX_PEERS: usize = 20;

/// Those that the operator has named, by their `lxmf.propagation`.
#[derive(Debug)]
pub(super) struct Peers {
    own: Identity,
    table: BTreeMap<DestinationHash, Peer>,
}

impl Peers {
    pub(super) fn new(now: Instant, own: Identity, peers: &[DestinationHash]) -> Self {
        let peers = peers.iter().take(MAX_PEERS);
        Self { own, table: peers.map(|peer| (*peer, Peer::new(now, *peer))).collect() }
    }

    pub(super) fn contains(&self, peer: DestinationHash) -> bool {
        self.table.contains_key(&peer)
    }

    pub(super) fn list(&self) -> Vec<DestinationHash> {
        self.table.keys().copied().collect()
    }

    /// There is something for all but one.
    pub(super) fn handle_waiting(&mut self, now: Instant, except: Option<DestinationHash>) {
        let others = self.table.iter_mut().filter(|(destination, _)| Some(**destination) != except);
        others.for_each(|(_, peer)| peer.handle_waiting(now));
    }

    pub(super) fn handle_announce(
        &mut self,
        now: Now,
        node: &mut Node,
        peer: DestinationHash,
        app_data: &[u8],
        out: &mut Output,
    ) {
        if let Some(peer) = self.table.get_mut(&peer)
            && let Some(announce) = NodeAnnounce::decode(app_data)
        {
            peer.handle_announce(now, node, &self.own, announce, out);
        }
    }

    pub(super) fn handle_key(
        &mut self,
        now: Now,
        node: &mut Node,
        peer: DestinationHash,
        key: PeeringKey,
        out: &mut Output,
    ) {
        if let Some(peer) = self.table.get_mut(&peer) {
            peer.handle_key(now, node, &self.own, key, out);
        }
    }

    pub(super) fn handle_prepared(
        &mut self,
        now: Now,
        node: &mut Node,
        peer: DestinationHash,
        ids: Vec<TransientId>,
    ) {
        if let Some(peer) = self.table.get_mut(&peer) {
            peer.handle_prepared(now, node, ids);
        }
    }

    pub(super) fn handle_loaded(
        &mut self,
        now: Now,
        node: &mut Node,
        peer: DestinationHash,
        entries: &[Vec<u8>],
    ) {
        if let Some(peer) = self.table.get_mut(&peer) {
            peer.handle_loaded(now, node, entries);
        }
    }

    /// Takes what happens on links that we opened to peers. False if it is about something else.
    pub(super) fn handle_event(
        &mut self,
        now: Now,
        node: &mut Node,
        event: &Event,
        out: &mut Output,
    ) -> bool {
        let (Event::LinkEstablished { link, .. }
        | Event::LinkClosed { link, .. }
        | Event::Response { link, .. }
        | Event::RequestFailed { link, .. }
        | Event::ResourceDelivered { link, .. }
        | Event::ResourceFailed { link, .. }) = event
        else {
            return false;
        };
        let Some(peer) = self.table.values_mut().find(|peer| peer.link() == Some(*link)) else {
            return false;
        };
        match event {
            Event::LinkEstablished { .. } => peer.handle_established(now, node, &self.own),
            Event::Response { request_id, data, .. } if peer.awaits(*request_id) => {
                peer.handle_response(now, node, &self.own, data, out);
            }
            Event::ResourceDelivered { resource, .. } if peer.is_sent(*resource) => {
                peer.handle_delivered(now, node, out);
            }
            Event::RequestFailed { request_id, .. } if !peer.awaits(*request_id) => {}
            Event::ResourceFailed { resource, .. } if !peer.is_sent(*resource) => {}
            Event::LinkClosed { .. } | Event::RequestFailed { .. } | Event::ResourceFailed { .. } => {
                peer.fail(now, node);
            }
            _ => {}
        }
        true
    }

    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node, out: &mut Output) {
        for peer in self.table.values_mut().filter(|peer| !peer.is_resting()) {
            if peer.deadline().is_some_and(|deadline| deadline <= now.instant) {
                peer.fail(now, node);
            }
        }
        if self.is_busy() {
            return;
        }
        let due = |peer: &&mut Peer| peer.deadline().is_some_and(|deadline| deadline <= now.instant);
        if let Some(next) = self.table.values_mut().filter(due).min_by_key(|peer| peer.deadline()) {
            next.begin(now, node, &self.own, out);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let busy = self.is_busy();
        let counts = |peer: &&Peer| !busy || !peer.is_resting();
        self.table.values().filter(counts).filter_map(Peer::deadline).min()
    }

    fn is_busy(&self) -> bool {
        self.table.values().any(|peer| !peer.is_resting())
    }
}
