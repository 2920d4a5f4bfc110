//! `/lang` and `/notify`: the language in which a member is spoken to, and what they are told of.
//! Not what is sent to them in full.

use super::{fit, unquoted};
use crate::api::{Call, Failure};
use crate::group::{
    Act, Language, NotifyChoice, NotifyMode, NotifyWay, Permission, Refusal, RefusalCode, Sentence,
};

pub(super) fn language(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let text = unquoted(arguments);
    if text.is_empty() {
        return call.say(&[Sentence::LanguageChosen, Sentence::SayWhichLanguage]);
    }
    let Some(language) = Language::meant(text) else {
        let what = Sentence::NoSuchLanguage { text: fit(text, 20) };
        return Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::SayWhichLanguage).into());
    };
    call.act(Act::ChooseLanguage(language))?;
    call.say(&[Sentence::LanguageChosen])
}

pub(super) fn notify(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let text = unquoted(arguments).to_lowercase();
    let mode = if text.is_empty() {
        chosen(call)?
    } else {
        let Some(mode) = NotifyMode::from_name(&text) else {
            let (what, then) = (Sentence::NoSuchNotify, Sentence::SayWhichNotify);
            return Err(Refusal::new(RefusalCode::BadRequest, what, then).into());
        };
        call.act(Act::ChooseNotify(NotifyChoice { mode, way: NotifyWay::Text }))?;
        mode
    };
    let told = match mode {
        NotifyMode::Off => Sentence::NotifiedOfNothing,
        NotifyMode::Mentions => Sentence::NotifiedOfMentions,
        NotifyMode::All => Sentence::NotifiedOfAll,
        NotifyMode::Digest => Sentence::NotifiedDaily,
    };
    call.say(&[told, Sentence::SayWhichNotify])
}

fn chosen(call: &Call<'_, '_>) -> Result<NotifyMode, Failure> {
    call.check(Permission::SwitchRelay)?;
    Ok(match call.who.caller.identity() {
        Some(identity) => call.store.notify_choice(call.group.facts.gid, identity)?.mode,
        None => NotifyMode::Off,
    })
}
