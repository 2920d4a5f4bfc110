//! The server: group rules, requests and messages over one store, as verbs.
//! Not threads or queues; `daemon` runs it.

mod acknowledge;
mod addressees;
mod answers;
mod batch;
mod broadcasts;
mod consequences;
mod directory;
mod emissions;
mod fetches;
mod hints;
mod hosted;
mod icon;
mod inbound;
mod io;
mod keyring;
mod knocking;
mod knocks;
mod lender;
mod notices;
mod open;
mod operator;
mod outbox;
mod paces;
mod propagation;
mod queries;
mod ratchets;
mod recent;
mod relay;
mod retention;
mod seen;
mod stamps;
#[cfg(test)]
mod tests;
mod told;
mod visits;

pub use acknowledge::Acknowledge;
pub use addressees::Addressee;
pub use broadcasts::InboundBroadcast;
pub use hosted::GROUP_NAME;
pub use io::{Addresses, Effect, HeardAnnounce, HostedGroup, Input, Schedule, SendOutcome, Sent};
pub use open::OpenError;
pub use operator::{OperatorAnswer, OperatorCommand, OperatorOutcome};
pub use queries::InboundQuery;
pub use stamps::{Enforcement, StampTerms};

use std::collections::VecDeque;

use crate::api;
use crate::group::{FoundingTerms, GroupId, Settings};
use crate::lxmf::propagation::NodeRefusal;
use crate::lxmf::propagation::storage::StoreTask;
use crate::rns::hash::DestinationHash;
use crate::rns::node::Compression;
use crate::rns::random::Random;
use crate::rns::ratchet::Ratchet;
use crate::rns::time::{Instant, Now};
use crate::store::{Store, StoreError};
use answers::Answers;
use batch::{Batch, Done};
use broadcasts::Broadcasts;
use directory::Directory;
use fetches::Fetches;
use hints::Hints;
use hosted::Hosted;
use keyring::Keyring;
use knocks::Knocks;
use notices::Notices;
use outbox::Outbox;
use paces::Paces;
use propagation::Keeper;
use queries::Queries;
use retention::Pruning;
use seen::Seen;
use visits::Visits;

/// Bytes of answers after which a batch ends: a few hundred requests of a hundred bytes each may ask for gigabytes.
const ENOUGH_ANSWERED: usize = 16 << 20;

/// Owns the store and everything that is decided about groups.
#[derive(Debug)]
pub struct Server {
    store: Store,
    keyring: Keyring,
    groups: Vec<Hosted>,
    random: Random,
    hints: Hints,
    answers: Answers,
    seen: Seen,
    keeper: Keeper,
    queries: Queries,
    broadcasts: Broadcasts,
    paces: Paces,
    stamps: Option<StampTerms>,
    founding: FoundingTerms,
    acknowledges: Acknowledge,
    /// Messages that were refused because they lack a stamp.
    unstamped: u64,
    /// Questions without a link that were not answered.
    unanswered: u64,
    outbox: Outbox,
    fetches: Fetches,
    knocks: Knocks,
    visits: Visits,
    pruning: Pruning,
    directory: Directory,
    notices: Notices,
    ready: VecDeque<Effect>,
}

/// Does a transaction include a round of the outbox?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OutboxRound {
    /// If there is something for it to do.
    IfDue,
    Later,
}

impl Server {
    fn new(
        store: Store,
        keyring: Keyring,
        groups: Vec<Hosted>,
        outbox: Outbox,
        random: Random,
        now: Instant,
    ) -> Self {
        let (hints, answers, seen) = (Hints::new(), Answers::new(), Seen::default());
        let notices = Notices::after_start(&groups, now);
        Self {
            store,
            keyring,
            groups,
            random,
            hints,
            answers,
            seen,
            keeper: Keeper::default(),
            queries: Queries::new(),
            broadcasts: Broadcasts::new(),
            paces: Paces::new(),
            outbox,
            fetches: Fetches::default(),
            knocks: Knocks::new(),
            visits: Visits::new(Instant::ZERO),
            pruning: Pruning::default(),
            directory: Directory::default(),
            notices,
            stamps: None,
            founding: FoundingTerms::default(),
            acknowledges: Acknowledge::default(),
            unstamped: 0,
            unanswered: 0,
            ready: VecDeque::new(),
        }
    }

    /// From now on these may make groups, and so many.
    pub const fn set_founding_terms(&mut self, terms: FoundingTerms) {
        self.founding = terms;
    }

    /// Keeps a directory of the groups that are heard, or keeps none.
    pub const fn keep_directory(&mut self, keeps: bool) {
        self.directory.keeps = keeps;
    }

    /// From now on this is asked of those who write.
    pub const fn ask_for_stamps(&mut self, terms: StampTerms) {
        self.stamps = Some(terms);
    }

    /// Chooses whose messages are acknowledged.
    pub const fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        self.acknowledges = acknowledge;
    }

    /// Messages that were refused because they lack the stamp that is asked for.
    pub const fn unstamped(&self) -> u64 {
        self.unstamped
    }

    /// Questions without a link that were not answered: of who may not read, or too many, or the same once more.
    pub const fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// What propagation nodes call the entries whose messages are stored, the oldest first.
    pub fn collected_entries(&mut self) -> Result<Vec<[u8; 32]>, StoreError> {
        self.store.begin()?.collected_entries()
    }

    /// The groups to put on the network.
    pub fn hosted_groups(&self) -> Vec<HostedGroup> {
        self.groups.iter().map(Hosted::describe).collect()
    }

    /// The stored ratchets of a group's `lxmf.delivery`, newest first. They are handed out once: who forgets an old one
    /// must be the last to have it.
    pub fn take_ratchets(&mut self, delivery: DestinationHash) -> Vec<Ratchet> {
        let hosted = self.groups.iter_mut().find(|hosted| hosted.delivery == delivery);
        hosted.map(|hosted| std::mem::take(&mut hosted.ratchets)).unwrap_or_default()
    }

    /// Applies inputs in one transaction, commits, and only then lets their effects out. If that fails, each input gets
    /// a transaction of its own, so that one that can't be stored does not take the others down. Stops when the answers
    /// have become large: what is returned wants to be handed in again when the effects were polled.
    #[must_use]
    pub fn handle_inputs(&mut self, now: Now, inputs: Vec<Input>) -> Vec<Input> {
        let mut inputs = self.outbox.take_ends(now, inputs);
        if inputs.is_empty() {
            return inputs;
        }
        if let Ok(kept) = self.keep(now, &inputs, OutboxRound::IfDue) {
            return inputs.split_off(kept.inputs);
        }
        let mut answered = 0;
        let mut rest = inputs.into_iter();
        while answered < ENOUGH_ANSWERED
            && let Some(input) = rest.next()
        {
            match self.keep(now, std::slice::from_ref(&input), OutboxRound::Later) {
                Ok(kept) => answered += kept.answered,
                Err(error) => {
                    tracing::error!(%error, "an input could not be stored; its sender is told or tries again");
                    self.ready.extend(unavailable(input));
                }
            }
        }
        self.outbox.wake(now);
        rest.collect()
    }

    /// The deadline from [`Self::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        if let Err(error) = self.keep(now, &[], OutboxRound::IfDue) {
            tracing::error!(%error, "the outbox could not be read or written; it is tried again in a moment");
            self.outbox.try_later(now);
            self.notices.try_later(now.instant);
            self.visits.try_later(now.instant);
        }
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.ready.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timers = [
            self.outbox.poll_timeout(),
            self.directory.due(),
            self.pruning.poll_timeout(),
            Some(self.visits.next_look()),
            self.notices.due(),
        ];
        timers.into_iter().flatten().min()
    }

    /// Puts new groups on the network.
    fn host(&mut self, founded: Vec<Hosted>) {
        for mut hosted in founded {
            let ratchets = std::mem::take(&mut hosted.ratchets);
            self.ready.push_back(Effect::Host { group: Box::new(hosted.describe()), ratchets });
            self.groups.push(hosted);
        }
    }

    /// Lets the network know how groups look now.
    fn show(&mut self, changed: Vec<(GroupId, Settings)>) {
        for (gid, settings) in changed {
            let hosted = self.groups.iter_mut().find(|hosted| hosted.gid == gid);
            self.ready.extend(hosted.and_then(|hosted| hosted.change(settings)));
        }
    }

    fn count_unstamped(&mut self, more: u64) {
        if has_doubled(&mut self.unstamped, more) {
            tracing::info!(
                since_the_start = self.unstamped,
                "messages without the stamp that is asked for were refused"
            );
        }
    }

    fn count_unanswered(&mut self, more: u64) {
        if has_doubled(&mut self.unanswered, more) {
            tracing::info!(since_the_start = self.unanswered, "questions without a link were not answered");
        }
    }

    /// Nothing of a batch is seen outside, and nothing of it is remembered, unless it is on the disk.
    fn keep(&mut self, now: Now, inputs: &[Input], outbox: OutboxRound) -> Result<Kept, StoreError> {
        let transaction = self.store.begin()?;
        let mut batch = Batch {
            store: &transaction,
            groups: &self.groups,
            keyring: &self.keyring,
            random: &mut self.random,
            hints: &mut self.hints,
            answers: &mut self.answers,
            seen: &self.seen,
            fetches: &mut self.fetches,
            directory: &mut self.directory,
            keeper: &mut self.keeper,
            queries: &mut self.queries,
            broadcasts: &mut self.broadcasts,
            paces: &mut self.paces,
            stamps: self.stamps,
            founding: self.founding,
            acknowledges: self.acknowledges,
            knocks: &mut self.knocks,
            notices: &mut self.notices,
            outbox: &self.outbox,
            visits: &mut self.visits,
            stamp: None,
            now,
            done: Done::default(),
        };
        let mut taken = 0;
        for input in inputs {
            batch.input(input)?;
            taken += 1;
            if batch.done.answered >= ENOUGH_ANSWERED {
                break;
            }
        }
        if batch.visits.next_look() <= now.instant {
            batch.let_idle_go()?;
        }
        if batch.notices.due().is_some_and(|due| due <= now.instant) {
            batch.tell_news()?;
        }
        let is_due = outbox == OutboxRound::IfDue && self.pruning.is_due(now.instant);
        if is_due {
            self.pruning.begin(now.instant);
        }
        let pruned = is_due.then(|| batch.prune()).transpose()?;
        let done = batch.done;
        if self.fetches.is_due(now.instant) {
            self.fetches.write(&transaction)?;
        }
        if self.visits.is_due(now.instant) {
            self.visits.write(&transaction)?;
        }
        if self.directory.due().is_some_and(|due| due <= now.instant) {
            self.directory.write(&transaction, now.unix)?;
        }
        let round = match outbox {
            OutboxRound::IfDue if self.outbox.is_due(now, done.queued) => {
                Some(self.outbox.round(&transaction, &self.groups, now)?)
            }
            OutboxRound::IfDue | OutboxRound::Later => None,
        };
        if let Err(error) = transaction.commit() {
            round.into_iter().for_each(|round| self.outbox.undo(round));
            return Err(error);
        }
        if let Some(pruned) = pruned {
            self.pruning.finish(now.instant, pruned);
        }
        self.count_unstamped(done.unstamped);
        self.count_unanswered(done.unanswered);
        done.commands.into_iter().for_each(|hash| self.seen.insert(hash));
        self.notices.looked(done.looked);
        self.ready.extend(done.effects);
        self.host(done.founded);
        self.show(done.changed);
        self.outbox.note_given_up(done.given_up);
        let messages = round.map(|round| self.outbox.finish(round)).unwrap_or_default();
        self.ready.extend(messages.into_iter().map(Effect::Send));
        Ok(Kept { inputs: taken, answered: done.answered })
    }
}

/// How many inputs were taken, and the bytes of their answers.
struct Kept {
    inputs: usize,
    answered: usize,
}

/// What becomes of an input that could not be stored: a request is refused, a message is not proved, so its sender
/// keeps it and tries again.
fn unavailable(input: Input) -> Option<Effect> {
    match input {
        Input::Request(request) => Some(Effect::Respond {
            link: request.link,
            request_id: request.request_id,
            data: api::answer_unavailable(&request.data),
            compress: batch::compression(request.link_mdu),
        }),
        Input::Command(command) => Some(Effect::Answer(OperatorAnswer::unavailable(&command))),
        Input::NameAddressees { ticket } => Some(Effect::Addressees { ticket, addressees: Vec::new() }),
        Input::Propagation(
            StoreTask::Get { link, request_id, .. } | StoreTask::Offered { link, request_id, .. },
        ) => {
            let data = NodeRefusal::Throttled.answer();
            Some(Effect::Respond { link, request_id, data, compress: Compression::Off })
        }
        // What is brought is not proved, and a peer's turn begins again when its time is up.
        Input::Propagation(_) => None,
        // The node tells a ratchet again that is not stored; and who asks without a link may ask again.
        Input::Message { .. }
        | Input::Query(_)
        | Input::Broadcast(_)
        | Input::Ratchet { .. }
        | Input::Emissions { .. }
        | Input::Sent(_)
        | Input::Heard(_)
        | Input::GroupsHeard(_) => None,
    }
}

/// Each time that a number has doubled, it is worth a line.
fn has_doubled(number: &mut u64, more: u64) -> bool {
    let before = number.checked_ilog2();
    *number += more;
    before != number.checked_ilog2()
}
