//! What members choose for themselves beside the relay.
//! Not what others decide about them.

use serde::{Deserialize, Serialize};

use crate::group::notify::NotifyChoice;
use crate::group::sentence::Language;
use crate::rns::hash::IdentityHash;

/// A member chose the language in which they are spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageChosen {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// What they chose.
    #[serde(rename = "l")]
    pub language: Language,
}

/// A member chose what they are told of without being sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyChosen {
    /// Who.
    #[serde(rename = "m")]
    pub member: IdentityHash,
    /// What they chose.
    #[serde(rename = "c")]
    pub choice: NotifyChoice,
}

super::about_no_post!(LanguageChosen, NotifyChosen);
