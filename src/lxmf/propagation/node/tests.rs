//! Two propagation nodes on one wire, under one clock; a client is a node without one.
//! Not whoever keeps the entries: the tests say what that would, or a map does it.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::lxmf::propagation::entry::pack_container;
use crate::lxmf::propagation::offer::{OfferAnswer, key_material};
use crate::lxmf::propagation::storage::Deposit;
use crate::lxmf::stamp::{Purpose, Search, Workblock};
use crate::rns::error::DropReason;
use crate::rns::hash::{LinkId, PacketHash, RequestId};
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::random::Random;

const COST: u8 = 3;

struct Side {
    node: Node,
    propagation: PropagationNode,
    interface: InterfaceId,
    /// What the propagation node did not take.
    events: Vec<Event>,
    /// What it wants of whoever keeps its entries, if no map does.
    tasks: Vec<StoreTask>,
    /// What it keeps, if a map does it, and what its peer was not given.
    kept: Option<BTreeMap<TransientId, StampedEntry>>,
    unhandled: Vec<TransientId>,
}

struct World {
    sides: [Side; 2],
    micros: u64,
    in_flight: VecDeque<(usize, Vec<u8>)>,
}

fn identity(number: u8) -> Identity {
    Identity::generate(&mut Random::from_seed([0x40 + number; 32]))
}

fn address(number: u8) -> DestinationHash {
    propagation_destination(identity(number).hash())
}

fn terms(peers: Vec<DestinationHash>) -> NodeTerms {
    NodeTerms {
        name: None,
        message_limit: 256,
        sync_limit: 1000,
        stamp_cost: COST + 2,
        flexibility: 2,
        peering_cost: 8,
        quota: Quota { bytes: 1_000_000, entries: 100 },
        peers,
        clients: Vec::new(),
    }
}

impl World {
    /// Node 0 has the peers given; node 1 has none, and knows node 0. The tests look at what node 0 wants kept.
    fn new(peers: Vec<DestinationHash>) -> Self {
        Self::with([peers, Vec::new()], [false, false])
    }

    /// Two nodes with their peers; a map keeps the entries of those that are said to keep.
    fn with([first, second]: [Vec<DestinationHash>; 2], keeps: [bool; 2]) -> Self {
        let start = Now { unix: UnixTime::from_micros(1_800_000_000_000_000), ..Now::default() };
        let side = |number: u8, peers: Vec<DestinationHash>| {
            let kept = keeps[usize::from(number)].then(BTreeMap::new);
            let mut node = Node::new([number; 32]);
            let interface = node.add_interface(start, InterfaceSpec::wire());
            let propagation = PropagationNode::new(start, identity(number), terms(peers));
            propagation.register(start, &mut node);
            let (events, tasks, unhandled) = (Vec::new(), Vec::new(), Vec::new());
            Side { node, propagation, interface, events, tasks, kept, unhandled }
        };
        let mut world =
            Self { sides: [side(0, first), side(1, second)], micros: 0, in_flight: VecDeque::new() };
        world.announce(0);
        world
    }

    fn now(&self) -> Now {
        let unix = UnixTime::from_micros(1_800_000_000_000_000 + i64::try_from(self.micros).unwrap());
        Now { instant: Instant::from_micros(self.micros), unix }
    }

    fn announce(&mut self, side: usize) {
        let now = self.now();
        let address = self.sides[side].propagation.destination();
        self.sides[side].node.announce(now, address).unwrap();
        self.run(Duration::from_secs(1));
    }

    /// Lets time pass; the wire takes none.
    fn run(&mut self, duration: Duration) {
        let end = self.micros + u64::try_from(duration.as_micros()).unwrap();
        loop {
            (0..2).for_each(|side| self.settle(side));
            if let Some((from, frame)) = self.in_flight.pop_front() {
                let now = self.now();
                let to = &mut self.sides[1 - from];
                to.node.handle_frame(now, to.interface, &frame);
                to.node.run_jobs(now);
                continue;
            }
            let due = self
                .sides
                .iter()
                .flat_map(|side| [side.node.poll_timeout(), side.propagation.poll_timeout()]);
            let Some(next) = due.flatten().map(Instant::as_micros).min().filter(|next| *next <= end) else {
                break;
            };
            self.micros = self.micros.max(next);
            let now = self.now();
            for Side { node, propagation, .. } in &mut self.sides {
                node.handle_timeout(now);
                propagation.handle_timeout(now, node);
            }
        }
        self.micros = end;
    }

    fn settle(&mut self, number: usize) {
        let now = self.now();
        let side = &mut self.sides[number];
        loop {
            if let Some(event) = side.node.poll_event() {
                side.events.extend(side.propagation.handle_event(now, &mut side.node, event));
            } else if let Some(task) = side.propagation.poll_task() {
                side.keep(now, task);
            } else if let Some(job) = [JobClass::Check, JobClass::Search]
                .into_iter()
                .find_map(|class| side.propagation.poll_job(class))
            {
                side.propagation.handle_job_done(now, &mut side.node, job.run());
            } else {
                break;
            }
        }
        while let Some(transmit) = side.node.poll_transmit() {
            self.in_flight.push_back((number, transmit.frame));
        }
    }

    /// Opens a link from the client, node 1, to node 0.
    fn link(&mut self) -> LinkId {
        let (now, to) = (self.now(), address(0));
        let link = self.sides[1].node.open_link(now, to).unwrap();
        self.run(Duration::from_secs(1));
        link
    }

    fn identify(&mut self, link: LinkId, identity: &Identity) {
        let now = self.now();
        self.sides[1].node.identify(now, link, identity).unwrap();
        self.run(Duration::from_secs(1));
    }

    fn ask(&mut self, link: LinkId, path: &str, data: &[u8]) -> RequestId {
        let now = self.now();
        let request = self.sides[1].node.request(now, link, path, data, None).unwrap();
        self.run(Duration::from_secs(1));
        request
    }

    /// What the node answered by itself.
    fn answer(&self, request: RequestId) -> Option<Vec<u8>> {
        self.sides[1].events.iter().find_map(|event| match event {
            Event::Response { request_id, data, .. } if *request_id == request => Some(data.clone()),
            _ => None,
        })
    }

    fn bring(&mut self, link: LinkId, container: &[u8]) -> PacketHash {
        let now = self.now();
        let packet = self.sides[1].node.send_link_packet(now, link, container).unwrap();
        // On this wire the proof is awaited for no longer than an instant.
        self.run(Duration::ZERO);
        packet
    }

    fn bring_much(&mut self, link: LinkId, container: Vec<u8>) {
        let now = self.now();
        self.sides[1].node.send_resource(now, link, container, Compression::Off).unwrap();
        self.run(Duration::from_secs(1));
    }

    fn client_saw(&self, what: impl Fn(&Event) -> bool) -> bool {
        self.sides[1].events.iter().any(what)
    }

    fn deposits(&self) -> Vec<&Deposit> {
        let tasks = self.sides[0].tasks.iter();
        tasks
            .filter_map(|task| if let StoreTask::Deposit(deposit) = task { Some(deposit) } else { None })
            .collect()
    }
}

impl Side {
    /// What a store would do, if there is a map for it.
    fn keep(&mut self, now: Now, task: StoreTask) {
        let Some(kept) = &mut self.kept else { return self.tasks.push(task) };
        let Self { node, propagation, unhandled, .. } = self;
        match task {
            StoreTask::Deposit(deposit) => {
                for (entry, _) in deposit.entries {
                    kept.insert(entry.id(), entry);
                }
                if let Some(proof) = &deposit.proof {
                    node.prove(now, proof);
                }
            }
            StoreTask::Offered { link, request_id, ids, .. } => {
                let wanted = ids.iter().filter(|id| !kept.contains_key(id)).copied().collect();
                let answer = OfferAnswer::of(ids.len(), wanted).encode();
                node.respond(now, link, request_id, &answer, Compression::Off);
            }
            StoreTask::Prepare { peer, .. } => {
                let ids = unhandled.clone();
                propagation.handle_news(now, node, StoreNews::Prepared { peer, ids });
            }
            StoreTask::Load { peer, ids } => {
                let entries = ids.iter().filter_map(|id| kept.get(id)).map(|entry| entry.bytes().to_vec());
                let entries = entries.collect();
                propagation.handle_news(now, node, StoreNews::Loaded { peer, entries });
            }
            StoreTask::Handled { ids, .. } => unhandled.retain(|id| !ids.contains(id)),
            StoreTask::KeepOwn { hash, .. } => {
                let outcome = KeptOwn::Kept;
                propagation.handle_news(now, node, StoreNews::KeptOwn { hash, outcome });
            }
            StoreTask::Start { .. }
            | StoreTask::Get { .. }
            | StoreTask::Forget { .. }
            | StoreTask::Expire => {}
        }
    }
}

/// An entry that was paid for, or not.
fn entry(number: u8, len: usize, paid: bool) -> StampedEntry {
    let body = vec![number; len];
    let id = TransientId::of(&body);
    if paid {
        let mut search = Search::new(id.as_bytes(), Purpose::Propagation, COST);
        let stamp = std::iter::repeat_with(|| search.advance(64)).find_map(|found| found).unwrap();
        return StampedEntry::new(&body, &stamp).unwrap();
    }
    let workblock = Workblock::new(id.as_bytes(), Purpose::Propagation);
    let stamp = (0..=255).map(|byte| [byte; 32]).find(|stamp| !workblock.accepts(stamp, COST)).unwrap();
    StampedEntry::new(&body, &stamp).unwrap()
}

fn container(entries: &[StampedEntry]) -> Vec<u8> {
    pack_container(UnixTime::from_micros(1), entries.iter().map(StampedEntry::bytes))
}

fn is_closed(event: &Event) -> bool {
    matches!(event, Event::LinkClosed { .. })
}

#[test]
fn who_asks_for_messages_must_identify_and_gets_its_own() {
    let mut world = World::new(Vec::new());
    let link = world.link();
    let request = world.ask(link, GET_PATH, &[0x92, 0xc0, 0xc0]);
    assert_eq!(world.answer(request), Some(NodeRefusal::NoIdentity.answer()));
    let client = identity(7);
    world.identify(link, &client);
    let broken = world.ask(link, GET_PATH, &[0xc0]);
    assert_eq!(world.answer(broken), Some(NodeRefusal::InvalidData.answer()));
    let request = world.ask(link, GET_PATH, &[0x92, 0xc0, 0xc0]);
    assert_eq!(world.answer(request), None);
    let Some(StoreTask::Get { recipient, request: GetRequest::List, request_id, .. }) =
        world.sides[0].tasks.last()
    else {
        panic!("nothing asked for: {:?}", world.sides[0].tasks);
    };
    assert_eq!((*recipient, *request_id), (delivery_destination(client.hash()), request));
}

#[test]
fn only_clients_that_were_named_are_served_if_any_were() {
    let mut world = World::new(Vec::new());
    let client = identity(7);
    world.sides[0].propagation.terms.clients = vec![identity(6).hash()];
    let link = world.link();
    world.identify(link, &client);
    let request = world.ask(link, GET_PATH, &[0x92, 0xc0, 0xc0]);
    assert_eq!(world.answer(request), Some(NodeRefusal::NoAccess.answer()));
    world.sides[0].propagation.terms.clients.push(client.hash());
    let request = world.ask(link, GET_PATH, &[0x92, 0xc0, 0xc0]);
    assert_eq!(world.answer(request), None);
}

#[test]
fn what_was_paid_for_is_proved_when_it_is_kept_and_not_before() {
    let mut world = World::new(Vec::new());
    let link = world.link();
    let brought = entry(1, 150, true);
    let packet = world.bring(link, &container(std::slice::from_ref(&brought)));
    let delivered =
        |event: &Event| matches!(event, Event::PacketDelivered { packet: hash, .. } if *hash == packet);
    assert!(!world.client_saw(delivered));
    let proof = match world.deposits()[..] {
        [Deposit { entries, proof: Some(proof), from: None }] => {
            assert_eq!(entries[0].0, brought);
            assert!(entries[0].1 >= u16::from(COST));
            proof.clone()
        }
        ref other => panic!("{other:?}"),
    };
    let now = world.now();
    world.sides[0].node.prove(now, &proof);
    world.run(Duration::from_secs(1));
    assert!(world.client_saw(delivered) && !world.client_saw(is_closed));
}

#[test]
fn a_packet_that_was_not_paid_for_is_refused_with_a_word_and_its_link_is_closed() {
    let mut world = World::new(Vec::new());
    let link = world.link();
    world.bring(link, &container(&[entry(1, 150, false)]));
    let signal = NodeRefusal::InvalidStamp.signal();
    assert!(world.client_saw(|event| matches!(event, Event::LinkPacket { data, .. } if *data == signal)));
    assert!(world.client_saw(is_closed) && world.deposits().is_empty());
    assert_eq!(world.sides[0].propagation.counts().refused, 1);
}

#[test]
fn a_resource_that_was_not_paid_for_is_refused() {
    let mut world = World::new(Vec::new());
    let link = world.link();
    world.bring_much(link, container(&[entry(1, 5_000, false)]));
    let failed = |event: &Event| matches!(event, Event::ResourceFailed { .. });
    assert!(world.client_saw(failed) && world.deposits().is_empty());
    world.bring_much(link, container(&[entry(1, 5_000, true)]));
    assert_eq!(world.deposits().len(), 1, "the next one on that link is fine");
}

#[test]
fn a_client_brings_one_entry_at_a_time() {
    let mut world = World::new(Vec::new());
    let link = world.link();
    world.bring_much(link, container(&[entry(1, 150, true), entry(2, 150, true)]));
    assert!(world.client_saw(is_closed) && world.deposits().is_empty());
    assert_eq!(world.sides[0].propagation.drops().get(DropReason::OutOfOrder), 1);
}

#[test]
fn what_is_no_container_costs_the_link_and_nothing_else() {
    for rubbish in
        [vec![], vec![0x92, 0xc0, 0x90], vec![0xc1; 40], vec![0x92, 0xc0, 0xdd, 0xff, 0xff, 0xff, 0xff]]
    {
        let mut world = World::new(Vec::new());
        let link = world.link();
        world.bring(link, &rubbish);
        assert!(world.client_saw(is_closed), "{rubbish:02x?}");
        assert_eq!((world.sides[0].propagation.jobs(), world.deposits().len()), (0, 0));
    }
    let mut world = World::new(Vec::new());
    let link = world.link();
    world.bring(link, &pack_container(UnixTime::from_micros(1), [&[1; 144][..]]));
    assert!(world.client_saw(is_closed), "too short for a stamp");
}

#[test]
fn offers_are_checked_in_the_order_of_the_reference() {
    let ids = vec![TransientId::from_bytes([3; 32])];
    let mut world = World::new(vec![address(5)]);
    let link = world.link();
    let offer = |key: Vec<u8>| Offer { key, ids: ids.clone() }.pack();
    let refused = |world: &mut World, link: LinkId, data: &[u8]| {
        let request = world.ask(link, OFFER_PATH, data);
        world.answer(request)
    };
    assert_eq!(refused(&mut world, link, &offer(vec![])), Some(NodeRefusal::NoIdentity.answer()));
    world.identify(link, &identity(6));
    assert_eq!(
        refused(&mut world, link, &offer(vec![])),
        Some(NodeRefusal::NoAccess.answer()),
        "no peer of ours"
    );
    let link = world.link();
    world.identify(link, &identity(5));
    assert_eq!(refused(&mut world, link, &[0xc0]), Some(NodeRefusal::InvalidData.answer()));
    let (responder, initiator) = (identity(0).hash(), identity(5).hash());
    let mut search = Search::new(&key_material(responder, initiator), Purpose::Peering, 8);
    let key = std::iter::repeat_with(|| search.advance(4096)).find_map(|found| found).unwrap().to_vec();
    let other_way = !key_is_valid(initiator, responder, &key, 8);
    assert!(other_way, "the responder comes first");
    assert_eq!(refused(&mut world, link, &offer(vec![0; 32])), Some(NodeRefusal::InvalidKey.answer()));
    assert_eq!(refused(&mut world, link, &offer(key.clone())), None);
    let Some(StoreTask::Offered { ids: asked, peer, .. }) = world.sides[0].tasks.last() else {
        panic!("no offer")
    };
    assert_eq!((asked, *peer), (&ids, address(5)));

    // Now it may bring many; one that is worth nothing makes it wait.
    world.bring_much(link, container(&[entry(1, 150, true), entry(2, 150, false)]));
    match world.deposits()[..] {
        [Deposit { entries, proof: None, from }] => {
            assert_eq!((entries.len(), *from), (1, Some(address(5))));
        }
        ref other => panic!("{other:?}"),
    }
    assert_eq!(refused(&mut world, link, &offer(key.clone())), Some(NodeRefusal::Throttled.answer()));
    world.run(Duration::from_secs(181));
    let link = world.link();
    world.identify(link, &identity(5));
    let request = world.ask(link, OFFER_PATH, &offer(key));
    assert_eq!(world.answer(request), None);
}

#[test]
fn quiet_links_are_closed_after_three_minutes() {
    let mut world = World::new(Vec::new());
    world.link();
    world.run(Duration::from_secs(150));
    assert!(!world.client_saw(is_closed));
    world.run(Duration::from_secs(100));
    assert!(world.client_saw(is_closed));
}

/// Node 0 has node 1 as its peer, and node 1 has node 0; both keep their entries in maps.
fn peers() -> World {
    let mut world = World::with([vec![address(1)], vec![address(0)]], [true, true]);
    world.announce(1);
    world
}

fn leave(world: &mut World, side: usize, entries: &[StampedEntry]) {
    let now = world.now();
    for entry in entries {
        world.sides[side].unhandled.push(entry.id());
        world.sides[side].kept.as_mut().unwrap().insert(entry.id(), entry.clone());
    }
    world.sides[side].propagation.peers.handle_waiting(now.instant, None);
}

#[test]
fn peers_give_each_other_what_the_other_has_not() {
    let mut world = peers();
    let entries: Vec<_> = (0..5).map(|number| entry(number, 200 + usize::from(number), true)).collect();
    leave(&mut world, 0, &entries[..3]);
    leave(&mut world, 1, &entries[2..]);
    world.run(Duration::from_secs(60));
    for side in &world.sides {
        assert_eq!(side.kept.as_ref().unwrap().len(), 5);
        assert_eq!(side.unhandled, []);
        assert_eq!(side.propagation.counts().given, 2);
    }
    assert!(
        world.sides.iter().all(|side| side.propagation.peers.poll_timeout().is_none()),
        "nothing is left to do"
    );
}

#[test]
fn a_peer_that_is_gone_is_tried_again_ever_later_and_at_once_when_it_is_heard() {
    let mut world = peers();
    world.run(Duration::from_secs(60));
    leave(&mut world, 0, &[entry(1, 200, true)]);
    // Nothing arrives at node 1.
    let deaf = world.sides[1].interface;
    world.sides[1].interface = InterfaceId(99);
    world.run(Duration::from_secs(60));
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let next = world.sides[0].propagation.peers.poll_timeout().unwrap();
        pauses.push(next.since(world.now().instant).as_secs() / 60);
        world.run(next.since(world.now().instant) + Duration::from_secs(120));
    }
    assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
    world.sides[1].interface = deaf;
    world.announce(1);
    world.run(Duration::from_secs(60));
    assert_eq!(world.sides[1].kept.as_ref().unwrap().len(), 1);
}

#[test]
fn a_peer_that_refuses_is_left_alone_for_as_long_as_it_says() {
    let mut world = World::with([vec![address(1)], Vec::new()], [true, false]);
    world.announce(1);
    leave(&mut world, 0, &[entry(1, 200, true)]);
    // Node 1 has no peers: it answers that node 0 has no access.
    world.run(Duration::from_secs(60));
    let next = world.sides[0].propagation.peers.poll_timeout().unwrap();
    assert!(next.since(world.now().instant) > Duration::from_secs(23 * 60 * 60));
    assert_eq!(world.sides[0].unhandled.len(), 1, "it is still there for it");
}

#[test]
fn a_message_of_ours_is_on_a_node_when_it_is_kept() {
    let mut world = World::with([Vec::new(), Vec::new()], [true, false]);
    let hash = MessageHash::from_bytes([4; 32]);
    let side = &mut world.sides[0];
    side.propagation.keep_own(hash, &[1; 200]);
    side.propagation.keep_own(MessageHash::from_bytes([5; 32]), &[1; 20]);
    let failed = RouterEvent::Failed { hash: MessageHash::from_bytes([5; 32]), reason: SendFailure::NoNode };
    assert_eq!(side.propagation.own.pop_front(), Some(failed), "too short to be an entry");
    world.run(Duration::ZERO);
    let stored = RouterEvent::Stored { hash, node: address(0) };
    assert_eq!(world.sides[0].propagation.poll_event(), Some(stored));
}
