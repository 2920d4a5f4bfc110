//! Identities, destinations, key derivation, tokens and encryption to identities.

use roost::rns::crypto::{Token, TokenError, derive};
use roost::rns::destination::{self, destination_hash, name_hash, plain_destination_hash};
use roost::rns::hash::{IdentityHash, sha256};
use roost::rns::identity::{Identity, PublicIdentity, agree};
use roost::rns::ratchet::Ratchet;
use roost::rns::time::UnixTime;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::file::of;

#[test]
fn identities_have_the_keys_hash_and_signatures_of_the_reference() {
    for vector in of("identity") {
        let identity = Identity::from_private_bytes(&vector.inputs.array("private_key"));
        let (public, name, expected) = (identity.public(), &vector.name, &vector.expected);
        assert_eq!(public.x25519(), expected.array("x25519_public"), "{name}");
        assert_eq!(public.ed25519(), expected.array("ed25519_public"), "{name}");
        assert_eq!(public.as_bytes(), &expected.array("public_key"), "{name}");
        assert_eq!(identity.hash().as_bytes(), &expected.array("identity_hash"), "{name}");
        let message = vector.inputs.bytes("message");
        let signature = identity.sign(&message);
        assert_eq!(signature, expected.array("signature_of_message"), "{name}");
        assert!(public.verify(&message, &signature), "{name}");
        assert!(!public.verify(&message[1..], &signature), "{name}");
    }
}

#[test]
fn destinations_have_the_hashes_of_the_reference() {
    for vector in of("destination") {
        let full_name = vector.inputs.text("full_name");
        let mut parts = full_name.split('.');
        let app_name = parts.next().unwrap();
        let aspects: Vec<_> = parts.collect();
        assert_eq!(destination::full_name(app_name, &aspects).as_deref(), Some(full_name));
        let name = name_hash(full_name);
        assert_eq!(name.as_bytes(), &vector.expected.array("name_hash"), "{}", vector.name);
        let destination = match vector.inputs.array_if_any("identity_hash") {
            Some(identity) => destination_hash(name, IdentityHash::from_bytes(identity)),
            None => plain_destination_hash(name),
        };
        assert_eq!(destination.as_bytes(), &vector.expected.array("destination_hash"), "{}", vector.name);
    }
}

#[test]
fn a_name_whose_parts_have_dots_is_no_name() {
    for (app_name, aspects) in [("with.dot", vec!["a"]), ("app", vec!["a", "with.dot"]), (".", vec![])] {
        assert_eq!(destination::full_name(app_name, &aspects), None);
    }
}

#[test]
fn derived_keys_are_those_of_the_reference_at_any_length() {
    for vector in of("hkdf") {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        let salt = if inputs.has("salt") { inputs.bytes("salt") } else { Vec::new() };
        let length = usize::try_from(inputs.number("length")).unwrap();
        let output = derive(&inputs.bytes("ikm"), &salt, length);
        assert_eq!(output.len(), length, "{}", vector.name);
        if expected.has("output") {
            assert_eq!(output, expected.bytes("output"), "{}", vector.name);
        } else {
            assert_eq!(output[..32], expected.bytes("first_32"), "{}", vector.name);
            assert_eq!(output[length - 32..], expected.bytes("last_32"), "{}", vector.name);
            assert_eq!(sha256(&[&output]), expected.array("output_sha256"), "{}", vector.name);
        }
    }
}

#[test]
fn tokens_are_those_of_the_reference_and_forged_ones_are_refused() {
    for vector in of("token") {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        let token = Token::new(&inputs.bytes("key")).unwrap();
        if expected.has("decrypts") {
            assert!(!expected.flag("decrypts"), "{}", vector.name);
            assert_eq!(token.decrypt(&inputs.bytes("token")), Err(TokenError::Forged), "{}", vector.name);
            continue;
        }
        let plaintext = inputs.bytes("plaintext");
        let made = token.encrypt(&plaintext, inputs.array("iv"));
        assert_eq!(made, expected.bytes("token"), "{}", vector.name);
        assert_eq!(made.len() as u64, expected.number("token_length"), "{}", vector.name);
        assert_eq!(token.decrypt(&made), Ok(plaintext), "{}", vector.name);
    }
}

#[test]
fn encryption_to_an_identity_follows_the_reference() {
    let mut encrypted = 0;
    for vector in of("identity_encryption").iter().filter(|vector| vector.inputs.has("plaintext")) {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        let recipient = Identity::from_private_bytes(&inputs.array("recipient_private_key"));
        let ratchet: Option<[u8; 32]> = inputs.array_if_any("ratchet_public");
        let ratchet_private: Option<[u8; 32]> = inputs.array_if_any("ratchet_private");
        assert_eq!(recipient.public().as_bytes(), &inputs.array("recipient_public_key"));
        assert_eq!(ratchet_private.map(|key| PublicKey::from(&StaticSecret::from(key)).to_bytes()), ratchet);

        let target = ratchet.unwrap_or_else(|| recipient.public().x25519());
        let shared = agree(&StaticSecret::from(inputs.array("ephemeral_private")), &target).unwrap();
        assert_eq!(*shared, expected.array("shared_secret"), "{}", vector.name);
        assert_eq!(recipient.hash().as_bytes(), &expected.array("hkdf_salt"), "{}", vector.name);
        let derived = derive(&*shared, recipient.hash().as_bytes(), 64);
        assert_eq!(derived, expected.bytes("derived_key"), "{}", vector.name);

        let plaintext = inputs.bytes("plaintext");
        let (ephemeral, iv) = (inputs.array("ephemeral_private"), inputs.array("iv"));
        let made = recipient.public().encrypt_with(&plaintext, ratchet.as_ref(), ephemeral, iv).unwrap();
        assert_eq!(made, expected.bytes("token"), "{}", vector.name);
        let ratchets: Vec<_> = ratchet_private.into_iter().collect();
        assert_eq!(recipient.decrypt(&made, &ratchets, false), Ok(plaintext), "{}", vector.name);
        encrypted += 1;
    }
    assert_eq!(encrypted, 3);
}

#[test]
fn enforced_ratchets_and_legacy_keys_are_refused_as_in_the_reference() {
    let vectors = of("identity_encryption");
    let named = |name| vectors.iter().find(|vector| vector.name == name).unwrap();

    let vector = named("ratchet_enforced_rejects_base_key");
    let recipient = Identity::from_private_bytes(&vector.inputs.array("recipient_private_key"));
    let ratchets: Vec<[u8; 32]> =
        vector.inputs.list("ratchet_privates").into_iter().map(|key| key.try_into().unwrap()).collect();
    let token = vector.inputs.bytes("token");
    assert_eq!(recipient.decrypt(&token, &ratchets, true), Err(TokenError::Forged));
    let plaintext = vector.expected.bytes("plaintext_when_not_enforced");
    assert_eq!(recipient.decrypt(&token, &ratchets, false), Ok(plaintext));

    let vector = named("legacy_aes128_token_rejected");
    let recipient = Identity::from_private_bytes(&vector.inputs.array("recipient_private_key"));
    assert!(!vector.expected.has("plaintext"));
    assert_eq!(recipient.decrypt(&vector.inputs.bytes("token"), &[], false), Err(TokenError::Forged));
}

#[test]
fn a_public_identity_read_from_its_bytes_is_the_same() {
    for vector in of("identity") {
        let public = PublicIdentity::from_slice(&vector.expected.bytes("public_key")).unwrap();
        let identity = Identity::from_private_bytes(&vector.inputs.array("private_key"));
        assert_eq!(&public, identity.public(), "{}", vector.name);
    }
}

#[test]
fn ratchets_have_the_public_key_and_the_name_of_the_reference() {
    let mut named = 0;
    for vector in of("identity_encryption").iter().filter(|vector| vector.expected.has("ratchet_id")) {
        let private = Zeroizing::new(vector.inputs.array("ratchet_private"));
        let ratchet = Ratchet::from_private_bytes(private, UnixTime::default());
        assert_eq!(ratchet.public(), vector.inputs.array("ratchet_public"), "{}", vector.name);
        assert_eq!(ratchet.id().as_bytes(), &vector.expected.array("ratchet_id"), "{}", vector.name);
        named += 1;
    }
    assert!(named > 0);
}
