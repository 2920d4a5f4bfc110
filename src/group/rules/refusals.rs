//! Refusals that several rules give.
//! Not those that only one rule gives; they stand with it.

use crate::group::caller::Caller;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

pub(super) fn person(caller: Caller) -> Result<IdentityHash, Refusal> {
    match caller {
        Caller::Identified(identity) => Ok(identity),
        Caller::Anonymous | Caller::Token(_) => Err(identify()),
        Caller::Host | Caller::Operator => {
            Err(Refusal::new(RefusalCode::Identify, Sentence::OnlyPeople, Sentence::UseAClient))
        }
    }
}

/// To who has to say who they are.
pub fn identify() -> Refusal {
    Refusal::new(RefusalCode::Identify, Sentence::WhoAreYou, Sentence::IdentifyFirst)
}

/// To who is no member.
pub fn not_member() -> Refusal {
    Refusal::new(RefusalCode::NotMember, Sentence::OnlyMembers, Sentence::JoinFirst)
}

pub(super) fn not_found(what: Sentence, then: Sentence) -> Refusal {
    Refusal::new(RefusalCode::NotFound, what, then)
}

/// To who has asked to join, in place of [`not_member`].
pub(super) fn pending() -> Refusal {
    Refusal::new(RefusalCode::Pending, Sentence::WaitsForApproval, Sentence::ToldWhenDecided)
}

pub(super) fn not_allowed() -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, Sentence::NotAllowed, Sentence::AskOperator)
}

pub(super) fn outranked() -> Refusal {
    let what = Sentence::Outranked;
    Refusal::new(RefusalCode::Outranked, what, Sentence::AskAboveBoth)
}

/// Longest reason in bytes.
pub const MAX_REASON: usize = 500;

/// A reason for what is done to a person or a message. It may be empty.
pub(super) fn checked_reason(reason: String) -> Result<String, Refusal> {
    reason_within(reason, MAX_REASON)
}

/// A reason of so many bytes at most.
pub(super) fn reason_within(reason: String, max: usize) -> Result<String, Refusal> {
    if reason.len() > max {
        let what = Sentence::ReasonTooLong { len: reason.len(), max };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::ShortenIt).in_field("reason"));
    }
    Ok(reason)
}

/// What ends must end later than it begins.
pub(super) fn ends_later(until: Option<UnixTime>, now: UnixTime, what: Sentence) -> Result<(), Refusal> {
    if until.is_some_and(|until| until <= now) {
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::GiveLaterTime).in_field("until"));
    }
    Ok(())
}

/// A reason as it stands in a sentence that ends by itself.
pub fn without_stop(reason: &str) -> String {
    reason.trim_end_matches('.').to_owned()
}

/// What somebody is told who is muted.
pub fn muted(reason: &str, until: Option<UnixTime>) -> Refusal {
    let then = match until {
        Some(until) => Sentence::TryAfter { until },
        None => Sentence::AskStaff,
    };
    Refusal::new(RefusalCode::Muted, Sentence::Muted { reason: without_stop(reason) }, then)
}

/// What somebody is told who is banned.
pub fn banned(reason: &str, until: Option<UnixTime>) -> Refusal {
    let then = match until {
        Some(until) => Sentence::TryAfter { until },
        None => Sentence::AskOperator,
    };
    Refusal::new(RefusalCode::Banned, Sentence::Banned { reason: without_stop(reason) }, then)
}
