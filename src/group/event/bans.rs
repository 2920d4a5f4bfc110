//! Persons are kept out, and let in again.
//! Not going by oneself.

use serde::{Deserialize, Serialize};

use super::seq_list::SeqList;
use crate::group::id::{MemberNumber, Seq};
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
    /// The number that they had as a member, if they were one.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<MemberNumber>,
    /// What they were called.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// Messages and reactions of theirs that were deleted with this, by their numbers: who wrote them is wiped with them.
    #[serde(rename = "s", default, skip_serializing_if = "SeqList::is_empty")]
    pub removed: SeqList,
}

impl IdentityBanned {
    /// A ban on somebody, by what they were called as a member, with the numbers of what it removes, which must rise.
    pub fn new(
        (identity, number, nick): (IdentityHash, Option<MemberNumber>, Option<String>),
        reason: String,
        by: Option<IdentityHash>,
        until: Option<UnixTime>,
        removed: &[Seq],
    ) -> Self {
        Self { identity, reason, by, until, number, nick, removed: SeqList::new(removed) }
    }
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
