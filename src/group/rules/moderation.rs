//! Sending away, muting, and what becomes of posts that were held.
//! Not keeping out for good; that is a ban.

use super::act::{Already, Decision};
use super::refusals::{checked_reason, ends_later, not_allowed};
use crate::group::caller::Caller;
use crate::group::event::{Approval, HeldDropped, MemberKicked, MemberMuted, MemberUnmuted, MessagePosted};
use crate::group::facts::Standing;
use crate::group::id::PostId;
use crate::group::moderation::HeldState;
use crate::group::mute::Mute;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

pub(super) fn kick(
    caller: Caller,
    standing: &Standing,
    member: IdentityHash,
    reason: String,
) -> Result<Decision, Refusal> {
    let reason = checked_reason(reason)?;
    Ok(match &standing.target {
        Some(row) => {
            let (number, by) = (row.number, caller.identity());
            Decision::Event(MemberKicked { member, number, reason, by }.into())
        }
        None => Decision::Already(Already::NotMember),
    })
}

pub(super) fn mute(
    caller: Caller,
    standing: &Standing,
    (identity, reason, until): (IdentityHash, String, Option<UnixTime>),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let reason = checked_reason(reason)?;
    ends_later(until, now, Sentence::MuteOverBeforeItBegins)?;
    let by = caller.identity();
    // Whoever comes second learns of the first one's mute instead of putting their own in its place.
    let stands = |mute: &&Mute| {
        mute.holds(now) && (mute.by != by && by.is_some() || mute.reason == reason && mute.until == until)
    };
    Ok(match standing.target_mute.as_ref().filter(stands) {
        Some(_) => Decision::Already(Already::Muted),
        None => Decision::Event(MemberMuted { identity, reason, by, until }.into()),
    })
}

pub(super) fn unmute(
    caller: Caller,
    standing: &Standing,
    identity: IdentityHash,
) -> Result<Decision, Refusal> {
    match standing.target_mute {
        // Staff that is muted can't end that by themselves.
        Some(_) if caller.identity() == Some(identity) => Err(not_allowed()),
        Some(_) => Ok(Decision::Event(MemberUnmuted { identity, by: caller.identity() }.into())),
        None => Ok(Decision::Already(Already::NotMuted)),
    }
}

pub(super) fn publish(caller: Caller, standing: &Standing) -> Result<Decision, Refusal> {
    Ok(match (&standing.held_post, standing.posted) {
        (_, Some(seq)) => Decision::Already(Already::Posted(seq)),
        (Some(HeldState::Waits(held)), None) => {
            let approved = Some(Approval { by: caller.identity() });
            Decision::Event(MessagePosted { post: held.post.clone(), approved }.into())
        }
        (Some(HeldState::Dropped), None) => Decision::Already(Already::Dropped),
        (None, None) => return Err(not_held()),
    })
}

pub(super) fn drop_held(
    caller: Caller,
    standing: &Standing,
    target: PostId,
    reason: String,
) -> Result<Decision, Refusal> {
    let reason = checked_reason(reason)?;
    Ok(match (&standing.held_post, standing.posted) {
        (_, Some(seq)) => Decision::Already(Already::Posted(seq)),
        (Some(HeldState::Waits(held)), None) => {
            let (author, by) = (held.post.author, caller.identity());
            Decision::Event(HeldDropped { target, author, reason, by }.into())
        }
        (Some(HeldState::Dropped), None) => Decision::Already(Already::Dropped),
        (None, None) => return Err(not_held()),
    })
}

fn not_held() -> Refusal {
    Refusal::new(RefusalCode::NotFound, Sentence::NotHeld, Sentence::SeeWhatWaits)
}
