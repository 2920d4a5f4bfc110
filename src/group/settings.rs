//! What can be set about a group, and what kind of group it is.
//! Not its members or its keys.

use super::joining::JoinTerms;
use super::name::named_enum;
use super::permission::VisibilityClass;
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

/// What can be set about a group.
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
    /// How people come in.
    #[serde(rename = "j", default, skip_serializing_if = "JoinTerms::is_default")]
    pub joining: JoinTerms,
    /// How it shows itself beside its name.
    #[serde(rename = "w", default, skip_serializing_if = "Showing::is_default")]
    pub showing: Showing,
}

impl Settings {
    /// The longest post that a group takes unless it is set otherwise.
    pub const DEFAULT_MAX_TEXT: u32 = 2 * 1024 * 1024;
    /// The most members that a group takes unless it is set otherwise.
    pub const DEFAULT_MAX_MEMBERS: u32 = 20_000;

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
            joining: JoinTerms::default(),
            showing: Showing::default(),
        }
    }
}
