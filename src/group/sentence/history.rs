//! What was said, and is changed, deleted, pinned, sought or answered.
//! Not saying something new; that is in `posting`.

macro_rules! history {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        ReactionHasNoText =>
            ("A reaction has no text.")
            ("Eine Reaktion hat keinen Text.");
        DeleteItInstead =>
            ("Delete it instead.")
            ("Lösche sie stattdessen.");
        NotYourMessage =>
            ("This message is somebody else's.")
            ("Diese Nachricht ist nicht von dir.");
        AnswerItInstead =>
            ("Answer it instead.")
            ("Antworte lieber darauf.");
        NoMessageToReaction =>
            ("A message can't become a reaction.")
            ("Aus einer Nachricht wird keine Reaktion.");
        OnlyMessagesToAll =>
            ("Only messages to the whole group can be pinned.")
            ("Nur Nachrichten an alle lassen sich anheften.");
        PinAnother =>
            ("Pin another one.")
            ("Hefte eine andere an.");
        ManyPinned { most: u32 } =>
            ("{most} messages are pinned; more can't be.")
            ("{most} Nachrichten sind angeheftet; mehr geht nicht.");
        UnpinFirst =>
            ("Unpin one first.")
            ("Löse erst eine.");
        RecipientIsNoMember =>
            ("Whom this is for is no member of this group.")
            ("Für wen das ist, der ist kein Mitglied dieser Gruppe.");
        NotToOneMember =>
            ("This can't be sent to one member.")
            ("Das lässt sich nicht an ein einzelnes Mitglied senden.");
        TextToSomebodyElse =>
            ("Send a text to somebody else.")
            ("Sende einen Text an jemand anderen.");
        NoSuchMessage =>
            ("There is no such message, or it is gone.")
            ("Diese Nachricht gibt es nicht oder nicht mehr.");
        NoMessageNamed { named: Box<str> } =>
            ("There is no message {named}, or it is gone.")
            ("Die Nachricht {named} gibt es nicht oder nicht mehr.");
        LookForItsNumber =>
            ("Look at the latest messages for its number.")
            ("Ihre Nummer steht bei den letzten Nachrichten: /history.");
        NothingAttached { seq: u64, index: usize } =>
            ("Nothing is attached to message {seq} as {index}.")
            ("An Nachricht {seq} hängt nichts als {index}.");
        AskForAnIndex =>
            ("Ask for an index that stands in `files` of the message.")
            ("Nenne einen Index, der in `files` der Nachricht steht.");
        Deleted { seq: u64 } =>
            ("Message {seq} is deleted. Who has a copy of it may keep that.")
            ("Nachricht {seq} ist gelöscht. Wer eine Kopie hat, kann sie behalten.");
        Changed { seq: u64 } =>
            ("Message {seq} is changed.")
            ("Nachricht {seq} ist geändert.");
        Pinned { seq: u64 } =>
            ("Message {seq} is pinned: /pins shows it.")
            ("Nachricht {seq} ist angeheftet: /pins zeigt sie.");
        NotPinned { seq: u64 } =>
            ("Message {seq} is not pinned.")
            ("Nachricht {seq} ist nicht angeheftet.");
        NothingPinned =>
            ("Nothing is pinned.")
            ("Nichts ist angeheftet.");
        NothingFound =>
            ("No message has all these words.")
            ("Keine Nachricht hat alle diese Wörter.");
        WordsToSearchFor { count: usize } =>
            ("These are {count} words to search for.")
            ("Das sind {count} Wörter zum Suchen.");
        SendSoManyWords { most: usize } =>
            ("Send one to {most} words.")
            ("Sende eins bis {most} Wörter.");
        Reacted { seq: u64 } =>
            ("Your reaction to message {seq} is there.")
            ("Deine Reaktion auf Nachricht {seq} ist da.");
        NoReaction =>
            ("This is no reaction.")
            ("Das ist keine Reaktion.");
        SendAnEmoji =>
            ("Send an emoji, or a short word.")
            ("Sende ein Emoji oder ein kurzes Wort.");
        ShownOnlyTo { name: String } =>
            ("Only {name} is shown that. Who runs this server can read it.")
            ("Nur {name} bekommt das zu sehen. Wer diesen Server betreibt, kann es lesen.");
        NumberMissing =>
            ("The number of a message is missing.")
            ("Die Nummer einer Nachricht fehlt.");
        SendDelete =>
            ("Send /delete, or /delete and the number of a message.")
            ("Sende /delete, oder /delete und die Nummer einer Nachricht.");
        SendEdit =>
            ("Send /edit, the number of a message of yours and the new text.")
            ("Sende /edit, die Nummer einer eigenen Nachricht und den neuen Text.");
        SendPin =>
            ("Send /pin and the number of a message.")
            ("Sende /pin und die Nummer einer Nachricht.");
        SendUnpin =>
            ("Send /unpin and the number of a message.")
            ("Sende /unpin und die Nummer einer Nachricht.");
        SendReact =>
            ("Send /react, the number of a message and an emoji.")
            ("Sende /react, die Nummer einer Nachricht und ein Emoji.");

    } $($rest)* } };
}
pub(super) use history;
