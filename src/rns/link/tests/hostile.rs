//! Bytes that nobody honest sends: they are dropped, and without the key they change nothing.

use std::time::Duration;

use proptest::prelude::*;

use super::pair::{PATH, Pair, Pipe, Side, responder_identity};
use crate::rns::error::DropReason;
use crate::rns::event::{CloseReason, Event};
use crate::rns::hash::{DestinationHash, PathHash};
use crate::rns::link::{Link, Terms};
use crate::rns::node::Compression;
use crate::rns::packet::{Context, DestinationType, Packet, PacketType};
use crate::rns::random::Random;
use crate::rns::time::Now;

const CONTEXTS: [u8; 20] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0e, 0x77, 0xfa, 0xfb, 0xfc,
    0xfd, 0xfe, 0xff,
];

/// A pair in the middle of everything: Resources both ways, a request, a packet that waits for its proof.
fn busy_pair() -> Pair {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    for side in [Side::Initiator, Side::Responder] {
        pair.send_resource(side, &vec![5; 40_000]);
        let (link, random) = pair.link(side);
        link.send_packet(now, b"hello", Duration::ZERO, random).unwrap();
        link.request(now, PATH, &[0xc0], None, random).unwrap();
    }
    pair.run_for(Duration::from_millis(75));
    pair
}

#[test]
fn forged_packets_of_every_context_change_nothing_on_an_established_link() {
    for side in [Side::Initiator, Side::Responder] {
        let mut pair = busy_pair();
        let before = pair.events.len();
        for context in CONTEXTS {
            for kind in [PacketType::Data, PacketType::Proof] {
                for length in [1, 16, 32, 64, 96, 99, 160, 464] {
                    let payload: Vec<u8> = (0..length).map(|_| pair.random.bytes::<1>()[0]).collect();
                    let id = pair.initiator.id();
                    let context = Context::from_byte(context);
                    let forged = Packet::new(kind, DestinationType::Link, id, context, &payload).pack();
                    assert!(pair.deliver_unfiltered(side, &forged).is_err(), "{context:?} {kind:?} {length}");
                }
            }
        }
        let (link, _) = pair.link(side);
        assert!(link.is_active());
        assert_eq!((link.poll_transmit(), link.poll_event()), (None, None));
        pair.run_for(Duration::from_secs(5));
        assert!(pair.is_open());
        let events = &pair.events[before..];
        assert!(events.iter().any(|(_, event)| matches!(event, Event::ResourceReceived { .. })));
    }
}

#[test]
fn token_of_one_link_is_worth_nothing_on_another() {
    let mut pair = Pair::new(Pipe::default());
    let mut other = Pair::new(Pipe { delay: Duration::from_millis(20), ..Pipe::default() });
    other.random = Random::from_seed([77; 32]);
    let plaintext = pair.initiator.id();
    let key = [1; 64];
    let forger = super::session(pair.initiator.id(), &key, 500, Side::Initiator);
    let frame = forger.seal(Context::LinkClose, plaintext.as_bytes(), [0; 16]);
    assert_eq!(pair.deliver_unfiltered(Side::Responder, &frame), Err(DropReason::Undecryptable));
    assert!(pair.is_open());
}

#[test]
fn packet_for_another_link_or_for_no_link_is_not_looked_at() {
    let mut pair = Pair::new(Pipe::default());
    let frame = pair.sealed(Side::Initiator, Context::None, b"hello");
    let packet = Packet::parse(&frame).unwrap();
    let now = pair.now;
    let single = Packet { destination_type: DestinationType::Single, ..packet };
    let elsewhere = Packet { address: DestinationHash::from_bytes([0; 16]).into(), ..packet };
    for wrong in [single, elsewhere] {
        let outcome = pair.responder.handle_packet(now, &wrong, &mut pair.random);
        assert_eq!(outcome, Err(DropReason::UnknownAddress));
    }
}

#[test]
fn malformed_authenticated_advertisement_closes_the_link() {
    for content in [&b""[..], b"\xc1", b"\x80", b"\x81\xa1t\x01", b"\x90"] {
        let mut pair = Pair::new(Pipe::default());
        let frame = pair.sealed(Side::Initiator, Context::ResourceAdvertisement, content);
        pair.deliver_unfiltered(Side::Responder, &frame).unwrap();
        pair.run_for(Duration::from_secs(1));
        let closed = pair.find(Side::Responder, |event| match event {
            Event::LinkClosed { reason, .. } => Some(*reason),
            _ => None,
        });
        assert_eq!(closed, Some(CloseReason::Protocol));
        assert!(pair.initiator.is_closed(), "the other side is told");
    }
}

/// A pending initiator and a responder in its handshake.
fn unfinished(random: &mut Random) -> (Link, Link) {
    let peer = responder_identity();
    let destination = DestinationHash::from_bytes([9; 16]);
    let mut initiator = Link::open(Now::default(), destination, peer.public().clone(), 1, 1000, 500, random);
    let request = initiator.poll_transmit().unwrap();
    let packet = Packet::parse(&request).unwrap();
    let mut responder =
        Link::accept(Now::default(), &packet, 1, &peer, 500, Terms::default(), random).unwrap();
    responder.poll_transmit().unwrap();
    (initiator, responder)
}

fn any_packet_type() -> impl Strategy<Value = PacketType> {
    prop::sample::select(vec![
        PacketType::Data,
        PacketType::Announce,
        PacketType::LinkRequest,
        PacketType::Proof,
    ])
}

/// Plaintext that looks a little like what belongs there.
fn any_plaintext() -> impl Strategy<Value = Vec<u8>> {
    let hashes = prop::collection::vec(any::<u8>(), 0..200);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..400),
        (any::<bool>(), hashes).prop_map(|(exhausted, rest)| {
            let mut out = vec![if exhausted { 0xff } else { 0 }];
            out.extend(rest);
            out
        }),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|rest| [&[0x93][..], &rest].concat()),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|rest| [&[0x8b, 0xa1, b't'][..], &rest].concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_packets_never_panic_and_never_finish_a_handshake(
        kind in any_packet_type(),
        context in prop::sample::select(CONTEXTS.to_vec()),
        payload in prop::collection::vec(any::<u8>(), 1..500),
    ) {
        let mut random = Random::from_seed([1; 32]);
        let (mut initiator, mut responder) = unfinished(&mut random);
        for link in [&mut initiator, &mut responder] {
            let packet =
                Packet::new(kind, DestinationType::Link, link.id(), Context::from_byte(context), &payload);
            prop_assert!(link.handle_packet(Now::default(), &packet, &mut random).is_err());
            prop_assert!(!link.is_active() && !link.is_closed());
        }
    }

    #[test]
    fn damaged_packets_never_panic_and_never_close_a_link(
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
        side in prop::sample::select(vec![Side::Initiator, Side::Responder]),
    ) {
        let mut pair = busy_pair();
        let (_, _, mut frame) = pick.get(&pair.sent).clone();
        let at = at.index(frame.len());
        frame[at] ^= flip;
        if Packet::parse(&frame).is_ok() {
            let _ = pair.deliver_unfiltered(side, &frame);
        }
        pair.run_for(Duration::from_secs(2));
        prop_assert!(pair.is_open());
    }

    #[test]
    fn nonsense_from_the_peer_itself_never_panics(
        contents in prop::collection::vec(
            (prop::sample::select(CONTEXTS.to_vec()), any_plaintext()), 1..6),
        side in prop::sample::select(vec![Side::Initiator, Side::Responder]),
    ) {
        let mut pair = busy_pair();
        for (context, content) in contents {
            if !pair.is_open() {
                break;
            }
            let context = Context::from_byte(context);
            let frame = pair.sealed(side, context, &content);
            let _ = pair.deliver_unfiltered(side.other(), &frame);
            pair.pump();
        }
        pair.run_for(Duration::from_secs(400));
    }

    #[test]
    fn damaged_link_requests_never_panic(
        payload in prop::collection::vec(any::<u8>(), 1..80),
    ) {
        let mut random = Random::from_seed([1; 32]);
        let destination = DestinationHash::from_bytes([9; 16]);
        let request = Packet::new(
            PacketType::LinkRequest, DestinationType::Single, destination, Context::None, &payload);
        let accepted = Link::accept(
            Now::default(), &request, 1, &responder_identity(), 500, Terms::default(), &mut random);
        prop_assert!(accepted.is_err() || [64, 67].contains(&payload.len()));
    }
}

#[test]
fn flood_of_resources_and_requests_stays_within_its_caps() {
    let mut pair = Pair::new(Pipe::default());
    let now = pair.now;
    for _ in 0..2000 {
        let path = PathHash::of(PATH);
        let content = [&[0x93, 0x01, 0xc4, 16][..], path.as_bytes(), &[0xc0]].concat();
        let frame = pair.sealed(Side::Initiator, Context::Request, &content);
        pair.deliver_unfiltered(Side::Responder, &frame).unwrap();
    }
    pair.pump();
    let ids: Vec<_> = pair
        .events
        .drain(..)
        .filter_map(|(_, event)| match event {
            Event::Request(request) => Some(request.request_id),
            _ => None,
        })
        .collect();
    assert_eq!(ids.len(), 2000);
    let big = [&[0xc5, 0x10, 0x00][..], &[0; 4096]].concat();
    for id in ids {
        pair.responder.respond(now, id, &big, Compression::Off, &mut pair.random);
    }
    pair.run_for(Duration::from_secs(60));
    // Of 2000 large answers that nobody waits for, those that fit the queue were offered, and each was refused.
    let offered = pair.sent_with(Side::Responder, Context::ResourceAdvertisement);
    assert_eq!(offered, 256);
    assert!(pair.is_open());
}
