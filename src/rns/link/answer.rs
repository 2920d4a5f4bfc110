//! Answers of ours that must not overtake the caller's own bookkeeping.
//! Not the caller's side, and not what the answer says.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::super::hash::RequestId;
use super::super::node::Compression;
use super::super::resource::Content;
use super::super::time::Instant;
use super::request::Carrier;

/// Requests per link whose arrival is remembered; the oldest is forgotten, and its answer is then held as if it
/// had just arrived.
const MAX_ARRIVALS: usize = 256;
/// Above this round trip the caller has long noted its request before an answer can be there.
const SHORT_ROUND_TRIP: Duration = Duration::from_millis(100);
/// From this on it is a radio's, and not that of a busy machine.
const RADIO_ROUND_TRIP: Duration = Duration::from_secs(1);
const SHORTEST_HOLD: Duration = Duration::from_millis(1);
const LONGEST_HOLD: Duration = Duration::from_millis(5);
/// A request that came as a Resource is looked upon as if it had come so much later. The reference client sends it from
/// a thread of its own, and registers it only when the first thread has its turn again. On a busy machine that may be
/// after the whole transfer, and the caller would wait for its answer in vain. On the air it makes no difference.
const RESOURCE_DELAY: Duration = Duration::from_millis(100);

/// How long after a request, or a Resource's advertisement, its answer may leave at the earliest.
///
/// The reference client sends its request first and registers it afterwards, and does the same with a Resource:
/// an answer that comes within about a millisecond is lost. A round trip that is long for a loopback connection
/// shows a busy client (Python's threads take turns every 5 ms), which then gets a little longer.
pub(crate) fn response_hold(round_trip: Duration) -> Duration {
    if round_trip >= SHORT_ROUND_TRIP {
        return Duration::ZERO;
    }
    round_trip.mul_f64(0.25).clamp(SHORTEST_HOLD, LONGEST_HOLD)
}

/// Arrivals of requests, and answers that wait for their time.
#[derive(Debug, Default)]
pub(super) struct Answers {
    arrivals: VecDeque<(RequestId, Instant)>,
    /// By time and order of handing in.
    held: BTreeMap<(Instant, u64), Answer>,
    sequence: u64,
}

/// A packed response, or a file.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) request_id: RequestId,
    pub(super) content: Content,
    pub(super) compression: Compression,
}

impl Answers {
    /// A request came in.
    pub(super) fn arrived(
        &mut self,
        now: Instant,
        request_id: RequestId,
        carrier: Carrier,
        round_trip: Duration,
    ) {
        if self.arrivals.len() >= MAX_ARRIVALS {
            self.arrivals.pop_front();
        }
        let delay = match carrier {
            Carrier::Resource if round_trip < RADIO_ROUND_TRIP => RESOURCE_DELAY,
            Carrier::Resource | Carrier::Packet => Duration::ZERO,
        };
        self.arrivals.push_back((request_id, now.after(delay)));
    }

    /// An answer is ready: hold it for what is left of `hold` since its request arrived.
    pub(super) fn hold(&mut self, now: Instant, answer: Answer, hold: Duration) {
        let position = self.arrivals.iter().position(|(id, _)| *id == answer.request_id);
        let arrival = position.and_then(|position| self.arrivals.remove(position));
        let due = arrival.map_or(now, |(_, arrived)| arrived).after(hold);
        self.sequence = self.sequence.wrapping_add(1);
        self.held.insert((due, self.sequence), answer);
    }

    /// Takes the next answer that may leave.
    pub(super) fn due(&mut self, now: Instant) -> Option<Answer> {
        let entry = self.held.first_entry()?;
        (now >= entry.key().0).then(|| entry.remove())
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.held.values().map(|answer| answer.content.bytes.len()).fold(0, usize::saturating_add)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.held.first_key_value().map(|((due, _), _)| *due)
    }
}
