//! Becoming a member, leaving, and choosing what one is sent.
//! Not asking to be let in; that is in `joining`.

macro_rules! membership {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        GroupFull { members: u32 } =>
            ("This group is full: {members} members.")
            ("Diese Gruppe ist voll: {members} Mitglieder.");
        TryWhenSomebodyLeft =>
            ("Try again when somebody has left.")
            ("Versuch es wieder, wenn jemand gegangen ist.");
        NickTooLong { len: usize, max: usize } =>
            ("This nick has {len} bytes; {max} is the most.")
            ("Dieser Name hat {len} Bytes; höchstens {max} gehen.");
        NickCharacter { c: char } =>
            ("A nick can't have \u{201c}{c}\u{201d} in it.")
            ("In einem Namen darf kein \u{201e}{c}\u{201c} stehen.");
        NickNeedsLetters =>
            ("A nick needs letters, no space around them and nothing invisible.")
            ("Ein Name braucht Buchstaben, kein Leerzeichen außen und nichts Unsichtbares.");
        NickMixesAlphabets =>
            ("This nick mixes letters of several alphabets, which look alike.")
            ("Dieser Name mischt Buchstaben mehrerer Alphabete, die gleich aussehen.");
        ChooseAnotherNick =>
            ("Choose another, or leave it out.")
            ("Wähl einen anderen, oder lass ihn weg.");
        Joined { number: u32, name: String } =>
            ("You are member {number} of {name}.")
            ("Du bist Mitglied {number} von {name}.");
        Left =>
            ("You are no member now, and nothing is sent to you. /join to come back.")
            ("Du bist kein Mitglied mehr, und dir wird nichts gesendet. Zurück mit /join.");
        SendsAll =>
            ("New messages are sent to you. /pause stops it.")
            ("Neue Nachrichten werden dir gesendet. /pause beendet das.");
        SendsText =>
            ("New messages are sent to you as text; files, pictures, sound and reactions stay here. \
            /showall brings them, /pause stops it.")
            ("Neue Nachrichten werden dir als Text gesendet; Dateien, Bilder, Ton und Reaktionen bleiben \
            hier. /showall bringt sie, /pause beendet das.");
        SendsNothing =>
            ("Nothing is sent to you. /resume to go on, /history to look.")
            ("Dir wird nichts gesendet. Weiter mit /resume, nachsehen mit /history.");
        SendsShort =>
            ("New messages are sent to you as text of one packet each. /pause stops it.")
            ("Neue Nachrichten werden dir als Text gesendet, je ein Paket. /pause beendet das.");
        SendsMentions =>
            ("Messages that name or answer you are sent to you. /resume for all, /pause stops it.")
            ("Nachrichten, die dich nennen oder dir antworten, werden dir gesendet. Alle mit /resume, \
            Schluss mit /pause.");
        NotifiedOfNothing =>
            ("You are told of nothing.")
            ("Dir wird nichts gemeldet.");
        NotifiedOfMentions { every: u64 } =>
            ("You are told when a message names or answers you, at most once in {}.", span_in_words(*every))
            ("Dir wird gemeldet, wenn dich jemand nennt oder dir antwortet, höchstens einmal in {}.", span_in_german(*every));
        NotifiedOfAll { every: u64 } =>
            ("You are told when there is something new, at most once in {}.", span_in_words(*every))
            ("Dir wird gemeldet, wenn es Neues gibt, höchstens einmal in {}.", span_in_german(*every));
        NotifiedAt { times: String } =>
            ("You are told at {times} how much is new.")
            ("Dir wird um {times} gemeldet, wie viel neu ist.");
        NotifiedNotAt { from: u16, to: u16 } =>
            ("Nothing comes from {} to {}.", clock(*from), clock(*to))
            ("Von {} bis {} kommt nichts.", clock(*from), clock(*to));
        ByClock { zone: String } =>
            ("Times are {zone}.")
            ("Zeiten sind {zone}.");
        NotifyFirst =>
            ("/notify all first, or mentions or digest.")
            ("Erst /notify all, mentions oder digest.");
        NotifiedDaily =>
            ("You are told once a day how much is new.")
            ("Dir wird einmal am Tag gemeldet, wie viel neu ist.");
        NoSuchNotify =>
            ("That can't be chosen.")
            ("Das gibt es nicht zur Wahl.");
        SayWhichNotify =>
            ("/notify off, mentions, all (30m) or digest (8:00 20:00); /notify quiet 22-7 +1.")
            ("/notify off, mentions, all (30m) oder digest (8:00 20:00); /notify ruhe 22-7 +1.");
        NewMessages { count: u32, latest: u64 } =>
            ("{count} new messages, the last is number {latest}. /history {count} \
            shows them.")
            ("{count} neue Nachrichten, die letzte ist Nummer {latest}. /history \
            {count} zeigt sie.")
            if (*count == 1) =>
            ("1 new message, number {latest}. /history 1 shows it.")
            ("1 neue Nachricht, Nummer {latest}. /history 1 zeigt sie.");
        LanguageChosen =>
            ("I speak English to you.")
            ("Ich spreche Deutsch mit dir.");
        NoSuchLanguage { text: String } =>
            ("\u{201c}{text}\u{201d} is no language that I speak.")
            ("\u{201e}{text}\u{201c} ist keine Sprache, die ich spreche.");
        SayWhichLanguage =>
            ("/lang en for English, /lang de f\u{fc}r Deutsch.")
            ("/lang en for English, /lang de für Deutsch.");
        SeeWhoIs =>
            ("See who is: /members.")
            ("Wer es ist, zeigt /members.");
        LooksAfterTheGroup =>
            ("They are no member, or look after the group.")
            ("Das ist kein Mitglied, oder es betreut die Gruppe.");
        NothingToDo =>
            ("There is nothing to do.")
            ("Es ist nichts zu tun.");
        CalledHere { nick: String } =>
            ("You are called {nick} here. /nick NAME changes it.")
            ("Du heißt hier {nick}. /nick NAME ändert das.");
        CalledNow { nick: String } =>
            ("You are called {nick} now.")
            ("Du heißt jetzt {nick}.");
        NoNickHere =>
            ("You have no name here. /nick NAME sets one.")
            ("Du hast hier keinen Namen. /nick NAME gibt dir einen.");
        YouAreNoMember { identity: IdentityHash } =>
            ("You are {identity}, and no member. /join to join.")
            ("Du bist {identity} und kein Mitglied. Beitreten mit /join.");
        YouAre { nick: Box<str>, number: u32, role: &'static str, identity: Box<IdentityHash> } =>
            ("You are {nick}, member {number}, role {role}, identity {identity}.")
            ("Du bist {nick}, Mitglied {number}, Rolle {role}, Identity {identity}.")
            if (nick.is_empty()) =>
            ("You are member {number}, role {role}, identity {identity}.")
            ("Du bist Mitglied {number}, Rolle {role}, Identity {identity}.");
        YouAreSent { relay: &'static str } =>
            ("You are sent: {relay}.")
            ("Dir wird gesendet: {relay}.");

    } $($rest)* } };
}
pub(super) use membership;
