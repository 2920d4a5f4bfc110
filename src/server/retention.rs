//! Letting go of messages that are too old or too many: now and then, a few at a time.
//! Not what a group keeps; its settings say that.

use std::time::Duration;

use super::batch::Batch;
use crate::api::{Call, Failure, Who};
use crate::command;
use crate::group::{Act, Caller};
use crate::rns::time::Instant;
use crate::store::StoreError;

/// How often it is looked whether something is due.
const OFTEN: Duration = Duration::from_secs(900);
/// When to go on if more is due than is taken at once.
const SOON: Duration = Duration::from_secs(1);
/// Messages that one group lets go of at once.
const AT_ONCE: u32 = 256;

/// When to look next.
#[derive(Debug, Default)]
pub(super) struct Pruning {
    next: Instant,
    /// Does some group keep less than all? If none does, nobody has to be woken for it.
    wanted: bool,
}

/// What was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pruned {
    wanted: bool,
    more: bool,
}

impl Pruning {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next <= now
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.wanted.then_some(self.next)
    }

    /// A look is about to be taken. If it comes to nothing, the next one is soon.
    pub(super) fn begin(&mut self, now: Instant) {
        self.next = now.after(SOON);
    }

    pub(super) fn finish(&mut self, now: Instant, found: Pruned) {
        self.wanted = found.wanted;
        self.next = now.after(if found.more { SOON } else { OFTEN });
    }
}

impl Batch<'_, '_> {
    /// Lets each group go of what is due.
    pub(super) fn prune(&mut self) -> Result<Pruned, StoreError> {
        let (store, groups, now) = (self.store, self.groups, self.now);
        let mut found = Pruned { wanted: false, more: false };
        for hosted in groups {
            let Some(group) = store.group(hosted.gid)? else { continue };
            let bounds = group.facts.settings.retention;
            if bounds.is_unbounded() || group.facts.read_only.is_some() {
                continue;
            }
            found.wanted = true;
            let Some((to, more)) = store.to_prune(hosted.gid, &bounds, now.unix, AT_ONCE)? else { continue };
            found.more |= more;
            let who = Who { caller: Caller::Host, key: None, asked_at: now.unix };
            let mut lender = self.lender(hosted, None);
            let mut call = Call::new(store, &mut lender, group, who, now.unix, command::ONE_PACKET);
            match call.act(Act::Prune(to)) {
                Ok(_) => {}
                // A copy of a group is pruned where the group is.
                Err(Failure::Refused(_)) => {}
                Err(Failure::Store(error)) => return Err(error),
            }
        }
        Ok(found)
    }
}
