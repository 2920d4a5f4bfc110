//! How much is taken in before it costs more than reading: from a link, from one author, from packets that are forged.
//! Not stamps, and not what a group lets its members do.

use std::time::Duration;

use super::road::DeliveryToken;
use crate::rns::bounded::{Bounded, Standing};
use crate::rns::budget::Budget;
use crate::rns::event::ProofToken;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::interface::InterfaceId;
use crate::rns::time::Instant;

/// What one link may bring that is no good, and how long until one more: everything on it comes from one peer, so after
/// that it is not looked at.
const LINK_BAD: (u32, Duration) = (32, Duration::from_secs(1));
/// The same for all packets of one interface. Who forges packets can say that anybody wrote them, so nobody is made to pay
/// for what bears their name: when this is spent, only packets of authors are checked whose messages were good before.
const INTERFACE_BAD: (u32, Duration) = (1_000, Duration::from_millis(10));
/// Messages of one author that are handed up, and how long until one more: each is a row on the disk for good. A client
/// that comes back with all that it had to say offline stays below.
const AUTHOR: (u32, Duration) = (1_024, Duration::from_millis(250));
/// Cap of the table of links. The one that was bad least recently makes room, and starts anew.
const MAX_LINKS: usize = 1_024;
/// Cap of the table of interfaces, with the same rule.
const MAX_INTERFACES: usize = 256;
/// Cap of the table of authors. The one heard from least recently makes room, and starts anew.
const MAX_AUTHORS: usize = 4_096;

/// What is left of each budget.
#[derive(Debug)]
pub(super) struct Intake {
    links: Bounded<LinkId, Budget>,
    interfaces: Bounded<InterfaceId, Budget>,
    authors: Bounded<DestinationHash, Budget>,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            links: Bounded::new(MAX_LINKS),
            interfaces: Bounded::new(MAX_INTERFACES),
            authors: Bounded::new(MAX_AUTHORS),
        }
    }
}

impl Intake {
    /// Is what came this way looked at? Asked before it is parsed.
    pub(super) fn reads_from(&mut self, now: Instant, token: &DeliveryToken) -> bool {
        match link(token).and_then(|link| self.links.get_mut(&link)) {
            Some(budget) => budget.has_one(now, LINK_BAD.0, LINK_BAD.1),
            None => true,
        }
    }

    /// Is the signature of a message by `author` checked?
    pub(super) fn checks(&mut self, now: Instant, token: &DeliveryToken, author: DestinationHash) -> bool {
        let budget = interface(token).and_then(|interface| self.interfaces.get_mut(&interface));
        budget.is_none_or(|budget| budget.has_one(now, INTERFACE_BAD.0, INTERFACE_BAD.1))
            || self.authors.get(&author).is_some()
    }

    /// What came this way was no good.
    pub(super) fn note_bad(&mut self, now: Instant, token: &DeliveryToken) {
        if let Some(interface) = interface(token) {
            let mut budget = self.interfaces.get(&interface).copied().unwrap_or_default();
            budget.spend(now, INTERFACE_BAD.0, INTERFACE_BAD.1);
            self.interfaces.insert(interface, budget, Standing::Heard, now);
        }
        if let Some(link) = link(token) {
            let mut budget = self.links.get(&link).copied().unwrap_or_default();
            budget.spend(now, LINK_BAD.0, LINK_BAD.1);
            self.links.insert(link, budget, Standing::Heard, now);
        }
    }

    /// May one more message of this author, whose signature is good, be handed up? What is fetched from propagation nodes
    /// has limits of its own.
    pub(super) fn takes_from(
        &mut self,
        now: Instant,
        token: &DeliveryToken,
        author: DestinationHash,
    ) -> bool {
        if !matches!(token, DeliveryToken::Proof(_)) {
            return true;
        }
        let mut budget = self.authors.get(&author).copied().unwrap_or_default();
        let takes = budget.spend(now, AUTHOR.0, AUTHOR.1);
        self.authors.insert(author, budget, Standing::Heard, now);
        takes
    }

    /// How many links, interfaces and authors are remembered.
    pub(super) fn len(&self) -> usize {
        self.links.len().saturating_add(self.interfaces.len()).saturating_add(self.authors.len())
    }
}

/// The link that something came on.
const fn link(token: &DeliveryToken) -> Option<LinkId> {
    match token {
        DeliveryToken::Proof(ProofToken::LinkPacket { link, .. } | ProofToken::Resource { link, .. }) => {
            Some(*link)
        }
        DeliveryToken::Proof(ProofToken::Packet { .. })
        | DeliveryToken::Paper(_)
        | DeliveryToken::Entry(_)
        | DeliveryToken::Kept(_) => None,
    }
}

/// The interface on which something came in a packet of its own: nothing but its signature says whose it is.
const fn interface(token: &DeliveryToken) -> Option<InterfaceId> {
    match token {
        DeliveryToken::Proof(ProofToken::Packet { interface, .. }) => Some(*interface),
        DeliveryToken::Proof(ProofToken::LinkPacket { .. } | ProofToken::Resource { .. })
        | DeliveryToken::Paper(_)
        | DeliveryToken::Entry(_)
        | DeliveryToken::Kept(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::PacketHash;

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn on_link(number: u8) -> DeliveryToken {
        let (link, packet) = (LinkId::from_bytes([number; 16]), PacketHash::from_bytes([0; 32]));
        ProofToken::LinkPacket { link, packet }.into()
    }

    fn author(number: u32) -> DestinationHash {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        DestinationHash::from_bytes(bytes)
    }

    #[test]
    fn a_link_that_brings_rubbish_is_not_read_for_a_while_and_others_are() {
        let mut intake = Intake::default();
        let mut read = 0;
        for _ in 0..1_000 {
            if intake.reads_from(at(0), &on_link(1)) {
                read += 1;
                intake.note_bad(at(0), &on_link(1));
            }
        }
        assert_eq!(read, 32);
        assert!(!intake.reads_from(at(0), &on_link(1)) && intake.reads_from(at(0), &on_link(2)));
        assert!(intake.reads_from(at(1), &on_link(1)), "one a second");
    }

    #[test]
    fn a_flood_of_forged_packets_costs_little_and_keeps_no_known_author_out() {
        let by = |interface: u64| {
            let (destination, packet) = (author(0), PacketHash::from_bytes([0; 32]));
            DeliveryToken::from(ProofToken::Packet { destination, packet, interface: InterfaceId(interface) })
        };
        let mut intake = Intake::default();
        intake.takes_from(at(0), &on_link(1), author(1));
        let mut checked = 0;
        for _ in 0..10_000 {
            if intake.checks(at(0), &by(1), author(2)) {
                checked += 1;
                intake.note_bad(at(0), &by(1));
            }
        }
        assert_eq!(checked, 1_000);
        assert!(intake.checks(at(0), &by(1), author(1)), "whose messages were good before");
        assert!(intake.checks(at(0), &by(2), author(2)), "another interface");
        assert!(intake.checks(at(0), &on_link(1), author(2)));
        assert!(intake.checks(at(1), &by(1), author(2)));
    }

    #[test]
    fn an_author_hands_in_many_at_once_and_then_some_a_second() {
        let mut intake = Intake::default();
        assert_eq!((0..5_000).filter(|_| intake.takes_from(at(0), &on_link(1), author(1))).count(), 1_024);
        assert!(intake.takes_from(at(0), &on_link(1), author(2)));
        assert_eq!((0..5_000).filter(|_| intake.takes_from(at(10), &on_link(1), author(1))).count(), 40);
    }

    #[test]
    fn links_and_authors_without_end_take_little_memory() {
        let mut intake = Intake::default();
        for number in 0..20_000 {
            intake.takes_from(at(0), &on_link(1), author(number));
            let link = LinkId::from_bytes(*author(number).as_bytes());
            intake.note_bad(
                at(0),
                &ProofToken::LinkPacket { link, packet: PacketHash::from_bytes([0; 32]) }.into(),
            );
        }
        assert_eq!(intake.len(), MAX_LINKS + MAX_AUTHORS);
    }
}
