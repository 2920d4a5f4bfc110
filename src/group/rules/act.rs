//! What can be done in a group, and what can come of it.
//! Not who may; each act names the permission that it needs.

use crate::group::event::GroupEvent;
use crate::group::id::{MemberNumber, Seq};
use crate::group::member::Relay;
use crate::group::permission::Permission;
use crate::group::post::Post;
use crate::group::sentence::Language;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Something that a caller wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one lives for one call and is never kept in a table")]
pub enum Act {
    /// Become a member.
    Join {
        /// What they want to be called.
        nick: Option<String>,
    },
    /// Stop being a member.
    Leave,
    /// Choose what is sent to oneself.
    SwitchRelay(Relay),
    /// Choose the language in which one is spoken to.
    ChooseLanguage(Language),
    /// Say something.
    Post(Post),
    /// Keep a person out.
    Ban {
        /// Whom.
        identity: IdentityHash,
        /// Why.
        reason: String,
        /// Until when; `None` for good.
        until: Option<UnixTime>,
    },
    /// Let a person in again.
    Unban {
        /// Whom.
        identity: IdentityHash,
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
    /// The relay stands as asked.
    Relay(Relay),
    /// The language was chosen before.
    Language(Language),
    /// The group has that post, with this number.
    Posted(Seq),
    /// That ban is in force.
    Banned,
    /// That person is not banned.
    NotBanned,
}

impl Act {
    /// The permission that it needs.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Join { .. } => Permission::Join,
            Self::Leave => Permission::Leave,
            Self::SwitchRelay(_) | Self::ChooseLanguage(_) => Permission::SwitchRelay,
            Self::Post(_) => Permission::Post,
            Self::Ban { .. } => Permission::Ban,
            Self::Unban { .. } => Permission::Unban,
        }
    }
}
