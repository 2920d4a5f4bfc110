//! When a link that is silent gets a keepalive, turns stale, and is given up.
//! Not the packets themselves; the link sends what this decides.

use std::time::Duration;

use super::super::time::Instant;
use super::Role;
use super::units::seconds;

/// What the initiator sends.
pub(super) const FROM_INITIATOR: u8 = 0xff;
/// What the responder answers.
pub(super) const FROM_RESPONDER: u8 = 0xfe;

/// `Link.KEEPALIVE_MAX`, in seconds.
const INTERVAL_MAX: f64 = 360.0;
/// `Link.KEEPALIVE_MIN`, in seconds.
const INTERVAL_MIN: f64 = 5.0;
/// `Link.KEEPALIVE_MAX_RTT`: the round trip, in seconds, from which the interval is the longest.
const MAX_ROUND_TRIP: f64 = 1.75;
/// `Link.STALE_FACTOR`.
const STALE_FACTOR: u32 = 2;
/// `Link.STALE_GRACE`.
const STALE_GRACE: Duration = Duration::from_secs(5);
/// No interval is shorter, whatever we are asked for: a link must not keep its node busy.
const SHORTEST: Duration = Duration::from_millis(10);
/// Round trips of grace before a stale link is given up.
const GRACE_ROUND_TRIPS: u32 = 4;

/// The timers of an established link.
#[derive(Debug)]
pub(super) struct Keepalive {
    interval: Duration,
    stale_after: Duration,
    grace: Duration,
    last_received: Instant,
    last_keepalive: Option<Instant>,
    liveness: Liveness,
}

/// `Link.ACTIVE` and `Link.STALE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Liveness {
    Active,
    Stale { until: Instant },
}

/// What the timers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Nothing,
    SendKeepalive,
    GiveUp,
}

impl Keepalive {
    pub(super) fn new(now: Instant, round_trip: Duration) -> Self {
        let interval = round_trip.as_secs_f64() * INTERVAL_MAX / MAX_ROUND_TRIP;
        let interval = seconds(interval.clamp(INTERVAL_MIN, INTERVAL_MAX));
        Self {
            interval,
            stale_after: interval.saturating_mul(STALE_FACTOR),
            grace: round_trip.saturating_mul(GRACE_ROUND_TRIPS).saturating_add(STALE_GRACE),
            last_received: now,
            last_keepalive: None,
            liveness: Liveness::Active,
        }
    }

    /// Other timers than those that follow from the round trip time.
    pub(super) fn set(&mut self, interval: Duration, stale_after: Duration) {
        self.interval = interval.max(SHORTEST);
        self.stale_after = stale_after;
    }

    pub(super) const fn interval(&self) -> Duration {
        self.interval
    }
    pub(super) const fn stale_after(&self) -> Duration {
        self.stale_after
    }
    pub(super) const fn last_received(&self) -> Instant {
        self.last_received
    }
    pub(super) const fn last_keepalive(&self) -> Option<Instant> {
        self.last_keepalive
    }
    pub(super) const fn is_stale(&self) -> bool {
        matches!(self.liveness, Liveness::Stale { .. })
    }

    /// A keepalive leaves.
    pub(super) fn sent(&mut self, now: Instant) {
        self.last_keepalive = Some(now);
    }

    /// Something of this link came in.
    pub(super) fn received(&mut self, now: Instant) {
        self.last_received = now;
        self.liveness = Liveness::Active;
    }

    /// Should the responder answer a keepalive? Half the interval, because its own may be a little longer than
    /// the initiator's, which would otherwise turn stale between two answers.
    pub(super) fn answers(&self, now: Instant, last_sent: Instant) -> bool {
        now.since(last_sent) >= self.interval.mul_f64(0.5)
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(super) fn deadline(&self, role: Role, last_sent: Instant) -> Instant {
        let end = match self.liveness {
            Liveness::Active => self.last_received.after(self.stale_after),
            Liveness::Stale { until } => until,
        };
        match role {
            Role::Initiator => end.min(self.keepalive_due(last_sent)),
            Role::Responder => end,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, role: Role, last_sent: Instant) -> Action {
        match self.liveness {
            Liveness::Stale { until } if now >= until => return Action::GiveUp,
            Liveness::Active if now >= self.last_received.after(self.stale_after) => {
                self.liveness = Liveness::Stale { until: now.after(self.grace) };
            }
            Liveness::Active | Liveness::Stale { .. } => {}
        }
        if role == Role::Initiator && now >= self.keepalive_due(last_sent) {
            return Action::SendKeepalive;
        }
        Action::Nothing
    }

    /// Silence in either direction for an interval, and an interval since the last keepalive.
    fn keepalive_due(&self, last_sent: Instant) -> Instant {
        let silent_since = self.last_received.min(last_sent);
        self.last_keepalive.map_or(silent_since, |last| silent_since.max(last)).after(self.interval)
    }
}
