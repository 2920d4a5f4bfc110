//! A question in packets of its own, without a link: sent again until one of its answers has come.
//! Not what is asked.

use crate::api::linkless::QueryId;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now};

use super::road;

/// Questions in packets before a link is tried: a server that has answered eight is slow to answer more.
const MOST_PACKETS: usize = 3;

/// What was sent, and how long an answer is waited for.
#[derive(Debug, Default)]
pub(super) struct Packets {
    /// Each has an id of its own, and an answer to any of them is one.
    asked: Vec<QueryId>,
    until: Option<Instant>,
}

impl Packets {
    pub(super) const fn due(&self) -> Option<Instant> {
        self.until
    }

    pub(super) fn was_asked(&self, id: QueryId) -> bool {
        self.asked.contains(&id)
    }

    /// Sends the question once more, and says how often it was sent before. `None` if that was often enough, or it can't be.
    /// `most` is how many bytes of plaintext the answer may have.
    pub(super) fn send(
        &mut self,
        now: Now,
        (node, random): (&mut Node, &mut Random),
        group: DestinationHash,
        id: QueryId,
        (plaintext, most): (&[u8], usize),
    ) -> Option<u32> {
        self.until = None;
        if self.asked.len() >= MOST_PACKETS || node.send_packet(now, group, plaintext).is_err() {
            return None;
        }
        let again = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        let [there, back] = [plaintext.len(), most].map(|bytes| road::sealed(road::PACKET, bytes));
        let patience = road::patience(node, now, group, there, back);
        let jitter = road::jitter(random, node, now, group, again);
        self.until = Some(now.instant.after(patience.saturating_add(jitter)));
        self.asked.push(id);
        Some(again)
    }
}
