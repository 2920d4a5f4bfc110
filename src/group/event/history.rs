//! What was said changes: edited, deleted, pinned, said to one alone, or too old to be kept.
//! Not what was said first; that is `posts`.

use serde::{Deserialize, Serialize};

use super::post_record::Extra;
use super::{Kept, post_record};
use crate::group::id::{PostId, Seq};
use crate::group::post::Post;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Somebody said something else in the place of a message of theirs. The older text is wiped, so what is to stay of the
/// first event is told here again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEdited {
    /// Which message.
    pub target: PostId,
    /// What is said now, with its own proof.
    pub post: Post,
    /// When it was first said, by the author's clock.
    pub first: UnixTime,
    /// Whom it is for, if only for one.
    pub to: Option<IdentityHash>,
}

/// A message, or a reaction, was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDeleted {
    /// Which.
    pub target: PostId,
    /// Whose it was, if it was not theirs who deleted it.
    pub of: Option<IdentityHash>,
    /// Why; empty if nothing was said.
    pub reason: String,
    /// Who deleted it; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
}

/// Messages were deleted together: by their numbers, because who wrote them is wiped with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesPurged {
    /// How far each number is from the one before, the first one from 0.
    #[serde(rename = "s")]
    steps: Vec<u64>,
    /// Whose they were, if they were all of one person.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub of: Option<IdentityHash>,
    /// Why; empty if nothing was said.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who deleted them; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// A message was pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePinned {
    /// Which.
    pub target: PostId,
    /// Who pinned it; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
}

/// A message is not pinned any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageUnpinned {
    /// Which.
    pub target: PostId,
    /// Who said so; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
}

/// Somebody said something to one member. A kind of its own: a program that does not know it shows it to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectPosted {
    /// What.
    pub post: Post,
    /// To whom.
    pub to: IdentityHash,
}

/// Messages were too old, too many or too large to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    /// All up to this number that are not pinned.
    #[serde(rename = "t")]
    pub to: Seq,
}

impl MessagesPurged {
    /// Messages and reactions by their numbers, which must rise.
    pub fn new(seqs: &[Seq], of: Option<IdentityHash>, reason: String, by: Option<IdentityHash>) -> Self {
        let before = std::iter::once(Seq(0)).chain(seqs.iter().copied());
        let steps = seqs.iter().zip(before).map(|(seq, before)| seq.0.saturating_sub(before.0)).collect();
        Self { steps, of, reason, by }
    }

    /// The numbers.
    pub fn seqs(&self) -> impl Iterator<Item = Seq> + '_ {
        self.steps.iter().scan(0_u64, |seq, step| {
            *seq = seq.checked_add(*step)?;
            Some(Seq(*seq))
        })
    }
}

/// Who, and why: all that is private of an event that names its message in the header.
#[derive(Serialize, Deserialize)]
struct ActorRecord {
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    of: Option<IdentityHash>,
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    by: Option<IdentityHash>,
}

impl Kept for MessageEdited {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.post.id, self.target]
    }

    fn private(&self) -> Vec<u8> {
        post_record::write_with(&self.post, Extra { to: self.to, first: Some(self.first), approved: None })
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let [id, target, ..] = *post_ids else { return None };
        let (post, Extra { to, first, .. }) = post_record::read_with(id, private)?;
        Some(Self { target, post, first: first?, to })
    }
}

impl Kept for DirectPosted {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.post.id]
    }

    fn private(&self) -> Vec<u8> {
        post_record::write_with(&self.post, Extra { to: Some(self.to), ..Extra::default() })
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let (post, Extra { to, .. }) = post_record::read_with(*post_ids.first()?, private)?;
        Some(Self { post, to: to? })
    }
}

impl Kept for MessageDeleted {
    fn post_ids(&self) -> Vec<PostId> {
        vec![self.target]
    }

    fn private(&self) -> Vec<u8> {
        super::write(&ActorRecord { of: self.of, reason: self.reason.clone(), by: self.by })
    }

    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
        let ActorRecord { of, reason, by } = super::read(private)?;
        Some(Self { target: *post_ids.first()?, of, reason, by })
    }
}

/// Events that name one message in the header, and say who.
macro_rules! about_one_post {
    ($($name:ident),+) => {
        $(impl Kept for $name {
            fn post_ids(&self) -> Vec<PostId> {
                vec![self.target]
            }
            fn private(&self) -> Vec<u8> {
                super::write(&ActorRecord { of: None, reason: String::new(), by: self.by })
            }
            fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self> {
                let ActorRecord { by, .. } = super::read(private)?;
                Some(Self { target: *post_ids.first()?, by })
            }
        })+
    };
}

about_one_post!(MessagePinned, MessageUnpinned);
super::about_no_post!(MessagesPurged, Pruned);
