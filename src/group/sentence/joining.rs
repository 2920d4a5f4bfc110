//! Being let in: by approval, invite or work.
//! Not what a member chooses.

macro_rules! joining {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        JoinedKnow { kept: Kept } =>
            ("What you write is posted and kept {}: members can keep and share it, this server can read it, its keeper can remove it or you.", kept.in_english())
            ("Was du schreibst, wird gepostet und bleibt {}: Mitglieder können es behalten und teilen, der Server kann es lesen, sein Betreiber es oder dich entfernen.", kept.in_german());
        JoinedGoOn =>
            ("/resume sends you new messages, /history the last.")
            ("/resume sendet dir Neues, /history das Letzte.");
        TrustContact =>
            ("Trust this contact to be notified.")
            ("Vertraue dem Kontakt.");
        HasAsked { name: String } =>
            ("You have asked to join {name}, and are told when it is decided.")
            ("Du hast um Aufnahme in {name} gebeten und erfährst, wie entschieden wird.");
        OnceIn { kept: Kept } =>
            ("Once you are in: what you write is kept {}; members can keep and share it, this server can read it, its keeper can remove it or you. /leave takes this back.", kept.in_english())
            ("Danach gilt: was du schreibst, bleibt {}; Mitglieder können es teilen, der Server kann es lesen, sein Betreiber es oder dich entfernen. /leave zieht das zurück.", kept.in_german());
        WaitsForApproval =>
            ("Your request to join waits for approval.")
            ("Über deine Bitte um Aufnahme ist noch nicht entschieden.");
        ToldWhenDecided =>
            ("You are told when it is decided.")
            ("Du erfährst es, sobald es so weit ist.");
        JoinCosts { bits: u8 } =>
            ("Joining costs {bits} bits of work.")
            ("Beitreten kostet {bits} Bit Arbeit.");
        JoinWorth { bits: u8, brought: u16 } =>
            ("Joining costs {bits} bits of work; this is worth {brought} to you today.")
            ("Beitreten kostet {bits} Bit Arbeit; das hier ist für dich heute {brought} wert.");
        StampForJoin { bits: u8 } =>
            ("Send it with a stamp of {bits} bits, or /join NAME CODE with an invite, or ask to be approved.")
            ("Sende es mit einer Briefmarke (stamp) von {bits} Bit, oder /join NAME CODE mit einer Einladung, oder lass dich aufnehmen.");
        InviteForJoin =>
            ("Your client can't do that by message: get an invite and send /join NAME CODE, or ask somebody in it to approve you.")
            ("Per Nachricht geht das nicht: besorg dir eine Einladung und sende /join NAME CODE, oder bitte jemanden darin, dich aufzunehmen.");
        OnlyInvited =>
            ("Only people with an invite can join this group.")
            ("In diese Gruppe kommt man nur mit einer Einladung.");
        GetAnInvite =>
            ("Ask a member for an invite, and send its code when you join.")
            ("Bitte ein Mitglied um eine Einladung und sende ihren Code mit.");
        NobodyJoins =>
            ("Nobody can join this group by asking.")
            ("Dieser Gruppe kann man nicht selbst beitreten.");
        AskToBeAdded =>
            ("Ask somebody in it to add you.")
            ("Bitte jemanden darin, dich aufzunehmen.");
        NoSuchInvite =>
            ("This invite does not hold: used up, over, taken back, or of another group.")
            ("Diese Einladung gilt nicht: verbraucht, abgelaufen, zurückgezogen oder von einer anderen Gruppe.");
        AskForNewInvite =>
            ("Ask for a new one.")
            ("Bitte um eine neue.");
        SlipInCode =>
            ("There is a slip in this code.")
            ("In diesem Code ist ein Fehler.");
        LookAtCode =>
            ("Look at it once more.")
            ("Sieh ihn noch einmal an.");
        TriedOften =>
            ("You have tried to join many times.")
            ("Du hast oft versucht beizutreten.");
        TryInAMinute =>
            ("Try again in a minute.")
            ("Versuch es in einer Minute wieder.");
        ManyWaiting { count: u32 } =>
            ("{count} people wait for approval already.")
            ("{count} Leute warten schon auf Aufnahme.");
        AskInDays =>
            ("Ask again in a few days.")
            ("Bitte in ein paar Tagen noch einmal.");
        WasNotLetIn { reason: String } =>
            ("You were not let into this group: {reason}")
            ("Du wurdest nicht in diese Gruppe aufgenommen: {reason}")
            if (reason.is_empty()) =>
            ("You were not let into this group.")
            ("Du wurdest nicht in diese Gruppe aufgenommen.");
        MayJoinNow =>
            ("You may join this group now: send /join.")
            ("Du darfst dieser Gruppe jetzt beitreten: sende /join.");
        WasIdle =>
            ("Nothing was heard of you for long, so you are no member of this group now. /join to come back.")
            ("Von dir war lange nichts zu hören, darum bist du kein Mitglied dieser Gruppe mehr. Zurück mit /join.");
        AsksToJoin { name: Box<str>, text: Box<str>, person: Box<IdentityHash> } =>
            ("{name} asks to join: {text} – Send /approve or /deny and {}.", person.short())
            ("{name} bittet um Aufnahme: {text} – Sende /approve oder /deny und {}.", person.short())
            if (text.is_empty()) =>
            ("{name} asks to join. Send /approve or /deny and {}.", person.short())
            ("{name} bittet um Aufnahme. Sende /approve oder /deny und {}.", person.short());
        IsMember { name: String, number: u32 } =>
            ("{name} is member {number}.")
            ("{name} ist Mitglied {number}.");
        MayComeIn { name: String } =>
            ("{name} may come in as soon as they ask.")
            ("{name} kommt herein, sobald die Bitte eintrifft.");
        IsNotLetIn { name: String } =>
            ("{name} is not let in.")
            ("{name} wird nicht aufgenommen.");
        HasNotAsked =>
            ("They have not asked to join.")
            ("Um Aufnahme wurde nicht gebeten.");
        LookAtPending =>
            ("See who has with /pending.")
            ("Wer das hat, zeigt /pending.");
        IsMemberAlready =>
            ("They are a member already.")
            ("Das ist schon ein Mitglied.");
        KickIfNeeded =>
            ("Kick them, if they have to go.")
            ("Wirf es hinaus, wenn es gehen muss.");
        TheyAreBanned =>
            ("They are banned from this group.")
            ("Aus dieser Gruppe verbannt.");
        UnbanFirst =>
            ("Unban them first.")
            ("Hebe erst den Bann auf.");
        NobodyWaits =>
            ("Nobody waits for approval.")
            ("Niemand wartet auf Aufnahme.");
        PeopleWaiting { count: usize } =>
            ("{count} waiting:")
            ("{count} warten:");
        ApproveOrDeny =>
            ("/approve NAME or /deny NAME.")
            ("/approve NAME oder /deny NAME.");
        InviteIs { invite: u64, uses: u32, until: Option<UnixTime>, code: Box<str> } =>
            ("Invite {invite} for {uses} people, {}: {code}", until_in_english(*until))
            ("Einladung {invite} für {uses} Personen, {}: {code}", until_in_german(*until))
            if (*uses == 1) =>
            ("Invite {invite} for 1 person, {}: {code}", until_in_english(*until))
            ("Einladung {invite} für 1 Person, {}: {code}", until_in_german(*until));
        HandInviteOn { link: String } =>
            ("To use it: /join NAME CODE to this address, or the link {link}")
            ("So geht's: /join NAME CODE an diese Adresse, oder der Link {link}");
        NoInvites =>
            ("No invite stands. /invite makes one.")
            ("Keine Einladung ist offen. /invite macht eine.");
        InvitesStand { count: usize } =>
            ("{count} invites.")
            ("{count} Einladungen.")
            if (*count == 1) =>
            ("1 invite.")
            ("1 Einladung.");
        TakeInviteBack =>
            ("/uninvite N takes one back.")
            ("/uninvite N zieht eine zurück.");
        InviteGone { invite: u64 } =>
            ("Invite {invite} lets nobody in any more.")
            ("Einladung {invite} gilt nicht mehr.");
        NoInviteNumber =>
            ("This is no number of an invite.")
            ("Das ist keine Nummer einer Einladung.");
        SeeInvites =>
            ("See them with /invites.")
            ("/invites zeigt sie.");
        NoUsesNorTime =>
            ("This is no number and no time.")
            ("Das ist keine Zahl und keine Zeit.");
        SendInvite =>
            ("Send /invite, or /invite 5 30d for five people within thirty days.")
            ("Sende /invite, oder /invite 5 30d für fünf Leute binnen dreißig Tagen.");
        WorkForJoin { bits: u8, day: u32 } =>
            ("Send as `work` up to 32 bytes for which SHA-256(\"roost-join1\" + gid + your identity hash + {day} as 4 bytes + work) begins with {bits} zero bits.")
            ("Sende als `work` bis zu 32 Bytes, für die SHA-256(\"roost-join1\" + gid + dein Identity-Hash + {day} in 4 Bytes + work) mit {bits} Null-Bits beginnt.");
        ManyPreapproved { count: u32 } =>
            ("{count} people are approved who have not come.")
            ("{count} Leute sind schon aufgenommen und nicht gekommen.");
        TakeBackApprovals =>
            ("Take back some approvals.")
            ("Nimm einige Zusagen zurück.");
        InviteLetsIn { most: u32 } =>
            ("An invite lets in 1 to {most} people.")
            ("Eine Einladung gilt für 1 bis {most} Leute.");
        GiveSuchANumber =>
            ("Give such a number.")
            ("Nenne so eine Zahl.");
        InviteOverBeforeItBegins =>
            ("This invite would be over before it begins.")
            ("Diese Einladung wäre vorbei, bevor sie beginnt.");
        ManyInvites { all: u32, own: u32 } =>
            ("{all} invites stand, {own} of them yours.")
            ("{all} Einladungen sind offen, {own} davon von dir.");
        TakeOneBack =>
            ("Take one back first.")
            ("Zieh erst eine zurück.");
        NoInviteOfThatNumber =>
            ("There is no such invite.")
            ("Diese Einladung gibt es nicht.");

    } $($rest)* } };
}
pub(super) use joining;
