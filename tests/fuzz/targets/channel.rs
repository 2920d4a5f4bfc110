//! A channel whose other end sends anything in any order: what is told comes in order, each message once.

use std::time::Duration;

use roost::rns::event::Event;
use roost::rns::link::{MAX_CHUNK, MessageType, StreamEnd, StreamId};
use roost::rns::node::Compression;
use roost::rns::packet::{Context, Packet};

use crate::bytes::Bytes;
use crate::peer::Peer;
use crate::vectors;

const MAX_STEPS: usize = 96;
/// What the layer above understands.
const MESSAGE: MessageType = MessageType(0x0101);
/// Stands in front of messages that are numbered as they should be.
const GENUINE: &[u8] = b"genuine";
/// Most messages under way, in either direction (`Channel.WINDOW_MAX_FAST`).
const MAX_WINDOW: usize = 48;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut peer = if bytes.byte() & 1 == 0 { Peer::calling(500) } else { Peer::called(500) };
    let link = peer.link();
    // Near the end of the numbers they begin again.
    let mut told: Option<u16> = None;
    for _ in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        step(&mut peer, &mut bytes);
        for event in std::mem::take(&mut peer.events) {
            match event {
                Event::ChannelMessage { body, .. } => {
                    let Some(&[high, low]) = body.strip_prefix(GENUINE) else { continue };
                    let number = u16::from_be_bytes([high, low]);
                    assert!(told.is_none_or(|before| (1..0x8000).contains(&number.wrapping_sub(before))));
                    told = Some(number);
                }
                Event::StreamData { data, .. } => assert!(data.len() <= MAX_CHUNK),
                Event::LinkClosed { .. } => return,
                _ => {}
            }
        }
        if let Some(status) = peer.node.channel_status(link) {
            assert!(status.in_flight.len() <= MAX_WINDOW && status.waiting <= MAX_WINDOW + 1, "{status:?}");
            // It may be below its minimum for a while: that jumps when a link proves fast.
            assert!((1..=MAX_WINDOW).contains(&status.window), "{status:?}");
        }
    }
}

fn step(peer: &mut Peer, bytes: &mut Bytes<'_>) {
    let link = peer.link();
    match bytes.byte() % 12 {
        0 => {
            let _ = peer.with(|node, now| node.open_channel(now, link, &[MESSAGE]));
        }
        1 => {
            let stream = StreamId::new(u16::from(bytes.byte() & 1)).expect("a small number");
            let _ = peer.with(|node, now| node.open_stream(now, link, stream));
        }
        2 => (0..1u16 << (bytes.byte() % 8)).for_each(|ahead| genuine(peer, ahead)),
        3 => genuine(peer, u16::from(bytes.byte() & 0x3f)),
        4 => genuine(peer, u16::MAX - u16::from(bytes.byte())),
        5 => peer.send(Context::Channel, bytes.chunk()),
        6 => {
            // A stream message at its turn.
            let expected = next_expected(peer).to_be_bytes();
            let envelope = [&[0xff, 0], &expected[..], &[0, 0], bytes.chunk()].concat();
            peer.send(Context::Channel, &envelope);
        }
        7 => {
            let data = bytes.chunk();
            let _ = peer.with(|node, now| node.send_on_channel(now, link, MESSAGE, data));
        }
        8 => {
            let data = vec![bytes.byte(); usize::from(bytes.u16())];
            let (stream, end) = (StreamId::new(3).expect("a small number"), StreamEnd::More);
            let _ =
                peer.with(|node, now| node.write_stream(now, link, stream, &data, end, Compression::Allowed));
        }
        9 => prove(peer, usize::MAX),
        10 => prove(peer, 1),
        _ => peer.wait(Duration::from_millis(1 << (bytes.byte() % 16))),
    }
}

fn next_expected(peer: &Peer) -> u16 {
    peer.node.channel_status(peer.link()).map_or(0, |status| status.next_expected.0)
}

/// A message whose body says its number, so many behind the one that is expected.
fn genuine(peer: &mut Peer, ahead: u16) {
    let number = next_expected(peer).wrapping_add(ahead).to_be_bytes();
    let envelope = [&MESSAGE.0.to_be_bytes(), &number[..], &[0, 9], GENUINE, &number].concat();
    peer.send(Context::Channel, &envelope);
}

/// Proves the newest channel packets of the node.
fn prove(peer: &mut Peer, most: usize) {
    let frames = std::mem::take(&mut peer.frames);
    for frame in frames.iter().rev().take(most) {
        let packet = Packet::parse(frame).expect("a packet");
        if packet.context == Context::Channel {
            peer.prove(packet.hash());
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let envelopes =
        vectors::rns(&["channel"], &["envelope"]).into_iter().filter(|envelope| envelope.len() < 256);
    let raw = envelopes.map(|envelope| {
        let length = u8::try_from(envelope.len()).expect("it is short");
        [&[0, 0, 1, 1, 5, length][..], &envelope].concat()
    });
    let mut seeds: Vec<Vec<u8>> = raw.collect();
    seeds.push(vec![0, 0, 2, 3, 3, 2, 3, 1, 3, 0, 4, 3, 3, 0]);
    seeds.push(vec![1, 0, 7, 3, 1, 2, 3, 9, 7, 0, 7, 0, 11, 12, 10, 11, 14, 11, 15, 11, 15]);
    seeds
        .push(vec![0, 1, 1, 6, 5, 0, 1, b'a', b'b', b'c', 6, 2, 0x80, 1, 8, 7, 0x20, 0, 9, 8, 7, 0x20, 0, 9]);
    seeds
}
