//! Persons are kept out, and let in again.
//! Not going by oneself.

use serde::{Deserialize, Serialize};

use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A person was banned, and is no member any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityBanned {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Why.
    #[serde(rename = "r")]
    pub reason: String,
    /// Who banned; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
    /// Until when; `None` for good.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixTime>,
}

/// A ban was lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityUnbanned {
    /// Whose.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Who lifted it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

super::about_no_post!(IdentityBanned, IdentityUnbanned);
