//! `/groups`, `/create` and `/announce`: which groups there are, making one more, and letting others know of this one.
//! Not the list for programs, which says more.

use super::fit;
use crate::api::format::Style;
use crate::api::founding::{self, CreateRequest};
use crate::api::groups::{self, ListedGroup};
use crate::api::{Call, Failure};

/// Longest name in the list.
const MAX_NAME: usize = 40;
/// How the list ends when there are more.
const MORE: &str = "More: /groups WORD searches.";

pub(super) fn groups(call: &mut Call<'_, '_>, sought: &str) -> Result<String, Failure> {
    let mut left = call.room.saturating_sub(MORE.len());
    let (mut lines, mut more) = (Vec::new(), false);
    groups::visit(call, &sought.to_lowercase(), None, &mut |group, _| {
        let line = line(&group);
        let rest = left.checked_sub(line.len().saturating_add(1));
        more = rest.is_none();
        left = rest.unwrap_or(left);
        lines.extend((!more).then_some(line));
        !more
    })?;
    lines.extend(more.then(|| MORE.to_owned()));
    Ok(if lines.is_empty() { "No such group is known here.".to_owned() } else { lines.join("\n") })
}

/// What stands before the name of a preset. It is no option, so that it is typed alike in chat and in a shell.
const PRESET: &str = "preset=";

pub(super) fn create(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (name, preset) = match arguments.split_once(PRESET) {
        Some((name, preset)) => (name, Some(preset.trim().to_owned())),
        None => (arguments, None),
    };
    let nick = None;
    let made =
        founding::create(call, CreateRequest { name: Some(name.to_owned()), preset, nick }, Style::Named)?;
    let owner = if made.number.is_some() { "You are its owner. " } else { "" };
    Ok(format!(
        "The group is there. {owner}Write to {}; its address for group clients is {}.",
        made.lxmf, made.destination
    ))
}

pub(super) fn announce(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.announce()?;
    Ok("This group is announced in a moment, at most once a minute.".to_owned())
}

/// What to write to is the address that a plain client needs.
fn line(group: &ListedGroup) -> String {
    let name = if group.name.is_empty() { "(no name)".to_owned() } else { fit(&group.name, MAX_NAME) };
    let about = match (group.members, group.hops) {
        (Some(1), _) => "1 member".to_owned(),
        (Some(members), _) => format!("{members} members"),
        (None, Some(1)) => "1 hop".to_owned(),
        (None, hops) => format!("{} hops", hops.unwrap_or_default()),
    };
    format!("{name} ({about}) {}", group.lxmf)
}
