//! The other end of a link, made of nothing but keys: it can say anything to the node under test.
//! Not a node, and it keeps to no rule of the protocol.

use std::sync::LazyLock;
use std::time::Duration;

use roost::rns::Node;
use roost::rns::crypto::{self, Token};
use roost::rns::destination::{DestinationSpec, name_hash};
use roost::rns::event::Event;
use roost::rns::hash::{DestinationHash, LinkId, PacketHash, PathHash};
use roost::rns::identity::{Identity, agree};
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::packet::{Context, DestinationType, Packet, PacketType};
use roost::rns::policy::Policy;
use roost::rns::ratchet::Ratchets;
use roost::rns::time::{Instant, Now, UnixTime};
use x25519_dalek::{PublicKey, StaticSecret};

/// What the node serves.
pub(crate) const PATH: &str = "/api/v1/info";
const NAME: &str = "meshchat.group";
/// Largest Resource that the node takes on links to it.
const MAX_RESOURCE: usize = 1 << 20;
/// A node that has more than this to say after one input has lost its way.
const MAX_OUTPUTS: usize = 4096;
/// More deadlines than this at one instant, and time stands still.
const MAX_WAKES: usize = 1000;

static OURS: LazyLock<Identity> = LazyLock::new(|| Identity::from_private_bytes(&[1; 64]));
static THEIRS: LazyLock<Identity> = LazyLock::new(|| Identity::from_private_bytes(&[2; 64]));

/// The identity of the node under test.
pub(crate) fn ours() -> &'static Identity {
    &OURS
}

/// The identity of this end.
pub(crate) fn theirs() -> &'static Identity {
    &THEIRS
}

/// A node with one destination, one interface, and whoever is at the other end of it.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) node: Node,
    pub(crate) destination: DestinationHash,
    pub(crate) interface: InterfaceId,
    /// What the node transmitted since it was last taken.
    pub(crate) frames: Vec<Vec<u8>>,
    /// What the node told since it was last taken.
    pub(crate) events: Vec<Event>,
    link: Option<(LinkId, Token)>,
    /// Signs what this end proves.
    signer: Identity,
    micros: u64,
    sealed: u64,
}

impl Peer {
    /// No link yet, to the node's group.
    pub(crate) fn new() -> Self {
        Self::with_destination(|node| {
            node.register_destination(DestinationSpec {
                identity: OURS.clone(),
                full_name: NAME.to_owned(),
                app_data: Vec::new(),
                request_paths: vec![PathHash::of(PATH)],
                max_resource: MAX_RESOURCE,
                ratchets: Ratchets::Off,
            })
        })
    }

    fn with_destination(register: impl FnOnce(&mut Node) -> DestinationHash) -> Self {
        let mut node = Node::new([5; 32]);
        let destination = register(&mut node);
        let mut peer = Self {
            node,
            destination,
            interface: InterfaceId(0),
            frames: Vec::new(),
            events: Vec::new(),
            link: None,
            signer: THEIRS.clone(),
            micros: 1_000_000,
            sealed: 0,
        };
        peer.interface = peer.node.add_interface(peer.now(), spec("wire"));
        peer
    }

    /// A link that this end has opened to the node's group.
    pub(crate) fn calling(mtu: u16) -> Self {
        Self::new().open_link(mtu)
    }

    /// A link that this end has opened to another destination of the node's.
    pub(crate) fn calling_to(register: impl FnOnce(&mut Node) -> DestinationHash, mtu: u16) -> Self {
        Self::with_destination(register).open_link(mtu)
    }

    fn open_link(self, mtu: u16) -> Self {
        let mut peer = self;
        let exchange = StaticSecret::from([3; 32]);
        let signer = Identity::from_private_bytes(&[4; 64]);
        let [high, low] = mtu.max(500).to_be_bytes();
        let public = PublicKey::from(&exchange);
        let payload = [&public.as_bytes()[..], &signer.public().ed25519(), &[0x20, high, low]].concat();
        let request = packet(
            PacketType::LinkRequest,
            DestinationType::Single,
            peer.destination,
            Context::None,
            &payload,
        );
        peer.hear(&request);
        let proof = peer.frames.pop().expect("a link request is answered");
        let proof = Packet::parse(&proof).expect("a packet");
        let theirs: [u8; 32] = proof.payload[64..96].try_into().expect("32 bytes");
        peer.agree(proof.address.into(), &exchange, &theirs);
        peer.signer = signer;
        peer.send(Context::LinkRtt, &[0xcb, 0x3f, 0xa0, 0, 0, 0, 0, 0, 0]);
        assert!(matches!(peer.events.pop(), Some(Event::LinkEstablished { initiator: false, .. })));
        peer
    }

    /// A link that the node has opened to this end.
    pub(crate) fn called(mtu: u16) -> Self {
        let mut peer = Self::new();
        let (id, request) = peer.call();
        let request = Packet::parse(&request).expect("a packet");
        let theirs: [u8; 32] = request.payload[..32].try_into().expect("32 bytes");
        let [high, low] = mtu.max(500).to_be_bytes();
        let exchange = StaticSecret::from([3; 32]);
        let proof = link_proof(id, PublicKey::from(&exchange).as_bytes(), &[0x20, high, low]);
        peer.agree(id, &exchange, &theirs);
        peer.hear(&proof);
        assert!(matches!(peer.events.pop(), Some(Event::LinkEstablished { initiator: true, .. })));
        peer.frames.clear();
        peer
    }

    /// The node opens a link to this end: its id and its link request.
    pub(crate) fn call(&mut self) -> (LinkId, Vec<u8>) {
        let now = self.now();
        self.node.learn(now, name_hash(NAME), THEIRS.public());
        let destination = roost::rns::destination::destination_hash(name_hash(NAME), THEIRS.hash());
        let id = self.node.open_link(now, destination).expect("the destination is known");
        self.settle();
        (id, self.frames.pop().expect("a link request"))
    }

    fn agree(&mut self, id: LinkId, exchange: &StaticSecret, theirs: &[u8; 32]) {
        let shared = agree(exchange, theirs).expect("an honest key");
        let key = crypto::derive(&*shared, id.as_bytes(), 64);
        self.link = Some((id, Token::new(&key).expect("64 bytes")));
    }

    /// The link, if there is one.
    pub(crate) fn link(&self) -> LinkId {
        self.link.as_ref().expect("there is a link").0
    }

    pub(crate) const fn now(&self) -> Now {
        Now {
            instant: Instant::from_micros(self.micros),
            unix: UnixTime::from_micros(1_700_000_000_000_000 + self.micros.cast_signed()),
        }
    }

    /// The node hears a frame.
    pub(crate) fn hear(&mut self, frame: &[u8]) {
        self.node.handle_frame(self.now(), self.interface, frame);
        self.settle();
    }

    /// Says something on the link, encrypted.
    pub(crate) fn send(&mut self, context: Context, plaintext: &[u8]) {
        let sealed = self.seal(plaintext);
        self.send_plain(PacketType::Data, context, &sealed);
    }

    /// Encrypts with the link's key; no two alike.
    pub(crate) fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        self.sealed += 1;
        let mut iv = [0; 16];
        iv[..8].copy_from_slice(&self.sealed.to_be_bytes());
        self.link.as_ref().expect("there is a link").1.encrypt(plaintext, iv)
    }

    /// What the node has encrypted with the link's key.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.link.as_ref().and_then(|(_, token)| token.decrypt(sealed).ok())
    }

    /// Says something on the link as it is.
    pub(crate) fn send_plain(&mut self, packet_type: PacketType, context: Context, payload: &[u8]) {
        let frame = packet(packet_type, DestinationType::Link, self.link(), context, payload);
        self.hear(&frame);
    }

    /// Proves a packet of the node's.
    pub(crate) fn prove(&mut self, packet: PacketHash) {
        let payload = [&packet.as_bytes()[..], &self.signer.sign(packet.as_bytes())].concat();
        self.send_plain(PacketType::Proof, Context::None, &payload);
    }

    /// Calls the node and takes what it has to say.
    pub(crate) fn with<T>(&mut self, call: impl FnOnce(&mut Node, Now) -> T) -> T {
        let now = self.now();
        let outcome = call(&mut self.node, now);
        self.settle();
        outcome
    }

    /// Time passes; whatever becomes due on the way happens.
    pub(crate) fn wait(&mut self, duration: Duration) {
        let end = self.now().instant.after(duration).as_micros();
        let mut wakes = 0;
        while let Some(due) = self.node.poll_timeout().map(Instant::as_micros).filter(|due| *due <= end) {
            wakes = if due > self.micros { 0 } else { wakes + 1 };
            assert!(wakes < MAX_WAKES, "it wants to be woken again and again");
            self.micros = self.micros.max(due);
            self.node.handle_timeout(self.now());
            self.settle();
        }
        self.micros = end;
    }

    fn settle(&mut self) {
        let now = self.now();
        self.node.run_jobs(now);
        let mut outputs = 0;
        while let Some(transmit) = self.node.poll_transmit() {
            assert_eq!(transmit.interface, self.interface);
            self.frames.push(transmit.frame);
            outputs += 1;
            assert!(outputs < MAX_OUTPUTS, "it never stops transmitting");
        }
        while let Some(event) = self.node.poll_event() {
            self.events.push(event);
            outputs += 1;
            assert!(outputs < MAX_OUTPUTS, "it never stops telling");
        }
    }
}

/// A proof of this end's identity for a link request; what it says behind the key is up to the caller.
pub(crate) fn link_proof(id: LinkId, exchange: &[u8; 32], signalling: &[u8]) -> Vec<u8> {
    let signed = [&id.as_bytes()[..], exchange, &THEIRS.public().ed25519(), signalling].concat();
    let payload = [&THEIRS.sign(&signed)[..], exchange, signalling].concat();
    packet(PacketType::Proof, DestinationType::Link, id, Context::LinkRequestProof, &payload)
}

pub(crate) fn packet(
    packet_type: PacketType,
    destination_type: DestinationType,
    address: impl Into<roost::rns::hash::Address>,
    context: Context,
    payload: &[u8],
) -> Vec<u8> {
    Packet::new(packet_type, destination_type, address, context, payload).pack()
}

/// An interface like a TCP connection.
pub(crate) fn spec(name: &str) -> InterfaceSpec {
    InterfaceSpec {
        name: name.to_owned(),
        neighbour: Neighbour::Network,
        hw_mtu: 262_144,
        mtu_discovery: true,
        bitrate: 10_000_000,
        access: None,
        mode: Mode::Full,
        policy: Policy::default(),
        air: None,
    }
}
