//! What follows from what has happened in a group: copies for members, a word to the person concerned, links that close.
//! Not what happened, and not whether it may.

use super::Effect;
use super::batch::Batch;
use super::hosted::Hosted;
use crate::api::Applied;
use crate::group::GroupEvent;
use crate::store::StoreError;

impl Batch<'_, '_> {
    /// Does all that follows from what a call has changed.
    pub(super) fn follow(&mut self, hosted: &Hosted, applied: &[Applied]) -> Result<(), StoreError> {
        self.relay(hosted, applied)?;
        for applied in applied {
            self.note_news(hosted, applied)?;
            self.tell_person(hosted, applied)?;
            self.tell_staff(hosted, &applied.event)?;
            self.close_links(hosted, &applied.event);
            self.change_key(hosted, &applied.event)?;
        }
        Ok(())
    }

    /// Who is banned is off the line at once, whatever they have asked for and not got yet.
    fn close_links(&mut self, hosted: &Hosted, event: &GroupEvent) {
        if let GroupEvent::IdentityBanned(event) = event {
            let (person, destinations) = (event.identity, [hosted.group, hosted.delivery]);
            self.done.effects.push(Effect::CloseLinks { person, destinations });
        }
    }
}
