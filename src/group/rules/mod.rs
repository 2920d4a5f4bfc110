//! The rules: who may do what, and what comes of it. Pure, so an act that comes late can be asked about again.
//! Not where the facts come from, and not what an event does to tables.

mod act;
mod bans;
mod choices;
mod history;
mod invites;
mod joining;
mod may;
mod membership;
mod moderation;
mod nick;
mod posting;
mod refusals;
mod roles;
mod settings;

pub use act::{Act, Already, Decision};
pub use history::{MAX_PINS, MAX_PURGE};
pub use may::{above, may, permissions, role_of};
pub(in crate::group) use nick::checked_nick;
pub use nick::{MAX_NICK, may_be_in_a_nick, may_be_seen};
pub use posting::MAX_SEALED_MEMBERS;
pub use refusals::{MAX_REASON, banned, identify, muted, not_member, without_stop};
pub use roles::MAX_GRANTS;
pub use settings::{MAX_DESCRIPTION, MAX_GROUP_NAME, MAX_RULES, checked};

use super::caller::Caller;
use super::facts::{GroupFacts, Standing};
use super::permission::Permission;
use super::post::Post;
use super::refusal::{Refusal, RefusalCode};
use super::sentence::Sentence;
use super::settings::GroupRole;
use crate::rns::time::UnixTime;
use may::an_owner_stays;
use posting::Beside;
use refusals::person;

/// What comes of `act` in `group`. Says the same again for the same arguments, and changes nothing.
pub fn decide(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    act: Act,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let permission = match &act {
        Act::Delete { .. } => history::delete_permission(caller, standing),
        _ => act.permission(),
    };
    may(group, caller, standing, permission, now)?;
    can_change(group)?;
    if let Some(target) = act.target() {
        above(group, caller, standing, target, now)?;
    }
    if act.may_end_an_owner() {
        an_owner_stays(caller, standing, &act)?;
    }
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
        Act::ChooseNotify(choice) => choices::choose_notify(person(caller)?, standing, choice),
        Act::ChooseLanguage(language) => choices::choose_language(person(caller)?, standing, language),
        Act::ChangeNick(nick) => membership::change_nick(person(caller)?, standing.member.as_ref(), nick),
        Act::RenameMember { member, nick } => {
            membership::rename(member, standing.target.as_ref(), nick, caller.identity())
        }
        Act::Post(post) => {
            let is_exempt = may_say(group, caller, standing, &post, now)?;
            posting::say(group, (person(caller)?, is_exempt), standing, post, now)
        }
        Act::Direct { to, post } => {
            let is_exempt = may_say(group, caller, standing, &post, now)?;
            posting::passes(group, is_exempt, standing, (&post, Beside::Direct), now)?;
            history::direct(group, person(caller)?, standing, to, post)
        }
        Act::Edit { target: _, post } => {
            let is_exempt = may_say(group, caller, standing, &post, now)?;
            posting::passes(group, is_exempt, standing, (&post, Beside::Edit), now)?;
            history::edit(group, person(caller)?, standing, post)
        }
        Act::Delete { target: _, reason } => {
            if let Some(said) = &standing.said {
                above(group, caller, standing, said.author, now)?;
            }
            history::delete(caller, standing, reason)
        }
        Act::Purge { of, since: _, before: _, reason } => history::purge(caller, standing, of, reason),
        Act::Pin(_) => history::pin(caller, standing),
        Act::Unpin(_) => history::unpin(caller, standing),
        Act::Prune(to) => Ok(history::prune(to)),
        Act::AssignRole { member, role } => roles::assign(group, caller, standing, (member, role), now),
        Act::DefineRole { role, permissions } => {
            roles::define(group, caller, standing, (role, permissions), now)
        }
        Act::Grant { identity, permission, until } => {
            roles::grant(group, caller, standing, (identity, permission, until), now)
        }
        Act::Revoke { identity, permission } => Ok(roles::revoke(caller, standing, (identity, permission))),
        Act::ChangeSettings(settings) => settings::change(group, caller, standing, *settings, now),
        Act::RenameGroup { name, private_name } => settings::rename(group, caller, name, private_name),
        Act::Ban { identity, reason, until, remove: _ } => {
            bans::ban(caller, standing, (identity, reason, until), now)
        }
        Act::Unban { identity } => Ok(bans::unban(caller, standing, identity)),
        Act::Kick { member, reason } => moderation::kick(caller, standing, member, reason),
        Act::Mute { identity, reason, until } => {
            moderation::mute(caller, standing, (identity, reason, until), now)
        }
        Act::Unmute { identity } => moderation::unmute(caller, standing, identity),
        Act::Publish(_) => moderation::publish(caller, standing),
        Act::Drop { post, reason } => moderation::drop_held(caller, standing, post, reason),
    }
}

/// Files, pictures and sound need more than a text. Says whether nobody has to look at what this person says.
fn may_say(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    post: &Post,
    now: UnixTime,
) -> Result<bool, Refusal> {
    if post.body.fields().has_attachments() {
        may(group, caller, standing, Permission::Attach, now)?;
    }
    Ok(may(group, caller, standing, Permission::Review, now).is_ok())
}

fn can_change(group: &GroupFacts) -> Result<(), Refusal> {
    if let Some(why) = &group.read_only {
        // What the store has written there is English.
        let known = Some(Sentence::ChangedUnknown).filter(|known| known.to_string() == *why);
        let what = known.unwrap_or_else(|| Sentence::text(why));
        return Err(Refusal::new(RefusalCode::ReadOnly, what, Sentence::AskOperator));
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
