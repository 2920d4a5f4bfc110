//! Announces, valid and not, path requests, and what the packet filter lets through.

use roost::rns::Node;
use roost::rns::announce::{Announce, AnnounceKind, RandomBlob};
use roost::rns::error::DropReason;
use roost::rns::hash::{DestinationHash, IdentityHash, NameHash};
use roost::rns::identity::Identity;
use roost::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use roost::rns::packet::{HEADER_MIN, Packet, Propagation};
use roost::rns::policy::Policy;
use roost::rns::time::Now;
use roost::rns::transport::PathRequest;

use crate::file::{Vector, of};
use crate::packets::assert_header;

#[test]
fn announces_are_signed_and_read_as_by_the_reference() {
    for vector in of("announce") {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        if vector.name == "announce_rebroadcast_by_transport" {
            check_rebroadcast(&vector);
            continue;
        }
        let identity = Identity::from_private_bytes(&inputs.array("identity_private_key"));
        let name_hash = NameHash::from_bytes(inputs.array("name_hash"));
        let blob = RandomBlob::from_bytes(inputs.array("random_blob"));
        assert_eq!(blob.emission(), inputs.number("emission_time"), "{}", vector.name);
        let ratchet: Option<[u8; 32]> = inputs.array_if_any("ratchet_public");
        let kind = if inputs.flag("path_response") { AnnounceKind::PathResponse } else { AnnounceKind::Live };
        let app_data = inputs.bytes("app_data");
        let frame = Announce::sign(&identity, name_hash, blob, ratchet.as_ref(), &app_data, kind).unwrap();
        assert_header(&vector.name, &frame, expected);
        let signature: [u8; 64] = expected.array("signature");
        assert!(identity.public().verify(&expected.bytes("signed_data"), &signature), "{}", vector.name);

        let announce = Announce::validate(&Packet::parse(&frame).unwrap()).unwrap();
        assert_eq!(announce.destination.as_bytes(), &expected.array("destination_hash"), "{}", vector.name);
        assert_eq!(&announce.identity, identity.public(), "{}", vector.name);
        assert_eq!(announce.name_hash, name_hash, "{}", vector.name);
        assert_eq!(announce.random_blob, blob, "{}", vector.name);
        assert_eq!(announce.ratchet, ratchet, "{}", vector.name);
        // Nothing but the fixed fields means that there is no app data; behind a ratchet it is empty.
        let read = (ratchet.is_some() || !app_data.is_empty()).then_some(app_data);
        assert_eq!(announce.app_data, read, "{}", vector.name);
    }
}

fn check_rebroadcast(vector: &Vector) {
    let direct = vector.inputs.bytes("received_raw");
    let direct = Packet::parse(&direct).unwrap();
    let passed_on = Packet {
        propagation: Propagation::Transport,
        transport_id: Some(IdentityHash::from_bytes(vector.inputs.array("transport_identity_hash"))),
        hops: u8::try_from(vector.inputs.number("received_hops_after_increment")).unwrap(),
        ..direct
    };
    assert_header(&vector.name, &passed_on.pack(), &vector.expected);
    assert_eq!(Announce::validate(&passed_on), Announce::validate(&direct));
    assert!(Announce::validate(&passed_on).is_ok());
}

#[test]
fn invalid_announces_are_refused_for_their_reason() {
    for vector in of("announce_invalid") {
        let frame = vector.inputs.bytes("raw");
        let outcome = Announce::validate(&Packet::parse(&frame).unwrap());
        let reason = match vector.name.as_str() {
            "announce_tampered_app_data" | "announce_ratchet_flag_cleared" => DropReason::BadSignature,
            "announce_wrong_destination_hash" | "announce_name_hash_mismatch" => {
                DropReason::DestinationMismatch
            }
            other => panic!("a vector that nobody checks: {other}"),
        };
        assert!(!vector.expected.flag("valid"), "{}", vector.name);
        assert_eq!(outcome, Err(reason), "{}", vector.name);
        assert_dropped(&vector.name, &frame, reason);
    }
}

#[test]
fn invalid_announces_are_found_among_valid_ones_of_the_same_batch() {
    let valid: Vec<_> = of("announce").iter().map(|vector| vector.expected.bytes("raw")).collect();
    let invalid: Vec<_> = of("announce_invalid").iter().map(|vector| vector.inputs.bytes("raw")).collect();
    let hear = |frames: &[Vec<u8>]| {
        let (mut node, interface) = node();
        frames.iter().for_each(|frame| node.handle_frame(Now::default(), interface, frame));
        node.run_jobs(Now::default());
        let events: Vec<_> = std::iter::from_fn(|| node.poll_event()).collect();
        (events, node.drops().get(DropReason::BadSignature))
    };
    let (events, forged) = hear(&valid);
    assert!(!events.is_empty() && forged == 0);
    assert_eq!(hear(&[invalid, valid].concat()), (events, 2));
}

#[test]
fn path_requests_are_built_and_read_as_by_the_reference() {
    for vector in of("path_request") {
        let destination = DestinationHash::from_bytes(vector.inputs.array("destination_hash"));
        let requester = if vector.inputs.has("transport_identity_hash") {
            Some(IdentityHash::from_bytes(vector.inputs.array("transport_identity_hash")))
        } else {
            None
        };
        let request = PathRequest::new(destination, requester, vector.inputs.array("tag"));
        let frame = request.pack();
        assert_header(&vector.name, &frame, &vector.expected);
        assert_eq!(PathRequest::parse(&frame[HEADER_MIN..]), Ok(request), "{}", vector.name);
        assert_eq!(PathRequest::address().as_bytes(), &vector.expected.array("destination_hash"));
    }
}

#[test]
fn the_filter_lets_through_what_the_reference_lets_through() {
    let names = [
        "filter_plain_hops_0",
        "filter_plain_hops_1",
        "filter_plain_hops_2",
        "announce_over_500_bytes_dropped",
    ];
    let vectors = of("transport");
    for name in names {
        let vector = vectors.iter().find(|vector| vector.name == name).unwrap();
        // Past the filter, nobody here knows the address.
        let reason = match (vector.expected.flag("accepted"), name) {
            (true, _) => DropReason::UnknownAddress,
            (false, "announce_over_500_bytes_dropped") => DropReason::TooLarge,
            (false, _) => DropReason::NotForUs,
        };
        assert_dropped(name, &vector.inputs.bytes("raw"), reason);
    }
}

fn node() -> (Node, InterfaceId) {
    let mut node = Node::new([1; 32]);
    let spec = InterfaceSpec {
        name: "wire".to_owned(),
        neighbour: Neighbour::Network,
        hw_mtu: 1196,
        mtu_discovery: true,
        bitrate: 10_000_000,
        access: None,
        mode: Mode::Full,
        policy: Policy::default(),
        air: None,
    };
    let interface = node.add_interface(Now::default(), spec);
    (node, interface)
}

/// A node that receives `frame` drops it for `reason`, says nothing and learns nothing.
fn assert_dropped(name: &str, frame: &[u8], reason: DropReason) {
    let (mut node, interface) = node();
    node.handle_frame(Now::default(), interface, frame);
    node.run_jobs(Now::default());
    assert_eq!(node.drops().iter().collect::<Vec<_>>(), [(reason, 1)], "{name}");
    assert_eq!(node.poll_event(), None, "{name}");
    assert_eq!(node.poll_transmit(), None, "{name}");
    assert_eq!(node.table_sizes().known_destinations, 0, "{name}");
}
