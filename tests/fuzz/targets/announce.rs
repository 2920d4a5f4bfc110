//! Announces: what we sign is valid, and no longer once a signed byte is another.
//! What anybody else makes up is either dropped or signed by the key that it names.

use std::sync::LazyLock;

use roost::rns::Node;
use roost::rns::announce::{Announce, AnnounceKind, MAX_APP_DATA, MAX_APP_DATA_WITH_RATCHET, RandomBlob};
use roost::rns::destination::destination_hash;
use roost::rns::event::Event;
use roost::rns::hash::{DestinationHash, NameHash};
use roost::rns::identity::Identity;
use roost::rns::packet::{DestinationType, HEADER_MIN, MTU, Packet, PacketType};
use roost::rns::time::Now;

use crate::bytes::Bytes;
use crate::peer;
use crate::vectors;

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::from_private_bytes(&[7; 64]));

/// An announce that has nothing to do with any other.
static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (name, blob) = (NameHash::from_bytes([1; 10]), RandomBlob::from_bytes([1; 10]));
    Announce::sign(&IDENTITY, name, blob, None, b"good", AnnounceKind::Live).expect("it is short")
});

/// Where the context byte stands, which is not signed.
const CONTEXT: usize = HEADER_MIN - 1;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    if bytes.byte() & 1 == 0 {
        as_received(bytes.rest());
    } else {
        signed_and_damaged(&mut bytes);
    }
}

fn as_received(frame: &[u8]) {
    let Ok(packet) = Packet::parse(frame) else { return };
    let outcome = Announce::validate(&packet);
    let single = DestinationType::Single;
    if (packet.packet_type, packet.destination_type) == (PacketType::Announce, single) && frame.len() <= MTU {
        // Checked together with another, it is what it is alone.
        assert_eq!(is_heard(frame, packet.address.into()), outcome.is_ok());
    }
    let Ok(announce) = outcome else { return };
    assert_eq!(announce.destination, packet.address.into());
    assert_eq!(destination_hash(announce.name_hash, announce.identity.hash()), announce.destination);
    assert_eq!(announce.ratchet.is_some(), packet.context_flag);
    assert!(announce.app_data.is_none_or(|data| data.len() <= MAX_APP_DATA + 16));
}

/// Does a node that hears this and a good announce at the same time tell of it?
fn is_heard(frame: &[u8], destination: DestinationHash) -> bool {
    let mut node = Node::new([1; 32]);
    let interface = node.add_interface(Now::default(), peer::spec("wire"));
    node.handle_frame(Now::default(), interface, &GOOD);
    node.handle_frame(Now::default(), interface, frame);
    node.run_jobs(Now::default());
    let heard = std::iter::from_fn(|| node.poll_event());
    heard
        .filter(|event| matches!(event, Event::Announce { destination: told, .. } if *told == destination))
        .count()
        > 0
}

fn signed_and_damaged(bytes: &mut Bytes<'_>) {
    let ratchet = (bytes.byte() & 1 == 1).then(|| bytes.array::<32>());
    let kind = if bytes.byte() & 1 == 0 { AnnounceKind::Live } else { AnnounceKind::PathResponse };
    let (name, blob) = (NameHash::from_bytes(bytes.array()), RandomBlob::from_bytes(bytes.array()));
    let (position, change) = (usize::from(bytes.u16()), bytes.byte());
    let app_data = bytes.rest();
    let most = if ratchet.is_some() { MAX_APP_DATA_WITH_RATCHET } else { MAX_APP_DATA };
    let signed = Announce::sign(&IDENTITY, name, blob, ratchet.as_ref(), app_data, kind);
    assert_eq!(signed.is_ok(), app_data.len() <= most);
    let Ok(mut frame) = signed else { return };

    let announce = Announce::validate(&Packet::parse(&frame).expect("a packet")).expect("valid");
    assert_eq!((announce.name_hash, announce.random_blob, announce.ratchet), (name, blob, ratchet));
    assert_eq!(&announce.identity, IDENTITY.public());
    assert_eq!(announce.app_data.unwrap_or_default(), app_data);

    let position = position % frame.len();
    frame[position] ^= change;
    if change != 0 && position >= 2 && position != CONTEXT {
        let outcome = Packet::parse(&frame).and_then(|packet| Announce::validate(&packet));
        assert!(outcome.is_err(), "byte {position} is not signed");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let frames = vectors::rns(&["announce", "announce_invalid", "transport"], &["raw", "received_raw"]);
    let received = frames.into_iter().map(|frame| [&[0][..], &frame].concat());
    received.chain([[&[1; 30][..], b"hello"].concat(), vec![1, 1, 0]]).collect()
}
