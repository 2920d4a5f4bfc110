//! Access codes: the frames that the reference makes, and that it takes in.
//! Not which interface has one; that is in `tests/sim`.

use roost::rns::crypto::derive;
use roost::rns::error::DropReason;
use roost::rns::ifac::{AccessCode, CodeSize};

use crate::file::{Fields, of};

fn text_if_any<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.has(key).then(|| fields.text(key))
}

#[test]
fn frames_with_access_codes_follow_the_reference() {
    let vectors = of("ifac");
    assert_eq!(vectors.len(), 18);
    for vector in &vectors {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        let size = usize::try_from(inputs.number("ifac_size")).unwrap();
        let size_in_bits = CodeSize::from_bits(u16::try_from(size * 8).unwrap()).unwrap();
        let (name, passphrase) = (text_if_any(inputs, "network_name"), text_if_any(inputs, "passphrase"));
        let code = AccessCode::new(name, passphrase, size_in_bits).unwrap();
        let (packet, frame) = (inputs.bytes("raw"), expected.bytes("masked"));

        assert_eq!(code.seal(&packet).unwrap(), frame, "{}", vector.name);
        assert_eq!(code.open(&frame), Ok(packet), "{}", vector.name);
        assert_eq!(frame[2..2 + size], expected.bytes("access_code"), "{}", vector.name);
        let mask = derive(&expected.bytes("access_code"), &expected.bytes("ifac_key"), frame.len());
        assert_eq!(mask, expected.bytes("mask"), "{}", vector.name);
    }
}

#[test]
fn a_frame_of_another_network_or_size_is_not_let_in() {
    let vectors = of("ifac");
    let own = AccessCode::new(Some("testnet"), Some("secret passphrase"), CodeSize::IP).unwrap();
    let mut strangers = 0;
    for vector in vectors.iter().filter(|vector| !vector.name.starts_with("ifac_both_16")) {
        let frame = vector.expected.bytes("masked");
        assert_eq!(own.open(&frame), Err(DropReason::WrongAccessCode), "{}", vector.name);
        strangers += 1;
    }
    assert_eq!(strangers, 15);
}
