//! `/lang`: the language in which a member is spoken to.
//! Not what is said.

use super::{fit, unquoted};
use crate::api::{Call, Failure};
use crate::group::{Act, Language, Refusal, RefusalCode, Sentence};

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
