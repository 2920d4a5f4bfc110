//! Why an errand came to nothing: what happened, and what to do.
//! Not what is lost on the way and tried again.

use crate::rns::hash::DestinationHash;
use crate::store::StoreError;

/// Why an errand came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No interface came up.
    #[error("no interface is up")]
    NoInterface,
    /// Nobody knows the way.
    #[error(
        "nobody has answered for the group {0}. Check the address, that its server runs, and that it is on the same \
         network; over radio a better place may do"
    )]
    NoPath(DestinationHash),
    /// Links don't come about.
    #[error(
        "the way to the group is known, but no link to its server came about. It may be out of reach or switched off: \
         try again later"
    )]
    NoLink,
    /// Links come about, but nothing is answered.
    #[error("the group's server does not answer. Try again later; over radio a better place may do")]
    NoAnswer,
    /// The server says no.
    #[error("{what} {then}")]
    Refused {
        /// For programs.
        code: String,
        /// What happened.
        what: String,
        /// What to do.
        then: String,
    },
    /// An answer makes no sense here.
    #[error("the server's answer can't be read ({0}). It may be newer than this program: use a newer one")]
    Strange(&'static str),
    /// This group is not one of the member's.
    #[error("this group is not known here. Join it first: roost join {0}")]
    NotKnown(DestinationHash),
    /// The cache.
    #[error("the messages kept on this machine: {0}")]
    Store(#[from] StoreError),
}

impl ClientError {
    /// Will it be the same the next time, too?
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Strange(_) | Self::NotKnown(_) | Self::Store(_))
    }
}
