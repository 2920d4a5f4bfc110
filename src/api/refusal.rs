//! How a call fails: a refusal, which is an answer, or the store, which is nobody's to read.
//! Not the codes; those are the group's.

use serde::Serialize;

use crate::group::{Language, Refusal, RefusalCode, Sentence};
use crate::store::StoreError;

/// A refusal as an answer.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct RefusalAnswer<'a> {
    /// What was wrong, in a word that never changes.
    error: &'a str,
    /// What happened, in a sentence.
    what: String,
    /// What to do next, in a sentence.
    #[serde(rename = "do")]
    then: String,
    /// The field that is wrong, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

impl<'a> RefusalAnswer<'a> {
    pub(super) fn new(refusal: &'a Refusal, language: Language) -> Self {
        let [what, then] = [&refusal.what, &refusal.then].map(|sentence| sentence.said_in(language));
        Self { error: refusal.code.name(), what, then, field: refusal.field }
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

/// A refusal of a request whose `field` is wrong. Programs make such requests, and programmers read of it: in English.
pub(crate) fn bad_field(field: &'static str, what: impl Into<String>, then: impl Into<String>) -> Refusal {
    malformed(RefusalCode::BadRequest, what, then).in_field(field)
}

/// The same, where people write what is in the field: in their language.
pub(crate) fn wrong_field(field: &'static str, what: Sentence, then: Sentence) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, what, then).in_field(field)
}

/// As [`bad_field`], about all of a request.
pub(super) fn malformed(code: RefusalCode, what: impl Into<String>, then: impl Into<String>) -> Refusal {
    Refusal::new(code, Sentence::text(what), Sentence::text(then))
}

/// The answer to everything in a transaction that could not be stored.
pub fn unavailable() -> Refusal {
    Refusal::new(RefusalCode::Unavailable, Sentence::Unavailable, Sentence::SendLater)
}
