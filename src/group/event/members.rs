//! Members come, go and choose.
//! Not being kept out; that is a ban.

use serde::{Deserialize, Serialize};

use crate::group::id::{MemberNumber, Seq};
use crate::group::member::Relay;
use crate::group::name::named_enum;
use crate::group::role::Role;
use crate::rns::hash::IdentityHash;

named_enum! {
    /// How somebody came in who did not just ask.
    pub enum Way {
        /// They had asked, and were approved.
        Approved = "approved",
        /// They were approved before they asked.
        Preapproved = "preapproved",
        /// They brought an invite.
        Invited = "invited",
        /// Somebody put them in.
        Added = "added",
    }
}

/// Somebody joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberJoined {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// The number they get: one more than the last one that was given.
    #[serde(rename = "n")]
    pub number: MemberNumber,
    /// What they want to be called.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// What they are to the group from the first moment, where it is not the usual.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How they came in; `None` if they just asked.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// Who let them in; `None` if nobody had to, or it was the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
    /// The number of the invite that they used.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<Seq>,
}

impl MemberJoined {
    /// Somebody who just asked.
    pub const fn new(member: IdentityHash, number: MemberNumber, nick: Option<String>) -> Self {
        Self { member, number, nick, role: None, way: None, by: None, invite: None }
    }
}

/// Somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLeft {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// They were let go, because nothing had been heard of them for long.
    #[serde(rename = "i", default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
}

impl MemberLeft {
    /// Somebody who wanted to.
    pub const fn new(member: IdentityHash) -> Self {
        Self { member, idle: false }
    }
}

/// A member chose what is sent to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelaySwitched {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// What they chose.
    #[serde(rename = "r")]
    pub relay: Relay,
}

/// A member is called something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRenamed {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// What they are called; `None` for nothing but their hash.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// Who renamed them: themselves, or somebody else; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

super::about_no_post!(MemberJoined, MemberLeft, RelaySwitched, MemberRenamed);
