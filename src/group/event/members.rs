//! Members come, go and choose.
//! Not being kept out; that is a ban.

use serde::{Deserialize, Serialize};

use crate::group::id::MemberNumber;
use crate::group::member::Relay;
use crate::rns::hash::IdentityHash;

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
}

/// Somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLeft {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
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

super::about_no_post!(MemberJoined, MemberLeft, RelaySwitched);
