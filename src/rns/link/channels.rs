//! What the layer above asks of a link's channel, and what a link does with the packets and proofs of its channel.
//! Not the channel itself.

use super::super::error::{DropReason, MisuseError};
use super::super::event::Event;
use super::super::node::Compression;
use super::super::packet::Packet;
use super::super::random::Random;
use super::super::time::Now;
use super::Link;
use super::channel::{
    Arrival, Channel, ChannelStatus, MessageType, Outlook, Sequence, StreamChunk, StreamEnd, StreamId,
    pack_chunk,
};
use super::established::{Established, Outbox, Sending};
use super::io::Io;
use super::session::split_proof;

impl Link {
    /// Opens the channel, or makes more message types known to it.
    pub(crate) fn open_channel(&mut self, types: &[MessageType]) -> Result<(), MisuseError> {
        let (link, _) = self.active()?;
        if types.iter().any(|message_type| message_type.is_reserved()) {
            return Err(MisuseError::ReservedType);
        }
        link.channel.get_or_insert_with(|| Channel::new(link.round_trip)).register(types);
        Ok(())
    }

    /// Opens the channel, if need be, and reads a stream on it.
    pub(crate) fn open_stream(&mut self, stream: StreamId) -> Result<(), MisuseError> {
        let (link, _) = self.active()?;
        link.channel.get_or_insert_with(|| Channel::new(link.round_trip)).open_stream(stream);
        Ok(())
    }

    pub(crate) fn send_on_channel(
        &mut self,
        now: Now,
        message_type: MessageType,
        body: &[u8],
        random: &mut Random,
    ) -> Result<Sequence, MisuseError> {
        if message_type.is_reserved() {
            return Err(MisuseError::ReservedType);
        }
        let (link, outbox) = self.active()?;
        link.with_channel(now, random, outbox, |channel, io| channel.send(io, message_type, body))?
    }

    /// Sends the next message of a stream; how much of `data` was in it.
    pub(crate) fn write_stream(
        &mut self,
        now: Now,
        stream: StreamId,
        data: &[u8],
        end: StreamEnd,
        compression: Compression,
        random: &mut Random,
    ) -> Result<usize, MisuseError> {
        let (link, outbox) = self.active()?;
        if data.is_empty() && end == StreamEnd::More {
            return Ok(0);
        }
        let room = link.channel_status().ok_or(MisuseError::NoChannel)?.mdu;
        link.with_channel(now, random, outbox, |channel, io| {
            // Compression is not for nothing.
            if !channel.is_ready() {
                return Err(MisuseError::Full);
            }
            let (body, taken) = pack_chunk(stream, data, end, room, compression);
            channel.send(io, MessageType::STREAM_DATA, &body).map(|_| taken)
        })?
    }

    /// Sends a stream message with this body.
    pub(crate) fn send_stream_body(
        &mut self,
        now: Now,
        body: &[u8],
        random: &mut Random,
    ) -> Result<Sequence, MisuseError> {
        let (link, outbox) = self.active()?;
        link.with_channel(now, random, outbox, |channel, io| {
            channel.send(io, MessageType::STREAM_DATA, body)
        })?
    }

    /// As if the peer had sent this envelope.
    pub(crate) fn handle_envelope(&mut self, envelope: &[u8]) -> Result<(), DropReason> {
        let (link, outbox) = self.active().map_err(|_| DropReason::OutOfOrder)?;
        link.take_envelope(envelope, outbox)
    }

    pub(crate) fn channel_status(&self) -> Option<ChannelStatus> {
        self.established()?.channel_status()
    }
}

impl Established {
    fn channel_status(&self) -> Option<ChannelStatus> {
        Some(self.channel.as_ref()?.status(self.session.mdu()))
    }

    fn with_channel<T>(
        &mut self,
        now: Now,
        random: &mut Random,
        outbox: &mut Outbox,
        call: impl FnOnce(&mut Channel, &mut Io<'_>) -> T,
    ) -> Result<T, MisuseError> {
        let Self { session, round_trip, last_sent, channel, .. } = self;
        let channel = channel.as_mut().ok_or(MisuseError::NoChannel)?;
        let sending = Sending { session, round_trip: *round_trip, last_sent };
        Ok(sending.lend(now, random, outbox, |io| call(channel, io)))
    }

    /// A channel packet. It is proved whatever is in it, also a second time: the proof says that it need not be sent
    /// again, not that it was put to use. Only what comes too early has to come again.
    pub(super) fn handle_channel_packet(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        plaintext: &[u8],
        outbox: &mut Outbox,
    ) -> Result<(), DropReason> {
        let channel = self.channel.as_ref().ok_or(DropReason::NotServed)?;
        if channel.is_too_early(plaintext) {
            return Err(DropReason::OutOfOrder);
        }
        outbox.frames.push_back(self.session.prove(packet.hash()));
        self.last_sent = now.instant;
        self.take_envelope(plaintext, outbox)
    }

    fn take_envelope(&mut self, envelope: &[u8], outbox: &mut Outbox) -> Result<(), DropReason> {
        let (link, destination) = (self.session.id(), self.destination);
        let channel = self.channel.as_mut().ok_or(DropReason::NotServed)?;
        let outcome = channel.handle_envelope(envelope);
        while let Some(arrival) = channel.poll_arrival() {
            outbox.events.push_back(match arrival {
                Arrival::Message { message_type, body } => {
                    Event::ChannelMessage { link, destination, message_type, body }
                }
                Arrival::Stream(StreamChunk { stream, end, data }) => {
                    Event::StreamData { link, destination, stream, data, end }
                }
                Arrival::Broken(reason) => Event::ChannelBroken { link, destination, reason },
            });
        }
        outcome
    }

    /// A packet proof: is it for a channel message? `None` if not.
    pub(super) fn handle_channel_proof(&mut self, payload: &[u8]) -> Option<Result<Event, DropReason>> {
        let (packet, signature) = split_proof(payload).ok()?;
        let channel = self.channel.as_mut()?;
        let sequence = channel.carried_by(packet)?;
        if !self.session.verify(packet, signature) {
            return Some(Err(DropReason::BadSignature));
        }
        channel.delivered(sequence);
        Some(Ok(Event::ChannelDelivered { link: self.session.id(), sequence }))
    }

    /// Sends again what is overdue; false if there is no hope.
    pub(super) fn handle_channel_timeout(
        &mut self,
        now: Now,
        random: &mut Random,
        outbox: &mut Outbox,
    ) -> bool {
        let outlook = self.with_channel(now, random, outbox, Channel::handle_timeout);
        !matches!(outlook, Ok(Outlook::Hopeless))
    }
}
