//! Saying something.
//! Not who hears of it.

use super::act::{Already, Decision};
use crate::group::event::{MessagePosted, Reacted};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::post::Post;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;

pub(super) fn say(
    group: &GroupFacts,
    author: IdentityHash,
    standing: &Standing,
    post: Post,
) -> Result<Decision, Refusal> {
    if post.author != author || post.id != post.authorship.post_id(group.gid, author) {
        let what = Sentence::SomebodyElses;
        return Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::LetAuthorSend));
    }
    if let Some(seq) = standing.posted {
        return Ok(Decision::Already(Already::Posted(seq)));
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
    if post.body.is_reaction() {
        let what = Sentence::ReactsToUnknown;
        let not_found = || Refusal::new(RefusalCode::NotFound, what, Sentence::ReactToNewer);
        let target = standing.about.ok_or_else(not_found)?;
        return Ok(Decision::Event(Reacted { target, post }.into()));
    }
    Ok(Decision::Event(MessagePosted { post: Post { about: standing.about, ..post } }.into()))
}
