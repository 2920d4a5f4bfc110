//! A propagation node for these tests: a person of the world who keeps entries, and answers as it was told to.
//! Not the node that Roost can be; this one can lie.

use std::time::Duration;

use rmpv::Value;

use super::world::World;
use crate::lxmf::propagation::announce::NodeState;
use crate::lxmf::propagation::entry::{recipient, unpack_container};
use crate::lxmf::propagation::{
    GET_PATH, NodeAnnounce, NodeRefusal, PROPAGATION_NAME, StampedEntry, TransientId,
};
use crate::lxmf::stamp::{Purpose, Workblock};
use crate::lxmf::{Message, SignedMessage, delivery_destination};
use crate::rns::destination::DestinationSpec;
use crate::rns::event::{Event as NodeEvent, InboundRequest, ProofToken};
use crate::rns::hash::{DestinationHash, LinkId, PathHash};
use crate::rns::msgpack;
use crate::rns::node::Compression;
use crate::rns::ratchet::Ratchets;
use crate::rns::time::Instant;

const STEP: Duration = Duration::from_millis(20);

/// How a keeper answers requests.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Manner {
    Honest,
    /// With this number.
    Refuses(NodeRefusal),
    /// Closes the link when it is asked for entries.
    HangsUp,
    /// With this, whatever is asked.
    Says(Vec<u8>),
    /// A list as it is, and these entries, whatever is asked for.
    Gives(Vec<Vec<u8>>),
    /// Not at all.
    Silent,
}

/// What a keeper does with uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    Everything,
    /// Says that the stamp is bad, and closes the link.
    Nothing,
    /// Proves a Resource, and then closes the link.
    NothingSilently,
    /// Everything, but it takes so long to prove it.
    Slowly(Duration),
}

pub(super) struct Keeper {
    person: usize,
    pub(super) address: DestinationHash,
    pub(super) manner: Manner,
    pub(super) taking: Taking,
    pub(super) cost: u8,
    pub(super) entries: Vec<Vec<u8>>,
    /// What it was asked, in order: for a list, for so many entries, to forget so many.
    pub(super) asked: Vec<(usize, usize, Option<u64>)>,
    pub(super) links: Vec<LinkId>,
    /// What it will prove, and when.
    unproved: Vec<(Instant, ProofToken)>,
}

impl Keeper {
    /// `person` keeps entries from now on, and everybody hears it.
    pub(super) fn open(world: &mut World, person: usize, cost: u8) -> Self {
        let mut keeper = Self {
            person,
            address: DestinationHash::from_bytes([0; 16]),
            manner: Manner::Honest,
            taking: Taking::Everything,
            cost,
            entries: Vec::new(),
            asked: Vec::new(),
            links: Vec::new(),
            unproved: Vec::new(),
        };
        keeper.announce(world);
        world.run(STEP * 10);
        keeper
    }

    pub(super) fn announce(&mut self, world: &mut World) {
        let identity = world.people[self.person].identity.clone();
        let announce = NodeAnnounce {
            time: world.now().unix,
            state: NodeState::Active,
            message_limit: 256,
            sync_limit: 1_024,
            stamp_cost: self.cost,
            flexibility: 0,
            peering_cost: 18,
            name: None,
        };
        self.address = world.call(self.person, |node, now| {
            let destination = node.register_destination(DestinationSpec {
                identity,
                full_name: PROPAGATION_NAME.to_owned(),
                app_data: announce.encode(),
                request_paths: vec![PathHash::of(GET_PATH)],
                max_resource: 1_024_000,
                ratchets: Ratchets::Off,
            });
            node.announce(now, destination).unwrap();
            destination
        });
    }

    /// Does what has to be done for what has come.
    fn serve(&mut self, world: &mut World) {
        for event in std::mem::take(&mut world.people[self.person].others) {
            match event {
                NodeEvent::Request(request) => self.answer(world, &request),
                NodeEvent::LinkEstablished { link, initiator: false, .. } => self.links.push(link),
                NodeEvent::LinkPacket { link, data, proof, .. }
                | NodeEvent::ResourceReceived { link, data, proof, .. } => {
                    self.take(world, link, &data, &proof);
                }
                _ => {}
            }
        }
        let now = world.now().instant;
        for (_, proof) in self.unproved.extract_if(.., |(at, _)| *at <= now) {
            world.call(self.person, |node, now| node.prove(now, &proof));
        }
    }

    fn take(&mut self, world: &mut World, link: LinkId, data: &[u8], proof: &ProofToken) {
        let entries = unpack_container(data, 1).unwrap();
        let entry = StampedEntry::parse(entries[0]).unwrap();
        let worth = Workblock::new(entry.id().as_bytes(), Purpose::Propagation).value(entry.stamp());
        assert!(worth >= self.cost.into(), "a stamp of {worth} where {} are asked for", self.cost);
        world.call(self.person, |node, now| match self.taking {
            Taking::Everything => node.prove(now, proof),
            Taking::Nothing => {
                node.send_link_packet(now, link, &NodeRefusal::InvalidStamp.signal()).unwrap();
                node.close_link(now, link);
            }
            Taking::NothingSilently => {
                node.prove(now, proof);
                node.close_link(now, link);
            }
            Taking::Slowly(time) => self.unproved.push((now.instant.after(time), proof.clone())),
        });
        if matches!(self.taking, Taking::Everything | Taking::Slowly(_)) {
            self.entries.push(entry.entry().to_vec());
        }
    }

    fn answer(&mut self, world: &mut World, request: &InboundRequest) {
        let Value::Array(parts) = msgpack::decode(&request.data).unwrap() else { panic!("no array") };
        let caller = request.caller.as_ref().map(|caller| delivery_destination(caller.hash()));
        let ids = |part: &Value| match part {
            Value::Array(ids) => {
                ids.iter().map(|id| TransientId::from_slice(id.as_slice().unwrap()).unwrap()).collect()
            }
            _ => Vec::new(),
        };
        let (wants, haves) = (ids(&parts[0]), ids(&parts[1]));
        let limit = parts.get(2).and_then(Value::as_u64);
        self.asked.push((wants.len(), haves.len(), limit));
        if self.manner == Manner::Honest {
            self.entries.retain(|entry| !haves.contains(&TransientId::of(entry)));
        }
        let theirs = || self.entries.iter().filter(|entry| recipient(entry) == caller);
        let list = |ids: Vec<Value>| msgpack::encode(&Value::Array(ids));
        let bin = |entry: &Vec<u8>| Value::Binary(entry.clone());
        let data = match &self.manner {
            Manner::Refuses(refusal) => refusal.answer(),
            Manner::Says(what) => what.clone(),
            Manner::Silent => return,
            Manner::HangsUp if !wants.is_empty() => {
                return world.call(self.person, |node, now| node.close_link(now, request.link));
            }
            Manner::Gives(entries) if !wants.is_empty() => list(entries.iter().map(bin).collect()),
            Manner::Honest | Manner::HangsUp | Manner::Gives(_) if parts[0].is_nil() && parts[1].is_nil() => {
                let mut sorted: Vec<_> = theirs().collect();
                sorted.sort_by_key(|entry| entry.len());
                list(sorted.iter().map(|e| Value::Binary(TransientId::of(e).as_bytes().to_vec())).collect())
            }
            Manner::Honest | Manner::HangsUp | Manner::Gives(_) => {
                let mut total = 24;
                let mut given = Vec::new();
                for entry in theirs().filter(|entry| wants.contains(&TransientId::of(entry))) {
                    let size = entry.len() + 32 + 16;
                    if limit.is_none_or(|limit| total + size <= usize::try_from(limit).unwrap() * 1000) {
                        total += size;
                        given.push(bin(entry));
                    }
                }
                list(given)
            }
        };
        world.call(self.person, |node, now| {
            node.respond(now, request.link, request.request_id, &data, Compression::Off);
        });
    }
}

/// Lets time pass, and keepers do their work.
pub(super) fn run(world: &mut World, keepers: &mut [&mut Keeper], duration: Duration) {
    let end = world.now().instant.after(duration);
    while world.now().instant < end {
        let proofs = keepers.iter().flat_map(|keeper| keeper.unproved.iter().map(|(at, _)| *at));
        let dues = proofs.chain(world.next_due().map(Instant::from_micros));
        let next = dues.min().map_or(end, |due| due.min(end));
        world.run(next.since(world.now().instant).max(STEP));
        keepers.iter_mut().for_each(|keeper| keeper.serve(world));
    }
}

/// An entry with a message from one person to another.
pub(super) fn entry(world: &mut World, from: usize, to: usize, content: &[u8]) -> Vec<u8> {
    let (now, destination) = (world.now(), world.address(to));
    let message =
        Message { time: now.unix, title: Vec::new(), content: content.to_vec(), fields: vec![0x80] };
    let packed = SignedMessage::sign(message, destination, &world.people[from].identity).pack();
    let sealed = world.call(from, |node, now| node.seal(now, destination, &packed[16..]).unwrap());
    [&destination.as_bytes()[..], &sealed].concat()
}
