//! The ids and numbers that name a group and what is in it.
//! Not network addresses: a group keeps its id when it changes its identity or its host.

use crate::hash_type;
use crate::rns::hash::{IdentityHash, truncated_sha256};

hash_type! {
    /// Names a group on every host: drawn at random, fixed by the group's first event.
    GroupId, 16
}
hash_type! {
    /// Names a post on every host, whichever way it came.
    PostId, 16
}

impl PostId {
    /// The id of what `author` says in `gid`. `signed` is the LXMF payload that the author signed, without stamp;
    /// for a post without a signature, the 8-byte id that the client chose stands for it.
    pub fn of(gid: GroupId, author: IdentityHash, signed: &[u8]) -> Self {
        Self::from_bytes(truncated_sha256(&[b"roost-post1", gid.as_bytes(), author.as_bytes(), signed]))
    }
}

/// Number of an event in its group, from 1, without gaps. A message's number is that of the event that posted it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The number of a group's first event.
    pub const FIRST: Self = Self(1);

    /// The number of the event after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a member in a group, given by the event of joining and never given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MemberNumber(pub u32);

impl MemberNumber {
    /// The number of the first who joins.
    pub const FIRST: Self = Self(1);

    /// The number that the next one to join gets.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for MemberNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
