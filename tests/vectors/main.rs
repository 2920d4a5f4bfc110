//! Golden vectors of the wire protocol, made with the Python package `rns` 1.5.7 and put through it again.
//! Not behaviour over time; that is in `tests/sim`.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod access;
mod announces;
mod file;
mod keys;
mod lxmf;
mod packets;
mod transport;
mod tunnels;

/// Categories of `rns.json` that the modules here check.
const CHECKED: [&str; 14] = [
    "identity",
    "destination",
    "hkdf",
    "token",
    "identity_encryption",
    "packet",
    "packet_malformed",
    "proof",
    "announce",
    "announce_invalid",
    "path_request",
    "transport",
    "ifac",
    "tunnel",
];

#[test]
fn every_checked_category_has_vectors() {
    let all = file::load();
    for category in CHECKED {
        assert!(all.iter().any(|vector| vector.category == category), "no vectors in {category}");
    }
}
