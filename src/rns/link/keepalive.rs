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
/// Round trips of grace before a stale link is given up.
const GRACE_ROUND_TRIPS: u32 = 4;

/// The timers of an established link.
#[derive(Debug)]
pub(super) struct Keepalive {
    interval: Duration,
    grace: Duration,
    last_received: Instant,
    last_keepalive: Instant,
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
        Self {
            interval: seconds(interval.clamp(INTERVAL_MIN, INTERVAL_MAX)),
            grace: round_trip.saturating_mul(GRACE_ROUND_TRIPS).saturating_add(STALE_GRACE),
            last_received: now,
            last_keepalive: now,
            liveness: Liveness::Active,
        }
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
            Liveness::Active => self.last_received.after(self.interval.saturating_mul(STALE_FACTOR)),
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
            Liveness::Active
                if now >= self.last_received.after(self.interval.saturating_mul(STALE_FACTOR)) =>
            {
                self.liveness = Liveness::Stale { until: now.after(self.grace) };
            }
            Liveness::Active | Liveness::Stale { .. } => {}
        }
        if role == Role::Initiator && now >= self.keepalive_due(last_sent) {
            self.last_keepalive = now;
            return Action::SendKeepalive;
        }
        Action::Nothing
    }

    /// Silence in either direction for an interval, and an interval since the last keepalive.
    fn keepalive_due(&self, last_sent: Instant) -> Instant {
        let silent_since = self.last_received.min(last_sent);
        silent_since.max(self.last_keepalive).after(self.interval)
    }
}
