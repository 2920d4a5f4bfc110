//! Who may, and who stands above whom: asked here and nowhere else, before anything is decided.
//! Not what comes of an act.

use super::act::Act;
use super::refusals::{banned, identify, muted, not_allowed, not_member, outranked, pending};
use crate::group::caller::Caller;
use crate::group::facts::{GroupFacts, Standing};
use crate::group::member::Member;
use crate::group::permission::{Grant, Holders, Permission, VisibilityClass};
use crate::group::permission_set::PermissionSet;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::role::{Rank, Role};
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// May `caller` do what needs `permission`? The one place where that is decided.
pub fn may(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    permission: Permission,
    now: UnixTime,
) -> Result<(), Refusal> {
    let holders = permission.holders(&group.settings.visibility);
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
    if let Some(mute) = standing.mute.as_ref().filter(|mute| permission.needs_a_voice() && mute.holds(now)) {
        return Err(muted(&mute.reason, mute.until));
    }
    if standing.grants.iter().any(|grant| grant.permission == permission && grant.holds(now)) {
        return Ok(());
    }
    let role = standing.member.as_ref().map(|member| role_of(group, member, now));
    match (holders, role) {
        (Holders::Anyone, _) => Ok(()),
        (Holders::Class(VisibilityClass::Staff), Some(role)) if !role.is_staff() => Err(not_allowed()),
        (Holders::Class(_) | Holders::Roles, Some(role)) => {
            let has = group.roles.permissions(role).has(permission);
            if has { Ok(()) } else { Err(role_may_not(role)) }
        }
        (Holders::Class(VisibilityClass::Members), None) => Err(stranger(standing)),
        (Holders::Roles, None) if group.roles.permissions(Role::Member).has(permission) => {
            Err(stranger(standing))
        }
        (Holders::Class(_) | Holders::Roles, None) => Err(not_allowed()),
    }
}

/// All that `caller` may.
pub fn permissions(group: &GroupFacts, caller: Caller, standing: &Standing, now: UnixTime) -> PermissionSet {
    let may = |permission: &Permission| may(group, caller, standing, *permission, now).is_ok();
    Permission::ALL.iter().copied().filter(may).collect()
}

fn stranger(standing: &Standing) -> Refusal {
    if standing.applicant.is_some() { pending() } else { not_member() }
}

/// What a member is to the group now: also who has come lately is a newcomer, without any event that says so.
pub fn role_of(group: &GroupFacts, member: &Member, now: UnixTime) -> Role {
    let is_new = group.settings.joining.is_on_probation(member.joined, now);
    if is_new && member.role == Role::Member { Role::Newcomer } else { member.role }
}

/// Does `caller` stand above `target`, who is the person that `standing` says? Everybody may act on themselves.
pub fn above(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    target: IdentityHash,
    now: UnixTime,
) -> Result<(), Refusal> {
    if caller.identity() == Some(target) {
        return Ok(());
    }
    let theirs = rank(group, standing.target.as_ref(), &standing.target_grants, now);
    if caller_rank(group, caller, standing, now) > theirs { Ok(()) } else { Err(outranked()) }
}

/// How high `caller` stands.
pub(super) fn caller_rank(group: &GroupFacts, caller: Caller, standing: &Standing, now: UnixTime) -> Rank {
    match caller {
        Caller::Host | Caller::Operator => Rank::HOST,
        Caller::Anonymous | Caller::Token(_) => Rank::STRANGER,
        Caller::Identified(_) => rank(group, standing.member.as_ref(), &standing.grants, now),
    }
}

/// Whoever has been given what members don't have stands above members: else they could not use it on any.
fn rank(group: &GroupFacts, member: Option<&Member>, grants: &[Grant], now: UnixTime) -> Rank {
    let usual = Role::Member.default_permissions();
    let is_trusted = grants.iter().any(|grant| grant.holds(now) && !usual.has(grant.permission));
    let trusted = if is_trusted { Rank::TRUSTED } else { Rank::STRANGER };
    trusted.max(member.map_or(Rank::STRANGER, |member| role_of(group, member, now).rank()))
}

/// Refuses what would take a group's last owner away. The operator of the machine is above that: a group with one owner
/// must not be out of reach.
pub(super) fn an_owner_stays(caller: Caller, standing: &Standing, act: &Act) -> Result<(), Refusal> {
    let goes = match act {
        Act::Leave => standing.member.as_ref(),
        Act::AssignRole { role: Role::Owner, .. } => None,
        _ => standing.target.as_ref(),
    };
    let is_last = goes.is_some_and(|member| member.role == Role::Owner) && standing.owners <= 1;
    if !is_last || matches!(caller, Caller::Operator | Caller::Host) {
        return Ok(());
    }
    let what = Sentence::NoOwnerLeft;
    Err(Refusal::new(RefusalCode::LastOwner, what, Sentence::MakeOwnerFirst))
}

fn role_may_not(role: Role) -> Refusal {
    let what = Sentence::RoleMayNot { role };
    Refusal::new(RefusalCode::NotAllowed, what, Sentence::AskStaff)
}
