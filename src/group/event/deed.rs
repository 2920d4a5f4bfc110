//! What an event says to people: who did what to whom, and why. For the audit log and for who is told.
//! Never what somebody has said: texts stay where they can be removed.

use super::{GroupEvent, MessagePosted};
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

impl GroupEvent {
    /// What staff reads in the audit log.
    #[expect(clippy::too_many_lines, reason = "a table: one entry for each kind")]
    pub fn deed(&self) -> Deed {
        match self {
            Self::GroupCreated(_) => Deed::new(None, None, "The group began."),
            Self::MemberJoined(event) => match (event.by, event.way) {
                (None, None) => Deed::new(Some(event.member), None, "{by} joined."),
                (by, _) => Deed::new(by, Some(event.member), "{by} let {whom} in."),
            },
            Self::MemberLeft(event) if event.idle => {
                Deed::new(None, Some(event.member), "{whom} was let go: nothing was heard for long.")
            }
            Self::MemberLeft(event) => Deed::new(Some(event.member), None, "{by} left."),
            Self::RelaySwitched(event) => {
                Deed::new(Some(event.member), None, "{by} chose what is sent to them.")
            }
            Self::LanguageChosen(event) => Deed::new(Some(event.member), None, "{by} chose a language."),
            Self::MessagePosted(MessagePosted { post, approved: Some(approval) }) => {
                Deed::new(approval.by, Some(post.author), "{by} published a message of {whom}.")
            }
            Self::MessagePosted(event) => Deed::new(Some(event.post.author), None, "{by} posted."),
            Self::MessageEdited(event) => Deed::new(Some(event.post.author), None, "{by} edited a message."),
            Self::MessageDeleted(event) => {
                Deed::new(event.by, None, "{by} removed a message.").because(&event.reason)
            }
            Self::MessagesPurged(event) => {
                let count = event.seqs().count();
                let what = match event.of {
                    Some(_) => format!("{{by}} removed {count} messages of {{whom}}."),
                    None => format!("{{by}} removed {count} messages."),
                };
                Deed::new(event.by, event.of, what).because(&event.reason)
            }
            Self::MessagePinned(event) => Deed::new(event.by, None, "{by} pinned a message."),
            Self::MessageUnpinned(event) => Deed::new(event.by, None, "{by} unpinned a message."),
            Self::DirectPosted(event) => {
                Deed::new(Some(event.post.author), None, "{by} wrote to one member.")
            }
            Self::Pruned(event) => {
                Deed::new(None, None, format!("Messages up to {} were too old to be kept.", event.to))
            }
            Self::Reacted(event) => Deed::new(Some(event.post.author), None, "{by} reacted."),
            Self::IdentityBanned(event) => {
                let what = match event.removed.len() {
                    0 => "{by} banned {whom}.".to_owned(),
                    count => format!("{{by}} banned {{whom}} and removed {count} messages."),
                };
                Deed::new(event.by, Some(event.identity), what).because(&event.reason).until(event.until)
            }
            Self::MemberKicked(event) => {
                Deed::new(event.by, Some(event.member), "{by} sent {whom} away.").because(&event.reason)
            }
            Self::MemberMuted(event) => Deed::new(event.by, Some(event.identity), "{by} muted {whom}.")
                .because(&event.reason)
                .until(event.until),
            Self::MemberUnmuted(event) => {
                Deed::new(event.by, Some(event.identity), "{by} let {whom} write again.")
            }
            Self::MessageHeld(event) => {
                Deed::new(Some(event.post.author), None, "A message of {by} was held.").because(&event.why)
            }
            Self::HeldDropped(event) => {
                Deed::new(event.by, Some(event.author), "{by} dropped a message of {whom}.")
                    .because(&event.reason)
            }
            Self::IdentityUnbanned(event) => {
                Deed::new(event.by, Some(event.identity), "{by} lifted the ban of {whom}.")
            }
            Self::SettingsChanged(event) => Deed::new(event.by, None, "{by} changed the settings."),
            Self::RoleAssigned(event) => {
                let what = format!("{{by}} made {{whom}} {}.", event.role);
                Deed::new(event.by, Some(event.member), what)
            }
            Self::RoleDefined(event) => {
                Deed::new(event.by, None, format!("{{by}} changed what the role {} may.", event.role))
            }
            Self::PermissionGranted(event) => {
                let what = format!("{{by}} gave {} to {{whom}}.", event.permission);
                Deed::new(event.by, Some(event.identity), what).until(event.until)
            }
            Self::PermissionRevoked(event) => {
                let what = format!("{{by}} took {} back from {{whom}}.", event.permission);
                Deed::new(event.by, Some(event.identity), what)
            }
            Self::MemberRenamed(event) => {
                // The name stands in the sentence as it was then; the audit log must not change with it.
                let nick = event.nick.as_deref().unwrap_or("nothing").replace('{', "{{");
                let what = match event.by {
                    Some(by) if by == event.member => format!("{{by}} is called {nick} now."),
                    _ => format!("{{by}} called {{whom}} {nick}."),
                };
                Deed::new(event.by, Some(event.member), what)
            }
            Self::JoinRequested(event) => Deed::new(Some(event.identity), None, "{by} asked to join."),
            Self::JoinDenied(event) if event.by == Some(event.identity) => {
                Deed::new(event.by, None, "{by} no longer asks to join.")
            }
            Self::JoinDenied(event) => {
                Deed::new(event.by, Some(event.identity), "{by} did not let {whom} in.")
                    .because(&event.reason)
            }
            Self::IdentityPreapproved(event) => {
                Deed::new(event.by, Some(event.identity), "{by} approved {whom} in advance.")
            }
            Self::PreapprovalWithdrawn(event) => {
                Deed::new(event.by, Some(event.identity), "{by} took the approval of {whom} back.")
            }
            Self::InviteMade(event) => Deed::new(event.by, None, "{by} made an invite.").until(event.until),
            Self::InviteRevoked(event) => {
                Deed::new(event.by, None, format!("{{by}} took invite {} back.", event.made))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{IdentityBanned, MemberRenamed, RoleAssigned};
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
