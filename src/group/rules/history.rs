//! Changing what was said: editing, deleting, pinning, saying something to one member, and letting go of what is old.
//! Not saying something to all; that is `posting`.

use super::act::{Already, Decision};
use super::posting::checked;
use super::refusals::{checked_reason, not_member};
use crate::group::caller::Caller;
use crate::group::event::{
    DirectPosted, MessageDeleted, MessageEdited, MessagePinned, MessageUnpinned, MessagesPurged, Pruned,
};
use crate::group::facts::{GroupFacts, Said, Standing};
use crate::group::id::Seq;
use crate::group::permission::Permission;
use crate::group::post::Post;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;

/// Most pinned messages of a group: they are shown to everybody who comes.
pub const MAX_PINS: u32 = 16;
/// Most messages that are deleted together.
pub const MAX_PURGE: u32 = 4_096;

/// What deleting needs: less for what is one's own.
pub(super) fn delete_permission(caller: Caller, standing: &Standing) -> Permission {
    let author = standing.said.as_ref().map(|said| said.author);
    match (author, caller.identity()) {
        (Some(author), Some(caller)) if author == caller => Permission::DeleteOwn,
        _ => Permission::DeleteAny,
    }
}

pub(super) fn edit(
    group: &GroupFacts,
    author: IdentityHash,
    standing: &Standing,
    post: Post,
) -> Result<Decision, Refusal> {
    let said = found(standing)?;
    let Some(before) = &said.post else {
        return Err(Refusal::new(
            RefusalCode::BadRequest,
            Sentence::ReactionHasNoText,
            Sentence::DeleteItInstead,
        ));
    };
    if said.author != author {
        let what = Sentence::NotYourMessage;
        return Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::AnswerItInstead));
    }
    checked(group, author, &post)?;
    if post.body == before.body || post.id == before.id {
        return Ok(Decision::Already(Already::Posted(said.seq)));
    }
    if post.body.is_reaction() {
        let what = Sentence::NoMessageToReaction;
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::SendAText));
    }
    let post = Post { about: before.about, ..post };
    let event = MessageEdited { target: said.id, post, first: said.first, to: said.recipient };
    Ok(Decision::Event(event.into()))
}

pub(super) fn delete(caller: Caller, standing: &Standing, reason: String) -> Result<Decision, Refusal> {
    let said = found(standing)?;
    let (target, by) = (said.id, caller.identity());
    let of = Some(said.author).filter(|author| by != Some(*author));
    let event = MessageDeleted { target, of, reason: checked_reason(reason)?, by };
    Ok(Decision::Event(event.into()))
}

pub(super) fn purge(
    caller: Caller,
    standing: &Standing,
    of: Option<IdentityHash>,
    reason: String,
) -> Result<Decision, Refusal> {
    if standing.purged.is_empty() {
        return Ok(Decision::Already(Already::Deleted));
    }
    let event = MessagesPurged::new(&standing.purged, of, checked_reason(reason)?, caller.identity());
    Ok(Decision::Event(event.into()))
}

pub(super) fn pin(caller: Caller, standing: &Standing) -> Result<Decision, Refusal> {
    let said = found(standing)?;
    let (target, by) = (said.id, caller.identity());
    if said.post.is_none() || said.recipient.is_some() {
        let what = Sentence::OnlyMessagesToAll;
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::PinAnother));
    }
    if said.pinned {
        return Ok(Decision::Already(Already::Pinned));
    }
    if standing.pins >= MAX_PINS {
        let what = Sentence::ManyPinned { most: MAX_PINS };
        return Err(Refusal::new(RefusalCode::TooMany, what, Sentence::UnpinFirst));
    }
    Ok(Decision::Event(MessagePinned { target, by }.into()))
}

pub(super) fn unpin(caller: Caller, standing: &Standing) -> Result<Decision, Refusal> {
    let said = found(standing)?;
    match said.pinned {
        true => Ok(Decision::Event(MessageUnpinned { target: said.id, by: caller.identity() }.into())),
        false => Ok(Decision::Already(Already::NotPinned)),
    }
}

pub(super) fn direct(
    group: &GroupFacts,
    author: IdentityHash,
    standing: &Standing,
    to: IdentityHash,
    post: Post,
) -> Result<Decision, Refusal> {
    if let Some(seq) = standing.posted {
        return Ok(Decision::Already(Already::Posted(seq)));
    }
    checked(group, author, &post)?;
    // A grant may let a person write who is no member, but an answer would find nobody.
    if standing.member.is_none() {
        return Err(not_member());
    }
    if standing.recipient.is_none() {
        let what = Sentence::RecipientIsNoMember;
        let refusal = Refusal::new(RefusalCode::NotFound, what, Sentence::SeeMembers);
        return Err(refusal.in_field("to"));
    }
    if to == author || post.body.is_reaction() {
        let what = Sentence::NotToOneMember;
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::TextToSomebodyElse));
    }
    let post = Post { about: standing.about, ..post };
    Ok(Decision::Event(DirectPosted { post, to }.into()))
}

pub(super) fn prune(to: Seq) -> Decision {
    Decision::Event(Pruned { to }.into())
}

fn found(standing: &Standing) -> Result<&Said, Refusal> {
    let (what, then) = (Sentence::NoSuchMessage, Sentence::LookForItsNumber);
    standing.said.as_ref().ok_or_else(|| Refusal::new(RefusalCode::NotFound, what, then))
}
