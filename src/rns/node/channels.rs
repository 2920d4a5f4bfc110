//! The node's calls for channels and the streams on them.
//! Not what a channel does with a message.

use super::{Compression, Node};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::hash::LinkId;
use crate::rns::link::{ChannelStatus, MessageType, Sequence, StreamEnd, StreamId};
use crate::rns::time::Now;

impl Node {
    /// Opens the channel of a link that is up, for messages of these types; called again, more types are known. Both
    /// ends must do so before anything is sent: what arrives earlier is dropped, unproved without a channel, and proved
    /// all the same with one that doesn't know its type. Ends with the link.
    pub fn open_channel(&mut self, now: Now, link: LinkId, types: &[MessageType]) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, _| link.open_channel(types))
    }

    /// Sends a message; [`MisuseError::Full`] while too many are on their way. Ends in
    /// [`crate::rns::event::Event::ChannelDelivered`] or the end of the link. The proof says that the other end has the
    /// message, not that it has stored it.
    pub fn send_on_channel(
        &mut self,
        now: Now,
        link: LinkId,
        message_type: MessageType,
        body: &[u8],
    ) -> Result<Sequence, MisuseError> {
        self.on_link(now, link, |link, random| link.send_on_channel(now, message_type, body, random))
    }

    /// Reads a stream that the other end writes ([`crate::rns::event::Event::StreamData`]), on the channel of a link
    /// that is up; opens the channel if need be.
    pub fn open_stream(&mut self, now: Now, link: LinkId, stream: StreamId) -> Result<(), MisuseError> {
        self.on_link(now, link, |link, _| link.open_stream(stream))
    }

    /// Sends one message of a stream that the other end reads, and returns how many bytes of `data` were in it; to be
    /// called again with the rest. [`MisuseError::Full`] while too many are on their way. With [`StreamEnd::Last`], the
    /// message with the end of `data` ends the stream; it may be empty.
    pub fn write_stream(
        &mut self,
        now: Now,
        link: LinkId,
        stream: StreamId,
        data: &[u8],
        end: StreamEnd,
        compress: Compression,
    ) -> Result<usize, MisuseError> {
        self.on_link(now, link, |link, random| link.write_stream(now, stream, data, end, compress, random))
    }

    /// Sends a stream message with this body, whatever it says: for conformance tests of what the other end makes of a
    /// bad one.
    pub fn send_stream_body(&mut self, now: Now, link: LinkId, body: &[u8]) -> Result<Sequence, MisuseError> {
        self.on_link(now, link, |link, random| link.send_stream_body(now, body, random))
    }

    /// How the channel of `link` stands; `None` if there is none.
    pub fn channel_status(&self, link: LinkId) -> Option<ChannelStatus> {
        self.links.get(link).and_then(|entry| entry.link.channel_status())
    }

    /// Takes an envelope as if the other end of the link had sent it: for simulations and conformance tests, which
    /// have no key to make the packet with.
    pub fn handle_channel_envelope(
        &mut self,
        now: Now,
        link: LinkId,
        envelope: &[u8],
    ) -> Result<(), DropReason> {
        let mut outcome = Err(DropReason::UnknownAddress);
        self.on_link_if_any(now, link, |link, _| outcome = link.handle_envelope(envelope));
        outcome
    }
}
