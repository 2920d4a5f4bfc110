//! What a message promises: every byte signed, nothing believed, nothing lost.
//! Not the reference's own bytes; those are in `tests/vectors`.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::rns::msgpack;
use crate::rns::random::Random;

fn author() -> Identity {
    Identity::generate(&mut Random::from_seed([1; 32]))
}

fn recipient() -> DestinationHash {
    DestinationHash::from_bytes([2; 16])
}

fn text(content: &[u8]) -> Message {
    Message {
        time: UnixTime::from_micros(1_700_000_000_250_000),
        title: b"title".to_vec(),
        content: content.to_vec(),
        fields: vec![0x80],
    }
}

/// A packed message that is signed over `signed` and carries `carried`.
fn packed(signed: &[u8], carried: &[u8]) -> Vec<u8> {
    let source = delivery_destination(author().hash());
    let hash = hash(recipient(), source, signed);
    let signature = author().sign(&signed_part(recipient(), source, signed, hash));
    [&recipient().as_bytes()[..], source.as_bytes(), &signature, carried].concat()
}

fn unpack(packed: &[u8]) -> Result<SignedMessage, DropReason> {
    UnverifiedMessage::unpack(packed)?.verified_by(author().public())
}

/// A payload with these bytes as its fields.
fn with_fields(fields: &[u8]) -> Vec<u8> {
    let mut payload = vec![0x94, 0xcb, 0x41, 0xd9, 0x54, 0xfc, 0x40, 0, 0, 0, 0xc4, 0, 0xc4, 0];
    payload.extend_from_slice(fields);
    payload
}

/// A payload with these bytes as its time.
fn with_time(time: &[u8]) -> Vec<u8> {
    [&[0x94], time, &[0xc4, 0, 0xc4, 0, 0x80]].concat()
}

fn fields_verdict(fields: &[u8]) -> Result<Vec<u8>, DropReason> {
    let payload = with_fields(fields);
    unpack(&packed(&payload, &payload)).map(|message| message.message.fields)
}

#[test]
fn what_is_packed_is_unpacked() {
    let signed = SignedMessage::sign(text(b"hello"), recipient(), &author());
    assert_eq!(unpack(&signed.pack()), Ok(signed.clone()));
    let rebuilt =
        SignedMessage::from_parts(signed.destination, signed.source, signed.signature, &signed.payload);
    assert_eq!(rebuilt, Ok(signed));
}

#[test]
fn stamp_is_outside_hash_and_signature_and_survives() {
    let mut signed = SignedMessage::sign(text(b"hello"), recipient(), &author());
    signed.stamp = Some(vec![9; 32]);
    assert_eq!(unpack(&signed.pack()), Ok(signed));
}

#[test]
fn verification_needs_the_author_the_addresses_and_every_byte() {
    let signed = SignedMessage::sign(text(b"hello"), recipient(), &author());
    assert!(signed.verify(author().public()));
    let stranger = Identity::generate(&mut Random::from_seed([3; 32]));
    assert!(!signed.verify(stranger.public()));
    let elsewhere = SignedMessage { destination: DestinationHash::from_bytes([4; 16]), ..signed.clone() };
    assert_eq!(unpack(&elsewhere.pack()), Err(DropReason::BadSignature));
    let good = signed.pack();
    for position in 0..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 1;
        assert!(unpack(&bad).is_err(), "byte {position} does not matter");
    }
}

#[test]
fn one_identity_cannot_sign_in_the_name_of_anothers_destination() {
    // The signature itself is good here; only the source belongs to somebody else.
    let payload = with_fields(&[0x80]);
    let source = delivery_destination(IdentityHash::from_bytes([8; 16]));
    let hash = hash(recipient(), source, &payload);
    let signature = author().sign(&signed_part(recipient(), source, &payload, hash));
    let message = SignedMessage::from_parts(recipient(), source, signature, &payload).unwrap();
    assert!(!message.verify(author().public()));
}

#[test]
fn beside_a_stamp_either_encoding_may_have_been_signed() {
    // A time in 32 bits, and a map key that is longer than it must be.
    let mut received = with_time(&[0xca, 0x4e, 0xd2, 0xab, 0x72]);
    received.pop();
    received.extend_from_slice(&[0x81, 0xcd, 0, 8, 1]);
    let canonical = msgpack::encode(&rmpv::Value::Array(vec![
        rmpv::Value::F64(f64::from(f32::from_be_bytes([0x4e, 0xd2, 0xab, 0x72]))),
        rmpv::Value::Binary(Vec::new()),
        rmpv::Value::Binary(Vec::new()),
        rmpv::Value::Map(vec![(8.into(), 1.into())]),
    ]));
    assert_ne!(received, canonical);
    let mut carried = received.clone();
    carried[0] = 0x95;
    carried.extend_from_slice(&[0xc4, 1, 0xaa]);

    for signed in [&received, &canonical] {
        let message = unpack(&packed(signed, &carried)).unwrap();
        assert_eq!(&message.payload, signed);
        assert_eq!(message.hash, hash(message.destination, message.source, signed));
        assert_eq!(message.stamp, Some(vec![0xaa]));
        let parsed_again = SignedMessage::from_parts(
            message.destination,
            message.source,
            message.signature,
            &message.payload,
        );
        assert_eq!(parsed_again.unwrap().message, message.message, "the message is what its payload says");
    }
    assert_eq!(unpack(&packed(b"neither", &carried)), Err(DropReason::BadSignature));
    let without_stamp = packed(&canonical, &received);
    assert_eq!(unpack(&without_stamp), Err(DropReason::BadSignature), "four elements count as received");
}

#[test]
fn a_time_is_any_number_and_read_as_one_that_a_clock_can_show() {
    const YEAR_9999: i64 = 253_402_300_799_000_000;
    let times: [(&[u8], i64); 8] = [
        (&[0x05], 5_000_000),
        (&[0xff], 0),
        (&[0xce, 0x69, 0x55, 0xb9, 0x00], 1_767_225_600_000_000),
        (&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], YEAR_9999),
        (&[0xca, 0x3f, 0x00, 0x00, 0x00], 500_000),
        (&[0xcb, 0xc1, 0xd9, 0x54, 0xfc, 0x40, 0, 0, 0], 0),
        // A billion years, in microseconds for seconds.
        (&[0xcb, 0x47, 0x00, 0, 0, 0, 0, 0, 0], YEAR_9999),
        (&[0xcb, 0x41, 0xd9, 0x54, 0xfc, 0x40, 0, 0, 0], 1_700_000_000_000_000),
    ];
    for (bytes, micros) in times {
        let payload = with_time(bytes);
        let message = unpack(&packed(&payload, &payload)).unwrap();
        assert_eq!(message.message.time.as_micros(), micros, "{bytes:02x?}");
    }
    let not_a_number = [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0];
    let infinity = [0xcb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0];
    for no_number in [&not_a_number[..], &infinity, &[0xc0], &[0xc3], &[0xa1, b'7'], &[0xc4, 0], &[0x90]] {
        let payload = with_time(no_number);
        assert_eq!(unpack(&packed(&payload, &payload)), Err(DropReason::MalformedMsgpack));
    }
}

#[test]
fn title_and_content_may_be_text_and_nothing_else() {
    let with_title = |title: &[u8]| {
        let payload = [&[0x94, 0x00], title, &[0xc4, 0, 0x80]].concat();
        unpack(&packed(&payload, &payload)).map(|message| message.message.title)
    };
    assert_eq!(with_title(&[0xc4, 1, b'a']), Ok(b"a".to_vec()));
    assert_eq!(with_title(&[0xa1, b'a']), Ok(b"a".to_vec()));
    assert_eq!(with_title(&[0xc0]), Ok(Vec::new()));
    assert_eq!(with_title(&[0x01]), Err(DropReason::MalformedMsgpack));
    assert_eq!(with_title(&[0xa1, 0xff]), Err(DropReason::MalformedMsgpack));
}

#[test]
fn unknown_fields_survive_as_received() {
    // Keys in any width, an extension, a key above 0xff, values of all kinds.
    let fields = [
        0x84, 0xcd, 0x00, 0x08, 0xc4, 0x01, 0x07, 0xcd, 0x01, 0x00, 0xd4, 0x05, 0x06, 0x40, 0x82, 0x00, 0xc4,
        0x00, 0x01, 0xa1, 0x61, 0xa1, 0x6b, 0x93, 0xc0, 0xc2, 0xca, 0, 0, 0, 0,
    ];
    assert_eq!(fields_verdict(&fields), Ok(fields.to_vec()));
    assert_eq!(fields_verdict(&[0xc0]), Ok(vec![0x80]), "nil is no fields");
}

#[test]
fn broken_fields_are_dropped() {
    let broken: [&[u8]; 8] = [
        &[0x90],
        &[0x01],
        &[0xc1],
        &[0x82, 0x0f, 0x00, 0x0f, 0x01],
        &[0x82, 0x0f, 0x00, 0xd0, 0x0f, 0x01],
        &[0x81, 0x0f, 0x82, 0x01, 0x00, 0x01, 0x00],
        &[0x81, 0x0f, 0xa1, 0xff],
        &[0x81, 0x0f, 0xdf, 0xff, 0xff, 0xff, 0xff],
    ];
    for fields in broken {
        assert_eq!(fields_verdict(fields), Err(DropReason::MalformedMsgpack), "{fields:02x?}");
    }
}

#[test]
fn number_of_fields_is_bounded() {
    let map_of = |count: u16| {
        let mut fields = vec![0xde];
        fields.extend_from_slice(&count.to_be_bytes());
        for key in 0..count {
            fields.push(0xcd);
            fields.extend_from_slice(&key.to_be_bytes());
            fields.push(0xc0);
        }
        fields
    };
    assert!(fields_verdict(&map_of(256)).is_ok());
    assert_eq!(fields_verdict(&map_of(257)), Err(DropReason::TooLarge));
}

#[test]
fn depth_and_number_of_objects_are_bounded() {
    let nested = |depth: usize| {
        let mut fields = vec![0x81, 0x0f];
        fields.extend(std::iter::repeat_n(0x91, depth));
        fields.push(0xc0);
        fields
    };
    assert!(fields_verdict(&nested(11)).is_ok());
    assert_eq!(fields_verdict(&nested(12)), Err(DropReason::MalformedMsgpack));
    assert_eq!(fields_verdict(&nested(1_000_000)), Err(DropReason::MalformedMsgpack));

    let many = |count: u32| {
        let mut fields = vec![0x81, 0x0f, 0xdd];
        fields.extend_from_slice(&count.to_be_bytes());
        fields.extend(std::iter::repeat_n(0xc0, count as usize));
        fields
    };
    assert!(fields_verdict(&many(65_000)).is_ok());
    assert_eq!(fields_verdict(&many(1_000_000)), Err(DropReason::TooLarge));
}

#[test]
fn truncated_messages_are_dropped_at_every_length() {
    let whole = SignedMessage::sign(text(b"hello"), recipient(), &author()).pack();
    let reasons: BTreeSet<_> =
        (0..whole.len()).map(|length| UnverifiedMessage::unpack(&whole[..length]).unwrap_err()).collect();
    assert_eq!(reasons, BTreeSet::from([DropReason::Truncated, DropReason::MalformedMsgpack]));
}

#[test]
fn signed_parts_have_exactly_four_elements() {
    let from = |payload: &[u8]| {
        let source = delivery_destination(author().hash());
        SignedMessage::from_parts(recipient(), source, [0; 64], payload).map(drop)
    };
    assert_eq!(from(&with_fields(&[0x80])), Ok(()));
    let mut five = with_fields(&[0x80, 0xc4, 0]);
    five[0] = 0x95;
    assert_eq!(from(&five), Err(DropReason::MalformedMsgpack));
}

proptest! {
    #[test]
    fn unpack_survives_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = UnverifiedMessage::unpack(&bytes);
        let addressed = [vec![0x95; 96], bytes].concat();
        let _ = UnverifiedMessage::unpack(&addressed);
    }

    #[test]
    fn unpack_survives_damage_and_never_believes_it(
        content in proptest::collection::vec(any::<u8>(), 0..200),
        stamped in any::<bool>(),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut signed = SignedMessage::sign(text(&content), recipient(), &author());
        signed.stamp = stamped.then(|| vec![5; 32]);
        let mut bytes = signed.pack();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(message) = unpack(&bytes) {
            // Damage to the stamp is all that a signature can't show.
            prop_assert_eq!((message.hash, message.message), (signed.hash, signed.message));
        }
    }

    #[test]
    fn anything_that_is_signed_arrives(
        micros in any::<i64>(),
        title in proptest::collection::vec(any::<u8>(), 0..300),
        content in proptest::collection::vec(any::<u8>(), 0..70_000),
    ) {
        let message = Message { time: UnixTime::from_micros(micros), title, content, fields: Vec::new() };
        let signed = SignedMessage::sign(message, recipient(), &author());
        let arrived = unpack(&signed.pack()).unwrap();
        prop_assert_eq!(arrived.hash, signed.hash);
        prop_assert_eq!(&arrived.message.title, &signed.message.title);
        prop_assert_eq!(arrived.message.content, signed.message.content);
        prop_assert_eq!(arrived.message.fields, vec![0x80]);
    }
}
