//! The rules: who may do what, and what comes of it. Pure, so an act that comes late can be asked about again.
//! Not where the facts come from, and not what an event does to tables.

mod act;
mod bans;
mod choices;
mod membership;
mod nick;
mod posting;
mod refusals;

pub use act::{Act, Already, Decision};
pub use nick::{MAX_NICK, may_be_in_a_nick};
pub use refusals::banned;

use super::caller::Caller;
use super::facts::{GroupFacts, Standing};
use super::permission::{Holders, Permission, VisibilityClass};
use super::refusal::{Refusal, RefusalCode};
use super::sentence::Sentence;
use super::settings::{GroupRole, Settings};
use crate::rns::time::UnixTime;
use refusals::{identify, not_allowed, not_member, person};

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
        Holders::Class(VisibilityClass::Members) => Err(not_member()),
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
        Act::Join { nick } => membership::join(group, person(caller)?, standing, nick),
        Act::Leave => membership::leave(person(caller)?, standing),
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
