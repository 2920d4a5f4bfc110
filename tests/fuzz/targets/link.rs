//! A live link whose other end says anything: whatever it says, sealed or not, the node goes on and keeps to its limits.

use std::time::Duration;

use roost::rns::event::{Event, ProofToken};
use roost::rns::hash::{PacketHash, PathHash, RequestId};
use roost::rns::node::Compression;
use roost::rns::packet::{Context, Packet, PacketType};

use crate::bytes::Bytes;
use crate::peer::{PATH, Peer, ours, theirs};
use crate::vectors;

const MAX_STEPS: usize = 64;
/// What the node may keep: what this end has sent, and what it was itself told to send.
const MAX_KEPT: usize = 1 << 20;

/// What the node has told and waits for an answer to.
#[derive(Debug, Default)]
struct Pending {
    requests: Vec<RequestId>,
    tokens: Vec<ProofToken>,
    packets: Vec<PacketHash>,
    asked: Vec<RequestId>,
}

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let (role, mtu) = (bytes.byte(), 500 + u16::from(bytes.byte() & 7) * 100);
    let mut peer = if role & 1 == 0 { Peer::calling(mtu) } else { Peer::called(mtu) };
    let mut pending = Pending::default();
    for _ in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        if bytes.byte() & 1 == 0 {
            peer_acts(&mut peer, &mut pending, &mut bytes)
        } else {
            node_acts(&mut peer, &mut pending, &mut bytes)
        }
        let sizes = peer.node.table_sizes();
        assert!(sizes.links <= 1 && sizes.link_bytes <= MAX_KEPT, "{sizes:?}");
        for frame in &peer.frames {
            assert!(frame.len() <= usize::from(mtu), "{} bytes on a link of {mtu}", frame.len());
        }
        // Some are kept, to come back damaged.
        peer.frames.drain(..peer.frames.len().saturating_sub(4));
        for event in std::mem::take(&mut peer.events) {
            match event {
                Event::Request(request) => pending.requests.push(request.request_id),
                Event::LinkPacket { proof, .. } | Event::ResourceReceived { proof, .. } => {
                    pending.tokens.push(proof)
                }
                Event::LinkClosed { .. } => return,
                Event::Packet { .. } | Event::LinkEstablished { .. } => {
                    panic!("nobody has sent one: {event:?}")
                }
                _ => {}
            }
        }
    }
}

/// The other end says something.
fn peer_acts(peer: &mut Peer, pending: &mut Pending, bytes: &mut Bytes<'_>) {
    match bytes.byte() % 9 {
        0 => {
            let context = Context::from_byte(bytes.byte());
            peer.send(context, bytes.chunk());
        }
        1 => {
            let packet_type = if bytes.byte() & 1 == 0 { PacketType::Data } else { PacketType::Proof };
            let context = Context::from_byte(bytes.byte());
            peer.send_plain(packet_type, context, bytes.chunk());
        }
        2 => {
            let data = bytes.chunk();
            let time = [0xcb, 0x41, 0xd9, 0x55, 0, 0, 0, 0, 0];
            let request = [&[0x93][..], &time, &[0xc4, 16], PathHash::of(PATH).as_bytes(), data].concat();
            peer.send(Context::Request, &request);
        }
        3 => {
            if let Some(id) = pending.asked.last() {
                let response = [&[0x92, 0xc4, 16][..], id.as_bytes(), bytes.chunk()].concat();
                peer.send(Context::Response, &response);
            }
        }
        4 => {
            let (at, change) = (usize::from(bytes.u16()), bytes.byte());
            if let Some(mut frame) = peer.frames.pop() {
                let at = at % frame.len();
                frame[at] ^= change;
                peer.hear(&frame);
            }
        }
        5 => {
            if let Some(packet) = pending.packets.pop() {
                peer.prove(packet);
            }
        }
        6 => {
            let link = peer.link();
            let key = theirs().public().as_bytes();
            let signature = theirs().sign(&[&link.as_bytes()[..], key].concat());
            peer.send(Context::LinkIdentify, &[&key[..], &signature].concat());
        }
        7 => {
            // What the node has sealed, under another context.
            let context = Context::from_byte(bytes.byte());
            let plaintext =
                peer.frames.last().and_then(|frame| peer.open(Packet::parse(frame).ok()?.payload));
            if let Some(plaintext) = plaintext {
                peer.send(context, &plaintext);
            }
        }
        _ => wait(peer, bytes),
    }
}

/// The node is told to do something.
fn node_acts(peer: &mut Peer, pending: &mut Pending, bytes: &mut Bytes<'_>) {
    let link = peer.link();
    match bytes.byte() % 8 {
        0 => {
            let data = [0xc4, 1, bytes.byte()];
            let asked = peer.with(|node, now| node.request(now, link, PATH, &data, None));
            pending.asked.extend(asked);
        }
        1 => {
            let data = vec![bytes.byte(); usize::from(bytes.u16())];
            let compression = if bytes.byte() & 1 == 0 { Compression::Off } else { Compression::Allowed };
            // Refused while too many wait.
            let _ = peer.with(|node, now| node.send_resource(now, link, data, compression));
        }
        2 => {
            if let Some(id) = pending.requests.pop() {
                let length = bytes.u16();
                let [high, low] = length.to_be_bytes();
                let answer = [&[0xc5, high, low][..], &vec![7; usize::from(length)]].concat();
                peer.with(|node, now| node.respond(now, link, id, &answer, Compression::Allowed));
            }
        }
        3 => {
            if let Some(token) = pending.tokens.pop() {
                peer.with(|node, now| node.prove(now, &token));
            }
        }
        4 => {
            if let Some(token) = pending.tokens.pop() {
                peer.with(|node, now| node.refuse(now, &token));
            }
        }
        5 => {
            let data = bytes.chunk();
            let sent = peer.with(|node, now| node.send_link_packet(now, link, data));
            pending.packets.extend(sent);
        }
        6 => {
            // Only the initiator of a link may.
            let _ = peer.with(|node, now| node.identify(now, link, ours()));
        }
        _ => wait(peer, bytes),
    }
}

fn wait(peer: &mut Peer, bytes: &mut Bytes<'_>) {
    // From a millisecond to a few hours.
    let duration = Duration::from_millis(1 << (bytes.byte() % 24));
    peer.wait(duration);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let plaintexts = vectors::rns(&["link_packet", "channel"], &["plaintext", "envelope", "message"]);
    let mut seeds = Vec::new();
    for plaintext in plaintexts.iter().filter(|plaintext| plaintext.len() < 256) {
        for context in [0x00, 0x09, 0x0a, 0x0e, 0xfb, 0xfc, 0xfe] {
            let length = u8::try_from(plaintext.len()).expect("it is short");
            seeds.push([&[context & 1, 0, 0, 0, context, length][..], plaintext].concat());
        }
    }
    for role in [0, 1] {
        // Requests and answers; a large Resource, parts of which are asked for; packets and proofs.
        seeds.push(vec![role, 0, 0, 2, 1, 0xc0, 1, 2, 1, 0, 0, 8, 12, 1, 7, 20]);
        seeds.push(vec![role, 1, 1, 0, 5, 0, 3, 2, 0xc4, 0, 1, 1, 9, 0xff, 0xff, 1, 0, 7, 3]);
        seeds.push(vec![role, 2, 1, 5, 3, 1, 2, 3, 0, 5, 0, 6, 1, 6, 0, 4, 0, 30, 1, 0, 8, 13]);
    }
    seeds
}
