//! Counters of what was lost on interfaces, by reason.
//! Not packets that the node dropped; it counts those itself.

use std::sync::atomic::{AtomicU64, Ordering};

use super::hdlc::Discards;

/// Why something was lost before it reached the node, or after it left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// A frame too short for a packet.
    FrameTooShort,
    /// A frame longer than the interface allows.
    FrameTooLong,
    /// A run of bytes without a delimiter.
    Unterminated,
    /// A frame for a peer that reads too slowly.
    SlowPeer,
    /// A client beyond the limit.
    TooManyClients,
    /// A datagram that the system would not send.
    NotSent,
    /// A datagram from somebody who is no peer.
    Stranger,
    /// A frame of a radio that is not as its command asks for.
    Damaged,
}

impl Loss {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 8] = [
        Self::FrameTooShort,
        Self::FrameTooLong,
        Self::Unterminated,
        Self::SlowPeer,
        Self::TooManyClients,
        Self::NotSent,
        Self::Stranger,
        Self::Damaged,
    ];
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::FrameTooShort => "frame too short",
            Self::FrameTooLong => "frame too long",
            Self::Unterminated => "bytes without frame end",
            Self::SlowPeer => "peer reads too slowly",
            Self::TooManyClients => "too many clients",
            Self::NotSent => "datagram that could not be sent",
            Self::Stranger => "datagram from a stranger",
            Self::Damaged => "damaged frame of a radio",
        })
    }
}

/// How often each [`Loss`] occurred, on all interfaces together.
#[derive(Debug, Default)]
pub struct Counters {
    frame_too_short: AtomicU64,
    frame_too_long: AtomicU64,
    unterminated: AtomicU64,
    slow_peer: AtomicU64,
    too_many_clients: AtomicU64,
    not_sent: AtomicU64,
    stranger: AtomicU64,
    damaged: AtomicU64,
}

impl Counters {
    /// How often `loss` occurred.
    pub fn get(&self, loss: Loss) -> u64 {
        self.of(loss).load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, loss: Loss) {
        self.add_many(loss, 1);
    }

    pub(super) fn add_many(&self, loss: Loss, count: u64) {
        if count > 0 {
            self.of(loss).fetch_add(count, Ordering::Relaxed);
        }
    }

    pub(super) fn add_discards(&self, discards: Discards) {
        self.add_many(Loss::FrameTooShort, discards.too_short);
        self.add_many(Loss::FrameTooLong, discards.too_long);
        self.add_many(Loss::Unterminated, discards.unterminated);
    }

    fn of(&self, loss: Loss) -> &AtomicU64 {
        match loss {
            Loss::FrameTooShort => &self.frame_too_short,
            Loss::FrameTooLong => &self.frame_too_long,
            Loss::Unterminated => &self.unterminated,
            Loss::SlowPeer => &self.slow_peer,
            Loss::TooManyClients => &self.too_many_clients,
            Loss::NotSent => &self.not_sent,
            Loss::Stranger => &self.stranger,
            Loss::Damaged => &self.damaged,
        }
    }
}
