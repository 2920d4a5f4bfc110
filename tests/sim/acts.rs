//! What people do on a network: serve a group, announce it, open links, ask, answer, prove.
//! Not how a frame gets from one to the other.

use std::time::Duration;

use roost::rns::destination::DestinationSpec;
use roost::rns::event::{Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId, PathHash};
use roost::rns::node::Compression;

use crate::network::{Network, Seat, group_of, identity};
use crate::pair::{INFO, SECOND};

/// The group of an identity, with its `info`.
pub(crate) fn served(number: u64) -> DestinationSpec {
    DestinationSpec { request_paths: vec![PathHash::of(INFO)], ..group_of(identity(number), "") }
}

impl Network {
    /// A node serves a group from now on.
    pub(crate) fn serve(&mut self, seat: Seat, number: u64) -> DestinationHash {
        self.call(seat, |node, _| node.register_destination(served(number)))
    }

    pub(crate) fn announce(&mut self, seat: Seat, destination: DestinationHash) {
        self.call(seat, |node, now| node.announce(now, destination)).unwrap();
    }

    /// A node answers what it was asked, and proves what it was sent. What else it heard is returned.
    pub(crate) fn attend(&mut self, seat: Seat, answer: &[u8]) -> Vec<Event> {
        let mut rest = Vec::new();
        for event in self.events(seat) {
            match event {
                Event::Request(InboundRequest { link, request_id, .. }) => {
                    self.call(seat, |node, now| {
                        node.respond(now, link, request_id, answer, Compression::Off)
                    });
                }
                Event::Packet { ref proof, .. }
                | Event::LinkPacket { ref proof, .. }
                | Event::ResourceReceived { ref proof, .. } => {
                    self.call(seat, |node, now| node.prove(now, proof));
                    rest.push(event);
                }
                _ => rest.push(event),
            }
        }
        rest
    }

    /// Opens a link, and asks for a path first where none is known; `None` if the link is not up within `patience`.
    pub(crate) fn link(&mut self, seat: Seat, to: DestinationHash, patience: Duration) -> Option<LinkId> {
        if self.node(seat).hops_to(to).is_none() {
            self.call(seat, |node, now| node.request_path(now, to));
            self.run_for(5 * SECOND);
        }
        let link = self.call(seat, |node, now| node.open_link(now, to)).ok()?;
        self.run_for(patience);
        self.node(seat).link_mdu(link).filter(|mdu| *mdu > 0).map(|_| link)
    }

    /// Asks for `info` on a link while `server` attends with `answer`: was it answered within `patience`?
    pub(crate) fn ask(
        &mut self,
        (client, link): (Seat, LinkId),
        server: Seat,
        answer: &[u8],
        patience: Duration,
    ) -> bool {
        let asked = self.call(client, |node, now| node.request(now, link, INFO, &[0xc0], None));
        let mut waited = Duration::ZERO;
        while asked.is_ok() && waited < patience {
            self.run_for(SECOND);
            waited += SECOND;
            self.attend(server, answer);
            let answered = |event: &Event| matches!(event, Event::Response { data, .. } if data == answer);
            if self.events(client).iter().any(answered) {
                return true;
            }
        }
        false
    }

    /// Sends a packet while the receiver attends: was it proved within `patience`?
    pub(crate) fn deliver(&mut self, from: Seat, to: (Seat, DestinationHash), patience: Duration) -> bool {
        let (receiver, destination) = to;
        let sent = self.call(from, |node, now| node.send_packet(now, destination, b"hello"));
        let mut waited = Duration::ZERO;
        while sent.is_ok() && waited < patience {
            self.run_for(SECOND);
            waited += SECOND;
            self.attend(receiver, &[0xc0]);
            if self.events(from).iter().any(|event| matches!(event, Event::PacketDelivered { .. })) {
                return true;
            }
        }
        false
    }
}
