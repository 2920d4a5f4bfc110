//! Becoming a member, stopping, and what is sent to one.
//! Not being kept out.

use super::act::{Already, Decision};
use super::nick::checked_nick;
use super::refusals::not_member;
use crate::group::event::{MemberJoined, MemberLeft, RelaySwitched};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::member::Relay;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
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
        let what = Sentence::GroupFull { members: group.member_count };
        return Err(Refusal::new(RefusalCode::GroupFull, what, Sentence::TryWhenSomebodyLeft));
    }
    let nick = nick.map(checked_nick).transpose()?;
    Ok(Decision::Event(MemberJoined { member, number: group.next_member_number, nick }.into()))
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
