//! How long a driver waits for what. Not a clock.

use std::time::Duration;

/// The waits of a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// After opening, before the first question: opening a port resets many boards, and they take this long to start.
    pub settle: Duration,
    /// For the answers to what it is.
    pub detect: Duration,
    /// For those that not every radio gives, when it has given the others.
    pub extras: Duration,
    /// For being set, and saying so.
    pub configure: Duration,
    /// Between two times of asking the same.
    pub ask_again: Duration,
    /// `ACTIVITY_KEEPALIVE`: after so long without a word from us we say something, if the radio counts on it.
    pub keepalive: Option<Duration>,
    /// A radio that is on and says nothing for so long is gone. It says nothing while it transmits, so that comes on
    /// top.
    pub silence: Duration,
    /// At the end, for what the radio has still to send.
    pub farewell: Duration,
    /// Between our last byte and closing.
    pub linger: Duration,
    /// `RECONNECT_WAIT`: before the first new attempt.
    pub reconnect: Duration,
}

impl Timing {
    /// On a serial port.
    pub const SERIAL: Self = Self {
        settle: Duration::from_secs(2),
        detect: Duration::from_secs(3),
        extras: Duration::from_millis(500),
        configure: Duration::from_secs(4),
        ask_again: Duration::from_millis(500),
        keepalive: None,
        silence: Duration::from_secs(15),
        farewell: Duration::from_secs(3),
        linger: Duration::from_millis(100),
        reconnect: Duration::from_secs(5),
    };

    /// Over the network, where a radio ends what says nothing for 6.5 seconds, and switches off.
    pub const NETWORK: Self = Self {
        settle: Duration::ZERO,
        detect: Duration::from_secs(5),
        extras: Duration::from_secs(1),
        configure: Duration::from_secs(6),
        ask_again: Duration::from_millis(1500),
        keepalive: Some(Duration::from_millis(3500)),
        linger: Duration::from_millis(500),
        ..Self::SERIAL
    };
}
