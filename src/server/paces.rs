//! How fast people have posted lately, kept in memory: a restart forgets it, and nobody waits longer for that.
//! Not what is too fast; the group says that.

use super::recent::Recent;
use crate::group::GroupId;
use crate::group::moderation::Pace;
use crate::rns::hash::IdentityHash;

/// Cap of the table. Whoever posted least recently makes room, and is then taken for somebody who has not posted.
const MAX_PEOPLE: usize = 16_384;

/// The pace of each author in each group.
#[derive(Debug)]
pub(super) struct Paces {
    people: Recent<(GroupId, IdentityHash), Pace>,
}

impl Paces {
    pub(super) const fn new() -> Self {
        Self { people: Recent::new(MAX_PEOPLE) }
    }

    pub(super) fn of(&self, group: GroupId, person: IdentityHash) -> Pace {
        self.people.get(&(group, person)).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, group: GroupId, person: IdentityHash, pace: Pace) {
        self.people.insert((group, person), pace);
    }
}
