//! A transport node between bob (on X) and alice (on Y): frames in, frames out, in the order of the file.

use std::time::Duration;

use roost::rns::Node;
use roost::rns::hash::{Address, DestinationHash};
use roost::rns::identity::Identity;
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::packet::Packet;
use roost::rns::policy::Policy;
use roost::rns::time::{Instant, Now, UnixTime};

use crate::file::{Fields, Vector, load, of};

/// Those that `announces` checks with a node at the end of the way.
const FILTERS: [&str; 4] =
    ["filter_plain_hops_0", "filter_plain_hops_1", "filter_plain_hops_2", "announce_over_500_bytes_dropped"];

fn identity(name: &str) -> Identity {
    let vectors = load();
    let vector = vectors.iter().find(|vector| vector.category == "identity" && vector.name == name).unwrap();
    Identity::from_private_bytes(&vector.inputs.array("private_key"))
}

/// The transport node of the vectors.
struct Middle {
    node: Node,
    micros: u64,
    x: InterfaceId,
    y: InterfaceId,
}

impl Middle {
    fn new() -> Self {
        let mut node = Node::new([1; 32]);
        node.enable_transport(identity("identity_transport"));
        let mut add = |name: &str, hw_mtu| {
            let name = name.to_owned();
            let spec = InterfaceSpec {
                name,
                neighbour: Neighbour::Network,
                hw_mtu,
                mtu_discovery: true,
                bitrate: 10_000_000,
                access: None,
                mode: Mode::Full,
                policy: Policy::default(),
                air: None,
            };
            node.add_interface(Now::default(), spec)
        };
        let (x, y) = (add("X", 1196), add("Y", 8192));
        Self { node, micros: 1_000_000, x, y }
    }

    fn now(&self) -> Now {
        Now { instant: Instant::from_micros(self.micros), unix: UnixTime::from_secs_f64(1.7e9) }
    }

    fn receive(&mut self, inputs: &Fields, key: &str) {
        let interface = if inputs.text("received_on") == "X" { self.x } else { self.y };
        let now = self.now();
        self.node.handle_frame(now, interface, &inputs.bytes(key));
        self.node.run_jobs(now);
    }

    fn take_sent(&mut self) -> Vec<(&'static str, String)> {
        let x = self.x;
        let sent = std::iter::from_fn(|| self.node.poll_transmit());
        sent.map(|out| (if out.interface == x { "X" } else { "Y" }, hex::encode(out.frame))).collect()
    }

    /// Lets time pass; when each frame left, in milliseconds from now.
    fn run_for(&mut self, duration: Duration) -> Vec<(u64, &'static str, String)> {
        let start = self.micros;
        let end = start + u64::try_from(duration.as_micros()).unwrap();
        let mut sent = Vec::new();
        while let Some(due) = self.node.poll_timeout().filter(|due| due.as_micros() <= end) {
            self.micros = self.micros.max(due.as_micros());
            let now = self.now();
            self.node.handle_timeout(now);
            let millis = (self.micros - start) / 1000;
            sent.extend(self.take_sent().into_iter().map(|(on, frame)| (millis, on, frame)));
        }
        self.micros = end;
        sent
    }

    fn check_announce(&mut self, vector: &Vector) {
        let expected = &vector.expected;
        self.receive(&vector.inputs, "received_raw");
        assert_eq!(self.take_sent(), [], "{}", vector.name);
        let raw = expected.text("sent_raw").to_owned();
        let destination = Packet::parse(&expected.bytes("sent_raw")).unwrap().address.into();
        assert_eq!(self.node.hops_to(destination).map(u64::from), Some(expected.number("path_hops")));
        let sent = self.run_for(Duration::from_secs(10));
        let frames: Vec<_> = sent.iter().map(|(_, on, frame)| (*on, frame.clone())).collect();
        let once = [("X", raw.clone()), ("Y", raw)];
        assert_eq!(frames, [once.clone(), once].concat(), "{}", vector.name);
        let (first, second) = (sent[0].0, sent[2].0);
        assert!(first <= 500 && second - first == 5500, "{}: {first}, {second}", vector.name);
    }

    fn check(&mut self, vector: &Vector) {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        if expected.has("path_hops") {
            return self.check_announce(vector);
        }
        let request = inputs.has("path_request");
        self.receive(inputs, if request { "path_request" } else { "received_raw" });
        let sent = if request {
            assert_eq!(self.take_sent(), [], "{}", vector.name);
            self.run_for(Duration::from_secs(10))
        } else {
            self.take_sent().into_iter().map(|(on, frame)| (0, on, frame)).collect::<Vec<_>>()
        };
        if !expected.has("sent_raw") {
            assert_eq!(sent, [], "{}", vector.name);
            return;
        }
        let on = expected.only("sent_on");
        assert_eq!(sent.len(), 1, "{}", vector.name);
        let (at, sent_on, frame) = &sent[0];
        assert_eq!((*sent_on, frame.as_str()), (on, expected.text("sent_raw")), "{}", vector.name);
        assert_eq!(*at, if request { 400 } else { 0 }, "{}", vector.name);
        if expected.has("reverse_table_key") {
            let hash = Packet::parse(&inputs.bytes("received_raw")).unwrap().hash();
            assert_eq!(hash.truncated(), Address::from_bytes(expected.array("reverse_table_key")));
        }
    }
}

#[test]
fn a_transport_node_passes_on_what_the_reference_passes_on_byte_for_byte() {
    let mut middle = Middle::new();
    let vectors = of("transport");
    for vector in vectors.iter().filter(|vector| !FILTERS.contains(&vector.name.as_str())) {
        middle.check(vector);
    }
    assert_eq!(vectors.len() - FILTERS.len(), 17);
}

#[test]
fn an_end_node_passes_nothing_on() {
    let mut middle = Middle::new();
    middle.node = Node::new([1; 32]);
    let spec = InterfaceSpec {
        name: "wire".to_owned(),
        neighbour: Neighbour::Network,
        hw_mtu: 8192,
        mtu_discovery: true,
        bitrate: 10_000_000,
        access: None,
        mode: Mode::Full,
        policy: Policy::default(),
        air: None,
    };
    let now = middle.now();
    middle.x = middle.node.add_interface(now, spec.clone());
    middle.y = middle.node.add_interface(now, spec);
    for vector in of("transport") {
        let key = if vector.inputs.has("path_request") { "path_request" } else { "received_raw" };
        if vector.inputs.has(key) {
            middle.receive(&vector.inputs, key);
            assert_eq!(middle.take_sent(), [], "{}", vector.name);
            assert_eq!(middle.run_for(Duration::from_secs(10)), [], "{}", vector.name);
        }
    }
}

#[test]
fn path_requests_are_packed_as_by_the_reference_also_by_a_transport_node() {
    for vector in of("path_request") {
        let destination = DestinationHash::from_bytes(vector.inputs.array("destination_hash"));
        let mut node = Node::new([1; 32]);
        if vector.inputs.has("transport_identity_hash") {
            node.enable_transport(identity("identity_transport"));
        }
        let spec = InterfaceSpec {
            name: "wire".to_owned(),
            neighbour: Neighbour::Network,
            hw_mtu: 500,
            mtu_discovery: false,
            bitrate: 9600,
            access: None,
            mode: Mode::Full,
            policy: Policy::default(),
            air: None,
        };
        node.add_interface(Now::default(), spec);
        node.request_path(Now::default(), destination);
        let frame = node.poll_transmit().unwrap().frame;
        let expected = vector.expected.bytes("raw");
        // All but the tag, which is random.
        assert_eq!(frame.len(), expected.len(), "{}", vector.name);
        assert_eq!(frame[..frame.len() - 16], expected[..expected.len() - 16], "{}", vector.name);
    }
}
