//! Saying something: at once, after somebody has looked at it, or not at all.
//! Not who hears of it.

use super::act::{Already, Decision};
use super::history;
use super::may::role_of;
use crate::group::body::Body;
use crate::group::event::{MessageHeld, MessagePosted, Reacted};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::moderation::pace::Wait;
use crate::group::moderation::{Author, HeldState, MAX_HELD, MAX_HELD_EACH};
use crate::group::post::Post;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::role::Role;
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A group with more members takes no sealed posts: whoever writes one encrypts it for each of them, and everybody pays
/// on the air for what is for the others. Who joins later can't read it either.
pub const MAX_SEALED_MEMBERS: u32 = 64;

pub(super) fn say(
    group: &GroupFacts,
    (author, is_exempt): (IdentityHash, bool),
    standing: &Standing,
    post: Post,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if let Some(seq) = standing.posted {
        return Ok(Decision::Already(Already::Posted(seq)));
    }
    match &standing.held_post {
        Some(HeldState::Waits(held)) => return Ok(Decision::Already(Already::Held(held.seq))),
        Some(HeldState::Dropped) => return Err(dropped()),
        None => {}
    }
    checked(group, author, &post)?;
    if post.body.is_reaction() {
        let what = Sentence::ReactsToUnknown;
        let not_found = || Refusal::new(RefusalCode::NotFound, what, Sentence::ReactToNewer);
        let target = standing.about.ok_or_else(not_found)?;
        if let Some(seq) = standing.reacted {
            return Ok(Decision::Already(Already::Posted(seq)));
        }
        keeps_pace(group, standing, (is_exempt, true), now)?;
        return Ok(Decision::Event(Reacted { target, post }.into()));
    }
    if let Some(to) = standing.answers {
        passes(group, is_exempt, standing, (&post, Beside::Direct), now)?;
        return history::direct(group, author, standing, to, post);
    }
    let post = Post { about: standing.about, ..post };
    // Who may publish what is held need not be looked at.
    let why = if is_exempt { None } else { look_at(group, standing, &post, now)? };
    keeps_pace(group, standing, (is_exempt, false), now)?;
    match why {
        Some(why) => hold(standing, post, &why),
        None => Ok(Decision::Event(MessagePosted::from(post).into())),
    }
}

/// What is said beside new messages to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// To one member. Nobody else looks at it.
    Direct,
    /// In the place of a message.
    Edit,
}

/// Does what is said beside new messages pass what they have to?
pub(super) fn passes(
    group: &GroupFacts,
    is_exempt: bool,
    standing: &Standing,
    (post, beside): (&Post, Beside),
    now: UnixTime,
) -> Result<(), Refusal> {
    keeps_pace(group, standing, (is_exempt, beside == Beside::Edit), now)?;
    if is_exempt {
        return Ok(());
    }
    match (look_at(group, standing, post, now)?, beside) {
        (Some(_), Beside::Edit) => {
            Err(Refusal::new(RefusalCode::Filtered, Sentence::EditNeedsALook, Sentence::SendAsNew))
        }
        (Some(_) | None, Beside::Direct) | (None, Beside::Edit) => Ok(()),
    }
}

fn look_at(
    group: &GroupFacts,
    standing: &Standing,
    post: &Post,
    now: UnixTime,
) -> Result<Option<Sentence>, Refusal> {
    let role = standing.member.as_ref().map(|member| role_of(group, member, now));
    let is_newcomer = role.is_none_or(|role| role == Role::Newcomer);
    // Who edits has posted before.
    let has_posted = standing.has_posted || standing.said.is_some();
    group.settings.moderation.look_at(post, Author { is_newcomer, has_posted })
}

fn hold(standing: &Standing, post: Post, why: &Sentence) -> Result<Decision, Refusal> {
    let (in_group, of_author) = standing.held;
    if of_author >= MAX_HELD_EACH || in_group >= MAX_HELD {
        return Err(Refusal::new(RefusalCode::SlowDown, Sentence::TooManyWait, Sentence::SendInHours));
    }
    // An event is told to many: it holds the words of English, which are read back.
    let why = why.to_string();
    Ok(Decision::Event(MessageHeld { post, why }.into()))
}

fn keeps_pace(
    group: &GroupFacts,
    standing: &Standing,
    (is_exempt, is_minor): (bool, bool),
    now: UnixTime,
) -> Result<(), Refusal> {
    let wait = standing.pace.wait(&group.settings.moderation, now, is_minor);
    let (what, secs) = match wait {
        // Staff answers as fast as it has to, but no client may run wild.
        Some(Wait::Slow(_)) if is_exempt => return Ok(()),
        Some(Wait::Slow(secs)) => {
            (Sentence::SlowGroup { secs: u64::from(group.settings.moderation.slow) }, secs)
        }
        Some(Wait::TooFast(secs)) => (Sentence::TooFast, secs),
        None => return Ok(()),
    };
    Err(Refusal::new(RefusalCode::SlowDown, what, Sentence::SendAgainIn { secs }))
}

fn dropped() -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, Sentence::LookedAtAndDropped, Sentence::SayItAnotherWay)
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
        let (members, most) = (group.member_count, MAX_SEALED_MEMBERS);
        let what = Sentence::SealedForFew { members, most };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::SendUnsealed).in_field("opaque"));
    }
    Ok(())
}
