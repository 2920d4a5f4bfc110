//! A post: what somebody says in a group, with the proof that they said it.
//! Not its number or the host's time: those come with the event that takes it in.

use super::body::Body;
use super::id::{GroupId, PostId};
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

/// How it is known who the author is. The bytes are as received, so that anyone can check them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorship {
    /// The author signed an LXMF message.
    Lxmf {
        /// To whose `lxmf.delivery`.
        destination: DestinationHash,
        /// From whose `lxmf.delivery`.
        source: DestinationHash,
        /// The signed elements: one MessagePack array without stamp.
        payload: Vec<u8>,
        /// Ed25519 over destination ‖ source ‖ payload ‖ message hash.
        signature: [u8; 64],
        /// The id of that LXMF message. It depends on the destination, so it never names the post.
        message_hash: [u8; 32],
    },
    /// The author's link had proved who they are; the host vouches.
    Link {
        /// Chosen by the client, or drawn by the host.
        client_id: [u8; 8],
    },
}

/// What somebody says in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The same on every host.
    pub id: PostId,
    /// Who says it.
    pub author: IdentityHash,
    /// When, by the author's clock.
    pub author_time: UnixTime,
    /// What.
    pub body: Body,
    /// How that is known.
    pub authorship: Authorship,
    /// The post of the group that it answers or goes on with. Its fields name an LXMF message, which is another one for
    /// everybody who has it, and which a host forgets after a while.
    pub about: Option<PostId>,
}

impl Post {
    /// A post whose id follows from the rest. What it is about, its host finds out.
    pub fn new(
        gid: GroupId,
        author: IdentityHash,
        author_time: UnixTime,
        body: Body,
        authorship: Authorship,
    ) -> Self {
        let id = authorship.post_id(gid, author);
        Self { id, author, author_time, body, authorship, about: None }
    }
}

impl Authorship {
    /// The id of the post that this is the proof for.
    pub fn post_id(&self, gid: GroupId, author: IdentityHash) -> PostId {
        match self {
            Self::Lxmf { payload, .. } => PostId::of(gid, author, payload),
            Self::Link { client_id } => PostId::of(gid, author, client_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lxmf(destination: u8) -> Authorship {
        Authorship::Lxmf {
            destination: DestinationHash::from_bytes([destination; 16]),
            source: DestinationHash::from_bytes([2; 16]),
            payload: b"what was signed".to_vec(),
            signature: [3; 64],
            message_hash: [destination; 32],
        }
    }

    #[test]
    fn a_post_has_one_id_whichever_host_it_was_sent_to() {
        let gid = GroupId::from_bytes([1; 16]);
        let author = IdentityHash::from_bytes([7; 16]);
        assert_eq!(lxmf(1).post_id(gid, author), lxmf(9).post_id(gid, author));
        // Origin: SHA-256 of "roost-post1" ‖ 16 × 01 ‖ 16 × 07 ‖ "what was signed", by Python's hashlib.
        assert_eq!(lxmf(1).post_id(gid, author).to_string(), "5504f13b0376ab5940379edc4d17a294");
    }

    #[test]
    fn the_same_words_in_another_group_or_by_another_author_are_another_post() {
        let (gid, author) = (GroupId::from_bytes([1; 16]), IdentityHash::from_bytes([7; 16]));
        let id = lxmf(1).post_id(gid, author);
        assert_ne!(id, lxmf(1).post_id(GroupId::from_bytes([2; 16]), author));
        assert_ne!(id, lxmf(1).post_id(gid, IdentityHash::from_bytes([8; 16])));
    }
}
