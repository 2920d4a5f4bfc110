//! Setting a group up anew, and calling it something else.
//! Not how people name a setting: that is [`crate::group::setting`].

use super::act::{Already, Decision};
use super::may::may;
use super::nick::may_be_seen;
use crate::group::caller::Caller;
use crate::group::event::SettingsChanged;
use crate::group::facts::{GroupFacts, Standing};
use crate::group::joining::{MAX_GREETING, MAX_PRICE, MAX_PROBATION, MOST_PENDING};
use crate::group::permission::{Permission, VisibilityClass};
use crate::group::refusal::{Refusal, RefusalCode};
use crate::group::sentence::Sentence;
use crate::group::settings::Settings;
use crate::rns::time::UnixTime;

/// Longest name of a group in bytes: it stands in each announce.
pub const MAX_GROUP_NAME: usize = 100;
/// Longest description in bytes: everybody who asks what a group is gets it.
pub const MAX_DESCRIPTION: usize = 1_000;
/// Longest rules in bytes.
pub const MAX_RULES: usize = 2_000;
/// The least that a post may be allowed to have: what fits one packet.
const MIN_MAX_TEXT: u32 = 280;
/// The most members that a group can be allowed to have.
const MAX_MAX_MEMBERS: u32 = 1_000_000;

/// Sets up anew. Who changes the name along with the rest needs that permission, too.
pub(super) fn change(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    settings: Settings,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    let before = &group.settings;
    if settings.name != before.name || settings.private_name != before.private_name {
        may(group, caller, standing, Permission::RenameGroup, now)?;
    }
    changed(group, caller, settings)
}

/// Changes the names, and nothing else. Without `inner`, the name inside follows the one outside.
pub(super) fn rename(
    group: &GroupFacts,
    caller: Caller,
    name: Option<String>,
    inner: Option<Option<String>>,
) -> Result<Decision, Refusal> {
    let before = group.settings.clone();
    let name = name.unwrap_or_else(|| before.name.clone());
    let private_name = inner.unwrap_or_else(|| before.private_name.clone());
    changed(group, caller, Settings { name, private_name, ..before })
}

fn changed(group: &GroupFacts, caller: Caller, settings: Settings) -> Result<Decision, Refusal> {
    checked(&settings)?;
    if settings == group.settings {
        return Ok(Decision::Already(Already::SetUp));
    }
    Ok(Decision::Event(SettingsChanged { settings, by: caller.identity() }.into()))
}

/// Refuses settings that nobody could live with. Also asked for those of a new group.
pub fn checked(settings: &Settings) -> Result<(), Refusal> {
    group_name("name", &settings.name)?;
    settings.private_name.as_deref().map_or(Ok(()), |name| group_name("private_name", name))?;
    text("description", &settings.description, MAX_DESCRIPTION)?;
    text("rules", &settings.rules, MAX_RULES)?;
    within("max_text", settings.max_text, MIN_MAX_TEXT, Settings::DEFAULT_MAX_TEXT)?;
    within("max_members", settings.max_members, 1, MAX_MAX_MEMBERS)?;
    let joining = &settings.joining;
    within("price", joining.price.into(), 0, MAX_PRICE.into())?;
    within("probation", joining.probation, 0, MAX_PROBATION)?;
    within("max_pending", joining.max_pending.into(), 1, MOST_PENDING.into())?;
    text("greeting", &joining.greeting, MAX_GREETING)?;
    settings.moderation.check()?;
    let seen = &settings.visibility;
    for (field, class) in [("info", seen.info), ("members", seen.members), ("messages", seen.messages)] {
        if class == VisibilityClass::Nobody {
            let what = Sentence::LocksOwnersOut { field };
            return Err(Refusal::new(RefusalCode::LockOut, what, Sentence::SetItToStaff));
        }
    }
    Ok(())
}

fn group_name(field: &'static str, name: &str) -> Result<(), Refusal> {
    if name.len() > MAX_GROUP_NAME {
        let what = Sentence::GroupNameTooLong { len: name.len(), max: MAX_GROUP_NAME };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::ShortenIt).in_field(field));
    }
    if name.trim().is_empty() || name.trim() != name || !name.chars().all(may_be_seen) {
        let what = Sentence::NameNeedsLetters;
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::ChooseAnother).in_field(field));
    }
    Ok(())
}

/// Lines may break in a text; nothing else in it is invisible.
fn text(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    if text.len() > max {
        let what = Sentence::TextTooLong { len: text.len(), max };
        return Err(Refusal::new(RefusalCode::TooLarge, what, Sentence::ShortenIt).in_field(field));
    }
    if !text.chars().all(|c| c == '\n' || may_be_seen(c) || is_joiner(c)) {
        let what = Sentence::TextHides;
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::TypeItAnew).in_field(field));
    }
    Ok(())
}

/// Emoji of several parts, and some scripts, are joined by these.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}')
}

fn within(field: &'static str, number: u32, least: u32, most: u32) -> Result<(), Refusal> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    let what = Sentence::NumberOutside { field, number, least, most };
    Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::ChooseAnotherNumber).in_field(field))
}
