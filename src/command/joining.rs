//! `/join` and `/leave`: coming in, asking to, and going.
//! Not the rules; the acts are the same as the API's.

use super::words::is_quote;
use super::{ONE_PACKET, Words, fit, unquoted};
use crate::api::joining::{self, JoinRequest, LeaveRequest};
use crate::api::{Call, Failure, format::Style};
use crate::group::invite::looks_like_a_code;
use crate::group::sentence::Kept;
use crate::group::{InviteCode, Language, MemberNumber, Refusal, RefusalCode, Sentence, Settings};

/// What ends a name and begins what somebody says about themselves. None of them can be in a name.
const ENDS_A_NAME: &[char] = &[',', ':', ';', '\n'];
/// Blocks of a code that was typed with spaces.
const BLOCKS: usize = 3;

pub(super) fn join(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let has_stamp = call.host.stamp_cost();
    let price = call.group.facts.settings.joining.price;
    let joined = joining::join(call, wish(arguments), Style::Named).map_err(|failure| match failure {
        Failure::Refused(refusal) => Failure::Refused(for_chat(refusal, price, has_stamp)),
        other @ Failure::Store(_) => other,
    })?;
    match joined.number {
        Some(number) => Ok(welcome(call.language()?, number, call.settings())),
        None => {
            let kept = Kept::from(&call.settings().retention);
            let asked = Sentence::HasAsked { name: fit(&joined.name, 30) };
            Ok(fit(&call.say(&[asked, Sentence::OnceIn { kept }])?, call.room))
        }
    }
}

pub(super) fn leave(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    joining::leave(call, LeaveRequest {}, Style::Named)?;
    call.say(&[Sentence::Left])
}

/// What somebody should know first who is a member, and then as much of the rest as there is room for.
pub fn welcome(language: Language, number: MemberNumber, settings: &Settings) -> String {
    let (greeting, kept) = (&settings.joining.greeting, Kept::from(&settings.retention));
    let you_are = Sentence::Joined { number: number.0, name: fit(settings.inner_name(), 30) };
    let mut said = language.say(&[you_are, Sentence::JoinedKnow { kept }]);
    let room = ONE_PACKET.saturating_sub(said.len() + 1);
    if !greeting.is_empty() {
        said = format!("{said} {}", fit(greeting, room));
    }
    // Phones stay silent for contacts that are not trusted, so it has to be said.
    for sentence in [Sentence::TrustContact, Sentence::JoinedGoOn] {
        let sentence = sentence.said_in(language);
        if said.len() + 1 + sentence.len() <= ONE_PACKET {
            said = format!("{said} {sentence}");
        }
    }
    said
}

/// Programs compute work; people in chats have a stamp, if the group asks for stamps, or somebody who helps them.
fn for_chat(refusal: Refusal, price: u8, stamp: Option<u8>) -> Refusal {
    if refusal.code != RefusalCode::Price {
        return refusal;
    }
    let then = match stamp {
        Some(_) => Sentence::StampForJoin { bits: price },
        None => Sentence::InviteForJoin,
    };
    Refusal { then, ..refusal }
}

/// `NAME`, `NAME, what I say`, and the code of an invite anywhere.
fn wish(arguments: &str) -> JoinRequest {
    let (code, rest) = take_code(arguments);
    let rest = rest.trim();
    let (nick, text) = match rest.chars().next() {
        Some(first) if is_quote(first) => {
            let mut words = Words::new(rest);
            (words.word().unwrap_or_default().to_owned(), words.rest().to_owned())
        }
        _ => {
            let (nick, text) = rest.split_once(ENDS_A_NAME).unwrap_or((rest, ""));
            (unquoted(nick).to_owned(), text.trim().to_owned())
        }
    };
    let text = text.trim_start_matches(ENDS_A_NAME).trim().to_owned();
    JoinRequest {
        nick: Some(nick).filter(|nick| !nick.is_empty()),
        text: Some(text).filter(|text| !text.is_empty()),
        code,
        work: None,
        short: false,
    }
}

/// The code in a line, and the line without it.
fn take_code(line: &str) -> (Option<String>, String) {
    let pieces: Vec<&str> = line.split_inclusive(char::is_whitespace).collect();
    let without = |at: usize, count: usize| {
        let kept = pieces.iter().enumerate().filter(|(index, _)| !(at..at + count).contains(index));
        kept.map(|(_, piece)| *piece).collect::<String>()
    };
    let clean = |piece: &str| unquoted(piece.trim_end_matches([',', '.', '\n', ' '])).to_owned();
    if let Some(at) = pieces.iter().position(|piece| looks_like_a_code(&clean(piece))) {
        let code = pieces.get(at).map(|piece| clean(piece));
        return (code, without(at, 1));
    }
    let spaced = pieces.windows(BLOCKS).map(|blocks| clean(&blocks.concat()));
    match spaced.enumerate().find(|(_, code)| InviteCode::parse(code).is_some()) {
        Some((at, code)) => (Some(code), without(at, BLOCKS)),
        None => (None, line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "QAXBN-ENTQA-XB6FA";

    fn parts(arguments: &str) -> (Option<String>, Option<String>, Option<String>) {
        let JoinRequest { nick, text, code, work, .. } = wish(arguments);
        assert_eq!(work, None);
        (nick, text, code)
    }

    #[test]
    fn a_name_a_word_about_oneself_and_a_code_are_told_apart() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts(""), (None, None, None));
        assert_eq!(parts("Anna B"), (some("Anna B"), None, None));
        assert_eq!(parts("\u{201c}Anna\u{201d}"), (some("Anna"), None, None));
        assert_eq!(parts("Anna B, I know Bert"), (some("Anna B"), some("I know Bert"), None));
        assert_eq!(parts("Anna\nI know Bert: well"), (some("Anna"), some("I know Bert: well"), None));
        assert_eq!(parts("\"Anna B\" I know Bert"), (some("Anna B"), some("I know Bert"), None));
        assert_eq!(parts(&format!("Anna {CODE}")), (some("Anna"), None, some(CODE)));
        assert_eq!(parts(CODE), (None, None, some(CODE)));
        let lower = CODE.to_lowercase();
        assert_eq!(parts(&format!("{lower} Anna B")), (some("Anna B"), None, some(&lower)));
        assert_eq!(parts(&format!("Anna, hello {CODE}.")), (some("Anna"), some("hello"), some(CODE)));
        let spaced = CODE.replace('-', " ");
        assert_eq!(parts(&format!("Anna {spaced}")), (some("Anna"), None, some(&spaced)));
        let link = format!("roost://{}/{CODE}?lxmf={}&name=x", "02".repeat(16), "03".repeat(16));
        assert_eq!(parts(&format!("Anna {link}")), (some("Anna"), None, some(&link)));
        // With a slip in it, it is still no part of the name.
        assert_eq!(parts("Anna QAXBN-ENTQA-XB6FF"), (some("Anna"), None, some("QAXBN-ENTQA-XB6FF")));
    }

    #[test]
    fn a_welcome_says_how_long_what_is_written_stays() {
        let mut settings = Settings::public("Perch");
        let said = |settings: &Settings, language| welcome(language, MemberNumber(1), settings);
        assert!(said(&settings, Language::English).contains("posted and kept until removed:"));
        settings.retention.days = Some(30);
        assert!(said(&settings, Language::English).contains("posted and kept for 30 days at most:"));
        assert!(said(&settings, Language::German).contains("bleibt höchstens 30 Tage:"));
        settings.retention.days = Some(36_500);
        settings.name = "ä".repeat(100);
        for language in Language::ALL {
            assert!(said(&settings, *language).len() <= ONE_PACKET);
        }
    }

    #[test]
    fn a_welcome_fits_one_packet_and_says_what_must_be_said() {
        for language in Language::ALL {
            for greeting in [String::new(), "Be kind.".to_owned(), "ä".repeat(200)] {
                let mut settings = Settings::public("ä".repeat(100));
                settings.joining.greeting.clone_from(&greeting);
                let said = welcome(*language, MemberNumber(1_000_000), &settings);
                assert!(said.len() <= ONE_PACKET, "{} bytes", said.len());
                let know = Sentence::JoinedKnow { kept: Kept::from(&settings.retention) };
                assert!(said.contains(&know.said_in(*language)), "{said}");
                assert_eq!(said.contains("Be kind."), greeting == "Be kind.");
                let trust = Sentence::TrustContact.said_in(*language);
                assert!(said.contains(&trust) || !greeting.is_empty(), "{said}");
            }
        }
    }
}
