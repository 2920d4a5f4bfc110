//! The rules: who may do what, and what comes of it. Pure, so an act that comes late can be asked about again.
//! Not where the facts come from, and not what an event does to tables.

mod act;
mod bans;
mod choices;
mod invites;
mod joining;
mod membership;
mod nick;
mod posting;
mod refusals;

pub use act::{Act, Already, Decision};
pub use nick::{MAX_NICK, may_be_in_a_nick};
pub use posting::MAX_SEALED_MEMBERS;
pub use refusals::banned;

use super::caller::Caller;
use super::facts::{GroupFacts, Standing};
use super::permission::{Holders, Permission, VisibilityClass};
use super::refusal::{Refusal, RefusalCode};
use super::sentence::Sentence;
use super::settings::{GroupRole, Settings};
use crate::rns::time::UnixTime;
use refusals::{identify, not_allowed, not_member, pending, person};

/// May `caller` do what needs `permission`? The one place where that is decided.
pub fn may(
    settings: &Settings,
    caller: Caller,
    standing: &Standing,
    permission: Permission,
    now: UnixTime,
) -> Result<(), Refusal> {
    let holders = permission.holders(&settings.visibility);
    if holders == Holders::Class(VisibilityClass::World) || caller == Caller::Host {
        return Ok(());
    }
    if holders == Holders::Class(VisibilityClass::Nobody) {
        return Err(not_allowed());
    }
    match caller {
        Caller::Host | Caller::Operator => return Ok(()),
        Caller::Anonymous | Caller::Token(_) => return Err(identify()),
        Caller::Identified(_) => {}
    }
    if let Some(ban) = standing.ban.as_ref().filter(|ban| ban.holds(now)) {
        return Err(banned(&ban.reason, ban.until));
    }
    if standing.grants.iter().any(|grant| grant.permission == permission && grant.holds(now)) {
        return Ok(());
    }
    match holders {
        Holders::Anyone => Ok(()),
        Holders::Class(VisibilityClass::Members) if standing.member.is_some() => Ok(()),
        Holders::Class(VisibilityClass::Members) => {
            Err(if standing.applicant.is_some() { pending() } else { not_member() })
        }
        Holders::Class(VisibilityClass::World | VisibilityClass::Staff | VisibilityClass::Nobody) => {
            Err(not_allowed())
        }
    }
}

/// What comes of `act` in `group`. Says the same again for the same arguments, and changes nothing.
pub fn decide(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    act: Act,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    may(&group.settings, caller, standing, act.permission(), now)?;
    can_change(group)?;
    match act {
        Act::Join(wish) => joining::join(group, person(caller)?, standing, wish, now),
        Act::Leave => membership::leave(person(caller)?, standing),
        Act::LetGo { identity } => membership::let_go(caller, standing, identity),
        Act::Approve { identity } => joining::approve(group, caller, standing, identity, now),
        Act::Deny { identity, reason } => joining::deny(caller, standing, identity, reason),
        Act::Add { identity, nick } => joining::add(group, caller, standing, (identity, nick), now),
        Act::Invite { id, uses, until } => invites::make(caller, standing, id, uses, until, now),
        Act::RevokeInvite { made } => invites::revoke(group, caller, standing, made, now),
        Act::SwitchRelay(relay) => membership::switch_relay(person(caller)?, standing, relay),
        Act::ChooseLanguage(language) => choices::choose_language(person(caller)?, standing, language),
        Act::Post(post) => posting::say(group, person(caller)?, standing, post),
        Act::Ban { identity, reason, until } => bans::ban(caller, standing, identity, reason, until, now),
        Act::Unban { identity } => Ok(bans::unban(caller, standing, identity)),
    }
}

fn can_change(group: &GroupFacts) -> Result<(), Refusal> {
    if let Some(why) = &group.read_only {
        return Err(Refusal::new(RefusalCode::ReadOnly, why, Sentence::AskOperator));
    }
    match group.role {
        GroupRole::Origin => Ok(()),
        GroupRole::Mirror => {
            let what = Sentence::KeepsACopy;
            Err(Refusal::new(RefusalCode::NotOrderer, what, Sentence::AskItsServer))
        }
    }
}

#[cfg(test)]
mod tests;
