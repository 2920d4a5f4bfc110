//! Keeping the peace: bans, mutes, what waits for a look.
//! Not who may; that is in `access`.

macro_rules! moderation {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        ReasonTooLong { len: usize, max: usize } =>
            ("This reason has {len} bytes; {max} is the most.")
            ("Dieser Grund hat {len} Bytes; höchstens {max} gehen.");
        ShortenIt =>
            ("Shorten it.")
            ("Kürze ihn.");
        OverBeforeItBegins =>
            ("This ban would be over before it begins.")
            ("Dieser Bann wäre vorbei, bevor er beginnt.");
        GiveLaterTime =>
            ("Give a later time.")
            ("Nenne eine spätere Zeit.");
        Kicked { reason: String } =>
            ("You were sent away from this group: {reason}.")
            ("Du wurdest aus dieser Gruppe geschickt: {reason}.")
            if (reason.is_empty()) =>
            ("You were sent away from this group.")
            ("Du wurdest aus dieser Gruppe geschickt.");
        SendJoinAgain =>
            ("Send /join to come again.")
            ("Sende /join, um wiederzukommen.");
        Muted { reason: String } =>
            ("You can read here, but not write: {reason}.")
            ("Du kannst hier lesen, aber nicht schreiben: {reason}.")
            if (reason.is_empty()) =>
            ("You can read here, but not write.")
            ("Du kannst hier lesen, aber nicht schreiben.");
        AskStaff =>
            ("Ask the group's staff.")
            ("Frage die Leitung der Gruppe.");
        MuteOverBeforeItBegins =>
            ("This mute would be over before it begins.")
            ("Diese Stummschaltung wäre vorbei, bevor sie beginnt.");
        MayWriteAgain =>
            ("You can write here again.")
            ("Du kannst hier wieder schreiben.");
        WaitsForALook { why: Box<Self> } =>
            ("Your message waits for somebody to look at it ({}).", english(why))
            ("Deine Nachricht wartet, bis jemand sie ansieht ({}).", german(why));
        YouAreTold =>
            ("You are told what comes of it.")
            ("Du erfährst, was daraus wird.");
        PublishedAs { seq: u64 } =>
            ("Your message is published as number {seq}.")
            ("Deine Nachricht ist als Nummer {seq} veröffentlicht.");
        NotPublished { reason: String } =>
            ("A message of yours was looked at and is not published: {reason}.")
            ("Eine Nachricht von dir wurde angesehen und wird nicht veröffentlicht: {reason}.")
            if (reason.is_empty()) =>
            ("A message of yours was looked at and is not published.")
            ("Eine Nachricht von dir wurde angesehen und wird nicht veröffentlicht.");
        LookedAtAndDropped =>
            ("This message was looked at, and is not published.")
            ("Diese Nachricht wurde angesehen und wird nicht veröffentlicht.");
        SayItAnotherWay =>
            ("Say it in another way.")
            ("Sage es anders.");
        TooManyWait =>
            ("Too many messages wait here for somebody to look at them.")
            ("Hier warten zu viele Nachrichten darauf, dass jemand sie ansieht.");
        SendInHours =>
            ("Send it again in a few hours.")
            ("Sende sie in ein paar Stunden noch einmal.");
        SlowGroup { secs: u64 } =>
            ("This group is slow: one message in {}.", span_in_words(*secs))
            ("Diese Gruppe ist langsam: eine Nachricht in {}.", span_in_german(*secs));
        TooFast =>
            ("You write faster than this group takes.")
            ("Du schreibst schneller, als diese Gruppe annimmt.");
        SendAgainIn { secs: u64 } =>
            ("Send it again in {}.", span_in_words(*secs))
            ("Sende sie in {} noch einmal.", span_in_german(*secs));
        NotTaken { what: Box<Self> } =>
            ("This group doesn't take {}.", english(what))
            ("Diese Gruppe nimmt das nicht: {}.", german(what));
        LeaveItOut =>
            ("Leave that out and send it again.")
            ("Lass das weg und sende sie noch einmal.");
        TooLongToLookThrough { most: usize } =>
            ("This group looks through texts, and this one has over {most} bytes.")
            ("Diese Gruppe sieht Texte durch, und dieser hat über {most} Bytes.");
        EditNeedsALook =>
            ("Somebody would have to look at this text first.")
            ("Diesen Text müsste erst jemand ansehen.");
        SendAsNew =>
            ("Send it as a new message.")
            ("Sende ihn als neue Nachricht.");
        NotHeld =>
            ("No such message waits for somebody to look at it.")
            ("So eine Nachricht wartet nicht darauf, dass jemand sie ansieht.");
        SeeWhatWaits =>
            ("Somebody may have done it: see /hold.")
            ("Vielleicht hat es schon jemand getan: siehe /hold.");
        AWord { word: Box<str> } =>
            ("the word \u{201c}{word}\u{201d}")
            ("das Wort \u{201e}{word}\u{201c}");
        TextsLike { pattern: Box<str> } =>
            ("texts like {pattern}")
            ("Texte wie {pattern}");
        TextsOver { most: u32 } =>
            ("texts over {most} characters")
            ("Texte über {most} Zeichen");
        Links =>
            ("links")
            ("Links");
        Files =>
            ("files")
            ("Dateien");
        Pictures =>
            ("pictures")
            ("Bilder");
        Sound =>
            ("sound")
            ("Ton");
        Attachments =>
            ("attachments")
            ("Anhänge");
        AttachmentsOver { most: u32 } =>
            ("attachments over {most} bytes")
            ("Anhänge über {most} Bytes");
        AField { field: u64 } =>
            ("the LXMF field {field}")
            ("das LXMF-Feld {field}");
        SealedMessages =>
            ("sealed messages")
            ("versiegelte Nachrichten");
        AFirstMessage =>
            ("a first message")
            ("eine erste Nachricht");
        ANewcomersMessage =>
            ("a newcomer's message")
            ("neu in der Gruppe");
        EveryMessage =>
            ("every message")
            ("jede Nachricht");
        FilterTooLong { begin: Box<str>, max: usize } =>
            ("The filter \u{201c}{begin}\u{201d} has over {max} bytes.")
            ("Der Filter \u{201e}{begin}\u{201c} hat über {max} Bytes.");
        FilterHasControl { begin: Box<str> } =>
            ("The filter \u{201c}{begin}\u{201d} has a control character in it.")
            ("Der Filter \u{201e}{begin}\u{201c} enthält ein Steuerzeichen.");
        FilterHasNoWord { begin: Box<str> } =>
            ("The filter \u{201c}{begin}\u{201d} has no word.")
            ("Der Filter \u{201e}{begin}\u{201c} hat kein Wort.");
        FilterCatchesAll { begin: Box<str> } =>
            ("The filter \u{201c}{begin}\u{201d} would catch every text.")
            ("Der Filter \u{201e}{begin}\u{201c} träfe jeden Text.");
        FilterHasNoPattern { begin: Box<str> } =>
            ("The filter \u{201c}{begin}\u{201d} has no pattern that can be used.")
            ("Der Filter \u{201e}{begin}\u{201c} hat kein brauchbares Muster.");
        NoFilter { begin: Box<str> } =>
            ("\u{201c}{begin}\u{201d} is no filter.")
            ("\u{201e}{begin}\u{201c} ist kein Filter.");
        HowToFilter =>
            ("Write refuse or hold, then: word W, pattern P, longer N, links, files, images, audio, attachments N, field N or sealed; then as NAME if you like.")
            ("Schreib refuse oder hold, dann: word W, pattern P, longer N, links, files, images, audio, attachments N, field N oder sealed; dann as NAME, wenn du magst.");
        TooSlow { secs: u32 } =>
            ("{secs} seconds is too slow.")
            ("{secs} Sekunden sind zu langsam.");
        ADayAtMost =>
            ("Choose a day at most, or 0.")
            ("Wähl höchstens einen Tag, oder 0.");
        NobodyCouldPost =>
            ("Nobody could post at that rate.")
            ("So könnte niemand etwas schreiben.");
        ChooseOneOrMore =>
            ("Choose 1 or more.")
            ("Wähl 1 oder mehr.");
        ManyFilters { count: usize } =>
            ("{count} filters are too many.")
            ("{count} Filter sind zu viele.");
        ManyPatterns { count: usize } =>
            ("{count} patterns are too many.")
            ("{count} Muster sind zu viele.");
        KeepAtMost { most: usize } =>
            ("Keep {most} at most.")
            ("Behalte höchstens {most}.");
        WasNoMember { name: String } =>
            ("{name} is no member.")
            ("{name} ist kein Mitglied.");
        SentAway { name: String } =>
            ("{name} is sent away, and may come again. /ban keeps out.")
            ("{name} ist draußen und darf wiederkommen. /ban hält fern.");
        BannedNow { name: Box<str>, until: Option<UnixTime> } =>
            ("{name} is banned {}.", until_in_english(*until))
            ("{name} ist {} verbannt.", until_in_german(*until));
        MutedNow { name: Box<str>, until: Option<UnixTime> } =>
            ("{name} is muted {}.", until_in_english(*until))
            ("{name} ist {} stumm.", until_in_german(*until));
        BannedBefore { bar: Box<Bar> } =>
            ("{} is banned already, {}", bar.name, bar.in_english())
            ("{} ist schon verbannt, {}", bar.name, bar.in_german());
        MutedBefore { bar: Box<Bar> } =>
            ("{} is muted already, {}", bar.name, bar.in_english())
            ("{} ist schon stumm, {}", bar.name, bar.in_german());
        IsBanned { bar: Box<Bar> } =>
            ("{} is banned {}", bar.name, bar.in_english())
            ("{} ist verbannt, {}", bar.name, bar.in_german());
        IsMuted { bar: Box<Bar> } =>
            ("{} is muted {}", bar.name, bar.in_english())
            ("{} ist stumm, {}", bar.name, bar.in_german());
        NotBanned { name: String } =>
            ("{name} is not banned.")
            ("{name} ist nicht verbannt.");
        BannedNoMore { name: String } =>
            ("{name} is not banned any more, and may join.")
            ("{name} ist nicht mehr verbannt und darf beitreten.");
        NotMuted { name: String } =>
            ("{name} is not muted.")
            ("{name} ist nicht stumm.");
        MutedNoMore { name: String } =>
            ("{name} may write again.")
            ("{name} darf wieder schreiben.");
        NotBarred { name: String } =>
            ("{name} is not banned and not muted.")
            ("{name} ist nicht verbannt und nicht stumm.");
        NobodyIsBarred =>
            ("Nobody is banned or muted.")
            ("Niemand ist verbannt oder stumm.");
        MoreBarred =>
            ("\u{2026} /bans NAME for one.")
            ("\u{2026} /bans NAME zeigt jemanden.");
        MessagesDeleted { count: u64 } =>
            ("{count} messages are deleted.")
            ("{count} Nachrichten sind gelöscht.")
            if (*count == 1) =>
            ("1 message is deleted.")
            ("1 Nachricht ist gelöscht.");
        NoTimeToWait =>
            ("That is no time to wait between two messages.")
            ("Das ist keine Zeit zwischen zwei Nachrichten.");
        SendSlow =>
            ("Send /slow 30s, or /slow off.")
            ("Sende /slow 30s, oder /slow off.");
        AsFastAsTheyLike =>
            ("Everybody may write as fast as they like.")
            ("Alle dürfen so schnell schreiben, wie sie mögen.");
        SlowNow { secs: u64 } =>
            ("Each member may write once in {}.", span_in_words(*secs))
            ("Jedes Mitglied darf einmal in {} schreiben.", span_in_german(*secs));
        ReviewPublished { seq: u64 } =>
            ("It is published as number {seq}.")
            ("Sie ist als Nummer {seq} veröffentlicht.");
        ReviewDropped =>
            ("It is dropped, and its author is told.")
            ("Sie ist verworfen, und wer sie schrieb, erfährt es.");
        PublishedBefore { seq: u64 } =>
            ("Somebody has published it before, as number {seq}.")
            ("Jemand hat sie schon veröffentlicht, als Nummer {seq}.");
        DroppedBefore =>
            ("Somebody has dropped it before.")
            ("Jemand hat sie schon verworfen.");
        NoMessageWaits =>
            ("No message waits.")
            ("Keine Nachricht wartet.");
        HowToReview =>
            ("/hold N to read, /hold N ok, /hold N drop WHY.")
            ("/hold N zum Lesen, /hold N ok, /hold N drop GRUND.");
        NotHeldAs { seq: u64 } =>
            ("No message {seq} waits for somebody to look at it.")
            ("Keine Nachricht {seq} wartet darauf, dass jemand sie ansieht.");
        SeeWhichDo =>
            ("See which ones do: /hold.")
            ("Welche es tun, zeigt /hold.");
        NothingAboutHeld =>
            ("That says nothing about a message that waits.")
            ("Das sagt nichts über eine Nachricht, die wartet.");
        HowToHold =>
            ("Send /hold, /hold 12, /hold 12 ok, or /hold 12 drop and why.")
            ("Sende /hold, /hold 12, /hold 12 ok, oder /hold 12 drop und warum.");
        SealedHere =>
            ("(sealed)")
            ("(versiegelt)");
        HeldIs { name: Box<str>, seq: u64, why: Box<Self> } =>
            ("{seq} {name}, for {}", english(why))
            ("{seq} {name} ({})", german(why));
        TheOperator =>
            ("the operator")
            ("dem Betreiber");

    } $($rest)* } };
}
pub(super) use moderation;
