//! Who is told what when something is done about a person or their message: one sentence, as an LXMF message.
//! Not the answer to whoever did it.

use super::batch::Batch;
use super::open::Hosted;
use crate::api::Applied;
use crate::group::{GroupEvent, rules};
use crate::rns::hash::IdentityHash;
use crate::store::{Priority, StoreError};

impl Batch<'_, '_> {
    /// Tells the person whom an event is about, if they have been in touch with the group: many clients drop what
    /// comes from an address that they have never written to.
    pub(super) fn tell_person(&mut self, hosted: &Hosted, applied: &Applied) -> Result<(), StoreError> {
        let Some((person, sentence)) = told(applied) else { return Ok(()) };
        if self.store.identity_key(person)?.is_none() {
            return Ok(());
        }
        self.send(hosted, person, Priority::Answer, &sentence)
    }
}

/// Whom an event concerns beside whoever made it happen, and what they are told.
fn told(applied: &Applied) -> Option<(IdentityHash, String)> {
    match &applied.event {
        GroupEvent::IdentityBanned(event) => {
            Some((event.identity, rules::banned(&event.reason, event.until).to_string()))
        }
        GroupEvent::IdentityUnbanned(event) => {
            Some((event.identity, "You are not banned here any more. Send /join to join again.".to_owned()))
        }
        GroupEvent::MemberKicked(event) => {
            let said = because("You were sent away from this group", &event.reason);
            Some((event.member, format!("{said} Send /join to come again.")))
        }
        GroupEvent::MemberMuted(event) => {
            Some((event.identity, rules::muted(&event.reason, event.until).to_string()))
        }
        GroupEvent::MemberUnmuted(event) => Some((event.identity, "You can write here again.".to_owned())),
        GroupEvent::HeldDropped(event) => Some((
            event.author,
            because("A message of yours was looked at and is not published", &event.reason),
        )),
        GroupEvent::MessagePosted(event) if event.approved.is_some() => {
            Some((event.post.author, format!("Your message is published as number {}.", applied.seq)))
        }
        _ => None,
    }
}

/// What was done, and why, if something was said.
fn because(what: &str, reason: &str) -> String {
    match reason.trim_end_matches('.') {
        "" => format!("{what}."),
        reason => format!("{what}: {reason}."),
    }
}
