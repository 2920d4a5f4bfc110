//! What an event says to people: who did what to whom, and why. For the audit log and for who is told.
//! Never what somebody has said: texts stay where they can be removed.

use super::{
    DirectPosted, GroupCreated, HeldDropped, IdentityBanned, IdentityPreapproved, IdentityUnbanned,
    InviteMade, InviteRevoked, JoinDenied, JoinRequested, LanguageChosen, MemberJoined, MemberKicked,
    MemberLeft, MemberMuted, MemberRenamed, MemberUnmuted, MessageDeleted, MessageEdited, MessageHeld,
    MessagePinned, MessagePosted, MessageUnpinned, MessagesPurged, NotifyChosen, PermissionGranted,
    PermissionRevoked, PreapprovalWithdrawn, Pruned, Reacted, RelaySwitched, RoleAssigned, RoleDefined,
    SettingsChanged, Way,
};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer {
    /// A person.
    Person(IdentityHash),
    /// Who sits at the machine, or the program itself.
    Operator,
}

impl Doer {
    /// The person, if it was one.
    pub const fn person(self) -> Option<IdentityHash> {
        match self {
            Self::Person(person) => Some(person),
            Self::Operator => None,
        }
    }
}

impl From<Option<IdentityHash>> for Doer {
    fn from(by: Option<IdentityHash>) -> Self {
        by.map_or(Self::Operator, Self::Person)
    }
}

/// An event for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Who.
    pub by: Doer,
    /// To whom, if it was somebody else.
    pub whom: Option<IdentityHash>,
    /// Why, where somebody said so.
    pub reason: String,
    /// Until when, where it ends.
    pub until: Option<UnixTime>,
    /// What, as a sentence in which `{by}` and `{whom}` stand for names.
    pub what: String,
}

/// An event that says something to people.
pub(super) trait Told {
    /// What staff reads of it in the audit log.
    fn deed(&self) -> Deed;
}

impl Deed {
    fn new(by: impl Into<Doer>, whom: Option<IdentityHash>, what: impl Into<String>) -> Self {
        let by = by.into();
        let whom = whom.filter(|whom| by != Doer::Person(*whom));
        Self { by, whom, reason: String::new(), until: None, what: what.into() }
    }

    fn because(self, reason: &str) -> Self {
        Self { reason: reason.to_owned(), ..self }
    }

    fn until(self, until: Option<UnixTime>) -> Self {
        Self { until, ..self }
    }

    /// In words, with the names that people go by.
    pub fn in_words(&self, name: &dyn Fn(IdentityHash) -> String) -> String {
        let by = match self.by {
            Doer::Person(person) => name(person),
            Doer::Operator => "The operator".to_owned(),
        };
        let whom = self.whom.map_or_else(|| by.clone(), name);
        // One pass, so that a nick with braces in it is not filled in again.
        let mut said = String::new();
        let mut rest = self.what.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            said += before;
            rest = if let Some(rest) = from.strip_prefix("{by}") {
                said += &by;
                rest
            } else if let Some(rest) = from.strip_prefix("{whom}") {
                said += &whom;
                rest
            } else {
                said.push('{');
                from.strip_prefix("{{").or_else(|| from.strip_prefix('{')).unwrap_or_default()
            };
        }
        said + rest
    }
}

/// What each kind of event says.
macro_rules! deeds {
    ($($name:ident($event:pat) => $deed:expr,)+) => {
        $(impl Told for $name {
            fn deed(&self) -> Deed {
                let $event = self;
                $deed
            }
        })+
    };
}

deeds! {
    GroupCreated(_) => Deed::new(None, None, "The group began."),
    MemberJoined(event) => match (event.way, event.invite) {
        (None, _) => Deed::new(Some(event.member), None, "{by} joined."),
        (Some(Way::Preapproved), _) => Deed::new(Some(event.member), None, "{by} joined, approved before."),
        (Some(Way::Invited), invite) => {
            let number = invite.map_or(String::new(), |made| format!(" {made}"));
            Deed::new(Some(event.member), None, format!("{{by}} joined with invite{number}."))
        }
        (Some(Way::Approved), _) => Deed::new(event.by, Some(event.member), "{by} let {whom} in."),
        (Some(Way::Added), _) => Deed::new(event.by, Some(event.member), "{by} added {whom}."),
    },
    MemberLeft(event) => match event.idle {
        true => Deed::new(None, Some(event.member), "{whom} was let go: nothing was heard for long."),
        false => Deed::new(Some(event.member), None, "{by} left."),
    },
    RelaySwitched(event) => {
        Deed::new(Some(event.member), None, "{by} chose what is sent to them.")
    },
    LanguageChosen(event) => Deed::new(Some(event.member), None, "{by} chose a language."),
    NotifyChosen(event) => Deed::new(Some(event.member), None, "{by} chose what they are told of."),
    MessagePosted(event) => match &event.approved {
        Some(approval) => Deed::new(approval.by, Some(event.post.author), "{by} published a message of {whom}."),
        None => Deed::new(Some(event.post.author), None, "{by} posted."),
    },
    MessageEdited(event) => Deed::new(Some(event.post.author), None, "{by} edited a message."),
    MessageDeleted(event) => {
        let what = match event.of {
            Some(_) => "{by} removed a message of {whom}.",
            None => "{by} removed a message.",
        };
        Deed::new(event.by, event.of, what).because(&event.reason)
    },
    MessagesPurged(event) => {
        let count = event.seqs().count();
        let what = match event.of {
            Some(_) => format!("{{by}} removed {count} messages of {{whom}}."),
            None => format!("{{by}} removed {count} messages."),
        };
        Deed::new(event.by, event.of, what).because(&event.reason)
    },
    MessagePinned(event) => Deed::new(event.by, None, "{by} pinned a message."),
    MessageUnpinned(event) => Deed::new(event.by, None, "{by} unpinned a message."),
    DirectPosted(event) => {
        Deed::new(Some(event.post.author), None, "{by} wrote to one member.")
    },
    Pruned(event) => {
        Deed::new(None, None, format!("Messages up to {} were too old to be kept.", event.to))
    },
    Reacted(event) => Deed::new(Some(event.post.author), None, "{by} reacted."),
    IdentityBanned(event) => {
        let what = match event.removed.len() {
            0 => "{by} banned {whom}.".to_owned(),
            count => format!("{{by}} banned {{whom}} and removed {count} messages."),
        };
        Deed::new(event.by, Some(event.identity), what).because(&event.reason).until(event.until)
    },
    MemberKicked(event) => {
        Deed::new(event.by, Some(event.member), "{by} sent {whom} away.").because(&event.reason)
    },
    MemberMuted(event) => Deed::new(event.by, Some(event.identity), "{by} muted {whom}.")
        .because(&event.reason)
        .until(event.until),
    MemberUnmuted(event) => {
        Deed::new(event.by, Some(event.identity), "{by} let {whom} write again.")
    },
    MessageHeld(event) => {
        Deed::new(Some(event.post.author), None, "A message of {by} was held.").because(&event.why)
    },
    HeldDropped(event) => Deed::new(event.by, Some(event.author), "{by} dropped a message of {whom}.")
        .because(&event.reason),
    IdentityUnbanned(event) => {
        Deed::new(event.by, Some(event.identity), "{by} lifted the ban of {whom}.")
    },
    SettingsChanged(event) => Deed::new(event.by, None, "{by} changed the settings."),
    RoleAssigned(event) => {
        let what = format!("{{by}} made {{whom}} {}.", event.role);
        Deed::new(event.by, Some(event.member), what)
    },
    RoleDefined(event) => {
        Deed::new(event.by, None, format!("{{by}} changed what the role {} may.", event.role))
    },
    PermissionGranted(event) => {
        let what = format!("{{by}} gave {} to {{whom}}.", event.permission);
        Deed::new(event.by, Some(event.identity), what).until(event.until)
    },
    PermissionRevoked(event) => {
        let what = format!("{{by}} took {} back from {{whom}}.", event.permission);
        Deed::new(event.by, Some(event.identity), what)
    },
    MemberRenamed(event) => {
        // The name stands in the sentence as it was then; the audit log must not change with it.
        let nick = event.nick.as_deref().unwrap_or("nothing").replace('{', "{{");
        let what = match event.by {
            Some(by) if by == event.member => format!("{{by}} is called {nick} now."),
            _ => format!("{{by}} called {{whom}} {nick}."),
        };
        Deed::new(event.by, Some(event.member), what)
    },
    JoinRequested(event) => Deed::new(Some(event.identity), None, "{by} asked to join."),
    JoinDenied(event) => match event.by == Some(event.identity) {
        true => Deed::new(event.by, None, "{by} no longer asks to join."),
        false => Deed::new(event.by, Some(event.identity), "{by} did not let {whom} in.").because(&event.reason),
    },
    IdentityPreapproved(event) => {
        Deed::new(event.by, Some(event.identity), "{by} approved {whom} in advance.")
    },
    PreapprovalWithdrawn(event) => {
        Deed::new(event.by, Some(event.identity), "{by} took the approval of {whom} back.")
    },
    InviteMade(event) => Deed::new(event.by, None, "{by} made an invite.").until(event.until),
    InviteRevoked(event) => {
        Deed::new(event.by, None, format!("{{by}} took invite {} back.", event.made))
    },
}

#[cfg(test)]
mod tests {
    use super::super::GroupEvent;
    use super::*;
    use crate::group::Role;

    const ANNA: IdentityHash = IdentityHash::from_bytes([1; 16]);
    const BOB: IdentityHash = IdentityHash::from_bytes([2; 16]);

    fn words(event: impl Into<GroupEvent>) -> String {
        event.into().deed().in_words(&|who| if who == ANNA { "Anna".into() } else { "{by}".into() })
    }

    #[test]
    fn a_deed_names_who_did_it_and_to_whom() {
        let made = RoleAssigned { member: BOB, role: Role::Admin, by: Some(ANNA) };
        assert_eq!(words(made.clone()), "Anna made {by} admin.");
        assert_eq!(words(RoleAssigned { by: None, ..made }), "The operator made {by} admin.");
        let own = MemberRenamed { member: ANNA, nick: Some("{whom}".into()), by: Some(ANNA) };
        assert_eq!(GroupEvent::from(own.clone()).deed().whom, None);
        assert_eq!(words(own), "Anna is called {whom} now.");
    }

    #[test]
    fn a_deed_says_why_and_until_when() {
        let until = Some(UnixTime::from_micros(5));
        let ban = IdentityBanned::new((BOB, None, None), "spam".into(), Some(ANNA), until, &[]);
        let deed = GroupEvent::from(ban).deed();
        assert_eq!((deed.reason.as_str(), deed.until, deed.whom), ("spam", until, Some(BOB)));
    }
}
