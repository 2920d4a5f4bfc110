//! Keeping a person out, and letting them in again.
//! Not what a ban does to an open link.

use super::act::{Already, Decision};
use super::refusals::{checked_reason, ends_later};
use crate::group::ban::Ban;
use crate::group::caller::Caller;
use crate::group::event::{IdentityBanned, IdentityUnbanned};
use crate::group::facts::Standing;
use crate::group::refusal::Refusal;
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

pub(super) fn ban(
    caller: Caller,
    standing: &Standing,
    (identity, reason, until): (IdentityHash, String, Option<UnixTime>),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let reason = checked_reason(reason)?;
    ends_later(until, now, Sentence::OverBeforeItBegins)?;
    let by = caller.identity();
    // Whoever comes second learns of the first one's ban instead of putting their own in its place, unless there is
    // something left to remove.
    let stands = |ban: &&Ban| {
        ban.holds(now) && (ban.by != by && by.is_some() || ban.reason == reason && ban.until == until)
    };
    if standing.target_said.is_empty() && standing.target_ban.as_ref().filter(stands).is_some() {
        return Ok(Decision::Already(Already::Banned));
    }
    // Banned again, somebody is still called what they were called as a member.
    let before = standing.target_ban.as_ref();
    let (number, nick) = match &standing.target {
        Some(member) => (Some(member.number), member.nick.clone()),
        None => (before.and_then(|ban| ban.number), before.and_then(|ban| ban.nick.clone())),
    };
    let said = &standing.target_said;
    Ok(Decision::Event(IdentityBanned::new((identity, number, nick), reason, by, until, said).into()))
}

pub(super) fn unban(caller: Caller, standing: &Standing, identity: IdentityHash) -> Decision {
    match standing.target_ban {
        Some(_) => Decision::Event(IdentityUnbanned { identity, by: caller.identity() }.into()),
        None => Decision::Already(Already::NotBanned),
    }
}
