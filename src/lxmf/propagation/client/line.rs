//! The link to the node that messages are uploaded to: one at a time, kept for the next.
//! Not what goes over it. It is not the one that mail is fetched on: nobody identifies on this one.

use std::time::Duration;

use crate::rns::Node;
use crate::rns::error::MisuseError;
use crate::rns::hash::{DestinationHash, LinkId};
use crate::rns::time::{Instant, Now};

/// A link that carries nothing for so long is closed.
const IDLE_TIME: Duration = Duration::from_secs(120);

/// The link, if there is one.
#[derive(Debug, Default)]
pub(super) struct Line(Option<Open>);

#[derive(Debug)]
struct Open {
    node: DestinationHash,
    link: LinkId,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    /// Nothing has arrived over it yet.
    Fresh {
        since: Instant,
    },
    Used {
        since: Instant,
    },
}

impl State {
    const fn lost(self) -> Lost {
        match self {
            Self::Used { .. } => Lost::AfterUse,
            Self::Opening | Self::Fresh { .. } => Lost::Unused,
        }
    }
}

/// How a link was when it was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Something had arrived over it.
    AfterUse,
    /// Nothing had.
    Unused,
}

impl Line {
    pub(super) fn is(&self, link: LinkId) -> bool {
        self.0.as_ref().is_some_and(|open| open.link == link)
    }

    /// A link to `to` that is up; `None` if it is being opened, from now on if need be.
    pub(super) fn to(
        &mut self,
        now: Now,
        node: &mut Node,
        to: DestinationHash,
    ) -> Result<Option<LinkId>, MisuseError> {
        match &self.0 {
            Some(open) if open.node == to => Ok((open.state != State::Opening).then_some(open.link)),
            Some(_) | None => {
                self.hang_up(now, node);
                let link = node.open_link(now, to)?;
                self.0 = Some(Open { node: to, link, state: State::Opening });
                Ok(None)
            }
        }
    }

    pub(super) fn established(&mut self, now: Instant) {
        if let Some(open) = &mut self.0 {
            open.state = State::Fresh { since: now };
        }
    }

    /// Something has arrived over it, and nothing is under way.
    pub(super) fn quiet(&mut self, now: Instant) {
        if let Some(open) = &mut self.0 {
            open.state = State::Used { since: now };
        }
    }

    /// It is closed.
    pub(super) fn lost(&mut self) -> Lost {
        self.0.take().map_or(Lost::Unused, |open| open.state.lost())
    }

    /// Closes it, and says how it was.
    pub(super) fn hang_up(&mut self, now: Now, node: &mut Node) -> Lost {
        let Some(open) = self.0.take() else { return Lost::Unused };
        node.close_link(now, open.link);
        open.state.lost()
    }

    pub(super) fn hang_up_if_idle(&mut self, now: Now, node: &mut Node) {
        if self.idle_at().is_some_and(|at| at <= now.instant) {
            self.hang_up(now, node);
        }
    }

    /// When it has been quiet for too long, if nothing happens.
    pub(super) fn idle_at(&self) -> Option<Instant> {
        match self.0.as_ref()?.state {
            State::Opening => None,
            State::Fresh { since } | State::Used { since } => Some(since.after(IDLE_TIME)),
        }
    }
}
