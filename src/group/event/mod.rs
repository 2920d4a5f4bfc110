//! The events of a group: everything that has ever changed it, one struct for each kind and one line in [`events`].
//! Not the header that every event has (see [`crate::group::encoding`]), and not what events do to tables.

mod bans;
mod choices;
mod created;
mod deed;
mod history;
mod joining;
mod members;
mod moderation;
mod post_record;
mod posts;
mod roles;
mod seq_list;
mod settings;

pub use bans::{IdentityBanned, IdentityUnbanned};
pub use choices::{LanguageChosen, NotifyChosen};
pub use created::GroupCreated;
pub use deed::{Deed, Doer};
pub use history::{
    DirectPosted, MessageDeleted, MessageEdited, MessagePinned, MessageUnpinned, MessagesPurged, Pruned,
};
pub use joining::{
    IdentityPreapproved, InviteMade, InviteRevoked, JoinDenied, JoinRequested, PreapprovalWithdrawn,
};
pub use members::{MemberJoined, MemberLeft, MemberRenamed, RelaySwitched, Way};
pub use moderation::{HeldDropped, MemberKicked, MemberMuted, MemberUnmuted, MessageHeld};
pub use posts::{Approval, MessagePosted, Reacted};
pub use roles::{PermissionGranted, PermissionRevoked, RoleAssigned, RoleDefined};
pub use seq_list::SeqList;
pub use settings::SettingsChanged;

use deed::Told;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::id::PostId;
use super::post::Post;

/// May a program that does not know an event's kind go on without it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It may: the event is kept, hashed and skipped.
    Skippable,
    /// It may not: the group becomes read-only there. So is what decides who belongs and who is kept out: to go on
    /// without it would let people in.
    Critical,
}

/// What each kind of event keeps: the private part, which can be wiped, and in the header the posts that it is about.
trait Kept: Sized {
    /// The posts that it is about, which outlive the text.
    fn post_ids(&self) -> Vec<PostId>;
    /// The private part: a MessagePack map, to which later versions may add.
    fn private(&self) -> Vec<u8>;
    /// From both. `None` if they are of no such event.
    fn read(post_ids: &[PostId], private: &[u8]) -> Option<Self>;
}

/// Declares [`GroupEvent`] and [`EventKind`]. The numbers are stored for ever.
macro_rules! events {
    ($($(#[$doc:meta])* $number:literal $weight:ident $name:ident,)+) => {
        /// Something that has happened in a group.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum GroupEvent { $($(#[$doc])* $name($name),)+ }

        /// What sort of event it is, as far as this program knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EventKind { $($(#[$doc])* $name,)+ }

        impl EventKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its number.
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)+ }
            }

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// May a program that does not know it go on?
            pub const fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)+ }
            }

            /// An event of this kind, from the posts that it is about and its private part.
            pub(super) fn read(self, post_ids: &[PostId], private: &[u8]) -> Option<GroupEvent> {
                match self { $(Self::$name => $name::read(post_ids, private).map(GroupEvent::$name),)+ }
            }
        }

        impl GroupEvent {
            /// Its kind.
            pub const fn kind(&self) -> EventKind {
                match self { $(Self::$name(_) => EventKind::$name,)+ }
            }

            /// What staff reads of it in the audit log.
            pub fn deed(&self) -> Deed {
                match self { $(Self::$name(event) => event.deed(),)+ }
            }

            /// The posts that it is about. They stand in the header, so they outlive the text.
            pub fn post_ids(&self) -> Vec<PostId> {
                match self { $(Self::$name(event) => event.post_ids(),)+ }
            }

            /// Its private part, without the version.
            pub(super) fn private(&self) -> Vec<u8> {
                match self { $(Self::$name(event) => event.private(),)+ }
            }
        }

        $(impl From<$name> for GroupEvent {
            fn from(event: $name) -> Self {
                Self::$name(event)
            }
        })+
    };
}

events! {
    /// The group began. Always its first event, and no other.
    1 Critical GroupCreated,
    /// Somebody joined.
    2 Critical MemberJoined,
    /// Somebody left.
    3 Critical MemberLeft,
    /// A member chose what is sent to them.
    4 Skippable RelaySwitched,
    /// Somebody said something.
    5 Skippable MessagePosted,
    /// A person was banned, and is no member any more.
    6 Critical IdentityBanned,
    /// A ban was lifted.
    7 Skippable IdentityUnbanned,
    /// Somebody reacted to a message. A reaction is no message: it is not counted or shown among them.
    8 Skippable Reacted,
    /// The group was set up anew.
    9 Critical SettingsChanged,
    /// A member got another role.
    10 Critical RoleAssigned,
    /// What a role may was changed.
    11 Critical RoleDefined,
    /// A person got a permission beyond their role.
    12 Skippable PermissionGranted,
    /// A permission that a person had beyond their role was taken back.
    13 Critical PermissionRevoked,
    /// A member is called something else.
    14 Skippable MemberRenamed,
    /// A member chose the language in which they are spoken to.
    15 Skippable LanguageChosen,
    /// A member chose what they are told of.
    16 Skippable NotifyChosen,
    /// Somebody asked to join and waits for approval.
    20 Skippable JoinRequested,
    /// Somebody who waited was not let in, or did not want to any more.
    21 Skippable JoinDenied,
    /// A person may come in as soon as they ask.
    22 Skippable IdentityPreapproved,
    /// An approval in advance was taken back.
    23 Critical PreapprovalWithdrawn,
    /// An invite was made.
    24 Skippable InviteMade,
    /// An invite was taken back.
    25 Critical InviteRevoked,
    /// Somebody said something else in the place of a message of theirs.
    40 Skippable MessageEdited,
    /// A message, or a reaction, was deleted. To go on without it would show what must not be seen.
    41 Critical MessageDeleted,
    /// Messages were deleted together.
    42 Critical MessagesPurged,
    /// A message was pinned.
    43 Skippable MessagePinned,
    /// A message is not pinned any more.
    44 Skippable MessageUnpinned,
    /// Somebody said something to one member.
    45 Skippable DirectPosted,
    /// Messages were too old, too many or too large to be kept.
    46 Skippable Pruned,
    /// A member was sent away.
    30 Critical MemberKicked,
    /// A person may read and not write.
    31 Critical MemberMuted,
    /// A person may write again.
    32 Skippable MemberUnmuted,
    /// A post waits for somebody to look at it.
    33 Skippable MessageHeld,
    /// A post that waited is not published.
    34 Skippable HeldDropped,
}

impl EventKind {
    /// The kind with that number, if this program knows it.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }
}

/// Reads a post that stands in the private part of an event, the short way.
pub(super) fn read_post(id: PostId, private: &[u8]) -> Option<Post> {
    post_record::read(id, private)
}

/// Events whose serde form is their private part, and which are about no post.
macro_rules! about_no_post {
    ($($name:ty),+ $(,)?) => {
        $(impl super::Kept for $name {
            fn post_ids(&self) -> Vec<$crate::group::PostId> {
                Vec::new()
            }
            fn private(&self) -> Vec<u8> {
                super::write(self)
            }
            fn read(_: &[$crate::group::PostId], private: &[u8]) -> Option<Self> {
                super::read(private)
            }
        })+
    };
}
use about_no_post;

fn write<T: Serialize>(record: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(record).expect("plain values always encode, and a vector takes all of them")
}

fn read<T: DeserializeOwned>(map: &[u8]) -> Option<T> {
    rmp_serde::from_slice(map).ok()
}
