//! How a call fails: a refusal, which is an answer, or the store, which is nobody's to read.
//! Not the codes; those are the group's.

use serde::Serialize;

use crate::group::{Refusal, RefusalCode};
use crate::store::StoreError;

/// A refusal as an answer.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct RefusalAnswer<'a> {
    /// What was wrong, in a word that never changes.
    error: &'a str,
    /// What happened, in a sentence.
    what: &'a str,
    /// What to do next, in a sentence.
    #[serde(rename = "do")]
    then: &'a str,
    /// The field that is wrong, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

impl<'a> From<&'a Refusal> for RefusalAnswer<'a> {
    fn from(refusal: &'a Refusal) -> Self {
        Self { error: refusal.code.name(), what: &refusal.what, then: &refusal.then, field: refusal.field }
    }
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The caller may not, or asks for something that cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk. Nothing of the transaction may be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A refusal of a request whose `field` is wrong.
pub(crate) fn bad_field(field: &'static str, what: impl Into<String>, then: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, what, then).in_field(field)
}

/// The answer to everything in a transaction that could not be stored.
pub fn unavailable() -> Refusal {
    Refusal::new(
        RefusalCode::Unavailable,
        "This server could not store or read that just now.",
        "Send it again later.",
    )
}
