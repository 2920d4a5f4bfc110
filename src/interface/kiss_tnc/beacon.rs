//! Saying who we are, where the law of amateur radio wants it: some time after we began to send.
//! Not an announce; nodes drop it for its length.

use std::time::Duration;

use crate::interface::BeaconSection;
use crate::rns::time::Instant;

/// `AX25_MIN_PACKET_LEN` of modems: shorter frames are not sent.
const LEAST: usize = 15;

/// A beacon, and when it is due.
#[derive(Debug)]
pub(super) struct Beacon {
    text: Vec<u8>,
    interval: Duration,
    due: Option<Instant>,
}

impl Beacon {
    pub(super) fn new(section: &BeaconSection) -> Self {
        let mut text = section.text.clone().into_bytes();
        text.resize(text.len().max(LEAST), 0);
        Self { text, interval: section.interval, due: None }
    }

    /// A packet was sent. The beacon is none: in the reference a short one begins the next interval itself, for ever.
    pub(super) fn note_packet(&mut self, now: Instant) {
        self.due.get_or_insert(now.after(self.interval));
    }

    /// When it is due.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What is to be sent, if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.due.take_if(|due| *due <= now)?;
        Some(self.text.clone())
    }
}
