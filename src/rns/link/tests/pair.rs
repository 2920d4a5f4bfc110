//! Two ends of a link, a pipe between them that can lose, repeat and reorder, and a clock that jumps.
//! Not the node: of its work only the duplicate filter is imitated.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::rns::error::{DropCounts, DropReason};
use crate::rns::event::{Event, ProofToken};
use crate::rns::hash::{DestinationHash, PacketHash, PathHash};
use crate::rns::identity::Identity;
use crate::rns::link::{Link, ResourceLimit, Session, State, Terms};
use crate::rns::node::Compression;
use crate::rns::packet::{Context, Packet, PacketType};
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now, UnixTime};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Initiator,
    Responder,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// How the pipe behaves; chances are per thousand packets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pipe {
    pub(crate) delay: Duration,
    /// Up to so much later: packets overtake one another.
    pub(crate) jitter: Duration,
    pub(crate) loss: u64,
    pub(crate) repeat: u64,
    pub(crate) mtu: usize,
}

impl Default for Pipe {
    fn default() -> Self {
        Self { delay: Duration::from_millis(10), jitter: Duration::ZERO, loss: 0, repeat: 0, mtu: 500 }
    }
}

pub(crate) struct Pair {
    pub(crate) now: Now,
    pub(crate) pipe: Pipe,
    pub(crate) initiator: Link,
    pub(crate) responder: Link,
    pub(crate) random: Random,
    pub(crate) events: Vec<(Side, Event)>,
    /// Everything that was sent: by whom, when, the frame.
    pub(crate) sent: Vec<(Side, Instant, Vec<u8>)>,
    pub(crate) drops: DropCounts,
    wire: BTreeMap<(Instant, u64), (Side, Vec<u8>)>,
    seen: BTreeSet<(Side, PacketHash)>,
    sequence: u64,
}

pub(crate) const PATH: &str = "/api/v1/info";

pub(crate) fn responder_identity() -> Identity {
    Identity::from_private_bytes(&[7; 64])
}

impl Pair {
    /// An established link whose responder takes Resources of up to 8 MB and serves [`PATH`].
    pub(crate) fn new(pipe: Pipe) -> Self {
        let terms =
            Terms { resources: ResourceLimit::bytes(8_000_000), request_paths: vec![PathHash::of(PATH)] };
        Self::with_terms(pipe, terms)
    }

    pub(crate) fn with_terms(pipe: Pipe, terms: Terms) -> Self {
        let mut random = Random::from_seed([3; 32]);
        let identity = responder_identity();
        let destination = DestinationHash::from_bytes([9; 16]);
        let now = Now {
            instant: Instant::from_micros(5_000_000),
            unix: UnixTime::from_micros(1_700_000_000_000_000),
        };
        let mut initiator =
            Link::open(now, destination, identity.public().clone(), 1, 1_000_000, pipe.mtu, &mut random);
        let request = initiator.poll_transmit().unwrap();
        let packet = Packet::parse(&request).unwrap();
        let later = advance(now, pipe.delay);
        let responder = Link::accept(later, &packet, 1, &identity, pipe.mtu, terms, &mut random).unwrap();
        let mut pair = Self {
            now: later,
            pipe: Pipe { loss: 0, repeat: 0, jitter: Duration::ZERO, ..pipe },
            initiator,
            responder,
            random,
            events: Vec::new(),
            sent: Vec::new(),
            drops: DropCounts::default(),
            wire: BTreeMap::new(),
            seen: BTreeSet::new(),
            sequence: 0,
        };
        pair.run_while(|pair| !pair.responder.is_active());
        pair.pipe = pipe;
        pair.events.clear();
        pair.sent.clear();
        pair
    }

    pub(crate) fn link(&mut self, side: Side) -> (&mut Link, &mut Random) {
        match side {
            Side::Initiator => (&mut self.initiator, &mut self.random),
            Side::Responder => (&mut self.responder, &mut self.random),
        }
    }

    /// The keys of an established link.
    pub(crate) fn session(&mut self, side: Side) -> &Session {
        match &self.link(side).0.state {
            State::Established(link) => &link.session,
            other => panic!("{side:?} is {other:?}"),
        }
    }

    /// Moves what waits at both ends into the pipe and the event list.
    pub(crate) fn pump(&mut self) {
        for side in [Side::Initiator, Side::Responder] {
            while let Some(frame) = self.link(side).0.poll_transmit() {
                self.sent.push((side, self.now.instant, frame.clone()));
                self.put(side, &frame);
            }
            while let Some(event) = self.link(side).0.poll_event() {
                self.events.push((side, event));
            }
        }
    }

    /// One packet in the pipe, or one deadline. False when nothing will ever happen again before `end`.
    pub(crate) fn step(&mut self, end: Instant) -> bool {
        self.pump();
        let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
        let deadlines = [self.initiator.poll_timeout(), self.responder.poll_timeout()];
        let Some(next) = deadlines.into_iter().flatten().chain(arrival).min().filter(|next| *next <= end)
        else {
            return false;
        };
        self.now = advance(self.now, next.since(self.now.instant));
        if arrival == Some(next)
            && let Some((_, (to, frame))) = self.wire.pop_first()
        {
            self.deliver(to, &frame);
        } else {
            let now = self.now;
            for side in [Side::Initiator, Side::Responder] {
                let (link, random) = self.link(side);
                link.handle_timeout(now, random);
            }
        }
        self.pump();
        true
    }

    /// Runs for `time`, or until nothing will happen any more.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now.instant.after(time);
        while self.step(end) {}
        self.now = advance(self.now, end.since(self.now.instant));
    }

    /// Runs while `condition` holds, at most a virtual day.
    pub(crate) fn run_while(&mut self, condition: impl Fn(&Self) -> bool) {
        let end = self.now.instant.after(Duration::from_secs(86_400));
        self.pump();
        while condition(self) {
            assert!(self.step(end), "nothing happens any more; events: {:?}", names(&self.events));
        }
    }

    /// Hands a frame to one end, as its node would.
    pub(crate) fn deliver(&mut self, to: Side, frame: &[u8]) {
        let Ok(packet) = Packet::parse(frame) else { return };
        let exempt = matches!(
            packet.context,
            Context::KeepAlive
                | Context::ResourceRequest
                | Context::ResourceProof
                | Context::Resource
                | Context::CacheRequest
                | Context::Channel
        );
        if !self.seen.insert((to, packet.hash())) && !exempt {
            return;
        }
        if let Err(reason) = self.deliver_unfiltered(to, frame) {
            self.drops.add(reason);
        }
    }

    pub(crate) fn deliver_unfiltered(&mut self, to: Side, frame: &[u8]) -> Result<(), DropReason> {
        let packet = Packet::parse(frame).unwrap();
        let now = self.now;
        let (link, random) = self.link(to);
        link.handle_packet(now, &packet, random)
    }

    /// A frame as `from` would make it, with any content.
    pub(crate) fn sealed(&mut self, from: Side, context: Context, plaintext: &[u8]) -> Vec<u8> {
        let iv = self.random.bytes();
        self.session(from).seal(context, plaintext, iv)
    }

    pub(crate) fn plain(&mut self, from: Side, kind: PacketType, context: Context, data: &[u8]) -> Vec<u8> {
        self.session(from).frame(kind, context, data)
    }

    pub(crate) fn prove(&mut self, side: Side, token: &ProofToken) {
        let now = self.now;
        self.link(side).0.prove(now, token);
        self.pump();
    }

    pub(crate) fn send_resource(&mut self, from: Side, data: &[u8]) -> crate::rns::hash::ResourceHash {
        let now = self.now;
        let (link, random) = self.link(from);
        link.send_resource(now, data.to_vec(), Compression::Off, random).unwrap()
    }

    /// Takes the first event that `pick` recognises.
    pub(crate) fn find<T>(&self, side: Side, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        self.events.iter().filter(|(at, _)| *at == side).find_map(|(_, event)| pick(event))
    }

    pub(crate) fn count(&self, side: Side, pick: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|(at, event)| *at == side && pick(event)).count()
    }

    /// How many packets of this context `side` has sent.
    pub(crate) fn sent_with(&self, side: Side, context: Context) -> usize {
        self.sent
            .iter()
            .filter(|(from, _, frame)| *from == side && Packet::parse(frame).unwrap().context == context)
            .count()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.initiator.is_active() && self.responder.is_active()
    }

    fn put(&mut self, from: Side, frame: &[u8]) {
        if self.random.below(1000) < self.pipe.loss {
            return;
        }
        let copies = if self.random.below(1000) < self.pipe.repeat { 2 } else { 1 };
        for _ in 0..copies {
            let jitter = u64::try_from(self.pipe.jitter.as_micros()).unwrap();
            let jitter = Duration::from_micros(self.random.below(jitter.max(1)));
            let at = self.now.instant.after(self.pipe.delay + jitter);
            self.sequence += 1;
            self.wire.insert((at, self.sequence), (from.other(), frame.to_vec()));
        }
    }
}

pub(crate) fn advance(now: Now, time: Duration) -> Now {
    let micros = i64::try_from(time.as_micros()).unwrap();
    Now { instant: now.instant.after(time), unix: UnixTime::from_micros(now.unix.as_micros() + micros) }
}

fn names(events: &[(Side, Event)]) -> Vec<String> {
    let name = |event: &Event| format!("{event:?}").chars().take(60).collect();
    events.iter().map(|(_, event)| name(event)).collect()
}
