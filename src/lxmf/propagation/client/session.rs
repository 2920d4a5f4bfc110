//! A turn under way: how far one node has been asked for the mail of one destination.
//! Not the asking; the fetcher does it.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::report::FetchReport;
use super::turns::Turn;
use crate::lxmf::propagation::TransientId;
use crate::rns::hash::{LinkId, RequestId};
use crate::rns::time::Instant;

/// How long a node's path, or its announce, is waited for.
pub(super) const FIND_TIME: Duration = Duration::from_secs(15);
/// `PATH_REQUEST_WAIT`: after so long it is asked for again.
pub(super) const FIND_AGAIN: Duration = Duration::from_secs(7);
/// How long one turn may take. A slow radio needs minutes for a large message.
const TURN_TIME: Duration = Duration::from_secs(3_600);
/// Link round trips from this on mean a radio.
const SLOW: Duration = Duration::from_secs(1);
/// kB asked for at once over a radio: nothing of an answer is usable until all of it is here.
const SLOW_ROUND: u64 = 32;
/// kB asked for at once otherwise.
const FAST_ROUND: u64 = 1_000;
/// kB asked for when less gave nothing: the largest message that is accepted fits.
const LARGEST_ROUND: u64 = 4_300;

/// A turn under way.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) turn: Turn,
    pub(super) stage: Stage,
    /// `None` before it is open, and when it is lost while entries wait to be settled.
    pub(super) link: Option<LinkId>,
    pub(super) ends: Instant,
    pub(super) wants: VecDeque<TransientId>,
    /// Asked for and not given yet.
    pub(super) asked: BTreeSet<TransientId>,
    /// Given, opened, and not settled yet.
    pub(super) open: BTreeSet<TransientId>,
    /// What the node is to forget.
    pub(super) haves: Vec<TransientId>,
    pub(super) round: Round,
    pub(super) introductions: u32,
    pub(super) lies: usize,
    /// The list was longer than what one turn cares for.
    pub(super) more: bool,
    pub(super) report: FetchReport,
}

#[derive(Debug)]
pub(super) enum Stage {
    Finding { until: Instant, again: Instant },
    Opening,
    Listing(RequestId),
    Fetching(RequestId),
    Taking { entries: VecDeque<Vec<u8>>, next: Instant },
    Settling { until: Instant },
    Forgetting(RequestId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    Usual,
    Largest,
}

impl Session {
    pub(super) fn new(now: Instant, turn: Turn) -> Self {
        Self {
            turn,
            stage: Stage::Finding { until: now.after(FIND_TIME), again: now.after(FIND_AGAIN) },
            link: None,
            ends: now.after(TURN_TIME),
            wants: VecDeque::new(),
            asked: BTreeSet::new(),
            open: BTreeSet::new(),
            haves: Vec::new(),
            round: Round::Usual,
            introductions: 0,
            lies: 0,
            more: false,
            report: FetchReport::new(turn.node, turn.ours),
        }
    }

    /// How many kB the next round may bring, over a link with this round trip.
    pub(super) fn limit(&self, round_trip: Option<Duration>) -> u64 {
        match self.round {
            Round::Usual if round_trip.is_some_and(|round_trip| round_trip >= SLOW) => SLOW_ROUND,
            Round::Usual => FAST_ROUND,
            Round::Largest => LARGEST_ROUND,
        }
    }
}
