//! Saying something, and why it is not taken.
//! Not what staff does about it.

macro_rules! posting {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        SomebodyElses =>
            ("This post is somebody else's.")
            ("Diese Nachricht ist von jemand anderem.");
        LetAuthorSend =>
            ("Let its author send it.")
            ("Sie muss von dort kommen.");
        NothingInIt =>
            ("Nothing is in it.")
            ("Es steht nichts darin.");
        SendAText =>
            ("Send a text.")
            ("Sende einen Text.");
        PostTooLong { len: usize, max: u32 } =>
            ("This post has {len} bytes; {max} is the most here.")
            ("Diese Nachricht hat {len} Bytes; höchstens {max} gehen hier.");
        SendInParts =>
            ("Send it in parts.")
            ("Sende sie in Teilen.");
        ReactsToUnknown =>
            ("What this reacts to is not known here.")
            ("Worauf das reagiert, ist hier nicht bekannt.");
        ReactToNewer =>
            ("React to a newer message.")
            ("Reagiere auf eine neuere Nachricht.");
        NothingPostedJoin =>
            ("Nothing was posted: you are no member of this group. Send /join to join, /help for \
            more.")
            ("Nichts wurde gepostet: du bist kein Mitglied dieser Gruppe. Zum Beitreten sende \
            /join, mehr steht in /help.");
        StampAsked { cost: u8 } =>
            ("Nothing was posted: this group asks for a stamp of {cost} bits. Turn stamps on in \
            your client, wait for the group's next announce, and send it again.")
            ("Nichts wurde gepostet: diese Gruppe verlangt eine Briefmarke (stamp) von {cost} \
            Bit. Schalte das in deinem Client ein, warte auf die nächste Ankündigung der Gruppe und sende noch einmal.");
        StoredAs { seq: u64 } =>
            ("Stored as number {seq}.")
            ("Gespeichert als Nummer {seq}.");
        SealedForFew { members: u32, most: u32 } =>
            ("This group has {members} members, and sealed messages are for groups of at most {most}.")
            ("Diese Gruppe hat {members} Mitglieder; versiegelte Nachrichten gehen in Gruppen bis {most}.");
        SendUnsealed =>
            ("Send it unsealed.")
            ("Sende sie unversiegelt.");
        OnlyToYou =>
            ("to you, /msg to answer")
            ("an dich, Antwort mit /msg");
        NowSaysIn { seq: u64 } =>
            ("now says in {seq}")
            ("ändert {seq}");
        IsSealed =>
            ("(sealed; a group client shows it)")
            ("(versiegelt; ein Gruppen-Client zeigt es)");
        LeftOut { kilobytes: usize } =>
            ("({kilobytes} kB of attachments left out; a group client shows them)")
            ("({kilobytes} kB Anhänge fehlen hier; ein Gruppen-Client zeigt sie)");

    } $($rest)* } };
}
pub(super) use posting;
