//! What can be set about a group, and why it can't be set so.
//! Not who may set it.

macro_rules! settings {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        AboutName =>
            ("what everybody may call the group")
            ("wie alle die Gruppe nennen dürfen");
        AboutPrivateName =>
            ("what only members are told, or off")
            ("was nur Mitglieder erfahren, oder off");
        AboutDescription =>
            ("what the group is about, or off")
            ("worum es in der Gruppe geht, oder off");
        AboutRules =>
            ("what people should keep to, or off")
            ("woran sich alle halten sollen, oder off");
        AboutLanguage =>
            ("the language of who has chosen none: en or de")
            ("die Sprache für alle, die keine gewählt haben: en oder de");
        AboutAccess =>
            ("public, or private: with another name outside, and in by approval")
            ("public, oder private: außen ein anderer Name, herein mit Zusage");
        AboutUnlisted =>
            ("on or off: left out of lists of groups")
            ("on oder off: steht in keiner Liste von Gruppen");
        AboutAnnounced =>
            ("on or off: the group announces itself")
            ("on oder off: die Gruppe kündigt sich an");
        AboutIcon =>
            ("what clients show: a Material Design icon and two colours, or off")
            ("was Clients zeigen: ein Icon von Material Design und zwei Farben, oder off");
        AboutSeeInfo =>
            ("who sees name and rules: world, members or staff")
            ("wer Name und Regeln sieht: world, members oder staff");
        AboutSeeMembers =>
            ("who sees who is in: world, members or staff")
            ("wer sieht, wer dabei ist: world, members oder staff");
        AboutSeeMessages =>
            ("who sees what is said: world, members or staff")
            ("wer sieht, was gesagt wird: world, members oder staff");
        AboutMaxText =>
            ("longest post in bytes")
            ("längste Nachricht in Bytes");
        AboutMaxMembers =>
            ("most members")
            ("höchste Zahl von Mitgliedern");
        AboutJoining =>
            ("what it takes to come in: open, approval, invite or closed")
            ("wie man hereinkommt: open, approval, invite oder closed");
        AboutPrice =>
            ("bits of work that joining costs, 0 for none; each bit doubles it, and 16 are a second")
            ("Bits Arbeit, die Beitreten kostet, 0 für keine; jedes Bit verdoppelt sie, 16 sind eine Sekunde");
        AboutProbation =>
            ("seconds for which a new member is a newcomer, 0 for none")
            ("Sekunden, die ein neues Mitglied newcomer ist, 0 für keine");
        AboutMaxPending =>
            ("most people who wait for approval")
            ("wie viele höchstens auf Aufnahme warten");
        AboutIdleDays =>
            ("days after which a member of whom nothing is heard is let go, 0 for never")
            ("Tage ohne ein Zeichen, nach denen ein Mitglied gehen muss, 0 für nie");
        AboutGreeting =>
            ("what somebody is told who has joined, or off")
            ("was hört, wer beigetreten ist, oder off");
        AboutKeepDays =>
            ("days that messages are kept, or off")
            ("Tage, die Nachrichten bleiben, oder off");
        AboutKeepMessages =>
            ("most messages that are kept, or off")
            ("wie viele Nachrichten höchstens bleiben, oder off");
        AboutKeepBytes =>
            ("most bytes of messages that are kept, or off")
            ("wie viele Bytes an Nachrichten höchstens bleiben, oder off");
        AboutSlow =>
            ("fewest seconds between two messages of one member, 0 for none")
            ("Sekunden zwischen zwei Nachrichten eines Mitglieds, 0 für keine");
        AboutBurst =>
            ("messages that one member may write at once")
            ("Nachrichten, die ein Mitglied auf einmal schreiben darf");
        AboutGap =>
            ("seconds until they may write one more")
            ("Sekunden bis zu einer weiteren");
        AboutHold =>
            ("what staff looks at first: nothing, first, newcomers, links or everything")
            ("was die Leitung erst ansieht: nothing, first, newcomers, links oder everything");
        AboutFilters =>
            ("what is not taken, or looked at first, such as: refuse links; hold word casino")
            ("was nicht genommen oder erst angesehen wird, etwa: refuse links; hold word casino");
        SetAName { names: String } =>
            ("/set NAME VALUE. There are: {names}.")
            ("/set NAME WERT. Es gibt: {names}.");
        NoSuchSetting { text: String } =>
            ("There is no setting \u{201c}{text}\u{201d}.")
            ("Die Einstellung \u{201e}{text}\u{201c} gibt es nicht.");
        CannotBe { name: &'static str, text: String } =>
            ("{name} can't be \u{201c}{text}\u{201d}.")
            ("{name} kann nicht \u{201e}{text}\u{201c} sein.");
        CanBeOnOrOff =>
            ("It can be on or off.")
            ("Möglich ist on oder off.");
        CanBeANumber =>
            ("It can be a number that is not too large.")
            ("Möglich ist eine Zahl, die nicht zu groß ist.");
        CanBeBetween { least: u64, most: u64 } =>
            ("It can be off, or {least} to {most}.")
            ("Möglich ist off, oder {least} bis {most}.");
        CanBeOneOf { words: String } =>
            ("It can be one of: {words}.")
            ("Möglich ist eins davon: {words}.");
        CanBeAnIcon =>
            ("It can be a name and two colours, such as account-group ffffff 336699, or off.")
            ("Möglich ist ein Name mit zwei Farben, etwa account-group ffffff 336699, oder off.");
        LocksOwnersOut { field: &'static str } =>
            ("If nobody sees {field}, the owners are locked out, too.")
            ("Wenn niemand {field} sieht, sind auch die Besitzer ausgesperrt.");
        SetItToStaff =>
            ("Set it to staff.")
            ("Setz es auf staff.");
        NameNeedsLetters =>
            ("A name needs letters, no space around them and nothing invisible.")
            ("Ein Name braucht Buchstaben, kein Leerzeichen außen und nichts Unsichtbares.");
        TextTooLong { len: usize, max: usize } =>
            ("This text has {len} bytes; {max} is the most.")
            ("Dieser Text hat {len} Bytes; höchstens {max} gehen.");
        TextHides =>
            ("Something in this text is invisible.")
            ("Etwas in diesem Text ist unsichtbar.");
        TypeItAnew =>
            ("Type it anew.")
            ("Tippe ihn neu.");
        NumberOutside { field: &'static str, number: u32, least: u32, most: u32 } =>
            ("{field} can't be {number}: {least} is the least and {most} the most.")
            ("{field} kann nicht {number} sein: {least} ist das Wenigste, {most} das Meiste.");
        ChooseAnotherNumber =>
            ("Choose another number.")
            ("Wähl eine andere Zahl.");
        NoRules =>
            ("This group has set no rules.")
            ("Diese Gruppe hat keine Regeln gesetzt.");
        AboutBroadcast =>
            ("on or off: members near a radio of the server's may ask once for all of them")
            ("on oder off: Mitglieder nahe einem Funkgerät des Servers dürfen einmal für alle fragen");

    } $($rest)* } };
}
pub(super) use settings;
