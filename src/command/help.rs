//! `/help`: the words that whoever asks may use, staff's apart, and how one of them is used.
//! Not doing any of it.

use super::{COMMANDS, Command, fit, named, unquoted};
use crate::api::{Access, Call, Failure};
use crate::group::permission::Holders;
use crate::group::{Permission, Refusal, RefusalCode, Role, Sentence, VisibilityClass};

/// What stands behind `/help` for the words that not everybody has.
const STAFF: &str = "staff";

pub(super) fn help(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let wanted = unquoted(arguments).trim_start_matches('/').to_lowercase();
    match wanted.as_str() {
        "" => {
            let has_more = !words(call, is_for_staff)?.is_empty();
            let more = if has_more { Sentence::HelpStaff } else { Sentence::AnythingElseIsPosted };
            let said = format!("{} {}", words(call, |command| !is_for_staff(command))?, call.say(&[more])?);
            Ok(fit(&said, call.room))
        }
        STAFF => Ok(fit(&words(call, is_for_staff)?, call.room)),
        word => one(call, word),
    }
}

/// What one does, who may use it, and how.
fn one(call: &Call<'_, '_>, word: &str) -> Result<String, Failure> {
    // Some words are another command without anything behind them, for who may not use them on others.
    let command = named(word, "NAME").filter(|command| call.check(permission(command)).is_ok());
    let Some(command) = command.or_else(|| named(word, "")) else {
        let what = Sentence::NoSuchWord { word: fit(word, 20) };
        return Err(Refusal::new(RefusalCode::NotFound, what, Sentence::SendHelp).into());
    };
    let mut said = vec![Sentence::Usage { usage: command.usage, does: Box::new(command.does.clone()) }];
    said.push(for_whom(call, permission(command)));
    if !command.aliases.is_empty() {
        let aliases = command.aliases.iter().map(|alias| format!("/{alias}"));
        said.push(Sentence::AlsoCalled { aliases: aliases.collect::<Vec<_>>().join(", ") });
    }
    Ok(fit(&call.say(&said)?, call.room))
}

/// Whose word it is in this group: everybody's, or that of some roles.
fn for_whom(call: &Call<'_, '_>, permission: Permission) -> Sentence {
    let facts = &call.group.facts;
    let holders = permission.holders(&facts.settings.visibility);
    if matches!(holders, Holders::Anyone | Holders::Class(VisibilityClass::World)) {
        return Sentence::ForEverybody;
    }
    let only_staff = holders == Holders::Class(VisibilityClass::Staff);
    let may =
        |role: &&Role| facts.roles.permissions(**role).has(permission) && (role.is_staff() || !only_staff);
    let roles = Role::ALL.iter().filter(may).map(|role| role.name());
    Sentence::ForRoles { roles: roles.collect::<Vec<_>>().join(", ") }
}

/// The words of some commands that the caller may use, or could use as a member.
fn words(call: &Call<'_, '_>, is_wanted: impl Fn(&Command) -> bool) -> Result<String, Failure> {
    let mut words = Vec::new();
    for command in COMMANDS.iter().filter(|command| is_wanted(command)) {
        match call.check(permission(command)) {
            Ok(()) => words.push(format!("/{}", command.word)),
            Err(Failure::Refused(refusal)) if refusal.code == RefusalCode::NotMember => {
                words.push(format!("/{}", command.word));
            }
            Err(Failure::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(words.join(" "))
}

fn is_for_staff(command: &Command) -> bool {
    let permission = permission(command);
    let is_for_all = matches!(permission, Permission::Join | Permission::Leave | Permission::ReadInfo);
    !is_for_all && !Role::Member.default_permissions().has(permission)
}

const fn permission(command: &Command) -> Permission {
    match command.access {
        Access::Read(permission) | Access::Act(permission) => permission,
    }
}
