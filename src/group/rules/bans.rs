//! Keeping a person out, and letting them in again.
//! Not what a ban does to an open link.

use super::act::{Already, Decision};
use crate::group::ban::Ban;
use crate::group::caller::Caller;
use crate::group::event::{IdentityBanned, IdentityUnbanned};
use crate::group::facts::Standing;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Longest reason of a ban in bytes.
const MAX_REASON: usize = 500;

pub(super) fn ban(
    caller: Caller,
    standing: &Standing,
    identity: IdentityHash,
    reason: String,
    until: Option<UnixTime>,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if reason.len() > MAX_REASON {
        let what = Sentence::ReasonTooLong { len: reason.len(), max: MAX_REASON };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::ShortenIt).in_field("reason"));
    }
    if until.is_some_and(|until| until <= now) {
        let what = Sentence::OverBeforeItBegins;
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::GiveLaterTime).in_field("until"));
    }
    let same = |ban: &&Ban| ban.holds(now) && ban.reason == reason && ban.until == until;
    Ok(match standing.target_ban.as_ref().filter(same) {
        Some(_) => Decision::Already(Already::Banned),
        None => Decision::Event(IdentityBanned { identity, reason, by: caller.identity(), until }.into()),
    })
}

pub(super) fn unban(caller: Caller, standing: &Standing, identity: IdentityHash) -> Decision {
    match standing.target_ban {
        Some(_) => Decision::Event(IdentityUnbanned { identity, by: caller.identity() }.into()),
        None => Decision::Already(Already::NotBanned),
    }
}
