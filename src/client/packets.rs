//! A question in packets of its own, without a link: sent again until one of its answers has come.
//! Not what is asked.

use crate::api::linkless::QueryId;
use crate::rns::Node;
use crate::rns::hash::DestinationHash;
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
        node: &mut Node,
        group: DestinationHash,
        id: QueryId,
        plaintext: &[u8],
        most: usize,
    ) -> Option<u32> {
        self.until = None;
        if self.asked.len() >= MOST_PACKETS || node.send_packet(now, group, plaintext).is_err() {
            return None;
        }
        let patience = road::patience(
            node,
            now,
            group,
            road::sealed(road::PACKET, plaintext.len()),
            road::sealed(road::PACKET, most),
        );
        self.until = Some(now.instant.after(patience));
        let again = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        self.asked.push(id);
        Some(again)
    }
}
