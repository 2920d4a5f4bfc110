//! The server: group rules, requests and messages over one store, as verbs.
//! Not threads or queues; `daemon` runs it.

mod announce;
mod answers;
mod batch;
mod bucket;
mod emissions;
mod hints;
mod io;
mod keyring;
mod open;
mod propagation;
mod ratchets;
mod recent;
mod relay;
mod seen;
#[cfg(test)]
mod tests;

pub use io::{Effect, HostedGroup, Input};
pub use open::OpenError;

use std::collections::VecDeque;

use crate::api;
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
use hints::Hints;
use keyring::Keyring;
use open::Hosted;
use propagation::Keeper;
use relay::Relayed;
use seen::Seen;

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
    ready: VecDeque<Ready>,
}

/// What waits to be polled.
#[derive(Debug)]
enum Ready {
    Effect(Effect),
    /// One message to many: a single entry, however many they are.
    Relayed(Relayed),
}

impl Server {
    fn new(store: Store, keyring: Keyring, groups: Vec<Hosted>, random: Random, now: Instant) -> Self {
        let (hints, answers, seen) = (Hints::new(now), Answers::new(now), Seen::default());
        Self {
            store,
            keyring,
            groups,
            random,
            hints,
            answers,
            seen,
            keeper: Keeper::default(),
            ready: VecDeque::new(),
        }
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
    pub fn handle_inputs(&mut self, now: Now, mut inputs: Vec<Input>) -> Vec<Input> {
        if inputs.is_empty() {
            return inputs;
        }
        if let Ok(kept) = self.keep(now, &inputs) {
            return inputs.split_off(kept.inputs);
        }
        let mut answered = 0;
        let mut rest = inputs.into_iter();
        while answered < ENOUGH_ANSWERED
            && let Some(input) = rest.next()
        {
            match self.keep(now, std::slice::from_ref(&input)) {
                Ok(kept) => answered += kept.answered,
                Err(error) => {
                    tracing::error!(%error, "an input could not be stored; its sender is told or tries again");
                    self.ready.extend(unavailable(input).map(Ready::Effect));
                }
            }
        }
        rest.collect()
    }

    /// The deadline from [`Self::poll_timeout`] has passed. Nothing here waits for a time yet.
    pub fn handle_timeout(&mut self, _: Now) {}

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        loop {
            match self.ready.pop_front()? {
                Ready::Effect(effect) => return Some(effect),
                Ready::Relayed(mut relayed) => {
                    if let Some(message) = relayed.next() {
                        self.ready.push_front(Ready::Relayed(relayed));
                        return Some(Effect::Send(message));
                    }
                }
            }
        }
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Nothing of a batch is seen outside, and nothing of it is remembered, unless it is on the disk.
    fn keep(&mut self, now: Now, inputs: &[Input]) -> Result<Kept, StoreError> {
        let transaction = self.store.begin()?;
        let mut batch = Batch {
            store: &transaction,
            groups: &self.groups,
            keyring: &self.keyring,
            random: &mut self.random,
            hints: &mut self.hints,
            answers: &mut self.answers,
            seen: &self.seen,
            keeper: &mut self.keeper,
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
        let done = batch.done;
        transaction.commit()?;
        done.commands.into_iter().for_each(|hash| self.seen.insert(hash));
        self.ready.extend(done.effects.into_iter().map(Ready::Effect));
        self.ready.extend(done.relayed.into_iter().map(Ready::Relayed));
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
        Input::Propagation(
            StoreTask::Get { link, request_id, .. } | StoreTask::Offered { link, request_id, .. },
        ) => {
            let data = NodeRefusal::Throttled.answer();
            Some(Effect::Respond { link, request_id, data, compress: Compression::Off })
        }
        // What is brought is not proved, and a peer's turn begins again when its time is up.
        Input::Propagation(_) => None,
        // The node tells a ratchet again that is not stored.
        Input::Message { .. } | Input::Ratchet { .. } | Input::Emissions { .. } => None,
    }
}
