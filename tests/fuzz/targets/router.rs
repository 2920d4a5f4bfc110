//! LXMF over a live link and in single packets: what the router tells of is signed by whom it names, and nothing else.

use std::time::Duration;

use roost::lxmf::{DeliveryToken, Message, OutboundMessage, SignedMessage, delivery_destination};
use roost::lxmf::{Event, Router};
use roost::rns::packet::{Context, DestinationType, PacketType};
use roost::rns::random::Random;
use roost::rns::time::UnixTime;

use crate::bytes::Bytes;
use crate::peer::{Peer, ours, packet, theirs};
use crate::vectors;

const MAX_STEPS: usize = 40;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut router = Router::new();
    let mut peer = Peer::calling_to(|node| router.register(node, ours().clone(), "Perch", Vec::new()), 500);
    // Half of all inputs meet a router that asks for stamps.
    if input.len() % 2 == 1 {
        router.ask_for_stamps(1);
    }
    let mut random = Random::from_seed([6; 32]);
    let mut tokens: Vec<DeliveryToken> = Vec::new();
    for _ in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        step(&mut peer, &mut router, &mut tokens, &mut random, &mut bytes);
        let now = peer.now();
        for event in std::mem::take(&mut peer.events) {
            router.handle_event(now, &mut peer.node, event);
        }
        peer.with(|node, now| router.run_jobs(now, node));
        while let Some(event) = router.poll_event() {
            if let Event::Received { message, author, road: _, stamp: _, proof } = event {
                assert!(message.verify(&author), "nobody has signed this");
                assert_eq!(message.source, delivery_destination(author.hash()));
                assert_eq!(message.destination, peer.destination);
                tokens.push(proof);
            }
        }
        // What the router has told the node to send.
        peer.with(|_, _| {});
    }
}

fn step(
    peer: &mut Peer,
    router: &mut Router,
    tokens: &mut Vec<DeliveryToken>,
    random: &mut Random,
    bytes: &mut Bytes<'_>,
) {
    match bytes.byte() % 8 {
        0 => peer.send(Context::None, bytes.chunk()),
        1 => {
            let packed = message(peer, bytes);
            peer.send(Context::None, &packed);
        }
        2 => {
            // In a single packet the address stands for the destination.
            let packed = message(peer, bytes);
            let sealed = ours().public().encrypt(&packed[16..], None, random).expect("an honest key");
            let (data, single) = (PacketType::Data, DestinationType::Single);
            peer.hear(&packet(data, single, peer.destination, Context::None, &sealed));
        }
        3 => {
            let link = peer.link();
            let key = theirs().public().as_bytes();
            let signature = theirs().sign(&[&link.as_bytes()[..], key].concat());
            peer.send(Context::LinkIdentify, &[&key[..], &signature].concat());
        }
        4 => {
            let source = peer.destination;
            let destination = delivery_destination(theirs().hash());
            let message = OutboundMessage::new(source, destination, &content(bytes));
            peer.with(|node, now| router.send(now, node, &message));
        }
        5 => tokens.pop().iter().for_each(|token| peer.with(|node, now| router.accept(now, node, token))),
        6 => tokens.pop().iter().for_each(|token| peer.with(|node, now| router.refuse(now, node, token))),
        _ => {
            peer.wait(Duration::from_millis(1 << (bytes.byte() % 22)));
            peer.with(|node, now| router.handle_timeout(now, node));
        }
    }
}

fn content(bytes: &mut Bytes<'_>) -> Message {
    Message {
        time: UnixTime::from_micros(i64::from(bytes.u16()) << 36),
        title: bytes.chunk().to_vec(),
        content: bytes.chunk().to_vec(),
        fields: vec![0x80],
    }
}

/// A message of this end's, as it was signed or with one byte changed.
fn message(peer: &Peer, bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut packed = SignedMessage::sign(content(bytes), peer.destination, theirs()).pack();
    let (at, change) = (usize::from(bytes.u16()) % packed.len(), bytes.byte());
    packed[at] ^= change;
    packed
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let said: &[u8] = &[0x60, 0, 2, b'h', b'i', 3, b'y', b'o', b'u', 0, 0, 0];
    let mut seeds = vec![
        [&[3, 1][..], said, &[5]].concat(),
        [&[1][..], said, &[3, 7, 10]].concat(),
        [&[3, 2][..], said, &[5, 4, 0x60, 0, 0, 1, b'x', 7, 12, 7, 17, 7, 21]].concat(),
        [&[3, 1][..], &said[..said.len() - 3], &[0, 80, 1, 6]].concat(),
    ];
    let messages = vectors::lxmf(&["messages", "raw_messages"], &["packed"]);
    seeds.extend(messages.into_iter().filter(|packed| packed.len() < 256).map(|packed| {
        let length = u8::try_from(packed.len()).expect("it is short");
        [&[3, 0, length][..], &packed].concat()
    }));
    seeds
}
