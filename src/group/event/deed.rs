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
use crate::group::moderation::held_for;
use crate::group::sentence::{Language, Sentence};
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
    pub reason: Sentence,
    /// Until when, where it ends.
    pub until: Option<UnixTime>,
    /// What, as a sentence in which `{by}` and `{whom}` stand for names.
    pub what: Sentence,
}

/// An event that says something to people.
pub(super) trait Told {
    /// What staff reads of it in the audit log.
    fn deed(&self) -> Deed;
}

impl Deed {
    fn new(by: impl Into<Doer>, whom: Option<IdentityHash>, what: Sentence) -> Self {
        let by = by.into();
        let whom = whom.filter(|whom| by != Doer::Person(*whom));
        Self { by, whom, reason: Sentence::text(""), until: None, what }
    }

    fn because(self, reason: &str) -> Self {
        Self { reason: Sentence::text(reason), ..self }
    }

    fn until(self, until: Option<UnixTime>) -> Self {
        Self { until, ..self }
    }

    /// In words, with the names that people go by.
    pub fn in_words(&self, language: Language, name: &dyn Fn(IdentityHash) -> String) -> String {
        let by = match self.by {
            Doer::Person(person) => name(person),
            Doer::Operator => Sentence::OperatorDid.said_in(language),
        };
        let whom = self.whom.map_or_else(|| by.clone(), name);
        // One pass, so that a nick with braces in it is not filled in again.
        let mut said = String::new();
        let what = self.what.said_in(language);
        let mut rest = what.as_str();
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
    GroupCreated(_) => Deed::new(None, None, Sentence::GroupBegan),
    MemberJoined(event) => match (event.way, event.invite) {
        (None, _) => Deed::new(Some(event.member), None, Sentence::DidJoin),
        (Some(Way::Preapproved), _) => Deed::new(Some(event.member), None, Sentence::DidJoinPreapproved),
        (Some(Way::Invited), invite) => {
            let what = invite.map_or(Sentence::DidJoinInvited, |invite| Sentence::DidJoinWith { invite });
            Deed::new(Some(event.member), None, what)
        }
        (Some(Way::Approved), _) => Deed::new(event.by, Some(event.member), Sentence::DidLetIn),
        (Some(Way::Added), _) => Deed::new(event.by, Some(event.member), Sentence::DidAdd),
    },
    MemberLeft(event) => match event.idle {
        true => Deed::new(None, Some(event.member), Sentence::WasLetGo),
        false => Deed::new(Some(event.member), None, Sentence::DidLeave),
    },
    RelaySwitched(event) => {
        Deed::new(Some(event.member), None, Sentence::DidChooseRelay)
    },
    LanguageChosen(event) => Deed::new(Some(event.member), None, Sentence::DidChooseLanguage),
    NotifyChosen(event) => Deed::new(Some(event.member), None, Sentence::DidChooseNotify),
    MessagePosted(event) => match &event.approved {
        Some(approval) => Deed::new(approval.by, Some(event.post.author), Sentence::DidPublish),
        None => Deed::new(Some(event.post.author), None, Sentence::DidPost),
    },
    MessageEdited(event) => Deed::new(Some(event.post.author), None, Sentence::DidEdit),
    MessageDeleted(event) => {
        let what = match event.of {
            Some(_) => Sentence::DidRemoveOf,
            None => Sentence::DidRemove,
        };
        Deed::new(event.by, event.of, what).because(&event.reason)
    },
    MessagesPurged(event) => {
        let count = event.seqs().count();
        let what = match event.of {
            Some(_) => Sentence::DidPurgeOf { count },
            None => Sentence::DidPurge { count },
        };
        Deed::new(event.by, event.of, what).because(&event.reason)
    },
    MessagePinned(event) => Deed::new(event.by, None, Sentence::DidPin),
    MessageUnpinned(event) => Deed::new(event.by, None, Sentence::DidUnpin),
    DirectPosted(event) => {
        Deed::new(Some(event.post.author), None, Sentence::DidWriteToOne)
    },
    Pruned(event) => {
        Deed::new(None, None, Sentence::WerePruned { to: event.to })
    },
    Reacted(event) => Deed::new(Some(event.post.author), None, Sentence::DidReact),
    IdentityBanned(event) => {
        let what = Sentence::DidBan { removed: event.removed.len() };
        Deed::new(event.by, Some(event.identity), what).because(&event.reason).until(event.until)
    },
    MemberKicked(event) => {
        Deed::new(event.by, Some(event.member), Sentence::DidKick).because(&event.reason)
    },
    MemberMuted(event) => Deed::new(event.by, Some(event.identity), Sentence::DidMute)
        .because(&event.reason)
        .until(event.until),
    MemberUnmuted(event) => {
        Deed::new(event.by, Some(event.identity), Sentence::DidUnmute)
    },
    MessageHeld(event) => {
        let deed = Deed::new(Some(event.post.author), None, Sentence::WasHeld);
        Deed { reason: held_for(&event.why), ..deed }
    },
    HeldDropped(event) => Deed::new(event.by, Some(event.author), Sentence::DidDrop)
        .because(&event.reason),
    IdentityUnbanned(event) => {
        Deed::new(event.by, Some(event.identity), Sentence::DidUnban)
    },
    SettingsChanged(event) => Deed::new(event.by, None, Sentence::DidSet),
    RoleAssigned(event) => {
        let what = Sentence::DidMake { role: event.role };
        Deed::new(event.by, Some(event.member), what)
    },
    RoleDefined(event) => {
        Deed::new(event.by, None, Sentence::DidDefine { role: event.role })
    },
    PermissionGranted(event) => {
        let what = Sentence::DidGrant { permission: event.permission };
        Deed::new(event.by, Some(event.identity), what).until(event.until)
    },
    PermissionRevoked(event) => {
        let what = Sentence::DidRevoke { permission: event.permission };
        Deed::new(event.by, Some(event.identity), what)
    },
    MemberRenamed(event) => {
        // The name stands in the sentence as it was then; the audit log must not change with it.
        let nick = event.nick.as_deref().map(|nick| nick.replace('{', "{{"));
        let what = match (nick, event.by == Some(event.member)) {
            (Some(nick), true) => Sentence::DidRenameThemselves { nick },
            (Some(nick), false) => Sentence::DidRename { nick },
            (None, true) => Sentence::DidDropOwnNick,
            (None, false) => Sentence::DidDropNick,
        };
        Deed::new(event.by, Some(event.member), what)
    },
    JoinRequested(event) => Deed::new(Some(event.identity), None, Sentence::DidAsk),
    JoinDenied(event) => match event.by == Some(event.identity) {
        true => Deed::new(event.by, None, Sentence::DidWithdraw),
        false => Deed::new(event.by, Some(event.identity), Sentence::DidDeny).because(&event.reason),
    },
    IdentityPreapproved(event) => {
        Deed::new(event.by, Some(event.identity), Sentence::DidPreapprove)
    },
    PreapprovalWithdrawn(event) => {
        Deed::new(event.by, Some(event.identity), Sentence::DidTakeApprovalBack)
    },
    InviteMade(event) => Deed::new(event.by, None, Sentence::DidInvite).until(event.until),
    InviteRevoked(event) => {
        Deed::new(event.by, None, Sentence::DidTakeInviteBack { invite: event.made })
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
        event
            .into()
            .deed()
            .in_words(Language::English, &|who| if who == ANNA { "Anna".into() } else { "{by}".into() })
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
        assert_eq!((deed.reason, deed.until, deed.whom), (Sentence::text("spam"), until, Some(BOB)));
    }
}
