//! What the rules need to know before they decide: of the group, of the caller, and of what the act is about.
//! Not where it comes from; the store gathers it.

use super::applicant::Applicant;
use super::ban::Ban;
use super::id::{GroupId, MemberNumber, PostId, Seq};
use super::invite::Invite;
use super::member::Member;
use super::moderation::{HeldState, Pace};
use super::mute::Mute;
use super::notify::NotifyChoice;
use super::permission::Grant;
use super::post::Post;
use super::role::RoleTable;
use super::sentence::Language;
use super::settings::{GroupKind, GroupMode, GroupRole, Settings};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// What the rules need to know of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFacts {
    /// Which.
    pub gid: GroupId,
    /// What it is.
    pub kind: GroupKind,
    /// Who can read what is stored.
    pub mode: GroupMode,
    /// What this host is to it.
    pub role: GroupRole,
    /// How it is set up.
    pub settings: Settings,
    /// What its roles may.
    pub roles: RoleTable,
    /// The event that last changed settings or roles.
    pub set_at: Seq,
    /// How many permissions single people have been given.
    pub grant_count: u32,
    /// How many members it has.
    pub member_count: u32,
    /// The number that the next one to join gets.
    pub next_member_number: MemberNumber,
    /// Why it cannot be changed here; `None` if it can.
    pub read_only: Option<String>,
}

/// What the rules need to know of a caller, and of what the act is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The caller as a member.
    pub member: Option<Member>,
    /// The caller's ban, also one that has run out.
    pub ban: Option<Ban>,
    /// The language that the caller has chosen; only looked up where the act is about that.
    pub language: Option<Language>,
    /// What the caller wants to be told of; only looked up where the act is about that.
    pub notify: NotifyChoice,
    /// What the caller may do beyond their role.
    pub grants: Vec<Grant>,
    /// The number of the post that the act would add, if the group has it already.
    pub posted: Option<Seq>,
    /// The post that this one is about, if the group has it.
    pub about: Option<PostId>,
    /// Who is answered, if what the post is about was said to one alone: so is the answer.
    pub answers: Option<IdentityHash>,
    /// The number of the same reaction of the caller to the same post, if they have reacted so.
    pub reacted: Option<Seq>,
    /// The message or reaction that the act would change, if the caller may see it.
    pub said: Option<Said>,
    /// How many messages are pinned.
    pub pins: u32,
    /// Whom the act would say something to, as a member.
    pub recipient: Option<Member>,
    /// What the act would delete, by rising numbers; not more than may be deleted together.
    pub purged: Vec<Seq>,
    /// The caller's mute, also one that has run out; only looked up for what a mute forbids.
    pub mute: Option<Mute>,
    /// Has the group published something of the caller's? Only looked up for a post, where the group looks at posts.
    pub has_posted: bool,
    /// How fast the caller has posted; only for a post.
    pub pace: Pace,
    /// How many posts wait in the group for somebody to look at them, and how many of them are the caller's.
    pub held: (u32, u32),
    /// What became of the post that the act would add, or is about, if it was held.
    pub held_post: Option<HeldState>,
    /// That person's mute, also one that has run out.
    pub target_mute: Option<Mute>,
    /// What that person has said and a ban would remove.
    pub target_said: Vec<Seq>,
    /// The person whom the act is about, as a member.
    pub target: Option<Member>,
    /// That person's ban, also one that has run out.
    pub target_ban: Option<Ban>,
    /// What that person may do beyond their role.
    pub target_grants: Vec<Grant>,
    /// How many owners the group has; only looked up for acts after which there may be one less.
    pub owners: u32,
    /// The caller as somebody who waits for approval.
    pub applicant: Option<Applicant>,
    /// What letting somebody in depends on.
    pub admission: Admission,
}

/// What the rules need to know before they let somebody in: the caller who joins, or the person whom the act is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admission {
    /// They wait for approval.
    pub applicant: Option<Applicant>,
    /// They were approved in advance.
    pub is_preapproved: bool,
    /// How many are approved in advance.
    pub preapproved: u32,
    /// The invite that they bring, or that the act is about.
    pub invite: Option<Invite>,
    /// How many wait for approval.
    pub waiting: u32,
    /// Who has waited longest.
    pub longest: Option<Applicant>,
    /// How many invites stand, those included whose time is over.
    pub invites: u32,
    /// How many of them the caller has made.
    pub own_invites: u32,
    /// The one that ends first.
    pub first_to_end: Option<Invite>,
    /// The one that ends first of those that the caller has made.
    pub own_first_to_end: Option<Invite>,
}

/// Something that was said and is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub id: PostId,
    /// Its number.
    pub seq: Seq,
    /// Whose it is.
    pub author: IdentityHash,
    /// When it was first said, by the author's clock.
    pub first: UnixTime,
    /// Whom it is for, if only for one.
    pub recipient: Option<IdentityHash>,
    /// Is it pinned?
    pub pinned: bool,
    /// What it says; `None` for a reaction.
    pub post: Option<Box<Post>>,
}
