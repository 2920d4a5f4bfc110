//! The channels of `channel_serve`: on every link the same few messages, one after the other.
//! Not what comes in on them; that is only reported.

use std::collections::BTreeMap;
use std::time::Duration;

use roost::rns::Node;
use roost::rns::hash::LinkId;
use roost::rns::link::MessageType;
use roost::rns::time::{Instant, Now};

use crate::events;

/// The type of all messages, both ways: opaque bytes.
const MESSAGE: MessageType = MessageType(0x0101);
/// What is sent.
const MESSAGES: &[&[u8]] = &[b"channel-one", b"channel-two", b"channel-three"];
/// Between the link and the first message.
const DELAY: Duration = Duration::from_secs(1);

/// The channels that are open. The node bounds the links, and so these.
#[derive(Debug, Default)]
pub(crate) struct Channels(BTreeMap<LinkId, Sending>);

#[derive(Debug)]
struct Sending {
    at: Instant,
    left: &'static [&'static [u8]],
}

impl Channels {
    /// A link is up: opens its channel.
    pub(crate) fn open(&mut self, now: Now, node: &mut Node, link: LinkId) {
        match node.open_channel(now, link, &[MESSAGE]) {
            Ok(()) => {
                self.0.insert(link, Sending { at: now.instant.after(DELAY), left: MESSAGES });
            }
            Err(error) => events::error(&error.to_string()),
        }
    }

    /// A link is gone.
    pub(crate) fn forget(&mut self, link: LinkId) {
        self.0.remove(&link);
    }

    /// When [`Self::proceed`] wants to be called, unless a delivery comes first.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        self.0
            .values()
            .filter(|sending| sending.at > now && !sending.left.is_empty())
            .map(|sending| sending.at)
            .min()
    }

    /// Sends what is due, as far as the channels are ready.
    pub(crate) fn proceed(&mut self, now: Now, node: &mut Node) {
        for (link, sending) in self.0.iter_mut().filter(|(_, sending)| sending.at <= now.instant) {
            while let Some((message, rest)) = sending.left.split_first()
                && node.channel_status(*link).is_some_and(|status| status.ready)
            {
                match node.send_on_channel(now, *link, MESSAGE, message) {
                    Ok(_) => events::channel("channel_sent", *link, message),
                    Err(error) => events::error(&error.to_string()),
                }
                sending.left = rest;
            }
        }
    }
}
