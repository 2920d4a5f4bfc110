//! A member of a group.
//! Not the person's keys, and not what the person may do beyond being a member.

use super::id::MemberNumber;
use super::name::named_enum;
use super::role::Role;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

named_enum! {
    /// What a member has sent to them without asking each time.
    pub enum Relay {
        /// Nothing: the default.
        Off = "off",
        /// Every new message.
        Everything = "everything",
        /// Every new message, as text: no files, pictures or sound, and no reactions.
        Text = "text",
        /// The same, each cut to what fits one packet.
        Short = "short",
        /// Only messages that name or answer them, as text.
        Mentions = "mentions",
    }
}

/// Someone who has joined and not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub identity: IdentityHash,
    /// Their number in this group; who joins again gets a new one.
    pub number: MemberNumber,
    /// What they want to be called.
    pub nick: Option<String>,
    /// What is sent to them.
    pub relay: Relay,
    /// What they are to the group.
    pub role: Role,
    /// When they joined, by the host's clock.
    pub joined: UnixTime,
}
