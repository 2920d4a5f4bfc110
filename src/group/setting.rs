//! What can be set about a group by name: one table, [`SETTINGS`], for `/set`, the command line and the API.
//! Not who may set it, and not what a setting does.

use super::joining::JoinMode;
use super::moderation::{Hold, filter};
use super::permission::VisibilityClass;
use super::refusal::{Refusal, RefusalCode};
use super::sentence::{Language, Sentence};
use super::settings::{GroupAccess, Settings};
use super::showing::Icon;

/// A value as programs get it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(u64),
    /// Words.
    Text(String),
}

impl SettingValue {
    /// As people type it.
    pub fn into_text(self) -> String {
        match self {
            Self::Flag(true) => "on".to_owned(),
            Self::Flag(false) => "off".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl From<&str> for SettingValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Something that can be set.
pub struct Setting {
    /// What it is called.
    pub name: &'static str,
    /// What it can be.
    pub help: Sentence,
    /// What it is.
    pub get: fn(&Settings) -> SettingValue,
    /// Sets it to what somebody has typed.
    pub set: fn(&mut Settings, &str) -> Result<(), Refusal>,
}

/// All of them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "name",
        help: Sentence::AboutName,
        get: |settings| settings.name.as_str().into(),
        set: |settings, text| {
            text.clone_into(&mut settings.name);
            Ok(())
        },
    },
    Setting {
        name: "private_name",
        help: Sentence::AboutPrivateName,
        get: |settings| settings.private_name.as_deref().unwrap_or("off").into(),
        set: |settings, text| {
            settings.private_name = optional(text).map(str::to_owned);
            Ok(())
        },
    },
    Setting {
        name: "description",
        help: Sentence::AboutDescription,
        get: |settings| settings.description.as_str().into(),
        set: |settings, text| {
            settings.description = optional(text).unwrap_or_default().to_owned();
            Ok(())
        },
    },
    Setting {
        name: "rules",
        help: Sentence::AboutRules,
        get: |settings| settings.rules.as_str().into(),
        set: |settings, text| {
            settings.rules = optional(text).unwrap_or_default().to_owned();
            Ok(())
        },
    },
    Setting {
        name: "language",
        help: Sentence::AboutLanguage,
        get: |settings| settings.language.name().into(),
        set: |settings, text| {
            settings.language = one_of("language", text, Language::ALL, Language::meant, Language::name)?;
            Ok(())
        },
    },
    Setting {
        name: "access",
        help: Sentence::AboutAccess,
        get: |settings| settings.access.name().into(),
        set: |settings, text| {
            let access = one_of("access", text, GroupAccess::ALL, GroupAccess::from_name, GroupAccess::name)?;
            if access != settings.access {
                *settings = settings.clone().with_access(access);
            }
            Ok(())
        },
    },
    Setting {
        name: "unlisted",
        help: Sentence::AboutUnlisted,
        get: |settings| SettingValue::Flag(settings.unlisted),
        set: |settings, text| flag("unlisted", text, &mut settings.unlisted),
    },
    Setting {
        name: "announced",
        help: Sentence::AboutAnnounced,
        get: |settings| SettingValue::Flag(!settings.showing.silent),
        set: |settings, text| {
            let mut announced = !settings.showing.silent;
            flag("announced", text, &mut announced)?;
            settings.showing.silent = !announced;
            Ok(())
        },
    },
    Setting {
        name: "broadcast",
        help: Sentence::AboutBroadcast,
        get: |settings| SettingValue::Flag(settings.broadcast),
        set: |settings, text| flag("broadcast", text, &mut settings.broadcast),
    },
    Setting {
        name: "icon",
        help: Sentence::AboutIcon,
        get: |settings| {
            let icon = settings.showing.icon.as_ref().map(ToString::to_string);
            SettingValue::Text(icon.unwrap_or_else(|| "off".to_owned()))
        },
        set: |settings, text| {
            let icon = optional(text).map(str::parse::<Icon>).transpose();
            settings.showing.icon = icon.map_err(|_| cannot_be("icon", text, Sentence::CanBeAnIcon))?;
            Ok(())
        },
    },
    Setting {
        name: "see_info",
        help: Sentence::AboutSeeInfo,
        get: |settings| settings.visibility.info.name().into(),
        set: |settings, text| class("see_info", text, &mut settings.visibility.info),
    },
    Setting {
        name: "see_members",
        help: Sentence::AboutSeeMembers,
        get: |settings| settings.visibility.members.name().into(),
        set: |settings, text| class("see_members", text, &mut settings.visibility.members),
    },
    Setting {
        name: "see_messages",
        help: Sentence::AboutSeeMessages,
        get: |settings| settings.visibility.messages.name().into(),
        set: |settings, text| class("see_messages", text, &mut settings.visibility.messages),
    },
    Setting {
        name: "max_text",
        help: Sentence::AboutMaxText,
        get: |settings| SettingValue::Number(settings.max_text.into()),
        set: |settings, text| number("max_text", text, &mut settings.max_text),
    },
    Setting {
        name: "max_members",
        help: Sentence::AboutMaxMembers,
        get: |settings| SettingValue::Number(settings.max_members.into()),
        set: |settings, text| number("max_members", text, &mut settings.max_members),
    },
    Setting {
        name: "joining",
        help: Sentence::AboutJoining,
        get: |settings| settings.joining.mode.name().into(),
        set: |settings, text| {
            let mode = one_of("joining", text, JoinMode::ALL, JoinMode::from_name, JoinMode::name)?;
            settings.joining.mode = mode;
            Ok(())
        },
    },
    Setting {
        name: "price",
        help: Sentence::AboutPrice,
        get: |settings| SettingValue::Number(settings.joining.price.into()),
        set: |settings, text| number("price", text, &mut settings.joining.price),
    },
    Setting {
        name: "probation",
        help: Sentence::AboutProbation,
        get: |settings| SettingValue::Number(settings.joining.probation.into()),
        set: |settings, text| number("probation", text, &mut settings.joining.probation),
    },
    Setting {
        name: "max_pending",
        help: Sentence::AboutMaxPending,
        get: |settings| SettingValue::Number(settings.joining.max_pending.into()),
        set: |settings, text| number("max_pending", text, &mut settings.joining.max_pending),
    },
    Setting {
        name: "idle_days",
        help: Sentence::AboutIdleDays,
        get: |settings| SettingValue::Number(settings.joining.idle_days.into()),
        set: |settings, text| number("idle_days", text, &mut settings.joining.idle_days),
    },
    Setting {
        name: "greeting",
        help: Sentence::AboutGreeting,
        get: |settings| settings.joining.greeting.as_str().into(),
        set: |settings, text| {
            settings.joining.greeting = optional(text).unwrap_or_default().to_owned();
            Ok(())
        },
    },
    Setting {
        name: "keep_days",
        help: Sentence::AboutKeepDays,
        get: |settings| bound(settings.retention.days.map(u64::from)),
        set: |settings, text| {
            let days = bounded("keep_days", text, (1, 36_500))?;
            settings.retention.days = days.and_then(|days| u32::try_from(days).ok());
            Ok(())
        },
    },
    Setting {
        name: "keep_messages",
        help: Sentence::AboutKeepMessages,
        get: |settings| bound(settings.retention.messages),
        set: |settings, text| {
            settings.retention.messages = bounded("keep_messages", text, (LEAST_MESSAGES, MOST_KEPT))?;
            Ok(())
        },
    },
    Setting {
        name: "keep_bytes",
        help: Sentence::AboutKeepBytes,
        get: |settings| bound(settings.retention.bytes),
        set: |settings, text| {
            settings.retention.bytes = bounded("keep_bytes", text, (LEAST_BYTES, MOST_KEPT))?;
            Ok(())
        },
    },
    Setting {
        name: "slow",
        help: Sentence::AboutSlow,
        get: |settings| SettingValue::Number(settings.moderation.slow.into()),
        set: |settings, text| number("slow", text, &mut settings.moderation.slow),
    },
    Setting {
        name: "burst",
        help: Sentence::AboutBurst,
        get: |settings| SettingValue::Number(settings.moderation.burst.into()),
        set: |settings, text| number("burst", text, &mut settings.moderation.burst),
    },
    Setting {
        name: "gap",
        help: Sentence::AboutGap,
        get: |settings| SettingValue::Number(settings.moderation.gap.into()),
        set: |settings, text| number("gap", text, &mut settings.moderation.gap),
    },
    Setting {
        name: "hold",
        help: Sentence::AboutHold,
        get: |settings| settings.moderation.hold.name().into(),
        set: |settings, text| {
            settings.moderation.hold = one_of("hold", text, Hold::ALL, Hold::from_name, Hold::name)?;
            Ok(())
        },
    },
    Setting {
        name: "filters",
        help: Sentence::AboutFilters,
        get: |settings| SettingValue::Text(filter::written(&settings.moderation.filters)),
        set: |settings, text| {
            settings.moderation.filters = optional(text).map_or(Ok(Vec::new()), filter::read_all)?;
            Ok(())
        },
    },
];

/// A group that keeps fewer messages could not keep those that may be pinned.
const LEAST_MESSAGES: u64 = 100;
/// A group that keeps fewer bytes could not keep one message of every member.
const LEAST_BYTES: u64 = 100_000;
/// More than any disk has.
const MOST_KEPT: u64 = 1 << 50;

fn bound(bound: Option<u64>) -> SettingValue {
    bound.map_or_else(|| "off".into(), SettingValue::Number)
}

/// Reads a number within bounds, or nothing.
fn bounded(name: &'static str, text: &str, (least, most): (u64, u64)) -> Result<Option<u64>, Refusal> {
    let Some(text) = optional(text) else { return Ok(None) };
    let mut value = 0_u64;
    number(name, text, &mut value)?;
    match (least..=most).contains(&value) {
        true => Ok(Some(value)),
        false => Err(cannot_be(name, text, Sentence::CanBeBetween { least, most })),
    }
}

/// The setting with that name; the refusal names some that are.
pub fn setting(name: &str) -> Result<&'static Setting, Refusal> {
    let wanted = name.trim().to_lowercase();
    SETTINGS.iter().find(|setting| setting.name == wanted).ok_or_else(|| {
        let known: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        let what = Sentence::NoSuchSetting { text: wanted.chars().take(20).collect() };
        let then = Sentence::ThereAre { names: known.join(", ") };
        Refusal::new(RefusalCode::NotFound, what, then).in_field("set")
    })
}

/// What a word means that may say "none".
pub fn optional(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_none = matches!(text.to_lowercase().as_str(), "" | "off" | "none" | "-" | "aus" | "keine");
    (!is_none).then_some(text)
}

/// Reads on or off.
pub fn flag(name: &'static str, text: &str, into: &mut bool) -> Result<(), Refusal> {
    *into = match text.trim().to_lowercase().as_str() {
        "on" | "yes" | "true" | "ja" | "an" => true,
        "off" | "no" | "false" | "nein" | "aus" => false,
        _ => return Err(cannot_be(name, text, Sentence::CanBeOnOrOff)),
    };
    Ok(())
}

/// Reads a number.
pub fn number<T: std::str::FromStr>(name: &'static str, text: &str, into: &mut T) -> Result<(), Refusal> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ',' | '_' | '.' | '\'')).collect();
    *into = digits.parse().map_err(|_| cannot_be(name, text, Sentence::CanBeANumber))?;
    Ok(())
}

/// Reads one of some words.
pub fn one_of<T: Copy + PartialEq>(
    name: &'static str,
    text: &str,
    all: &[T],
    from_name: fn(&str) -> Option<T>,
    to_name: fn(T) -> &'static str,
) -> Result<T, Refusal> {
    from_name(&text.trim().to_lowercase()).filter(|one| all.contains(one)).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|one| to_name(*one)).collect();
        cannot_be(name, text, Sentence::CanBeOneOf { words: words.join(", ") })
    })
}

fn class(name: &'static str, text: &str, into: &mut VisibilityClass) -> Result<(), Refusal> {
    let all = [VisibilityClass::World, VisibilityClass::Members, VisibilityClass::Staff];
    *into = one_of(name, text, &all, VisibilityClass::from_name, VisibilityClass::name)?;
    Ok(())
}

/// A value that a setting can't have.
pub fn cannot_be(name: &'static str, text: &str, can: Sentence) -> Refusal {
    let what = Sentence::CannotBe { name, text: text.chars().take(20).collect() };
    Refusal::new(RefusalCode::BadRequest, what, can).in_field(name)
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Setting({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::showing::Showing;

    fn moderated() -> crate::group::ModerationTerms {
        let filters =
            filter::read_all("refuse links; hold word casino as gambling\nrefuse longer 500").unwrap();
        assert_eq!(filters.len(), 3);
        crate::group::ModerationTerms { slow: 7, hold: Hold::First, filters, ..Default::default() }
    }
    use crate::group::Retention;

    #[test]
    fn every_setting_takes_back_what_it_says() {
        for settings in [
            Settings::public("Hamburg"),
            Settings {
                showing: Showing { icon: Some("fish ffffff 0000ff".parse().unwrap()), silent: true },
                broadcast: true,
                ..Settings::public("y")
            },
            Settings { rules: "Be kind.".into(), ..Settings::public("x") }.with_access(GroupAccess::Private),
            Settings { moderation: moderated(), ..Settings::public("x") },
            Settings {
                retention: Retention { days: Some(30), messages: Some(1_000), bytes: None },
                ..Settings::public("x")
            },
        ] {
            for setting in SETTINGS {
                let mut anew = settings.clone();
                (setting.set)(&mut anew, &(setting.get)(&settings).into_text()).unwrap();
                assert_eq!(anew, settings, "{}", setting.name);
            }
        }
    }

    #[test]
    fn names_are_unique_words() {
        for setting in SETTINGS {
            assert_eq!(SETTINGS.iter().filter(|other| other.name == setting.name).count(), 1);
            assert!(setting.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", setting.name);
        }
    }

    #[test]
    fn values_are_read_as_people_type_them_and_wrong_ones_named() {
        let mut settings = Settings::public("Hamburg");
        (setting(" Max_Members ").unwrap().set)(&mut settings, "1,000").unwrap();
        (setting("unlisted").unwrap().set)(&mut settings, "Ja").unwrap();
        (setting("description").unwrap().set)(&mut settings, "Off").unwrap();
        assert_eq!(
            (settings.max_members, settings.unlisted, settings.description.as_str()),
            (1_000, true, "")
        );
        for (name, value) in [
            ("max_text", "much"),
            ("max_text", "99999999999"),
            ("access", "secret"),
            ("see_messages", "nobody"),
            ("unlisted", "2"),
            ("announced", "2"),
            ("icon", "fish red"),
            ("keep_days", "0"),
            ("keep_messages", "5"),
            ("keep_bytes", "1 MB"),
        ] {
            let refusal = (setting(name).unwrap().set)(&mut settings, value).unwrap_err();
            assert_eq!(refusal.field, Some(name));
        }
        assert!(setting("colour").unwrap_err().to_string().contains("private_name"));
    }
}
