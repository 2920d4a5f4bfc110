//! `/role`, `/grant`, `/revoke`, `/rename`, `/set` and `/audit`: running a group.
//! Not keeping the peace, and not letting people in.

use std::collections::BTreeMap;

use super::{Span, Words, fit, unquoted};
use crate::api::audit::{AuditRequest, audit};
use crate::api::person::{Found, resolve_text};
use crate::api::roles::{done, named_permission, named_role};
use crate::api::settings::change;
use crate::api::{Call, Failure, format::Style};
use crate::group::setting::{SETTINGS, SettingValue, setting};
use crate::group::{Act, Permission, Refusal, RefusalCode, Role, Sentence, date};

/// Most entries that `/audit` looks at.
const MAX_AUDIT: u32 = 50;
/// Entries that fit one packet, about.
const DEFAULT_AUDIT: u32 = 5;

/// `/role NAME`, `/role NAME ROLE`, `/role ROLE`, `/role ROLE +PERMISSION -PERMISSION`.
pub(super) fn role(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    call.check(Permission::ChangeRoles)?;
    let mut words = Words::new(arguments);
    let Some(name) = words.person() else {
        return Err(missing(Sentence::SendRole).into());
    };
    let rest = words.rest();
    // A nick may be the name of a role, too.
    let is_about_a_role = rest.is_empty() || rest.starts_with(['+', '-', '\u{2212}']);
    if let Ok(role) = named_role(name)
        && is_about_a_role
    {
        return what_a_role_may(call, role, rest);
    }
    let found = resolve_text(call, name)?;
    let person = found.name(call)?;
    if rest.is_empty() {
        let grants = call.store.grants(call.group.facts.gid, found.identity)?;
        let grants = grants.iter().filter(|grant| grant.holds(call.now)).map(|grant| grant.permission.name());
        let (name, grants) = (person.into(), grants.collect::<Vec<_>>().join(", ").into());
        let said = match &found.member {
            Some(member) => Sentence::RoleIs { name, role: member.role, grants },
            None => Sentence::NoRole { name, grants },
        };
        return noted(call, said, &found);
    }
    let role = named_role(rest)?;
    let said = match done(call, Act::AssignRole { member: found.identity, role })? {
        Some(_) => Sentence::RoleGiven { name: person, role },
        None => Sentence::RoleHeld { name: person, role },
    };
    noted(call, said, &found)
}

fn what_a_role_may(call: &mut Call<'_, '_>, role: Role, changes: &str) -> Result<String, Failure> {
    let mut permissions = call.group.facts.roles.permissions(role);
    for change in changes.split_whitespace() {
        let permission = |name| named_permission("permissions", name);
        permissions = match (change.strip_prefix('+'), change.strip_prefix(['-', '\u{2212}'])) {
            (Some(name), _) => permissions.with(&[permission(name)?]),
            (None, Some(name)) => permissions.without(&[permission(name)?]),
            (None, None) => return Err(missing(Sentence::SendRoleChange).into()),
        };
    }
    if !changes.trim().is_empty() {
        done(call, Act::DefineRole { role, permissions })?;
    }
    let names: Vec<_> = permissions.iter().map(Permission::name).collect();
    Ok(fit(&call.say(&[Sentence::RoleMay { role, permissions: names.join(", ") }])?, call.room))
}

/// `/grant NAME PERMISSION [TIME]`
pub(super) fn grant(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (name, permission, time) = person_and_permission(call, arguments, Sentence::SendGrant)?;
    let until = match time {
        "" => None,
        time => Span::parse(time).ok_or_else(|| missing(Sentence::SendGrant))?.until(call.now),
    };
    let found = resolve_text(call, name)?;
    let person = found.name(call)?;
    let permission = named_permission("grant", permission)?;
    let said = match done(call, Act::Grant { identity: found.identity, permission, until })? {
        Some(_) => Sentence::Granted { name: person.into(), permission, until },
        None => Sentence::GrantedBefore { name: person.into(), permission, until },
    };
    noted(call, said, &found)
}

/// `/revoke NAME PERMISSION`
pub(super) fn revoke(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (name, permission, _) = person_and_permission(call, arguments, Sentence::SendRevoke)?;
    let found = resolve_text(call, name)?;
    let person = found.name(call)?;
    let permission = named_permission("revoke", permission)?;
    let said = match done(call, Act::Revoke { identity: found.identity, permission })? {
        Some(_) => Sentence::Revoked { name: person, permission },
        None => Sentence::NotGranted { name: person, permission },
    };
    noted(call, said, &found)
}

fn person_and_permission<'a>(
    call: &Call<'_, '_>,
    arguments: &'a str,
    how: Sentence,
) -> Result<(&'a str, &'a str, &'a str), Failure> {
    call.check(Permission::ChangeRoles)?;
    let mut words = Words::new(arguments);
    let Some(name) = words.person() else { return Err(missing(how).into()) };
    let (permission, rest) = words.rest().split_once(char::is_whitespace).unwrap_or((words.rest(), ""));
    if permission.is_empty() {
        return Err(missing(how).into());
    }
    Ok((name, permission, rest.trim()))
}

/// `/rename NAME NICK`
pub(super) fn rename(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    call.check(Permission::RenameOthers)?;
    let mut words = Words::new(arguments);
    let name = words.person().ok_or_else(|| missing(Sentence::SendRename))?;
    let nick = unquoted(words.rest());
    let found = resolve_text(call, name)?;
    let before = found.name(call)?;
    let nick = (!nick.is_empty()).then(|| nick.to_owned());
    call.act(Act::RenameMember { member: found.identity, nick })?;
    let name = found.name(call)?.into();
    call.say(&[Sentence::Renamed { before: before.into(), name }])
}

/// `/set`, `/set NAME`, `/set NAME VALUE`
pub(super) fn set(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (name, value) = arguments.trim().split_once(char::is_whitespace).unwrap_or((arguments.trim(), ""));
    let value = unquoted(value.trim());
    if !value.is_empty() {
        let set = BTreeMap::from([(name.to_lowercase(), SettingValue::Text(value.to_owned()))]);
        change(call, &set, None)?;
    } else {
        call.check(Permission::ChangeSettings)?;
    }
    if name.is_empty() {
        let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        return Ok(fit(&call.say(&[Sentence::SetAName { names: names.join(", ") }])?, call.room));
    }
    let setting = setting(name)?;
    let is = (setting.get)(call.settings()).into_text();
    let is = if is.is_empty() { "off".to_owned() } else { is };
    let help = match value {
        "" => format!(" ({})", call.say(std::slice::from_ref(&setting.help))?),
        _ => String::new(),
    };
    Ok(fit(&format!("{}: {is}{help}", setting.name), call.room))
}

/// `/audit`, `/audit N`
pub(super) fn audit_log(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    call.check(Permission::ReadAudit)?;
    let limit = match arguments {
        "" => DEFAULT_AUDIT,
        number => number.parse::<u32>().map_err(|_| missing(Sentence::SendAudit))?.clamp(1, MAX_AUDIT),
    };
    let request = AuditRequest { limit: Some(limit), max_bytes: Some(1 << 20), ..AuditRequest::default() };
    let found = audit(call, request, Style::Named)?;
    let mut said = String::new();
    for entry in found.entries {
        let time = date::in_words(crate::rns::time::UnixTime::from_micros(
            i64::try_from(entry.time).unwrap_or(i64::MAX / 1_000_000).saturating_mul(1_000_000),
        ));
        // Year and zone cost bytes and say little.
        let time = time.get(5..16).unwrap_or(&time).to_owned();
        let why = if entry.reason.is_empty() { String::new() } else { format!(" ({})", entry.reason) };
        let line = format!("{time} {}{why}", entry.text);
        let room = call.room.saturating_sub(said.len() + 1);
        if said.is_empty() {
            said = fit(&line, call.room);
        } else if line.len() <= room {
            said = format!("{said}\n{line}");
        } else {
            break;
        }
    }
    Ok(said)
}

/// `/rules`
pub(super) fn rules(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    match call.settings().rules.as_str() {
        "" => call.say(&[Sentence::NoRules]),
        rules => Ok(fit(rules, call.room)),
    }
}

/// With what should be known about the name that was given.
fn noted(call: &Call<'_, '_>, said: Sentence, about: &Found) -> Result<String, Failure> {
    call.say(&[said].into_iter().chain(about.note()).collect::<Vec<_>>())
}

fn missing(then: Sentence) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, Sentence::SomethingMissing, then)
}
