//! One segment of a Resource on its way in: asks for parts, puts them in order, asks again for what is missing.
//! Not the whole Resource, and not the decision to take it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::link::seconds;
use super::super::packet::HEADER_MIN;
use super::super::time::Instant;
use super::advertisement::{Advertisement, Encoding, Metadata};
use super::hashmap::{self, KnownMap, MapHash};
use super::status::{Direction, ResourceState, ResourceStatus};
use super::window::{WINDOW_MAX_FAST, Window};
use super::{HASHMAP_EXHAUSTED, HASHMAP_NOT_EXHAUSTED};

/// `Resource.MAX_RETRIES`.
const MAX_RETRIES: u32 = 16;
/// `Resource.PART_TIMEOUT_FACTOR`: before the first part.
const TIMEOUT_FACTOR: f64 = 4.0;
/// `Resource.PART_TIMEOUT_FACTOR_AFTER_RTT`.
const TIMEOUT_FACTOR_LATER: f64 = 2.0;
/// `Resource.RETRY_GRACE_TIME`, in seconds.
const GRACE: f64 = 0.25;
/// `Resource.PER_RETRY_DELAY`, in seconds.
const PER_RETRY: f64 = 0.5;
/// `Resource.HMU_WAIT_FACTOR`: parts' worth of time that a hashmap update may take.
const HASHMAP_WAIT: f64 = 3.5;
/// Header, IV, HMAC and padding around a part request.
const REQUEST_OVERHEAD: usize = 75;

/// How fast data comes in, and how large the window has grown: starts the link's next Resource.
#[derive(Debug, Clone, Default)]
pub(crate) struct Experience {
    window: Option<usize>,
    /// Bits per second.
    rate: Option<f64>,
}

/// One incoming segment.
#[derive(Debug)]
pub(crate) struct Receiver {
    /// What was promised, without the map.
    pub(crate) advertisement: Advertisement,
    sdu: usize,
    map: KnownMap,
    /// The parts up to the first gap.
    stream: Vec<u8>,
    next: usize,
    /// Parts behind the first gap; at most a window of them.
    ahead: BTreeMap<usize, Vec<u8>>,
    window: Window,
    /// Bits per second.
    rate: f64,
    rate_measured: bool,
    retries: u32,
    map_requests: usize,
    map_updates: usize,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// The first request waits until the sender has noted what it advertised.
    Held { due: Instant },
    /// Parts are asked for.
    Fetching(Round),
}

/// From one part request to the next.
#[derive(Debug)]
struct Round {
    sent_at: Instant,
    request_size: usize,
    last_activity: Instant,
    /// Positions that were asked for and are missing.
    outstanding: BTreeSet<usize>,
    awaiting_hashmap: bool,
    received: usize,
}

/// What to do after an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was not for this segment.
    NotMine,
    /// Nothing yet.
    Wait,
    /// Send [`Receiver::next_request`].
    Ask,
    /// All parts are here.
    Complete,
    /// There is no going on.
    GiveUp,
}

impl Receiver {
    /// Ready to ask for the first parts when `due`. `fallback_rate` (bits per second) counts until a rate is known.
    pub(crate) fn new(
        mut advertisement: Advertisement,
        sdu: usize,
        experience: &Experience,
        fallback_rate: f64,
        due: Instant,
    ) -> Self {
        let hashmap = std::mem::take(&mut advertisement.hashmap);
        // The reference ignores the advertised number of parts too.
        let parts = advertisement.transfer_size.div_ceil(sdu.max(1));
        Self {
            advertisement,
            sdu,
            map: KnownMap::new(parts, &hashmap),
            stream: Vec::new(),
            next: 0,
            ahead: BTreeMap::new(),
            window: Window::new(experience.window),
            rate: experience.rate.unwrap_or(fallback_rate),
            rate_measured: false,
            retries: 0,
            map_requests: 0,
            map_updates: 0,
            phase: Phase::Held { due },
        }
    }

    /// A part came in, of this segment or of another.
    pub(crate) fn handle_part(&mut self, now: Instant, part: &[u8]) -> Step {
        let Phase::Fetching(round) = &mut self.phase else { return Step::NotMine };
        let hash = MapHash::of(part, self.advertisement.random_hash);
        let scope = self.next..self.next.saturating_add(WINDOW_MAX_FAST);
        let missing =
            |position: &usize| self.map.get(*position) == Some(hash) && !self.ahead.contains_key(position);
        let Some(position) = scope.into_iter().find(missing) else { return Step::NotMine };
        let start = position.saturating_mul(self.sdu);
        if part.len() != self.advertisement.transfer_size.saturating_sub(start).min(self.sdu) {
            return Step::NotMine;
        }

        if round.received == 0 {
            let bytes = part.len().saturating_add(HEADER_MIN).saturating_add(round.request_size);
            self.window.first_part(rate(bytes, now.since(round.sent_at)));
        }
        round.received = round.received.saturating_add(part.len());
        round.last_activity = now;
        round.outstanding.remove(&position);
        self.retries = 0;
        if position == self.next {
            self.stream.extend_from_slice(part);
            self.next = self.next.saturating_add(1);
            while let Some(part) = self.ahead.remove(&self.next) {
                self.stream.extend_from_slice(&part);
                self.next = self.next.saturating_add(1);
            }
        } else {
            self.ahead.insert(position, part.to_vec());
        }
        self.after_progress(now)
    }

    /// It was advertised again: the sender has not seen the first request, unless a part is here. Then that leaves once
    /// more, when `due`. False if nothing changes.
    pub(crate) fn advertised_again(&mut self, due: Instant) -> bool {
        let unseen = matches!(self.phase, Phase::Fetching(_)) && self.next == 0 && self.ahead.is_empty();
        if unseen {
            self.phase = Phase::Held { due };
        }
        unseen
    }

    /// More of the map came in, behind the resource hash of `plaintext`.
    pub(crate) fn handle_hashmap(&mut self, now: Instant, content: &[u8]) -> Step {
        let Phase::Fetching(round) = &mut self.phase else { return Step::NotMine };
        if !round.awaiting_hashmap {
            return Step::Wait;
        }
        match hashmap::parse_update(content) {
            Ok((_, hashes)) if hashes.is_empty() => Step::GiveUp,
            Ok((segment, hashes)) if self.map.extend(segment, &hashes) => {
                round.awaiting_hashmap = false;
                round.last_activity = now;
                self.retries = 0;
                self.map_updates = self.map_updates.saturating_add(1);
                self.after_progress(now)
            }
            Ok(_) | Err(_) => Step::Wait,
        }
    }

    /// The plaintext of the next part request; `None` if there is nothing to ask by.
    pub(crate) fn next_request(&mut self, now: Instant) -> Option<Vec<u8>> {
        let end = self.next.saturating_add(self.window.size()).min(self.map.parts());
        let mut outstanding = BTreeSet::new();
        let mut wanted = Vec::new();
        let mut awaiting_hashmap = false;
        for position in (self.next..end).filter(|position| !self.ahead.contains_key(position)) {
            let Some(hash) = self.map.get(position) else {
                awaiting_hashmap = true;
                break;
            };
            outstanding.insert(position);
            wanted.extend_from_slice(hash.as_bytes());
        }

        let mut plaintext = Vec::with_capacity(wanted.len().saturating_add(37));
        if awaiting_hashmap {
            self.map_requests = self.map_requests.saturating_add(1);
            plaintext.push(HASHMAP_EXHAUSTED);
            plaintext.extend_from_slice(self.map.last()?.as_bytes());
        } else {
            plaintext.push(HASHMAP_NOT_EXHAUSTED);
        }
        plaintext.extend_from_slice(self.advertisement.hash.as_bytes());
        plaintext.extend_from_slice(&wanted);
        self.phase = Phase::Fetching(Round {
            sent_at: now,
            request_size: plaintext.len().saturating_add(REQUEST_OVERHEAD),
            last_activity: now,
            outstanding,
            awaiting_hashmap,
            received: 0,
        });
        Some(plaintext)
    }

    pub(crate) fn status(&self) -> ResourceStatus {
        let advertisement = &self.advertisement;
        ResourceStatus {
            resource: advertisement.original,
            segment_hash: advertisement.hash,
            direction: Direction::Incoming,
            state: ResourceState::Transferring,
            size: advertisement.data_size,
            transfer_size: advertisement.transfer_size,
            segment: advertisement.segment,
            segments: advertisement.segments,
            parts: self.map.parts(),
            parts_done: self.next,
            compressed: advertisement.encoding == Encoding::Bzip2,
            has_metadata: advertisement.metadata == Metadata::Prefixed,
            map_height: self.map.height(),
            map_requests: self.map_requests,
            map_updates: self.map_updates,
        }
    }

    /// Bytes that have arrived, at most.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.stream.len().saturating_add(self.ahead.len().saturating_mul(self.sdu))
    }

    pub(crate) fn deadline(&self) -> Instant {
        match &self.phase {
            Phase::Held { due } => *due,
            Phase::Fetching(round) => round.last_activity.after(self.patience(round)),
        }
    }

    /// Asks for the first time, asks again, or gives up.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Step {
        if now < self.deadline() {
            return Step::Wait;
        }
        if matches!(self.phase, Phase::Held { .. }) {
            return Step::Ask;
        }
        if self.retries >= MAX_RETRIES {
            return Step::GiveUp;
        }
        self.retries = self.retries.saturating_add(1);
        self.window.timed_out();
        Step::Ask
    }

    /// The encrypted stream, once complete, and what was learned about the link.
    pub(crate) fn finish(self) -> (Advertisement, Vec<u8>, Experience) {
        let rate = self.rate_measured.then_some(self.rate);
        (self.advertisement, self.stream, Experience { window: Some(self.window.size()), rate })
    }

    fn after_progress(&mut self, now: Instant) -> Step {
        if self.next >= self.map.parts() {
            self.measure(now);
            return Step::Complete;
        }
        let Phase::Fetching(round) = &self.phase else { return Step::Wait };
        if round.awaiting_hashmap || !round.outstanding.is_empty() {
            return Step::Wait;
        }
        self.measure(now);
        Step::Ask
    }

    /// Everything that was asked for is here: adapt the window and note the rate.
    fn measure(&mut self, now: Instant) {
        let Phase::Fetching(round) = &self.phase else { return };
        // A round that only fetched a piece of the map says nothing about the rate of parts.
        if round.received > 0 {
            let bytes_per_second = rate(round.received, now.since(round.sent_at));
            self.window.round_answered(bytes_per_second);
            self.rate = bytes_per_second * 8.0;
            self.rate_measured = true;
        }
    }

    /// How long to wait since the last sign of life (page 06 §9).
    fn patience(&self, round: &Round) -> Duration {
        let rate = self.rate.max(1.0);
        let sdu = self.sdu as f64;
        let factor =
            if self.next == 0 && self.ahead.is_empty() { TIMEOUT_FACTOR } else { TIMEOUT_FACTOR_LATER };
        let parts = if self.rate_measured {
            let waiting = round.awaiting_hashmap || round.outstanding.is_empty();
            let hashmap = if waiting { HASHMAP_WAIT * sdu * 8.0 / rate } else { 0.0 };
            factor * round.outstanding.len() as f64 * sdu * 8.0 / rate + hashmap
        } else {
            factor * 3.0 * sdu / rate
        };
        seconds(parts + GRACE + f64::from(self.retries) * PER_RETRY)
    }
}

/// Bytes per second; what takes no time is as fast as anything.
fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64().max(1e-6)
}
