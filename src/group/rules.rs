//! The rules: who may do what, and what comes of it. Pure, so an act that comes late can be asked about again.
//! Not where the facts come from, and not what an event does to tables.

use super::ban::Ban;
use super::caller::Caller;
use super::date;
use super::event::GroupEvent;
use super::id::{GroupId, MemberNumber, PostId, Seq};
use super::member::{Member, Relay};
use super::permission::{Grant, Holders, Permission, VisibilityClass};
use super::post::Post;
use super::refusal::{Refusal, RefusalCode};
use super::settings::{GroupKind, GroupMode, GroupRole, Settings};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Longest nick in bytes: it crosses LoRa with every list of members.
pub const MAX_NICK: usize = 64;
/// Longest reason of a ban in bytes.
pub const MAX_REASON: usize = 500;

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
    /// What the caller may do beyond their class.
    pub grants: Vec<Grant>,
    /// The number of the post that the act would add, if the group has it already.
    pub posted: Option<Seq>,
    /// The post that this one is about, if the group has it.
    pub about: Option<PostId>,
    /// The ban of the person whom the act would ban or unban, also one that has run out.
    pub target_ban: Option<Ban>,
}

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
            Self::SwitchRelay(_) => Permission::SwitchRelay,
            Self::Post(_) => Permission::Post,
            Self::Ban { .. } => Permission::Ban,
            Self::Unban { .. } => Permission::Unban,
        }
    }
}

/// May `caller` do what needs `permission`? The one place where that is decided.
pub fn may(
    settings: &Settings,
    caller: Caller,
    standing: &Standing,
    permission: Permission,
    now: UnixTime,
) -> Result<(), Refusal> {
    let holders = permission.holders(&settings.visibility);
    if holders == Holders::Class(VisibilityClass::World) || caller == Caller::Host {
        return Ok(());
    }
    if holders == Holders::Class(VisibilityClass::Nobody) {
        return Err(not_allowed());
    }
    match caller {
        Caller::Host | Caller::Operator => return Ok(()),
        Caller::Anonymous | Caller::Token(_) => return Err(identify()),
        Caller::Identified(_) => {}
    }
    if let Some(ban) = standing.ban.as_ref().filter(|ban| ban.holds(now)) {
        return Err(banned(&ban.reason, ban.until));
    }
    if standing.grants.iter().any(|grant| grant.permission == permission && grant.holds(now)) {
        return Ok(());
    }
    match holders {
        Holders::Anyone => Ok(()),
        Holders::Class(VisibilityClass::Members) if standing.member.is_some() => Ok(()),
        Holders::Class(VisibilityClass::Members) => Err(not_member()),
        Holders::Class(VisibilityClass::World | VisibilityClass::Staff | VisibilityClass::Nobody) => {
            Err(not_allowed())
        }
    }
}

/// What comes of `act` in `group`. Says the same again for the same arguments, and changes nothing.
pub fn decide(
    group: &GroupFacts,
    caller: Caller,
    standing: &Standing,
    act: Act,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    may(&group.settings, caller, standing, act.permission(), now)?;
    can_change(group)?;
    match act {
        Act::Join { nick } => join(group, person(caller)?, standing, nick),
        Act::Leave => leave(person(caller)?, standing),
        Act::SwitchRelay(relay) => switch_relay(person(caller)?, standing, relay),
        Act::Post(post) => say(group, person(caller)?, standing, post),
        Act::Ban { identity, reason, until } => ban(caller, standing, identity, reason, until, now),
        Act::Unban { identity } => Ok(match standing.target_ban {
            Some(_) => Decision::Event(GroupEvent::IdentityUnbanned { identity, by: caller.identity() }),
            None => Decision::Already(Already::NotBanned),
        }),
    }
}

fn join(
    group: &GroupFacts,
    member: IdentityHash,
    standing: &Standing,
    nick: Option<String>,
) -> Result<Decision, Refusal> {
    if let Some(member) = &standing.member {
        return Ok(Decision::Already(Already::Member(member.number)));
    }
    if group.member_count >= group.settings.max_members || group.next_member_number.0 == u32::MAX {
        let what = format!("This group is full: {} members.", group.member_count);
        return Err(Refusal::new(RefusalCode::GroupFull, what, "Try again when somebody has left."));
    }
    let nick = nick.map(checked_nick).transpose()?;
    Ok(Decision::Event(GroupEvent::MemberJoined { member, number: group.next_member_number, nick }))
}

fn leave(member: IdentityHash, standing: &Standing) -> Result<Decision, Refusal> {
    Ok(match standing.member {
        Some(_) => Decision::Event(GroupEvent::MemberLeft { member }),
        None => Decision::Already(Already::NotMember),
    })
}

fn switch_relay(member: IdentityHash, standing: &Standing, relay: Relay) -> Result<Decision, Refusal> {
    match &standing.member {
        Some(row) if row.relay == relay => Ok(Decision::Already(Already::Relay(relay))),
        Some(_) => Ok(Decision::Event(GroupEvent::RelaySwitched { member, relay })),
        // A grant may let a person choose who is no member, but there is nowhere to keep the choice.
        None => Err(not_member()),
    }
}

fn say(
    group: &GroupFacts,
    author: IdentityHash,
    standing: &Standing,
    post: Post,
) -> Result<Decision, Refusal> {
    if post.author != author || post.id != post.authorship.post_id(group.gid, author) {
        let what = "This post is somebody else's.";
        return Err(Refusal::new(RefusalCode::NotAllowed, what, "Let its author send it."));
    }
    if let Some(seq) = standing.posted {
        return Ok(Decision::Already(Already::Posted(seq)));
    }
    if post.body.is_empty() {
        let what = "Nothing is in it.";
        return Err(Refusal::new(RefusalCode::Empty, what, "Send a text.").in_field("text"));
    }
    let (len, max) = (post.body.len(), group.settings.max_text);
    if len > usize::try_from(max).unwrap_or(usize::MAX) {
        let what = format!("This post has {len} bytes; {max} is the most here.");
        return Err(Refusal::new(RefusalCode::TooLarge, what, "Send it in parts.").in_field("text"));
    }
    if post.body.is_reaction() {
        let what = "What this reacts to is not known here.";
        let not_found = || Refusal::new(RefusalCode::NotFound, what, "React to a newer message.");
        let target = standing.about.ok_or_else(not_found)?;
        return Ok(Decision::Event(GroupEvent::Reacted { target, post }));
    }
    Ok(Decision::Event(GroupEvent::MessagePosted { post: Post { about: standing.about, ..post } }))
}

fn ban(
    caller: Caller,
    standing: &Standing,
    identity: IdentityHash,
    reason: String,
    until: Option<UnixTime>,
    now: UnixTime,
) -> Result<Decision, Refusal> {
    if reason.len() > MAX_REASON {
        let what = format!("This reason has {} bytes; {MAX_REASON} is the most.", reason.len());
        return Err(Refusal::new(RefusalCode::TooLarge, what, "Shorten it.").in_field("reason"));
    }
    if until.is_some_and(|until| until <= now) {
        let what = "This ban would be over before it begins.";
        return Err(Refusal::new(RefusalCode::BadRequest, what, "Give a later time.").in_field("until"));
    }
    let same = |ban: &&Ban| ban.holds(now) && ban.reason == reason && ban.until == until;
    Ok(match standing.target_ban.as_ref().filter(same) {
        Some(_) => Decision::Already(Already::Banned),
        None => {
            Decision::Event(GroupEvent::IdentityBanned { identity, reason, by: caller.identity(), until })
        }
    })
}

fn can_change(group: &GroupFacts) -> Result<(), Refusal> {
    if let Some(why) = &group.read_only {
        return Err(Refusal::new(RefusalCode::ReadOnly, why, "Ask this server's operator."));
    }
    match group.role {
        GroupRole::Origin => Ok(()),
        GroupRole::Mirror => {
            let what = "This server keeps a copy of the group.";
            Err(Refusal::new(RefusalCode::NotOrderer, what, "Ask the group's own server."))
        }
    }
}

fn checked_nick(nick: String) -> Result<String, Refusal> {
    let bad = |what: String| {
        Err(Refusal::new(RefusalCode::BadRequest, what, "Choose another, or leave it out.").in_field("nick"))
    };
    if nick.len() > MAX_NICK {
        return bad(format!("This nick has {} bytes; {MAX_NICK} is the most.", nick.len()));
    }
    if let Some(c) = nick.chars().find(|c| matches!(c, '[' | ']' | ':' | '>')) {
        return bad(format!("A nick can't have \u{201c}{c}\u{201d} in it."));
    }
    if nick.trim().is_empty() || nick.trim() != nick || !nick.chars().all(may_be_in_a_nick) {
        return bad("A nick needs letters, no space around them and nothing invisible.".into());
    }
    Ok(nick)
}

/// In a chat a nick stands before a colon, and some clients leave out what stands in brackets or quote what stands
/// behind `>`. What can't be seen, or turns or hides what stands beside it, would let one name look like another.
pub fn may_be_in_a_nick(c: char) -> bool {
    let ends_a_name = matches!(c, '[' | ']' | ':' | '>');
    !(c.is_control() || ends_a_name || is_invisible(c))
}

/// Does a letter show nothing?
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn person(caller: Caller) -> Result<IdentityHash, Refusal> {
    caller.identity().ok_or_else(identify)
}

fn identify() -> Refusal {
    Refusal::new(
        RefusalCode::Identify,
        "This server does not know who you are.",
        "Identify on the link first.",
    )
}

fn not_member() -> Refusal {
    Refusal::new(RefusalCode::NotMember, "Only members of this group may do that.", "Join it first.")
}

fn not_allowed() -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, "You may not do that here.", "Ask this server's operator.")
}

/// What somebody is told who is banned.
pub fn banned(reason: &str, until: Option<UnixTime>) -> Refusal {
    let what = match reason {
        "" => "You are banned from this group.".into(),
        reason => format!("You are banned from this group: {reason}"),
    };
    let then = match until {
        Some(until) => format!("Try again after {}.", date::in_words(until)),
        None => "Ask this server's operator.".into(),
    };
    Refusal::new(RefusalCode::Banned, what, then)
}

#[cfg(test)]
mod tests;
