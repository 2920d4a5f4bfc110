//! The outbox: hands what is stored for people to the router, a window at a time, and learns how it ends.
//! Not what is sent, and not how: a round of tries is the router's, days of them are this one's.

mod ends;
mod nodes;
mod patience;
mod window;

use std::time::Duration;

use super::hosted::Hosted;
use super::stamps;
use super::{Input, Sent};
use crate::group::GroupId;
use crate::lxmf::message::delivery_destination;
use crate::lxmf::ticket::Ticket;
use crate::lxmf::{MessageHash, Method, OutboundMessage};
use crate::rns::air::Class;
use crate::rns::hash::IdentityHash;
use crate::rns::random::Random;
use crate::rns::time::{Instant, Now, UnixTime};
use crate::store::{CopyKey, Priority, Recipient, StoreError, Transaction};
use nodes::NodeHealth;
use window::{Flight, Window};

/// How long the ends of messages are collected, so that many share one fsync.
const COLLECT: Duration = Duration::from_millis(20);
/// So many are not waited for.
const ENOUGH_ENDS: usize = 128;
/// People who are looked at in one go.
const PAGE: u32 = 256;
/// A message of which the router says nothing for so long is handed out again. A large one on a slow radio takes hours.
const LOST: Duration = Duration::from_hours(3);
/// After the database has failed.
const RETRY: Duration = Duration::from_secs(10);
/// After a start, people for whom something waits come one by one: so long for each, and so long for all at most.
const SPREAD: (Duration, Duration) = (Duration::from_millis(50), Duration::from_mins(10));

/// What is on its way, and when there is something to do.
#[derive(Debug)]
pub(super) struct Outbox {
    window: Window,
    /// Ends that are not in the store yet. No more than there were messages on their way.
    ends: Vec<Sent>,
    /// When they are written.
    settle: Option<Instant>,
    /// When somebody is due, as far as the store knows.
    next: Option<Instant>,
    sweep: Instant,
    /// Set when the database has failed.
    not_before: Instant,
    nodes: NodeHealth,
    given_up: u64,
    random: Random,
}

/// What a round changed in the window, so that it can be taken back when the transaction fails.
#[derive(Debug, Default)]
struct Changes {
    ended: Vec<(MessageHash, Flight)>,
    started: Vec<MessageHash>,
}

/// A round that is not committed yet.
#[derive(Debug)]
#[must_use]
pub(super) struct Round {
    changes: Changes,
    settled: usize,
    nodes: NodeHealth,
    next: Option<Instant>,
    sweep: Instant,
    messages: Vec<OutboundMessage>,
}

impl Outbox {
    /// What waits since the last run is due, one person after the other.
    pub(super) fn open(store: &Transaction<'_>, now: Now, mut random: Random) -> Result<Self, StoreError> {
        let spread = |random: &mut Random, people: usize| {
            let all = SPREAD.0.saturating_mul(u32::try_from(people).unwrap_or(u32::MAX)).min(SPREAD.1);
            Duration::from_micros(random.below(u64::try_from(all.as_micros()).unwrap_or(u64::MAX)))
        };
        store.wake_recipients(now.unix, |people| spread(&mut random, people))?;
        Ok(Self {
            window: Window::default(),
            ends: Vec::new(),
            settle: None,
            next: Some(now.instant),
            sweep: now.instant,
            not_before: Instant::ZERO,
            nodes: NodeHealth::default(),
            given_up: 0,
            random,
        })
    }

    /// Takes the ends of messages out of `inputs`: they are written together, soon.
    pub(super) fn take_ends(&mut self, now: Now, inputs: Vec<Input>) -> Vec<Input> {
        let mut others = Vec::with_capacity(inputs.len());
        for input in inputs {
            match input {
                Input::Sent(ends) => self.ends.extend(ends),
                other => others.push(other),
            }
        }
        // What is not, or no more, on its way needs no note.
        self.ends.retain(|end| self.window.get(&end.hash).is_some());
        if self.ends.len() >= ENOUGH_ENDS {
            self.settle = Some(now.instant);
        } else if !self.ends.is_empty() && self.settle.is_none() {
            self.settle = Some(now.instant.after(COLLECT));
        }
        others
    }

    /// Is something of this priority on its way to somebody?
    pub(super) fn is_on_its_way(&self, gid: GroupId, recipient: IdentityHash, priority: Priority) -> bool {
        self.window.is_busy(gid, recipient, priority)
    }

    /// Copies that were given up for want of room.
    pub(super) fn note_given_up(&mut self, copies: u64) {
        if copies > 0 && self.given_up == 0 {
            tracing::warn!("too much waits to be sent; the oldest copies for members make room");
        }
        self.given_up += copies;
    }

    /// Is there something to write, or somebody to send to? `news` says that the store has something new.
    pub(super) fn is_due(&self, now: Now, news: bool) -> bool {
        let due = self.poll_timeout().is_some_and(|due| due <= now.instant);
        due || (now.instant >= self.not_before && (news || !self.ends.is_empty()))
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let timers = [self.settle, self.next, self.window.next_deadline(), Some(self.sweep)];
        timers.into_iter().flatten().min().map(|due| due.max(self.not_before))
    }

    /// Something may be due that no round has seen.
    pub(super) fn wake(&mut self, now: Now) {
        self.next = Some(now.instant.max(self.not_before));
    }

    /// The transaction of a round, or the round itself, failed.
    pub(super) fn try_later(&mut self, now: Now) {
        self.not_before = now.instant.after(RETRY);
    }

    /// Writes how messages ended, and hands out what is due and has room.
    pub(super) fn round(
        &mut self,
        store: &Transaction<'_>,
        groups: &[Hosted],
        now: Now,
    ) -> Result<Round, StoreError> {
        let mut round = Round {
            changes: Changes::default(),
            settled: self.ends.len(),
            nodes: self.nodes,
            next: None,
            sweep: self.sweep,
            messages: Vec::new(),
        };
        let outcome = self.settle(store, now, &mut round);
        let outcome = outcome.and_then(|()| self.hand_out(store, groups, now, &mut round));
        match outcome {
            Ok(()) => Ok(round),
            Err(error) => {
                self.undo(round);
                Err(error)
            }
        }
    }

    /// The round is on the disk: these messages may leave.
    pub(super) fn finish(&mut self, round: Round) -> Vec<OutboundMessage> {
        self.ends.drain(..round.settled);
        self.settle = None;
        (self.next, self.sweep, self.nodes) = (round.next, round.sweep, round.nodes);
        round.messages
    }

    /// The round is not on the disk.
    pub(super) fn undo(&mut self, round: Round) {
        for hash in round.changes.started {
            self.window.remove(&hash);
        }
        for (hash, flight) in round.changes.ended {
            self.window.insert(hash, flight);
        }
    }

    fn hand_out(
        &mut self,
        store: &Transaction<'_>,
        groups: &[Hosted],
        now: Now,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let due = store.due_recipients(now.unix, PAGE)?;
        let mut body = None;
        for recipient in due {
            let group = groups.iter().find(|hosted| hosted.gid == recipient.gid);
            // Nobody signs for a group without its identity here.
            if let Some(hosted) = group
                && let Some(key) = self.first_free(store, &recipient)?
            {
                let payload = match body.take() {
                    Some((number, payload)) if number == key.number => payload,
                    _ => store.payload(key.gid, key.number)?.unwrap_or_default(),
                };
                if !self.window.takes(key.priority, payload.len()) {
                    // Looked at again when something has ended.
                    return Ok(());
                }
                let ticket = stamps::ticket_to(store, key.gid, recipient.identity, now.unix)?;
                let is_upload = wants_node(recipient.failures) && round.nodes.are_usable(now.instant);
                let method = if is_upload { Method::Propagated } else { Method::Any };
                self.start(hosted, key, &recipient, (payload.clone(), method, ticket), now, round);
                body = Some((key.number, payload));
            }
            store.occupy_recipient(recipient.gid, recipient.identity)?;
        }
        round.next = store.next_due()?.map(|due| instant_at(now, due));
        Ok(())
    }

    fn start(
        &mut self,
        hosted: &Hosted,
        key: CopyKey,
        recipient: &Recipient,
        (payload, method, ticket): (Vec<u8>, Method, Option<Ticket>),
        now: Now,
        round: &mut Round,
    ) {
        let (source, destination) = (hosted.delivery, delivery_destination(recipient.identity));
        let class = class_of(key.priority);
        let message = OutboundMessage { source, destination, payload, method, ticket, class };
        let (hash, bytes, until) = (message.hash(), message.payload.len(), now.instant.after(LOST));
        let flight = Flight { key, method, bytes, failures: recipient.failures, until };
        if self.window.insert(hash, flight) {
            round.changes.started.push(hash);
            round.messages.push(message);
        }
    }

    /// The first copy for somebody whose kind is not on its way to them.
    fn first_free(
        &self,
        store: &Transaction<'_>,
        recipient: &Recipient,
    ) -> Result<Option<CopyKey>, StoreError> {
        let mut after = None;
        while let Some(key) = store.next_copy(recipient.gid, recipient.identity, after)? {
            if !self.window.is_busy(key.gid, key.recipient, key.priority) {
                return Ok(Some(key));
            }
            after = Some(key.priority);
        }
        Ok(None)
    }
}

/// How urgent a copy is where air is scarce.
const fn class_of(priority: Priority) -> Class {
    match priority {
        Priority::Answer => Class::Answer,
        Priority::Notice => Class::Notice,
        Priority::Relay => Class::Relay,
    }
}

/// Somebody is tried directly and through a propagation node by turns: is it the node's? The way on which the last copy
/// left is kept to.
const fn wants_node(failures: u32) -> bool {
    !failures.is_multiple_of(2)
}

/// When the wall clock will say `due`, if nobody sets it.
fn instant_at(now: Now, due: UnixTime) -> Instant {
    let ahead = due.as_micros().saturating_sub(now.unix.as_micros());
    now.instant.after(Duration::from_micros(u64::try_from(ahead).unwrap_or(0)))
}
