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
        /// Members with a grant, and operators.
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
        /// Say something.
        Post = "messages.post",
        /// Keep a person out.
        Ban = "members.ban",
        /// Let a person in again.
        Unban = "members.unban",
        /// Let people in: approve, deny, add.
        Approve = "members.approve",
        /// Make invites.
        Invite = "members.invite",
        /// Let members go of whom nothing was heard. The program's own.
        LetGo = "members.let_go",
        /// See what became of messages of others.
        ReadStatus = "messages.status",
    }
}

/// Who has a permission without a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// The class that the group has set for it.
    Class(VisibilityClass),
    /// Every person who says who they are.
    Anyone,
}

impl Permission {
    /// Who has it without a grant in a group with this visibility.
    pub const fn holders(self, visibility: &Visibility) -> Holders {
        match self {
            Self::ReadInfo => Holders::Class(visibility.info),
            Self::ReadChildren => Holders::Class(visibility.children),
            Self::ReadMembers => Holders::Class(visibility.members),
            Self::ReadMessages => Holders::Class(visibility.messages),
            Self::Join | Self::Leave => Holders::Anyone,
            Self::SwitchRelay | Self::Post => Holders::Class(VisibilityClass::Members),
            Self::LetGo => Holders::Class(VisibilityClass::Nobody),
            Self::Ban | Self::Unban | Self::ReadStatus | Self::Approve | Self::Invite => {
                Holders::Class(VisibilityClass::Staff)
            }
        }
    }
}

/// Where a grant comes from. Only a direct one is this group's own to take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantSource {
    /// Given in this group.
    Direct,
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
            GrantSource::Direct | GrantSource::Inherited(_) => true,
            GrantSource::Attested { until } => now < until,
        }
    }
}
