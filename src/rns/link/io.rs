//! What one input to a link may use, and where its frames go.
//! Not the link: its parts get this for the length of one call.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::hash::PacketHash;
use super::super::packet::{Context, Packet, PacketType};
use super::super::random::Random;
use super::super::time::Instant;
use super::session::Session;

/// Time, keys, randomness, and the frames that wait to leave.
#[derive(Debug)]
pub(crate) struct Io<'a> {
    /// What time it is.
    pub(crate) now: Instant,
    /// The link's keys.
    pub(crate) session: &'a Session,
    /// The link's round trip time.
    pub(crate) round_trip: Duration,
    /// For IVs and salts.
    pub(crate) random: &'a mut Random,
    /// Frames that wait to leave.
    pub(crate) frames: &'a mut VecDeque<Vec<u8>>,
}

impl Io<'_> {
    /// Encrypts and queues `plaintext`.
    pub(crate) fn send(&mut self, context: Context, plaintext: &[u8]) {
        let frame = self.session.seal(context, plaintext, self.random.bytes());
        self.frames.push_back(frame);
    }

    /// As [`Self::send`], and says what the packet is called.
    pub(crate) fn send_named(&mut self, context: Context, plaintext: &[u8]) -> PacketHash {
        let frame = self.session.seal(context, plaintext, self.random.bytes());
        let hash = Packet::parse(&frame).map(|packet| packet.hash());
        self.frames.push_back(frame);
        // A frame that was just packed has a whole header and a token behind it.
        hash.unwrap_or(PacketHash::from_bytes([0; 32]))
    }

    /// Queues `payload` as it is.
    pub(crate) fn send_plain(&mut self, packet_type: PacketType, context: Context, payload: &[u8]) {
        self.frames.push_back(self.session.frame(packet_type, context, payload));
    }
}
