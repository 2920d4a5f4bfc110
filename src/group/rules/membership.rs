//! Becoming a member, stopping, and what is sent to one.
//! Not being kept out.

use super::act::{Already, Decision};
use super::nick::checked_nick;
use super::refusals::not_member;
use crate::group::event::{MemberJoined, MemberLeft, MemberRenamed, RelaySwitched};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::member::{Member, Relay};
use crate::group::refusal::{Refusal, RefusalCode};
use crate::rns::hash::IdentityHash;

pub(super) fn join(
    group: &GroupFacts,
    member: IdentityHash,
    standing: &Standing,
    nick: Option<String>,
) -> Result<Decision, Refusal> {
    if let Some(member) = &standing.member {
        return Ok(Decision::Already(Already::Member(member.number)));
    }
    if group.member_count >= group.settings.max_members || group.next_member_number.0 == u32::MAX {
        let what = format!("This group is full: {} members.", group.member_count);
        return Err(Refusal::new(RefusalCode::GroupFull, what, "Try again when somebody has left."));
    }
    let nick = nick.map(checked_nick).transpose()?;
    Ok(Decision::Event(MemberJoined::new(member, group.next_member_number, nick).into()))
}

pub(super) fn leave(member: IdentityHash, standing: &Standing) -> Result<Decision, Refusal> {
    Ok(match standing.member {
        Some(_) => Decision::Event(MemberLeft { member }.into()),
        None => Decision::Already(Already::NotMember),
    })
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
        let what = "This person is no member.";
        return Err(Refusal::new(RefusalCode::NotFound, what, "See who is: /members.").in_field("member"));
    };
    let nick = nick.map(checked_nick).transpose()?;
    if row.nick == nick {
        return Ok(Decision::Already(Already::Called));
    }
    Ok(Decision::Event(MemberRenamed { member, nick, by }.into()))
}
