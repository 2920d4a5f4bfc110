//! A small network for the fuzzer: nodes, wires between them, and frames that fly until somebody lets them arrive.
//! Not the simulated network of `tests/sim`: here nothing happens by itself, not even time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use roost::rns::Node;
use roost::rns::destination::DestinationSpec;
use roost::rns::error::MisuseError;
use roost::rns::event::{Event, ProofToken};
use roost::rns::hash::{DestinationHash, LinkId, PathHash, RequestId};
use roost::rns::identity::Identity;
use roost::rns::ifac::{AccessCode, CodeSize};
use roost::rns::interface::{InterfaceId, InterfaceSpec};
use roost::rns::job::Job;
use roost::rns::node::TableSizes;
use roost::rns::random::Random;
use roost::rns::ratchet::{BaseKey, RATCHET_INTERVAL, RatchetTerms, Ratchets};
use roost::rns::time::{Instant, Now, UnixTime};

use crate::peer::PATH;

/// Frames that fly at once; further ones are lost, as on a full queue.
const MAX_FLYING: usize = 512;
/// Frames that can come back.
const MAX_OVERHEARD: usize = 16;
/// A node that has more than this to say after one input has lost its way.
const MAX_OUTPUTS: usize = 20_000;
/// More deadlines than this at one instant, and time stands still.
const MAX_WAKES: usize = 2_000;

/// What a wire is like.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) ends: [usize; 2],
    pub(crate) spec: InterfaceSpec,
}

/// A node and what it waits to be told.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) node: Node,
    pub(crate) plugs: BTreeMap<InterfaceId, usize>,
    pub(crate) destination: DestinationHash,
    pub(crate) links: Vec<LinkId>,
    pub(crate) requests: Vec<(LinkId, RequestId)>,
    pub(crate) tokens: Vec<ProofToken>,
    /// What it has handed out.
    jobs: Vec<Job>,
    transport: bool,
    ratchets: bool,
}

#[derive(Debug)]
struct Flight {
    to: usize,
    wire: usize,
    frame: Vec<u8>,
}

/// The network.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) places: Vec<Place>,
    pub(crate) wires: Vec<Wire>,
    flying: VecDeque<Flight>,
    overheard: VecDeque<Vec<u8>>,
    micros: u64,
    /// Jobs are done at once, and not when the fuzzer says so.
    prompt: bool,
}

fn identity(seat: usize) -> Identity {
    Identity::from_private_bytes(&[u8::try_from(seat).expect("few nodes") + 1; 64])
}

fn destination(seat: usize, ratchets: bool) -> DestinationSpec {
    let terms = RatchetTerms { stored: Vec::new(), interval: RATCHET_INTERVAL, base_key: BaseKey::Accepted };
    DestinationSpec {
        identity: identity(seat),
        full_name: "meshchat.group".to_owned(),
        app_data: vec![b'a'; seat],
        request_paths: vec![PathHash::of(PATH)],
        max_resource: 1 << 16,
        ratchets: if ratchets { Ratchets::On(terms) } else { Ratchets::Off },
    }
}

/// An access code that some wires have.
pub(crate) fn access() -> Option<AccessCode> {
    AccessCode::new(Some("perch"), None, CodeSize::SERIAL)
}

impl World {
    /// As many nodes as there are flags: bit 0, a transport node; bit 1, with ratchets; bit 2 of any, with jobs that wait.
    pub(crate) fn new(flags: &[u8]) -> Self {
        let mut world = Self {
            places: Vec::new(),
            wires: Vec::new(),
            flying: VecDeque::new(),
            overheard: VecDeque::new(),
            micros: 1_000_000,
            prompt: flags.iter().all(|flags| flags & 4 == 0),
        };
        for (seat, flags) in flags.iter().enumerate() {
            let (transport, ratchets) = (flags & 1 != 0, flags & 2 != 0);
            let node = Node::new([0; 32]);
            let place = Place {
                node,
                plugs: BTreeMap::new(),
                destination: DestinationHash::from_bytes([0; 16]),
                links: Vec::new(),
                requests: Vec::new(),
                tokens: Vec::new(),
                jobs: Vec::new(),
                transport,
                ratchets,
            };
            world.places.push(place);
            world.start(seat, None);
        }
        world
    }

    pub(crate) const fn now(&self) -> Now {
        Now {
            instant: Instant::from_micros(self.micros),
            unix: UnixTime::from_micros(1_700_000_000_000_000 + self.micros.cast_signed()),
        }
    }

    /// A node begins anew, with what it knew if that was kept.
    pub(crate) fn start(&mut self, seat: usize, snapshot: Option<roost::rns::snapshot::Snapshot>) {
        let now = self.now();
        let mut seed = [u8::try_from(seat).expect("few nodes"); 32];
        seed[..8].copy_from_slice(&self.micros.to_be_bytes());
        let place = &mut self.places[seat];
        let wires: Vec<usize> = std::mem::take(&mut place.plugs).into_values().collect();
        let mut node = Node::new(seed);
        if place.transport {
            node.enable_transport(Identity::generate(&mut Random::from_seed([9; 32])));
        }
        place.destination = node.register_destination(destination(seat, place.ratchets));
        if let Some(snapshot) = snapshot {
            node.restore(now, snapshot);
        }
        place.node = node;
        place.links.clear();
        place.requests.clear();
        for wire in wires {
            self.plug(seat, wire);
        }
        self.settle(seat);
    }

    /// Joins two nodes, which may be the same one.
    pub(crate) fn join(&mut self, ends: [usize; 2], spec: InterfaceSpec) {
        self.wires.push(Wire { ends, spec });
        for seat in ends {
            self.plug(seat, self.wires.len() - 1);
        }
    }

    fn plug(&mut self, seat: usize, wire: usize) {
        let now = self.now();
        let spec = self.wires[wire].spec.clone();
        let place = &mut self.places[seat];
        let interface = place.node.add_interface(now, spec);
        place.plugs.insert(interface, wire);
        self.settle(seat);
    }

    /// Pulls a wire out at one end.
    pub(crate) fn unplug(&mut self, seat: usize, wire: usize, will_come_back: bool) {
        let plugged = self.places[seat].plugs.iter().find(|(_, plugged)| **plugged == wire);
        let Some(interface) = plugged.map(|(interface, _)| *interface) else {
            // It was out, so it goes in.
            if self.wires[wire].ends.contains(&seat) {
                self.plug(seat, wire);
            }
            return;
        };
        self.places[seat].plugs.remove(&interface);
        self.with(seat, |node, now| {
            if will_come_back {
                node.suspend_interface(now, interface);
            } else {
                node.remove_interface(now, interface);
            }
        });
    }

    /// Calls a node and takes what it has to say.
    pub(crate) fn with<T>(&mut self, seat: usize, call: impl FnOnce(&mut Node, Now) -> T) -> T {
        let now = self.now();
        let outcome = call(&mut self.places[seat].node, now);
        self.settle(seat);
        outcome
    }

    /// Asks a node for something; a refusal is as good as anything.
    pub(crate) fn attempt<T>(
        &mut self,
        seat: usize,
        call: impl FnOnce(&mut Node, Now) -> Result<T, MisuseError>,
    ) {
        let _ = self.with(seat, call);
    }

    /// The oldest frame arrives, changed or not.
    pub(crate) fn deliver(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        if let Some(mut flight) = self.flying.pop_front() {
            change(&mut flight.frame);
            self.hear(flight.to, flight.wire, &flight.frame);
        }
    }

    /// The oldest frame is lost.
    pub(crate) fn lose(&mut self) {
        self.flying.pop_front();
    }

    /// The oldest frame is overtaken by all others.
    pub(crate) fn delay(&mut self) {
        if let Some(flight) = self.flying.pop_front() {
            self.flying.push_back(flight);
        }
    }

    /// A frame that once flew.
    pub(crate) fn overheard(&self, which: usize) -> Option<Vec<u8>> {
        self.overheard.get(which % MAX_OVERHEARD).cloned()
    }

    /// A frame comes out of a wire at one end, whoever sent it.
    pub(crate) fn hear(&mut self, seat: usize, wire: usize, frame: &[u8]) {
        let plugged = self.places[seat].plugs.iter().find(|(_, plugged)| **plugged == wire);
        if let Some(interface) = plugged.map(|(interface, _)| *interface) {
            self.with(seat, |node, now| node.handle_frame(now, interface, frame));
        }
    }

    /// Time passes, and nothing arrives meanwhile.
    pub(crate) fn wait(&mut self, duration: Duration) {
        let end = self.now().instant.after(duration).as_micros();
        let mut wakes = 0;
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            wakes = if due > self.micros { 0 } else { wakes + 1 };
            assert!(wakes < MAX_WAKES, "somebody wants to be woken again and again");
            self.micros = self.micros.max(due);
            for seat in 0..self.places.len() {
                if self.places[seat].node.poll_timeout().is_some_and(|at| at.as_micros() <= self.micros) {
                    self.with(seat, |node, now| node.handle_timeout(now));
                }
            }
        }
        self.micros = end;
    }

    fn next_due(&self) -> Option<u64> {
        self.places.iter().filter_map(|place| place.node.poll_timeout()).map(Instant::as_micros).min()
    }

    /// A node hands out its jobs.
    pub(crate) fn take_jobs(&mut self, seat: usize) {
        let place = &mut self.places[seat];
        place.jobs.extend(std::iter::from_fn(|| place.node.poll_job()));
    }

    /// The last few jobs of a node are done, whatever has become of it meanwhile.
    pub(crate) fn finish_jobs(&mut self, seat: usize, count: usize) {
        let place = &mut self.places[seat];
        let jobs = place.jobs.split_off(place.jobs.len().saturating_sub(count));
        for done in Job::run_all(&jobs) {
            self.with(seat, |node, now| node.handle_job_done(now, &done));
        }
    }

    fn settle(&mut self, seat: usize) {
        if self.prompt {
            let now = self.now();
            self.places[seat].node.run_jobs(now);
        }
        let mut outputs = 0;
        while let Some(transmit) = self.places[seat].node.poll_transmit() {
            let wire = self.places[seat].plugs[&transmit.interface];
            self.fly(seat, wire, transmit.frame);
            outputs += 1;
            assert!(outputs < MAX_OUTPUTS, "it never stops transmitting");
        }
        while let Some(event) = self.places[seat].node.poll_event() {
            self.places[seat].take(event);
            outputs += 1;
            assert!(outputs < MAX_OUTPUTS, "it never stops telling");
        }
        let place = &self.places[seat];
        check(place.node.table_sizes(), place.plugs.len());
    }

    fn fly(&mut self, from: usize, wire: usize, frame: Vec<u8>) {
        let Wire { ends, spec } = &self.wires[wire];
        assert!(frame.len() <= spec.max_frame(), "a frame larger than the wire carries");
        let to = if ends[0] == from { ends[1] } else { ends[0] };
        if self.overheard.len() >= MAX_OVERHEARD {
            self.overheard.pop_front();
        }
        self.overheard.push_back(frame.clone());
        if self.flying.len() < MAX_FLYING {
            self.flying.push_back(Flight { to, wire, frame });
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.flying.is_empty()
    }
}

impl Place {
    fn take(&mut self, event: Event) {
        match event {
            Event::LinkEstablished { link, .. } => self.links.push(link),
            Event::LinkClosed { link, .. } => self.links.retain(|open| *open != link),
            Event::Request(request) => self.requests.push((request.link, request.request_id)),
            Event::Packet { proof, .. }
            | Event::LinkPacket { proof, .. }
            | Event::ResourceReceived { proof, .. } => {
                self.tokens.push(proof);
            }
            Event::RatchetDrawn { destination, ratchet } => {
                self.node.ratchet_stored(destination, ratchet.id())
            }
            _ => {}
        }
    }
}

/// Every table within its cap. A new table of `TableSizes` has its line here.
fn check(sizes: TableSizes, interfaces: usize) {
    let caps = [
        ("known destinations", sizes.known_destinations, 8_192 + 1),
        ("paths", sizes.paths, 8_192),
        ("packet hashes", sizes.packet_hashes, 2 * 32_768),
        ("path requests", sizes.path_requests, 2 * 16_000 + 1_024),
        ("jobs", sizes.jobs, 4_096),
        ("receipts", sizes.receipts, 1_024),
        ("links", sizes.links, 4_096 + 1_024 + 1_024),
        ("link bytes", sizes.link_bytes, 128 << 20),
        ("relayed links", sizes.relayed_links, 4_096 + 16_384),
        ("reverse", sizes.reverse, 16_384),
        ("passed on", sizes.passed_on, 2 * 65_536),
        ("announce rates", sizes.announce_rates, 8_192),
        ("announces", sizes.announces, 4_096),
        ("queued announces", sizes.queued_announces, 512 * interfaces),
        ("held announces", sizes.held_announces, 256 * interfaces),
        ("path answers", sizes.path_answers, 2 * 16_000 + 4_096 + 1_024),
        ("repairs", sizes.repairs, 32),
        ("onward searches", sizes.onward_searches, 64),
        ("tunnel paths", sizes.tunnel_paths, 4_096),
        ("air bytes", sizes.air_bytes, 64 * 1024 * interfaces),
        ("in line", sizes.in_line, 1_024 * interfaces),
        ("told", sizes.told, 512 * (interfaces + 16)),
    ];
    assert_eq!(size_of::<TableSizes>(), size_of::<usize>() * caps.len(), "a table has no cap here");
    for (table, size, cap) in caps {
        assert!(size <= cap, "{table}: {size} of at most {cap}");
    }
}
