//! Who is told what when something is done about a person or their message: one sentence, as an LXMF message.
//! Not the answer to whoever did it.

use super::batch::Batch;
use super::open::Hosted;
use crate::api::Applied;
use crate::group::{GroupEvent, Sentence, rules};
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
        self.send(hosted, person, Priority::Answer, sentence)
    }
}

/// Whom an event concerns beside whoever made it happen, and what they are told.
fn told(applied: &Applied) -> Option<(IdentityHash, Sentence)> {
    match &applied.event {
        GroupEvent::IdentityBanned(event) => {
            Some((event.identity, rules::banned(&event.reason, event.until).into()))
        }
        GroupEvent::IdentityUnbanned(event) => Some((event.identity, Sentence::NotBannedAnyMore)),
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
