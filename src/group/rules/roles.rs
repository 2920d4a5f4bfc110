//! Giving roles and permissions, taking them back, and saying what a role may.
//! Not who stands above whom: that was asked before.

use super::act::{Already, Decision};
use super::may::{caller_rank, may};
use super::refusals::ends_later;
use crate::group::caller::Caller;
use crate::group::event::{PermissionGranted, PermissionRevoked, RoleAssigned, RoleDefined};
use crate::group::facts::{GroupFacts, Standing};
use crate::group::permission::{Grant, GrantSource, Permission};
use crate::group::permission_set::PermissionSet;
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::role::Role;
use crate::group::sentence::Sentence;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Most permissions that single people of a group have: the cap of that table, whose eviction rule is that no more can
/// be given.
pub const MAX_GRANTS: u32 = 1_000;
/// What an owner must keep, or nobody could set anything right again.
const KEPT: &[Permission] = &[Permission::ChangeRoles, Permission::ChangeSettings, Permission::ReadMembers];

pub(super) fn assign(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    (member, role): (IdentityHash, Role),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let Some(target) = &standing.target else {
        let what = Sentence::NoMember;
        return Err(Refusal::new(RefusalCode::NotFound, what, Sentence::LetThemJoin).in_field("member"));
    };
    if target.role == role {
        return Ok(Decision::Already(Already::Role(role)));
    }
    let is_self = caller.identity() == Some(member);
    if is_self && role.rank() > target.role.rank() {
        let what = Sentence::NobodyLiftsThemselves;
        return Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::AskAboveYou));
    }
    let mine = caller_rank(group, caller, standing, now);
    // Owners make owners; all others give what is below them. Who steps down needs nothing for it.
    let is_owner = mine == Role::Owner.rank();
    if role.rank() > mine || (role.rank() == mine && !is_owner) {
        let what = Sentence::CantMake { role };
        return Err(Refusal::new(RefusalCode::Outranked, what, Sentence::AskOwner).in_field("role"));
    }
    if !is_self {
        has_all(group, caller, standing, group.roles.permissions(role), now)?;
    }
    Ok(Decision::Event(RoleAssigned { member, role, by: caller.identity() }.into()))
}

pub(super) fn define(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    (role, permissions): (Role, PermissionSet),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let before = group.roles.permissions(role);
    if before == permissions {
        return Ok(Decision::Already(Already::Defined));
    }
    let mine = caller_rank(group, caller, standing, now);
    if role.rank() >= mine && mine != Role::Owner.rank() {
        let what = Sentence::CantChangeRole { role };
        return Err(Refusal::new(RefusalCode::Outranked, what, Sentence::AskOwner).in_field("role"));
    }
    has_all(group, caller, standing, permissions.minus(before), now)?;
    if role == Role::Owner
        && let Some(lost) = KEPT.iter().find(|permission| !permissions.has(**permission))
    {
        let what = Sentence::OwnersNeed { permission: *lost };
        return Err(
            Refusal::new(RefusalCode::LockOut, what, Sentence::LeaveItWithThem).in_field("permissions")
        );
    }
    Ok(Decision::Event(RoleDefined { role, permissions, by: caller.identity() }.into()))
}

pub(super) fn grant(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    (identity, permission, until): (IdentityHash, Permission, Option<UnixTime>),
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if caller.identity() == Some(identity) {
        let what = Sentence::NobodyGrantsThemselves;
        return Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::AskAboveYou));
    }
    ends_later(until, now, Sentence::PermissionOverBeforeItBegins)?;
    has_all(group, caller, standing, PermissionSet::of(&[permission]), now)?;
    let same = |grant: &Grant| *grant == Grant { permission, source: GrantSource::Direct { until } };
    if standing.target_grants.iter().any(same) {
        return Ok(Decision::Already(Already::Granted));
    }
    if group.grant_count >= MAX_GRANTS {
        let what = Sentence::ManyGrants { most: MAX_GRANTS };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::GiveARole));
    }
    Ok(Decision::Event(PermissionGranted { identity, permission, until, by: caller.identity() }.into()))
}

pub(super) fn revoke(
    caller: Caller,
    standing: &Standing,
    (identity, permission): (IdentityHash, Permission),
) -> Decision {
    let own = if caller.identity() == Some(identity) { &standing.grants } else { &standing.target_grants };
    let is_direct =
        |grant: &Grant| grant.permission == permission && matches!(grant.source, GrantSource::Direct { .. });
    match own.iter().any(is_direct) {
        true => Decision::Event(PermissionRevoked { identity, permission, by: caller.identity() }.into()),
        false => Decision::Already(Already::NotGranted),
    }
}

/// Nobody gives what they don't have. An owner has everything to give: what owners may is theirs to say.
fn has_all(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    permissions: PermissionSet,
    now: UnixTime,
) -> Result<(), Refusal> {
    if caller_rank(group, caller, standing, now) >= Role::Owner.rank() {
        return Ok(());
    }
    match permissions.iter().find(|one| may(group, caller, standing, *one, now).is_err()) {
        None => Ok(()),
        Some(permission) => {
            let what = Sentence::CantGive { permission };
            Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::AskWhoHasIt))
        }
    }
}
