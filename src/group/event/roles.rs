//! Roles are given and defined, and single permissions are given and taken back.
//! Not whether they may be: the rules have decided that.

use serde::{Deserialize, Serialize};

use crate::group::permission::Permission;
use crate::group::permission_set::PermissionSet;
use crate::group::role::Role;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A member got another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssigned {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// Which.
    #[serde(rename = "r")]
    pub role: Role,
    /// Who gave it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// What a role may was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleDefined {
    /// Which.
    #[serde(rename = "r")]
    pub role: Role,
    /// All that it may from now on.
    #[serde(rename = "p")]
    pub permissions: PermissionSet,
    /// Who changed it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// A person got a permission beyond their role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionGranted {
    /// Who.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Which.
    #[serde(rename = "p")]
    pub permission: Permission,
    /// Until when; `None` for good.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixTime>,
    /// Who gave it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

/// A permission that a person had beyond their role was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionRevoked {
    /// Whose.
    #[serde(rename = "i")]
    pub identity: IdentityHash,
    /// Which.
    #[serde(rename = "p")]
    pub permission: Permission,
    /// Who took it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

super::about_no_post!(RoleAssigned, RoleDefined, PermissionGranted, PermissionRevoked);
