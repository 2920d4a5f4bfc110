//! People ask to come in, are answered, approved in advance and invited.
//! Not the moment in which they are in: that is [`super::MemberJoined`].

use serde::{Deserialize, Serialize};

use crate::group::id::Seq;
use crate::group::invite::InviteId;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Somebody asked to join, or asked again with other words, and waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequested {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// What they want to be called.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// What they say about themselves.
    #[serde(rename = "t", default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Who has waited so long that they made room.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<IdentityHash>,
}

/// Somebody who waited was not let in, or did not want to any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinDenied {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Why, in words for that person too; may be empty.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who decided; themselves, if they have taken back what they asked. `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// A person may come in as soon as they ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPreapproved {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Who approved; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// An approval in advance was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreapprovalWithdrawn {
    /// Whose.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Who took it back; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// An invite was made. Its number is the number of this event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteMade {
    /// What is kept of its code.
    #[serde(rename = "i")]
    pub id: InviteId,
    /// How many it lets in.
    #[serde(rename = "n")]
    pub uses: u32,
    /// Until when; `None` for good.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixTime>,
    /// Who made it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
    /// An invite whose time was over, and which made room.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Seq>,
}

/// An invite was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRevoked {
    /// Its number.
    #[serde(rename = "n")]
    pub made: Seq,
    /// Who took it back; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

super::about_no_post!(
    JoinRequested,
    JoinDenied,
    IdentityPreapproved,
    PreapprovalWithdrawn,
    InviteMade,
    InviteRevoked
);
