//! What can be read in a group, and about it.
//! Not what people have written.

macro_rules! reading {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        MembersShare =>
            ("Members can keep and share what you write.")
            ("Mitglieder können behalten und teilen, was du schreibst.");
        ServerReads =>
            ("This server can read messages and pass them on.")
            ("Dieser Server kann alles lesen und weitergeben.");
        KeeperRemoves =>
            ("Its key holder may remove messages or you.")
            ("Wer seinen Schlüssel hat, kann Nachrichten oder dich entfernen.");
        KeptUntilRemoved =>
            ("Messages are kept until removed.")
            ("Alles bleibt, bis es entfernt wird.");
        KeptDays { days: u32 } =>
            ("Messages are kept for {days} days.")
            ("Nachrichten bleiben {days} Tage.")
            if (*days == 1) =>
            ("Messages are kept for a day.")
            ("Nachrichten bleiben einen Tag.");
        KeptCount { count: u64 } =>
            ("The latest {count} messages are kept.")
            ("Die letzten {count} Nachrichten bleiben.");
        KeptMegabytes { count: u64 } =>
            ("The latest {count} MB of messages are kept.")
            ("Die letzten {count} MB an Nachrichten bleiben.");
        PinnedStay =>
            ("Pinned ones stay.")
            ("Angeheftete bleiben.");
        WasDeleted { reason: String } =>
            ("A message of yours was removed from the group: {reason}")
            ("Eine Nachricht von dir wurde aus der Gruppe entfernt: {reason}")
            if (reason.is_empty()) =>
            ("A message of yours was removed from the group.")
            ("Eine Nachricht von dir wurde aus der Gruppe entfernt.");
        WerePurged { count: u32, reason: String } =>
            ("{count} messages and reactions of yours were removed from the group: \
            {reason}")
            ("{count} Nachrichten und Reaktionen von dir wurden aus der Gruppe entfernt: \
            {reason}")
            if (reason.is_empty()) =>
            ("{count} messages and reactions of yours were removed \
            from the group.")
            ("{count} Nachrichten und Reaktionen von dir wurden aus \
            der Gruppe entfernt.");
        JoinToTakePart =>
            ("/join to take part.")
            ("Mitmachen mit /join.");
        AnythingElseIsPosted =>
            ("Members' other texts are posted. /help WORD says how one is used.")
            ("Andere Texte von Mitgliedern werden gepostet. /help WORT zeigt, wie eins geht.");
        HelpStaff =>
            ("Anything else is posted. /help staff for more.")
            ("Alles andere wird gepostet. Mehr mit /help staff.");
        SendHelp =>
            ("Send /help.")
            ("Sende /help.");
        NothingSaidYet =>
            ("Nothing has been said yet.")
            ("Noch wurde nichts gesagt.");
        Stored { seq: u64 } =>
            ("Message {seq} is stored.")
            ("Nachricht {seq} ist gespeichert.");
        HaveIt { delivered: u32, copies: u32 } =>
            ("{delivered} of {copies} members who are sent messages have it.")
            ("{delivered} von {copies} Mitgliedern, denen gesendet wird, haben sie.");
        OnNodes { count: u32 } =>
            ("{count} on propagation nodes for others.")
            ("{count} auf Propagation-Nodes für andere.");
        StillWaiting { count: u32 } =>
            ("{count} still to be delivered.")
            ("{count} noch zuzustellen.");
        GivenUp { count: u32 } =>
            ("{count} given up.")
            ("{count} aufgegeben.");
        FetchedBy { count: u32 } =>
            ("Fetched by {count}.")
            ("Abgeholt von {count}.");
        NoNumberOfAMessage { text: String } =>
            ("\u{201c}{text}\u{201d} is no number of a message.")
            ("\u{201e}{text}\u{201c} ist keine Nummer einer Nachricht.");
        SendStatus =>
            ("Send /status, or /status and the number of a message of yours.")
            ("Sende /status, oder /status und die Nummer einer eigenen Nachricht.");
        NoNumberOfMessages { text: String } =>
            ("\u{201c}{text}\u{201d} is no number of messages.")
            ("\u{201e}{text}\u{201c} ist keine Anzahl von Nachrichten.");
        SendHistory =>
            ("Send /history 10.")
            ("Sende /history 10.");
        NoMessage { seq: u64 } =>
            ("There is no message {seq}.")
            ("Es gibt keine Nachricht {seq}.");
        AskAboutYours =>
            ("Ask for one of your own messages.")
            ("Frag nach einer eigenen Nachricht.");
        NoneIsYours =>
            ("None of the messages is yours.")
            ("Keine der Nachrichten ist von dir.");
        SayTheNumber =>
            ("Say the number of a message.")
            ("Nenne die Nummer einer Nachricht.");

    } $($rest)* } };
}
pub(super) use reading;
