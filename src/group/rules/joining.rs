//! Coming in: asking, being approved, denied or added, and invites.
//! Not what is sent to a member, and not being kept out.

use super::act::{Already, Decision};
use super::nick::checked_nick;
use super::refusals::{not_found, reason_within};
use crate::group::applicant::Application;
use crate::group::caller::Caller;
use crate::group::event::{
    IdentityPreapproved, JoinDenied, JoinRequested, MemberJoined, PreapprovalWithdrawn, Way,
};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::joining::{JoinMode, MAX_APPLICATION};
use crate::group::member::Member;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::group::work::{self, Work};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Longest reason of a denial in bytes.
const MAX_REASON: usize = 200;
/// Most people that may be approved in advance and have not come: the cap of that table. Then none is added.
const MAX_PREAPPROVED: u32 = 10_000;

pub(super) fn join(
    group: &GroupFacts,
    member: IdentityHash,
    standing: &Standing,
    wish: Application,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if let Some(member) = &standing.member {
        return Ok(Decision::Already(Already::Member(member.number)));
    }
    let nick = wish.nick.map(checked_nick).transpose()?;
    let admission = &standing.admission;
    let came = |way, invite| {
        has_room(group)?;
        let number = group.next_member_number;
        Ok(Decision::Event(
            MemberJoined { way, invite, ..MemberJoined::new(member, number, nick.clone()) }.into(),
        ))
    };
    if wish.invite.is_some() && group.settings.joining.mode != JoinMode::Closed {
        return match admission.invite.as_ref().filter(|invite| invite.holds(now)) {
            Some(invite) => came(Some(Way::Invited), Some(invite.made)),
            None => Err(no_such_invite()),
        };
    }
    if admission.is_preapproved {
        return came(Some(Way::Preapproved), None);
    }
    match group.settings.joining.mode {
        JoinMode::Open => {
            has_room(group)?;
            pays(group, member, wish.work.as_ref(), now)?;
            came(None, None)
        }
        JoinMode::Approval => {
            let text = checked_text(&wish.text)?;
            pays(group, member, wish.work.as_ref(), now)?;
            ask(group, member, standing, (nick.clone(), text), now)
        }
        JoinMode::Invite => {
            Err(Refusal::new(RefusalCode::Invite, Sentence::OnlyInvited, Sentence::GetAnInvite))
        }
        JoinMode::Closed => {
            Err(Refusal::new(RefusalCode::Closed, Sentence::NobodyJoins, Sentence::AskToBeAdded))
        }
    }
}

fn ask(
    group: &GroupFacts,
    identity: IdentityHash,
    standing: &Standing,
    (nick, text): (Option<String>, String),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let admission = &standing.admission;
    if let Some(before) = &admission.applicant {
        let same = before.nick == nick && before.text == text;
        let again = JoinRequested { identity, nick, text, instead_of: None };
        return Ok(if same { Decision::Already(Already::Waiting) } else { Decision::Event(again.into()) });
    }
    let instead_of = match admission.waiting < u32::from(group.settings.joining.max_pending) {
        true => None,
        false => {
            let longest = admission.longest.as_ref().filter(|applicant| applicant.makes_room(now));
            let what = Sentence::ManyWaiting { count: admission.waiting };
            let full = || Refusal::new(RefusalCode::GroupFull, what, Sentence::AskInDays);
            Some(longest.ok_or_else(full)?.identity)
        }
    };
    Ok(Decision::Event(JoinRequested { identity, nick, text, instead_of }.into()))
}

/// Lets in who waits. Who has not asked may come in when they do.
pub(super) fn approve(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    identity: IdentityHash,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if let Some(already) = is_member(standing.target.as_ref()) {
        return Ok(already);
    }
    is_not_banned(standing, now)?;
    let by = caller.identity();
    let admission = &standing.admission;
    if let Some(applicant) = &admission.applicant {
        has_room(group)?;
        let joined = MemberJoined::new(identity, group.next_member_number, applicant.nick.clone());
        return Ok(Decision::Event(MemberJoined { way: Some(Way::Approved), by, ..joined }.into()));
    }
    if admission.is_preapproved {
        return Ok(Decision::Already(Already::Preapproved));
    }
    if admission.preapproved >= MAX_PREAPPROVED {
        let what = Sentence::ManyPreapproved { count: MAX_PREAPPROVED };
        return Err(Refusal::new(RefusalCode::GroupFull, what, Sentence::TakeBackApprovals));
    }
    Ok(Decision::Event(IdentityPreapproved { identity, by }.into()))
}

pub(super) fn deny(
    caller: Caller,
    standing: &Standing,
    identity: IdentityHash,
    reason: String,
) -> Result<Decision, Refusal> {
    let reason = reason_within(reason, MAX_REASON)?;
    let by = caller.identity();
    if standing.admission.applicant.is_some() {
        return Ok(Decision::Event(JoinDenied { identity, reason, by }.into()));
    }
    if standing.admission.is_preapproved {
        return Ok(Decision::Event(PreapprovalWithdrawn { identity, by }.into()));
    }
    Err(match standing.target {
        Some(_) => not_found(Sentence::IsMemberAlready, Sentence::KickIfNeeded),
        None => not_found(Sentence::HasNotAsked, Sentence::LookAtPending),
    })
}

pub(super) fn add(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    (identity, nick): (IdentityHash, Option<String>),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if let Some(already) = is_member(standing.target.as_ref()) {
        return Ok(already);
    }
    is_not_banned(standing, now)?;
    has_room(group)?;
    let nick = nick.map(checked_nick).transpose()?;
    let nick = nick.or_else(|| standing.admission.applicant.as_ref().and_then(|one| one.nick.clone()));
    let joined = MemberJoined::new(identity, group.next_member_number, nick);
    Ok(Decision::Event(MemberJoined { way: Some(Way::Added), by: caller.identity(), ..joined }.into()))
}

fn is_member(target: Option<&Member>) -> Option<Decision> {
    target.map(|member| Decision::Already(Already::Member(member.number)))
}

fn has_room(group: &GroupFacts) -> Result<(), Refusal> {
    if group.member_count >= group.settings.max_members || group.next_member_number.0 == u32::MAX {
        let what = Sentence::GroupFull { members: group.member_count };
        return Err(Refusal::new(RefusalCode::GroupFull, what, Sentence::TryWhenSomebodyLeft));
    }
    Ok(())
}

fn pays(group: &GroupFacts, person: IdentityHash, work: Option<&Work>, now: UnixTime) -> Result<(), Refusal> {
    let price = group.settings.joining.price;
    let brought = work.map_or(0, |work| work.value(group.gid, person, now));
    if brought >= u16::from(price) {
        return Ok(());
    }
    let what = match work {
        None => Sentence::JoinCosts { bits: price },
        Some(_) => Sentence::JoinWorth { bits: price, brought },
    };
    let then = Sentence::WorkForJoin { bits: price, day: work::day(now) };
    Err(Refusal::new(RefusalCode::Price, what, then).in_field("work"))
}

/// The text on one line, without what can't be seen.
fn checked_text(text: &str) -> Result<String, Refusal> {
    let words: Vec<_> = text.split_whitespace().collect();
    let text: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if text.len() > MAX_APPLICATION {
        let what = Sentence::TextTooLong { len: text.len(), max: MAX_APPLICATION };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::ShortenIt).in_field("text"));
    }
    Ok(text)
}

fn is_not_banned(standing: &Standing, now: UnixTime) -> Result<(), Refusal> {
    match standing.target_ban.as_ref().filter(|ban| ban.holds(now)) {
        Some(_) => Err(Refusal::new(RefusalCode::Banned, Sentence::TheyAreBanned, Sentence::UnbanFirst)),
        None => Ok(()),
    }
}

fn no_such_invite() -> Refusal {
    Refusal::new(RefusalCode::Invite, Sentence::NoSuchInvite, Sentence::AskForNewInvite).in_field("code")
}

#[cfg(test)]
mod tests;
