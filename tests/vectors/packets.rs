//! Packets, malformed ones, and proofs.

use roost::rns::broadcast::GroupKey;
use roost::rns::crypto::Token;
use roost::rns::destination::{name_hash, plain_destination_hash};
use roost::rns::error::DropReason;
use roost::rns::hash::IdentityHash;
use roost::rns::identity::Identity;
use roost::rns::packet::proof::{self, ProofForm};
use roost::rns::packet::{Context, DestinationType, Packet, PacketType, Propagation};

use crate::file::{Fields, of};

/// Compares every header field, the payload and the hashes of a frame with what the vector says.
pub(crate) fn assert_header(name: &str, frame: &[u8], expected: &Fields) {
    assert_eq!(frame, expected.bytes("raw"), "{name}");
    let packet = Packet::parse(frame).unwrap_or_else(|reason| panic!("{name}: {reason}"));
    assert_eq!([packet.flags()], expected.array("flags"), "{name}");
    assert_eq!(u64::from(packet.hops), expected.number("hops"), "{name}");
    let header_type = if packet.transport_id.is_some() { 2 } else { 1 };
    assert_eq!(header_type, expected.number("header_type"), "{name}");
    assert_eq!(u64::from(packet.context_flag), expected.number("context_flag"), "{name}");
    assert_eq!(packet.propagation as u64, expected.number("propagation_type"), "{name}");
    assert_eq!(packet.destination_type as u64, expected.number("destination_type"), "{name}");
    assert_eq!(packet.packet_type as u64, expected.number("packet_type"), "{name}");
    let transport_id = expected.array_if_any("transport_id").map(IdentityHash::from_bytes);
    assert_eq!(packet.transport_id, transport_id, "{name}");
    assert_eq!(packet.address.as_bytes(), &expected.array("destination_hash"), "{name}");
    assert_eq!([packet.context.to_byte()], expected.array("context"), "{name}");
    assert_eq!(packet.payload, expected.bytes("payload"), "{name}");
    assert_eq!(frame.len() as u64, expected.number("length"), "{name}");
    assert_eq!(packet.hash().as_bytes(), &expected.array("packet_hash"), "{name}");
    assert_eq!(packet.hash().truncated().as_bytes(), &expected.array("truncated_packet_hash"), "{name}");
    assert_eq!(packet.pack(), frame, "{name}");
}

#[test]
fn packets_are_built_and_read_as_by_the_reference() {
    for vector in of("packet") {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        let data = PacketType::Data;
        let frame = match vector.name.as_str() {
            "group_data_packet" => {
                let token = Token::new(&inputs.bytes("group_key")).unwrap();
                let payload = token.encrypt(&inputs.bytes("plaintext"), inputs.array("iv"));
                let key = GroupKey::from_bytes(&inputs.bytes("group_key")).unwrap();
                assert_eq!(key.decrypt(&payload), Ok(inputs.bytes("plaintext")));
                let address = roost::rns::hash::DestinationHash::from_bytes(inputs.array("destination_hash"));
                Packet::new(data, DestinationType::Group, address, Context::None, &payload).pack()
            }
            "plain_data_packet" => {
                let address = plain_destination_hash(name_hash(inputs.text("full_name")));
                let payload = inputs.bytes("payload");
                Packet::new(data, DestinationType::Plain, address, Context::None, &payload).pack()
            }
            "single_data_packet" => {
                let recipient = Identity::from_private_bytes(&inputs.array("recipient_private_key"));
                let name = name_hash(inputs.text("full_name"));
                let address = roost::rns::destination::destination_hash(name, recipient.hash());
                let (plaintext, ephemeral) = (inputs.bytes("plaintext"), inputs.array("ephemeral_private"));
                let payload =
                    recipient.public().encrypt_with(&plaintext, None, ephemeral, inputs.array("iv")).unwrap();
                assert_eq!(recipient.decrypt(&payload, &[], false), Ok(plaintext));
                Packet::new(data, DestinationType::Single, address, Context::None, &payload).pack()
            }
            "single_data_packet_in_transport" => {
                let direct = inputs.bytes("header1_raw");
                let direct = Packet::parse(&direct).unwrap();
                let in_transport = Packet {
                    transport_id: Some(IdentityHash::from_bytes(inputs.array("next_hop_transport_id"))),
                    propagation: Propagation::Transport,
                    hops: u8::try_from(inputs.number("hops")).unwrap(),
                    ..direct
                };
                assert_eq!(in_transport.hash(), direct.hash());
                in_transport.pack()
            }
            other => panic!("a vector that nobody checks: {other}"),
        };
        assert_header(&vector.name, &frame, expected);
    }
}

#[test]
fn malformed_packets_are_refused_for_their_reason() {
    for vector in of("packet_malformed") {
        let outcome = Packet::parse(&vector.inputs.bytes("raw")).map(|packet| packet.hops);
        let expected = match vector.name.as_str() {
            "hops_128" => Err(DropReason::TooManyHops),
            "empty_payload" => Err(DropReason::EmptyPayload),
            "header1_short" | "header2_short" => Err(DropReason::Truncated),
            "hops_127_ok" => Ok(127),
            other => panic!("a vector that nobody checks: {other}"),
        };
        assert_eq!(outcome.is_ok(), vector.expected.flag("accepted"), "{}", vector.name);
        assert_eq!(outcome, expected, "{}", vector.name);
    }
}

#[test]
fn proofs_are_built_and_checked_as_by_the_reference() {
    for vector in of("proof") {
        let prover = Identity::from_private_bytes(&vector.inputs.array("prover_private_key"));
        let proved = vector.inputs.bytes("proved_packet");
        let proved = Packet::parse(&proved).unwrap().hash();
        assert_eq!(proved.as_bytes(), &vector.expected.array("signed_message"), "{}", vector.name);
        let form = match vector.name.as_str() {
            "single_proof_implicit" => ProofForm::Implicit,
            "single_proof_explicit" => ProofForm::Explicit,
            other => panic!("a vector that nobody checks: {other}"),
        };
        let frame = proof::build(&prover, proved, form);
        assert_header(&vector.name, &frame, &vector.expected);

        let payload = vector.expected.bytes("payload");
        assert!(payload.ends_with(&vector.expected.bytes("signature")), "{}", vector.name);
        assert_eq!(proof::check(&payload, proved, prover.public()), Ok(()), "{}", vector.name);
        for position in 0..payload.len() {
            let mut forged = payload.clone();
            forged[position] ^= 1;
            let outcome = proof::check(&forged, proved, prover.public());
            assert_eq!(outcome, Err(DropReason::BadSignature), "{} at {position}", vector.name);
        }
    }
}
