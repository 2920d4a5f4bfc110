//! The beginning of a group.
//! Not its identity: keys are no events.

use serde::{Deserialize, Serialize};

use crate::group::id::GroupId;
use crate::group::role::RoleTable;
use crate::group::settings::{GroupKind, GroupMode, GroupRole, Settings};

/// The group began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCreated {
    /// Its id for good.
    #[serde(rename = "g")]
    pub gid: GroupId,
    /// What it is.
    #[serde(rename = "k")]
    pub kind: GroupKind,
    /// Who can read what is stored.
    #[serde(rename = "m")]
    pub mode: GroupMode,
    /// What this host is to it.
    #[serde(rename = "r")]
    pub role: GroupRole,
    /// How it is set up.
    #[serde(rename = "s")]
    pub settings: Settings,
    /// What roles may, where that is not as they come.
    #[serde(rename = "o", default, skip_serializing_if = "RoleTable::is_default")]
    pub roles: RoleTable,
}

super::about_no_post!(GroupCreated);
