//! Stopping to be a member, and what is sent to one.
//! Not becoming one, and not being kept out.

use super::act::{Already, Decision};
use super::refusals::{not_allowed, not_found, not_member};
use crate::group::caller::Caller;
use crate::group::event::{JoinDenied, MemberLeft, RelaySwitched};
use crate::group::facts::Standing;
use crate::group::member::Relay;
use crate::group::refusal::Refusal;
use crate::rns::hash::IdentityHash;

/// Who waits for approval takes that back.
pub(super) fn leave(person: IdentityHash, standing: &Standing) -> Result<Decision, Refusal> {
    Ok(match (&standing.member, &standing.applicant) {
        (Some(_), _) => Decision::Event(MemberLeft::new(person).into()),
        (None, Some(_)) => {
            let (reason, by) = (String::new(), Some(person));
            Decision::Event(JoinDenied { identity: person, reason, by }.into())
        }
        (None, None) => Decision::Already(Already::NotMember),
    })
}

pub(super) fn let_go(caller: Caller, standing: &Standing, member: IdentityHash) -> Result<Decision, Refusal> {
    match (caller, &standing.target) {
        (Caller::Host, Some(_)) => Ok(Decision::Event(MemberLeft { member, idle: true }.into())),
        (Caller::Host, None) => Err(not_found("They are no member.", "There is nothing to do.")),
        _ => Err(not_allowed()),
    }
}

pub(super) fn switch_relay(
    member: IdentityHash,
    standing: &Standing,
    relay: Relay,
) -> Result<Decision, Refusal> {
    match &standing.member {
        Some(row) if row.relay == relay => Ok(Decision::Already(Already::Relay(relay))),
        Some(_) => Ok(Decision::Event(RelaySwitched { member, relay }.into())),
        // A grant may let a person choose who is no member, but there is nowhere to keep the choice.
        None => Err(not_member()),
    }
}
