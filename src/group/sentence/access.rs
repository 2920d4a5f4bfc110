//! Who may do what, and who may not.
//! Not what they do then.

macro_rules! access {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        WhoAreYou =>
            ("This server does not know who you are.")
            ("Dieser Server weiß nicht, wer du bist.");
        IdentifyFirst =>
            ("Identify on the link first.")
            ("Weise dich erst auf dem Link aus.");
        OnlyPeople =>
            ("Only a person can do that, and the command line is none.")
            ("Das kann nur eine Person, und die Kommandozeile ist keine.");
        UseAClient =>
            ("Do it with a client.")
            ("Tu es mit einem Client.");
        OnlyMembers =>
            ("Only members of this group may do that.")
            ("Das dürfen nur Mitglieder dieser Gruppe.");
        JoinFirst =>
            ("Join it first.")
            ("Tritt ihr erst bei.");
        SendJoin =>
            ("Send /join to join.")
            ("Zum Beitreten sende /join.");
        NotAllowed =>
            ("You may not do that here.")
            ("Das darfst du hier nicht.");
        AskOperator =>
            ("Ask this server's operator.")
            ("Frag den Betreiber dieses Servers.");
        Banned { reason: String } =>
            ("You are banned from this group: {reason}.")
            ("Du bist aus dieser Gruppe verbannt: {reason}.")
            if (reason.is_empty()) =>
            ("You are banned from this group.")
            ("Du bist aus dieser Gruppe verbannt.");
        TryAfter { until: UnixTime } =>
            ("Try again after {}.", in_words(*until))
            ("Versuch es wieder nach {}.", in_words(*until));
        NotBannedAnyMore =>
            ("You are not banned here any more. Send /join to join again.")
            ("Du bist hier nicht mehr verbannt. Zum Beitreten sende /join.");
        KeepsACopy =>
            ("This server keeps a copy of the group.")
            ("Dieser Server hat nur eine Kopie der Gruppe.");
        AskItsServer =>
            ("Ask the group's own server.")
            ("Frag den Server der Gruppe selbst.");
        Unavailable =>
            ("This server could not store or read that just now.")
            ("Dieser Server konnte das gerade nicht speichern oder lesen.");
        SendLater =>
            ("Send it again later.")
            ("Sende es später noch einmal.");
        Outranked =>
            ("This person stands as high here as you, or higher.")
            ("Diese Person steht hier so hoch wie du oder höher.");
        AskAboveBoth =>
            ("Ask somebody above both of you.")
            ("Frag jemanden, der über euch beiden steht.");
        AskAboveYou =>
            ("Ask somebody above you.")
            ("Frag jemanden, der über dir steht.");
        NoOwnerLeft =>
            ("This group would have no owner left.")
            ("Dann gehörte diese Gruppe niemandem mehr.");
        MakeOwnerFirst =>
            ("Make somebody else owner first: /role NAME owner.")
            ("Übergib sie erst jemand anderem: /role NAME owner.");
        RoleMayNot { role: Role } =>
            ("Your role here is {role}, and it may not do that.")
            ("Deine Rolle hier ist {role}, und die darf das nicht.");
        ChangedUnknown =>
            ("This group has changed in a way that this version does not know. Upgrade to change it.")
            ("Diese Gruppe wurde auf eine Art geändert, die diese Version nicht kennt. Nimm eine neuere, um sie zu ändern.");
        NoBroadcast =>
            ("This group does not broadcast what is said.")
            ("Diese Gruppe funkt nicht an alle, was gesagt wird.");
        AskAlone =>
            ("Ask for yourself: on a link, or in a packet without one.")
            ("Frag für dich allein: auf einem Link oder in einem Paket ohne Link.");

    } $($rest)* } };
}
pub(super) use access;
