//! A group is set up anew.
//! Not what a setting means.

use serde::{Deserialize, Serialize};

use crate::group::settings::Settings;
use crate::rns::hash::IdentityHash;

/// The group was set up anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChanged {
    /// All of how it is set up from now on.
    #[serde(rename = "s")]
    pub settings: Settings,
    /// Who changed it; `None` for the operator of the machine.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<IdentityHash>,
}

super::about_no_post!(SettingsChanged);
