//! Who wants to be told of news, for who reckons what that costs.
//! Not the cost: only the node knows the ways to them.

use super::Effect;
use super::batch::Batch;
use super::hosted::Hosted;
use crate::api::members::shown_name;
use crate::group::NotifyChoice;
use crate::lxmf::message::delivery_destination;
use crate::notify::audience::Due;
use crate::rns::hash::DestinationHash;
use crate::store::StoreError;

/// Most people who are named.
const MOST_NAMED: usize = 500;
/// So many new messages make a notice of the usual length.
const SOME: u32 = 12;

/// Somebody who wants to be told of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// In which group.
    pub group: String,
    /// What they are called there.
    pub name: String,
    /// What they have chosen.
    pub choice: NotifyChoice,
    /// Where messages to them go.
    pub delivery: DestinationHash,
    /// Bytes that are encrypted in the packet of one notice that is a message.
    pub message: usize,
}

impl Batch<'_, '_> {
    /// Names those who want to be told of news, in all groups.
    pub(super) fn name_addressees(&mut self, ticket: u64) -> Result<(), StoreError> {
        let mut addressees = Vec::new();
        for hosted in self.groups {
            self.addressees_of(hosted, &mut addressees)?;
        }
        self.done.effects.push(Effect::Addressees { ticket, addressees });
        Ok(())
    }

    fn addressees_of(&self, hosted: &Hosted, addressees: &mut Vec<Addressee>) -> Result<(), StoreError> {
        let Some(head) = self.store.head(hosted.gid)? else { return Ok(()) };
        let room = MOST_NAMED.saturating_sub(addressees.len());
        for row in self.store.notified_members(hosted.gid)?.into_iter().take(room) {
            let nick = self.store.member(hosted.gid, row.person)?.and_then(|member| member.nick);
            let (person, choice) = (row.person, row.choice);
            let due = Due { person, choice, count: SOME, latest: head.seq, replaces: None };
            addressees.push(Addressee {
                group: hosted.settings.inner_name().to_owned(),
                name: shown_name(nick.as_deref(), person, true),
                choice,
                delivery: delivery_destination(person),
                message: self.notice_len(hosted, &due)?,
            });
        }
        Ok(())
    }
}
