//! The keys of a link once both sides have agreed: what it seals, opens, proves and verifies.
//! Not the link's state; a session has none and never changes.

use super::super::crypto::{self, Token};
use super::super::error::DropReason;
use super::super::hash::{LinkId, PacketHash};
use super::super::identity::{self, Identity};
use super::super::packet::{Context, DestinationType, Packet, PacketType, link_mdu};

/// Bytes of a packet proof on a link: packet hash and signature (`PacketReceipt.EXPL_LENGTH`).
const PROOF_LENGTH: usize = 96;

/// Keys and sizes of an agreed link.
#[derive(Debug)]
pub(crate) struct Session {
    id: LinkId,
    token: Token,
    mtu: usize,
    /// Signs proofs: the destination's identity, or the initiator's ephemeral keys.
    signer: Identity,
    /// The Ed25519 key that the other side's proofs are checked with.
    peer_key: [u8; 32],
}

impl Session {
    /// Derives the link key: HKDF with the link id as salt (page 05 §5).
    pub(super) fn derive(
        id: LinkId,
        shared: &[u8; 32],
        mtu: usize,
        signer: Identity,
        peer_key: [u8; 32],
    ) -> Option<Self> {
        let token = Token::new(&crypto::derive(shared, id.as_bytes(), 64)).ok()?;
        Some(Self { id, token, mtu, signer, peer_key })
    }

    /// The link's name.
    pub(crate) const fn id(&self) -> LinkId {
        self.id
    }

    /// `Link.mtu`: largest packet.
    pub(crate) const fn mtu(&self) -> usize {
        self.mtu
    }

    /// `Link.mdu`: most plaintext in one packet.
    pub(crate) fn mdu(&self) -> usize {
        link_mdu(self.mtu)
    }

    /// `Resource.sdu`: bytes of a Resource in one packet. Both sides count parts with it.
    pub(crate) fn sdu(&self) -> usize {
        self.mtu.saturating_sub(36).max(1)
    }

    /// The key, for streams that are encrypted as a whole.
    pub(crate) const fn token(&self) -> &Token {
        &self.token
    }

    /// A frame with `plaintext` encrypted. The IV must be new.
    pub(crate) fn seal(&self, context: Context, plaintext: &[u8], iv: [u8; 16]) -> Vec<u8> {
        self.frame(PacketType::Data, context, &self.token.encrypt(plaintext, iv))
    }

    /// A frame with `payload` as it is.
    pub(crate) fn frame(&self, packet_type: PacketType, context: Context, payload: &[u8]) -> Vec<u8> {
        Packet::new(packet_type, DestinationType::Link, self.id, context, payload).pack()
    }

    /// The plaintext of a packet, if it was made with the link's key.
    pub(crate) fn open(&self, payload: &[u8]) -> Result<Vec<u8>, DropReason> {
        self.token.decrypt(payload).map_err(|_| DropReason::Undecryptable)
    }

    /// The frame that proves a packet.
    pub(super) fn prove(&self, packet: PacketHash) -> Vec<u8> {
        let mut payload = Vec::with_capacity(PROOF_LENGTH);
        payload.extend_from_slice(packet.as_bytes());
        payload.extend_from_slice(&self.signer.sign(packet.as_bytes()));
        self.frame(PacketType::Proof, Context::None, &payload)
    }

    /// Did the other side sign the hash of this packet?
    pub(super) fn verify(&self, packet: PacketHash, signature: &[u8]) -> bool {
        identity::verify(&self.peer_key, packet.as_bytes(), signature)
    }

    #[cfg(test)]
    pub(crate) fn for_tests(
        id: LinkId,
        key: &[u8],
        mtu: usize,
        signer: Identity,
        peer_key: [u8; 32],
    ) -> Self {
        Self { id, token: Token::new(key).unwrap(), mtu, signer, peer_key }
    }
}

/// Splits the payload of a packet proof; on links it always names the packet (page 05 §8).
pub(super) fn split_proof(payload: &[u8]) -> Result<(PacketHash, &[u8]), DropReason> {
    if payload.len() != PROOF_LENGTH {
        return Err(DropReason::Malformed);
    }
    let (hash, signature) = payload.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
    Ok((PacketHash::from_bytes(*hash), signature))
}
