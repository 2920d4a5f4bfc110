//! The server of the village, as `daemon` would carry it: a node, a router and a server that share one seat.
//! Not threads; each step of the network is followed by one of these.

use std::collections::BTreeMap;

use rmpv::Value;

use roost::group::Language;
use roost::lxmf::message::DELIVERY_NAME;
use roost::lxmf::{self, Router};
use roost::rns::destination::{DestinationSpec, name_hash};
use roost::rns::event::{Event, InboundRequest, ProofToken};
use roost::rns::hash::{LinkId, PathHash, RequestId};
use roost::rns::identity::Identity;
use roost::rns::msgpack;
use roost::rns::node::Came;
use roost::rns::ratchet::Ratchets;
use roost::rns::time::Instant;
use roost::server::{
    Addresses, Effect, GROUP_NAME, InboundQuery, Input, OperatorCommand, SendOutcome, Sent, Server,
};
use roost::store::Store;

use crate::network::{Network, Seat, identity};

/// The link that people of the world seem to call on: they are on TCP, and what that costs is not the point here.
const WORLD: LinkId = LinkId::from_bytes([0xee; 16]);
/// What a packet on a link holds.
const MDU: usize = 431;

/// The server and what belongs to it.
pub(crate) struct Host {
    pub(crate) seat: Seat,
    pub(crate) group: Addresses,
    router: Router,
    server: Server,
    inputs: Vec<Input>,
    asked: u64,
    answers: BTreeMap<RequestId, Vec<u8>>,
    /// Pings that the server has asked for.
    pub(crate) pings: u64,
}

impl Host {
    pub(crate) fn new(network: &mut Network) -> Self {
        let (seat, now) = (network.add_node(), network.now());
        let store = Store::open_in_memory().unwrap();
        let mut server = Server::with_store(store, &identity(9000), Some("Village"), now, [7; 32]).unwrap();
        let group = server.hosted_groups().remove(0);
        let ratchets = server.take_ratchets(group.delivery);
        let mut router = Router::new();
        let spec = DestinationSpec {
            identity: group.identity.clone(),
            full_name: GROUP_NAME.to_owned(),
            app_data: group.app_data.clone(),
            request_paths: group.request_paths.clone(),
            max_resource: group.max_resource,
            ratchets: Ratchets::Off,
        };
        network.call(seat, |node, _| {
            node.register_destination(spec);
            router.register(node, group.identity.clone(), &group.name, ratchets);
        });
        Self {
            seat,
            group: Addresses { group: group.group, delivery: group.delivery },
            router,
            server,
            inputs: Vec::new(),
            asked: 0,
            answers: BTreeMap::new(),
            pings: 0,
        }
    }

    pub(crate) fn announce(&mut self, network: &mut Network) {
        for destination in [self.group.group, self.group.delivery] {
            network.call(self.seat, |node, now| node.announce(now, destination)).unwrap();
        }
        self.work(network);
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        [self.router.poll_timeout(), self.server.poll_timeout()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub(crate) fn handle_timeouts(&mut self, network: &mut Network) {
        let now = network.now();
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now.instant);
        if due(self.router.poll_timeout()) {
            network.call(self.seat, |node, now| self.router.handle_timeout(now, node));
        }
        if due(self.server.poll_timeout()) {
            self.server.handle_timeout(now);
        }
        self.work(network);
    }

    /// Somebody of the world asks.
    pub(crate) fn ask(
        &mut self,
        network: &mut Network,
        caller: &Identity,
        path: &str,
        fields: &[(&str, Value)],
    ) -> Value {
        let fields = fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        let mut id = [0; 16];
        self.asked += 1;
        id[..8].copy_from_slice(&self.asked.to_be_bytes());
        let request_id = RequestId::from_bytes(id);
        self.inputs.push(Input::Request(InboundRequest {
            link: WORLD,
            destination: self.group.group,
            request_id,
            path_hash: PathHash::of(path),
            data: msgpack::encode(&Value::Map(fields)),
            requested_at: network.now().unix,
            caller: Some(caller.public().clone()),
            link_mdu: 16_000,
            air: None,
        }));
        self.work(network);
        msgpack::decode(&self.answers.remove(&request_id).expect("the server answers")).unwrap()
    }

    /// The operator sets something.
    pub(crate) fn set(&mut self, network: &mut Network, what: &str) {
        self.inputs.push(Input::Command(OperatorCommand {
            ticket: 1,
            group: None,
            word: "set".to_owned(),
            arguments: what.to_owned(),
            language: Language::English,
        }));
        self.work(network);
    }

    /// Carries everything to whom it is for, until nothing is left.
    pub(crate) fn work(&mut self, network: &mut Network) {
        loop {
            let mut idle = true;
            for event in network.events(self.seat) {
                idle = false;
                let event = network.call(self.seat, |node, now| self.router.handle_event(now, node, event));
                self.inputs.extend(event.and_then(input));
            }
            while let Some(event) = self.router.poll_event() {
                idle = false;
                self.inputs.extend(input_of_router(event));
            }
            let mut inputs = std::mem::take(&mut self.inputs);
            while !inputs.is_empty() {
                idle = false;
                inputs = self.server.handle_inputs(network.now(), inputs);
            }
            while let Some(effect) = self.server.poll_effect() {
                idle = false;
                self.carry_out(network, effect);
            }
            if idle {
                return;
            }
        }
    }

    fn carry_out(&mut self, network: &mut Network, effect: Effect) {
        let router = &mut self.router;
        match effect {
            Effect::Respond { link, request_id, data, .. } if link == WORLD => {
                self.answers.insert(request_id, data);
            }
            Effect::Respond { link, request_id, data, compress } => {
                assert!(data.len() <= MDU, "what is asked for here fits a packet");
                network.call(self.seat, |node, now| node.respond(now, link, request_id, &data, compress));
            }
            Effect::Accept(token) => network.call(self.seat, |node, now| router.accept(now, node, &token)),
            Effect::Refuse(token) => network.call(self.seat, |node, now| router.refuse(now, node, &token)),
            Effect::Send(message) => {
                network.call(self.seat, |node, now| router.send(now, node, &message));
            }
            Effect::Ping { group, destination, data, .. } => {
                self.pings += 1;
                let sent = network.call(self.seat, |node, now| {
                    node.send_notice(now, destination, &data, *group.as_bytes())
                });
                sent.unwrap();
            }
            Effect::Reply { came, to, data } => {
                network.call(self.seat, |node, now| node.reply(now, came, &to, &data)).unwrap();
            }
            Effect::Met(person) => {
                network.call(self.seat, |node, now| router.handle_identity(now, node, &person));
            }
            Effect::RatchetStored { destination, ratchet } => {
                network.call(self.seat, |node, _| node.ratchet_stored(destination, ratchet));
            }
            // Members come and go, and that is announced now and then; here the day says when.
            Effect::Reannounce { .. } | Effect::CloseLinks { .. } | Effect::Answer(_) => {}
            other => panic!("not in this village: {other:?}"),
        }
    }
}

fn input(event: Event) -> Option<Input> {
    match event {
        Event::Request(request) => Some(Input::Request(request)),
        Event::Packet { destination, data, hops, proof: ProofToken::Packet { interface, .. } } => {
            Some(Input::Query(InboundQuery { destination, came: Came { interface, hops }, data }))
        }
        Event::RatchetDrawn { destination, ratchet } => Some(Input::Ratchet { destination, ratchet }),
        Event::EmissionsTaken { destination, until } => Some(Input::Emissions { destination, until }),
        Event::Announce { name_hash: name, identity, path_response: false, .. }
            if name == name_hash(DELIVERY_NAME) =>
        {
            Some(Input::Heard(vec![identity.hash()]))
        }
        _ => None,
    }
}

fn input_of_router(event: lxmf::Event) -> Option<Input> {
    let sent = |hash, outcome| Some(Input::Sent(vec![Sent { hash, outcome }]));
    match event {
        lxmf::Event::Received { message, author, road, stamp, proof } => {
            Some(Input::Message { message, author, road, stamp, proof })
        }
        lxmf::Event::Delivered { hash } => sent(hash, SendOutcome::Delivered),
        lxmf::Event::Stored { hash, .. } => sent(hash, SendOutcome::Stored),
        lxmf::Event::Failed { hash, reason } => sent(hash, SendOutcome::Failed(reason)),
        lxmf::Event::Fetched(_) | lxmf::Event::Store(_) => None,
    }
}
