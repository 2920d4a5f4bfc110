//! `/role`, `/grant`, `/revoke`, `/rename`, `/set` and `/audit`: running a group.
//! Not keeping the peace, and not letting people in.

use std::collections::BTreeMap;

use super::{Span, Words, fit, unquoted};
use crate::api::audit::{AuditRequest, audit};
use crate::api::person::resolve_text;
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
        return Err(usage("/role NAME ROLE, or /role ROLE +PERMISSION -PERMISSION").into());
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
        let role = found.member.as_ref().map_or("no member", |member| member.role.name());
        let grants = call.store.grants(call.group.facts.gid, found.identity)?;
        let grants = grants.iter().filter(|grant| grant.holds(call.now)).map(|grant| grant.permission.name());
        let grants: Vec<_> = grants.collect();
        let more = if grants.is_empty() { String::new() } else { format!(", with {}", grants.join(", ")) };
        return noted(call, format!("{person}: {role}{more}."), found.note());
    }
    let role = named_role(rest)?;
    let said = match done(call, Act::AssignRole { member: found.identity, role })? {
        Some(_) => format!("{person} is {role} now."),
        None => format!("{person} is {role} already."),
    };
    noted(call, said, found.note())
}

fn what_a_role_may(call: &mut Call<'_, '_>, role: Role, changes: &str) -> Result<String, Failure> {
    let mut permissions = call.group.facts.roles.permissions(role);
    for change in changes.split_whitespace() {
        let permission = |name| named_permission("permissions", name);
        permissions = match (change.strip_prefix('+'), change.strip_prefix(['-', '\u{2212}'])) {
            (Some(name), _) => permissions.with(&[permission(name)?]),
            (None, Some(name)) => permissions.without(&[permission(name)?]),
            (None, None) => return Err(usage("/role ROLE +PERMISSION -PERMISSION").into()),
        };
    }
    if !changes.trim().is_empty() {
        done(call, Act::DefineRole { role, permissions })?;
    }
    let names: Vec<_> = permissions.iter().map(Permission::name).collect();
    Ok(fit(&format!("{role} may: {}.", names.join(", ")), call.room))
}

/// `/grant NAME PERMISSION [TIME]`
pub(super) fn grant(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let how = "/grant NAME PERMISSION, or with a time: /grant anna members.kick 7d";
    let (name, permission, time) = person_and_permission(call, arguments, how)?;
    let until = match time {
        "" => None,
        time => Span::parse(time).ok_or_else(|| usage(how))?.until(call.now),
    };
    let found = resolve_text(call, name)?;
    let person = found.name(call)?;
    let permission = named_permission("grant", permission)?;
    let end = until.map(|until| format!(" until {}", date::in_words(until))).unwrap_or_default();
    let said = match done(call, Act::Grant { identity: found.identity, permission, until })? {
        Some(_) => format!("{person} has {permission} now{end}."),
        None => format!("{person} has {permission} already{end}."),
    };
    noted(call, said, found.note())
}

/// `/revoke NAME PERMISSION`
pub(super) fn revoke(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (name, permission, _) = person_and_permission(call, arguments, "/revoke NAME PERMISSION")?;
    let found = resolve_text(call, name)?;
    let person = found.name(call)?;
    let permission = named_permission("revoke", permission)?;
    let said = match done(call, Act::Revoke { identity: found.identity, permission })? {
        Some(_) => format!("{permission} is taken back from {person}."),
        None => format!("{person} had not been given {permission}."),
    };
    noted(call, said, found.note())
}

fn person_and_permission<'a>(
    call: &Call<'_, '_>,
    arguments: &'a str,
    how: &str,
) -> Result<(&'a str, &'a str, &'a str), Failure> {
    call.check(Permission::ChangeRoles)?;
    let mut words = Words::new(arguments);
    let name = words.person().ok_or_else(|| usage(how))?;
    let (permission, rest) = words.rest().split_once(char::is_whitespace).unwrap_or((words.rest(), ""));
    if permission.is_empty() {
        return Err(usage(how).into());
    }
    Ok((name, permission, rest.trim()))
}

/// `/rename NAME NICK`
pub(super) fn rename(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    call.check(Permission::RenameOthers)?;
    let mut words = Words::new(arguments);
    let name = words.person().ok_or_else(|| usage("/rename NAME NICK"))?;
    let nick = unquoted(words.rest());
    let found = resolve_text(call, name)?;
    let before = found.name(call)?;
    let nick = (!nick.is_empty()).then(|| nick.to_owned());
    call.act(Act::RenameMember { member: found.identity, nick })?;
    Ok(format!("{before} is called {} now.", found.name(call)?))
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
        return Ok(fit(&format!("/set NAME VALUE. There are: {}.", names.join(", ")), call.room));
    }
    let setting = setting(name)?;
    let is = (setting.get)(call.settings()).into_text();
    let is = if is.is_empty() { "off".to_owned() } else { is };
    let help = if value.is_empty() { format!(" ({})", setting.help) } else { String::new() };
    Ok(fit(&format!("{}: {is}{help}", setting.name), call.room))
}

/// `/audit`, `/audit N`
pub(super) fn audit_log(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    call.check(Permission::ReadAudit)?;
    let limit = match arguments {
        "" => DEFAULT_AUDIT,
        number => number.parse::<u32>().map_err(|_| usage("/audit 5"))?.clamp(1, MAX_AUDIT),
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
    Ok(match call.settings().rules.as_str() {
        "" => "This group has set no rules.".to_owned(),
        rules => fit(rules, call.room),
    })
}

fn noted(call: &Call<'_, '_>, said: String, note: Option<Sentence>) -> Result<String, Failure> {
    Ok(match note {
        Some(note) => format!("{said} {}", call.say(&[note])?),
        None => said,
    })
}

fn usage(how: &str) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, "Something is missing there.", format!("Send {how}."))
}
