//! `/groups`, `/create` and `/announce`: which groups there are, making one more, and letting others know of this one.
//! Not the list for programs, which says more.

use super::fit;
use crate::api::format::Style;
use crate::api::founding::{self, CreateRequest};
use crate::api::groups::{self, ListedGroup};
use crate::api::{Call, Failure};
use crate::group::{Language, Sentence};

/// Longest name in the list.
const MAX_NAME: usize = 40;

pub(super) fn groups(call: &mut Call<'_, '_>, sought: &str) -> Result<String, Failure> {
    let language = call.language()?;
    let how = Sentence::MoreGroups.said_in(language);
    let mut left = call.room.saturating_sub(how.len());
    let (mut lines, mut more) = (Vec::new(), false);
    groups::visit(call, &sought.to_lowercase(), None, &mut |group, _| {
        let line = line(&group, language);
        let rest = left.checked_sub(line.len().saturating_add(1));
        more = rest.is_none();
        left = rest.unwrap_or(left);
        lines.extend((!more).then_some(line));
        !more
    })?;
    lines.extend(more.then_some(how));
    if lines.is_empty() { call.say(&[Sentence::NoSuchGroupKnown]) } else { Ok(lines.join("\n")) }
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
    let owned = made.number.is_some().then_some(Sentence::YouOwnIt);
    let write = Sentence::WriteToGroup { lxmf: made.lxmf.into(), group: made.destination.into() };
    let said: Vec<_> = [Sentence::GroupMade].into_iter().chain(owned).chain([write]).collect();
    call.say(&said)
}

pub(super) fn announce(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.announce()?;
    call.say(&[Sentence::AnnouncedSoon])
}

/// What to write to is the address that a plain client needs.
fn line(group: &ListedGroup, language: Language) -> String {
    let name = match group.name.as_str() {
        "" => Sentence::GroupWithoutName.said_in(language),
        name => fit(name, MAX_NAME),
    };
    let about = match (group.members, group.hops) {
        (Some(count), _) => Sentence::MemberCount { count },
        (None, hops) => Sentence::Hops { count: hops.unwrap_or_default().into() },
    };
    let about = about.said_in(language);
    format!("{name} ({about}) {}", group.lxmf)
}
