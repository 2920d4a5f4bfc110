//! The pair that most tests begin with: a server with a group, and a client that has heard of it.
//! Not the network that they are on.

use std::time::Duration;

use roost::rns::destination::DestinationSpec;
use roost::rns::error::DropReason;
use roost::rns::event::{Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId, PathHash};
use roost::rns::ifac::AccessCode;
use roost::rns::node::Compression;
use roost::rns::random::Random;

use crate::network::{Network, Seat, Wire, WireId, group_of, identity};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const INFO: &str = "/api/v1/info";

pub(crate) fn served_group() -> DestinationSpec {
    DestinationSpec { request_paths: vec![PathHash::of(INFO)], ..group_of(identity(1), "") }
}

/// A server with a group, and a client that has heard of it.
pub(crate) struct Pair {
    pub(crate) network: Network,
    pub(crate) server: Seat,
    pub(crate) client: Seat,
    pub(crate) wire: WireId,
    pub(crate) group: DestinationHash,
}

impl Pair {
    pub(crate) fn new(seed: u64, wire: Wire) -> Self {
        let mut pair = Self::strangers(seed, wire, None, None);
        pair.announce();
        pair.network.set_loss(pair.wire, wire.loss_percent);
        pair
    }

    /// A server with a group, and a client on the same wire that has not heard of it; both with an access code.
    pub(crate) fn strangers(
        seed: u64,
        wire: Wire,
        server_access: Option<AccessCode>,
        client_access: Option<AccessCode>,
    ) -> Self {
        let mut network = Network::new(seed);
        let (server, client) = (network.add_node(), network.add_node());
        network.set_access(server, server_access);
        network.set_access(client, client_access);
        let wire_id = network.join(&[server, client], Wire { loss_percent: 0, ..wire });
        let group = network.call(server, |node, _| node.register_destination(served_group()));
        Self { network, server, client, wire: wire_id, group }
    }

    pub(crate) fn announce(&mut self) {
        let group = self.group;
        self.network.call(self.server, |node, now| node.announce(now, group)).unwrap();
        self.network.run_for(SECOND);
        let events = self.network.events(self.client);
        assert!(events.iter().any(|event| matches!(event, Event::Announce { .. })), "{events:?}");
        self.network.take_sent();
    }

    pub(crate) fn start_link(&mut self) -> LinkId {
        let group = self.group;
        self.network.call(self.client, |node, now| node.open_link(now, group)).unwrap()
    }

    /// Opens a link and waits until both ends have told.
    pub(crate) fn open(&mut self) -> LinkId {
        let link = self.start_link();
        self.network.run_for(SECOND);
        let is_up = |event: &Event, as_initiator: bool| {
            matches!(event, Event::LinkEstablished { link: up, destination, initiator, .. }
                if *up == link && *destination == self.group && *initiator == as_initiator)
        };
        let (client, server) = (self.network.events(self.client), self.network.events(self.server));
        assert!(matches!(&client[..], [event] if is_up(event, true)), "{client:?}");
        assert!(matches!(&server[..], [event] if is_up(event, false)), "{server:?}");
        self.network.take_sent();
        link
    }

    /// The client asks, the server answers with `answer`; what the client heard.
    pub(crate) fn ask(&mut self, link: LinkId, answer: &[u8]) -> Vec<Event> {
        let asked = self.network.call(self.client, |node, now| node.request(now, link, INFO, &[0xc0], None));
        asked.unwrap();
        self.network.run_for(SECOND);
        for event in self.network.events(self.server) {
            if let Event::Request(InboundRequest { link, request_id, .. }) = event {
                self.network.call(self.server, |node, now| {
                    node.respond(now, link, request_id, answer, Compression::Off);
                });
            }
        }
        self.network.run_for(10 * SECOND);
        self.network.events(self.client)
    }

    pub(crate) fn drops(&self, seat: Seat, reason: DropReason) -> u64 {
        self.network.node(seat).drops().get(reason)
    }
}

/// One packed MessagePack bin of any size.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0xc6];
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend_from_slice(bytes);
    out
}

pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut random = Random::from_seed([9; 32]);
    let mut out = Vec::new();
    while out.len() < length {
        out.extend_from_slice(&random.bytes::<64>());
    }
    out.truncate(length);
    out
}
