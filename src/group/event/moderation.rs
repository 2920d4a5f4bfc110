//! What is done to members short of a ban, and to posts before others see them.
//! Not to posts that others have seen.

use serde::{Deserialize, Serialize};

use super::{Kept, post_record};
use crate::group::id::{MemberNumber, PostId};
use crate::group::post::Post;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A member was sent away, and may come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberKicked {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// The number they had.
    #[serde(rename = "n")]
    pub number: MemberNumber,
    /// Why.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who did it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// A person may read and not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberMuted {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Why.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who did it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
    /// Until when; `None` for good.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixTime>,
}

/// A person may write again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUnmuted {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Who said so; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// A post waits for somebody to look at it. Its private part is wiped when that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageHeld {
    /// What was said.
    pub post: Post,
    /// What it is held for.
    pub why: String,
}

/// A post that waited is not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDropped {
    /// Which.
    pub target: PostId,
    /// Whose it was.
    pub author: IdentityHash,
    /// Why.
    pub reason: String,
    /// Who said so; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
}

super::about_no_post!(MemberKicked, MemberMuted, MemberUnmuted);

/// The private part of [`MessageHeld`].
#[derive(Serialize, Deserialize)]
struct HeldRecord {
    #[serde(rename = "p", with = "serde_bytes")]
    post: Vec<u8>,
    #[serde(rename = "w")]
    why: String,
}

/// The private part of [`HeldDropped`].
#[derive(Serialize, Deserialize)]
struct DroppedRecord {
    #[serde(rename = "a")]
    author: IdentityHash,
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    by: Option<IdentityHash>,
}

impl Kept for MessageHeld {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.post.id]
    }

    fn private(&self) -> Vec<u8> {
        super::write(&HeldRecord { post: post_record::write(&self.post), why: self.why.clone() })
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let HeldRecord { post, why } = super::read(private)?;
        Some(Self { post: post_record::read(*post_ids.first()?, &post)?, why })
    }
}

impl Kept for HeldDropped {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.target]
    }

    fn private(&self) -> Vec<u8> {
        super::write(&DroppedRecord { author: self.author, reason: self.reason.clone(), by: self.by })
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let DroppedRecord { author, reason, by } = super::read(private)?;
        Some(Self { target: *post_ids.first()?, author, reason, by })
    }
}
