//! What `[groups]` says: who may make groups, whether others are listed, and how often ours are announced.
//! Not a group; what is set about one is its own.

use std::time::Duration;

use super::key::{Key, Takes};
use super::section::Values;
use crate::group::{Founders, FoundingTerms};

/// Minutes between announces where nothing is said. Each costs air on every radio that it reaches; paths live for days.
const ANNOUNCE_INTERVAL: u64 = 360;

/// The keys.
pub(super) const KEYS: &[Key] = &[
    Key::optional("create", Takes::OneOf(&["operator", "members", "anyone"])),
    Key::optional("max_groups", Takes::Number { least: 1, most: 1_000, of: "groups" }),
    Key::optional("max_groups_per_person", Takes::Number { least: 1, most: 1_000, of: "groups" }),
    Key::optional("directory", Takes::Switch),
    Key::optional("announce_interval", Takes::Number { least: 30, most: 10_080, of: "minutes" }),
];

/// What is said about groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupsSection {
    /// Who may make one, and how many there may be.
    pub founding: FoundingTerms,
    /// Whether groups of others that are heard are listed.
    pub directory: bool,
    /// Between announces.
    pub announce_interval: Duration,
}

impl Default for GroupsSection {
    fn default() -> Self {
        Self {
            founding: FoundingTerms::default(),
            directory: true,
            announce_interval: Duration::from_secs(ANNOUNCE_INTERVAL.saturating_mul(60)),
        }
    }
}

impl GroupsSection {
    /// From the values of a section.
    pub(super) fn of(values: &Values) -> Self {
        let default = FoundingTerms::default();
        let count = |name, otherwise| {
            values.number(name).and_then(|number| u32::try_from(number).ok()).unwrap_or(otherwise)
        };
        let minutes = values.number("announce_interval").unwrap_or(ANNOUNCE_INTERVAL);
        Self {
            founding: FoundingTerms {
                founders: values.text("create").and_then(Founders::from_name).unwrap_or(default.founders),
                max_groups: count("max_groups", default.max_groups),
                max_each: count("max_groups_per_person", default.max_each),
            },
            directory: values.switch("directory") != Some(false),
            announce_interval: Duration::from_secs(minutes.saturating_mul(60)),
        }
    }
}

/// What a person wants to know of it.
impl std::fmt::Display for GroupsSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let FoundingTerms { founders, max_groups, max_each } = self.founding;
        match founders {
            Founders::Operator => write!(f, "made by you, at most {max_groups}")?,
            Founders::Members => {
                write!(f, "made by you and by members, at most {max_groups}, {max_each} each")?
            }
            Founders::Anyone => write!(f, "made by anyone, at most {max_groups}, {max_each} each")?,
        }
        let others = if self.directory { "listed" } else { "not listed" };
        let minutes = self.announce_interval.as_secs().checked_div(60).unwrap_or(0);
        write!(f, "; announced every {minutes} minutes; those of others are {others}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn groups(text: &str) -> GroupsSection {
        Config::parse(&format!("[groups]\n{text}")).unwrap().groups
    }

    #[test]
    fn every_founder_has_its_word() {
        let Takes::OneOf(words) = KEYS[0].takes else { panic!("a choice") };
        assert!(words.iter().copied().eq(Founders::ALL.iter().map(|founders| founders.name())));
    }

    #[test]
    fn only_the_operator_makes_groups_unless_told_otherwise() {
        assert_eq!(groups(""), GroupsSection::default());
        assert_eq!(
            groups("").to_string(),
            "made by you, at most 50; announced every 360 minutes; those of others are listed"
        );
        let open = groups(
            "create = \"anyone\"\nmax_groups = 9\nmax_groups_per_person = 2\ndirectory = false\nannounce_interval = 60",
        );
        assert_eq!(open.founding, FoundingTerms { founders: Founders::Anyone, max_groups: 9, max_each: 2 });
        assert_eq!(
            open.to_string(),
            "made by anyone, at most 9, 2 each; announced every 60 minutes; those of others are not listed"
        );
        assert!(Config::parse("[groups]\ncreate = \"everybody\"").is_err());
        assert!(Config::parse("[groups]\nannounce_interval = 5").is_err());
    }
}
