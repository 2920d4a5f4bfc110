//! Who is who.
//! Not what is done to them.

macro_rules! people {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        NoMember =>
            ("That person is no member of this group.")
            ("Diese Person ist kein Mitglied dieser Gruppe.");
        SeeMembers =>
            ("See who is with /members.")
            ("Wer es ist, zeigt /members.");
        NobodyNamed =>
            ("Nobody is named.")
            ("Es ist niemand genannt.");
        GiveAName =>
            ("Give a nick, a member's number or a hash.")
            ("Nenne einen Namen, eine Mitgliedsnummer oder einen Hash.");
        NameTooLong =>
            ("That name is too long.")
            ("Dieser Name ist zu lang.");
        NobodyCalled { name: String } =>
            ("Nobody here is called \u{201c}{name}\u{201d}.")
            ("Niemand heißt hier \u{201e}{name}\u{201c}.");
        SeveralMeant { names: String, more: bool } =>
            ("Several people may be meant: {names}.")
            ("Mehrere können gemeint sein: {names}.")
            if (*more) =>
            ("Several people may be meant: {names} and more.")
            ("Mehrere können gemeint sein: {names} und weitere.");
        GiveMoreOfIt =>
            ("Give the number, or more of the hash.")
            ("Nenne die Nummer oder mehr vom Hash.");
        OwnAddress =>
            ("That is this group's own address.")
            ("Das ist die Adresse dieser Gruppe selbst.");
        GiveAPersonsAddress =>
            ("Give the address of a person.")
            ("Nenne die Adresse einer Person.");
        AddressOf { name: String, person: IdentityHash } =>
            ("That is the {name} address of {}.", person.short())
            ("Das ist die Adresse {name} von {}.", person.short());
        UnknownHash =>
            ("Nothing is known here about that hash; it is taken as an identity hash.")
            ("Über diesen Hash ist hier nichts bekannt; er gilt als Identity-Hash.");
        WhoIs { name: String, number: u32, identity: IdentityHash } =>
            ("{name} is member {number}, {identity}.")
            ("{name} ist Mitglied {number}, {identity}.");
        IsNoMember { identity: IdentityHash } =>
            ("{identity} is no member.")
            ("{identity} ist kein Mitglied.");
        MemberCount { count: u32 } =>
            ("{count} members")
            ("{count} Mitglieder")
            if (*count == 1) =>
            ("1 member")
            ("1 Mitglied");
        MoreMembers { after: u32 } =>
            ("/members {after}+ for more.")
            ("Weiter mit /members {after}+");

    } $($rest)* } };
}
pub(super) use people;
