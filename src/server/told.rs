//! Who is told what when something is done about a person or their message: one sentence, as an LXMF message.
//! Not the answer to whoever did it.

use std::collections::BTreeSet;

use super::batch::Batch;
use super::hosted::Hosted;
use crate::api::Applied;
use crate::api::members::shown_name;
use crate::command::{self, fit};
use crate::group::event::{JoinRequested, MemberJoined, Way};
use crate::group::{Caller, GroupEvent, Permission, Relay, Sentence, rules};
use crate::rns::hash::IdentityHash;
use crate::store::{Priority, StoreError};

/// Most staff who are told that somebody waits.
const MOST_STAFF_TOLD: usize = 20;
/// As much of what an applicant says as fits one packet beside the rest, in every language.
const MOST_OF_A_TEXT: usize = 120;

impl Batch<'_, '_> {
    /// Tells the person whom an event is about, if they have been in touch with the group: many clients drop what
    /// comes from an address that they have never written to.
    pub(super) fn tell_person(&mut self, hosted: &Hosted, applied: &Applied) -> Result<(), StoreError> {
        let (person, sentence) = match (told(applied), let_in(&applied.event)) {
            (Some(told), _) => told,
            (None, Some(event)) => (event.member, Sentence::text(self.welcome(hosted, event)?)),
            (None, None) => return Ok(()),
        };
        if self.store.identity_key(person)?.is_none() {
            return Ok(());
        }
        // Who was banned in the same breath has been told that.
        let is_purge = matches!(applied.event, GroupEvent::MessagesPurged(_));
        if is_purge && self.store.member(hosted.gid, person)?.is_none() {
            return Ok(());
        }
        self.send(hosted, person, Priority::Answer, &sentence)
    }

    /// What somebody is told whom somebody else has let in: what they would have been told, had they just joined.
    fn welcome(&self, hosted: &Hosted, event: &MemberJoined) -> Result<String, StoreError> {
        let group = self.store.group(hosted.gid)?.ok_or(StoreError::Conflict { found: None })?;
        let settings = group.facts.settings;
        let language = self.language(hosted, event.member)?;
        Ok(command::welcome(language, event.number, &settings))
    }

    /// Somebody waits: staff are told who are sent messages at all. The others find out with `/pending`.
    pub(super) fn tell_staff(&mut self, hosted: &Hosted, event: &GroupEvent) -> Result<(), StoreError> {
        let GroupEvent::JoinRequested(JoinRequested { identity, nick, text, .. }) = event else {
            return Ok(());
        };
        let Some(group) = self.store.group(hosted.gid)? else { return Ok(()) };
        let name = shown_name(nick.as_deref(), *identity, true);
        let asks = Sentence::AsksToJoin {
            name: name.into(),
            text: fit(text, MOST_OF_A_TEXT).into(),
            person: Box::new(*identity),
        };
        let staff = self.store.members_with_roles(hosted.gid)?.into_iter().map(|member| member.identity);
        let people: BTreeSet<_> = staff.chain(self.store.grantees(hosted.gid)?).collect();
        let mut told = 0;
        for person in people {
            let (caller, now) = (Caller::Identified(person), self.now.unix);
            let standing = self.store.standing(&group.facts, caller, None)?;
            let wants = standing.member.as_ref().is_some_and(|member| member.relay != Relay::Off);
            if wants && rules::may(&group.facts, caller, &standing, Permission::Approve, now).is_ok() {
                self.send(hosted, person, Priority::Notice, &asks)?;
                told += 1;
            }
            if told == MOST_STAFF_TOLD {
                break;
            }
        }
        Ok(())
    }
}

/// Whom an event concerns beside whoever made it happen, and what they are told.
fn told(applied: &Applied) -> Option<(IdentityHash, Sentence)> {
    match &applied.event {
        GroupEvent::IdentityBanned(event) => {
            Some((event.identity, rules::banned(&event.reason, event.until).into()))
        }
        GroupEvent::IdentityUnbanned(event) => Some((event.identity, Sentence::NotBannedAnyMore)),
        GroupEvent::JoinDenied(event) if event.by != Some(event.identity) => {
            Some((event.identity, Sentence::WasNotLetIn { reason: event.reason.clone() }))
        }
        GroupEvent::MemberLeft(event) if event.idle => Some((event.member, Sentence::WasIdle)),
        GroupEvent::MessageDeleted(event) => {
            Some((event.of?, Sentence::WasDeleted { reason: event.reason.clone() }))
        }
        GroupEvent::MessagesPurged(event) if event.by != event.of => {
            let count = u32::try_from(event.seqs().count()).unwrap_or(u32::MAX);
            Some((event.of?, Sentence::WerePurged { count, reason: event.reason.clone() }))
        }
        GroupEvent::IdentityPreapproved(event) => Some((event.identity, Sentence::MayJoinNow)),
        GroupEvent::MemberKicked(event) => {
            let kicked = Sentence::Kicked { reason: rules::without_stop(&event.reason) };
            Some((event.member, Sentence::Several(vec![kicked, Sentence::SendJoinAgain])))
        }
        GroupEvent::MemberMuted(event) => {
            Some((event.identity, rules::muted(&event.reason, event.until).into()))
        }
        GroupEvent::MemberUnmuted(event) => Some((event.identity, Sentence::MayWriteAgain)),
        GroupEvent::HeldDropped(event) => {
            let reason = rules::without_stop(&event.reason);
            Some((event.author, Sentence::NotPublished { reason }))
        }
        GroupEvent::MessagePosted(event) if event.approved.is_some() => {
            Some((event.post.author, Sentence::PublishedAs { seq: applied.seq.0 }))
        }
        _ => None,
    }
}

/// Somebody whom somebody else has let in.
fn let_in(event: &GroupEvent) -> Option<&MemberJoined> {
    match event {
        GroupEvent::MemberJoined(event) if matches!(event.way, Some(Way::Approved | Way::Added)) => {
            Some(event)
        }
        _ => None,
    }
}
