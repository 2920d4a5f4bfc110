//! What can be done in a group, and what can come of it.
//! Not who may; each act names the permission that it needs.

use crate::group::applicant::Application;
use crate::group::ban::Remove;
use crate::group::event::GroupEvent;
use crate::group::id::{MemberNumber, PostId, Seq};
use crate::group::invite::InviteId;
use crate::group::member::Relay;
use crate::group::notify::NotifyChoice;
use crate::group::permission::Permission;
use crate::group::permission_set::PermissionSet;
use crate::group::post::Post;
use crate::group::role::Role;
use crate::group::sentence::Language;
use crate::group::settings::Settings;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Something that a caller wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Become a member, or ask to be approved.
    Join(Application),
    /// Stop being a member, or take back what one has asked.
    Leave,
    /// Let somebody in who has asked, or who will.
    Approve {
        /// Whom.
        identity: IdentityHash,
    },
    /// Don't let somebody in who has asked; take back an approval in advance.
    Deny {
        /// Whom.
        identity: IdentityHash,
        /// Why; they are told.
        reason: String,
    },
    /// Make somebody a member who has not asked.
    Add {
        /// Whom.
        identity: IdentityHash,
        /// What they are called, until they say otherwise.
        nick: Option<String>,
    },
    /// Make an invite.
    Invite {
        /// What is kept of its code.
        id: InviteId,
        /// How many it lets in.
        uses: u32,
        /// Until when; `None` for good.
        until: Option<UnixTime>,
    },
    /// Take an invite back.
    RevokeInvite {
        /// Its number.
        made: Seq,
    },
    /// Let a member go of whom nothing was heard for long. Only the program itself does that.
    LetGo {
        /// Whom.
        identity: IdentityHash,
    },
    /// Choose what is sent to oneself.
    SwitchRelay(Relay),
    /// Be called something else; `None` for nothing but one's hash.
    ChangeNick(Option<String>),
    /// Call a member something else.
    RenameMember {
        /// Whom.
        member: IdentityHash,
        /// What; `None` for nothing but their hash.
        nick: Option<String>,
    },
    /// Choose the language in which one is spoken to.
    ChooseLanguage(Language),
    /// Choose what one is told of without being sent it.
    ChooseNotify(NotifyChoice),
    /// Say something.
    Post(Post),
    /// Say something to one member.
    Direct {
        /// To whom.
        to: IdentityHash,
        /// What.
        post: Post,
    },
    /// Say something else in the place of a message of one's own.
    Edit {
        /// Which message.
        target: PostId,
        /// What.
        post: Post,
    },
    /// Delete a message or a reaction.
    Delete {
        /// Which.
        target: PostId,
        /// Why; may be empty.
        reason: String,
    },
    /// Delete many messages and reactions: the oldest of those that fit, not more than may be deleted together.
    Purge {
        /// Of this person, or of all.
        of: Option<IdentityHash>,
        /// Said after this, or at any time.
        since: Option<UnixTime>,
        /// Said before this, or at any time.
        before: Option<UnixTime>,
        /// Why; may be empty.
        reason: String,
    },
    /// Pin a message.
    Pin(PostId),
    /// Do not pin a message any more.
    Unpin(PostId),
    /// Let go of all messages up to this number, because they are too old, or too much.
    Prune(Seq),
    /// Keep a person out.
    Ban {
        /// Whom.
        identity: IdentityHash,
        /// Why.
        reason: String,
        /// Until when; `None` for good.
        until: Option<UnixTime>,
        /// What becomes of what they have said.
        remove: Remove,
    },
    /// Let a person in again.
    Unban {
        /// Whom.
        identity: IdentityHash,
    },
    /// Make a member something else.
    AssignRole {
        /// Whom.
        member: IdentityHash,
        /// What.
        role: Role,
    },
    /// Say what a role may.
    DefineRole {
        /// Which.
        role: Role,
        /// All that it may.
        permissions: PermissionSet,
    },
    /// Give a person a permission beyond their role.
    Grant {
        /// Whom.
        identity: IdentityHash,
        /// Which.
        permission: Permission,
        /// Until when; `None` for good.
        until: Option<UnixTime>,
    },
    /// Take such a permission back.
    Revoke {
        /// From whom.
        identity: IdentityHash,
        /// Which.
        permission: Permission,
    },
    /// Set the group up anew.
    ChangeSettings(Box<Settings>),
    /// Call the group something else. What is `None` stays.
    RenameGroup {
        /// The name that everybody may know.
        name: Option<String>,
        /// The name that only members are told; `Some(None)` for the same.
        private_name: Option<Option<String>>,
    },
    /// Send a member away, who may come again.
    Kick {
        /// Whom.
        member: IdentityHash,
        /// Why.
        reason: String,
    },
    /// Let a person read and not write.
    Mute {
        /// Whom.
        identity: IdentityHash,
        /// Why.
        reason: String,
        /// Until when; `None` for good.
        until: Option<UnixTime>,
    },
    /// Let a person write again.
    Unmute {
        /// Whom.
        identity: IdentityHash,
    },
    /// Publish a post that was held.
    Publish(PostId),
    /// Don't publish a post that was held.
    Drop {
        /// Which.
        post: PostId,
        /// Why.
        reason: String,
    },
}

/// What comes of an act that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one lives for one call and is never kept in a table")]
pub enum Decision {
    /// This happens.
    Event(GroupEvent),
    /// Nothing has to happen: it is so already.
    Already(Already),
}

/// What was so before the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Already {
    /// The caller is a member with this number.
    Member(MemberNumber),
    /// The caller is no member.
    NotMember,
    /// The caller has asked in these words, and waits.
    Waiting,
    /// That person may come in as soon as they ask.
    Preapproved,
    /// The relay stands as asked.
    Relay(Relay),
    /// The language was chosen before.
    Language(Language),
    /// That was chosen before.
    Notify(NotifyChoice),
    /// The group has that post, with this number.
    Posted(Seq),
    /// What was to be deleted is not there.
    Deleted,
    /// That message is pinned.
    Pinned,
    /// That message is not pinned.
    NotPinned,
    /// That ban is in force.
    Banned,
    /// That person is not banned.
    NotBanned,
    /// The member is called that.
    Called,
    /// The member has that role.
    Role(Role),
    /// The role may exactly that.
    Defined,
    /// The person has that permission, for that time.
    Granted,
    /// The person has not been given that permission.
    NotGranted,
    /// The group is set up so.
    SetUp,
    /// That mute is in force.
    Muted,
    /// That person is not muted.
    NotMuted,
    /// The group has that post, as the event with this number, and somebody has to look at it first.
    Held(Seq),
    /// That post was dropped.
    Dropped,
}

impl Act {
    /// The permission that it needs.
    pub fn permission(&self) -> Permission {
        match self {
            Self::Join(_) => Permission::Join,
            Self::Leave => Permission::Leave,
            Self::SwitchRelay(_) | Self::ChooseLanguage(_) | Self::ChooseNotify(_) => Permission::SwitchRelay,
            Self::Approve { .. } | Self::Deny { .. } | Self::Add { .. } => Permission::Approve,
            Self::Invite { .. } | Self::RevokeInvite { .. } => Permission::Invite,
            Self::LetGo { .. } => Permission::LetGo,
            Self::ChangeNick(_) => Permission::ChangeNick,
            Self::RenameMember { .. } => Permission::RenameOthers,
            Self::Post(post) if post.body.is_reaction() => Permission::React,
            Self::Post(_) => Permission::Post,
            Self::Direct { .. } => Permission::Direct,
            Self::Edit { .. } => Permission::EditOwn,
            // For what is one's own, `history` says less.
            Self::Delete { .. } | Self::Purge { .. } => Permission::DeleteAny,
            Self::Pin(_) | Self::Unpin(_) => Permission::Pin,
            Self::Prune(_) => Permission::Prune,
            Self::Ban { .. } => Permission::Ban,
            Self::Unban { .. } => Permission::Unban,
            Self::AssignRole { .. } | Self::DefineRole { .. } | Self::Grant { .. } | Self::Revoke { .. } => {
                Permission::ChangeRoles
            }
            Self::ChangeSettings(_) => Permission::ChangeSettings,
            Self::RenameGroup { .. } => Permission::RenameGroup,
            Self::Kick { .. } => Permission::Kick,
            Self::Mute { .. } | Self::Unmute { .. } => Permission::Mute,
            Self::Publish(_) | Self::Drop { .. } => Permission::Review,
        }
    }

    /// The person whom it is done to: only somebody above them may.
    pub const fn target(&self) -> Option<IdentityHash> {
        match self {
            Self::Ban { identity, .. }
            | Self::Unban { identity }
            | Self::AssignRole { member: identity, .. }
            | Self::Grant { identity, .. }
            | Self::Revoke { identity, .. }
            | Self::LetGo { identity }
            | Self::Kick { member: identity, .. }
            | Self::Mute { identity, .. }
            | Self::Unmute { identity }
            | Self::RenameMember { member: identity, .. } => Some(*identity),
            Self::Purge { of, .. } => *of,
            Self::Join(_)
            | Self::Leave
            | Self::Approve { .. }
            | Self::Deny { .. }
            | Self::Add { .. }
            | Self::Invite { .. }
            | Self::RevokeInvite { .. }
            | Self::SwitchRelay(_)
            | Self::ChangeNick(_)
            | Self::ChooseLanguage(_)
            | Self::ChooseNotify(_)
            | Self::Post(_)
            | Self::Direct { .. }
            | Self::Edit { .. }
            | Self::Delete { .. }
            | Self::Pin(_)
            | Self::Unpin(_)
            | Self::Prune(_)
            | Self::Publish(_)
            | Self::Drop { .. }
            | Self::DefineRole { .. }
            | Self::ChangeSettings(_)
            | Self::RenameGroup { .. } => None,
        }
    }

    /// Might the group have one owner less afterwards?
    pub const fn may_end_an_owner(&self) -> bool {
        matches!(
            self,
            Self::Leave | Self::LetGo { .. } | Self::Kick { .. } | Self::Ban { .. } | Self::AssignRole { .. }
        )
    }
}
