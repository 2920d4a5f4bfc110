//! Saying something.
//! Not who hears of it.

use super::act::{Already, Decision};
use crate::group::body::Body;
use crate::group::event::{MessagePosted, Reacted};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::post::Post;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;

/// A group with more members takes no sealed posts: whoever writes one encrypts it for each of them, and everybody pays
/// on the air for what is for the others. Who joins later can't read it either.
pub const MAX_SEALED_MEMBERS: u32 = 64;

pub(super) fn say(
    group: &GroupFacts,
    author: IdentityHash,
    standing: &Standing,
    post: Post,
) -> Result<Decision, Refusal> {
    if let Some(seq) = standing.posted {
        return Ok(Decision::Already(Already::Posted(seq)));
    }
    checked(group, author, &post)?;
    if post.body.is_reaction() {
        let what = Sentence::ReactsToUnknown;
        let not_found = || Refusal::new(RefusalCode::NotFound, what, Sentence::ReactToNewer);
        let target = standing.about.ok_or_else(not_found)?;
        if let Some(seq) = standing.reacted {
            return Ok(Decision::Already(Already::Posted(seq)));
        }
        return Ok(Decision::Event(Reacted { target, post }.into()));
    }
    Ok(Decision::Event(MessagePosted { post: Post { about: standing.about, ..post } }.into()))
}

/// Is it the author's, is something in it, and not too much?
pub(super) fn checked(group: &GroupFacts, author: IdentityHash, post: &Post) -> Result<(), Refusal> {
    if post.author != author || post.id != post.authorship.post_id(group.gid, author) {
        let what = Sentence::SomebodyElses;
        return Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::LetAuthorSend));
    }
    if post.body.is_empty() {
        let what = Sentence::NothingInIt;
        return Err(Refusal::new(RefusalCode::Empty, what, Sentence::SendAText).in_field("text"));
    }
    let (len, max) = (post.body.len(), group.settings.max_text);
    if len > usize::try_from(max).unwrap_or(usize::MAX) {
        let what = Sentence::PostTooLong { len, max };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::SendInParts).in_field("text"));
    }
    if matches!(post.body, Body::Opaque { .. }) && group.member_count > MAX_SEALED_MEMBERS {
        let what = format!(
            "This group has {} members, and sealed messages are for groups of at most {MAX_SEALED_MEMBERS}.",
            group.member_count
        );
        return Err(Refusal::new(RefusalCode::TooLarge, what, "Send it unsealed.").in_field("opaque"));
    }
    Ok(())
}
