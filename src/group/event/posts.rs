//! People say something.
//! Not the bytes of what they say; that is `post_record`.

use super::{Kept, post_record};
use crate::group::id::PostId;
use crate::group::post::Post;

/// Somebody said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePosted {
    /// What.
    pub post: Post,
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
        post_record::write(&self.post)
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        Some(Self { post: post_record::read(*post_ids.first()?, private)? })
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
