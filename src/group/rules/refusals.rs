//! Refusals that several rules give.
//! Not those that only one rule gives; they stand with it.

use crate::group::caller::Caller;
use crate::group::date;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

pub(super) fn person(caller: Caller) -> Result<IdentityHash, Refusal> {
    caller.identity().ok_or_else(identify)
}

pub(super) fn identify() -> Refusal {
    Refusal::new(
        RefusalCode::Identify,
        "This server does not know who you are.",
        "Identify on the link first.",
    )
}

pub(super) fn not_member() -> Refusal {
    Refusal::new(RefusalCode::NotMember, "Only members of this group may do that.", "Join it first.")
}

pub(super) fn not_found(what: &str, then: &str) -> Refusal {
    Refusal::new(RefusalCode::NotFound, what, then)
}

/// To who has asked to join, in place of [`not_member`].
pub(super) fn pending() -> Refusal {
    let what = "Your request to join waits for approval.";
    Refusal::new(RefusalCode::Pending, what, "You are told when it is decided.")
}

pub(super) fn not_allowed() -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, "You may not do that here.", "Ask this server's operator.")
}

pub(super) fn outranked() -> Refusal {
    let what = "This person stands as high here as you, or higher.";
    Refusal::new(RefusalCode::Outranked, what, "Ask somebody above both of you.")
}

/// What somebody is told who is banned.
pub fn banned(reason: &str, until: Option<UnixTime>) -> Refusal {
    let what = match reason {
        "" => "You are banned from this group.".into(),
        reason => format!("You are banned from this group: {reason}"),
    };
    let then = match until {
        Some(until) => format!("Try again after {}.", date::in_words(until)),
        None => "Ask this server's operator.".into(),
    };
    Refusal::new(RefusalCode::Banned, what, then)
}
