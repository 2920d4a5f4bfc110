//! The events of a group: everything that has ever changed it.
//! Not their bytes (see [`crate::group::encoding`]), and not what they do to tables.

use super::id::{GroupId, MemberNumber, PostId};
use super::member::Relay;
use super::post::Post;
use super::settings::{GroupKind, GroupMode, GroupRole, Settings};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Something that has happened in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupEvent {
    /// The group began. Always its first event, and no other.
    GroupCreated {
        /// Its id for good.
        gid: GroupId,
        /// What it is.
        kind: GroupKind,
        /// Who can read what is stored.
        mode: GroupMode,
        /// What this host is to it.
        role: GroupRole,
        /// How it is set up.
        settings: Settings,
    },
    /// Somebody joined.
    MemberJoined {
        /// Who.
        member: IdentityHash,
        /// The number they get: one more than the last one that was given.
        number: MemberNumber,
        /// What they want to be called.
        nick: Option<String>,
    },
    /// Somebody left.
    MemberLeft {
        /// Who.
        member: IdentityHash,
    },
    /// A member chose what is sent to them.
    RelaySwitched {
        /// Who.
        member: IdentityHash,
        /// What they chose.
        relay: Relay,
    },
    /// Somebody said something.
    MessagePosted {
        /// What.
        post: Post,
    },
    /// Somebody reacted to a message. A reaction is no message: it is not counted or shown among them.
    Reacted {
        /// To which post.
        target: PostId,
        /// The reaction: a post of nothing but that.
        post: Post,
    },
    /// A person was banned, and is no member any more.
    IdentityBanned {
        /// Who.
        identity: IdentityHash,
        /// Why.
        reason: String,
        /// Who banned; `None` for the operator of the machine.
        by: Option<IdentityHash>,
        /// Until when; `None` for good.
        until: Option<UnixTime>,
    },
    /// A ban was lifted.
    IdentityUnbanned {
        /// Whose.
        identity: IdentityHash,
        /// Who lifted it; `None` for the operator of the machine.
        by: Option<IdentityHash>,
    },
}

/// What sort of event it is, as far as this program knows. The numbers are stored for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// [`GroupEvent::GroupCreated`]
    GroupCreated,
    /// [`GroupEvent::MemberJoined`]
    MemberJoined,
    /// [`GroupEvent::MemberLeft`]
    MemberLeft,
    /// [`GroupEvent::RelaySwitched`]
    RelaySwitched,
    /// [`GroupEvent::MessagePosted`]
    MessagePosted,
    /// [`GroupEvent::IdentityBanned`]
    IdentityBanned,
    /// [`GroupEvent::IdentityUnbanned`]
    IdentityUnbanned,
    /// [`GroupEvent::Reacted`]
    Reacted,
}

/// May a program that does not know an event's kind go on without it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It may: the event is kept, hashed and skipped.
    Skippable,
    /// It may not: the group becomes read-only there.
    Critical,
}

impl EventKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::GroupCreated,
        Self::MemberJoined,
        Self::MemberLeft,
        Self::RelaySwitched,
        Self::MessagePosted,
        Self::IdentityBanned,
        Self::IdentityUnbanned,
        Self::Reacted,
    ];

    /// Its number.
    pub const fn number(self) -> u16 {
        match self {
            Self::GroupCreated => 1,
            Self::MemberJoined => 2,
            Self::MemberLeft => 3,
            Self::RelaySwitched => 4,
            Self::MessagePosted => 5,
            Self::IdentityBanned => 6,
            Self::IdentityUnbanned => 7,
            Self::Reacted => 8,
        }
    }

    /// The kind with that number, if this program knows it.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// Critical is what decides who belongs and who is kept out: to go on without it would let people in.
    pub const fn weight(self) -> Weight {
        match self {
            Self::GroupCreated | Self::MemberJoined | Self::MemberLeft | Self::IdentityBanned => {
                Weight::Critical
            }
            Self::RelaySwitched | Self::MessagePosted | Self::IdentityUnbanned | Self::Reacted => {
                Weight::Skippable
            }
        }
    }
}

impl GroupEvent {
    /// Its kind.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::GroupCreated { .. } => EventKind::GroupCreated,
            Self::MemberJoined { .. } => EventKind::MemberJoined,
            Self::MemberLeft { .. } => EventKind::MemberLeft,
            Self::RelaySwitched { .. } => EventKind::RelaySwitched,
            Self::MessagePosted { .. } => EventKind::MessagePosted,
            Self::Reacted { .. } => EventKind::Reacted,
            Self::IdentityBanned { .. } => EventKind::IdentityBanned,
            Self::IdentityUnbanned { .. } => EventKind::IdentityUnbanned,
        }
    }

    /// The posts that it is about. They stand in the header, so they outlive the text.
    pub fn post_ids(&self) -> Vec<PostId> {
        match self {
            Self::MessagePosted { post } => vec![post.id],
            Self::Reacted { target, post } => vec![post.id, *target],
            Self::GroupCreated { .. }
            | Self::MemberJoined { .. }
            | Self::MemberLeft { .. }
            | Self::RelaySwitched { .. }
            | Self::IdentityBanned { .. }
            | Self::IdentityUnbanned { .. } => Vec::new(),
        }
    }
}
