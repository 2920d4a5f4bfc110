//! The links that are open now: where each leads, and who has proved to be at its other end.
//! Not the links themselves; the node keeps those, and its cap on them bounds this table.

use std::collections::BTreeMap;

use crate::rns::event::Event;
use crate::rns::hash::{DestinationHash, IdentityHash, LinkId};

/// Open links.
#[derive(Debug, Default)]
pub(super) struct OpenLinks {
    links: BTreeMap<LinkId, Ends>,
}

/// What is known of a link's two ends.
#[derive(Debug)]
struct Ends {
    destination: DestinationHash,
    caller: Option<IdentityHash>,
}

impl OpenLinks {
    /// Notes what has become of a link.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::LinkEstablished { link, destination, .. } => {
                self.links.insert(*link, Ends { destination: *destination, caller: None });
            }
            Event::LinkIdentified { link, destination, identity } => {
                let ends = Ends { destination: *destination, caller: Some(identity.hash()) };
                self.links.insert(*link, ends);
            }
            Event::LinkClosed { link, .. } => {
                self.links.remove(link);
            }
            _ => {}
        }
    }

    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<LinkId> {
        self.links.keys().copied().collect()
    }

    /// Those that this person has opened to one of `destinations`.
    pub(super) fn of(&self, person: IdentityHash, destinations: &[DestinationHash]) -> Vec<LinkId> {
        let theirs = |ends: &Ends| ends.caller == Some(person) && destinations.contains(&ends.destination);
        self.links.iter().filter(|(_, ends)| theirs(ends)).map(|(link, _)| *link).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::event::CloseReason;
    use crate::rns::identity::Identity;
    use crate::rns::random::Random;
    use std::time::Duration;

    fn link(number: u8) -> LinkId {
        LinkId::from_bytes([number; 16])
    }

    fn opened(number: u8, destination: DestinationHash) -> Event {
        let round_trip = Duration::from_millis(5);
        Event::LinkEstablished { link: link(number), destination, initiator: false, round_trip }
    }

    #[test]
    fn a_persons_links_are_those_that_they_proved_and_that_are_open() {
        let [anna, bert] =
            [1, 2].map(|seed| Identity::generate(&mut Random::from_seed([seed; 32])).public().clone());
        let [ours, others] = [7, 8].map(|number| DestinationHash::from_bytes([number; 16]));
        let mut links = OpenLinks::default();
        for (number, destination, who) in
            [(1, ours, Some(&anna)), (2, ours, Some(&bert)), (3, others, Some(&anna)), (4, ours, None)]
        {
            links.note(&opened(number, destination));
            if let Some(who) = who {
                links.note(&Event::LinkIdentified { link: link(number), destination, identity: who.clone() });
            }
        }
        assert_eq!(links.of(anna.hash(), &[ours]), [link(1)]);
        assert_eq!(links.of(anna.hash(), &[ours, others]), [link(1), link(3)]);
        links.note(&Event::LinkClosed { link: link(1), destination: ours, reason: CloseReason::Initiator });
        assert_eq!((links.of(anna.hash(), &[ours]), links.len()), (vec![], 3));
    }
}
