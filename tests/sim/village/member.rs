//! A member of the village: a node with a radio, and a program that fetches when its owner wants, and hears what comes
//! unasked. Not a person of the world, who has TCP.

use std::time::Duration;

use rmpv::Value;

use roost::lxmf::{self, Router, delivery_destination};
use roost::rns::destination::DestinationSpec;
use roost::rns::event::Event;
use roost::rns::hash::{DestinationHash, LinkId};
use roost::rns::identity::Identity;
use roost::rns::msgpack;
use roost::rns::random::Random;
use roost::rns::ratchet::Ratchets;
use roost::rns::time::Instant;

use crate::network::{Network, Seat, identity};

/// How often a fetch is tried in a row, within three quarters of an hour: on the air things collide, and when the
/// budget is used up the server accepts no link.
pub(super) const MOST_TRIES: u32 = 16;
/// After the first try, and up to as much more; after each further one by so much longer.
const PAUSE: Duration = Duration::from_secs(20);
/// For the answer, from the request on.
const PATIENCE: Duration = Duration::from_secs(45);

/// How a member is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Text,
    Silent,
    Ping,
}

/// Something that came unasked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) at: Instant,
    pub(super) count: u64,
    pub(super) latest: u64,
}

/// A wish to see what is new.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetch {
    pub(super) wanted: Instant,
    pub(super) answered: Option<Instant>,
    pub(super) tries: u32,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Idle,
    Pausing { until: Instant },
    Opening { link: LinkId },
    Asking { link: LinkId },
}

pub(super) struct Member {
    pub(super) seat: Seat,
    pub(super) identity: Identity,
    pub(super) mode: &'static str,
    pub(super) way: Way,
    pub(super) pinged_at: DestinationHash,
    group: DestinationHash,
    router: Router,
    random: Random,
    stage: Stage,
    tries: u32,
    pub(super) told: Vec<Told>,
    pub(super) fetches: Vec<Fetch>,
}

impl Member {
    pub(super) fn new(
        network: &mut Network,
        number: u64,
        group: DestinationHash,
        (mode, way): (&'static str, Way),
    ) -> Self {
        let (seat, identity) = (network.add_node(), identity(number));
        let mut router = Router::new();
        let spec = DestinationSpec {
            identity: identity.clone(),
            full_name: "roost.ping".to_owned(),
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: Ratchets::Off,
        };
        let pinged_at = network.call(seat, |node, _| {
            router.register(node, identity.clone(), "member", Vec::new());
            node.register_destination(spec)
        });
        let mut seed = [3; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        Self {
            seat,
            identity,
            mode,
            way,
            pinged_at,
            group,
            router,
            random: Random::from_seed(seed),
            stage: Stage::Idle,
            tries: 0,
            told: Vec::new(),
            fetches: Vec::new(),
        }
    }

    pub(super) fn delivery(&self) -> DestinationHash {
        delivery_destination(self.identity.hash())
    }

    /// Makes itself known; whoever wants nothing told stays quiet, and can still ask.
    pub(super) fn announce(&mut self, network: &mut Network) {
        let mut destinations = vec![self.delivery()];
        destinations.extend((self.way == Way::Ping).then_some(self.pinged_at));
        for destination in destinations.into_iter().filter(|_| self.mode != "off") {
            network.call(self.seat, |node, now| node.announce(now, destination)).unwrap();
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        let pause = if let Stage::Pausing { until } = self.stage { Some(until) } else { None };
        [self.router.poll_timeout(), pause].into_iter().flatten().min()
    }

    /// Its owner wants to see the latest messages.
    pub(super) fn fetch(&mut self, network: &mut Network) {
        if !matches!(self.stage, Stage::Idle) {
            return;
        }
        self.fetches.push(Fetch { wanted: network.now().instant, answered: None, tries: 0 });
        self.tries = 0;
        self.open(network);
    }

    fn open(&mut self, network: &mut Network) {
        self.tries += 1;
        if let Some(fetch) = self.fetches.last_mut() {
            fetch.tries = self.tries;
        }
        let group = self.group;
        let opened = network.call(self.seat, |node, now| {
            if node.hops_to(group).is_none() {
                node.request_path(now, group);
                return None;
            }
            node.open_link(now, group).ok()
        });
        match opened {
            Some(link) => self.stage = Stage::Opening { link },
            None => self.pause(network),
        }
    }

    fn pause(&mut self, network: &Network) {
        if self.tries >= MOST_TRIES {
            self.stage = Stage::Idle;
            return;
        }
        let more = self.random.below(u64::try_from(PAUSE.as_micros()).unwrap());
        let until = network.now().instant.after(PAUSE * self.tries + Duration::from_micros(more));
        self.stage = Stage::Pausing { until };
    }

    /// Does what is due, and looks at what has come.
    pub(super) fn work(&mut self, network: &mut Network) {
        let now = network.now().instant;
        if self.router.poll_timeout().is_some_and(|at| at <= now) {
            network.call(self.seat, |node, now| self.router.handle_timeout(now, node));
        }
        if matches!(self.stage, Stage::Pausing { until } if until <= now) {
            self.open(network);
        }
        while network.has_news(self.seat) {
            for event in network.events(self.seat) {
                let left = network.call(self.seat, |node, now| self.router.handle_event(now, node, event));
                if let Some(event) = left {
                    self.handle_event(network, event);
                }
            }
        }
        while let Some(event) = self.router.poll_event() {
            if let lxmf::Event::Received { message, proof, .. } = event {
                let told = match self.way {
                    Way::Silent => notice_in(&message.message.fields),
                    Way::Text | Way::Ping => numbers_in(&message.message.content),
                };
                self.note_told(network, told);
                network.call(self.seat, |node, now| self.router.accept(now, node, &proof));
            }
        }
    }

    fn handle_event(&mut self, network: &mut Network, event: Event) {
        match (event, self.stage) {
            (Event::Packet { destination, data, proof, .. }, _) if destination == self.pinged_at => {
                self.note_told(network, ping(&data));
                network.call(self.seat, |node, now| node.prove(now, &proof));
            }
            (Event::LinkEstablished { link, initiator: true, .. }, Stage::Opening { link: ours })
                if link == ours =>
            {
                let me = self.identity.clone();
                let ask = msgpack::encode(&Value::Map(vec![("limit".into(), 5.into())]));
                let asked = network.call(self.seat, |node, now| {
                    node.identify(now, link, &me)?;
                    node.request(now, link, "/api/v1/messages", &ask, Some(PATIENCE))
                });
                self.stage = Stage::Asking { link };
                if asked.is_err() {
                    self.pause(network);
                }
            }
            (Event::Response { link, data, .. }, Stage::Asking { link: ours }) if link == ours => {
                let answer = msgpack::decode(&data).unwrap();
                let ok = answer
                    .as_map()
                    .is_some_and(|map| map.iter().any(|(name, _)| name.as_str() == Some("messages")));
                network.call(self.seat, |node, now| node.close_link(now, link));
                if !ok {
                    // What said who we are was lost.
                    assert!(answer.to_string().contains("Identify on the link first"), "{answer}");
                    return self.pause(network);
                }
                if let Some(fetch) = self.fetches.last_mut() {
                    fetch.answered = Some(network.now().instant);
                }
                self.stage = Stage::Idle;
            }
            (Event::RequestFailed { link, .. }, Stage::Asking { link: ours }) if link == ours => {
                network.call(self.seat, |node, now| node.close_link(now, link));
                self.pause(network);
            }
            (
                Event::LinkClosed { link, .. },
                Stage::Opening { link: ours } | Stage::Asking { link: ours },
            ) if link == ours => {
                self.pause(network);
            }
            _ => {}
        }
    }

    fn note_told(&mut self, network: &Network, (count, latest): (u64, u64)) {
        let at = network.now().instant;
        // A copy whose proof was lost is the same notice.
        if self.told.last().is_none_or(|told| (told.count, told.latest) != (count, latest)) {
            self.told.push(Told { at, count, latest });
        }
    }
}

/// How many are new, and the last: the numbers of a sentence.
fn numbers_in(content: &[u8]) -> (u64, u64) {
    let text = String::from_utf8_lossy(content).into_owned();
    let numbers: Vec<u64> =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    let [count, latest, ..] = numbers[..] else { panic!("no notice: {text}") };
    (count, latest)
}

/// The same of a ping.
fn ping(data: &[u8]) -> (u64, u64) {
    let (count, latest) = (data[16..20].try_into().unwrap(), data[20..28].try_into().unwrap());
    (u64::from(u32::from_be_bytes(count)), u64::from_be_bytes(latest))
}

/// The same of the custom fields of a message.
fn notice_in(fields: &[u8]) -> (u64, u64) {
    let fields = msgpack::decode(fields).unwrap();
    let data = fields.as_map().unwrap().iter().find(|(id, _)| id.as_u64() == Some(0xfc)).unwrap();
    ping(data.1.as_slice().unwrap())
}
