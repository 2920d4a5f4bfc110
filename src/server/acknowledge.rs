//! Telling an author that a message is stored, where the network has not told them.
//! Not the delivery proof; that is the network's way to tell.

use super::batch::Batch;
use super::hosted::Hosted;
use crate::api::Applied;
use crate::group::moderation::held_for;
use crate::group::{GroupEvent, Sentence};
use crate::lxmf::Road;
use crate::rns::identity::PublicIdentity;
use crate::store::{Priority, StoreError};

/// Whose messages are acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acknowledge {
    /// Those that came through a propagation node: all that their authors see is that the node has them.
    #[default]
    Propagated,
    /// Nobody's.
    Nothing,
}

impl Batch<'_, '_> {
    /// Tells `author` the number of a message that is new, if the network has not told them that it has arrived.
    pub(super) fn acknowledge(
        &mut self,
        hosted: &Hosted,
        author: &PublicIdentity,
        road: Road,
        applied: &[Applied],
    ) -> Result<(), StoreError> {
        let told = match (self.acknowledges, road) {
            (Acknowledge::Propagated, Road::Propagation) => false,
            (Acknowledge::Propagated, Road::Opportunistic | Road::Link | Road::Paper) => true,
            (Acknowledge::Nothing, _) => true,
        };
        let waits = applied.last().and_then(|applied| match &applied.event {
            GroupEvent::MessageHeld(held) => Some(&held.why),
            _ => None,
        });
        if let Some(why) = waits {
            let waits = Sentence::WaitsForALook { why: held_for(why).into() };
            let said = Sentence::Several(vec![waits, Sentence::YouAreTold]);
            return self.reply(hosted, author, Priority::Answer, &said);
        }
        match applied.last() {
            Some(Applied { seq, .. }) if !told => {
                self.reply(hosted, author, Priority::Answer, &Sentence::StoredAs { seq: seq.0 })
            }
            Some(_) | None => Ok(()),
        }
    }
}
