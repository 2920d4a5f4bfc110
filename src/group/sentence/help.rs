//! What a command does, who may use it, and how.
//! Not doing it.

macro_rules! help {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        DoesHelp =>
            ("says which words there are, or how one is used")
            ("sagt, welche Wörter es gibt oder wie eins geht");
        DoesInfo =>
            ("says what this group is, and who can read and keep what you write")
            ("sagt, was diese Gruppe ist und wer liest und behält, was du schreibst");
        DoesGroups =>
            ("lists the groups that are known here")
            ("zählt die Gruppen auf, die hier bekannt sind");
        DoesCreate =>
            ("makes another group on this server")
            ("macht eine weitere Gruppe auf diesem Server");
        DoesAnnounce =>
            ("lets the network know of this group")
            ("kündigt diese Gruppe im Netz an");
        DoesJoin =>
            ("makes you a member, or asks to let you in")
            ("macht dich zum Mitglied oder bittet um Aufnahme");
        DoesLeave =>
            ("ends your membership, or takes your request back")
            ("beendet deine Mitgliedschaft oder zieht deine Bitte zurück");
        DoesMembers =>
            ("shows who is in the group, or who somebody is")
            ("zeigt, wer in der Gruppe ist oder wer jemand ist");
        DoesApprove =>
            ("lets somebody in who has asked, or will ask")
            ("lässt jemanden herein, der darum gebeten hat oder bitten wird");
        DoesDeny =>
            ("does not let somebody in, and tells them why")
            ("lässt jemanden nicht herein und sagt, warum");
        DoesAdd =>
            ("makes somebody a member who has not asked")
            ("nimmt jemanden auf, der nicht gefragt hat");
        DoesPending =>
            ("shows who waits to be let in")
            ("zeigt, wer auf Aufnahme wartet");
        DoesInvite =>
            ("makes an invite for so many people and so long")
            ("macht eine Einladung für so viele Leute und so lange");
        DoesInvites =>
            ("shows the invites that stand")
            ("zeigt die offenen Einladungen");
        DoesUninvite =>
            ("takes an invite back")
            ("zieht eine Einladung zurück");
        DoesHistory =>
            ("shows the last messages")
            ("zeigt die letzten Nachrichten");
        DoesSearch =>
            ("finds messages with all these words")
            ("findet Nachrichten mit allen diesen Wörtern");
        DoesPins =>
            ("shows the pinned messages")
            ("zeigt die angehefteten Nachrichten");
        DoesMsg =>
            ("writes to one member alone")
            ("schreibt an ein Mitglied allein");
        DoesReact =>
            ("reacts to a message")
            ("reagiert auf eine Nachricht");
        DoesEdit =>
            ("changes a message of yours")
            ("ändert eine Nachricht von dir");
        DoesDelete =>
            ("deletes a message: yours, or as staff anybody's")
            ("löscht eine Nachricht: deine, als Leitung jede");
        DoesPin =>
            ("pins a message, so that all find it")
            ("heftet eine Nachricht an, damit alle sie finden");
        DoesUnpin =>
            ("takes a pinned message down")
            ("löst eine angeheftete Nachricht");
        DoesStatus =>
            ("says who has your message")
            ("sagt, wer deine Nachricht hat");
        DoesResume =>
            ("sends you what others write")
            ("sendet dir, was andere schreiben");
        DoesTextonly =>
            ("sends you texts, and no files or pictures")
            ("sendet dir Texte, keine Dateien und Bilder");
        DoesShort =>
            ("sends you of each message what fits one packet")
            ("sendet dir von jeder Nachricht, was in ein Paket passt");
        DoesMentions =>
            ("sends you only what names or answers you")
            ("sendet dir nur, was dich nennt oder dir antwortet");
        DoesNotify =>
            ("chooses what you are told of: off, mentions, all or digest")
            ("wählt, was dir gemeldet wird: off, mentions, all oder digest");
        DoesNick =>
            ("says or changes what you are called here")
            ("sagt oder ändert, wie du hier heißt");
        DoesWhoami =>
            ("says who you are here")
            ("sagt, wer du hier bist");
        DoesRules =>
            ("shows what people should keep to")
            ("zeigt, woran sich alle halten sollen");
        DoesRole =>
            ("shows or gives a role, or changes what a role may")
            ("zeigt oder gibt eine Rolle oder ändert, was eine darf");
        DoesGrant =>
            ("gives somebody one permission, for a time if you like")
            ("gibt jemandem ein einzelnes Recht, auf Zeit, wenn du magst");
        DoesRevoke =>
            ("takes a permission back")
            ("nimmt ein Recht zurück");
        DoesRename =>
            ("calls a member something else")
            ("gibt einem Mitglied einen anderen Namen");
        DoesSet =>
            ("shows or changes a setting of the group")
            ("zeigt oder ändert eine Einstellung der Gruppe");
        DoesAudit =>
            ("shows what was done, and by whom")
            ("zeigt, was getan wurde und von wem");
        DoesLang =>
            ("chooses the language in which I speak to you")
            ("wählt die Sprache, in der ich mit dir spreche");
        DoesPause =>
            ("stops sending you messages")
            ("sendet dir nichts mehr");
        DoesKick =>
            ("sends a member away, who may come again")
            ("schickt ein Mitglied hinaus, das wiederkommen darf");
        DoesBan =>
            ("keeps somebody out, for a time or for good")
            ("hält jemanden fern, auf Zeit oder für immer");
        DoesUnban =>
            ("lifts a ban")
            ("hebt einen Bann auf");
        DoesBans =>
            ("shows who is banned or muted")
            ("zeigt, wer verbannt oder stumm ist");
        DoesMute =>
            ("lets somebody read, but not write")
            ("lässt jemanden lesen, aber nicht schreiben");
        DoesUnmute =>
            ("lets somebody write again")
            ("lässt jemanden wieder schreiben");
        DoesSlow =>
            ("sets how long everybody waits between two messages")
            ("legt fest, wie lange alle zwischen zwei Nachrichten warten");
        DoesHold =>
            ("shows, publishes or drops messages that wait for a look")
            ("zeigt, veröffentlicht oder verwirft Nachrichten, die auf einen Blick warten");
        Usage { usage: &'static str, does: Box<Self> } =>
            ("{usage}: {}.", english(does))
            ("{}: {}.", usage_in_german(usage), german(does));
        AlsoCalled { aliases: String } =>
            ("Also {aliases}.")
            ("Auch {aliases}.");
        ForRoles { roles: String } =>
            ("For: {roles}.")
            ("Für: {roles}.");
        ForEverybody =>
            ("For everybody.")
            ("Für alle.");

    } $($rest)* } };
}
pub(super) use help;
