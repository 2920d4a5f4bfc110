//! What people are told, before it is said in a language: one variant for each sentence, with what it is about.
//! Not when something is said. The sentences stand in a table for each area, each with its English and its German words;
//! to add a sentence is to add it there, and no language can be forgotten.
//!
//! An entry of a table is `Name { what it is about } => (English) (German);`, each as for `format!`. Words that are
//! another way in some cases follow as `if (when) => (English) (German)`.

mod access;
mod deeds;
mod founding;
mod help;
mod history;
mod joining;
mod kept;
mod membership;
mod moderation;
mod people;
mod posting;
mod reading;
mod roles;
mod settings;
mod shell;

use access::access;
use deeds::deeds;
use founding::founding;
use help::help;
use history::history;
use joining::joining;
pub use kept::Kept;
use membership::membership;
use moderation::moderation;
use people::people;
use posting::posting;
use reading::reading;
use roles::roles;
use settings::settings;
use shell::shell;

use super::date::{clock, in_words, span_in_german, span_in_words};
use super::id::Seq;
use super::name::named_enum;
use super::permission::Permission;
use super::role::Role;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::UnixTime;

named_enum! {
    /// A language that people can be spoken to in.
    #[derive(Default)]
    pub enum Language {
        #[default]
        /// English, where nothing else is chosen.
        English = "en",
        /// German.
        German = "de",
    }
}

impl Language {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    pub(super) fn is_english(&self) -> bool {
        *self == Self::English
    }

    /// The one that somebody means: by its short name, or by what it is called in either language.
    pub fn meant(text: &str) -> Option<Self> {
        match text.to_lowercase().as_str() {
            "en" | "english" | "englisch" => Some(Self::English),
            "de" | "german" | "deutsch" => Some(Self::German),
            _ => None,
        }
    }

    /// Says these, one after the other.
    pub fn say(self, sentences: &[Sentence]) -> String {
        sentences.iter().map(|sentence| sentence.said_in(self)).collect::<Vec<_>>().join(" ")
    }
}

/// A macro for each area of sentences, which adds its own to those before and hands all to the next one.
macro_rules! sentences {
    ({ $($all:tt)* }) => { said! { $($all)* } };
    ({ $($all:tt)* } $area:ident $($rest:ident)*) => { $area! { sentences { $($all)* } $($rest)* } };
}

/// The enum of all sentences, and what each says.
macro_rules! said {
    ($($name:ident $({ $($field:ident: $type:ty),+ $(,)? })? =>
        $en:tt $de:tt $(if ($when:expr) => $en_then:tt $de_then:tt)*;)*) => {
        /// Something to be said to a person.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "what each says stands beside its name")]
        pub enum Sentence {
            /// What has no translation: what people wrote themselves, and complaints about requests, which programmers
            /// read.
            Text(String),
            /// Several, one after the other.
            Several(Vec<Self>),
            $($name $({ $($field: $type),+ })?,)*
        }

        impl Sentence {
            /// Says it.
            pub fn said_in(&self, language: Language) -> String {
                match self {
                    Self::Text(text) => text.clone(),
                    Self::Several(sentences) => language.say(sentences),
                    $(Self::$name $({ $($field),+ })? => {
                        $(if $when {
                            return match language {
                                Language::English => format! $en_then,
                                Language::German => format! $de_then,
                            };
                        })*
                        match language {
                            Language::English => format! $en,
                            Language::German => format! $de,
                        }
                    })*
                }
            }
        }

        /// The words of each: its name, in English, in German.
        #[cfg(test)]
        const WORDS: &[(&str, &str, &str)] = &[$(
            (stringify!($name), stringify!($en), stringify!($de)),
            $((stringify!($name), stringify!($en_then), stringify!($de_then)),)*
        )*];
    };
}

sentences! {
    {} access membership joining posting history moderation roles settings people reading founding deeds help shell
}

/// A refusal holds two, and is handed up from everywhere: what is longer goes into a box.
const _: () = assert!(size_of::<Sentence>() <= 48);

impl Sentence {
    /// What somebody wrote, and what stands for itself: it is the same in all languages.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// In English, for logs and for who has not chosen.
impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.said_in(Language::English))
    }
}

/// Who is kept out or may not write, as whom and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Who.
    pub name: String,
    /// By whom, if not by the operator.
    pub by: Option<String>,
    /// Until when, if it ends.
    pub until: Option<UnixTime>,
    /// Why, if somebody said so.
    pub reason: String,
}

impl Bar {
    fn in_english(&self) -> String {
        let by = self.by.clone().unwrap_or_else(|| english(&Sentence::TheOperator));
        format!("by {by}, {}{}", until_in_english(self.until), self.end())
    }

    fn in_german(&self) -> String {
        let by = self.by.clone().unwrap_or_else(|| german(&Sentence::TheOperator));
        format!("von {by}, {}{}", until_in_german(self.until), self.end())
    }

    fn end(&self) -> String {
        if self.reason.is_empty() { ".".to_owned() } else { format!(": {}", self.reason) }
    }
}

fn english(sentence: &Sentence) -> String {
    sentence.said_in(Language::English)
}

fn german(sentence: &Sentence) -> String {
    sentence.said_in(Language::German)
}

/// What to type, with German words for what stands in place of something.
fn usage_in_german(usage: &str) -> String {
    let german = |word: &str| match word {
        "REASON" => Some("GRUND"),
        "WORD" => Some("WORT"),
        "WORDS" => Some("WÖRTER"),
        "TIME" => Some("ZEIT"),
        "ROLE" => Some("ROLLE"),
        "PERMISSION" => Some("RECHT"),
        "VALUE" => Some("WERT"),
        "NICK" => Some("NEUER-NAME"),
        _ => None,
    };
    let words = usage.split(' ').map(|word| {
        let bare = word.trim_matches(['[', ']']);
        german(bare).map_or_else(|| word.to_owned(), |said| word.replace(bare, said))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// How long something holds.
fn until_in_english(until: Option<UnixTime>) -> String {
    until.map_or_else(|| "for good".to_owned(), |until| format!("until {}", in_words(until)))
}

fn until_in_german(until: Option<UnixTime>) -> String {
    until.map_or_else(|| "unbegrenzt".to_owned(), |until| format!("bis {}", in_words(until)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_what_people_call_it() {
        for language in Language::ALL {
            assert_eq!(Language::meant(language.name()), Some(*language));
        }
        assert_eq!(Language::meant("Deutsch"), Some(Language::German));
        assert_eq!(Language::meant("klingon"), None);
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let said = |count, language| Sentence::MemberCount { count }.said_in(language);
        assert_eq!(said(1, Language::English), "1 member");
        assert_eq!(said(2, Language::English), "2 members");
        assert_eq!(said(1, Language::German), "1 Mitglied");
        assert_eq!(said(2, Language::German), "2 Mitglieder");
    }

    #[test]
    fn what_people_wrote_stays_as_it_is() {
        for language in Language::ALL {
            assert_eq!(Sentence::text("spam").said_in(*language), "spam");
        }
    }

    #[test]
    fn every_sentence_has_german_words_of_its_own() {
        for (name, english, german) in WORDS {
            assert_ne!(english, german, "{name}");
        }
    }
}
