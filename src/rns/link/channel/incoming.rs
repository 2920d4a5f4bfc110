//! Messages of a channel on their way in: put in order, each taken once.
//! Not what they say.

use std::collections::BTreeMap;

use super::super::super::error::DropReason;
use super::envelope::{Envelope, MessageType, Sequence};
use super::window::WINDOW_MAX;

/// `Channel.SEQ_MAX`, half of it: from here on, a sequence number lies behind, not ahead.
const SEQUENCE_HALF: u16 = 0x7fff;

/// What came in and waits for what is before it. At most 48 messages, because none from further ahead is taken; the
/// link's bytes count them.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    pub(super) next: Sequence,
    ring: BTreeMap<Sequence, Message>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) message_type: MessageType,
    pub(super) body: Vec<u8>,
}

impl Incoming {
    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.ring.values().map(|message| message.body.len()).fold(0, usize::saturating_add)
    }

    /// Is it ahead, but too far? What is not ahead has been delivered.
    pub(super) fn is_too_early(&self, sequence: Sequence) -> bool {
        (WINDOW_MAX.saturating_add(1)..=SEQUENCE_HALF).contains(&sequence.since(self.next))
    }

    /// Takes a message in, if it is new and not too far ahead.
    pub(super) fn take(&mut self, envelope: &Envelope<'_>) -> Result<(), DropReason> {
        if envelope.sequence.since(self.next) > WINDOW_MAX {
            return Err(DropReason::OutOfOrder);
        }
        if self.ring.contains_key(&envelope.sequence) {
            return Err(DropReason::Duplicate);
        }
        let message = Message { message_type: envelope.message_type, body: envelope.body.to_vec() };
        self.ring.insert(envelope.sequence, message);
        Ok(())
    }

    /// The message whose turn it is, if it is here. It must be put to use, and then [`Self::advance`] called; or not,
    /// and then no message behind it is ever delivered.
    pub(super) fn due(&mut self) -> Option<Message> {
        self.ring.remove(&self.next)
    }

    /// The message from [`Self::due`] was delivered.
    pub(super) fn advance(&mut self) {
        self.next = self.next.next();
    }
}
