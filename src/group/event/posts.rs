//! People say something.
//! Not the bytes of what they say; that is `post_record`.

use serde::{Deserialize, Serialize};

use super::post_record::Extra;
use super::{Kept, post_record};
use crate::group::id::PostId;
use crate::group::post::Post;
use crate::rns::hash::IdentityHash;

/// Somebody said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePosted {
    /// What.
    pub post: Post,
    /// Who let it be published, if it was held before.
    pub approved: Option<Approval>,
}

/// That a post which was held may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who said so; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

impl From<Post> for MessagePosted {
    fn from(post: Post) -> Self {
        Self { post, approved: None }
    }
}

/// Somebody reacted to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reacted {
    /// To which post.
    pub target: PostId,
    /// The reaction: a post of nothing but that.
    pub post: Post,
}

impl Kept for MessagePosted {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.post.id]
    }

    fn private(&self) -> Vec<u8> {
        post_record::write_with(&self.post, Extra { approved: self.approved, ..Extra::default() })
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let (post, Extra { approved, .. }) = post_record::read_with(*post_ids.first()?, private)?;
        Some(Self { post, approved })
    }
}

impl Kept for Reacted {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.post.id, self.target]
    }

    fn private(&self) -> Vec<u8> {
        post_record::write(&self.post)
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let [id, target, ..] = *post_ids else { return None };
        Some(Self { target, post: post_record::read(id, private)? })
    }
}
