//! How a channel stands, for those who watch it.
//! Not the channel: this is a copy.

use super::{Channel, Sequence, body_limit};

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelStatus {
    /// Most bytes of one message.
    pub mdu: usize,
    /// How many messages may be on their way.
    pub window: usize,
    /// Losses leave so many.
    pub window_min: usize,
    /// It grows to so many.
    pub window_max: usize,
    /// The gap between these two that losses leave.
    pub window_flexibility: usize,
    /// Deliveries in a row at a medium round trip time.
    pub medium_rounds: u32,
    /// Deliveries in a row at a short round trip time.
    pub fast_rounds: u32,
    /// The next message to be sent.
    pub next_sequence: Sequence,
    /// The next message to be delivered here.
    pub next_expected: Sequence,
    /// Messages on their way, each with how often it was sent.
    pub in_flight: Vec<(Sequence, usize)>,
    /// Messages that came in and wait for one before them.
    pub waiting: usize,
    /// Is there room for one more message on its way?
    pub ready: bool,
}

impl Channel {
    pub(in super::super) fn status(&self, link_mdu: usize) -> ChannelStatus {
        let window = &self.outgoing.window;
        ChannelStatus {
            mdu: body_limit(link_mdu),
            window: window.size,
            window_min: window.min,
            window_max: window.max,
            window_flexibility: window.flexibility,
            medium_rounds: window.medium_rounds,
            fast_rounds: window.fast_rounds,
            next_sequence: self.outgoing.next,
            next_expected: self.incoming.next,
            in_flight: self.outgoing.tries().collect(),
            waiting: self.incoming.len(),
            ready: self.is_ready(),
        }
    }
}
