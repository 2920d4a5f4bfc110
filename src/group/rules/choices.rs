//! What members choose for themselves beside the relay.
//! Not what is sent to them because of it.

use super::act::{Already, Decision};
use super::refusals::not_member;
use crate::group::event::{LanguageChosen, NotifyChosen};
use crate::group::facts::Standing;
use crate::group::notify::{NotifyChoice, NotifyMode};
use crate::group::refusal::Refusal;
use crate::group::sentence::Language;
use crate::rns::hash::IdentityHash;

pub(super) fn choose_notify(
    member: IdentityHash,
    standing: &Standing,
    choice: NotifyChoice,
) -> Result<Decision, Refusal> {
    let is_off = choice.mode == NotifyMode::Off && standing.notify.mode == NotifyMode::Off;
    match &standing.member {
        Some(_) if is_off || standing.notify == choice => Ok(Decision::Already(Already::Notify(choice))),
        Some(_) => Ok(Decision::Event(NotifyChosen { member, choice }.into())),
        None => Err(not_member()),
    }
}

pub(super) fn choose_language(
    member: IdentityHash,
    standing: &Standing,
    language: Language,
) -> Result<Decision, Refusal> {
    match &standing.member {
        Some(_) if standing.language == Some(language) => Ok(Decision::Already(Already::Language(language))),
        Some(_) => Ok(Decision::Event(LanguageChosen { member, language }.into())),
        None => Err(not_member()),
    }
}
