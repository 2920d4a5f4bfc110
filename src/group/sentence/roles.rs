//! Roles and permissions.
//! Not that somebody may not do something; that is in `access`.

macro_rules! roles {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        LetThemJoin =>
            ("Let them join first.")
            ("Erst muss sie beitreten.");
        NobodyLiftsThemselves =>
            ("Nobody lifts themselves.")
            ("Niemand befördert sich selbst.");
        CantMake { role: Role } =>
            ("You can't make anybody {role}: that is not below you.")
            ("Du kannst niemanden zu {role} machen: das steht nicht unter dir.");
        AskOwner =>
            ("Ask an owner of the group.")
            ("Frag jemanden, dem die Gruppe gehört.");
        CantChangeRole { role: Role } =>
            ("You can't change what the role {role} may: it is not below you.")
            ("Was die Rolle {role} darf, kannst du nicht ändern: sie steht nicht unter dir.");
        OwnersNeed { permission: Permission } =>
            ("Without {permission} the owners would be locked out.")
            ("Ohne {permission} wären die Besitzer ausgesperrt.");
        LeaveItWithThem =>
            ("Leave it with them.")
            ("Lass es ihnen.");
        NobodyGrantsThemselves =>
            ("Nobody gives permissions to themselves.")
            ("Niemand gibt sich selbst Rechte.");
        PermissionOverBeforeItBegins =>
            ("This permission would be over before it begins.")
            ("Dieses Recht wäre vorbei, bevor es beginnt.");
        ManyGrants { most: u32 } =>
            ("{most} permissions are given here, and that is the most.")
            ("{most} Rechte sind hier vergeben, und mehr geht nicht.");
        GiveARole =>
            ("Give a role, or take some back.")
            ("Gib eine Rolle, oder nimm welche zurück.");
        CantGive { permission: Permission } =>
            ("You can't give {permission}: you don't have it.")
            ("Du kannst {permission} nicht geben: du hast es selbst nicht.");
        AskWhoHasIt =>
            ("Ask somebody who has it.")
            ("Frag jemanden, der es hat.");
        NoSuchRole { text: String } =>
            ("There is no role \u{201c}{text}\u{201d}.")
            ("Die Rolle \u{201e}{text}\u{201c} gibt es nicht.");
        ThereAre { names: String } =>
            ("There are: {names}.")
            ("Es gibt: {names}.");
        NoSuchPermission { text: String } =>
            ("There is no permission \u{201c}{text}\u{201d}.")
            ("Das Recht \u{201e}{text}\u{201c} gibt es nicht.");
        SomePermissions =>
            ("Some are: members.kick, members.ban, members.mute, members.approve, messages.delete_any.")
            ("Einige sind: members.kick, members.ban, members.mute, members.approve, messages.delete_any.");
        RoleIs { name: Box<str>, role: Role, grants: Box<str> } =>
            ("{name}: {role}, with {grants}.")
            ("{name}: {role}, dazu {grants}.")
            if (grants.is_empty()) =>
            ("{name}: role {role}.")
            ("{name}: Rolle {role}.");
        NoRole { name: Box<str>, grants: Box<str> } =>
            ("{name}: no member, with {grants}.")
            ("{name}: kein Mitglied, dazu {grants}.")
            if (grants.is_empty()) =>
            ("{name}: no member.")
            ("{name}: kein Mitglied.");
        RoleGiven { name: String, role: Role } =>
            ("{name} is {role} now.")
            ("{name} ist jetzt {role}.");
        RoleHeld { name: String, role: Role } =>
            ("{name} is {role} already.")
            ("{name} ist schon {role}.");
        RoleMay { role: Role, permissions: String } =>
            ("{role} may: {permissions}.")
            ("{role} darf: {permissions}.");
        Granted { name: Box<str>, permission: Permission, until: Option<UnixTime> } =>
            ("{name} has {permission} now {}.", until_in_english(*until))
            ("{name} hat jetzt {permission} {}.", until_in_german(*until))
            if (until.is_none()) =>
            ("{name} has {permission} now.")
            ("{name} hat jetzt {permission}.");
        GrantedBefore { name: Box<str>, permission: Permission, until: Option<UnixTime> } =>
            ("{name} has {permission} already {}.", until_in_english(*until))
            ("{name} hat schon {permission} {}.", until_in_german(*until))
            if (until.is_none()) =>
            ("{name} has {permission} already.")
            ("{name} hat schon {permission}.");
        Revoked { name: String, permission: Permission } =>
            ("{permission} is taken back from {name}.")
            ("{name} hat {permission} nicht mehr.");
        NotGranted { name: String, permission: Permission } =>
            ("{name} had not been given {permission}.")
            ("{name} hatte {permission} nicht bekommen.");
        Renamed { before: Box<str>, name: Box<str> } =>
            ("{before} is called {name} now.")
            ("{before} heißt jetzt {name}.");
        SomethingMissing =>
            ("Something is missing there.")
            ("Da fehlt etwas.");
        SendRole =>
            ("Send /role NAME ROLE, or /role ROLE +PERMISSION -PERMISSION.")
            ("Sende /role NAME ROLLE, oder /role ROLLE +RECHT -RECHT.");
        SendRoleChange =>
            ("Send /role ROLE +PERMISSION -PERMISSION.")
            ("Sende /role ROLLE +RECHT -RECHT.");
        SendGrant =>
            ("Send /grant NAME PERMISSION, or with a time: /grant anna members.kick 7d.")
            ("Sende /grant NAME RECHT, oder mit einer Zeit: /grant anna members.kick 7d.");
        SendRevoke =>
            ("Send /revoke NAME PERMISSION.")
            ("Sende /revoke NAME RECHT.");
        SendRename =>
            ("Send /rename NAME NICK.")
            ("Sende /rename NAME NEUER-NAME.");
        SendAudit =>
            ("Send /audit 5.")
            ("Sende /audit 5.");

    } $($rest)* } };
}
pub(super) use roles;
