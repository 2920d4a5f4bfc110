//! `/api/v1/settings` and `/api/v1/display-name/update`: how a group is set up, and setting it up anew.
//! Not what roles may.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audit;
use super::format::Style;
use super::{Call, Failure};
use crate::api::refusal::bad_field;
use crate::group::setting::{SETTINGS, SettingValue, setting};
use crate::group::{Act, Permission, Refusal, RefusalCode, Sentence, Seq};

/// Asks for settings, or changes some.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct SettingsRequest {
    /// The settings to answer; all of them unless said.
    pub names: Option<Vec<String>>,
    /// What to change, and to what. All of it happens, or nothing.
    pub set: Option<BTreeMap<String, SettingValue>>,
    /// `changed` of the answer that the caller has seen: if somebody has changed them since, nothing happens.
    pub expected: Option<u64>,
}

/// How a group is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SettingsAnswer {
    /// The settings by their names. Of those that were changed when something was.
    pub settings: BTreeMap<&'static str, SettingValue>,
    /// The event that last changed them, for `expected`.
    pub changed: u64,
}

/// Asks for another name.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct DisplayNameRequest {
    /// The name that everybody may know.
    pub name: Option<String>,
    /// The name that only members are told; empty for the same.
    pub private_name: Option<String>,
    /// As in `/api/v1/settings`.
    pub expected: Option<u64>,
}

/// The names of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DisplayNameAnswer {
    /// The name that everybody may know.
    pub name: String,
    /// The name that only members are told, where it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_name: Option<String>,
    /// The event that last changed settings, for `expected`.
    pub changed: u64,
}

/// Serves `/api/v1/settings`.
pub fn settings(
    call: &mut Call<'_, '_>,
    request: SettingsRequest,
    _: Style,
) -> Result<SettingsAnswer, Failure> {
    let named = request.names.unwrap_or_default();
    let mut shown = named.iter().map(|name| setting(name)).collect::<Result<Vec<_>, _>>()?;
    match request.set {
        None => call.check(Permission::ChangeSettings)?,
        Some(set) => {
            shown = change(call, &set, request.expected)?;
        }
    }
    if shown.is_empty() {
        shown = SETTINGS.iter().collect();
    }
    let settings = call.settings();
    Ok(SettingsAnswer {
        settings: shown.into_iter().map(|setting| (setting.name, (setting.get)(settings))).collect(),
        changed: call.group.facts.set_at.0,
    })
}

/// Changes settings in one event, and says which.
pub fn change(
    call: &mut Call<'_, '_>,
    set: &BTreeMap<String, SettingValue>,
    expected: Option<u64>,
) -> Result<Vec<&'static crate::group::setting::Setting>, Failure> {
    call.check(Permission::ChangeSettings)?;
    unchanged_since(call, expected)?;
    let mut settings = call.settings().clone();
    // Access sets several others, which may then be set otherwise in the same request.
    let mut wanted: Vec<_> = set.iter().collect();
    wanted.sort_by_key(|(name, _)| name.as_str() != "access");
    let mut changed = Vec::new();
    for (name, value) in wanted {
        let setting = setting(name)?;
        (setting.set)(&mut settings, &value.clone().into_text())?;
        changed.push(setting);
    }
    call.act(Act::ChangeSettings(Box::new(settings)))?;
    Ok(changed)
}

/// Serves `/api/v1/display-name/update`.
pub fn display_name(
    call: &mut Call<'_, '_>,
    request: DisplayNameRequest,
    _: Style,
) -> Result<DisplayNameAnswer, Failure> {
    if request.name.is_none() && request.private_name.is_none() {
        return Err(bad_field("name", "No name is given.", "Send `name`, `private_name` or both.").into());
    }
    call.check(Permission::RenameGroup)?;
    unchanged_since(call, request.expected)?;
    let private_name = request.private_name.map(|name| (!name.is_empty()).then_some(name));
    call.act(Act::RenameGroup { name: request.name, private_name })?;
    let settings = call.settings();
    Ok(DisplayNameAnswer {
        name: settings.name.clone(),
        private_name: settings.private_name.clone(),
        changed: call.group.facts.set_at.0,
    })
}

/// Refuses if settings or roles were changed after the event that the caller has seen, and says by whom.
pub(super) fn unchanged_since(call: &Call<'_, '_>, expected: Option<u64>) -> Result<(), Failure> {
    let last = call.group.facts.set_at;
    match expected {
        Some(expected) if expected < last.0 => Err(conflict(call, last)?.into()),
        Some(_) | None => Ok(()),
    }
}

/// Somebody else was first: who, and what they did.
pub(super) fn conflict(call: &Call<'_, '_>, seq: Seq) -> Result<Refusal, Failure> {
    let entry = call.store.audit_entry(call.group.facts.gid, seq)?;
    let what = match entry {
        Some(entry) => audit::in_words(call, &entry)?,
        None => call.say(&[Sentence::ItHasChanged])?,
    };
    let what = Sentence::SomebodyWasFaster { seq, what: what.into() };
    Ok(Refusal::new(RefusalCode::Conflict, what, Sentence::LookAgain).in_field("expected"))
}
