//! What can be permitted, who has it by what they are, and who has it by a grant.
//! Not the check itself: that is [`crate::group::rules::may`].

use super::id::GroupId;
use super::name::named_enum;
use super::settings::Visibility;
use crate::rns::time::UnixTime;

named_enum! {
    /// A circle of people, each inside the one before.
    pub enum VisibilityClass {
        /// Everybody, also who has not said who they are.
        World = "world",
        /// Members.
        Members = "members",
        /// Moderators and above, members with a grant, and operators.
        Staff = "staff",
        /// Nobody who asks; the program itself only.
        Nobody = "nobody",
    }
}
named_enum! {
    /// Something that one call may need. Stored by name.
    pub enum Permission {
        /// See that the group exists, its name, numbers and rules.
        ReadInfo = "info.read",
        /// See which groups belong to it.
        ReadChildren = "children.read",
        /// See who is in it.
        ReadMembers = "members.read",
        /// See what is said.
        ReadMessages = "messages.read",
        /// Become a member.
        Join = "members.join",
        /// Stop being a member.
        Leave = "members.leave",
        /// Choose what is sent to oneself.
        SwitchRelay = "relay.switch",
        /// Choose what one is called.
        ChangeNick = "nick.change",
        /// Say something.
        Post = "messages.post",
        /// React to what others say.
        React = "messages.react",
        /// Send files, pictures and sound with what one says.
        Attach = "messages.attach",
        /// Change what one has said.
        EditOwn = "messages.edit_own",
        /// Remove what one has said.
        DeleteOwn = "messages.delete_own",
        /// Remove what others have said.
        DeleteAny = "messages.delete_any",
        /// Keep a message in sight.
        Pin = "messages.pin",
        /// Say something to one member only.
        Direct = "messages.direct",
        /// Look through what is held back, and let it out or drop it.
        Review = "messages.review",
        /// See what became of messages of others.
        ReadStatus = "messages.status",
        /// Make invites.
        Invite = "members.invite",
        /// Let people in: approve, deny, add, and approve in advance.
        Approve = "members.approve",
        /// Send a member away, who may come again.
        Kick = "members.kick",
        /// Let a member read and not write.
        Mute = "members.mute",
        /// Keep a person out.
        Ban = "members.ban",
        /// Let a person in again.
        Unban = "members.unban",
        /// Let members go of whom nothing was heard. The program's own.
        LetGo = "members.let_go",
        /// Let go of messages that are too old or too many, as the settings say. The program's own.
        Prune = "messages.prune",
        /// Choose what others are called.
        RenameOthers = "members.rename",
        /// Change the group's name.
        RenameGroup = "group.rename",
        /// Change how the group is set up.
        ChangeSettings = "group.settings",
        /// Give roles and permissions to people below, and say what a role below may.
        ChangeRoles = "group.roles",
        /// Make another group on the same server, if its operator lets people.
        Found = "groups.create",
        /// Announce the group now.
        Announce = "group.announce",
        /// Take the group's data with one.
        Export = "group.export",
        /// See who has done what.
        ReadAudit = "audit.read",
        /// See who is kept out.
        ReadBans = "bans.read",
    }
}

/// Who has a permission without a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// The class that the group has set for it; members only where their role has it, too.
    Class(VisibilityClass),
    /// Every person who says who they are.
    Anyone,
    /// Members whose role has it.
    Roles,
}

impl Permission {
    /// Does a mute take it away? What is left is reading, going, and taking back what one has said.
    pub const fn needs_a_voice(self) -> bool {
        matches!(
            self,
            Self::Post | Self::React | Self::Attach | Self::EditOwn | Self::Direct | Self::ChangeNick
        )
    }

    /// Who has it without a grant in a group with this visibility.
    pub const fn holders(self, visibility: &Visibility) -> Holders {
        match self {
            Self::ReadInfo => Holders::Class(visibility.info),
            Self::ReadChildren => Holders::Class(visibility.children),
            Self::ReadMembers => Holders::Class(visibility.members),
            Self::ReadMessages => Holders::Class(visibility.messages),
            Self::Join | Self::Leave | Self::Found => Holders::Anyone,
            Self::LetGo | Self::Prune => Holders::Class(VisibilityClass::Nobody),
            // A new one is nobody's but those whose role has it.
            _ => Holders::Roles,
        }
    }
}

/// Where a grant comes from. Only a direct one is this group's own to take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantSource {
    /// Given in this group, until then; `None` for good.
    Direct {
        /// When it ends.
        until: Option<UnixTime>,
    },
    /// Held in another group, which this one follows.
    Inherited(GroupId),
    /// Attested by somebody outside, until then.
    Attested {
        /// When it ends.
        until: UnixTime,
    },
}

/// One permission that a person has beyond their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub permission: Permission,
    /// From where.
    pub source: GrantSource,
}

impl Grant {
    /// Is it in force?
    pub fn holds(&self, now: UnixTime) -> bool {
        match self.source {
            GrantSource::Direct { until } => until.is_none_or(|until| now < until),
            GrantSource::Inherited(_) => true,
            GrantSource::Attested { until } => now < until,
        }
    }
}
