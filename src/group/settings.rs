//! What can be set about a group, and what kind of group it is.
//! Not its members or its keys.

use super::joining::{JoinMode, JoinTerms};
use super::moderation::ModerationTerms;
use super::name::named_enum;
use super::permission::VisibilityClass;
use super::retention::Retention;
use super::sentence::Language;
use super::showing::Showing;

named_enum! {
    /// What a group is.
    pub enum GroupKind {
        /// People and messages.
        Group = "group",
    }
}
named_enum! {
    /// Who can read what is stored.
    pub enum GroupMode {
        /// The host can.
        Plain = "plain",
    }
}
named_enum! {
    /// What this host is to a group.
    pub enum GroupRole {
        /// It orders the group's events.
        Origin = "origin",
        /// It keeps a copy of what another host orders.
        Mirror = "mirror",
    }
}

named_enum! {
    /// Is a group for everybody, or for people who know each other?
    #[derive(Default)]
    pub enum GroupAccess {
        /// Everybody may know its name, and come.
        #[default]
        Public = "public",
        /// Outside it goes by another name, and members let others in.
        Private = "private",
    }
}

/// Who sees what of a group, one class for each thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Visibility {
    /// That it exists, its name, its numbers and its rules.
    #[serde(rename = "i")]
    pub info: VisibilityClass,
    /// What groups belong to it.
    #[serde(rename = "c")]
    pub children: VisibilityClass,
    /// Who is in it.
    #[serde(rename = "m")]
    pub members: VisibilityClass,
    /// What is said in it.
    #[serde(rename = "t")]
    pub messages: VisibilityClass,
}

/// What can be set about a group. What an area of rules needs stands in a struct of its own. Kept with the event that
/// set it and in the group's row; a field that is as it comes takes no room, and an older event lacks it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// The name that everybody may know.
    #[serde(rename = "n")]
    pub name: String,
    /// The name that only members are told, where it differs.
    #[serde(rename = "p", default)]
    pub private_name: Option<String>,
    /// What it is about.
    #[serde(rename = "d", default)]
    pub description: String,
    /// Who sees what.
    #[serde(rename = "v")]
    pub visibility: Visibility,
    /// Longest post in bytes: title, text and fields together.
    #[serde(rename = "l")]
    pub max_text: u32,
    /// Most members at a time: the cap of the member table, whose eviction rule is that nobody more can join.
    #[serde(rename = "m")]
    pub max_members: u32,
    /// What people should keep to.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub rules: String,
    /// For everybody, or for people who know each other.
    #[serde(rename = "a", default, skip_serializing_if = "GroupAccess::is_public")]
    pub access: GroupAccess,
    /// Whether the node's list of groups leaves it out.
    #[serde(rename = "u", default, skip_serializing_if = "is_false")]
    pub unlisted: bool,
    /// How people come in.
    #[serde(rename = "j", default, skip_serializing_if = "JoinTerms::is_default")]
    pub joining: JoinTerms,
    /// How it shows itself beside its name.
    #[serde(rename = "w", default, skip_serializing_if = "Showing::is_default")]
    pub showing: Showing,
    /// How long messages are kept.
    #[serde(rename = "k", default, skip_serializing_if = "Retention::is_unbounded")]
    pub retention: Retention,
    /// The language in which people are spoken to who have chosen none.
    #[serde(rename = "g", default, skip_serializing_if = "Language::is_english")]
    pub language: Language,
    /// How it moderates by itself.
    #[serde(rename = "o", default, skip_serializing_if = "ModerationTerms::is_default")]
    pub moderation: ModerationTerms,
    /// Whether members who are near a radio of the host's may ask once for all of them.
    #[serde(rename = "b", default, skip_serializing_if = "is_false")]
    pub broadcast: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl GroupAccess {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    fn is_public(&self) -> bool {
        *self == Self::Public
    }
}

impl Settings {
    /// The longest post that a group takes unless it is set otherwise.
    pub const DEFAULT_MAX_TEXT: u32 = 2 * 1024 * 1024;
    /// The most members that a group takes unless it is set otherwise.
    pub const DEFAULT_MAX_MEMBERS: u32 = 20_000;
    /// What a private group is called outside unless it has another name for that.
    pub const HIDDEN_NAME: &str = "Private Group";

    /// A group that everybody may find and join; who is in it and what is said, its members see.
    pub fn public(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            private_name: None,
            description: String::new(),
            visibility: Visibility {
                info: VisibilityClass::World,
                children: VisibilityClass::World,
                members: VisibilityClass::Members,
                messages: VisibilityClass::Members,
            },
            max_text: Self::DEFAULT_MAX_TEXT,
            max_members: Self::DEFAULT_MAX_MEMBERS,
            rules: String::new(),
            access: GroupAccess::Public,
            unlisted: false,
            joining: JoinTerms::default(),
            showing: Showing::default(),
            retention: Retention::default(),
            language: Language::English,
            moderation: ModerationTerms::default(),
            broadcast: false,
        }
    }

    /// The name that members know the group by.
    pub fn inner_name(&self) -> &str {
        self.private_name.as_ref().unwrap_or(&self.name)
    }

    /// What everybody may call the group: its announce says so.
    pub fn public_name(&self) -> &str {
        match self.visibility.info {
            VisibilityClass::World => &self.name,
            VisibilityClass::Members | VisibilityClass::Staff | VisibilityClass::Nobody => Self::HIDDEN_NAME,
        }
    }

    /// May what is said be broadcast? Who is given the key reads all of it, so members must be allowed to.
    pub fn may_broadcast(&self) -> bool {
        self.broadcast && self.visibility.messages <= VisibilityClass::Members
    }

    /// Closes or opens the group: what goes with it is set along. A name of its own for outside stays.
    #[must_use]
    pub fn with_access(mut self, access: GroupAccess) -> Self {
        self.access = access;
        match access {
            GroupAccess::Private => {
                if self.private_name.is_none() {
                    self.private_name = Some(std::mem::replace(&mut self.name, Self::HIDDEN_NAME.into()));
                }
                self.unlisted = true;
                if self.joining.mode == JoinMode::Open {
                    self.joining.mode = JoinMode::Approval;
                }
                if self.joining.mode == JoinMode::Open {
                    self.joining.mode = JoinMode::Approval;
                }
                let inside = |class: VisibilityClass| class.max(VisibilityClass::Members);
                self.visibility.members = inside(self.visibility.members);
                self.visibility.messages = inside(self.visibility.messages);
                self.visibility.children = inside(self.visibility.children);
            }
            GroupAccess::Public => {
                if self.name == Self::HIDDEN_NAME
                    && let Some(name) = self.private_name.take()
                {
                    self.name = name;
                }
                self.unlisted = false;
                if self.joining.mode == JoinMode::Approval {
                    self.joining.mode = JoinMode::Open;
                }
                self.visibility.info = VisibilityClass::World;
                if self.visibility.children == VisibilityClass::Members {
                    self.visibility.children = VisibilityClass::World;
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_is_closed_and_opened_has_its_name_again() {
        let open = Settings::public("Hamburg");
        let closed = open.clone().with_access(GroupAccess::Private);
        assert_eq!((closed.public_name(), closed.inner_name()), ("Private Group", "Hamburg"));
        assert_eq!(closed.joining.mode, JoinMode::Approval);
        assert_eq!(closed.joining.mode, JoinMode::Approval);
        assert!(closed.unlisted && closed.visibility.children == VisibilityClass::Members);
        let again = closed.with_access(GroupAccess::Public);
        assert_eq!(again, open);
        assert_eq!(again.joining.mode, JoinMode::Open);
        assert_eq!((again.public_name(), again.inner_name(), again.unlisted), ("Hamburg", "Hamburg", false));
    }

    #[test]
    fn an_alias_stays_when_a_group_is_closed() {
        let alias = Settings { private_name: Some("Böll".into()), ..Settings::public("Hamburg") };
        let closed = alias.with_access(GroupAccess::Private);
        assert_eq!((closed.public_name(), closed.inner_name()), ("Hamburg", "Böll"));
    }

    #[test]
    fn what_is_as_it_comes_takes_no_room() {
        let text = serde_json::to_string(&Settings::public("x")).unwrap();
        let visibility = r#"{"i":"world","c":"world","m":"members","t":"members"}"#;
        let expected = format!(r#"{{"n":"x","p":null,"d":"","v":{visibility},"l":2097152,"m":20000}}"#);
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), Settings::public("x"));
    }
}
