//! The relay: what a node remembers of what it does for others, be it a transport node or a shared instance.
//! Not what it does; that is the node's, which owns paths and interfaces.

use std::time::Duration;

use super::announce_queue::AnnounceQueues;
use super::announce_rates::AnnounceRates;
use super::announce_table::AnnounceTable;
use super::hashlist::Generations;
use super::ingress::IngressControl;
use super::link_table::{RelayedLink, RelayedLinks};
use super::onward::OnwardSearches;
use super::path_answers::PathAnswers;
use super::repairs::Repairs;
use super::reverse_table::ReverseTable;
use super::tunnel::Tunnels;
use crate::rns::hash::{Address, IdentityHash};
use crate::rns::identity::Identity;
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// Hashes of packets passed on, per generation. Apart from those that were for us: whoever floods the one does not
/// make the other forget.
const MAX_PASSED_ON: usize = 65_536;
/// `Transport.tables_cull_interval`: how often what is too old is forgotten.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Whom a node does this for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// It is a transport node.
    Everybody,
    /// It is an end node that programs on this machine share.
    LocalClients,
}

/// The memory of a node that passes on packets of others.
#[derive(Debug)]
pub(crate) struct Relay {
    identity: Identity,
    scope: Scope,
    pub(crate) passed_on: Generations<Address>,
    pub(crate) reverse: ReverseTable,
    pub(crate) links: RelayedLinks,
    pub(crate) announces: AnnounceTable,
    pub(crate) queues: AnnounceQueues,
    pub(crate) rates: AnnounceRates,
    pub(crate) ingress: IngressControl,
    pub(crate) answers: PathAnswers,
    pub(crate) onward: OnwardSearches,
    pub(crate) tunnels: Tunnels,
    pub(crate) repairs: Repairs,
    sweep: Option<Instant>,
}

impl Relay {
    /// The relay of the node that others know as `identity`.
    pub(crate) fn new(identity: Identity, scope: Scope) -> Self {
        Self {
            identity,
            scope,
            passed_on: Generations::new(MAX_PASSED_ON),
            reverse: ReverseTable::new(),
            links: RelayedLinks::new(),
            announces: AnnounceTable::new(),
            queues: AnnounceQueues::default(),
            rates: AnnounceRates::new(),
            ingress: IngressControl::default(),
            answers: PathAnswers::new(),
            onward: OnwardSearches::default(),
            tunnels: Tunnels::new(),
            repairs: Repairs::default(),
            sweep: None,
        }
    }

    /// What others put into the transport id field for packets by way of us.
    pub(crate) const fn id(&self) -> IdentityHash {
        self.identity.hash()
    }

    /// The identity of that hash.
    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whom it works for.
    pub(crate) const fn scope(&self) -> Scope {
        self.scope
    }

    /// Who asks, in path requests that go out: an end node does not say.
    pub(crate) fn requester(&self) -> Option<IdentityHash> {
        (self.scope == Scope::Everybody).then(|| self.id())
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.reverse.remove_interface(interface);
        self.links.remove_interface(interface);
        self.announces.remove_interface(interface);
        self.queues.remove_interface(interface);
        self.ingress.remove_interface(interface);
        self.answers.remove_interface(interface);
        self.onward.remove_interface(interface);
        self.tunnels.remove_interface(interface);
    }

    /// Something was remembered that is to be forgotten in time.
    pub(crate) fn arm_sweep(&mut self, now: Instant) {
        self.sweep.get_or_insert(now.after(SWEEP_INTERVAL));
    }

    /// Forgets what is too old; returns the links whose proof never came.
    pub(crate) fn sweep(&mut self, now: Instant) -> Vec<RelayedLink> {
        if self.sweep.is_none_or(|sweep| sweep > now) {
            return Vec::new();
        }
        self.reverse.expire(now);
        self.answers.expire(now);
        let unproved = self.links.expire(now);
        let nothing_ages = self.reverse.len() == 0 && self.links.len() == 0 && !self.answers.searches_any();
        self.sweep = (!nothing_ages).then(|| now.after(SWEEP_INTERVAL));
        unproved
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.announces.poll_timeout(),
            self.queues.poll_timeout(),
            self.ingress.poll_timeout(),
            self.answers.poll_timeout(),
            self.onward.poll_timeout(),
            self.repairs.poll_timeout(),
            self.sweep,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
