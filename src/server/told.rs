//! Who is told what when something is done about a person or their message: one sentence, as an LXMF message.
//! Not the answer to whoever did it.

use super::batch::Batch;
use super::hosted::Hosted;
use crate::group::{GroupEvent, Sentence, rules};
use crate::rns::hash::IdentityHash;
use crate::store::{Priority, StoreError};

impl Batch<'_, '_> {
    /// Tells the person whom an event is about, if they have been in touch with the group: many clients drop what
    /// comes from an address that they have never written to.
    pub(super) fn tell_person(&mut self, hosted: &Hosted, event: &GroupEvent) -> Result<(), StoreError> {
        let Some((person, sentence)) = told(event) else { return Ok(()) };
        if self.store.identity_key(person)?.is_none() {
            return Ok(());
        }
        self.send(hosted, person, Priority::Answer, sentence)
    }
}

/// Whom an event concerns beside whoever made it happen, and what they are told.
fn told(event: &GroupEvent) -> Option<(IdentityHash, Sentence)> {
    match event {
        GroupEvent::IdentityBanned(event) => {
            Some((event.identity, rules::banned(&event.reason, event.until).into()))
        }
        GroupEvent::IdentityUnbanned(event) => Some((event.identity, Sentence::NotBannedAnyMore)),
        _ => None,
    }
}
