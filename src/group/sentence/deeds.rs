//! What the audit log says of an event. `{by}` and `{whom}` stand for names, which are put in last.
//! Not who is told of it.

macro_rules! deeds {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        OperatorDid =>
            ("The operator")
            ("Der Betreiber");
        NoLongerKept =>
            ("What happened here is no longer kept.")
            ("Was hier geschah, ist nicht mehr gespeichert.");
        NotKnownWhat =>
            ("This version does not know what happened here.")
            ("Diese Version weiß nicht, was hier geschah.");
        GroupBegan =>
            ("The group began.")
            ("Die Gruppe begann.");
        DidJoin =>
            ("{{by}} joined.")
            ("{{by}} ist beigetreten.");
        DidJoinPreapproved =>
            ("{{by}} joined, approved before.")
            ("{{by}} ist beigetreten, vorher zugelassen.");
        DidJoinInvited =>
            ("{{by}} joined with invite.")
            ("{{by}} ist mit Einladung beigetreten.");
        DidJoinWith { invite: Seq } =>
            ("{{by}} joined with invite {invite}.")
            ("{{by}} ist mit Einladung {invite} beigetreten.");
        DidLetIn =>
            ("{{by}} let {{whom}} in.")
            ("{{by}} hat {{whom}} hereingelassen.");
        DidAdd =>
            ("{{by}} added {{whom}}.")
            ("{{by}} hat {{whom}} aufgenommen.");
        WasLetGo =>
            ("{{whom}} was let go: nothing was heard for long.")
            ("{{whom}} ist kein Mitglied mehr: lange war nichts zu hören.");
        DidLeave =>
            ("{{by}} left.")
            ("{{by}} ist gegangen.");
        DidChooseRelay =>
            ("{{by}} chose what is sent to them.")
            ("{{by}} hat gewählt, was zu senden ist.");
        DidChooseLanguage =>
            ("{{by}} chose a language.")
            ("{{by}} hat eine Sprache gewählt.");
        DidChooseNotify =>
            ("{{by}} chose what they are told of.")
            ("{{by}} hat gewählt, was zu melden ist.");
        DidPublish =>
            ("{{by}} published a message of {{whom}}.")
            ("{{by}} hat eine Nachricht von {{whom}} veröffentlicht.");
        DidPost =>
            ("{{by}} posted.")
            ("{{by}} hat etwas gepostet.");
        DidEdit =>
            ("{{by}} edited a message.")
            ("{{by}} hat eine Nachricht geändert.");
        DidRemoveOf =>
            ("{{by}} removed a message of {{whom}}.")
            ("{{by}} hat eine Nachricht von {{whom}} entfernt.");
        DidRemove =>
            ("{{by}} removed a message.")
            ("{{by}} hat eine Nachricht entfernt.");
        DidPurgeOf { count: usize } =>
            ("{{by}} removed {count} messages of {{whom}}.")
            ("{{by}} hat {count} Nachrichten von {{whom}} entfernt.")
            if (*count == 1) =>
            ("{{by}} removed 1 message of {{whom}}.")
            ("{{by}} hat 1 Nachricht von {{whom}} entfernt.");
        DidPurge { count: usize } =>
            ("{{by}} removed {count} messages.")
            ("{{by}} hat {count} Nachrichten entfernt.")
            if (*count == 1) =>
            ("{{by}} removed 1 message.")
            ("{{by}} hat 1 Nachricht entfernt.");
        DidPin =>
            ("{{by}} pinned a message.")
            ("{{by}} hat eine Nachricht angeheftet.");
        DidUnpin =>
            ("{{by}} unpinned a message.")
            ("{{by}} hat eine Nachricht gelöst.");
        DidWriteToOne =>
            ("{{by}} wrote to one member.")
            ("{{by}} hat an ein Mitglied geschrieben.");
        WerePruned { to: Seq } =>
            ("Messages up to {to} were too old to be kept.")
            ("Nachrichten bis {to} waren zu alt, um zu bleiben.");
        DidReact =>
            ("{{by}} reacted.")
            ("{{by}} hat reagiert.");
        DidBan { removed: usize } =>
            ("{{by}} banned {{whom}} and removed {removed} messages.")
            ("{{by}} hat {{whom}} verbannt und {removed} Nachrichten entfernt.")
            if (*removed == 0) =>
            ("{{by}} banned {{whom}}.")
            ("{{by}} hat {{whom}} verbannt.")
            if (*removed == 1) =>
            ("{{by}} banned {{whom}} and removed 1 message.")
            ("{{by}} hat {{whom}} verbannt und 1 Nachricht entfernt.");
        DidKick =>
            ("{{by}} sent {{whom}} away.")
            ("{{by}} hat {{whom}} hinausgeschickt.");
        DidMute =>
            ("{{by}} muted {{whom}}.")
            ("{{by}} hat {{whom}} stumm geschaltet.");
        DidUnmute =>
            ("{{by}} let {{whom}} write again.")
            ("{{by}} lässt {{whom}} wieder schreiben.");
        WasHeld =>
            ("A message of {{by}} was held.")
            ("Eine Nachricht von {{by}} wurde zurückgehalten.");
        DidDrop =>
            ("{{by}} dropped a message of {{whom}}.")
            ("{{by}} hat eine Nachricht von {{whom}} verworfen.");
        DidUnban =>
            ("{{by}} lifted the ban of {{whom}}.")
            ("{{by}} hat den Bann von {{whom}} aufgehoben.");
        DidSet =>
            ("{{by}} changed the settings.")
            ("{{by}} hat die Einstellungen geändert.");
        DidMake { role: Role } =>
            ("{{by}} made {{whom}} {role}.")
            ("{{by}} hat {{whom}} zu {role} gemacht.");
        DidDefine { role: Role } =>
            ("{{by}} changed what the role {role} may.")
            ("{{by}} hat geändert, was die Rolle {role} darf.");
        DidGrant { permission: Permission } =>
            ("{{by}} gave {permission} to {{whom}}.")
            ("{{by}} hat {{whom}} das Recht {permission} gegeben.");
        DidRevoke { permission: Permission } =>
            ("{{by}} took {permission} back from {{whom}}.")
            ("{{by}} hat {{whom}} das Recht {permission} genommen.");
        DidRenameThemselves { nick: String } =>
            ("{{by}} is called {nick} now.")
            ("{{by}} heißt jetzt {nick}.");
        DidRename { nick: String } =>
            ("{{by}} called {{whom}} {nick}.")
            ("{{by}} hat {{whom}} {nick} genannt.");
        DidDropOwnNick =>
            ("{{by}} is called nothing now.")
            ("{{by}} hat keinen Namen mehr.");
        DidDropNick =>
            ("{{by}} called {{whom}} nothing.")
            ("{{by}} hat {{whom}} den Namen genommen.");
        DidAsk =>
            ("{{by}} asked to join.")
            ("{{by}} hat um Aufnahme gebeten.");
        DidWithdraw =>
            ("{{by}} no longer asks to join.")
            ("{{by}} bittet nicht mehr um Aufnahme.");
        DidDeny =>
            ("{{by}} did not let {{whom}} in.")
            ("{{by}} hat {{whom}} nicht aufgenommen.");
        DidPreapprove =>
            ("{{by}} approved {{whom}} in advance.")
            ("{{by}} hat {{whom}} im Voraus zugelassen.");
        DidTakeApprovalBack =>
            ("{{by}} took the approval of {{whom}} back.")
            ("{{by}} hat die Zulassung von {{whom}} zurückgenommen.");
        DidInvite =>
            ("{{by}} made an invite.")
            ("{{by}} hat eine Einladung gemacht.");
        DidTakeInviteBack { invite: Seq } =>
            ("{{by}} took invite {invite} back.")
            ("{{by}} hat Einladung {invite} zurückgezogen.");
        SomebodyWasFaster { seq: Seq, what: Box<str> } =>
            ("Somebody was faster (event {seq}): {what}")
            ("Jemand war schneller (Ereignis {seq}): {what}");
        ItHasChanged =>
            ("It has changed.")
            ("Es hat sich geändert.");
        LookAgain =>
            ("Look again, then decide.")
            ("Sieh noch einmal nach, dann entscheide.");

    } $($rest)* } };
}
pub(super) use deeds;
