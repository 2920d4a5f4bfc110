//! The German table.
//! Not when something is said.

use super::{Language, Sentence as S, short, table};
use crate::group::date::in_words;

#[expect(clippy::too_many_lines, reason = "a table: a line for each sentence")]
pub(super) fn say(sentence: &S) -> String {
    table! { sentence;
        S::Text(text) => ("{text}"),
        S::Several(sentences) => ("{}", Language::German.say(sentences)),

        S::WhoAreYou => ("Dieser Server weiß nicht, wer du bist."),
        S::IdentifyFirst => ("Weise dich erst auf dem Link aus."),
        S::OnlyPeople => ("Das kann nur eine Person, und die Kommandozeile ist keine."),
        S::UseAClient => ("Tu es mit einem Client."),
        S::OnlyMembers => ("Das dürfen nur Mitglieder dieser Gruppe."),
        S::JoinFirst => ("Tritt ihr erst bei."),
        S::SendJoin => ("Zum Beitreten sende /join."),
        S::NotAllowed => ("Das darfst du hier nicht."),
        S::AskOperator => ("Frag den Betreiber dieses Servers."),
        S::Banned { reason } if reason.is_empty() => ("Du bist aus dieser Gruppe verbannt."),
        S::Banned { reason } => ("Du bist aus dieser Gruppe verbannt: {reason}"),
        S::TryAfter { until } => ("Versuch es wieder nach {}.", in_words(*until)),
        S::NotBannedAnyMore => ("Du bist hier nicht mehr verbannt. Zum Beitreten sende /join."),
        S::KeepsACopy => ("Dieser Server hat nur eine Kopie der Gruppe."),
        S::AskItsServer => ("Frag den Server der Gruppe selbst."),
        S::Unavailable => ("Dieser Server konnte das gerade nicht speichern oder lesen."),
        S::SendLater => ("Sende es später noch einmal."),

        S::GroupFull { members } => ("Diese Gruppe ist voll: {members} Mitglieder."),
        S::TryWhenSomebodyLeft => ("Versuch es wieder, wenn jemand gegangen ist."),
        S::NickTooLong { len, max } => ("Dieser Name hat {len} Bytes; höchstens {max} gehen."),
        S::NickCharacter { c } => ("In einem Namen darf kein \u{201e}{c}\u{201c} stehen."),
        S::NickNeedsLetters => ("Ein Name braucht Buchstaben, kein Leerzeichen außen und nichts Unsichtbares."),
        S::ChooseAnotherNick => ("Wähl einen anderen, oder lass ihn weg."),
        S::Joined { number, name } => ("Du bist Mitglied {number} von {name}."),
        S::JoinedMore => ("Was du schreibst, wird gepostet und bleibt, bis es entfernt wird: Mitglieder können es \
            behalten und teilen, der Server kann es lesen, sein Betreiber es oder dich entfernen. /resume sendet dir \
            Neues, /history das Letzte. Vertraue dem Kontakt."),
        S::Left => ("Du bist kein Mitglied mehr, und dir wird nichts gesendet. Zurück mit /join."),
        S::SendsAll => ("Neue Nachrichten werden dir gesendet. /pause beendet das."),
        S::SendsText => ("Neue Nachrichten werden dir als Text gesendet; Dateien, Bilder, Ton und Reaktionen bleiben \
            hier. /showall bringt sie, /pause beendet das."),
        S::SendsNothing => ("Dir wird nichts gesendet. Weiter mit /resume, nachsehen mit /history."),
        S::LanguageChosen => ("Ich spreche Deutsch mit dir."),
        S::NoSuchLanguage { text } => ("\u{201e}{text}\u{201c} ist keine Sprache, die ich spreche."),
        S::SayWhichLanguage => ("/lang en for English, /lang de für Deutsch."),

        S::SomebodyElses => ("Diese Nachricht ist von jemand anderem."),
        S::LetAuthorSend => ("Sie muss von dort kommen."),
        S::NothingInIt => ("Es steht nichts darin."),
        S::SendAText => ("Sende einen Text."),
        S::PostTooLong { len, max } => ("Diese Nachricht hat {len} Bytes; höchstens {max} gehen hier."),
        S::SendInParts => ("Sende sie in Teilen."),
        S::ReactsToUnknown => ("Worauf das reagiert, ist hier nicht bekannt."),
        S::ReactToNewer => ("Reagiere auf eine neuere Nachricht."),
        S::NothingPostedJoin => ("Nichts wurde gepostet: du bist kein Mitglied dieser Gruppe. Zum Beitreten sende \
            /join, mehr steht in /help."),
        S::StampAsked { cost } => ("Nichts wurde gepostet: diese Gruppe verlangt eine Briefmarke (stamp) von {cost} \
            Bit. Schalte das in deinem Client ein, warte auf die nächste Ankündigung der Gruppe und sende noch einmal."),
        S::StoredAs { seq } => ("Gespeichert als Nummer {seq}."),

        S::ReasonTooLong { len, max } => ("Dieser Grund hat {len} Bytes; höchstens {max} gehen."),
        S::ShortenIt => ("Kürze ihn."),
        S::OverBeforeItBegins => ("Dieser Bann wäre vorbei, bevor er beginnt."),
        S::GiveLaterTime => ("Nenne eine spätere Zeit."),

        S::NoMember => ("Diese Person ist kein Mitglied dieser Gruppe."),
        S::SeeMembers => ("Wer es ist, zeigt /members."),
        S::NobodyNamed => ("Es ist niemand genannt."),
        S::GiveAName => ("Nenne einen Namen, eine Mitgliedsnummer oder einen Hash."),
        S::NameTooLong => ("Dieser Name ist zu lang."),
        S::NobodyCalled { name } => ("Niemand heißt hier \u{201e}{name}\u{201c}."),
        S::SeveralMeant { names, more: false } => ("Mehrere können gemeint sein: {names}."),
        S::SeveralMeant { names, more: true } => ("Mehrere können gemeint sein: {names} und weitere."),
        S::GiveMoreOfIt => ("Nenne die Nummer oder mehr vom Hash."),
        S::OwnAddress => ("Das ist die Adresse dieser Gruppe selbst."),
        S::GiveAPersonsAddress => ("Nenne die Adresse einer Person."),
        S::AddressOf { name, person } => ("Das ist die Adresse {name} von {}.", short(person)),
        S::UnknownHash => ("Über diesen Hash ist hier nichts bekannt; er gilt als Identity-Hash."),
        S::WhoIs { name, number, identity } => ("{name} ist Mitglied {number}, {identity}."),
        S::IsNoMember { identity } => ("{identity} ist kein Mitglied."),
        S::MemberCount { count: 1 } => ("1 Mitglied"),
        S::MemberCount { count } => ("{count} Mitglieder"),
        S::MoreMembers { after } => ("Weiter mit /members {after}+"),

        S::MembersShare => ("Mitglieder können behalten und teilen, was du schreibst."),
        S::ServerReads => ("Dieser Server kann alles lesen und weitergeben."),
        S::KeeperRemoves => ("Wer seinen Schlüssel hat, kann Nachrichten oder dich entfernen."),
        S::KeptUntilRemoved => ("Alles bleibt, bis es entfernt wird."),
        S::JoinToTakePart => ("Mitmachen mit /join."),
        S::AnythingElseIsPosted => ("Alles andere wird in der Gruppe gepostet, wenn du Mitglied bist."),
        S::NothingSaidYet => ("Noch wurde nichts gesagt."),
        S::Stored { seq } => ("Nachricht {seq} ist gespeichert."),
        S::HaveIt { delivered, copies } => ("{delivered} von {copies} Mitgliedern, denen gesendet wird, haben sie."),
        S::OnNodes { count } => ("{count} auf Propagation-Nodes für andere."),
        S::StillWaiting { count } => ("{count} noch zuzustellen."),
        S::GivenUp { count } => ("{count} aufgegeben."),
        S::FetchedBy { count } => ("Abgeholt von {count}."),
        S::NoNumberOfAMessage { text } => ("\u{201e}{text}\u{201c} ist keine Nummer einer Nachricht."),
        S::SendStatus => ("Sende /status, oder /status und die Nummer einer eigenen Nachricht."),
        S::NoNumberOfMessages { text } => ("\u{201e}{text}\u{201c} ist keine Anzahl von Nachrichten."),
        S::SendHistory => ("Sende /history 10."),
        S::NoMessage { seq } => ("Es gibt keine Nachricht {seq}."),
        S::AskAboutYours => ("Frag nach einer eigenen Nachricht."),
        S::NoneIsYours => ("Keine der letzten Nachrichten ist von dir."),
        S::SayTheNumber => ("Nenne die Nummer einer Nachricht."),
        S::DidYouMean { usage } => ("Diesen Befehl gibt es nicht, und nichts wurde gepostet. Meintest du {usage}?"),
    }
}
