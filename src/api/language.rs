//! `/api/v1/me/language`: the language in which a member is spoken to, in answers and in chat.
//! Not that of one answer: any request may say `lang`.

use serde::{Deserialize, Serialize};

use super::format::Style;
use super::refusal::wrong_field;
use super::{Call, Failure};
use crate::group::{Act, Language, Permission, Sentence};

/// Asks which language it is, or chooses one.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct LanguageRequest {
    /// What the caller chooses: `en` or `de`. Without it nothing changes.
    pub lang: Option<String>,
}

/// The language in which the caller is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LanguageAnswer {
    /// `en` or `de`.
    pub lang: &'static str,
}

/// Serves `/api/v1/me/language`.
pub fn language(
    call: &mut Call<'_, '_>,
    request: LanguageRequest,
    _: Style,
) -> Result<LanguageAnswer, Failure> {
    if let Some(text) = request.lang {
        let Some(language) = Language::meant(&text) else {
            let what = Sentence::NoSuchLanguage { text: text.chars().take(20).collect() };
            return Err(wrong_field("lang", what, Sentence::SayWhichLanguage).into());
        };
        call.act(Act::ChooseLanguage(language))?;
    }
    call.check(Permission::SwitchRelay)?;
    Ok(LanguageAnswer { lang: call.language()?.name() })
}
