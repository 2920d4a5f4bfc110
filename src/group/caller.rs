//! Who asks for something.
//! Not what they may do: that is [`crate::group::rules::may`].

use crate::hash_type;
use crate::rns::hash::IdentityHash;

hash_type! {
    /// Names an access token; not the token itself.
    TokenId, 16
}

/// Who asks. Every road into the server ends in one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Nobody has said who they are.
    Anonymous,
    /// A link or a signature has proved this identity.
    Identified(IdentityHash),
    /// The bearer of a token. It opens what a visitor may see and nothing else: no grant can name a token yet.
    Token(TokenId),
    /// The program itself, for work that nobody asked for. It may do everything.
    Host,
    /// Whoever sits at the machine: the command line and the dashboard. May do and read all but what nobody reads.
    Operator,
}

impl Caller {
    /// The person, if it is one.
    pub const fn identity(self) -> Option<IdentityHash> {
        match self {
            Self::Identified(identity) => Some(identity),
            Self::Anonymous | Self::Token(_) | Self::Host | Self::Operator => None,
        }
    }
}
