//! A link as the bridge remembers it: beyond its end, and in the words of the contract.
//! Not the link, which the node has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use roost::rns::error::DropReason;
use roost::rns::event::CloseReason;
use roost::rns::hash::{DestinationHash, IdentityHash, LinkId};
use roost::rns::link::{LinkState, LinkStatus, Sequence};
use roost::rns::time::{Instant, Now};
use serde_json::{Map, Value, json};

use super::queue::Queue;
use super::world::World;
use crate::failure::Failure;

/// The names of the states, each at its number.
pub(super) const STATES: [&str; 5] = ["PENDING", "HANDSHAKE", "ACTIVE", "STALE", "CLOSED"];
/// `Link.ACTIVE`.
pub(super) const ACTIVE: usize = 2;
/// `Link.CLOSED`.
pub(super) const CLOSED: usize = 4;

/// What is remembered of a link.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) initiator: bool,
    /// Who the other side is: whom we opened it to, or who identified.
    pub(super) remote: Option<IdentityHash>,
    /// Why it is closed, and since when.
    pub(super) closed: Option<(CloseReason, Instant)>,
    /// How it stood when it was last looked at.
    pub(super) seen: Option<LinkStatus>,
    /// Its channel is open.
    pub(super) is_open: bool,
    /// Messages that came on its channel.
    pub(super) messages: Queue<Vec<u8>>,
    /// Messages of ours that the other side has.
    pub(super) delivered: BTreeSet<Sequence>,
    /// Streams that are read on its channel.
    pub(super) streams: BTreeMap<u16, Stream>,
    /// Why nothing more comes on its channel.
    pub(super) broken: Option<DropReason>,
}

/// What came of a stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) data: Vec<u8>,
    pub(super) ended: bool,
}

impl Stream {
    pub(super) const fn is_over(&self) -> bool {
        self.ended
    }
}

impl Line {
    pub(super) fn new(initiator: bool, remote: Option<IdentityHash>) -> Self {
        Self {
            initiator,
            remote,
            closed: None,
            seen: None,
            is_open: false,
            messages: Queue::default(),
            delivered: BTreeSet::new(),
            streams: BTreeMap::new(),
            broken: None,
        }
    }

    /// The number of its state.
    pub(super) fn state(&self) -> usize {
        match (self.closed, self.seen.as_ref().map(|status| status.state)) {
            (Some(_), _) => CLOSED,
            (None, Some(LinkState::Handshake)) => 1,
            (None, Some(LinkState::Active)) => ACTIVE,
            (None, Some(LinkState::Stale)) => 3,
            (None, Some(LinkState::Pending) | None) => 0,
        }
    }

    /// `Link.TIMEOUT` and its siblings. Whoever closes for another reason closes in the name of its own side.
    fn teardown_reason(&self) -> Option<usize> {
        Some(match self.closed?.0 {
            CloseReason::Timeout | CloseReason::InterfaceGone => 1,
            CloseReason::Initiator => 2,
            CloseReason::Destination => 3,
            CloseReason::Protocol => {
                if self.initiator {
                    2
                } else {
                    3
                }
            }
        })
    }

    /// When anything last came in, the other side's farewell included.
    fn last_received(&self) -> Option<Instant> {
        let seen =
            self.seen.as_ref().and_then(|status| status.agreed.as_ref()).map(|agreed| agreed.last_received);
        let farewell = self.closed.filter(|(reason, _)| match reason {
            CloseReason::Initiator => !self.initiator,
            CloseReason::Destination => self.initiator,
            CloseReason::Timeout | CloseReason::InterfaceGone | CloseReason::Protocol => false,
        });
        farewell.map(|(_, at)| at).or(seen)
    }

    fn describe(&self, now: Now) -> Map<String, Value> {
        let state = self.state();
        let reason = self.teardown_reason();
        let reason_name =
            reason.map(|reason| ["TIMEOUT", "INITIATOR_CLOSED", "DESTINATION_CLOSED"][reason - 1]);
        let agreed = self.seen.as_ref().and_then(|status| status.agreed.as_ref());
        let ago = |then: Instant| millis(now.instant.since(then));
        let fields = json!({
            "status": state,
            "status_name": STATES[state],
            "teardown_reason": reason,
            "teardown_reason_name": reason_name,
            "no_inbound_for_ms": self.last_received().map(ago),
            "last_keepalive_ago_ms": agreed.and_then(|agreed| agreed.last_keepalive).map(ago),
            "keepalive_s": agreed.map(|agreed| agreed.keepalive.as_secs_f64()),
            "stale_time_s": agreed.map(|agreed| agreed.stale_after.as_secs_f64()),
            "rtt": agreed.map(|agreed| agreed.round_trip.as_secs_f64()),
            "mtu": agreed.map(|agreed| agreed.mtu),
            "mdu": agreed.filter(|_| state != CLOSED).map(|agreed| agreed.mdu),
            "mode": agreed.map(|agreed| agreed.mode),
            "remote_identity_hash": self.remote.map(|remote| remote.to_string()),
            "remote_identified": self.remote.is_some(),
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

impl World {
    /// Looks at a link once more, if it still stands.
    pub(super) fn refresh_line(&mut self, link: LinkId) {
        if let Some(line) = self.lines.get_mut(&link)
            && let Some(status) = self.node.link_status(link)
        {
            line.seen = Some(status);
        }
    }

    /// A link, freshly looked at.
    pub(super) fn line(&mut self, link: LinkId) -> Result<&mut Line, Failure> {
        self.refresh_line(link);
        self.lines.get_mut(&link).ok_or_else(|| Failure::new("unknown link"))
    }

    /// The links to a destination of ours.
    pub(super) fn lines_to(&mut self, destination: DestinationHash) -> impl Iterator<Item = &mut Line> {
        let Self { owned, lines, .. } = self;
        let links: BTreeSet<_> = owned
            .get_mut(&destination)
            .into_iter()
            .flat_map(|owned| owned.links.iter_mut())
            .map(|link| *link)
            .collect();
        lines.iter_mut().filter(move |(link, _)| links.contains(link)).map(|(_, line)| line)
    }

    /// A link in the words of the contract.
    pub(super) fn describe_link(&mut self, now: Now, link: LinkId) -> Result<Map<String, Value>, Failure> {
        Ok(self.line(link)?.describe(now))
    }
}

/// For answers.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
