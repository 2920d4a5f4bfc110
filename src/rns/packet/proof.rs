//! Proofs of packets: a signature over the packet hash, alone (implicit) or behind the hash (explicit).
//! Not link request proofs and Resource proofs, which prove other things.

use crate::rns::error::DropReason;
use crate::rns::hash::PacketHash;
use crate::rns::identity::{Identity, PublicIdentity};

use super::{Context, DestinationType, Packet, PacketType};

/// `PacketReceipt.IMPL_LENGTH` in bytes: the signature.
const IMPLICIT: usize = 64;
/// `PacketReceipt.EXPL_LENGTH` in bytes: the packet hash and the signature.
const EXPLICIT: usize = 96;

/// How much of a proof is spelled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofForm {
    /// The signature only: 32 bytes shorter, and what the reference sends.
    Implicit,
    /// With the hash of the packet.
    Explicit,
}

/// The packet by which `prover` proves a packet to one of its SINGLE destinations.
pub fn build(prover: &Identity, packet: PacketHash, form: ProofForm) -> Vec<u8> {
    let signature = prover.sign(packet.as_bytes());
    let payload = match form {
        ProofForm::Implicit => signature.to_vec(),
        ProofForm::Explicit => [&packet.as_bytes()[..], &signature].concat(),
    };
    let (packet_type, destination_type) = (PacketType::Proof, DestinationType::Single);
    Packet::new(packet_type, destination_type, packet.truncated(), Context::None, &payload).pack()
}

/// Does the payload of a proof prove that `prover` received `packet`?
pub fn check(payload: &[u8], packet: PacketHash, prover: &PublicIdentity) -> Result<(), DropReason> {
    let signature = match payload.len() {
        IMPLICIT => payload,
        EXPLICIT => payload.strip_prefix(packet.as_bytes()).ok_or(DropReason::BadSignature)?,
        _ => return Err(DropReason::Malformed),
    };
    if prover.verify(packet.as_bytes(), signature) { Ok(()) } else { Err(DropReason::BadSignature) }
}
