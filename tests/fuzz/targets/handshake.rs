//! Link requests and link proofs: nobody opens a link without the keys for it.

use std::time::Duration;

use roost::rns::event::Event;
use roost::rns::hash::LinkId;
use roost::rns::packet::{Context, DestinationType, Packet, PacketType};

use crate::bytes::Bytes;
use crate::peer::{Peer, link_proof, packet};
use crate::vectors;

/// Steps of one run; each can cost a handshake.
const MAX_STEPS: usize = 12;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut peer = Peer::new();
    let mut called: Option<(LinkId, Vec<u8>)> = None;
    for _ in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        let mut may_establish = false;
        match bytes.byte() % 7 {
            0 => request(&mut peer, bytes.chunk(), &mut bytes),
            1 => {
                // Good keys, anything behind them.
                let payload = [&[9; 64][..], bytes.take(4)].concat();
                request(&mut peer, &payload, &mut bytes);
            }
            2 if called.is_none() => called = Some(peer.call()),
            3 => {
                let payload = bytes.chunk();
                proof(&mut peer, called.as_ref(), payload);
            }
            4 => {
                let (exchange, length) = (bytes.array::<32>(), bytes.below(5));
                let signalling = bytes.take(length);
                if let Some((id, _)) = &called {
                    may_establish = true;
                    peer.hear(&link_proof(*id, &exchange, signalling));
                }
            }
            5 => {
                // The node's own proof comes back, damaged or not.
                let (position, change) = (usize::from(bytes.u16()), bytes.byte());
                if let Some(mut frame) = peer.frames.pop() {
                    let position = position % frame.len();
                    frame[position] ^= change;
                    peer.hear(&frame);
                }
            }
            _ => peer.wait(Duration::from_secs(u64::from(bytes.byte()) * 4)),
        }
        for event in std::mem::take(&mut peer.events) {
            match event {
                Event::LinkEstablished { initiator, .. } => {
                    assert!(may_establish && initiator, "a link without keys");
                }
                Event::LinkClosed { link, .. } => {
                    assert_eq!(called.take().map(|(id, _)| id), Some(link));
                }
                other => panic!("nobody has said anything: {other:?}"),
            }
        }
        assert!(peer.node.table_sizes().links <= MAX_STEPS);
    }
}

/// A link request for the node's destination.
fn request(peer: &mut Peer, payload: &[u8], bytes: &mut Bytes<'_>) {
    let header = bytes.byte();
    let mut frame = packet(
        PacketType::LinkRequest,
        DestinationType::Single,
        peer.destination,
        Context::from_byte(bytes.byte()),
        payload,
    );
    // Flags that mean nothing here, and hops.
    frame[0] |= header & 0x30;
    frame[1] = header & 0x0f;
    let answers = peer.frames.len();
    peer.hear(&frame);
    for answer in &peer.frames[answers..] {
        let answer = Packet::parse(answer).expect("a packet");
        assert_eq!((answer.packet_type, answer.context), (PacketType::Proof, Context::LinkRequestProof));
        assert!(matches!(answer.payload.len(), 96 | 99));
    }
}

fn proof(peer: &mut Peer, called: Option<&(LinkId, Vec<u8>)>, payload: &[u8]) {
    if let Some((id, _)) = called {
        peer.hear(&packet(PacketType::Proof, DestinationType::Link, *id, Context::LinkRequestProof, payload));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let payloads = vectors::rns(&["link"], &["request_payload", "proof_payload", "payload", "raw"]);
    let step = |payload: Vec<u8>, kind: u8| {
        let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
        [&[2, kind, length][..], &payload, &[0, 0, 6, 9]].concat()
    };
    let mut seeds: Vec<_> =
        payloads.into_iter().flat_map(|payload| [step(payload.clone(), 0), step(payload, 3)]).collect();
    seeds.push([&[2, 4][..], &[9; 32], &[3, 0x20, 1, 0xf4, 5, 0, 0, 0]].concat());
    seeds
}
