//! A channel: small messages over a link, in order, each once, sent again until they are proved. Buffers run on top.
//! Not the link, which carries the packets and their proofs.

mod envelope;
mod incoming;
mod outgoing;
mod status;
mod stream;
#[cfg(test)]
mod tests;
mod window;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::super::error::{DropReason, MisuseError};
use super::super::hash::PacketHash;
use super::super::time::Instant;
use super::Io;
use envelope::{Envelope, HEADER, MAX_BODY};
use incoming::{Incoming, Message};
use outgoing::Outgoing;

pub use envelope::{MessageType, Sequence};
pub use status::ChannelStatus;
pub use stream::{MAX_CHUNK, StreamChunk, StreamEnd, StreamId, pack_chunk};

pub(super) use outgoing::Outlook;

/// One end of a channel.
#[derive(Debug)]
pub(super) struct Channel {
    /// What the layer above understands.
    types: BTreeSet<MessageType>,
    /// Streams that it reads.
    streams: BTreeSet<StreamId>,
    outgoing: Outgoing,
    incoming: Incoming,
    arrivals: VecDeque<Arrival>,
}

/// What has arrived, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrival {
    Message {
        message_type: MessageType,
        body: Vec<u8>,
    },
    Stream(StreamChunk),
    /// Stream data that can't be read: nothing behind it on this channel is ever delivered.
    Broken(DropReason),
}

impl Channel {
    pub(super) fn new(round_trip: Duration) -> Self {
        Self {
            types: BTreeSet::new(),
            streams: BTreeSet::new(),
            outgoing: Outgoing::new(round_trip),
            incoming: Incoming::default(),
            arrivals: VecDeque::new(),
        }
    }

    pub(super) fn register(&mut self, types: &[MessageType]) {
        self.types.extend(types);
    }

    pub(super) fn open_stream(&mut self, stream: StreamId) {
        self.types.insert(MessageType::STREAM_DATA);
        self.streams.insert(stream);
    }

    /// Sends a message, if there is room for it on the way and in a packet.
    pub(super) fn send(
        &mut self,
        io: &mut Io<'_>,
        message_type: MessageType,
        body: &[u8],
    ) -> Result<Sequence, MisuseError> {
        let (size, limit) = (body.len(), body_limit(io.session.mdu()));
        if size > limit {
            return Err(MisuseError::TooLarge { size, limit });
        }
        self.outgoing.send(io, message_type, body)
    }

    /// Is there room for one more message on its way?
    pub(super) fn is_ready(&self) -> bool {
        self.outgoing.is_ready()
    }

    /// Is this envelope further ahead than anything is taken from? Its proof would make the peer believe that it has
    /// arrived; without one, it comes again when the gap before it may have closed.
    pub(super) fn is_too_early(&self, bytes: &[u8]) -> bool {
        Envelope::parse(bytes).is_ok_and(|envelope| self.incoming.is_too_early(envelope.sequence))
    }

    /// An envelope came in; what it leads to waits in [`Self::poll_arrival`].
    pub(super) fn handle_envelope(&mut self, bytes: &[u8]) -> Result<(), DropReason> {
        let envelope = Envelope::parse(bytes)?;
        // Its turn never comes, and that of none behind it, as in the reference: what we can't tell apart we can't skip.
        if !self.types.contains(&envelope.message_type) {
            return Err(DropReason::NotServed);
        }
        self.incoming.take(&envelope)?;
        while let Some(message) = self.incoming.due() {
            match self.read(message) {
                Ok(arrival) => self.arrivals.extend(arrival),
                Err(reason) => {
                    self.arrivals.push_back(Arrival::Broken(reason));
                    return Err(reason);
                }
            }
            self.incoming.advance();
        }
        Ok(())
    }

    pub(super) fn poll_arrival(&mut self) -> Option<Arrival> {
        self.arrivals.pop_front()
    }

    /// The message that this packet of ours carried, if it is not proved yet.
    pub(super) fn carried_by(&self, packet: PacketHash) -> Option<Sequence> {
        self.outgoing.carried_by(packet)
    }

    /// A message of ours was proved.
    pub(super) fn delivered(&mut self, sequence: Sequence) {
        self.outgoing.delivered(sequence);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.outgoing.deadline()
    }

    pub(super) fn handle_timeout(&mut self, io: &mut Io<'_>) -> Outlook {
        self.outgoing.handle_timeout(io)
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.outgoing.kept_bytes().saturating_add(self.incoming.kept_bytes())
    }

    /// Data for a stream that nobody reads has had its turn, and is gone.
    fn read(&self, message: Message) -> Result<Option<Arrival>, DropReason> {
        let Message { message_type, body } = message;
        if message_type != MessageType::STREAM_DATA {
            return Ok(Some(Arrival::Message { message_type, body }));
        }
        let chunk = StreamChunk::parse(&body)?;
        Ok(self.streams.contains(&chunk.stream).then_some(Arrival::Stream(chunk)))
    }
}

/// `Channel.mdu`: most bytes of one message, on a link whose packets hold `link_mdu`.
fn body_limit(link_mdu: usize) -> usize {
    link_mdu.saturating_sub(HEADER).min(MAX_BODY)
}
