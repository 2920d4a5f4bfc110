//! How the initiator of a link proves who it is: public key and signature over the link id.
//! Not the permission that follows from it.

use super::super::error::DropReason;
use super::super::hash::LinkId;
use super::super::identity::{Identity, PublicIdentity};

/// The content of an identify packet.
pub(super) fn pack(link: LinkId, identity: &Identity) -> Vec<u8> {
    let mut out = identity.public().as_bytes().to_vec();
    out.extend_from_slice(&identity.sign(&signed(link, identity.public())));
    out
}

/// Checks the content of an identify packet.
pub(super) fn verify(link: LinkId, plaintext: &[u8]) -> Result<PublicIdentity, DropReason> {
    let (key, signature) = plaintext.split_first_chunk::<64>().ok_or(DropReason::Malformed)?;
    if signature.len() != 64 {
        return Err(DropReason::Malformed);
    }
    let identity = PublicIdentity::from_bytes(*key);
    if identity.verify(&signed(link, &identity), signature) {
        Ok(identity)
    } else {
        Err(DropReason::BadSignature)
    }
}

fn signed(link: LinkId, identity: &PublicIdentity) -> Vec<u8> {
    [link.as_bytes().as_slice(), identity.as_bytes()].concat()
}
