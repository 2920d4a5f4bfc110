//! Golden vectors of the categories `link` and `link_packet`, made with rns 1.5.7.

use std::time::Duration;

use serde_json::Value;

use super::Side;
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, LinkId, PacketHash, PathHash, RequestId};
use crate::rns::identity::Identity;
use crate::rns::link::handshake::{self, Ephemeral, Route};
use crate::rns::link::signalling::Signalling;
use crate::rns::link::{Link, Session, State, Terms, identify, request};
use crate::rns::packet::{Context, Packet, PacketType};
use crate::rns::random::Random;
use crate::rns::time::{Now, UnixTime};

const VECTORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/rns.json"));

/// The vector of this name.
pub(crate) fn vector(name: &str) -> Value {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = all["vectors"].as_array().unwrap();
    vectors.iter().find(|vector| vector["name"] == name).unwrap_or_else(|| panic!("no vector {name}")).clone()
}

/// A hex field.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn now_after(time: Duration) -> Now {
    super::pair::advance(Now::default(), time)
}

#[test]
fn signalling_bytes_are_those_of_the_reference() {
    for name in ["500", "8192", "262144", "1196", "1048576"] {
        let vector = vector(&format!("signalling_{name}_mode1"));
        let signalling = Signalling::of_mtu(name.parse().unwrap());
        let expected = bytes(&vector["expected"]["bytes"]);
        assert_eq!(signalling.to_bytes().as_slice(), expected);
        assert_eq!(Signalling::parse(&expected), Some(signalling));
    }
    assert_eq!(Signalling::parse(&[]).unwrap().mtu, 500);
    assert_eq!(Signalling::parse(&[0x20, 0]), None);
}

#[test]
fn handshakes_give_the_same_bytes_and_keys_as_the_reference() {
    for name in ["link_mtu_8192", "link_mtu_500"] {
        handshake_vector(&vector(name));
    }
}

fn handshake_vector(vector: &Value) {
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let identity = Identity::from_private_bytes(&array(&inputs["responder_identity_private"]));
    let mtu = usize::try_from(inputs["signalled_mtu"].as_u64().unwrap()).unwrap();
    let route = Route {
        destination: DestinationHash::from_bytes(array(&inputs["destination_hash"])),
        peer: identity.public().clone(),
        hops: 1,
        first_hop_bitrate: 1_000_000,
        signalled_mtu: mtu,
    };
    let keys = Ephemeral {
        exchange: array(&inputs["initiator_x25519_private"]),
        signing: array(&inputs["initiator_ed25519_private"]),
    };
    let mut random = Random::from_seed([0; 32]);
    let mut link = Link::open_with(Now::default(), route, &keys);
    let frame = link.poll_transmit().unwrap();
    assert_eq!(frame, bytes(&expected["link_request"]));
    assert_eq!(link.id().as_bytes().as_slice(), bytes(&expected["link_id"]));

    let exchange = array(&inputs["responder_x25519_private"]);
    let (answered, proof) =
        handshake::answer(&Packet::parse(&frame).unwrap(), &identity, 262_144, exchange).unwrap();
    assert_eq!(proof, bytes(&expected["link_proof"]));
    assert_eq!(answered.mdu(), usize::try_from(expected["mdu"].as_u64().unwrap()).unwrap());

    let packet = Packet::parse(&proof).unwrap();
    link.handle_packet(now_after(Duration::from_millis(250)), &packet, &mut random).unwrap();
    assert_eq!(link.mdu(), answered.mdu());
    assert_eq!(link.round_trip(), Duration::from_millis(250));

    let State::Established(established) = &link.state else { panic!("not established") };
    let plaintext = handshake::pack_round_trip(link.round_trip());
    assert_eq!(plaintext, bytes(&expected["rtt_plaintext"]));
    let rtt = established.session.seal(Context::LinkRtt, &plaintext, array(&inputs["rtt_iv"]));
    assert_eq!(rtt, bytes(&expected["rtt_packet"]));
    let sent = link.poll_transmit().unwrap();
    assert_eq!(answered.open(Packet::parse(&sent).unwrap().payload).unwrap(), plaintext);
}

#[test]
fn request_without_signalling_gets_the_same_link_and_proof() {
    let expected = &vector("link_request_without_signalling")["expected"];
    let raw = bytes(&vector("link_request_without_signalling")["inputs"]["raw"]);
    let inputs = &vector("link_mtu_500")["inputs"];
    let identity = Identity::from_private_bytes(&array(&inputs["responder_identity_private"]));
    let exchange = array(&inputs["responder_x25519_private"]);
    let request = Packet::parse(&raw).unwrap();
    let (session, proof) = handshake::answer(&request, &identity, 8192, exchange).unwrap();
    assert_eq!(session.id().as_bytes().as_slice(), bytes(&expected["link_id"]));
    assert_eq!(proof, bytes(&expected["link_proof"]));
}

#[test]
fn request_for_mode_zero_is_refused() {
    let raw = bytes(&vector("link_request_mode0_refused")["inputs"]["raw"]);
    let request = Packet::parse(&raw).unwrap();
    let identity = super::pair::responder_identity();
    let mut random = Random::from_seed([0; 32]);
    let refused = Link::accept(Now::default(), &request, 1, &identity, 500, Terms::default(), &mut random);
    assert_eq!(refused.err(), Some(DropReason::UnsupportedMode));
}

/// The session of `link_mtu_500`, from one side.
fn vector_session(side: Side) -> Session {
    let vector = vector("link_mtu_500");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let responder = Identity::from_private_bytes(&array(&inputs["responder_identity_private"]));
    let mut private = bytes(&inputs["initiator_x25519_private"]);
    private.extend(bytes(&inputs["initiator_ed25519_private"]));
    let initiator = Identity::from_private_bytes(&private.try_into().unwrap());
    let (own, peer) = match side {
        Side::Initiator => (initiator, responder),
        Side::Responder => (responder, initiator),
    };
    let id = LinkId::from_bytes(array(&expected["link_id"]));
    Session::for_tests(id, &bytes(&expected["derived_key"]), 500, own, peer.public().ed25519())
}

#[test]
fn encrypted_link_packets_are_those_of_the_reference() {
    let session = vector_session(Side::Initiator);
    for name in [
        "identify",
        "data_initiator_to_responder",
        "data_responder_to_initiator",
        "request_small",
        "request_nil_data",
        "response_small",
        "resource_reject",
        "resource_initiator_cancel",
        "linkclose_initiator",
        "channel_message",
    ] {
        let vector = vector(name);
        let (plaintext, raw) = (bytes(&vector["inputs"]["plaintext"]), bytes(&vector["expected"]["raw"]));
        let packet = Packet::parse(&raw).unwrap();
        assert_eq!(session.seal(packet.context, &plaintext, array(&vector["inputs"]["iv"])), raw, "{name}");
        assert_eq!(session.open(packet.payload).unwrap(), plaintext, "{name}");
        assert_eq!(packet.hash().as_bytes().as_slice(), bytes(&vector["expected"]["packet_hash"]), "{name}");
    }
}

#[test]
fn keepalives_are_those_of_the_reference() {
    let session = vector_session(Side::Initiator);
    for (name, content) in [("keepalive_initiator", 0xff), ("keepalive_responder", 0xfe)] {
        let frame = session.frame(PacketType::Data, Context::KeepAlive, &[content]);
        assert_eq!(frame, bytes(&vector(name)["expected"]["raw"]));
    }
}

#[test]
fn packet_proofs_of_both_sides_are_those_of_the_reference() {
    for (name, prover) in [("proof_by_responder", Side::Responder), ("proof_by_initiator", Side::Initiator)] {
        let expected = &vector(name)["expected"];
        let hash = PacketHash::from_bytes(array(&expected["proved_packet_hash"]));
        let frame = vector_session(prover).prove(hash);
        assert_eq!(frame, bytes(&expected["raw"]), "{name}");
        let signature = &Packet::parse(&frame).unwrap().payload[32..];
        assert!(vector_session(prover.other()).verify(hash, signature));
        assert!(!vector_session(prover).verify(hash, signature));
    }
}

#[test]
fn channel_messages_are_proved_as_by_the_reference() {
    let expected = &vector("channel_message")["expected"];
    let hash = Packet::parse(&bytes(&expected["raw"])).unwrap().hash();
    assert_eq!(vector_session(Side::Responder).prove(hash), bytes(&expected["proof_returned"]));
}

#[test]
fn identify_content_is_that_of_the_reference() {
    let vector = vector("identify");
    let session = vector_session(Side::Initiator);
    let identity = Identity::from_private_bytes(&array(&vector["expected"]["identity_private_key"]));
    let content = identify::pack(session.id(), &identity);
    assert_eq!(content, bytes(&vector["inputs"]["plaintext"]));
    assert_eq!(identify::verify(session.id(), &content).unwrap(), *identity.public());
}

#[test]
fn requests_and_responses_are_packed_as_by_the_reference() {
    let small = vector("request_small");
    let (plaintext, expected) = (bytes(&small["inputs"]["plaintext"]), &small["expected"]);
    let requested_at = UnixTime::from_secs_f64(expected["requested_at"].as_f64().unwrap());
    let data = hex::decode("82a16bc40176a16e07").unwrap();
    assert_eq!(request::pack_request(requested_at, "/echo", &data), plaintext);
    let parsed = request::parse_request(&plaintext).unwrap();
    assert_eq!((parsed.requested_at, parsed.data), (requested_at, data.clone()));
    assert_eq!(parsed.path_hash, PathHash::from_bytes(array(&expected["path_hash"])));
    let raw = bytes(&expected["raw"]);
    let id = RequestId::from_slice(&Packet::parse(&raw).unwrap().hash().as_bytes()[..16]).unwrap();
    assert_eq!(id, RequestId::from_bytes(array(&expected["request_id"])));

    let response = bytes(&vector("response_small")["inputs"]["plaintext"]);
    assert_eq!(request::pack_response(id, &data), response);
    assert_eq!(request::parse_response(&response).unwrap(), (id, data));

    let nil = bytes(&vector("request_nil_data")["inputs"]["plaintext"]);
    assert_eq!(request::parse_request(&nil).unwrap().data, [0xc0]);
}

#[test]
fn request_as_resource_is_named_by_its_packed_form() {
    let vector = vector("request_as_resource");
    let packed = bytes(&vector["expected"]["packed_request"]);
    let id = RequestId::from_bytes(array(&vector["expected"]["request_id"]));
    assert_eq!(request::resource_request_id(&packed), id);
}
