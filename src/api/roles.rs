//! `/api/v1/members/role`: giving roles and single permissions, taking them back, and saying what a role may.
//! Not who may; the rules decide that.

use serde::{Deserialize, Serialize};

use super::bytes::FixedBytes;
use super::format::Style;
use super::person::{Found, PersonRef, resolve};
use super::settings::{conflict, unchanged_since};
use super::{Call, Failure, Outcome};
use crate::api::refusal::{bad_field, wrong_field};
use crate::group::encoding::Decoded;
use crate::group::{Act, GroupEvent, Permission, PermissionSet, Refusal, Role, Sentence, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;
use crate::store::AuditWindow;

/// Most events that are looked through for what was done to a person since.
const LOOK_BACK: u32 = 10_000;

/// Asks what a person or a role may, or changes it. With `person`: `role`, `grant` or `revoke`, or none of them to look.
/// Without: `role`, and `permissions` to change what it may.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct RoleRequest {
    /// Whom it is about: a hash, a member's number or a nick.
    pub person: Option<PersonRef>,
    /// The role.
    pub role: Option<String>,
    /// A permission to give.
    pub grant: Option<String>,
    /// Until when it is given, in seconds since 1970; for good unless said.
    pub until: Option<u64>,
    /// A permission to take back.
    pub revoke: Option<String>,
    /// All that a role may from now on.
    pub permissions: Option<Vec<String>>,
    /// The number of the last event that the caller has seen: if somebody has changed the same since, nothing happens.
    pub expected: Option<u64>,
}

/// How it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RoleAnswer {
    /// The event that changed it; absent if nothing had to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub identity: Option<IdentityHash>,
    /// The role; absent for who is no member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// What the person has been given beyond the role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<&'static str>,
    /// What the role may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<&'static str>,
    /// About the hash that was given, if it was of another kind or is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Serves `/api/v1/members/role`.
pub fn role(call: &mut Call<'_, '_>, mut request: RoleRequest, _: Style) -> Result<RoleAnswer, Failure> {
    call.check(Permission::ChangeRoles)?;
    match request.person.take() {
        Some(person) => {
            let found = resolve(call, &person)?;
            unchanged_for(call, found.identity, request.expected)?;
            let act = about_person(request, found.identity)?;
            let changed = act.map_or(Ok(None), |act| done(call, act))?;
            person_answer(call, &found, changed)
        }
        None => {
            unchanged_since(call, request.expected)?;
            let name = request.role.unwrap_or_default();
            let role = named_role(&name)?;
            let changed = match request.permissions {
                None => None,
                Some(names) => {
                    let permissions = named_permissions(&names)?;
                    done(call, Act::DefineRole { role, permissions })?
                }
            };
            Ok(role_answer(call, role, changed))
        }
    }
}

/// What is to be done to a person, if something is.
fn about_person(request: RoleRequest, identity: IdentityHash) -> Result<Option<Act>, Failure> {
    let RoleRequest { role, grant, revoke, until, permissions, .. } = request;
    if permissions.is_some() {
        let what = "Permissions of a role are nobody's own.";
        return Err(bad_field("permissions", what, "Leave `person` out, or use `grant`.").into());
    }
    Ok(match (role, grant, revoke) {
        (None, None, None) => None,
        (Some(role), None, None) => Some(Act::AssignRole { member: identity, role: named_role(&role)? }),
        (None, Some(grant), None) => {
            let permission = named_permission("grant", &grant)?;
            let until = until.map(at_secs);
            Some(Act::Grant { identity, permission, until })
        }
        (None, None, Some(revoke)) => {
            Some(Act::Revoke { identity, permission: named_permission("revoke", &revoke)? })
        }
        _ => {
            let what = "More than one thing is to be done.";
            return Err(bad_field("role", what, "Send one of `role`, `grant` and `revoke`.").into());
        }
    })
}

/// A point in time that a request names in seconds.
fn at_secs(secs: u64) -> UnixTime {
    let micros = i64::try_from(secs).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    UnixTime::from_micros(micros)
}

pub(crate) fn done(call: &mut Call<'_, '_>, act: Act) -> Result<Option<u64>, Failure> {
    Ok(match call.act(act)? {
        Outcome::Happened(seq) => Some(seq.0),
        Outcome::Already(_) => None,
    })
}

fn person_answer(call: &Call<'_, '_>, found: &Found, changed: Option<u64>) -> Result<RoleAnswer, Failure> {
    let gid = call.group.facts.gid;
    let grants = call.store.grants(gid, found.identity)?;
    let grants = grants.iter().filter(|grant| grant.holds(call.now));
    Ok(RoleAnswer {
        changed,
        identity: Some(found.identity),
        role: call.store.member(gid, found.identity)?.map(|member| member.role.name()),
        grants: grants.map(|grant| grant.permission.name()).collect(),
        permissions: Vec::new(),
        note: found.note().map(|note| call.say(&[note])).transpose()?,
    })
}

fn role_answer(call: &Call<'_, '_>, role: Role, changed: Option<u64>) -> RoleAnswer {
    let permissions = call.group.facts.roles.permissions(role);
    RoleAnswer {
        changed,
        identity: None,
        role: Some(role.name()),
        grants: Vec::new(),
        permissions: permissions.iter().map(Permission::name).collect(),
        note: None,
    }
}

/// Refuses if somebody has given this person a role or a permission, or taken one, after the event that the caller has
/// seen.
fn unchanged_for(call: &Call<'_, '_>, person: IdentityHash, expected: Option<u64>) -> Result<(), Failure> {
    let Some(expected) = expected else { return Ok(()) };
    let since = AuditWindow::Since(Seq(expected));
    let concerns = |what: &Decoded| match what {
        Decoded::Event(GroupEvent::RoleAssigned(event)) => event.member == person,
        Decoded::Event(GroupEvent::PermissionGranted(event)) => event.identity == person,
        Decoded::Event(GroupEvent::PermissionRevoked(event)) => event.identity == person,
        _ => false,
    };
    let entries = call.store.audit(call.group.facts.gid, since, LOOK_BACK)?;
    match entries.iter().rev().find(|entry| concerns(&entry.what)) {
        Some(entry) => Err(conflict(call, entry.header.seq)?.into()),
        None => Ok(()),
    }
}

/// A role by what somebody has typed.
pub fn named_role(name: &str) -> Result<Role, Refusal> {
    Role::from_name(&name.trim().to_lowercase()).ok_or_else(|| {
        let roles: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        let what = Sentence::NoSuchRole { text: name.chars().take(20).collect() };
        let then = Sentence::ThereAre { names: roles.join(", ") };
        wrong_field("role", what, then)
    })
}

/// A permission by what somebody has typed: its name, or the part behind the dot where that says enough.
pub fn named_permission(field: &'static str, name: &str) -> Result<Permission, Refusal> {
    let wanted = name.trim().to_lowercase();
    let short = |permission: &&Permission| {
        permission.name().split_once('.').is_some_and(|(_, behind)| behind == wanted)
    };
    let mut by_part = Permission::ALL.iter().filter(short);
    let only = match (by_part.next(), by_part.next()) {
        (Some(only), None) => Some(*only),
        _ => None,
    };
    Permission::from_name(&wanted).or(only).ok_or_else(|| {
        let what = Sentence::NoSuchPermission { text: name.chars().take(30).collect() };
        wrong_field(field, what, Sentence::SomePermissions)
    })
}

fn named_permissions(names: &[String]) -> Result<PermissionSet, Refusal> {
    names.iter().map(|name| named_permission("permissions", name)).collect()
}
