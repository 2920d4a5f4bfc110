//! Stopping to be a member, and what is sent to one.
//! Not becoming one, and not being kept out.

use super::act::{Already, Decision};
use super::nick::checked_nick;
use super::refusals::{not_allowed, not_found, not_member};
use crate::group::caller::Caller;
use crate::group::event::{JoinDenied, MemberLeft, MemberRenamed, RelaySwitched};
use crate::group::facts::Standing;
use crate::group::member::{Member, Relay};
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
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
        (Caller::Host, Some(target)) if !target.role.is_staff() => {
            Ok(Decision::Event(MemberLeft { member, idle: true }.into()))
        }
        (Caller::Host, _) => Err(not_found(Sentence::LooksAfterTheGroup, Sentence::NothingToDo)),
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

pub(super) fn change_nick(
    member: IdentityHash,
    row: Option<&Member>,
    nick: Option<String>,
) -> Result<Decision, Refusal> {
    rename(member, Some(row.ok_or_else(not_member)?), nick, Some(member))
}

pub(super) fn rename(
    member: IdentityHash,
    row: Option<&Member>,
    nick: Option<String>,
    by: Option<IdentityHash>,
) -> Result<Decision, Refusal> {
    let Some(row) = row else {
        let what = Sentence::NoMember;
        return Err(Refusal::new(RefusalCode::NotFound, what, Sentence::SeeWhoIs).in_field("member"));
    };
    let nick = nick.map(checked_nick).transpose()?;
    if row.nick == nick {
        return Ok(Decision::Already(Already::Called));
    }
    Ok(Decision::Event(MemberRenamed { member, nick, by }.into()))
}
