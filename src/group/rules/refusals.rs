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

pub(super) fn identify() -> Refusal {
    Refusal::new(RefusalCode::Identify, Sentence::WhoAreYou, Sentence::IdentifyFirst)
}

pub(super) fn not_member() -> Refusal {
    Refusal::new(RefusalCode::NotMember, Sentence::OnlyMembers, Sentence::JoinFirst)
}

pub(super) fn not_found(what: impl Into<Sentence>, then: impl Into<Sentence>) -> Refusal {
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
    let what = "This person stands as high here as you, or higher.";
    Refusal::new(RefusalCode::Outranked, what, "Ask somebody above both of you.")
}

/// What somebody is told who is banned.
pub fn banned(reason: &str, until: Option<UnixTime>) -> Refusal {
    let then = match until {
        Some(until) => Sentence::TryAfter { until },
        None => Sentence::AskOperator,
    };
    Refusal::new(RefusalCode::Banned, Sentence::Banned { reason: reason.to_owned() }, then)
}
