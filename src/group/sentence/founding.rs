//! Groups: which there are, making one, and letting others know of it.
//! Not how one is set up; that is in `settings`.

macro_rules! founding {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        OnlyOperatorFounds =>
            ("Only this server's operator makes groups here.")
            ("Gruppen macht hier nur der Betreiber dieses Servers.");
        OnlyMembersFound =>
            ("Only members of a group here may make another.")
            ("Nur wer hier in einer Gruppe ist, darf noch eine machen.");
        AskOperatorToFound =>
            ("Ask this server's operator to make one.")
            ("Bitte den Betreiber dieses Servers um eine.");
        OwnsMany { owned: u32, most: u32 } =>
            ("You own {owned} groups here; {most} is the most.")
            ("Dir gehören hier {owned} Gruppen; höchstens {most} gehen.")
            if (*owned == 1) =>
            ("You own 1 group here; {most} is the most.")
            ("Dir gehört hier 1 Gruppe; höchstens {most} gehen.");
        UseOneYouHave =>
            ("Use one that you have.")
            ("Nimm eine, die du hast.");
        HostsMany { groups: u32 } =>
            ("This server has {groups} groups; that is the most.")
            ("Dieser Server hat {groups} Gruppen; mehr gehen nicht.")
            if (*groups == 1) =>
            ("This server has 1 group; that is the most.")
            ("Dieser Server hat 1 Gruppe; mehr gehen nicht.");
        RaiseMaxGroups =>
            ("The operator can raise max_groups in server.toml.")
            ("Der Betreiber kann max_groups in server.toml erhöhen.");
        GroupNameTooLong { len: usize, max: usize } =>
            ("This name has {len} bytes; {max} is the most.")
            ("Der Name hat {len} Bytes; höchstens {max} gehen.");
        GroupNameNeedsLetters =>
            ("A group's name needs letters, on one line, and nothing invisible.")
            ("Der Name einer Gruppe braucht Buchstaben, auf einer Zeile und nichts Unsichtbares.");
        ChooseAnother =>
            ("Choose another.")
            ("Wähl einen anderen.");
        NoSuchPreset =>
            ("There is no such way to set up a group.")
            ("So lässt sich eine Gruppe nicht einrichten.");
        TryPreset { names: String } =>
            ("Try {names}.")
            ("Versuch {names}.");
        MoreGroups =>
            ("More: /groups WORD searches.")
            ("Mehr: /groups WORT sucht.");
        NoSuchGroupKnown =>
            ("No such group is known here.")
            ("So eine Gruppe ist hier nicht bekannt.");
        GroupMade =>
            ("The group is there.")
            ("Die Gruppe ist da.");
        YouOwnIt =>
            ("You are its owner.")
            ("Sie gehört dir.");
        WriteToGroup { lxmf: Box<DestinationHash>, group: Box<DestinationHash> } =>
            ("Write to {lxmf}; its address for group clients is {group}.")
            ("Schreib an {lxmf}; ihre Adresse für Gruppen-Clients ist {group}.");
        AnnouncedSoon =>
            ("This group is announced in a moment, at most once a minute.")
            ("Diese Gruppe wird gleich angekündigt, höchstens einmal in der Minute.");
        GroupWithoutName =>
            ("(no name)")
            ("(kein Name)");
        Hops { count: u64 } =>
            ("{count} hops")
            ("{count} Hops weit")
            if (*count == 1) =>
            ("1 hop")
            ("1 Hop weit");

    } $($rest)* } };
}
pub(super) use founding;
